"""Parts are exchanged while the assistant runs, and nothing of the audio is lost or heard twice."""

import gc
import threading
import weakref

import numpy as np
import psutil
import pytest
from reload_bench import COMMAND, SPEECH, WAKE, Answer, Bench, story, told

from irene import Response
from irene.testing import AsrScript, ScriptedAsr, ScriptedTts, ScriptedVad, silence

IN_SPEECH = 25
"""chunk of 0.1 s in the middle of the first command"""
BETWEEN = 40
"""chunk between the two commands"""


@pytest.fixture
def bench():
    """A bench with everything in order."""
    return Bench()


def providers(events):
    return [event["provider"] for event in told(events, "transcript")]


@pytest.fixture(scope="module")
def undisturbed():
    """What happens in two commands without a reload."""
    return Bench().play(*COMMAND, *COMMAND)


SETTINGS = (
    ("assistant.apology", "Pardon?"),
    ("vad.max_utterance_ms", 14000),
    ("voice_trigger.confidence_threshold", 0.5),
    ("asr.cache_size", 3),
    ("tts.sentence_pause_ms", 100),
)


def reload_at_every_chunk(bench, *changes):
    """Reload before each of the chunks of two commands, with the changes and without, in turns."""
    for chunk in range(88):
        bench.reload_at(chunk, *(changes if chunk % 2 == 0 else ()))


def test_reloads_at_every_chunk_change_nothing_that_they_do_not_name(bench, undisturbed):
    """Whatever goes on, the events and their times are those of a run without a reload."""
    reload_at_every_chunk(bench, *SETTINGS)
    assert story(bench.play(*COMMAND, *COMMAND)) == story(undisturbed)
    assert [len(report.changed) for report in bench.reports] == [5] * 88


def with_twins(bench):
    """Add a VAD and a wake-word engine that are like those that are there."""
    bench.others = [
        type("Vad3", (ScriptedVad,), {"name": "third"}),
        type("Trigger3", (bench.trigger,), {"name": "third"}),
    ]
    return ("vad.default_provider", "third"), ("voice_trigger.default_provider", "third")


def of_any_trigger(events):
    """Return what happened, whoever heard the wake word."""
    return [
        {**event, "provider": ""} if event["event"] == "wake_word_detected" else event
        for event in story(events)
    ]


def test_new_engines_at_every_chunk_hear_what_the_old_ones_would_have(bench, undisturbed):
    """VAD and wake word are others each time, and alike: all is heard as before, to the sample."""
    reload_at_every_chunk(bench, *with_twins(bench))
    assert of_any_trigger(bench.play(*COMMAND, *COMMAND)) == of_any_trigger(undisturbed)


@pytest.mark.parametrize("chunk", [3, 14, 16, 18, 20, 26, 33, 36, 44])
def test_new_engines_at_any_chunk_hear_what_the_old_ones_would_have(bench, undisturbed, chunk):
    """Before, in and after the wake word, in speech, in the silence after it, and later."""
    bench.reload_at(chunk, *with_twins(bench))
    assert of_any_trigger(bench.play(*COMMAND, *COMMAND)) == of_any_trigger(undisturbed)


def heard(bench):
    """Return the audio of every utterance of both recognisers, in order."""
    return [stream.audio for one in bench.recognizers for stream in one.utterances]


@pytest.fixture
def listening(bench):
    """A bench whose recognisers can be looked at afterwards."""
    bench.recognizers = []

    def remember(cls):
        class Remembered(cls):
            def __init__(self, options=None):
                super().__init__(options)
                bench.recognizers.append(self)

        return Remembered

    bench.asr, bench.second_asr = remember(bench.asr), remember(bench.second_asr)
    return bench


def test_the_next_command_is_heard_by_another_recogniser(bench):
    """The first command is answered by the one, the second by the other."""
    bench.reload_at(BETWEEN, ("asr.default_provider", "second"))
    events = bench.play(*COMMAND, *COMMAND)
    assert providers(events) == ["first", "second"]
    (report,) = told(events, "configuration_reloaded")
    assert report["changed"] == ["asr.default_provider"]
    assert report["restart"] == []


