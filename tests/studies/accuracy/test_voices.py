"""Voices that speak commands: what they say, how it is recorded, and the tables."""

import csv
import json

import numpy as np
import pytest

from irene import AudioFormatError, ConfigurationError, Grammar
from irene.audio.samples import level_db, to_float32
from irene.domain.speech import Hypothesis
from irene.performance.speech.recordings import BUNDLED, read_audio
from irene.plugin.registry import ComponentRegistry
from irene.studies.accuracy.grammar_trial import Heard, read_sentences
from irene.studies.accuracy.voices import command
from irene.studies.accuracy.voices.recorded import read_spoken
from irene.studies.accuracy.voices.speakers import (
    NOISE_DB,
    SPEEDS,
    Studio,
    Voice,
    heard,
    read_voices,
)
from irene.studies.accuracy.voices.tables import as_json, describe
from irene.studies.accuracy.voices.trial import (
    COMMANDS,
    OTHER,
    Household,
    Size,
    Spoken,
    let_speak,
    score,
    try_voices,
)

LAMP = BUNDLED / "commands" / "rhasspy3__turn_on_the_lamp.wav"
GRAMMAR = Grammar.of_sentences(["stop", "mute"])


def copying(name="copy", accent="Copied"):
    """Return a voice that says the same whatever it is told."""
    return Voice(name, accent, f"cp '{LAMP}' {{file}}")


def heard_as(said, text, accepted=True):
    hypothesis = Hypothesis(text, True, in_grammar=accepted, confidence=0.75)
    return Heard(said, "voice", hypothesis, 2.0, 0.3, 0.1)


def spoken_by(voice, accent, text):
    return Spoken(voice, accent, text, read_audio(LAMP, ComponentRegistry.installed()))


def same(one, other):
    return {one, other} == {"stop", "halt"}


def a_tone(seconds=1.0, rate=16000):
    return np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)


@pytest.mark.slow
def test_the_handlers_understand_every_command_and_nothing_else_that_is_said():
    """Both grammars can hear the same commands."""
    household = Household()
    few, everything = (size.grammar for size in household.sizes())
    for sentence in read_sentences(COMMANDS):
        assert few.accepts(sentence.split()), sentence
        assert everything.accepts(sentence.split()), sentence
    for sentence in read_sentences(OTHER):
        assert not everything.accepts(sentence.split()), sentence
    assert household.is_same("set volume to three", "set the volume to three")
    assert not household.is_same("set the volume to three", "set the volume to four")
    assert not household.is_same("the cat", "the dog")


def test_the_listed_voices_differ_and_their_programs_are_told_what_to_say():
    """By name; text, file and rate are filled in."""
    voices = read_voices()
    assert len({voice.name for voice in voices}) == len(voices) >= 10
    for voice in voices:
        assert {"{text}", "{file}", "{words}"} <= set(voice.command.split(" "))


def test_a_program_is_told_text_file_and_speed(tmp_path):
    """A text with blanks and quotes stays one argument."""
    script = """sh -c 'printf "%s|%s|%s|%s" "$0" "$1" "$2" "$3" > "$4"'"""
    voice = Voice("echo", "none", f"{script} {{text}} {{words}} {{speed}} {{stretch}} {{file}}")
    voice.speak('what\'s the "time"', 1.25, tmp_path / "said")
    assert (tmp_path / "said").read_text() == 'what\'s the "time"|206|1.250|0.800'


@pytest.mark.parametrize("program", ["false", "true", "no-such-program-of-irene"])
def test_a_program_that_does_not_speak_is_one_line(tmp_path, program):
    """It fails, writes nothing, or is not there; the voice is named."""
    with pytest.raises(ConfigurationError, match="voice 'mute'"):
        Voice("mute", "none", program).speak("stop", 1.0, tmp_path / "spoken.wav")


def test_a_voice_whose_program_is_missing_is_not_installed():
    """It is left out, not reported."""
    assert copying().is_installed
    assert not Voice("gone", "none", "no-such-program-of-irene {text}").is_installed


