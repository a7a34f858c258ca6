"""The whole search over irene's own recording, with trials whose outcome is known."""

import asyncio
import json
import wave
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulated import Simulation, arm, heard, result

from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.errors import (
    AudioFormatError,
    ConfigurationError,
    ProviderFailedError,
    RequestError,
)
from irene.performance.optimising.applying import proposal, write
from irene.performance.optimising.goals import Goal, Limit, Metric
from irene.performance.optimising.proposing import propose, recommendations
from irene.performance.optimising.questions import (
    Question,
    Shape,
    Source,
    blocks_of,
    bundled,
    prepare,
    shape_of,
    speech_end_s,
    with_references,
)
from irene.performance.optimising.report import to_dict, to_row
from irene.performance.optimising.request import Request
from irene.performance.optimising.rounds import Budget
from irene.performance.optimising.search import Search, optimise
from irene.performance.optimizer import ResourceOptimizer
from irene.performance.store.layout import open_to_write
from irene.performance.store.optimisations import OptimisationRow, keep, kept
from irene.performance.store.retention import Retention, prune
from irene.plugin.registry import ComponentRegistry

pytest.importorskip("soundfile", reason="recordings are read with soundfile")
REGISTRY = ComponentRegistry.installed()
SLOW_START = {"vad.end_silence_ms=500": (0.6, 1, 1, 0), "vad.end_silence_ms=400": (0.5, 1, 1, 3)}


@pytest.fixture
def file(tmp_path):
    """A configuration that waits too long."""
    path = tmp_path / "irene.toml"
    path.write_text("[vad]\nend_silence_ms = 1500  # slow\n")
    return path


def found_by(request, **wanted):
    """Search with the providers that are there."""
    return optimise(request, registry=REGISTRY, **wanted)


def asked(file=None, only=("vad.end_silence_ms",), **wanted):
    """Return a request that turns few keys."""
    return Request(None if file is None else str(file), only=only, **wanted)


def test_a_slow_configuration_is_improved_with_the_evidence(file):
    """The fastest value that makes no more errors is proposed; what fails is told."""
    simulation = Simulation({**SLOW_START, "vad.end_silence_ms=600": "no such thing"}, noise=0.05)
    found = found_by(asked(file), run=simulation, clock=simulation.clock)
    assert [str(one) for one in found.changes] == ["vad.end_silence_ms = 500"]
    assert found.after[Metric.LATENCY] < 0.7 * found.before[Metric.LATENCY]
    assert "no such thing" in found.reasons.values()
    assert any("not understood" in reason for reason in found.reasons.values())
    assert found.n_trials == simulation.n
    assert file.read_text() == "[vad]\nend_silence_ms = 1500  # slow\n"


def test_where_nothing_is_better_nothing_is_proposed(file):
    """That is no error."""
    simulation = Simulation(noise=0.1, seed=3)
    found = found_by(asked(file), run=simulation, clock=simulation.clock)
    assert found.changes == ()
    assert found.after == found.before
    assert to_row(found, "irene", 0.0).state == "nothing"


def test_a_limit_that_cannot_be_kept_is_told_with_what_is_nearest(file):
    """The exit status is made of that."""
    limits = (Limit(Metric.RSS, 50.0),)
    simulation = Simulation(SLOW_START, noise=0.02)
    found = found_by(asked(file, limits=limits), run=simulation, clock=simulation.clock)
    assert found.missed == limits
    assert found.nearest is not None
    assert to_row(found, "irene", 0.0).state == "missed"


def test_ctrl_c_ends_it_with_what_is_known(file):
    """What looked better by then is named, and not proposed."""
    simulation = Simulation(SLOW_START, noise=0.02)

    def trial(request):
        if simulation.n == 10:
            raise KeyboardInterrupt
        return simulation(request)

    found = found_by(asked(file), run=trial, clock=simulation.clock)
    assert found.is_interrupted
    assert found.changes == ()
    assert len(found.arms) > 2


def test_ctrl_c_while_it_is_proven_says_so(file):
    """The rounds until then are not enough."""
    simulation = Simulation(SLOW_START, noise=0.02)

    def report(stage, tried, measured):
        if stage == "proving it" and measured is not None and report.n == 6:
            raise KeyboardInterrupt
        report.n += stage == "proving it" and measured is not None

    report.n = 0
    found = found_by(asked(file), run=simulation, clock=simulation.clock, report=report)
    assert found.changes == ()
    assert "room for" in found.confirmation.dropped[0][1]


