"""Reloads beside what goes wrong, what hangs, and what begins or ends just then."""

import asyncio
import threading
from dataclasses import dataclass

import numpy as np
import pytest
from reload_bench import COMMAND, SPEECH, WAKE, Answer, Anything, Bench, told

from irene import NO_CONTEXT, Assistant, IntentMatcher, ProviderFailedError, Response
from irene.components.chain import freeing
from irene.config.loading import load_config
from irene.domain.grammar import Arc, Grammar
from irene.domain.intents import Intent
from irene.testing import AsrScript, ScriptedAsr, ScriptedOutput, ScriptedVad, silence

BETWEEN = 40
LIMIT_S = 60.0


@pytest.fixture
def bench():
    """A bench with everything in order."""
    return Bench()


@dataclass(frozen=True)
class Words:
    """What the handler says."""

    text: str = "first"


class Diary(Answer):
    """A handler with options that notes what is done with it."""

    name = "diary"
    Options = Words
    notes: list = []

    def start(self, services):
        self.notes.append(f"start {self.options.text}")
        self.services = services

    def handle(self, intent, context):
        """Say the word, and the language of the house."""
        return Response(f"{self.options.text} {self.services.language}")

    def _close(self):
        self.notes.append(f"close {self.options.text}")


@pytest.fixture
def diary(bench):
    """A bench with a diary for a handler."""
    bench.others = [type("OwnDiary", (Diary,), {"notes": []})]
    bench.config["intents"]["handlers"] = ["diary"]
    return bench.others[0]


def test_a_handler_with_other_options_follows_the_one_that_is_stopped_first(bench, diary):
    """Both may want the same file, or the same address."""
    bench.reload_at(BETWEEN, ("intents.providers.diary.text", "second"))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["text"] for e in told(events, "response")] == ["first en", "second en"]
    assert diary.notes == ["start first", "close first", "start second", "close second"]


def test_a_handler_that_is_taken_out_is_stopped(bench, diary):
    """At once: it would go on announcing."""
    bench.do_at(BETWEEN, lambda: bench.reload(("intents.handlers", ["answer"])))
    seen = []
    bench.do_at(BETWEEN + 1, lambda: seen.extend(diary.notes))
    bench.play(*COMMAND, *COMMAND)
    assert seen == ["start first", "close first"]


def test_a_handler_that_hangs_while_it_is_stopped_does_not_hold_up_the_reload(
    bench, diary, monkeypatch
):
    """It is left, counted and named, and the new one answers."""
    monkeypatch.setattr(freeing, "CLOSE_S", 0.5)
    release = threading.Event()
    diary._close = lambda self: release.wait(LIMIT_S)
    bench.reload_at(BETWEEN, ("intents.handlers", ["answer"]))
    events = bench.play(*COMMAND, *COMMAND)
    assert not release.is_set()
    release.set()
    assert [e["text"] for e in told(events, "response")] == ["first en", "you said what time is it"]
    (hung,) = told(events, "call_abandoned")
    assert (hung["provider"], hung["call"]) == ("diary", "close")


def test_another_language_reaches_handlers_that_stay(bench, diary):
    """They are not started again."""
    bench.reload_at(BETWEEN, ("assistant.language", "de"))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["text"] for e in told(events, "response")] == ["first en", "first de"]
    assert diary.notes == ["start first", "close first"]


def test_a_recogniser_that_hangs_is_not_closed_under_its_utterance(bench):
    """Its memory stays until it returns; the next command is heard by the new one."""
    release, closed = threading.Event(), []

    class Hanging(ScriptedAsr):
        name = "hanging"
        script = AsrScript(finish_fault=lambda: release.wait(LIMIT_S))

        def _close(self):
            closed.append(release.is_set())

    bench.others = [Hanging]
    bench.config["asr"]["default_provider"] = "hanging"
    bench.config["assistant"] = {"transcribe_timeout_ms": 500}
    bench.reload_at(BETWEEN, ("asr.default_provider", "second"))
    bench.do_at(85, release.set)
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["provider"] for e in told(events, "transcript")] == ["second"]
    assert [e["code"] for e in told(events, "error")] == ["provider_failed"]
    assert closed in ([], [True])


def test_a_call_that_hangs_in_another_process_is_ended_with_the_assistant(bench):
    """Its worker would stay behind otherwise, when an assistant ends and its program goes on."""
    release, closed = threading.Event(), []

    class Elsewhere(ScriptedAsr):
        name = "elsewhere"
        script = AsrScript(finish_fault=lambda: release.wait(LIMIT_S))
        ends_calls = True

        def _close(self):
            closed.append(release.is_set())

    bench.others = [Elsewhere]
    bench.config["asr"]["default_provider"] = "elsewhere"
    bench.config["assistant"] = {"transcribe_timeout_ms": 500}
    bench.reload_at(BETWEEN, ("asr.default_provider", "second"))
    bench.play(*COMMAND, *COMMAND)
    assert closed == [False]
    release.set()