@pytest.mark.parametrize(
    "content", [None, "", "name,accent\na,b\n", "name,accent,command\n", b"\xff\xfe\xff"]
)
@pytest.mark.parametrize("read", [read_voices, lambda path: read_spoken(path.parent)])
def test_a_list_that_cannot_be_used_is_one_line(tmp_path, content, read):
    """Missing, empty, without a column, or no text."""
    path = tmp_path / "manifest.csv"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigurationError, match=r"manifest\.csv"):
        read(path)


@pytest.mark.parametrize("seed", range(5))
def test_speech_lies_above_steady_noise(seed):
    """At a level of -32 to -16 dBFS and 12 to 35 dB above noise that goes on before and after."""
    audio = to_float32(heard(a_tone(), 16000, np.random.default_rng(seed)))
    speech = level_db(audio[8000:16000])
    noise = level_db(np.concatenate((audio[:1600], audio[-3200:])))
    assert -33 < speech < -15
    assert NOISE_DB[0] - 3 < speech - noise < NOISE_DB[1] + 3
    assert 16000 * 1.3 <= audio.shape[0] <= 16000 * 2.3


def test_silence_around_the_speech_is_cut_off():
    """Voices differ in how long they wait."""
    waiting = np.concatenate((np.zeros(48000), a_tone(), np.zeros(48000)))
    audio = heard(waiting, 16000, np.random.default_rng(1))
    assert audio.shape == heard(a_tone(), 16000, np.random.default_rng(1)).shape


@pytest.mark.parametrize("samples", [np.zeros(1600), np.zeros(0)])
def test_a_silent_voice_is_refused(samples):
    """There is no level to be above the noise by."""
    with pytest.raises(AudioFormatError, match="silent"):
        heard(samples, 16000, np.random.default_rng(0))


def test_the_same_seed_records_the_same():
    """And another one does not; the rate is that of the program."""
    studio = Studio()
    first, again, other = (studio.record(copying(), "stop", seed) for seed in ("a", "a", "b"))
    assert np.array_equal(first.samples, again.samples)
    assert first.samples.shape != other.samples.shape
    assert first.sample_rate == read_audio(LAMP, ComponentRegistry.installed()).sample_rate
    assert SPEEDS[0] < 1 < SPEEDS[1]


def test_each_voice_says_its_own_choice_of_sentences():
    """As many as asked for; the same ones at every call."""
    voices = [copying("first"), copying("second", "Other")]
    spoken = let_speak(voices, 2, 1)
    assert [(one.voice, one.accent) for one in spoken] == (
        [("first", "Copied")] * 3 + [("second", "Other")] * 3
    )
    commands = read_sentences(COMMANDS)
    assert [one.text in commands for one in spoken] == [True, True, False] * 2
    assert [one.text for one in spoken[:3]] == [one.text for one in let_speak(voices[:1], 2, 1)]
    assert {one.text for one in spoken[:3]} != {one.text for one in spoken[3:]}


def test_what_was_said_decides_what_counts():
    """Commands are right, or taken for another; all else is accepted or not."""
    found = score(
        [
            heard_as("stop", "stop"),
            heard_as("stop", "stop", accepted=False),
            heard_as("stop", "mute"),
            heard_as("Mute!", "mute"),
            heard_as("the cat", "mute"),
            heard_as("the dog", "stop", accepted=False),
            heard_as("stop", "halt"),
        ],
        GRAMMAR,
        same,
    )
    assert (found.n_commands, found.n_right) == (5, 2)
    assert (found.n_meant, found.n_wrong) == (3, 1)
    assert (found.n_others, found.n_accepted) == (2, 1)
    assert found.cpu_per_s == pytest.approx(0.15)