def test_a_configuration_that_does_not_work_is_an_error(file):
    """With the reason of the first trial."""
    with pytest.raises(ProviderFailedError, match="no such model"):
        found_by(asked(file), run=lambda request: type(result())(failure="no such model"))


def test_recordings_without_the_wake_word_are_commands(file):
    """It is heard in none of them: the trials do without."""
    seen = []

    def trial(request):
        seen.append(request.wakes)
        one = (
            heard() if not request.wakes else type(heard())("", None, 0.1, False, False, True, 4, 4)
        )
        return result(one)

    found = found_by(asked(file, only=("asr.providers.none",)), run=trial)
    assert seen == [True, False]
    assert not found.wakes
    assert found.before[Metric.WER] == 0.0


def test_word_errors_need_references(file, data_folder):
    """A limit that could never be measured is refused at once."""
    speech = Source(str(data_folder / "commands" / "rhasspy3__what_time_is_it.wav"))
    with pytest.raises(ConfigurationError, match="--reference"):
        found_by(asked(file, recordings=(speech,), limits=(Limit(Metric.WER, 0.1),)))


def test_a_budget_too_small_for_one_round_is_refused(file):
    """Nothing could be said."""
    simulation = Simulation(seconds=100.0)
    with pytest.raises(ConfigurationError, match="--minutes"):
        found_by(asked(file, budget=Budget(10.0, 0)), run=simulation, clock=simulation.clock)


def test_what_no_time_was_left_for_is_told(file):
    """So that whoever reads it knows what was not looked at."""
    simulation = Simulation(SLOW_START)
    wanted = asked(file, budget=Budget(1e6, 10))
    found = found_by(wanted, run=simulation, clock=simulation.clock)
    assert found.untried == {"vad.end_silence_ms": "too little of the budget was left"}
    assert simulation.n == 1


def test_real_time_is_kept_only_where_delays_are_asked_for():
    """Processor, memory and words do not need it."""
    assert Request().is_realtime
    assert not Request(goal=Goal.MEMORY).is_realtime
    assert Request(goal=Goal.CPU, limits=(Limit(Metric.LATENCY, 1.0),)).is_realtime


def test_a_file_that_holds_is_kept(file):
    """Measured again beside what it was."""
    simulation = Simulation(SLOW_START, noise=0.02)
    with Search(asked(file), registry=REGISTRY, run=simulation, clock=simulation.clock) as search:
        found = search.run()
        written = write(proposal(str(file), found.changes))
        search._run_trial = _of_files(written, simulation, 0.6)
        check = search.check(written)
    assert check.reverted == ""
    assert "end_silence_ms = 500  # slow" in file.read_text()
    assert to_row(found, "irene", 1.0, check).state == "applied"
    assert to_dict(found, "diff", check)["check"]["rounds"] == 3


@pytest.mark.parametrize("worth", [1.5, "broken"])
def test_a_file_that_is_worse_is_put_back(file, worth):
    """The planted file is slower than the former one, or fails."""
    simulation = Simulation(SLOW_START, noise=0.02)
    with Search(asked(file), registry=REGISTRY, run=simulation, clock=simulation.clock) as search:
        found = search.run()
        written = write(proposal(str(file), found.changes))
        search._run_trial = _of_files(written, simulation, worth)
        check = search.check(written)
    assert check.reverted
    assert file.read_text() == "[vad]\nend_silence_ms = 1500  # slow\n"
    assert to_row(found, "irene", 1.0, check).state == "reverted"


def test_ctrl_c_puts_the_file_back(file):
    """What was not measured does not stay."""
    simulation = Simulation(SLOW_START, noise=0.02)
    with Search(asked(file), registry=REGISTRY, run=simulation, clock=simulation.clock) as search:
        found = search.run()
        written = write(proposal(str(file), found.changes))

        def interrupted(request):
            raise KeyboardInterrupt

        search._run_trial = interrupted
        assert "interrupted" in search.check(written).reverted
    assert "1500" in file.read_text()


def _of_files(written, simulation, worth):
    """Return trials whose delay is that factor for the file that was written."""

    def trial(request):
        simulation.n += 1
        if request.source == str(written.backup):
            return result(heard(500.0))
        if worth == "broken":
            return type(result())(failure="broken")
        return result(heard(500.0 * worth))

    return trial


