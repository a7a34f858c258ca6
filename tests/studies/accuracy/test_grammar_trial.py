"""The table of commands within a grammar: real recordings, a real engine."""

import pytest

from irene import ConfigurationError
from irene.performance.speech.recordings import BUNDLED
from irene.studies.accuracy.command import main
from irene.studies.accuracy.grammar_trial import (
    SENTENCES,
    GrammarTrial,
    read_grammar,
    try_grammar,
)
from irene.studies.accuracy.tables import SetTrial, describe


def test_sentences_are_read_as_they_are_spoken(tmp_path):
    """One a line; digits become words; comments and blank lines are none."""
    path = tmp_path / "sentences.txt"
    path.write_text("# household\nTurn on the lamp.\n\nset it to 50 # percent\n", encoding="utf-8")
    grammar = read_grammar(path)
    assert grammar.accepts(["turn", "on", "the", "lamp"])
    assert grammar.accepts(["set", "it", "to", "fifty"])
    assert len(grammar.finals) == 2


@pytest.mark.parametrize("content", [None, "", "# nothing\n", b"\xff\xfe\xff"])
def test_a_file_without_sentences_is_one_line(tmp_path, content, capsys):
    """It is named; nothing is measured."""
    path = tmp_path / "sentences.txt"
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigurationError, match=r"sentences\.txt"):
        read_grammar(path)
    assert main(["--engine", "pocketsphinx", "--grammar", str(path)]) == 2
    assert "sentences.txt" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.measures
def test_commands_within_the_grammar_are_right_and_others_are_not_accepted():
    """The goals on the recordings of the repository: nine in ten right, one in twenty accepted."""
    pytest.importorskip("pocketsphinx", reason="the engine is not installed")
    trial = try_grammar("pocketsphinx", BUNDLED, BUNDLED / SENTENCES)
    assert trial.n_inside >= 8
    assert trial.n_right > trial.n_right_open
    assert trial.n_right + len(trial.wrong) >= 0.9 * trial.n_inside
    assert len(trial.accepted) <= 0.05 * trial.n_outside
    assert 0 < trial.end_cpu_s <= trial.most_end_cpu_s
    assert trial.cpu_per_s < 0.5


def test_the_table_shows_both_sides():
    """What was right before and within, what was taken for something else, and the cost."""
    trial = GrammarTrial(
        "sphinx", 68, 8, 2, 7, ("stop: top",), 20, ("x.wav: next",), 0.11, 0.2, 0.018, 0.24
    )
    text = describe(SetTrial("Set", {"a/b": 28}, grammar=[trial]))
    assert "| sphinx | 68 | 8 | 2 | 7 | 1 | 20 | 1 (5.0 %) |" in text
    assert "| sphinx | 110 | 200 | 18 (240) |" in text
    assert "took for a sentence: x.wav: next." in text
