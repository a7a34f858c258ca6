"""Recordings in which the language changes, composed of labelled commands, the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from irene.domain.audio import AudioChunk, Samples
from irene.studies.languages.labelled import Labelled

_SEED = 20
_SHORTEST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 1.5
_MOST_IN_A_ROW = 3
"""utterances in one language before the next language"""
_MOST_LANGUAGES = 3


@dataclass(frozen=True)
class Halves:
    """Composed recordings, of which no utterance is in both halves."""

    choosing: Sequence[Labelled]
    """those that defaults are chosen with"""
    judging: Sequence[Labelled]
    """those that nothing was chosen with"""


def halves(commands: Sequence[Labelled], n_each: int) -> Halves:
    """Return so many composed recordings of every other command, and as many of the rest.

    Args:
        commands: recordings of one utterance each, in two languages or more.
        n_each: recordings in each half, a whole number from 1.
    """
    by_language: dict[str, list[Labelled]] = {}
    for one in commands:
        by_language.setdefault(one.language, []).append(one)
    parts = [
        {language: clips[first::2] for language, clips in by_language.items()} for first in (0, 1)
    ]
    choosing, judging = (
        [_composed(part, number, (half, number)) for number in range(n_each)]
        for half, part in enumerate(parts)
    )
    return Halves(choosing, judging)


def in_noise(recordings: Sequence[Labelled], ratio_db: float) -> list[Labelled]:
    """Return the recordings with white noise, so many dB below the speech (root mean square)."""
    return [_noisy(one, ratio_db, number) for number, one in enumerate(recordings)]


def _noisy(one: Labelled, ratio_db: float, number: int) -> Labelled:
    speech = np.concatenate([samples for _, samples in _utterances([one])]).astype(np.float64)
    level = np.sqrt(np.square(speech).mean()) * 10 ** (-ratio_db / 20)
    clean = one.clip.samples
    noise = level * np.random.default_rng((_SEED, number)).standard_normal(clean.shape[0])
    limits = np.iinfo(clean.dtype)
    samples = np.clip(np.rint(clean + noise), limits.min, limits.max).astype(clean.dtype)
    return replace(one, clip=AudioChunk(samples, one.clip.sample_rate))


def _composed(
    by_language: Mapping[str, Sequence[Labelled]], number: int, place: tuple[int, int]
) -> Labelled:
    """Return one language, pairs and triples in turn, each with one utterance or several."""
    rng = np.random.default_rng((_SEED, *place))
    n_languages = 1 + number % _MOST_LANGUAGES
    present = sorted(language for language, clips in by_language.items() if clips)
    order = rng.permutation(present)[:n_languages]
    chosen: list[Labelled] = []
    for language in order:
        clips = by_language[str(language)]
        n_clips = min(len(clips), int(rng.integers(1, _MOST_IN_A_ROW + 1)))
        chosen += [clips[int(one)] for one in rng.permutation(len(clips))[:n_clips]]
    return _joined(chosen, rng, f"composed-{place[0]}-{number:02}")


def _joined(chosen: Sequence[Labelled], rng: np.random.Generator, name: str) -> Labelled:
    rate = chosen[0].clip.sample_rate
    pieces: list[Samples] = []
    segments: list[dict[str, Any]] = []
    n_samples = 0
    for language, speech in _utterances(chosen):
        pause = _quiet(rng.uniform(_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S), rng, chosen[0])
        start_s = (n_samples + pause.shape[0]) / rate
        pieces += [pause, speech]
        n_samples += pause.shape[0] + speech.shape[0]
        segments.append({"start_s": start_s, "end_s": n_samples / rate, "language": language})
    pieces.append(_quiet(_SHORTEST_PAUSE_S, rng, chosen[0]))
    clip = AudioChunk(np.concatenate(pieces), rate)
    languages = dict.fromkeys(one.language for one in chosen)
    return Labelled(name, "code-switched", " ".join(languages), clip, segments)


def _utterances(chosen: Iterable[Labelled]) -> Iterator[tuple[str, Samples]]:
    for one in chosen:
        rate = one.clip.sample_rate
        for segment in one.segments:
            start, end = (round(segment[edge] * rate) for edge in ("start_s", "end_s"))
            yield one.language, one.clip.samples[start:end]


def _quiet(seconds: float, rng: np.random.Generator, like: Labelled) -> Samples:
    """Return a pause with the hiss of one bit that recordings have."""
    hiss = rng.integers(-1, 2, round(seconds * like.clip.sample_rate))
    return hiss.astype(like.clip.samples.dtype)