def test_the_outcome_is_plain_values(file):
    """As JSON, everything that people see."""
    simulation = Simulation(SLOW_START, noise=0.05)
    found = found_by(asked(file), run=simulation, clock=simulation.clock)
    told = json.loads(json.dumps(to_dict(found, "--- a\n")))
    assert told["changes"][0]["key"] == "vad.end_silence_ms"
    assert told["changes"][0]["decided_by"] == ["latency"]
    evidence = told["changes"][0]["evidence"]["latency"]
    assert evidence["low"] <= evidence["change"] <= evidence["high"] < 1
    assert told["tried"][0]["changes"] == {}
    assert any(one["on_front"] for one in told["tried"])


def test_searches_are_kept_and_found_again(tmp_path):
    """The latest first; a second one of the same file is another row."""
    path = tmp_path / "performance.db"
    change = {"key": "vad.onset_ms", "before": 96, "after": 64}
    first = OptimisationRow(1.0, "0", "irene", "cpu", ("rss=300MB",), 9, 3.5, 2, {"cpu": 0.2})
    second = OptimisationRow(2.0, "0", "irene", "cpu", changes=(change,), state="applied")
    for one in (first, second):
        keep(path, one)
    assert kept(path) == [second, first]


def test_old_searches_are_deleted_with_the_other_measurements(tmp_path):
    """After `performance.store_days`."""
    path = tmp_path / "performance.db"
    day = 86400.0
    for at in (1 * day, 9 * day):
        keep(path, OptimisationRow(at, "0", "irene", "cpu"))
    with closing(open_to_write(path)) as connection:
        assert prune(connection, Retention(5.0, 0.0), 10 * day)
    assert [one.at for one in kept(path)] == [9 * day]


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    """In one line, with the file."""
    path = tmp_path / "performance.db"
    path.write_text("no database, but some text that is long enough to be looked at " * 30)
    with pytest.raises(ConfigurationError, match="damaged"):
        keep(path, OptimisationRow(1.0, "0", "irene", "cpu"))


def test_a_program_that_wants_proposals_gets_lines_and_the_store_a_row(file):
    """Nothing is written into the configuration."""
    registry = REGISTRY
    config = load_config(str(file), registry=registry)
    simulation = Simulation(SLOW_START, noise=0.02, seconds=5.0)
    found = propose(config, minutes=1000, run=simulation, clock=simulation.clock)
    lines = list(recommendations(found))
    assert any("vad.end_silence_ms = 500 would be better: latency -" in one for one in lines)
    assert "1500" in file.read_text()
    with pytest.raises(ConfigurationError, match="without a file"):
        propose(load_config({}, registry=registry))


@pytest.fixture
def optimiser(tmp_path, file):
    """Return what makes an optimiser of simulated trials."""

    def made(effects, **wanted):
        simulation = Simulation(effects, noise=0.02)
        budget = Budget(1e6)
        return ResourceOptimizer(
            tmp_path / "data",
            config=file,
            budget=budget,
            run=simulation,
            clock=simulation.clock,
            **wanted,
        )

    return made


async def _audio(one, **settings):
    return await one.optimize_audio_processing(settings)


def test_audio_settings_change_where_that_is_proven(optimiser):
    """The documented keys; another one is handed back."""
    one = optimiser({"inputs.providers.microphone.chunk_size=320": (0.7, 1, 1, 0)})
    settings = {"sample_rate": 16000, "chunk_size": 1024, "channels": 1, "gain": 3}
    better = asyncio.run(_audio(one, **settings))
    assert better == {**settings, "chunk_size": 320}
    (told,) = one.get_optimization_recommendations()
    assert "chunk_size = 320 instead of 1024" in told["description"]
    assert told["expected_improvement"].startswith("latency -3")
    assert told["component"] == "inputs"
    assert told["n"] >= 7


def test_audio_settings_stay_where_nothing_is_better(optimiser):
    """And nothing is recommended."""
    one = optimiser({})
    settings = {"sample_rate": 16000, "chunk_size": 640, "channels": 1}
    assert asyncio.run(_audio(one, **settings)) == settings
    assert one.get_optimization_recommendations() == []
    with pytest.raises(ConfigurationError):
        asyncio.run(_audio(one, sample_rate="much"))


