"""The judge of a trial: what must come of a command, and what breaks a promise."""

import pytest

from irene import (
    ErrorRaised,
    ProviderFailed,
    ResponseGiven,
    RunEnded,
    RunStarted,
    SessionEnded,
    SpeechSynthesized,
    Transcript,
    WakeWordDetected,
)
from irene.testing import Fault, Injected
from irene.testing.chaos.configuration import SLOTS
from irene.testing.chaos.judging import EventOrder, Outcome, Stage, demanded, faults_of

RAISE, HANG, SLOW, EMPTY, GARBAGE = (
    Fault.RAISE,
    Fault.HANG,
    Fault.SLOW,
    Fault.EMPTY,
    Fault.GARBAGE,
)


def hits(*sites, fault=RAISE):
    """Return faults that have come."""
    return [Injected(site, fault, 1) for site in sites]


ASRS = [f"asr.{name}.stream.finish" for name in SLOTS["asr"]]
DEMANDS = {
    "nothing went wrong": ([], Stage.SPOKEN),
    "one recogniser": (hits(ASRS[0]), Stage.SPOKEN),
    "all recognisers but one": (hits(*ASRS[:2]), Stage.SPOKEN),
    "all recognisers": (hits(*ASRS), Stage.ENDED),
    "all recognisers, but only slower": (hits(*ASRS, fault=SLOW), Stage.SPOKEN),
    "a recogniser that hangs": (hits(ASRS[0], fault=HANG), Stage.SPOKEN),
    "an empty text": (hits(ASRS[0], fault=EMPTY), Stage.ENDED),
    "nonsense for a text": (hits(ASRS[0], fault=GARBAGE), Stage.SPOKEN),
    "each VAD, once": (hits("vad.vad-a.x", "vad.vad-b.x"), Stage.SPOKEN),
    "each VAD, again and again": (hits(*["vad.vad-a.x", "vad.vad-b.x"] * 3), Stage.ENDED),
    "a handler": (hits("intents.numbers.handle"), Stage.TRANSCRIBED),
    "one voice": (hits("tts.voice-a.block"), Stage.SPOKEN),
    "all voices": (hits("tts.voice-a.block", "tts.voice-b.block"), Stage.ANSWERED),
    "a voice that hangs": (hits("tts.voice-a.block", fault=HANG), Stage.SPOKEN),
    "an output that hangs": (hits("outputs.speaker-a.stream.write", fault=HANG), Stage.SPOKEN),
    "one that hangs at the end": (
        hits("outputs.speaker-a.stream.finish", fault=HANG),
        Stage.ANSWERED,
    ),
    "a mind that hangs": (
        hits("intent_recognition.mind-a.matcher.match", fault=HANG),
        Stage.SPOKEN,
    ),
    "a microphone that vanishes": (hits("inputs.scene.stream.read"), Stage.SPOKEN),
    "a microphone that hears noise": (
        hits("inputs.scene.stream.read", fault=GARBAGE),
        Stage.ENDED,
    ),
    "an echo canceller": (hits("echo_cancellation.numbers.stream.process"), Stage.SPOKEN),
    "a voice and a handler": (
        hits("tts.voice-a.block", "tts.voice-b.block", "intents.numbers.handle"),
        Stage.TRANSCRIBED,
    ),
}


@pytest.mark.parametrize("name", DEMANDS)
def test_a_command_is_answered_as_long_as_one_provider_of_each_kind_works(name):
    """Only what no provider is left for may be missing."""
    injected, stage = DEMANDS[name]
    assert demanded(injected, SLOTS) is stage


def answered(number=7, session=1):
    """Return the events of a command that is answered as it should be."""
    return [
        WakeWordDetected(session=session, wake_word="hello", score=1, provider="a"),
        Transcript(
            session=session,
            text=f"command {number}",
            provider="a",
            start_s=0,
            end_s=1,
            latency_ms=1,
        ),
        ResponseGiven(session=session, text=f"done {number}"),
        SpeechSynthesized(session=session, seconds=1, provider="a", cached=False),
        SessionEnded(session=session, reason="answered"),
    ]


def outcome_of(*events):
    """Return the outcome of these events."""
    outcome = Outcome()
    for event in events:
        outcome.note(event)
    return outcome


def test_what_was_answered_aloud_is_right():
    """Nothing is wrong with it."""
    assert faults_of(outcome_of(*answered()), 7, Stage.SPOKEN, was_heard=True) == []


@pytest.mark.parametrize("missing", range(5))
def test_every_event_of_an_answer_is_needed(missing):
    """Each that is missing breaks the promise."""
    events = answered()
    del events[missing]
    assert faults_of(outcome_of(*events), 7, Stage.SPOKEN, was_heard=True)


def test_an_answer_that_nobody_heard_is_none():
    """The events may say so; the loudspeaker decides."""
    wrong = faults_of(outcome_of(*answered()), 7, Stage.SPOKEN, was_heard=False)
    assert wrong == ["it had to be spoken, but was only answered"]


def test_another_text_is_wrong():
    """Samples were lost on the way, or came twice."""
    (wrong, _) = faults_of(outcome_of(*answered(8)), 7, Stage.SPOKEN, was_heard=True)
    assert "heard as ['command 8']" in wrong


def test_an_answer_that_comes_twice_is_wrong():
    """Even where nothing is demanded."""
    events = answered()
    wrong = faults_of(outcome_of(*events, events[2]), 7, Stage.ENDED, was_heard=True)
    assert "more than once" in wrong[0]


def test_a_session_without_an_end_is_wrong():
    """Even where nothing is demanded."""
    wrong = faults_of(outcome_of(*answered()[:2]), 7, Stage.ENDED, was_heard=False)
    assert wrong == ["1 sessions began, 0 ended"]


def test_a_crash_is_wrong():
    """Even where nothing is demanded."""
    outcome = Outcome(crashes=["KeyError: 'x'"])
    assert faults_of(outcome, 7, Stage.ENDED, was_heard=False) == ["it crashed: KeyError: 'x'"]


def test_a_missed_time_limit_is_noticed():
    """A machine that is too slow excuses."""
    late = ErrorRaised(code="provider_failed", message="no transcript within 1 s")
    failed = ProviderFailed(kind="asr", provider="a", reason="RuntimeError: x")
    assert outcome_of(late).is_late
    assert not outcome_of(failed).is_late


def breaches_of(*events):
    """Return what is wrong with the order of events."""
    order = EventOrder()
    for event in events:
        order.note(event)
    return order.breaches


def test_events_as_they_should_be():
    """Two sessions, two runs."""
    run = [RunStarted(), *answered(), *answered(session=2), RunEnded(reason="end_of_input")]
    assert breaches_of(*run, *run) == []


BREACHES = {
    "time goes back": [RunStarted(time_s=2.0), RunEnded(time_s=1.0, reason="failed")],
    "follows 0": [SessionEnded(session=2, reason="answered")],
    "is over": [*answered(), *answered()],
    "have no end": [answered()[0], RunEnded(reason="failed")],
    "ends inside": [*answered()[:4], RunEnded(session=1, reason="failed")],
    "in the middle": [*answered(), RunStarted()],
}


@pytest.mark.parametrize("breach", BREACHES)
def test_events_out_of_order_are_noticed(breach):
    """Each promise of the events page."""
    assert breach in "; ".join(breaches_of(*BREACHES[breach]))
