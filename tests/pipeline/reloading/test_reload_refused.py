"""A configuration that is wrong, or would not work, is refused; the assistant goes on as it was."""

import asyncio
import threading

import numpy as np
import pytest
from reload_bench import COMMAND, Bench, told

from irene import Assistant, Availability
from irene.components.chain import freeing
from irene.config.loading import load_config
from irene.errors import ProviderFailedError
from irene.testing import AsrScript, ScriptedAsr, ScriptedTts, ScriptedVoiceTrigger, silence

BETWEEN = 40


@pytest.fixture
def bench():
    """A bench with everything in order."""
    return Bench()


class Missing(ScriptedAsr):
    """Its model is not there."""

    name = "missing"

    def _check(self):
        return Availability(False, "no model", "irene models install it", is_model=True)


class Broken(ScriptedAsr):
    """It raises while it loads."""

    name = "broken"

    def _load(self):
        raise RuntimeError("the model is damaged")


class Cold(ScriptedAsr):
    """It loads, and raises when it is warmed up."""

    name = "cold"

    def _warm_up(self):
        raise RuntimeError("out of memory")


class Aborting(ScriptedTts):
    """A voice that does not load."""

    name = "aborting"

    def _load(self):
        raise ProviderFailedError("no voices found")


def refused(bench, *changes):
    """Play two commands with a reload in between that must not work; return its problems."""
    bench.reload_at(BETWEEN, *changes)
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["provider"] for e in told(events, "transcript")] == ["first", "first"]
    assert [e["reason"] for e in told(events, "session_ended")] == ["answered", "answered"]
    assert not told(events, "configuration_reloaded")
    assert not told(events, "provider_failed")
    (event,) = told(events, "configuration_refused")
    (report,) = bench.reports
    assert report.refused
    assert list(report.problems) == event["problems"]
    assert report.to_dict()["problems"] == report.problems
    return "\n".join(report.problems)


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        (Missing, "irene models install it"),
        (Broken, "the model is damaged"),
        (Cold, "out of memory"),
    ],
)
def test_a_recogniser_that_cannot_serve_is_refused(bench, provider, reason):
    """One event says why, with the cure where there is one."""
    bench.others = [provider]
    problems = refused(bench, ("asr.default_provider", provider.name))
    assert reason in problems
    assert provider.name in problems


def test_a_fall_back_does_not_hide_that_the_new_recogniser_is_missing(bench):
    """The old one served well; whoever asked for another wants to know."""
    bench.others = [Missing]
    changes = (("asr.default_provider", "missing"), ("asr.fallback_providers", ["second"]))
    assert "irene models install it" in refused(bench, *changes)


def test_a_voice_that_does_not_load_is_refused(bench):
    """The old one goes on speaking."""
    bench.others = [Aborting]
    assert "no voices found" in refused(bench, ("tts.default_provider", "aborting"))


def test_an_engine_that_hangs_while_it_loads_is_given_up(bench):
    """After `assistant.load_timeout_ms`, and nothing else waits for it."""
    release, closed = threading.Event(), threading.Event()

    class Hanging(ScriptedAsr):
        name = "hanging"

        def _load(self):
            release.wait(60)

        def _close(self):
            closed.set()

    bench.others = [Hanging]
    changes = (("asr.default_provider", "hanging"), ("assistant.load_timeout_ms", 100))
    problems = refused(bench, *changes)
    release.set()
    assert closed.wait(60), "what has loaded after all is not left in memory"
    assert "asr did not load within assistant.load_timeout_ms = 100" in problems


def test_a_wake_word_that_the_engine_refuses_when_it_is_opened_is_refused(bench):
    """The engine is asked before the old one goes."""

    class Picky(ScriptedVoiceTrigger):
        name = "picky"

        def open_stream(self, wake_words):
            raise ProviderFailedError(f"no model for {wake_words[0]}")

    bench.others = [Picky]
    assert "no model for hello" in refused(bench, ("voice_trigger.default_provider", "picky"))


def test_a_wake_word_that_nobody_knows_is_refused(bench):
    """The same question as `irene config check` asks."""
    assert "voice_trigger.wake_words" in refused(bench, ("voice_trigger.wake_words", ["xylophone"]))


def test_too_little_memory_keeps_the_old_engine(bench):
    """Both engines are there for a while; beyond the limit the new one goes again."""
    bench.config["assistant"] = {"memory_limit_mb": 1.0}
    closed = []

    class Big(ScriptedAsr):
        name = "big"
        script = AsrScript("never heard")

        def _close(self):
            closed.append(self.name)

    bench.others = [Big]
    assert "memory_limit_mb" in refused(bench, ("asr.default_provider", "big"))
    assert closed == ["big"]


def test_what_was_loaded_for_a_refused_configuration_is_closed(bench):
    """A good voice beside a bad recogniser leaves no engine behind."""
    closed = []

    class Good(ScriptedTts):
        name = "good"

        def _close(self):
            closed.append(self.name)

    bench.others = [Broken, Good]
    refused(bench, ("asr.default_provider", "broken"), ("tts.default_provider", "good"))
    assert closed == ["good"]


