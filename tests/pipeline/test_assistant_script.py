"""The assistant around scripted providers: order of events, time, fall-back, limits."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irene import NO_CONTEXT, Hypothesis, IntentHandler, IntentMatcher, IntentRecognizer, Response
from irene.components.threads import in_thread
from irene.domain.intents import Intent
from irene.pipeline import parts
from irene.testing import (
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedLanguage,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
    events_of,
    registry_of,
    silence,
)

WAKE = np.full(1600, 25000, np.int16)
SPEECH = np.full(16000, 3000, np.int16)


class Anything(IntentRecognizer[None]):
    """Understands every text that is not `gibberish`."""

    name = "anything"

    def open_matcher(self, sources):
        """There is nothing to compile."""
        return _Anything()

    def read_folder(self, folder):
        """There are no folders."""
        return []


class _Anything(IntentMatcher):
    def match(self, text, language, context=NO_CONTEXT):
        return None if text == "gibberish" else Intent("Test", text)


class Answer(IntentHandler[None]):
    """Answers with the text it was asked."""

    name = "answer"
    intents = ("Test",)

    def handle(self, intent, context):
        """Answer."""
        return Response(f"you said {intent.text}")


class Recording(ScriptedInput):
    """What the microphone hears."""


class Stage:
    """One run of an assistant on scripted providers; fields may be changed before `play`."""

    def __init__(self) -> None:
        self.asr = type("Asr", (ScriptedAsr,), {"name": "first", "script": AsrScript()})
        self.second_asr = type("Asr2", (ScriptedAsr,), {"name": "second", "script": AsrScript()})
        self.trigger = type("Trigger", (ScriptedVoiceTrigger,), {})
        self.vad = type("Vad", (ScriptedVad,), {})
        self.voice = type("Voice", (ScriptedTts,), {})
        self.output = type("Output", (ScriptedOutput,), {})
        self.input = type("Input", (ScriptedInput,), {})
        self.further: tuple[Any, ...] = ()
        self.config: dict[str, Any] = {
            "voice_trigger": {
                "default_provider": "scripted",
                "fallback_providers": [],
                "wake_words": ["hello"],
            },
            "vad": {"default_provider": "scripted", "fallback_providers": []},
            "asr": {"default_provider": "first", "fallback_providers": ["second"]},
            "tts": {"default_provider": "scripted"},
            "intent_recognition": {"default_provider": "anything"},
            "intents": {"handlers": ["answer"]},
            "inputs": {"default_provider": "scripted"},
            "outputs": {"default_provider": "scripted", "fallback_providers": []},
        }

    def registry(self):
        """Return a registry of the stage's providers."""
        from irene_plugins.resampling.soxr import SoxrResampler

        listening = (self.trigger, self.vad, self.asr, self.second_asr, self.input)
        answering = (Anything, Answer, self.voice, self.output)
        return registry_of(*listening, *answering, *self.further, SoxrResampler)

    def play(self, *parts, **run):
        """Run the assistant on these pieces of audio and return its events as dicts."""
        self.input.audio = np.concatenate(parts)
        events = asyncio.run(events_of(self.config, self.registry(), **run))
        return [event.to_dict() for event in events]


@pytest.fixture
def stage():
    """A stage with everything in order."""
    return Stage()


def names(events):
    """Return the names of the events, partial hypotheses left out."""
    return [e["event"] for e in events if e["event"] != "transcript_partial"]


def one(events, name):
    """Return the only event of this name."""
    found = [event for event in events if event["event"] == name]
    assert len(found) == 1, names(events)
    return found[0]


COMMAND = (silence(1), WAKE, silence(0.5), SPEECH, silence(1.5))


def test_a_wake_word_and_a_command_give_every_event_in_order(stage):
    """From the wake word to the end of the session nothing is missing or out of order."""
    assert names(stage.play(*COMMAND)) == [
        "run_started",
        "wake_word_detected",
        "speech_started",
        "speech_ended",
        "transcript",
        "intent_recognized",
        "response",
        "speech_synthesized",
        "session_ended",
        "run_ended",
    ]