def test_an_utterance_in_progress_ends_with_the_recogniser_it_began_with(listening):
    """It gets all of its audio, and the other one none of it."""
    listening.reload_at(IN_SPEECH, ("asr.default_provider", "second"))
    events = listening.play(*COMMAND)
    assert providers(events) == ["first"]
    listening.input.before.clear()
    with_reload = heard(listening)
    listening.recognizers.clear()
    listening.play(*COMMAND)
    assert [audio.tolist() for audio in with_reload] == [
        audio.tolist() for audio in heard(listening)
    ]


def test_each_utterance_is_heard_whole_by_one_recogniser(listening):
    """With another recogniser at every chunk, both utterances have every sample, once."""
    listening.play(*COMMAND, *COMMAND)
    undisturbed = [audio.tolist() for audio in heard(listening)]
    listening.recognizers.clear()
    reload_at_every_chunk(listening, ("asr.default_provider", "second"))
    listening.play(*COMMAND, *COMMAND)
    assert [audio.tolist() for audio in heard(listening)] == undisturbed


def test_a_recogniser_that_is_done_without_is_closed_after_its_utterance(listening):
    """Not before: somebody is speaking to it."""
    seen = []
    listening.reload_at(IN_SPEECH, ("asr.default_provider", "second"))
    listening.do_at(IN_SPEECH + 1, lambda: seen.append(listening.recognizers[0].is_loaded))

    def wait_until_closed():
        old = listening.recognizers[0]
        for _ in range(1000):
            if not old.is_loaded:
                break
            threading.Event().wait(0.01)
        seen.append(old.is_loaded)

    listening.do_at(60, wait_until_closed)
    listening.play(*COMMAND, *COMMAND)
    assert seen == [True, False]


def test_an_engine_whose_options_stay_is_never_loaded_again(listening):
    """Another order, another threshold: the same objects serve."""
    listening.config["asr"]["fallback_providers"] = ["second"]
    listening.reload_at(
        BETWEEN,
        ("asr.default_provider", "second"),
        ("asr.fallback_providers", ["first"]),
        ("vad.threshold", 0.6),
    )
    events = listening.play(*COMMAND, *COMMAND)
    assert providers(events) == ["first", "second"]
    assert len(listening.recognizers) == 2


def test_another_wake_word_wakes_from_then_on(bench):
    """The old one does no longer."""
    bench.reload_at(BETWEEN, ("voice_trigger.wake_words", ["goodbye"]))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["wake_word"] for e in told(events, "wake_word_detected")] == ["hello", "goodbye"]


def test_a_wake_word_that_is_half_said_when_the_engine_changes_is_heard(bench):
    """The new engine hears a little of what was before it."""
    bench.others = [type("Trigger3", (bench.trigger,), {"name": "third"})]
    bench.input.block = 800
    bench.reload_at(31, ("voice_trigger.default_provider", "third"))  # at 1.55 s, in the middle
    bench.config["voice_trigger"]["gate_db"] = 0
    events = bench.play(silence(1.53), WAKE, silence(0.3), SPEECH, silence(1.5))
    assert len(told(events, "wake_word_detected")) == 1
    assert len(told(events, "transcript")) == 1


def test_a_threshold_holds_from_the_next_word_on(bench):
    """The engine scores 0.9, which is no longer enough."""
    bench.reload_at(BETWEEN, ("voice_trigger.confidence_threshold", 0.95))
    assert len(told(bench.play(*COMMAND, *COMMAND), "wake_word_detected")) == 1


def test_the_wake_word_can_be_switched_off(bench):
    """From then on every utterance is a command."""
    bench.reload_at(BETWEEN, ("voice_trigger.enabled", False))
    events = bench.play(*COMMAND, silence(1), SPEECH, silence(1.5), SPEECH, silence(1.5))
    assert len(told(events, "wake_word_detected")) == 1
    assert len(told(events, "transcript")) == 3


def test_the_wake_word_can_be_switched_on(bench):
    """From then on nothing else is a command."""
    bench.config["voice_trigger"]["enabled"] = False
    bench.reload_at(20, ("voice_trigger.enabled", True))
    speech = (silence(0.5), SPEECH[:8000], silence(1.5))
    events = bench.play(*speech, *speech, *COMMAND)
    assert len(told(events, "wake_word_detected")) == 1
    assert len(told(events, "transcript")) == 2