def test_what_could_not_be_loaded_is_tried_again_when_its_slot_changes(bench):
    """Somebody has installed the model meanwhile."""
    is_there = threading.Event()

    class Sometimes(ScriptedAsr):
        name = "sometimes"
        script = AsrScript("it is there")

        def _load(self):
            if not is_there.is_set():
                raise RuntimeError("no model")

    bench.others = [Sometimes]
    bench.config["asr"] = {"default_provider": "sometimes", "fallback_providers": ["first"]}
    bench.do_at(BETWEEN - 1, is_there.set)
    bench.reload_at(BETWEEN, ("asr.fallback_providers", ["first", "second"]))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["provider"] for e in told(events, "transcript")] == ["first", "sometimes"]


def test_what_still_cannot_be_loaded_refuses_nothing(bench):
    """It was so before: the change is about something else."""

    class Never(ScriptedAsr):
        name = "never"

        def _load(self):
            raise RuntimeError("no model")

    bench.others = [Never]
    bench.config["asr"] = {"default_provider": "never", "fallback_providers": ["first"]}
    bench.reload_at(BETWEEN, ("asr.fallback_providers", ["second"]))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["provider"] for e in told(events, "transcript")] == ["first", "second"]
    assert not bench.reports[0].refused


def test_an_assistant_that_ends_during_a_reload_ends(bench):
    """What was loaded for it is closed again."""
    loading, release, closed = threading.Event(), threading.Event(), threading.Event()

    class Slow(ScriptedAsr):
        name = "slow"

        def _load(self):
            loading.set()
            release.wait(LIMIT_S)

        def _close(self):
            closed.set()

    bench.others = [Slow]
    registry = bench.registry()
    config = load_config(bench.config, registry=registry)
    other = load_config(bench.changed(("asr.default_provider", "slow")), registry=registry)

    async def run():
        async with Assistant(config, registry) as assistant:
            reloading = asyncio.ensure_future(assistant.reload(other))
            while not loading.is_set():
                await asyncio.sleep(0.005)
        release.set()
        return await asyncio.wait_for(reloading, LIMIT_S), assistant.config

    report, after = asyncio.run(run())
    assert "has ended" in report.problems[0]
    assert closed.is_set()
    assert after.asr.default_provider == "first"


def test_reloads_before_within_and_after_a_run(bench):
    """The listening parts change only while there is a run; the next one has the new ones."""
    registry = bench.registry()

    def config(name):
        return load_config(bench.changed(("vad.default_provider", name)), registry=registry)

    bench.others = [type("Vad3", (bench.vad,), {"name": "third"})]
    registry = bench.registry()
    bench.input.audio = np.concatenate(COMMAND)

    async def run():
        async with Assistant(config("scripted"), registry) as assistant:
            reports = [await assistant.reload(config("third"))]
            first = [event async for event in assistant.run()]
            reports.append(await assistant.reload(config("scripted")))
            second = [event async for event in assistant.run()]
            return reports, first, second

    reports, first, second = asyncio.run(run())
    assert not any(report.refused for report in reports)
    for events in (first, second):
        assert "transcript" in [event.event for event in events]


class Loudspeaker(ScriptedOutput):
    """An output that a microphone would hear."""

    name = "loudspeaker"
    live = True


def test_the_echo_mode_changes_while_it_listens(bench):
    """What keeps the assistant from hearing itself is exchanged between two blocks of audio."""
    bench.others = [Loudspeaker]
    bench.input.live = True
    bench.config["outputs"]["default_provider"] = "loudspeaker"
    bench.config["audio"] = {"echo": "mute"}
    bench.config["tts"]["enabled"] = False
    bench.config["sounds"] = {"listening": False, "done": False}  # nothing that would be muted
    bench.reload_at(BETWEEN, ("audio.echo", "off"))
    bench.do_at(90, lambda: bench.reload(("audio.echo", "gate")))
    after_all = len(np.concatenate(COMMAND)) * 3 // 1600 + 5
    bench.do_at(after_all, lambda: bench.assistant.stop())  # noqa: PLW0108 - it is made later
    events = bench.play(*COMMAND, *COMMAND, *COMMAND, silence(2))
    assert [report.problems for report in bench.reports] == [(), ()]
    assert [report.changed for report in bench.reports] == [("audio.echo",)] * 2
    assert len(told(events, "wake_word_detected")) == 3


def test_a_fall_back_that_serves_goes_on_serving_when_it_is_chosen(bench):
    """The same engine, first now; nothing is loaded."""
    loaded = []

    class Counting(ScriptedAsr):
        name = "counting"
        script = AsrScript("counted")

        def _load(self):
            loaded.append(1)

    def fail():
        raise RuntimeError("broken")

    bench.others = [Counting]
    bench.asr.script = AsrScript(fault=fail)
    bench.config["asr"] = {"default_provider": "first", "fallback_providers": ["counting"]}
    bench.reload_at(BETWEEN, ("asr.default_provider", "counting"), ("asr.fallback_providers", []))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["text"] for e in told(events, "transcript")] == ["counted", "counted"]
    assert loaded == [1]


