"""How a comparison of recognisers reads, for people and for programs."""

import pytest

from irene.cli.transcripts.comparison_lines import comparison_lines, comparison_object
from irene.errors import AudioFormatError
from irene.performance.measuring.engine_cost import EngineCost
from irene.studies.accuracy.transcript_trial import Transcript, Trial

REFERENCES = {"a.wav": "Turn on the light.", "b.wav": "Stop."}
COST = EngineCost(load_s=0.5, audio_s=4.0, cpu_s=1.0, loaded_mb=19.2, most_mb=21.6)


def _trial(name, *texts, error=None):
    pairs = zip(REFERENCES, texts, strict=True)
    transcripts = [Transcript(file, text, "en", 2.0, 0.25) for file, text in pairs]
    if error is not None:
        transcripts[-1] = Transcript("b.wav", "", None, 0.0, 0.0, error)
    return Trial(name, tuple(transcripts), COST, ())


TRIALS = (
    _trial("vosk", "turn on the light", ""),
    _trial("whisper", "Turn off the light.", "Stop."),
)


def test_every_file_has_what_each_recogniser_wrote():
    """The reference above them, and how much of it each got wrong."""
    lines = list(comparison_lines(TRIALS, REFERENCES))
    assert lines[:4] == [
        "a.wav (2.0 s)",
        "  reference            Turn on the light.",
        "  vosk          0.0 %  turn on the light",
        "  whisper      25.0 %  Turn off the light.",
    ]
    assert lines[5:9] == [
        "b.wav (2.0 s)",
        "  reference            Stop.",
        "  vosk        100.0 %  (nothing)",
        "  whisper       0.0 %  Stop.",
    ]


def test_every_recogniser_has_a_line_of_figures():
    """All files together; what the rate is made of stands beside it."""
    table = [line.split() for line in list(comparison_lines(TRIALS, REFERENCES))[10:13]]
    assert table[0][:6] == ["RECOGNISER", "WER", "SUBST.", "MISSING", "EXTRA", "WORDS"]
    assert table[1] == [
        "vosk",
        "20.0",
        "%",
        "0",
        "1",
        "0",
        "5",
        "0.125",
        "0.250",
        "0.50",
        "19",
        "22",
    ]
    assert table[2][:7] == ["whisper", "20.0", "%", "1", "0", "0", "5"]


def test_without_references_no_rate_is_shown():
    """And no normaliser either."""
    text = "\n".join(comparison_lines(TRIALS, None))
    assert "WER" not in text
    assert "reference" not in text
    assert "  vosk       turn on the light" in text


def test_the_normaliser_is_named():
    """A rate means nothing without it."""
    assert any(line.startswith("WER: lower case") for line in comparison_lines(TRIALS, REFERENCES))
    assert comparison_object(TRIALS, None)["normaliser"].startswith("lower case")


def test_the_object_holds_what_the_table_shows():
    """One object for each recogniser, with one for each file."""
    vosk = comparison_object(TRIALS, REFERENCES)["recognisers"][0]
    assert vosk["errors"] == {
        "substitutions": 0,
        "deletions": 1,
        "insertions": 0,
        "n_reference": 5,
        "wer": 0.2,
    }
    assert (vosk["rtf"], vosk["cpu_per_s"], vosk["peak_mb"]) == (0.125, 0.25, 21.6)
    assert vosk["files"][0]["reference"] == "Turn on the light."
    assert vosk["files"][1]["errors"]["wer"] == 1.0


def test_a_file_that_failed_counts_in_no_rate():
    """It says why there is no text; the words of the other files are counted."""
    broken = _trial("vosk", "turn on the light", "", error=AudioFormatError("b.wav: no audio"))
    found = comparison_object([broken], REFERENCES)["recognisers"][0]
    assert found["errors"]["n_reference"] == 4
    assert found["files"][1]["error"] == {"code": "audio_format", "message": "b.wav: no audio"}


@pytest.mark.parametrize("said", ["", " - "], ids=["empty", "punctuation"])
def test_where_nothing_is_said_there_is_no_rate(said):
    """Extra words are counted, but not divided by nothing."""
    silent = dict.fromkeys(REFERENCES, said)
    found = comparison_object([TRIALS[0]], silent)["recognisers"][0]["errors"]
    assert (found["insertions"], found["wer"]) == (4, None)
    assert "  vosk              -  turn on the light" in list(comparison_lines([TRIALS[0]], silent))


def test_what_cannot_be_read_is_told_as_such():
    """It has no length, no rate and no speed, and is nobody's mistake."""
    error = AudioFormatError("no such file")
    trials = [Trial("vosk", (Transcript("b.wav", "", None, 0.0, 0.0, error),), COST, ())]
    lines = list(comparison_lines(trials, REFERENCES))
    assert lines[0] == "b.wav"
    assert lines[2].split(maxsplit=2) == ["vosk", "-", "(could not be read)"]
    assert lines[5].split() == ["vosk", "-", "0", "0", "0", "0", "-", "-", "0.50", "19", "22"]


def test_what_broke_off_shows_what_came_before():
    """With a word that there is no more."""
    error = AudioFormatError("damaged")
    trials = [Trial("vosk", (Transcript("b.wav", "stop", None, 1.0, 0.1, error),), COST, ())]
    assert "  vosk       stop (it could not go on)" in list(comparison_lines(trials, None))
