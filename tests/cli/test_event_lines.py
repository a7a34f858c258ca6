"""Events as people read them."""

import json
import sys
from dataclasses import dataclass, replace
from typing import ClassVar

import click
import pytest

from irene.cli.runs.event_lines import _LINES, event_line
from irene.cli.runs.event_printers import JsonPrinter, LinePrinter
from irene.domain import events
from irene.domain.events import EVENTS, Event
from irene.errors import AudioFormatError, DeviceError, ProviderUnavailableError


def plain(event):
    return click.unstyle(event_line(event))


def test_every_event_has_a_line_of_its_own():
    """Only warnings and errors go another way: to standard error."""
    assert set(EVENTS) - set(_LINES) == {events.Warned, events.ErrorRaised}


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            events.WakeWordDetected(
                time_s=1.28, session=1, wake_word="hey_jarvis", score=0.996, provider="micro"
            ),
            "    1.28  wake word     hey_jarvis, score 1.00 (micro)",
        ),
        (
            events.WorkerDied(
                kind="asr",
                provider="vosk",
                worker=2,
                reason="its process ended with status 3",
                restart_s=0.0,
            ),
            "    0.00  died          asr provider 'vosk', process 2: ended with status 3",
        ),
        (
            events.WorkerRestarted(kind="asr", provider="vosk", worker=2, seconds=0.84),
            "    0.00  restarted     asr provider 'vosk', process 2, after 0.8 s",
        ),
        (
            events.WorkerQuarantined(kind="asr", provider="vosk", worker=2, deaths=5, seconds=60.0),
            "    0.00  quarantined   asr provider 'vosk', process 2: died 5 times, "
            "left alone for 60 s",
        ),
        (
            events.RunStarted(providers={"vad": "energy", "voice_trigger": "energy"}, config="x"),
            "    0.00  ready         x: energy",
        ),
        (
            events.TranscriptPartial(time_s=1, text="what time is it"),
            '    1.00  hearing       "what time is it" ...',
        ),
        (
            events.TranscriptPartial(time_s=1, text="what time is it", stable=9),
            '    1.00  hearing       "what time | is it" ...',
        ),
        (
            events.TranscriptPartial(time_s=1, text="what time", stable=9),
            '    1.00  hearing       "what time" ...',
        ),
        (
            events.IntentRecognized(time_s=62.5, intent="Light", slots={"room": "hall"}, text="x"),
            "   62.50  intent        Light, room = hall",
        ),
        (
            events.SpeechSynthesized(time_s=2, seconds=1.84, provider="espeak", cached=True),
            "    2.00  spoken        1.8 s from the phrase cache",
        ),
        (
            events.ProviderSwitched(kind="asr", from_="a", to="b", reason="late"),
            "    0.00  switched      asr: b instead of a",
        ),
        (
            events.RunStarted(
                providers={"asr": "vosk", "resampling": "soxr", "intent_recognition": "hassil"}
            ),
            "    0.00  ready         : vosk",
        ),
        (
            events.ProviderFailed(
                kind="asr", provider="house", reason="asr provider 'vosk': no model; get one"
            ),
            "    0.00  failed        asr provider 'house': no model; get one",
        ),
        (
            events.ProviderFailed(
                kind="asr", provider="a", reason="asr provider 'a' did not load: OSError"
            ),
            "    0.00  failed        asr provider 'a' did not load: OSError",
        ),
        (
            events.ProviderFailed(kind="asr", provider="a", reason="ValueError: odd"),
            "    0.00  failed        asr provider 'a': ValueError: odd",
        ),
        (
            events.MemoryPressure(time_s=9, used_mb=431.2, limit_mb=500, freed_mb=38.9, share=0.5),
            "    9.00  memory        431 of 500 MB in use, 39 MB freed; caches may keep 50% of "
            "their size",
        ),
        (
            events.ModelsUnloaded(
                model="asr provider 'a'",
                unloaded=("tts provider 'b'",),
                freed_mb=90.4,
                excess_mb=5.0,
            ),
            "    0.00  memory        tts provider 'b' unloaded (90 MB) for asr provider 'a'; "
            "5 MB beyond the budget",
        ),
        (
            events.ModelsUnloaded(
                model="asr provider 'a'", unloaded=(), freed_mb=0.0, excess_mb=5.0
            ),
            "    0.00  memory        5 MB beyond the budget for asr provider 'a': all are at work",
        ),
        (
            events.AlertRaised(
                alert="slow answers",
                metric="irene_response_duration_seconds",
                statistic="p95",
                value=0.7134,
                threshold=0.5,
                unit="seconds",
            ),
            "    0.00  ALERT         slow answers: p95 of irene_response_duration_seconds is "
            "713.4 ms, limit 500 ms",
        ),
        (
            events.AlertCleared(
                alert="hits",
                metric='irene_cache{cache="voice"}',
                statistic="share",
                value=0.75,
                threshold=0.7,
                unit="ratio",
                seconds=83.5,
            ),
            '    0.00  alert over    hits: over after 84 s, now 75 % (irene_cache{cache="voice"})',
        ),
        (
            events.SettingsProposed(proposals=("a = 1 would be better", "b = 2 would be, too")),
            "    0.00  proposal      a = 1 would be better; b = 2 would be, too "
            "(see `irene optimize`)",
        ),
        (
            events.CircuitChanged(
                kind="asr",
                provider="near",
                before="closed",
                after="open",
                reason="3 of 4 calls failed, the last one late",
                open_s=2.04198,
            ),
            "    0.00  circuit       asr provider 'near' is left alone for 2.0 s: 3 of 4 calls "
            "failed, the last one late",
        ),
        (
            events.CircuitChanged(
                kind="asr", provider="near", before="open", after="half_open", reason="x"
            ),
            "    0.00  circuit       asr provider 'near' is being tried",
        ),
        (
            events.CircuitChanged(
                kind="asr", provider="near", before="half_open", after="closed", reason="x"
            ),
            "    0.00  circuit       asr provider 'near' is used again",
        ),
        (
            events.SessionEnded(time_s=3, reason="not_understood"),
            "    3.00  session over  not understood",
        ),
    ],
)
def test_a_line_tells_time_and_facts(event, line):
    """Audio time, what happened in words, and what matters about it."""
    assert plain(event) == line