def test_partial_hypotheses_come_while_the_person_speaks(stage):
    """Partial text arrives between the start and the end of speech, growing."""
    events = stage.play(*COMMAND)
    kinds = [event["event"] for event in events]
    partials = [i for i, kind in enumerate(kinds) if kind == "transcript_partial"]
    assert kinds.index("speech_started") < partials[0]
    assert partials[-1] < kinds.index("speech_ended")
    assert events[partials[0]]["text"] == "what"


def test_what_a_partial_hypothesis_says_is_stable_is_not_taken_back(stage):
    """Each stable beginning goes on in the next event, and the transcript begins with the last."""
    events = stage.play(*COMMAND)
    stable = [
        event["text"][: event["stable"]]
        for event in events
        if event["event"] == "transcript_partial"
    ]
    assert len(stable) > 1
    assert stable[-1]
    transcript = one(events, "transcript")["text"]
    for before, after in zip(stable, [*stable[1:], transcript], strict=True):
        assert after.startswith(before)


def test_a_hypothesis_that_only_becomes_surer_is_told(stage):
    """The text is the same, but more of it can be relied on."""
    surer = iter(range(100))
    original = stage.asr.open_stream

    def open_stream(self, request):
        stream = original(self, request)
        stream.accept = lambda samples: Hypothesis("what", False, stable=min(4, next(surer)))
        return stream

    stage.asr.open_stream = open_stream
    events = stage.play(*COMMAND)
    told = [event["stable"] for event in events if event["event"] == "transcript_partial"]
    assert told == [0, 1, 2, 3, 4]


def test_audio_time_never_goes_back(stage):
    """`time_s` is the position of the decision and only moves forward."""
    times = [event["time_s"] for event in stage.play(*COMMAND)]
    assert times == sorted(times)


def test_the_session_number_marks_what_belongs_together(stage):
    """Events of a session carry its number, all others null."""
    for event in stage.play(*COMMAND):
        outside = event["event"] in ("run_started", "run_ended")
        assert event["session"] == (None if outside else 1), event


def test_two_commands_are_two_sessions(stage):
    """The assistant waits again after an answer."""
    events = stage.play(*COMMAND, *COMMAND)
    assert [e["session"] for e in events if e["event"] == "transcript"] == [1, 2]


@pytest.mark.parametrize("block", [160, 777, 1600, 48000])
def test_the_size_of_the_input_blocks_changes_nothing(stage, block):
    """Decisions fall at the same audio time whatever the input delivers at once."""

    def decisions(size):
        stage.input.block = size
        kept = ("wake_word_detected", "speech_started", "speech_ended", "transcript")
        times = ("event", "time_s", "start_s", "end_s", "text")
        events = [e for e in stage.play(*COMMAND) if e["event"] in kept]
        return [{key: e[key] for key in times if key in e} for e in events]

    assert decisions(block) == decisions(1280)


@pytest.mark.parametrize("block", [777, 1600, 48000])
@pytest.mark.parametrize("speech", [SPEECH, silence(1)], ids=["a command", "no command"])
def test_after_a_session_the_wake_word_is_listened_for_from_its_end_on(stage, block, speech):
    """Where the engine's windows lie does not depend on the block in which that end fell."""
    stage.trigger.capabilities = replace(stage.trigger.capabilities, window=512)
    stage.config["voice_trigger"]["gate_db"] = 0
    stage.config["assistant"] = {"no_speech_timeout_ms": 1234}

    def times(size):
        stage.input.block = size
        events = stage.play(silence(1.033), WAKE, silence(0.5), speech, silence(1.3), WAKE)
        return [e["time_s"] for e in events if e["event"] == "wake_word_detected"]

    assert len(times(160)) == 2
    assert times(block) == times(160)


@pytest.mark.parametrize("block", [160, 777, 1600, 48000])
def test_after_a_click_speech_is_heard_from_the_decision_on(stage, block):
    """Not from the end of the block in which that falls."""
    stage.input.block = block
    stage.config["voice_trigger"]["enabled"] = False
    click = SPEECH[:1600]
    events = stage.play(silence(1.05), click, silence(0.7), SPEECH, silence(1.5))
    started = [e["start_s"] for e in events if e["event"] == "speech_started"]
    assert started == [pytest.approx(1.05), pytest.approx(1.85)]


