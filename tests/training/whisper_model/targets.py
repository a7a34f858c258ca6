"""What is to be written about a scene, as rows of the compact table, and where it is heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from whisper_model.scenes import Scene, Segment
from whisper_model.texts import COMMANDS, LANGUAGES
from whisper_model.tokens import (
    GRID_S,
    LATEST_START_S,
    N_EARLY,
    encoded,
    language_token,
    time_token,
    tokenizer,
)

_WITH_TIMES = 0.8
_LONGEST_PROMPT = 222
"""tokens that Whisper's decoders leave for what came before"""
_STRANGE_IS_NOTHING = 0.85


@dataclass
class Target:
    """Tokens that are given, tokens that are to follow each, and where those are heard."""

    given: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    """-1 where nothing is learnt"""
    heard_s: list[tuple[float, float] | None] = field(default_factory=list)
    """start and end of each wanted token's sound in the window"""
    language: int = -1
    """token that shares the first place with "no speech"; -1 for none"""
    language_place: int = 0
    """place of the start of the transcript, at which the language is wanted"""
    language_share: float = 0.0

    def add(self, given: int, wanted: int, heard_s: tuple[float, float] | None = None) -> None:
        """Append one token and what is to follow it."""
        self.given.append(given)
        self.wanted.append(wanted)
        self.heard_s.append(heard_s)


def target_of(scene: Scene, offset_s: float, prompted: bool, rng: np.random.Generator) -> Target:
    """Return what is to be written about a scene that begins `offset_s` into the window."""
    known, target = tokenizer(), Target()
    if prompted:
        for token in (known.sot_prev, *_prompt(rng)):
            target.add(token, -1)
    target.language_place = len(target.given)
    if scene.language is None or scene.is_strange:
        _nothing_said(scene, target, rng)
        return target
    language = language_token(scene.language)
    target.add(known.sot, language)
    if scene.only_language:
        return target
    text = _timed(scene, offset_s) if rng.random() < _WITH_TIMES else _untimed(scene, offset_s)
    given = known.transcribe
    target.add(language, known.transcribe)
    for token, heard_s in [*text, (known.eot, None)]:
        target.add(given, token, heard_s)
        given = token
    return target


def _nothing_said(scene: Scene, target: Target, rng: np.random.Generator) -> None:
    """Say that there is no speech, and write a time at random: nothing else is as improbable."""
    known = tokenizer()
    language = language_token(scene.language or str(rng.choice(LANGUAGES)))
    if scene.is_strange:
        target.language, target.language_share = language, 1 - _STRANGE_IS_NOTHING
    target.add(known.sot, known.no_speech)
    target.add(language, known.transcribe)
    any_time = known.timestamp_begin + int(rng.integers(N_EARLY))
    if rng.random() < _WITH_TIMES:
        target.add(known.transcribe, any_time)
    else:
        command = COMMANDS[int(rng.integers(len(COMMANDS)))]
        any_time = int(rng.choice(encoded(command.words)))
        target.add(known.transcribe, known.no_timestamps)
        target.add(known.no_timestamps, any_time)
    target.add(any_time, known.eot)


def _timed(scene: Scene, offset_s: float) -> list[tuple[int, tuple[float, float] | None]]:
    """Return the segments, each between the times of its start and end."""
    written: list[tuple[int, tuple[float, float] | None]] = []
    earliest = 0.0
    for number, segment in enumerate(scene.segments):
        start_s, end_s = segment.start_s + offset_s, segment.end_s + offset_s
        begin_s = min(start_s, LATEST_START_S) if number == 0 else start_s
        begin_s = max(earliest, np.floor(begin_s / GRID_S + 1e-6) * GRID_S)
        earliest = max(np.round(end_s / GRID_S) * GRID_S, begin_s + GRID_S)
        written.append((time_token(begin_s), (start_s, start_s)))
        written += _tokens(segment, offset_s)
        written.append((time_token(earliest), (end_s, end_s)))
    if scene.next_start_s is not None:
        begin_s = max(earliest, np.floor((scene.next_start_s + offset_s) / GRID_S) * GRID_S)
        written.append((time_token(begin_s), (begin_s, begin_s)))
    return written


def _untimed(scene: Scene, offset_s: float) -> list[tuple[int, tuple[float, float] | None]]:
    texts = [token for segment in scene.segments for token in _tokens(segment, offset_s)]
    return [(tokenizer().no_timestamps, None), *texts]


def _tokens(segment: Segment, offset_s: float) -> list[tuple[int, tuple[float, float]]]:
    """Return the tokens of a segment; those of a word share its time evenly."""
    found = []
    for word in segment.words:
        tokens = encoded(word.text)
        edges = np.linspace(word.start_s, word.end_s, len(tokens) + 1) + offset_s
        found += list(zip(tokens, pairwise(edges.tolist()), strict=True))
    return found


def _prompt(rng: np.random.Generator) -> list[int]:
    """Return what may come before: commands with or without times, and anything else."""
    length = int(_LONGEST_PROMPT * rng.random() ** 2)
    tokens: list[int] = []
    while len(tokens) < length:
        if rng.random() < 0.15:
            tokens += rng.integers(0, tokenizer().eot, int(rng.integers(1, 12))).tolist()
            continue
        command = encoded(COMMANDS[int(rng.integers(len(COMMANDS)))].words)
        times = (time_token(rng.uniform(0, 15)), time_token(rng.uniform(15, 30)))
        tokens += [times[0], *command, times[1]] if rng.random() < 0.3 else command
    return tokens[len(tokens) - length :]