def test_a_vad_threshold_holds_from_the_next_utterance_on(bench):
    """Silence that ends an utterance is shorter then, to the millisecond."""
    bench.reload_at(IN_SPEECH, ("vad.end_silence_ms", 300))
    ends = [e["time_s"] for e in told(bench.play(*COMMAND, *COMMAND), "speech_ended")]
    assert ends == [pytest.approx(3.6), pytest.approx(4.4 + 3.2)]


def test_another_rate_gets_a_track_of_its_own(bench):
    """The recogniser that wants 8 kHz gets the next command in 8 kHz, with its pre-roll."""
    rates = []

    class Narrow(ScriptedAsr):
        name = "narrow"
        script = AsrScript("turn it off")

        def open_stream(self, request):
            rates.append(request.sample_rate)
            return super().open_stream(request)

    Narrow.capabilities = type(ScriptedAsr.capabilities)(sample_rates=(8000,), max_concurrency=8)
    bench.others = [Narrow]
    bench.reload_at(BETWEEN, ("asr.default_provider", "narrow"))
    events = bench.play(*COMMAND, *COMMAND)
    assert rates == [8000]
    assert [e["text"] for e in told(events, "transcript")] == ["what time is it", "turn it off"]
    first, second = told(events, "speech_started")
    assert second["start_s"] - first["start_s"] == pytest.approx(4.4)


@pytest.mark.parametrize("chunk", [5, BETWEEN, 60])
def test_another_resampler_takes_over_without_a_gap(bench, chunk):
    """Audio from 48 kHz: as many samples come out, and every command is where it was."""
    wide = [np.repeat(part, 3) for part in (*COMMAND, *COMMAND)]
    bench.input.sample_rate, bench.input.block = 48000, 4800
    undisturbed = bench.play(*wide)
    bench.reload_at(chunk, ("resampling.default_provider", "linear"))
    events = bench.play(*wide)
    assert [e["event"] for e in events if e["event"] != "configuration_reloaded"] == [
        e["event"] for e in undisturbed
    ]
    for name in ("wake_word_detected", "speech_started", "speech_ended"):
        times = [[e["time_s"] for e in told(one, name)] for one in (events, undisturbed)]
        assert times[0] == pytest.approx(times[1], abs=0.021)


def test_what_is_said_when_the_voice_changes_is_said_to_its_end(bench):
    """The next answer has the other voice."""
    said = threading.Event()

    class Slow(ScriptedTts):
        name = "slow"

        def synthesize(self, request):
            for number, block in enumerate(super().synthesize(request)):
                if number == 3:
                    said.set()
                    changed.wait(60)
                yield block

    changed = threading.Event()
    bench.others = [Slow]
    bench.config["tts"]["default_provider"] = "slow"

    def change():
        said.wait(60)
        bench.reload(("tts.default_provider", "second"))
        changed.set()

    threading.Thread(target=change, daemon=True).start()
    events = bench.play(*COMMAND, *COMMAND)
    spoken = told(events, "speech_synthesized")
    assert [e["provider"] for e in spoken] == ["slow", "second"]
    assert spoken[0]["seconds"] == pytest.approx(0.05 * len("you said what time is it"))


def test_the_volume_is_what_the_file_says_now(bench):
    """A key that did not change leaves what somebody has asked for."""
    bench.reload_at(BETWEEN, ("tts.volume", 0.4))
    bench.do_at(BETWEEN + 1, lambda: setattr(bench.assistant._parts.mouth, "volume", 0.7))
    bench.do_at(BETWEEN + 2, lambda: bench.reload(("tts.volume", 0.4), ("tts.rate", 1.2)))
    bench.play(*COMMAND, *COMMAND)
    assert bench.assistant._parts.mouth.volume == 0.7
    assert bench.reports[1].changed == ("tts.rate",)


