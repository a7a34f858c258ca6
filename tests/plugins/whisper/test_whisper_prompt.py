"""The prompt that is made of what can be understood, and what counts as one of its sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Grammar
from irene_plugins.asr.whisper.prompt import Prompts, grammar_prompt
from irene_plugins.asr.whisper.sentences import is_sentence, normalised

SENTENCES = ("turn on the light", "turn off the light", "what time is it", "what's on my list")


def n_tokens(text):
    """Count a token per three letters, as models do for words that they do not know."""
    return sum(-(-len(word) // 3) for word in text.split())


def test_every_word_is_in_a_prompt_that_has_room():
    """Each sentence brings something new; one that does not is left out."""
    prompt = grammar_prompt(Grammar.of_sentences([*SENTENCES, "turn on the list"]), n_tokens, 200)
    assert set(normalised(prompt)) == set(" ".join(SENTENCES).split())
    assert "Turn on the list." not in prompt


sentences = st.lists(
    st.lists(
        st.sampled_from(["on", "off", "light", "kitchen", "thermostat", "is"]),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=12,
)


@given(sentences, st.integers(0, 60))
def test_a_prompt_keeps_to_its_tokens(said, budget):
    """And has no word that cannot be said."""
    grammar = Grammar.of_sentences([" ".join(words) for words in said])
    prompt = grammar_prompt(grammar, n_tokens, budget)
    assert n_tokens(prompt) <= budget
    assert set(normalised(prompt)) <= set(grammar.vocabulary)


def test_words_without_a_sentence_come_rarest_first():
    """What the model needs most tokens for is what it knows least; it stands nearest to the end."""
    grammar = Grammar.of_sentences(["hey", "play rachmaninov", "play bach now please anyway"])
    prompt = grammar_prompt(grammar, n_tokens, 8)
    assert "rachmaninov" in prompt
    assert n_tokens(prompt) <= 8


def test_a_prompt_is_written_once():
    """Of the last four grammars; digests tell them apart."""
    counted = []

    def count(text):
        counted.append(text)
        return n_tokens(text)

    prompts = Prompts(count, 50)
    grammars = [Grammar.of_sentences([f"play {name}"]) for name in "abcde"]
    first = prompts.text(grammars[0])
    n_counted = len(counted)
    assert prompts.text(grammars[0]) == first == "Play a."
    assert len(counted) == n_counted
    for grammar in grammars[1:]:
        prompts.text(grammar)
    n_counted = len(counted)
    assert prompts.text(grammars[0]) == first
    assert len(counted) > n_counted


@pytest.mark.parametrize(
    "text",
    [
        "Turn on the light.",
        "TURN ON THE LIGHT!",
        " “Turn on the light”, ",
        "What\u2019s on my list?",
        "What's on my list",
        "Turn on the-light",
    ],
)
def test_case_and_punctuation_make_no_difference(text):
    """Models write as people do; a grammar has words."""
    assert is_sentence(Grammar.of_sentences(SENTENCES), text)


@pytest.mark.parametrize(
    "text", ["", "...", "Turn on the", "Turn on the light please.", "Turn on 2 lights.", "Light"]
)
def test_anything_else_is_no_sentence(text):
    """Not a part of one, not more than one, and nothing with digits."""
    assert not is_sentence(Grammar.of_sentences(SENTENCES), text)


def test_letters_of_other_languages_are_words():
    """An accent may be written as one character or as two."""
    grammar = Grammar.of_sentences(["schließe die jalousie", "включи свет"], "de")
    assert is_sentence(grammar, "Schließe die Jalousie.")
    assert is_sentence(grammar, "Включи свет!")
    assert normalised("cafe\u0301") == ("café",)