def test_the_recogniser_hears_the_whole_command_and_its_pre_roll(stage):
    """No sample of the speech is missing, and the pre-roll stands before it."""
    streams = []
    original = stage.asr.open_stream
    stage.asr.open_stream = lambda self, request: (
        streams.append(original(self, request)) or (streams[-1])
    )
    stage.play(*COMMAND)
    audio = streams[0].audio
    assert int((audio == 3000).sum()) == SPEECH.size
    assert int((audio[: int(0.3 * 16000)] == 0).all())


def test_the_wake_word_itself_is_not_transcribed(stage):
    """What the recogniser hears begins after the wake word's own sound."""
    streams = []
    original = stage.asr.open_stream
    stage.asr.open_stream = lambda self, request: (
        streams.append(original(self, request)) or (streams[-1])
    )
    stage.play(silence(1), WAKE, silence(0.1), SPEECH, silence(1.5))
    assert int((streams[0].audio == 25000).sum()) == 0
    assert int((streams[0].audio == 3000).sum()) == SPEECH.size


def test_word_times_lie_on_the_time_axis_of_the_input(stage):
    """Words are placed where they were spoken, not where the utterance begins."""
    transcript = one(stage.play(*COMMAND), "transcript")
    assert transcript["words"][0]["start_s"] >= 1.1
    assert transcript["words"][-1]["end_s"] <= 1.6 + 1.0 + 0.8


def test_a_wake_word_without_a_command_goes_back_to_waiting(stage):
    """After the time limit the session ends, and the next wake word is heard."""
    stage.config["assistant"] = {"no_speech_timeout_ms": 1000}
    events = stage.play(silence(1), WAKE, silence(3), *COMMAND)
    assert [e["reason"] for e in events if e["event"] == "session_ended"] == [
        "no_speech",
        "answered",
    ]


def test_without_a_voice_trigger_every_utterance_is_for_the_assistant(stage):
    """`voice_trigger.enabled = false` needs no wake word."""
    stage.config["voice_trigger"]["enabled"] = False
    events = stage.play(silence(1), SPEECH, silence(2), SPEECH, silence(2))
    assert [e["session"] for e in events if e["event"] == "transcript"] == [1, 2]
    assert [e["session"] for e in events if e["event"] == "speech_started"] == [1, 2]
    assert "wake_word_detected" not in names(events)


def test_speech_at_the_very_end_of_the_input_is_answered(stage):
    """A file that ends with the last word has no end silence, and is answered all the same."""
    events = stage.play(silence(1), WAKE, silence(0.5), SPEECH)
    assert one(events, "transcript")["text"] == "what time is it"


def test_a_text_that_nobody_understands_gets_the_apology(stage):
    """An unknown command is answered with the configured words."""
    stage.asr.script = AsrScript(text="gibberish")
    stage.config["assistant"] = {"apology": "Pardon?"}
    events = stage.play(*COMMAND)
    assert one(events, "intent_not_recognized")["text"] == "gibberish"
    assert one(events, "response")["text"] == "Pardon?"
    assert one(events, "session_ended")["reason"] == "not_understood"


def test_an_empty_transcript_is_no_failure(stage):
    """A cough that no recogniser finds words in ends the session without an answer."""
    stage.asr.script = AsrScript(text="")
    events = stage.play(*COMMAND)
    assert one(events, "session_ended")["reason"] in ("empty_transcript", "no_speech")
    assert "provider_failed" not in names(events)


def test_after_a_click_the_command_is_still_heard(stage):
    """An utterance without words does not use up the wake word: the session goes on."""
    texts = iter(["", "what time is it"])
    original = stage.asr.open_stream

    def open_stream(self, request):
        stage.asr.script = AsrScript(text=next(texts))
        return original(self, request)

    stage.asr.open_stream = open_stream
    events = stage.play(silence(1), WAKE, silence(0.5), SPEECH, silence(1), SPEECH, silence(1.5))
    assert [e["text"] for e in events if e["event"] == "transcript"] == ["", "what time is it"]
    ended = one(events, "session_ended")
    assert (ended["session"], ended["reason"]) == (1, "answered")


def test_after_an_empty_utterance_the_time_limit_still_holds(stage):
    """Noise after noise does not keep a session open for ever."""
    stage.asr.script = AsrScript(text="")
    stage.config["assistant"] = {"no_speech_timeout_ms": 3000}
    events = stage.play(*COMMAND, silence(3), SPEECH, silence(2))
    assert names(events).count("session_ended") == 1
    assert names(events).count("transcript") == 1


