"""Phrases that may be said around a sentence, such as "please" or "could you"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from irene_plugins.intent_recognition.grammar.template_graph import Label, is_spoken
from irene_plugins.intent_recognition.grammar.word_graph import Acceptor, Graph, live, minimal

SKIPPED_SHARE = 0.1
"""probability of each phrase before and behind a sentence"""

_PARTS = re.compile(r"\w+")
"""hassil finds a phrase between signs, too: "please" in "please-note\""""

_Phrase = tuple[str, ...]


def with_skip_phrases(
    words: Acceptor[Label], skip_words: Sequence[str], most_arcs: int
) -> Acceptor[Label]:
    """Return the acceptor with up to two phrases before a sentence and one behind it.

    hassil takes all phrases out of what was said, or none. So they are added to sentences only in
    which no such phrase stands itself.

    Raises:
        TooLargeError: it needs more than `most_arcs` arcs.
    """
    phrases = [tuple(phrase.lower().split()) for phrase in dict.fromkeys(skip_words)]
    phrases = [phrase for phrase in phrases if phrase and all(map(is_spoken, phrase))]
    if not phrases or words.is_empty:
        return words
    plain = minimal(_without(words, phrases), most_arcs)
    graph: Graph[Label] = Graph()
    graph.add_branch(words, 1 - SKIPPED_SHARE)
    if not plain.is_empty:
        _add_surrounded(graph, plain, phrases)
    return minimal(graph, most_arcs)


def _without(words: Acceptor[Label], phrases: Sequence[_Phrase]) -> Graph[Label]:
    """Return the sentences with no phrase inside, nor together with what is said around them."""
    finder = _Finder(phrases)
    places: list[tuple[int, _Phrase, bool]] = [(0, (), False)]
    numbers = {places[0]: 0}
    graph: Graph[Label] = Graph()
    for place in places:  # grows on the way
        state, begun, is_inside = place
        if state in words.finals and not is_inside:
            graph.finals[numbers[place]] = words.finals[state]
        for label, (target, probability) in words.arcs[state].items():
            parts = tuple(_PARTS.findall(str(label)))
            longer = finder.follow(begun, parts)
            if longer is None or (state == 0 and parts[0] in finder.later):
                continue
            onward = (target, longer, parts[-1] in finder.earlier)
            if onward not in numbers:
                numbers[onward] = graph.add_state()
                places.append(onward)
            graph.arcs[numbers[place]].append((label, numbers[onward], probability))
    return live(graph)


class _Finder:
    """Finds phrases in a row of words (as Aho and Corasick, with tuples for states)."""

    def __init__(self, phrases: Sequence[_Phrase]) -> None:
        cut = [tuple(_PARTS.findall(" ".join(phrase))) for phrase in phrases]
        self._phrases = frozenset(cut)
        self._begun = {phrase[:n] for phrase in cut for n in range(len(phrase))}
        self.later = {part for phrase in cut for part in phrase[1:]}
        """what may end a phrase that somebody began before"""
        self.earlier = {part for phrase in cut for part in phrase[:-1]}
        """what may begin a phrase that somebody ends behind"""

    def follow(self, begun: _Phrase, parts: Sequence[str]) -> _Phrase | None:
        """Return what has begun of a phrase after further parts; None when one is whole."""
        for part in parts:
            begun = (*begun, part)
            if any(begun[n:] in self._phrases for n in range(len(begun))):
                return None
            while begun not in self._begun:
                begun = begun[1:]
        return begun


def _add_surrounded(
    graph: Graph[Label], plain: Acceptor[Label], phrases: Sequence[_Phrase]
) -> None:
    """Add the sentences with up to two phrases before them and one behind them."""
    entries = [(0, SKIPPED_SHARE)]
    before = 0
    for _ in range(2 if _follow_each_other(phrases) else 1):
        before = _add_phrases(graph, before, SKIPPED_SHARE, phrases)
        entries.append((before, 1 - SKIPPED_SHARE))
    first = len(graph.arcs)
    graph.arcs.extend([] for _ in plain.arcs)
    for state, out in enumerate(plain.arcs):
        onward = [(label, first + target, share) for label, (target, share) in out.items()]
        graph.arcs[first + state] = onward
    for entry, weight in entries:
        into = ((label, target, weight * share) for label, target, share in graph.arcs[first])
        graph.arcs[entry].extend(list(into))
    for state, share in plain.finals.items():
        graph.finals[first + state] = share * (1 - SKIPPED_SHARE)
        graph.finals[_add_phrases(graph, first + state, share * SKIPPED_SHARE, phrases)] = 1.0


def _add_phrases(
    graph: Graph[Label], source: int, weight: float, phrases: Sequence[_Phrase]
) -> int:
    """Add all phrases behind a state, equally likely; return the state behind them."""
    lasts = []
    for phrase in phrases:
        state, share = source, weight / len(phrases)
        for word in phrase[:-1]:
            target = graph.add_state()
            graph.arcs[state].append((word, target, share))
            state, share = target, 1.0
        lasts.append((state, phrase[-1], share))
    end = graph.add_state()
    for state, word, share in lasts:
        graph.arcs[state].append((word, end, share))
    return end


def _follow_each_other(phrases: Sequence[_Phrase]) -> bool:
    """Whether hassil takes out any two phrases that stand side by side."""
    from hassil.util import remove_skip_words

    texts = [" ".join(phrase) for phrase in phrases]
    return not any(
        remove_skip_words(f"{one} {other}", texts, ignore_whitespace=False).strip()
        for one in texts
        for other in texts
    )