def test_a_handler_that_is_new_answers(bench):
    """Those that were there are not started again."""
    started = []

    class Other(Answer):
        name = "other"

        def start(self, services):
            started.append(self.name)

        def handle(self, intent, context):
            return Response("something else")

    class Counting(Answer):
        name = "answer"

        def start(self, services):
            started.append(self.name)

    bench.others = [Other]
    bench.config["intents"]["handlers"] = ["other"]
    bench.reload_at(BETWEEN, ("intents.handlers", ["answer"]))
    events = bench.play(*COMMAND, *COMMAND)
    assert [e["text"] for e in told(events, "response")] == [
        "something else",
        "you said what time is it",
    ]
    assert started == ["other"]


def test_understanding_can_be_switched_off_and_on(bench):
    """A command in between is only transcribed."""
    bench.reload_at(BETWEEN, ("intent_recognition.enabled", False))
    bench.do_at(88, bench.reload)
    events = bench.play(*COMMAND, *COMMAND, *COMMAND)
    reasons = [e["reason"] for e in told(events, "session_ended")]
    assert reasons == ["answered", "transcribed", "answered"]


def test_outputs_are_exchanged_between_answers(bench):
    """Each plays what was said while it was there."""
    outputs = []

    class Remembered(bench.output):
        def __init__(self, options=None):
            super().__init__(options)
            outputs.append(self)

    bench.output = Remembered
    bench.others = [type("Output2", (Remembered,), {"name": "second"})]
    bench.reload_at(BETWEEN, ("outputs.default_provider", "second"))
    bench.play(*COMMAND, *COMMAND, *COMMAND)
    assert [len(one.answers) for one in outputs] == [1, 2]


def test_keys_that_need_a_restart_are_named_and_wait(bench):
    """Everything else of the same file is in force."""
    bench.reload_at(
        BETWEEN,
        ("assistant.name", "jarvis"),
        ("audio.buffer_samples", 48000),
        ("asr.default_provider", "second"),
    )
    events = bench.play(*COMMAND, *COMMAND)
    assert providers(events) == ["first", "second"]
    assert bench.reports[0].restart == ("assistant.name", "audio.buffer_samples")
    assert bench.assistant.config.assistant.name == "irene"


def test_reloads_at_the_same_time_come_one_after_another(bench):
    """The last one is in force."""

    def two():
        names = ("second", "first", "second")
        changes = [("asr.default_provider", name) for name in names]
        threads = [threading.Thread(target=bench.reload, args=(change,)) for change in changes]
        for one in threads:
            one.start()
            threading.Event().wait(0.01)
        for one in threads:
            one.join()

    bench.do_at(BETWEEN, two)
    events = bench.play(*COMMAND, *COMMAND)
    assert len(told(events, "configuration_reloaded")) == 3
    assert providers(events)[1] == "second"


@pytest.mark.slow
def test_a_hundred_reloads_leave_nothing_behind(bench):
    """No thread, no open file, and none of the recognisers that came and went."""
    made: list[weakref.ref] = []

    def remember(cls):
        class Remembered(cls):
            def __init__(self, options=None):
                super().__init__(options)
                made.append(weakref.ref(self))

        return Remembered

    bench.asr, bench.second_asr = remember(bench.asr), remember(bench.second_asr)
    counts = []

    def reload(number):
        name = "second" if number % 2 else "first"
        bench.reload(
            ("asr.default_provider", name),
            ("vad.threshold", 0.5 + number / 1000),
            ("voice_trigger.wake_words", ["hello", "goodbye"][: 1 + number % 2]),
            ("tts.default_provider", "second" if number % 2 else "scripted"),
        )
        counts.append((threading.active_count(), psutil.Process().num_fds()))

    for number in range(100):
        bench.do_at(4 + number, lambda number=number: reload(number))
    alive = []
    bench.do_at(118, lambda: alive.extend(_alive_soon(made)))
    bench.play(silence(12.0), *COMMAND)
    assert len(bench.reports) == 100
    assert not any(report.refused for report in bench.reports)
    assert counts[-1][0] <= counts[5][0] + 1
    assert counts[-1][1] <= counts[5][1] + 1
    assert len(made) == 100
    assert len(alive) == 1


def _alive_soon(made):
    """Return what is left when those that are on their way out are gone."""
    for _ in range(500):
        gc.collect()
        alive = [ref for ref in made if ref() is not None]
        if len(alive) <= 1:
            break
        threading.Event().wait(0.01)
    return alive