def test_a_language_that_the_recogniser_does_not_know_is_warned_of(stage):
    """German speech in an English recogniser gives nonsense: it is said at the start."""
    stage.config["assistant"] = {"language": "de"}
    warnings = [e["message"] for e in stage.play(silence(1)) if e["event"] == "warning"]
    assert any("assistant.language = 'de'" in line for line in warnings)


def failing_at(block):
    """Return a fault that raises with the block of this number."""
    count = iter(range(10**9))

    def fault():
        if next(count) == block:
            raise RuntimeError("engine gave up")

    return fault


@pytest.mark.parametrize("block", [0, 3, 9])
def test_a_recogniser_that_raises_costs_no_speech(stage, block):
    """The next recogniser gets every sample that the failing one was given, and the rest."""
    stage.asr.script = AsrScript(text="wrong", fault=failing_at(block))
    stage.second_asr.script = AsrScript(text="right")
    streams = []
    original = stage.second_asr.open_stream
    stage.second_asr.open_stream = lambda self, request: (
        streams.append(original(self, request)) or (streams[-1])
    )
    events = stage.play(*COMMAND)
    assert one(events, "provider_failed")["provider"] == "first"
    switched = one(events, "provider_switched")
    assert (switched["from"], switched["to"]) == ("first", "second")
    assert one(events, "transcript")["text"] == "right"
    assert int((streams[0].audio == 3000).sum()) == SPEECH.size


def test_a_recogniser_that_raises_at_the_end_is_replaced(stage):
    """A failure while the final text is made costs time, not the text."""
    stage.asr.script = AsrScript(finish_fault=failing_at(0))
    stage.second_asr.script = AsrScript(text="right")
    assert one(stage.play(*COMMAND), "transcript")["text"] == "right"


def test_a_recogniser_that_hangs_is_left_behind_at_its_deadline(stage):
    """After its share of `transcribe_timeout_ms` the next recogniser gets the utterance."""
    forever = threading.Event()
    stage.asr.script = AsrScript(finish_fault=forever.wait)
    stage.second_asr.script = AsrScript(text="right")
    stage.config["assistant"] = {"transcribe_timeout_ms": 1000}
    events = stage.play(*COMMAND)
    forever.set()
    assert one(events, "transcript")["text"] == "right"
    assert "did not answer `finish` within" in one(events, "provider_failed")["reason"]
    assert one(events, "call_abandoned")["call"] == "finish"


def test_when_every_recogniser_fails_the_run_goes_on(stage):
    """The session ends with an error event, the speech is kept; the assistant still listens."""
    is_first, whole = [True], iter(range(4))  # each is asked twice

    def fail():
        if is_first[0]:
            is_first[0] = next(whole) < 3
            raise RuntimeError("engine gave up")

    stage.asr.script = AsrScript(finish_fault=fail)
    stage.second_asr.script = AsrScript(finish_fault=fail)
    events = stage.play(*COMMAND, *COMMAND)
    kept = one(events, "utterance_kept")
    assert set(kept["reasons"]) == {"first", "second"}
    assert Path(kept["path"]).stat().st_size > SPEECH.nbytes
    reasons = [e["reason"] for e in events if e["event"] == "session_ended"]
    assert reasons == ["failed", "answered"]
    assert one(events, "error")["code"] == "provider_failed"


def test_a_voice_that_raises_leaves_the_written_answer(stage):
    """Without a working voice the answer is still an event, and the run goes on."""
    stage.voice.fault = staticmethod(failing_at(0))
    events = stage.play(*COMMAND, *COMMAND)
    assert [e["event"] for e in events].count("response") == 2
    assert one(events, "error")["code"] == "provider_failed"


def test_an_answer_that_was_said_before_comes_from_the_cache(stage):
    """The second time the same words cost no synthesis."""
    events = stage.play(*COMMAND, *COMMAND)
    assert [e["cached"] for e in events if e["event"] == "speech_synthesized"] == [False, True]


def test_the_answer_is_played_completely(stage):
    """The output gets every sample that the voice made."""
    outputs = []
    original = stage.output.open_stream
    stage.output.open_stream = lambda self, rate: outputs.append(self) or original(self, rate)
    events = stage.play(*COMMAND)
    played = sum(piece.size for piece in outputs[0].answers[0])
    assert played == round(one(events, "speech_synthesized")["seconds"] * 16000)
    assert played == 800 * len("you said what time is it")


