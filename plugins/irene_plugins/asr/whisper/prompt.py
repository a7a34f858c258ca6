"""A prompt that tells a Whisper model which sentences to expect, within the tokens it has."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from irene import Grammar
from irene_plugins.asr.vosk_grammar import Sampler

_N_DRAWN = 500
"""sentences that are chosen from, each drawn as often as people say it"""
_FOR_SENTENCES = 0.7
"""share of the tokens for whole sentences; the rest is for words that are in none of them"""
_PROMPTS_KEPT = 4

CountTokens = Callable[[str], int]
"""returns how many tokens the model writes a text with"""


def grammar_prompt(grammar: Grammar, n_tokens: CountTokens, budget: int) -> str:
    """Return sentences and words of a grammar, in as many tokens as there are.

    A model writes what it is told to have written before: a name that is in the prompt is spelled
    like that. So every word counts once. Sentences are drawn as people say them, and taken as long
    as they bring new words, those first whose new words are said most often for the tokens they
    cost. Then come single words, those first that the model needs most tokens for, which are those
    that it knows least.

    What matters most stands at the end, next to what is to be recognised.

    Args:
        grammar: what can be said.
        n_tokens: the length of a text, a space before it included.
        budget: most tokens.
    """
    sentences, n_left = _sentences(grammar, n_tokens, budget)
    said = {word for sentence in sentences for word in sentence.split()}
    unsaid = [word for word in grammar.vocabulary if word not in said]
    words = _words(unsaid, n_tokens, n_left)
    parts = [f"{', '.join(reversed(words))}."] if words else []
    parts += [_written(sentence) for sentence in reversed(sentences)]
    return " ".join(parts)


class Prompts:
    """The prompts of the last few grammars; safe in threads."""

    def __init__(self, n_tokens: CountTokens, budget: int) -> None:
        self._n_tokens = n_tokens
        self._budget = budget
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def text(self, grammar: Grammar) -> str:
        """Return the prompt of a grammar, written when it is asked for the first time."""
        with self._lock:
            text = self._texts.get(grammar.digest)
        if text is None:  # not under the lock: a large grammar takes a while
            text = grammar_prompt(grammar, self._n_tokens, self._budget)
        with self._lock:
            self._texts[grammar.digest] = text
            self._texts.move_to_end(grammar.digest)
            while len(self._texts) > _PROMPTS_KEPT:
                self._texts.popitem(last=False)
        return text


@dataclass(frozen=True)
class _Choice:
    text: str
    words: frozenset[str]
    cost: int


def _sentences(grammar: Grammar, n_tokens: CountTokens, budget: int) -> tuple[list[str], int]:
    """Return the most useful sentences first, and the tokens that are left of the budget."""
    drawn = dict.fromkeys(islice(Sampler(grammar).sentences(_N_DRAWN), _N_DRAWN))
    choices = [_Choice(text, frozenset(text.split()), n_tokens(_written(text))) for text in drawn]
    times_said = Counter(word for choice in choices for word in choice.words)
    chosen: list[str] = []
    n_left, for_sentences = budget, round(budget * _FOR_SENTENCES)
    unsaid = set(times_said)

    def gain(choice: _Choice) -> float:
        return sum(times_said[word] for word in choice.words & unsaid) / choice.cost

    while choices:
        room = for_sentences - (budget - n_left)
        choices = [one for one in choices if one.cost <= room and one.words & unsaid]
        if not choices:
            break
        best = max(choices, key=gain)
        chosen.append(best.text)
        unsaid -= best.words
        n_left -= best.cost
    return chosen, n_left


def _words(unsaid: Sequence[str], n_tokens: CountTokens, budget: int) -> list[str]:
    """Return the words that the model knows least first, as many as there are tokens for."""
    costs = {word: n_tokens(f"{word},") for word in unsaid}
    words: list[str] = []
    for word in sorted(unsaid, key=lambda one: (-costs[one], one)):
        if costs[word] > budget:
            continue
        words.append(word)
        budget -= costs[word]
    return words


def _written(sentence: str) -> str:
    """Return a sentence as models write it: with a capital at the start, and a full stop."""
    return f"{sentence[:1].upper()}{sentence[1:]}."