def test_stop_words_come_and_go(bench):
    """The engine that hears them is loaded when there is the first."""
    bench.config["voice_trigger"]["stop_provider"] = "scripted"
    bench.reload_at(10, ("voice_trigger.stop_words", ["goodbye"]))
    bench.do_at(50, bench.reload)
    bench.play(*COMMAND, *COMMAND)
    assert [report.changed for report in bench.reports] == [("voice_trigger.stop_words",)] * 2


def test_a_sentence_that_is_spoken_by_another_voice_in_its_language_changes_too(bench):
    """`tts.voices` names a table of its own."""
    bench.reload_at(BETWEEN, ("tts.voices", {"en": "second"}))
    events = bench.play(*COMMAND, *COMMAND)
    spoken = [e["provider"] for e in told(events, "speech_synthesized")]
    assert spoken[0] == "scripted"
    assert spoken[1] in ("scripted", "second")
    assert not bench.reports[0].refused


def test_audio_that_is_lost_before_a_reload_moves_the_new_track_with_it(bench):
    """A narrow recogniser that comes after a loss hears the command at the right time."""

    class Narrow(ScriptedAsr):
        name = "narrow"

    Narrow.capabilities = type(ScriptedAsr.capabilities)(sample_rates=(8000,), max_concurrency=8)
    bench.others = [Narrow]
    bench.reload_at(10, ("asr.default_provider", "narrow"))
    events = bench.play(silence(1.5), WAKE, silence(0.3), SPEECH, silence(1.5))
    (transcript,) = told(events, "transcript")
    assert transcript["provider"] == "narrow"
    assert transcript["start_s"] == pytest.approx(1.9)


def test_a_slot_that_is_switched_off_gives_its_engine_back(bench):
    """The voice, the wake word and their memory."""
    closed = []

    def noting(cls):
        class Noting(cls):
            def _close(self):
                closed.append(self.name)

        return Noting

    bench.voice = type("V", (noting(bench.voice),), {"name": "scripted"})
    bench.trigger = type("T", (noting(bench.trigger),), {"name": "scripted"})
    bench.reload_at(BETWEEN, ("tts.enabled", False), ("voice_trigger.enabled", False))
    seen = []
    bench.do_at(100, lambda: _soon(lambda: len(closed) == 2) and seen.extend(closed))
    bench.play(*COMMAND, *COMMAND, silence(3))
    assert seen == ["scripted", "scripted"]


def test_when_one_of_the_next_engines_cannot_listen_the_streams_of_the_others_are_closed(bench):
    """Nothing can be heard any more; the run ends, and nobody but the renewal knows of them."""
    opened, closed = [], []

    class NotingTrigger(bench.trigger):
        name = "noting"

        def open_stream(self, wake_words):
            stream = super().open_stream(wake_words)
            opened.append(stream)
            stream.close = lambda: closed.append(stream)
            return stream

    class Vad(ScriptedVad):
        """Listens when it is tried, and not when it is to serve."""

        name = "once"

        def open_stream(self):
            if len(opened) > 1:
                raise OSError("boom")
            return super().open_stream()

    bench.others = [NotingTrigger, Vad]
    bench.reload_at(
        BETWEEN, ("voice_trigger.default_provider", "noting"), ("vad.default_provider", "once")
    )
    with pytest.raises(ProviderFailedError, match="OSError: boom"):
        bench.play(*COMMAND, *COMMAND)
    assert len(opened) == 2  # one to see that it works, and one to listen with
    assert closed == opened


def _soon(condition):
    """Wait until something is true."""
    for _ in range(5000):
        if condition():
            return True
        threading.Event().wait(0.005)
    return False


def test_recognition_is_free_when_nothing_is_understood_any_more(bench):
    """The grammar goes with the sentences."""
    guided = []

    class Guided(ScriptedAsr):
        name = "guided"
        capabilities = type(ScriptedAsr.capabilities)(grammar=True, max_concurrency=8)

        def prepare(self, grammar):
            """Take any grammar."""

        def open_stream(self, request):
            guided.append(request.grammar is not None)
            return super().open_stream(request)

    class Matcher(IntentMatcher):
        def match(self, text, language, context=NO_CONTEXT):
            return Intent("Test", text)

        def grammar(self, language, context=NO_CONTEXT):
            return Grammar(language, (Arc(0, 1, "stop", 1.0),), {1: 1.0})

    class Known(Anything):
        name = "known"

        def open_matcher(self, sources):
            return Matcher()

    bench.others = [Guided, Known]
    bench.config["asr"]["default_provider"] = "guided"
    bench.config["intent_recognition"]["default_provider"] = "known"
    bench.reload_at(BETWEEN, ("intent_recognition.enabled", False))
    bench.play(*COMMAND, *COMMAND)
    assert guided == [True, False]


def test_a_plugin_that_raises_when_it_is_made_is_refused(bench):
    """It is told like any other failure."""

    class Raising(ScriptedAsr):
        name = "raising"

        def __init__(self, options=None):
            raise RuntimeError("no such colour")

    bench.others = [Raising]
    bench.reload_at(BETWEEN, ("asr.default_provider", "raising"))
    events = bench.play(*COMMAND, *COMMAND)
    assert "no such colour" in bench.reports[0].problems[0]
    assert [e["provider"] for e in told(events, "transcript")] == ["first", "first"]