def test_the_settings_of_a_component_change_likewise(optimiser):
    """Keys are those below its section; `stt` is `asr`."""
    one = optimiser({"asr.partials=False": (0.5, 1, 1, 0)})
    better = asyncio.run(one.optimize_component("stt", {"partials": True}))
    assert better == {"partials": False}
    with pytest.raises(RequestError, match="sink"):
        asyncio.run(one.optimize_component("sink", {}))


def test_freed_memory_is_measured(optimiser):
    """A holder of 40 MB lets go of them, and gets its room back."""

    class Holder:
        def __init__(self):
            self.blocks = [bytearray(b"x" * 2**20) for _ in range(40)]
            self.is_restored = False

        def shrink(self, share):
            assert share == 0.0
            self.blocks.clear()

        def restore(self):
            self.is_restored = True

    holder = Holder()
    told = asyncio.run(optimiser({}, holders=(holder,)).optimize_memory_usage())
    assert told["freed_mb"] == pytest.approx(told["before_mb"] - told["after_mb"], abs=1e-6)
    assert told["freed_mb"] > 20
    assert holder.is_restored


def test_recordings_are_given_room_and_their_end_of_speech(tmp_path):
    """The demo's question: 2 s before it, and longer after it than anybody waits."""
    registry = REGISTRY
    config = load_config("demo", registry=registry)
    (question,) = prepare(bundled(), config, registry, tmp_path, 3.0)
    assert question.reference == "what time is it"
    assert 4.0 < question.end_s < question.seconds - 3.4


@given(st.floats(0.3, 2.0), st.floats(0.1, 1.0), st.floats(0.001, 0.5))
def test_speech_ends_where_sound_does(speech_s, after_s, level):
    """To a frame of 30 ms, whatever the level; what is 30 dB below is background."""
    rng = np.random.default_rng(1)
    n, rest = round(16000 * speech_s), round(16000 * after_s)
    sound = np.concatenate([rng.normal(0, level, n), rng.normal(0, level / 31.6, rest)])
    samples = np.clip(32767 * sound, -32768, 32767).astype(np.int16)
    assert speech_end_s(AudioChunk(samples, 16000)) == pytest.approx(speech_s, abs=0.031)


def test_the_end_of_nothing_is_its_length():
    """A recording shorter than a frame."""
    assert speech_end_s(AudioChunk(np.zeros(10, np.int16), 16000)) == 10 / 16000


def test_what_holds_no_command_is_refused(tmp_path):
    """Silence, and what is too long to be heard dozens of times."""
    registry = REGISTRY
    config = load_config("demo", registry=registry)
    for seconds, words in ((1, "no sound"), (130, "cut it")):
        path = tmp_path / f"{seconds}.wav"
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(8000)
            out.writeframes(bytes(2 * 8000 * seconds))
        with pytest.raises(AudioFormatError, match=words):
            prepare([Source(str(path))], config, registry, tmp_path, 1.0)


def test_rounds_hear_groups_of_enough_audio():
    """Every recording in one of them; a rest that is too short joins the last."""
    questions = [Question(str(n), None, None, 1.0, 6.0) for n in range(7)]
    assert blocks_of(questions, 12.0) == ((0, 1), (2, 3), (4, 5, 6))
    assert blocks_of(questions, 1000.0) == (tuple(range(7)),)


def test_references_belong_to_their_recordings():
    """What is not known stays unknown."""
    assert with_references(["a", "b"], {"a": "x"}) == (Source("a", "x"), Source("b", None))


def test_the_shape_of_a_device_is_that_of_its_options():
    """A file has none of its own."""
    registry = REGISTRY
    table = {"rate": 48000, "chunk_size": 480, "capture_channels": 2}
    inputs = {"default_provider": "microphone", "providers": {"microphone": table}}
    config = load_config({"inputs": inputs}, registry=registry, environ={})
    assert shape_of(config, registry) == Shape(48000, 2, 10.0)
    config = load_config({"inputs": {"default_provider": "file"}}, registry=registry, environ={})
    assert shape_of(config, registry) == Shape()


def test_an_arm_says_what_it_is():
    """In the words of TOML."""
    one = arm(vad__onset_ms=64, asr__partials=False)
    assert one.label == "vad.onset_ms = 64, asr.partials = false"
    assert one.without(one.changes[0]).label == "asr.partials = false"
