"""What a grammar makes of commands, and of everything else that is said."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from irene.components.asr.component import ASRComponent
from irene.domain.audio import AudioChunk
from irene.domain.grammar import Grammar
from irene.domain.speech import Hypothesis
from irene.errors import ConfigurationError
from irene.files.text import why_unreadable
from irene.performance.measuring.listening import assembly_of
from irene.performance.speech.recordings import Recording, read_manifest
from irene.performance.speech.word_errors import normalise
from irene.plugin.registry import ComponentRegistry

SENTENCES = "sentences.txt"
"""the grammar beside the recordings: one sentence a line"""
_PATIENCE_S = 60.0
"""longest wait for a recording to be heard"""
_BLOCK_S = 0.1
_COMMAND_S = (1.0, 5.0)
"""length of the utterances whose time after the end counts, seconds"""


@dataclass(frozen=True)
class GrammarTrial:
    """What one recogniser made of recordings inside and outside of a grammar."""

    provider: str
    n_sentences: int
    n_inside: int
    """recordings of sentences of the grammar"""
    n_right_open: int
    """of these, right in every word without the grammar"""
    n_right: int
    """right in every word within the grammar, and accepted"""
    wrong: tuple[str, ...]
    """`said: taken for` of those that were accepted as another sentence"""
    n_outside: int
    """recordings of anything else"""
    accepted: tuple[str, ...]
    """`file: taken for` of those of them that were accepted"""
    cpu_per_s: float
    """CPU seconds per second of audio within the grammar, no second recognition included"""
    open_cpu_per_s: float
    """the same for open recognition of the sentences of the grammar"""
    end_cpu_s: float
    """CPU seconds after the last 100 ms of an utterance of 1 to 5 s, median"""
    most_end_cpu_s: float
    """the most of these"""


@dataclass(frozen=True)
class Heard:
    """What a recogniser made of one recording, and its work."""

    said: str
    """word for word"""
    name: str
    """of the recording"""
    hypothesis: Hypothesis
    audio_s: float
    cpu_s: float
    """CPU seconds, all threads"""
    end_cpu_s: float
    """of these, after the last 100 ms of audio"""

    @property
    def is_right(self) -> bool:
        """Whether every word was heard."""
        return normalise(self.hypothesis.text) == normalise(self.said)

    @property
    def is_accepted(self) -> bool:
        """Whether it counts as a sentence of the grammar."""
        return self.hypothesis.in_grammar is True


def read_grammar(path: Path, language: str = "en") -> Grammar:
    """Return the grammar of a file with one sentence a line; `#` begins a comment.

    Raises:
        ConfigurationError: the file cannot be read, or holds no sentence.
    """
    return Grammar.of_sentences(read_sentences(path), language)


def read_sentences(path: Path) -> list[str]:
    """Return the sentences of a file with one a line, as they are spoken; `#` begins a comment.

    Raises:
        ConfigurationError: the file cannot be read, or holds none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: {why_unreadable(error)}; name a file with a sentence a line"
        ) from error
    sentences = [" ".join(normalise(line.partition("#")[0])) for line in lines]
    if not any(sentences):
        raise ConfigurationError(f"{path}: no sentence in it; one a line would be right")
    return [sentence for sentence in sentences if sentence]


def try_grammar(provider: str, folder: Path, sentences: Path) -> GrammarTrial | None:
    """Let a recogniser hear a folder within a grammar; to be run in a fresh process.

    Everything that is surely no sentence of the grammar counts as outside: other commands, read
    speech in any language, digits, wake words, noises. None where the recogniser takes no grammar.

    Raises:
        IreneError: recordings, sentences or provider cannot be used.
    """
    grammar = read_grammar(sentences)
    inside, outside = _split(read_manifest(folder), grammar)
    confined = ASRComponent(assembly_of("asr", provider, language="en", grammar="only").asr_slot())
    confined.guide(grammar)
    if not confined.slot.chain.current.provider.capabilities.grammar:
        return None
    within, without = _hear(confined, inside), _hear(confined, outside)
    confined.close()
    free = ASRComponent(assembly_of("asr", provider, language="en", grammar="off").asr_slot())
    openly = _hear(free, inside)
    free.close()
    return _sum_up(provider, grammar, within, without, openly)


def _split(
    recordings: Iterable[Recording], grammar: Grammar
) -> tuple[list[Recording], list[Recording]]:
    inside, outside = [], []
    for recording in recordings:
        if grammar.accepts(normalise(recording.phrase)):
            inside.append(recording)
        elif recording.phrase or recording.is_outside_any_grammar:
            outside.append(recording)
    return inside, outside


def _hear(component: ASRComponent, recordings: Sequence[Recording]) -> list[Heard]:
    registry = ComponentRegistry.installed()
    return [hear(component, one.read(registry), one.phrase, one.path.name) for one in recordings]


def hear(component: ASRComponent, clip: AudioChunk, said: str, name: str) -> Heard:
    """Let a recogniser hear a recording in steps of 100 ms, as it would a microphone."""
    track = component.slot.clip_track(clip)
    block = round(_BLOCK_S * track.sample_rate)
    began = time.process_time()
    utterance = component.open(track.sample_rate)
    for start in range(0, track.history.end, block):
        utterance.feed(track.history.view(start, start + block))
    utterance.wait_idle(_PATIENCE_S)
    ended = time.process_time()
    utterance.end()
    hypothesis = utterance.wait().hypothesis
    done = time.process_time()
    return Heard(said, name, hypothesis, clip.duration_s, done - began, done - ended)


def _sum_up(
    provider: str,
    grammar: Grammar,
    within: Sequence[Heard],
    without: Sequence[Heard],
    openly: Sequence[Heard],
) -> GrammarTrial:
    ends_s = [
        one.end_cpu_s
        for one in (*within, *without)
        if _COMMAND_S[0] <= one.audio_s <= _COMMAND_S[1]
    ]
    return GrammarTrial(
        provider=provider,
        n_sentences=count_sentences(grammar),
        n_inside=len(within),
        n_right_open=sum(one.is_right for one in openly),
        n_right=sum(one.is_right and one.is_accepted for one in within),
        wrong=tuple(
            f"{one.said}: {one.hypothesis.text}"
            for one in within
            if one.is_accepted and not one.is_right
        ),
        n_outside=len(without),
        accepted=tuple(f"{one.name}: {one.hypothesis.text}" for one in without if one.is_accepted),
        cpu_per_s=cpu_per_s([*within, *without]),
        open_cpu_per_s=cpu_per_s(openly),
        end_cpu_s=statistics.median(ends_s) if ends_s else 0.0,
        most_end_cpu_s=max(ends_s, default=0.0),
    )


def count_sentences(grammar: Grammar) -> int:
    """Return the number of sentences of a grammar without cycles."""
    following: dict[int, list[int]] = {}
    for arc in grammar.arcs:
        following.setdefault(arc.source, []).append(arc.target)

    @cache
    def from_state(state: int) -> int:
        return (state in grammar.finals) + sum(map(from_state, following.get(state, ())))

    return from_state(0)


def cpu_per_s(heard: Sequence[Heard]) -> float:
    """Return the CPU seconds for each second of audio, over recordings."""
    audio_s = sum(one.audio_s for one in heard)
    return sum(one.cpu_s for one in heard) / audio_s if audio_s else 0.0
