"""`irene say` with the real voice."""

import io
import wave

import pytest

pytest.importorskip("espeakng_loader", reason="the voice espeak is not installed")


def length_s(path):
    with wave.open(str(path), "rb") as file:
        return file.getnframes() / file.getframerate()


def test_a_text_is_spoken_into_a_file(irene, own_folder):
    """What was done is told in one line."""
    outcome = irene("say", "--output", "hello.wav", "Good", "morning")
    assert outcome.code == 0
    seconds = length_s(own_folder / "hello.wav")
    assert 0.3 < seconds < 3
    assert outcome.out == f"{seconds:.1f} s by espeak, to hello.wav\n"


def test_settings_of_the_voice_count(irene, own_folder):
    """Half the rate takes longer."""
    irene("say", "-o", "normal.wav", "one two three")
    irene("say", "-o", "slow.wav", "--set", "tts.rate=0.5", "one two three")
    assert length_s(own_folder / "slow.wav") > 1.3 * length_s(own_folder / "normal.wav")


def test_a_dash_reads_the_text_from_a_pipe(irene, own_folder, monkeypatch):
    """Like other programs do."""
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n"))
    assert irene("say", "-", "--output", "hello.wav").code == 0
    assert length_s(own_folder / "hello.wav") > 0.2


def test_a_disabled_voice_speaks_when_it_is_asked_to(irene):
    """The profile `minimal` only writes its answers; `say` is about speaking."""
    assert irene("say", "--config", "minimal", "hello", "--output", "hello.wav").code == 0


@pytest.mark.parametrize("key", ["tts.voice", "tts.voices.de"])
def test_a_voice_that_does_not_exist_is_refused(irene, key):
    """The line names the key and the nearest voices, whichever language is spoken."""
    outcome = irene("say", "hello", "--output", "hello.wav", "--set", f"{key}=en-gbb")
    assert outcome.code == 2
    assert outcome.err.startswith(f"irene: {key}: tts provider 'espeak' has no voice 'en-gbb'")
    assert "en-gb" in outcome.err.split("example", 1)[1]


def test_an_empty_text_is_a_mistake(irene):
    """There is nothing to say."""
    assert (irene("say", " ").code, irene("say", " ").err) == (2, "irene say: the text is empty\n")


@pytest.mark.parametrize("text", ["\U0001f384", "```", "..."])
def test_a_text_without_anything_to_speak_is_a_mistake(irene, own_folder, text):
    """A picture, a mark of Markdown, stops: no sound is written, and the line says why."""
    outcome = irene("say", text, "--output", "hello.wav")
    assert (outcome.code, outcome.err) == (2, f"irene: nothing of {text!r} can be spoken\n")
    assert not (own_folder / "hello.wav").exists()


def test_a_silent_output_does_not_stand_in_for_a_broken_one(irene):
    """The default configuration falls back to silence in a run; here that would help nobody."""
    outcome = irene(
        *("say", "hello", "--set", 'outputs.fallback_providers=["none"]'),
        *("--set", "outputs.default_provider=wav"),
        *("--set", "outputs.providers.wav.path=/nowhere/hello.wav"),
    )
    assert (outcome.code, outcome.out) == (5, "")
    assert outcome.err.startswith("irene: /nowhere/hello.wav: cannot be written")
    assert outcome.err.count("\n") == 1


def test_a_voice_that_stands_in_is_told(irene):
    """Somebody who asked for another voice learns why it is not heard."""
    missing = 'tts.providers.piper.voice="/nowhere/voice.onnx"'
    outcome = irene(
        *("say", "hello", "--output", "hello.wav", "--set", missing),
        *("--set", "tts.default_provider=piper", "--set", 'tts.fallback_providers=["espeak"]'),
    )
    assert outcome.code == 0
    assert outcome.err.startswith("irene: warning: tts: espeak instead of piper (")


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_provider_is_called_as_the_configuration_calls_it(irene, isolation):
    """Several tables may be of one type."""
    values = {"type": "command", "command": '["nowhere"]', "isolation": isolation}
    settings = [f"tts.providers.mine.{key}={value}" for key, value in values.items()]
    options = [word for one in (*settings, "tts.default_provider=mine") for word in ("--set", one)]
    done = irene("say", "--output", "x.wav", *options, "hello")
    assert done.code == 3
    assert done.err.startswith("irene: tts provider 'mine': program 'nowhere' is not there; ")


FAILING = """
import numpy as np
from irene import ProviderFailedError, hookimpl
from irene.testing import ScriptedTts

class Hoarse(ScriptedTts):
    name = "hoarse"

    def synthesize(self, request):
        yield np.ones(1600, np.int16)
        raise ProviderFailedError("lost its voice")

@hookimpl
def irene_voices():
    return [Hoarse]
"""


@pytest.fixture
def hoarse(install_plugin):
    """Options of a voice that fails in the midst of a text."""
    install_plugin("hoarse", FAILING)
    return ("--set", "tts.default_provider=hoarse", "--set", "tts.fallback_providers=[]")


def test_a_file_that_failed_is_not_there(irene, own_folder, hoarse):
    """Neither a part of it, nor what it was written into meanwhile."""
    outcome = irene("say", "--output", "hello.wav", *hoarse, "one two three")
    assert outcome.code == 3
    assert not list(own_folder.glob("*.wav"))
    assert not list(own_folder.glob(".irene-*"))


def test_a_file_that_was_there_before_stays_when_the_next_fails(irene, own_folder, hoarse):
    """It is replaced by a whole one only."""
    (own_folder / "hello.wav").write_bytes(b"former")
    irene("say", "--output", "hello.wav", *hoarse, "one two three")
    assert (own_folder / "hello.wav").read_bytes() == b"former"


def test_a_link_is_written_through(irene, own_folder):
    """As by any program."""
    (own_folder / "real").mkdir()
    link = own_folder / "hello.wav"
    link.symlink_to("real/spoken.wav")
    assert irene("say", "--output", "hello.wav", "hello").code == 0
    assert link.is_symlink()
    assert length_s(own_folder / "real" / "spoken.wav") > 0.1
