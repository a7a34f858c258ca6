"""Decoders for the sentences of a grammar, kept from utterance to utterance."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene import Arc, ConfigurationError, Grammar, Samples
from irene_plugins.asr.pocketsphinx_decoder import (
    PocketSphinxOptions,
    cepstral_mean,
    new_mean_decoder,
)
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon

GRAMMAR_SEARCH = "irene-grammar"
"""the search that a grammar drives"""
SOUND_SEARCH = "irene-sounds"
"""the search for any phones in any order"""
_GRAMMARS_KEPT = 4
"""compiled grammars of one provider; the least recently used go"""
_ARCS_KEPT = 120_000
"""arcs of these grammars together: a grammar takes about 20 MB, and 2.5 MB for a thousand arcs"""
_SMALLEST_PROBABILITY = 1e-6
_GAUSSIANS = 2
"""densities of each sound that are evaluated: 4 take a third more CPU and are right as often"""
_MOST_SOUNDS = 1500
"""sounds that are followed at a time: with 3000, no sentence more is right, and the 52000 arcs of
all bundled handlers take half as long again"""
_SOUND_BEAMS = (1e-48, 1e-10)
"""beams of the search for any sounds, and where they end"""


@dataclass(frozen=True)
class CommandDecoder:
    """Two small decoders that hear the same audio; neither has a dictionary or language model."""

    grammar: Grammar
    sentences: Any
    """follows the sentences of the grammar"""
    sounds: Any
    """follows any phones: what the sentences have to stand up to"""


class CommandDecoders:
    """Decoders by grammar, compiled when first needed, lent to one utterance at a time."""

    def __init__(self, acoustic: Path, lexicon: Lexicon, options: PocketSphinxOptions) -> None:
        self._acoustic = acoustic
        self._lexicon = lexicon
        self._options = options
        self._lock = threading.Lock()
        self._learning = threading.Lock()
        self._compiling = threading.Lock()
        self._means = new_mean_decoder(acoustic)
        self._idle: OrderedDict[str, list[CommandDecoder]] = OrderedDict()

    def prepare(self, grammar: Grammar) -> None:
        """Compile a grammar unless that has been done.

        Raises:
            ConfigurationError: there are no words, or none that can be pronounced.
        """
        with self._compiling:
            self.give_back(self._take_idle(grammar) or self._compile(grammar))

    def take(self, grammar: Grammar) -> CommandDecoder:
        """Lend the decoder of a grammar, a new one if need be.

        Whoever comes while one is being compiled waits for that: two of the same grammar would
        take twice the time and twice the memory.

        Raises:
            ConfigurationError: there are no words, or none that can be pronounced.
        """
        decoder = self._take_idle(grammar)
        if decoder is not None:
            return decoder
        with self._compiling:
            return self._take_idle(grammar) or self._compile(grammar)

    def _take_idle(self, grammar: Grammar) -> CommandDecoder | None:
        with self._lock:
            idle = self._idle.get(grammar.digest)
            return idle.pop() if idle else None

    def give_back(self, decoder: CommandDecoder) -> None:
        """Take a decoder back; its utterance is over."""
        with self._lock:
            self._idle.setdefault(decoder.grammar.digest, []).append(decoder)
            self._idle.move_to_end(decoder.grammar.digest)
            while len(self._idle) > 1 and self._are_too_many():
                self._idle.popitem(last=False)

    def mean_of(self, samples: Samples) -> str:
        """Return the cepstral mean of the samples as the engine writes it."""
        with self._learning:
            return cepstral_mean(self._means, samples)

    def _are_too_many(self) -> bool:
        kept = [decoder for idle in self._idle.values() for decoder in idle]
        n_arcs = sum(len(decoder.grammar.arcs) for decoder in kept)
        return len(self._idle) > _GRAMMARS_KEPT or n_arcs > _ARCS_KEPT

    def _compile(self, grammar: Grammar) -> CommandDecoder:
        options = self._options
        sentences = self._small_decoder(options.grammar_beam, options.grammar_word_beam)
        spoken = self._add_words(sentences, grammar)
        end = 1 + max(max(arc.source, arc.target) for arc in grammar.arcs)
        arcs: list[tuple[Any, ...]] = [
            (arc.source, arc.target, max(arc.probability, _SMALLEST_PROBABILITY), arc.word)
            for arc in with_one_spelling(grammar, spoken)
        ]
        arcs += [
            (state, end, max(probability, _SMALLEST_PROBABILITY))
            for state, probability in grammar.finals.items()
        ]
        sentences.add_fsg(GRAMMAR_SEARCH, sentences.create_fsg(GRAMMAR_SEARCH, 0, end, arcs))
        return CommandDecoder(grammar, sentences, self._sound_decoder())

    def _add_words(self, decoder: Any, grammar: Grammar) -> frozenset[str]:
        """Give the decoder the words of a grammar; return those that can be pronounced."""
        if not grammar.vocabulary:
            raise ConfigurationError("grammar: no words in it; a list of sentences would be right")
        spoken = self._lexicon.pronounce(grammar.vocabulary, grammar.language)
        if not spoken:
            raise ConfigurationError(
                "grammar: pocketsphinx can pronounce none of its words: "
                f"{', '.join(grammar.vocabulary[:10])}; write numbers as words, extend the "
                'dictionary, or pip install "irene-voice[espeak]"'
            )
        entries = [
            (word if number == 1 else f"{word}({number})", variant)
            for word, variants in spoken.items()
            for number, variant in enumerate(variants, 1)
        ]
        _add(decoder, entries)
        return frozenset(spoken)

    def _sound_decoder(self) -> Any:
        decoder = self._small_decoder(*_SOUND_BEAMS)
        phones = self._lexicon.phones
        names = [f"+{phone}" for phone in phones]
        _add(decoder, list(zip(names, phones, strict=True)))
        share = 1 / (len(names) + 1)
        arcs: list[tuple[Any, ...]] = [(0, 0, share, name) for name in names]
        arcs.append((0, 1, share))
        decoder.add_fsg(SOUND_SEARCH, decoder.create_fsg(SOUND_SEARCH, 0, 1, arcs))
        return decoder

    def _small_decoder(self, beam: float, word_beam: float) -> Any:
        """Return a decoder that shares nothing and knows no word (3 MB, 30 ms)."""
        import pocketsphinx

        return pocketsphinx.Decoder(
            hmm=str(self._acoustic),
            dict=None,
            lm=None,
            lw=self._options.grammar_weight,
            beam=beam,
            pbeam=beam,
            wbeam=word_beam,
            topn=_GAUSSIANS,
            maxhmmpf=_MOST_SOUNDS,
            # scores of two searches can be compared only when each is relative to all sounds
            compallsen=True,
            # the lattice takes ten times as long as the search and finds no better sentence
            bestpath=False,
            logfn="/dev/null",
            loglevel="FATAL",
        )


def with_one_spelling(grammar: Grammar, spoken: Collection[str]) -> Iterable[Arc]:
    """Return the arcs whose words can be pronounced; of `what's` and `whats`, the former.

    Between the same two states, two spellings of a word only divide its probability.
    """
    chosen: dict[tuple[int, int, str], Arc] = {}
    for arc in grammar.arcs:
        if arc.word in spoken:
            key = (arc.source, arc.target, arc.word.replace("'", "").replace("-", ""))
            chosen[key] = max(arc, chosen.get(key, arc), key=lambda one: len(one.word))
    return chosen.values()


def _add(decoder: Any, entries: Sequence[tuple[str, str]]) -> None:
    """Add words to a decoder's dictionary, which is built anew after the last one."""
    for number, (name, pronunciation) in enumerate(entries, 1):
        decoder.add_word(name, pronunciation, number == len(entries))