def test_an_engine_that_hangs_while_it_is_closed_does_not_hold_up_the_refusal(bench, monkeypatch):
    """Its thread is left, counted and named: it hangs in this process, whoever serves."""
    monkeypatch.setattr(freeing, "CLOSE_S", 0.5)
    release = threading.Event()

    class Clinging(ScriptedTts):
        name = "clinging"

        def _close(self):
            release.wait(60)

    bench.others = [Broken, Clinging]
    bench.reload_at(
        BETWEEN, ("asr.default_provider", "broken"), ("tts.default_provider", "clinging")
    )
    events = bench.play(*COMMAND, *COMMAND)
    assert not release.is_set()
    release.set()
    assert "the model is damaged" in bench.reports[0].problems[0]
    (hung,) = told(events, "call_abandoned")
    assert (hung["provider"], hung["call"], hung["abandoned"]) == ("clinging", "close", 1)


def test_strict_audio_that_does_not_fit_is_refused(bench):
    """A conflict is listed as at a start."""
    problems = refused(
        bench,
        ("asr.sample_rate", 44100),
        ("asr.strict_validation", True),
    )
    assert "set asr.sample_rate = 16000" in problems


FILE = """
[assistant]
apology = "Pardon?"
[asr]
default_provider = "first"
"""


@pytest.fixture
def from_file(bench, tmp_path):
    """Run an assistant on a file, and reload it once for each text that is written there."""
    path = tmp_path / "irene.toml"

    def reloaded(*texts):
        registry = bench.registry()
        lines = [
            '[voice_trigger]\ndefault_provider = "scripted"\nfallback_providers = []\n'
            'wake_words = ["hello"]\n[vad]\ndefault_provider = "scripted"\n'
            'fallback_providers = []\n[tts]\ndefault_provider = "scripted"\n'
            '[intent_recognition]\ndefault_provider = "anything"\ntiers = []\n'
            '[intents]\nhandlers = ["answer"]\n[inputs]\ndefault_provider = "stepped"\n'
            '[outputs]\ndefault_provider = "scripted"\nfallback_providers = []\n'
        ]
        path.write_text(FILE + lines[0])

        async def run():
            reports = []
            async with Assistant.from_config(path, registry=registry) as assistant:
                for text in texts:
                    if text is None:
                        path.unlink()
                    else:
                        path.write_text(text + lines[0] if "[" in text else text)
                    reports.append(await assistant.reload())
                return reports, assistant.config

        return asyncio.run(run())

    return reloaded


def test_the_file_is_read_again(from_file):
    """What it says now is in force."""
    reports, config = from_file(FILE.replace("Pardon?", "Come again?"))
    assert reports[0].changed == ("assistant.apology",)
    assert config.assistant.apology == "Come again?"


def test_bad_toml_is_refused_and_the_next_good_file_is_taken(from_file):
    """The line is told; nothing has to be started again."""
    reports, config = from_file(FILE + "\n[asr", FILE.replace("Pardon?", "Sorry?"))
    assert reports[0].refused
    assert "irene.toml:" in reports[0].problems[0]
    assert not reports[1].refused
    assert config.assistant.apology == "Sorry?"


def test_every_problem_of_a_file_is_told(from_file):
    """A line each, as `irene config check` writes them."""
    (report,), _ = from_file(FILE.replace('"first"', '"frist"') + "nonsense = 1\nlanguage = 3\n")
    assert len(report.problems) == 3
    assert any("did you mean 'first'" in line for line in report.problems)


def test_a_file_that_is_gone_is_refused(from_file):
    """No other place is looked in: that would be another assistant."""
    (report,), config = from_file(None)
    assert report.refused
    assert config.assistant.apology == "Pardon?"


def test_a_file_that_says_the_same_changes_nothing(from_file):
    """A comment is no change."""
    (report,), _ = from_file(FILE + "\n# a comment\n")
    assert report.to_dict() == {"refused": False, "changed": (), "restart": (), "problems": ()}


def test_a_configuration_from_python_has_no_file_to_read(bench):
    """It is handed over instead."""
    registry = bench.registry()
    config = load_config(bench.config, registry=registry)
    bench.input.audio = silence(0.1)

    async def run():
        async with Assistant(config, registry) as assistant:
            return await assistant.reload(), await assistant.reload(config)

    without, with_it = asyncio.run(run())
    assert "no file" in without.problems[0]
    assert not with_it.refused


def test_nothing_is_reloaded_before_the_assistant_is_entered(bench):
    """There is nothing that could go on."""
    assistant = Assistant(load_config(bench.config, registry=bench.registry()), bench.registry())
    with pytest.raises(RuntimeError, match="async with"):
        asyncio.run(assistant.reload())


def test_an_assistant_between_two_runs_is_reloaded(bench):
    """The next run has the new parts, and the old ones are closed."""
    registry = bench.registry()
    config = load_config(bench.config, registry=registry)
    other = load_config(bench.changed(("asr.default_provider", "second")), registry=registry)
    bench.input.audio = np.concatenate(COMMAND)

    async def run():
        async with Assistant(config, registry) as assistant:
            first = [event.to_dict() async for event in assistant.run()]
            await assistant.reload(other)
            second = [event.to_dict() async for event in assistant.run()]
            return first, second

    runs = asyncio.run(run())
    assert [told(one, "transcript")[0]["provider"] for one in runs] == ["first", "second"]