def test_the_tables_tell_accents_and_grammars_apart():
    """A row for each accent with all grammars; a row for each grammar with all voices."""
    spoken = [
        spoken_by("a", "British", "stop"),
        spoken_by("b", "British", "the cat"),
        spoken_by("c", "Scottish", "mute"),
    ]
    wide = Size("wide", Grammar.of_sentences(["stop", "mute", "go on"]))
    results = [
        (Size("small", GRAMMAR), [heard_as(*pair) for pair in (("stop", "stop"), ("the cat", ""))]),
        (wide, [heard_as("stop", "mute"), heard_as("the cat", "stop", accepted=False)]),
    ]
    for _, found in results:
        found.append(heard_as("mute", "mute"))
    text = describe(spoken, results, same)
    assert "| British | 2 | 1 | 1 (100 %) | 0 (0 %) | 1 | 1 | 0 |" in text
    assert "| Scottish | 1 | 1 | 1 (100 %) | 1 (100 %) | 0 | 0 | 0 |" in text
    assert "| small | 2 | 2 | 2 (100 %) | 2 (100 %) | 0 | 1 | 1 (100 %) | 150 |" in text
    assert "| wide | 3 | 2 | 1 (50 %) | 1 (50 %) | 1 | 1 | 0 (0 %) | 150 |" in text
    first = as_json(spoken, results)[0]
    assert (first["grammar"], first["said"]) == ("small", "stop")
    assert first["accepted"] is True


def folder_of(tmp_path, *texts):
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "transcript_or_label", "voice", "accent"])
        rows.writerows([LAMP, text, "Ann", "Family"] for text in texts)
    return tmp_path


def test_recordings_of_other_voices_are_taken_as_they_are(tmp_path):
    """A manifest tells who speaks, with which accent."""
    (one,) = read_spoken(folder_of(tmp_path, "turn on the lamp"))
    assert (one.voice, one.accent, one.text) == ("Ann", "Family", "turn on the lamp")
    assert one.clip.samples.shape == read_audio(LAMP, ComponentRegistry.installed()).samples.shape


def test_without_any_voice_the_programs_are_named(tmp_path, capsys):
    """A line, and the status of a wrong configuration."""
    voices = tmp_path / "voices.csv"
    voices.write_text("name,accent,command\nghost,none,no-such-program-of-irene {text}\n")
    assert command.main(["--voices", str(voices)]) == 2
    assert "no-such-program-of-irene" in capsys.readouterr().err


def test_the_command_writes_a_page_and_every_utterance(tmp_path, monkeypatch, capsys):
    """Only the tables' block of the page changes; the folders of this machine are not named."""

    class Small:
        is_same = staticmethod(same)

        def sizes(self):
            return [Size("small", GRAMMAR)]

    monkeypatch.setattr(command, "Household", Small)
    monkeypatch.setattr(
        command,
        "try_voices",
        lambda engine, spoken, grammar, told: [heard_as(one.text, one.text) for one in spoken],
    )
    folder = folder_of(tmp_path, "stop", "the cat")
    page, file = tmp_path / "page.md", tmp_path / "found.json"
    page.write_text("a\n<!-- measured: begin voices -->\n<!-- measured: end voices -->\nb\n")
    arguments = ["--commands", "0", "--others", "0", "--audio", str(folder)]
    assert command.main([*arguments, "--write", str(page), "--json", str(file)]) == 0
    assert "| Family | 1 | 1 | 1 (100 %) | 1 | 1 |" in page.read_text()
    assert str(folder) not in page.read_text()
    assert [one["said"] for one in json.loads(file.read_text())] == ["stop", "the cat"]
    assert "Measured on" in capsys.readouterr().out


@pytest.mark.slow
def test_a_recogniser_hears_voices_within_a_grammar():
    """A recording of the repository, by the real engine; another grammar does not hold it."""
    pytest.importorskip("pocketsphinx", reason="the engine is not installed")
    told = []
    spoken = [spoken_by("Ann", "Family", "turn on the lamp")]
    lamps = Grammar.of_sentences(["turn on the lamp", "turn off the lamp"])
    (right,) = try_voices("pocketsphinx", spoken, lamps, told.append)
    (other,) = try_voices("pocketsphinx", spoken, GRAMMAR, told.append)
    assert right.is_right
    assert right.is_accepted
    assert not other.is_accepted
    assert told == ["Ann", "Ann"]