def test_a_48_khz_stereo_input_is_converted_for_everybody(stage):
    """The same scene at 48 kHz stereo gives the same events at the same times (to 50 ms)."""
    mono = stage.play(*COMMAND)
    stage.input.sample_rate = 48000
    stage.input.block = 4800
    stereo = stage.play(*(np.repeat(part, 6).reshape(-1, 2) for part in COMMAND))
    assert names(stereo) == names(mono)
    for name in ("wake_word_detected", "speech_started", "speech_ended"):
        assert abs(one(stereo, name)["time_s"] - one(mono, name)["time_s"]) < 0.05


def test_strict_validation_keeps_the_assistant_from_starting(stage):
    """`strict_validation` and `allow_resampling = false` refuse a 48 kHz input."""
    from irene import ConfigurationError

    stage.input.sample_rate = 48000
    stage.config["asr"] |= {"strict_validation": True, "allow_resampling": False}
    with pytest.raises(ConfigurationError, match=r"asr\.allow_resampling"):
        stage.play(*COMMAND)


def test_lenient_validation_warns_and_works(stage):
    """Without `strict_validation` the same input is converted, with a warning."""
    stage.input.sample_rate = 32000
    stage.config["asr"] |= {"allow_resampling": False}
    events = stage.play(*(np.repeat(part, 2) for part in COMMAND))
    assert "asr.allow_resampling" in one(events, "warning")["message"]
    assert one(events, "session_ended")["reason"] == "answered"


def test_a_threshold_above_the_score_silences_the_wake_word(stage):
    """`confidence_threshold` decides: the scripted word scores 0.9."""
    stage.config["voice_trigger"]["confidence_threshold"] = 0.95
    assert names(stage.play(*COMMAND)) == ["run_started", "warning", "run_ended"]


def test_each_wake_word_may_have_a_threshold_of_its_own(stage):
    """A table of thresholds is looked up by word."""
    stage.config["voice_trigger"]["confidence_threshold"] = {"hello": 0.95}
    assert "wake_word_detected" not in names(stage.play(*COMMAND))


def test_one_long_wake_word_is_one_detection(stage):
    """Within the refractory time the same word is not heard again."""
    stage.config["assistant"] = {"no_speech_timeout_ms": 300}
    events = stage.play(silence(1), WAKE, WAKE, WAKE, silence(4))
    assert names(events).count("wake_word_detected") == 1


def test_the_critical_path_adds_up(stage):
    """From the end of speech to the first audio the stages account for the time, within 5 %."""
    spans = one(stage.play(*COMMAND), "session_ended")["spans"]
    response = next(span for span in spans["children"] if span["name"] == "response")
    stages = ["endpoint", "asr", "intent", "tts", "playback_start"]
    assert [child["name"] for child in response["children"]] == stages
    parts = sum(child["exclusive_ms"] for child in response["children"])
    assert 0.95 * response["duration_ms"] <= parts <= response["duration_ms"] + 0.01


def test_the_wait_for_silence_is_part_of_the_response_time(stage):
    """Endpointing costs the configured end silence, in audio time, and is reported."""
    stage.config["vad"]["end_silence_ms"] = 500
    spans = one(stage.play(*COMMAND), "session_ended")["spans"]
    response = next(span for span in spans["children"] if span["name"] == "response")
    assert response["children"][0]["duration_ms"] == pytest.approx(500, abs=10)


def test_every_stage_of_listening_has_its_time(stage):
    """Conversion, wake word, VAD and streaming recognition are summed per session."""
    spans = one(stage.play(*COMMAND), "session_ended")["spans"]
    listening = next(span for span in spans["children"] if span["name"] == "listening")
    assert {child["name"] for child in listening["children"]} == {
        "capture",
        "resample",
        "wake",
        "vad",
        "asr_streaming",
    }


@pytest.mark.parametrize("slot", ["trigger", "vad"])
def test_a_listening_engine_that_keeps_raising_ends_the_run_with_its_name(stage, slot):
    """Nothing can be heard any more: one error that names the provider, after bounded tries."""
    from irene import ProviderFailedError

    def fault():
        raise RuntimeError("dead")

    getattr(stage, slot).fault = staticmethod(fault)
    with pytest.raises(ProviderFailedError, match="keeps failing: RuntimeError: dead"):
        stage.play(*COMMAND)