def test_an_event_of_a_later_version_is_shown_with_all_its_fields():
    """The list of events only grows; an unknown one is not lost."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Hiccup(Event):
        event: ClassVar[str] = "hiccup"
        strength: int = 3

    assert plain(Hiccup()) == "    0.00  hiccup        strength 3"


def test_warnings_and_errors_leave_standard_output_to_the_events(capsys):
    """They go to standard error, an error only once."""
    printer = LinePrinter()
    printer.show(events.Warned(message="asr.sample_rate: converted"))
    printer.show(events.ErrorRaised(code="audio_format", message="x.wav: damaged"))
    printer.fail(AudioFormatError("x.wav: damaged"))
    expected = "irene: warning: asr.sample_rate: converted\nirene: x.wav: damaged\n"
    assert capsys.readouterr() == ("", expected)


def test_before_the_run_has_begun_a_failure_waits_for_what_follows(capsys):
    """It is told before the switch to another provider, but not beside an error that says it."""
    failed = events.ProviderFailed(kind="asr", provider="a", reason="asr provider 'a': no model")
    printer = LinePrinter()
    printer.show(failed)
    printer.fail(ProviderUnavailableError(failed.reason))
    assert capsys.readouterr() == ("", "irene: asr provider 'a': no model\n")
    printer.show(failed)
    printer.show(events.ProviderSwitched(kind="asr", from_="a", to="b", reason=failed.reason))
    assert capsys.readouterr().err.count("no model") == 1
    printer.show(events.RunStarted())
    printer.show(failed)
    assert "no model" in capsys.readouterr().err


FAILED = events.ProviderFailed(kind="outputs", provider="speaker", reason="no loudspeaker")


def shown(session, *told):
    """Return events as they come in a session."""
    return [replace(event, session=session) for event in told]


def test_a_failure_that_comes_again_in_a_session_is_told_once(capsys):
    """Whatever else fails is told, and the next session begins anew."""
    other = replace(FAILED, reason="it hangs")
    first = shown(1, FAILED, other, FAILED, events.SessionEnded(reason="failed"))
    printer = LinePrinter()
    for event in (events.RunStarted(), *first, FAILED, *shown(2, FAILED)):
        printer.show(event)
    told = ["no loudspeaker", "it hangs", "no loudspeaker"]
    expected = "".join(f"irene: outputs provider 'speaker': {reason}\n" for reason in told)
    assert capsys.readouterr().err == expected


BROKEN = events.ErrorRaised(code="device", message=FAILED.reason)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_failure_and_the_error_that_says_the_same_are_told_once(capsys, monkeypatch, is_terminal):
    """At a terminal among the events, else on standard error, where it is looked for."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    printer = LinePrinter()
    for event in (events.RunStarted(), *shown(1, FAILED, BROKEN)):
        printer.show(event)
    told = [stream.count("no loudspeaker") for stream in capsys.readouterr()]
    assert told == ([1, 0] if is_terminal else [0, 1])


