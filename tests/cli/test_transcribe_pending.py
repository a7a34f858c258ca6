"""`irene transcribe --pending`: what nobody could recognise is tried again, and never lost."""

import json
import os
import wave
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from irene.components.asr.component import ASRComponent
from irene.components.utterances.pending_speech import Circumstances, PendingSpeech

pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")

pytestmark = pytest.mark.usefixtures("kept_decoders")

DATA = Path(__file__).parent.parent / "data"
NOON = datetime(2030, 5, 1, 12, 0, tzinfo=timezone.utc)
TIME = "rhasspy3__what_time_is_it.wav"


@pytest.fixture
def pending():
    """The folder of the assistant called `irene`."""
    return PendingSpeech(Path(os.environ["XDG_STATE_HOME"], "irene/irene/pending-speech"), 9, 10**7)


@pytest.fixture
def keep(pending):
    """Return a function that puts a recorded command there, said some minutes after noon."""

    def put(name, minute, language="en"):
        with wave.open(str(DATA / "commands" / name)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            known = Circumstances(NOON + timedelta(minutes=minute), language, None, {"vosk": "x"})
            return pending.keep([samples], file.getframerate(), known)[0]

    return put


def local(minute):
    """Return the time of day as it is printed."""
    return f"{(NOON + timedelta(minutes=minute)).astimezone():%Y-%m-%d %H:%M:%S}"


def test_the_texts_come_with_the_time_when_they_were_said_and_are_done(irene, keep, pending):
    """Oldest first; what succeeded is removed."""
    keep(TIME, 2)
    keep(TIME, 1)
    done = irene("transcribe", "--pending")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [f"{local(minute)}  what time is it" for minute in (1, 2)]
    assert list(pending.folder.iterdir()) == []


def test_json_tells_everything_that_is_known_and_they_stay_when_that_is_wanted(
    irene, keep, pending
):
    """A list of objects; `--keep` leaves the recordings where they are."""
    path = keep(TIME, 1)
    done = irene("transcribe", "--pending", "--keep", "--format", "json")
    assert [entry.path for entry in pending.entries()] == [path]
    assert json.loads(done.out) == [
        {
            "file": str(path),
            "said_at": "2030-05-01T12:01:00+00:00",
            "text": "what time is it",
            "language": "en",
            "provider": "pocketsphinx",
            "reasons": {"vosk": "x"},
        }
    ]


def test_another_language_may_be_asked_for(irene, keep, pending, monkeypatch):
    """By default it is the one in which it was spoken to the assistant."""
    asked = []
    recognize = ASRComponent.recognize

    def spy(self, clip, provider=None, language=None):
        asked.append(language)
        return recognize(self, clip, provider, language)

    monkeypatch.setattr(ASRComponent, "recognize", spy)
    keep(TIME, 1, "en-GB")
    irene("transcribe", "--pending", "--keep")
    irene("transcribe", "--pending", "--language", "en-US")
    assert asked == ["en-GB", "en-US"]


def test_nothing_pending_is_told_and_no_error(irene, pending):
    """An empty list is valid JSON, too."""
    done = irene("transcribe", "--pending")
    assert (done.code, done.out) == (0, "")
    assert str(pending.folder) in done.err
    assert json.loads(irene("transcribe", "--pending", "--format", "json").out) == []


def test_what_fails_again_stays_and_the_others_go_on(irene, keep, pending):
    """A damaged file is named; the exit status tells that something is left."""
    broken = keep(TIME, 1)
    broken.write_bytes(b"RIFF")
    keep(TIME, 2)
    done = irene("transcribe", "--pending")
    assert done.out == f"{local(2)}  what time is it\n"
    assert (done.code, len(done.err.splitlines())) == (4, 1)
    assert str(broken) in done.err
    assert [entry.path for entry in pending.entries()] == [broken]


def test_without_a_recogniser_everything_stays(irene, keep, pending):
    """What is missing is told once."""
    keep(TIME, 1)
    done = irene(
        "transcribe", "--pending", "--provider", "vosk", "--set", "asr.providers.vosk.model=x"
    )
    assert (done.code, done.out) == (3, "")
    assert len(pending.entries()) == 1


def test_a_crash_between_text_and_removal_loses_nothing(irene, keep, pending, monkeypatch):
    """The text is out; the recording is there, and is written once more."""
    keep(TIME, 1)

    def crash(self, path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(PendingSpeech, "remove", crash)
        crashed = irene("transcribe", "--pending")
    assert crashed.out == f"{local(1)}  what time is it\n"
    assert irene("transcribe", "--pending").out == crashed.out
    assert pending.entries() == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--pending", "x.wav"], "--pending takes no FILE"),
        (["--pending", "--format", "srt"], "--format is text or json"),
        (["--keep", "x.wav"], "--keep goes with --pending"),
        ([], "FILE"),
    ],
)
def test_wrong_usage_is_told(irene, args, message):
    """One line, exit status 2."""
    done = irene("transcribe", *args)
    assert (done.code, message in done.err) == (2, True)