@pytest.mark.parametrize("section", ["vad", "asr"])
def test_what_the_assistant_cannot_do_without_cannot_be_disabled(stage, section):
    """`enabled = false` of an indispensable part is refused with the line that cures it."""
    from irene import ConfigurationError

    stage.config[section]["enabled"] = False
    with pytest.raises(ConfigurationError, match=rf"set {section}\.enabled = true"):
        stage.play(*COMMAND)


def test_without_intent_recognition_speech_is_only_transcribed(stage):
    """`intent_recognition.enabled = false` turns the assistant into a transcriber."""
    stage.config["intent_recognition"]["enabled"] = False
    events = stage.play(*COMMAND)
    assert one(events, "session_ended")["reason"] == "transcribed"
    assert "response" not in names(events)


def test_without_a_voice_the_answer_is_only_written(stage):
    """`tts.enabled = false` leaves the `response` event."""
    stage.config["tts"]["enabled"] = False
    events = stage.play(*COMMAND)
    assert one(events, "response")
    assert "speech_synthesized" not in names(events)


@pytest.mark.parametrize("call", ["_load", "_warm_up"])
def test_an_engine_that_does_not_load_in_time_is_stood_in_for(stage, call):
    """After `assistant.load_timeout_ms`; the next one loads, and the assistant starts."""
    forever = threading.Event()
    setattr(stage.asr, call, lambda self: forever.wait(30) and None)
    stage.config["assistant"] = {"load_timeout_ms": 300}
    events = stage.play(*COMMAND)
    forever.set()
    assert one(events, "session_ended")["reason"] == "answered"
    left = one(events, "call_abandoned")
    assert (left["provider"], left["call"]) == ("first", call.strip("_"))


def test_the_recogniser_of_each_further_language_may_take_the_whole_time(stage, monkeypatch):
    """They load one after another: `assistant.load_timeout_ms` is for each, not for all of them."""
    given = {}

    async def noted(name, work, timeout_s=None):
        given[getattr(work, "__name__", "")] = timeout_s
        return await in_thread(name, work, timeout_s)

    monkeypatch.setattr(parts, "in_thread", noted)
    stage.further = (ScriptedLanguage,)
    stage.config["assistant"] = {"load_timeout_ms": 60_000}
    stage.config["asr"]["fallback_providers"] = []
    stage.config["language"] = {
        "enabled": True,
        "languages": ["en", "de", "fr"],
        "default_provider": "scripted",
        "recognisers": {"de": "second", "fr": "second"},
    }
    stage.play(*COMMAND)
    assert given["load_others"] > 2 * 60 + 2


def test_a_check_that_hangs_ends_the_start(stage):
    """`assistant.load_timeout_ms` holds for all checks together."""
    from irene import ProviderFailedError

    forever = threading.Event()
    stage.voice._check = lambda self: forever.wait(30) and None
    stage.config["assistant"] = {"load_timeout_ms": 300}
    with pytest.raises(ProviderFailedError, match=r"checked within assistant\.load_timeout_ms"):
        stage.play(*COMMAND)
    forever.set()


def test_an_engine_that_does_not_load_in_time_is_named(stage):
    """When there is no other one, the assistant does not start."""
    from irene import ProviderUnavailableError

    forever = threading.Event()
    stage.asr._load = lambda self: forever.wait(30) and None
    stage.config["assistant"] = {"load_timeout_ms": 50}
    stage.config["asr"]["fallback_providers"] = []
    with pytest.raises(
        ProviderUnavailableError, match=r"'first' hangs in `load`: .*\.load_timeout"
    ):
        stage.play(*COMMAND)
    forever.set()


def test_a_start_that_fails_frees_what_was_loaded(stage):
    """When the voice is missing, the recogniser that was already loaded is closed."""
    from irene import Availability, ProviderUnavailableError

    closed = []
    stage.asr._close = lambda self: closed.append(self.name)
    stage.voice._check = lambda self: Availability(False, "no engine", "install it")
    with pytest.raises(ProviderUnavailableError, match="no engine; install it"):
        stage.play(*COMMAND)
    assert closed == ["first"]