def test_what_ends_a_run_is_not_told_beside_its_failure_on_standard_error(capsys):
    """One line says it."""
    printer = LinePrinter()
    for event in (events.RunStarted(), *shown(1, FAILED)):
        printer.show(event)
    printer.fail(DeviceError(FAILED.reason))
    assert capsys.readouterr().err == "irene: outputs provider 'speaker': no loudspeaker\n"


def test_an_error_that_a_warning_has_told_is_not_repeated(capsys):
    """A broker that was not there at the start fails the first command, and each one after it."""
    printer = LinePrinter()
    printer.show(events.Warned(message="mqtt: no broker"))
    printer.show(events.RunStarted())
    for session in (1, 2, 3):
        printer.show(events.ErrorRaised(session=session, code="x", message="mqtt: no broker"))
    expected = "irene: warning: mqtt: no broker\n" + "irene: mqtt: no broker\n" * 2
    assert capsys.readouterr().err == expected


def test_only_the_latest_warnings_are_remembered(capsys):
    """A run may last for months: an error is told again whose warning lies far back."""
    printer = LinePrinter()
    printer.show(events.RunStarted())
    for number in range(200):
        printer.show(events.Warned(message=f"{number}"))
    capsys.readouterr()
    for message in ("0", "199"):
        printer.show(events.ErrorRaised(session=1, code="x", message=message))
    assert capsys.readouterr().err == "irene: 0\n"


def test_json_names_an_error_once_and_also_tells_people(capsys):
    """The object that a run has printed already is not repeated when the run ends with it."""
    printer = JsonPrinter()
    printer.show(events.ErrorRaised(code="audio_format", message="дом.wav: damaged"))
    printer.fail(AudioFormatError("дом.wav: damaged"))
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert '"message": "дом.wav: damaged"' in out
    assert err == "irene: дом.wav: damaged\n"


def test_half_of_a_character_is_told_as_its_escape():
    """A server may send such a text; the event is told all the same, and stays JSON."""
    written: list[bytes] = []
    JsonPrinter(written.append).show(events.ResponseGiven(text="smile \ud83d"))
    (line,) = written
    assert json.loads(line)["text"] == "smile \ud83d"


def test_data_that_is_not_json_is_told_as_a_text():
    """A plugin may answer with anything; its event is told all the same."""
    written: list[bytes] = []
    JsonPrinter(written.append).show(events.ResponseGiven(text="5", data={"at": {1}}))
    assert json.loads(written[0])["data"] == {"at": "{1}"}
