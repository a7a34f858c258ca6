"""What the finished model hears in voices that nothing was trained on, through bare engines."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from synthesis.voices import RATE
from whisper_model.conversion import convert
from whisper_model.corpus import held_out
from whisper_model.engines import Engine, faster_whisper, openai_whisper
from whisper_model.texts import COMMANDS, LANGUAGES, Text, strange_texts

_SEED = 2026
_PEAK = 9000.0
_ROOM = 3.0
"""standard deviation of a quiet room's noise, of 32768"""
_MEASURED = (8, 24, 10)
"""rows of several commands for each language, commands that come late, clips of other speech"""


@dataclass(frozen=True)
class Figures:
    """What a manifest says of a model and an engine; shares are 0 to 1."""

    n_utterances: int
    word_error_rate: float
    """of single commands in a quiet room, the language found by the engine"""
    right: float
    """of them, in every word"""
    word_error_rates: dict[str, float]
    """by language"""
    language_right: float
    """of them"""
    word_error_rate_several: float
    """of three commands in one clip, pauses of 0.4 to 1.5 s between them"""
    word_error_rate_late: float
    """of commands that begin 8 to 20 s after the start"""
    others_written: float
    """of speech that is no command: something is written about it"""
    nothing_written: float
    """of silence and noises: something is written about them"""
    seconds_per_clip: float
    """median time for a single command, which is always a window of 30 s"""


def measure(checkpoint: Path, n_renderings: int = 3) -> dict[str, dict[str, Any]]:
    """Return the figures by engine; each command is said so many times.

    With 0, every sixteenth of them is, once, and little of anything else: the way, not the model.
    """
    with tempfile.TemporaryDirectory() as folder:
        convert(checkpoint, Path(folder))
        engines = {
            "openai-whisper": openai_whisper(checkpoint, brief=n_renderings == 0),
            "faster-whisper": faster_whisper(Path(folder), brief=n_renderings == 0),
        }
        return {name: asdict(_figures(engine, n_renderings)) for name, engine in engines.items()}


def _figures(engine: Engine, n_renderings: int) -> Figures:
    random, rng = Random(_SEED), np.random.default_rng(_SEED)
    texts = list(COMMANDS) * n_renderings or list(COMMANDS[::16])
    n_several, n_late, n_strange = _MEASURED if n_renderings else (1, 2, 1)
    single = _heard(engine, spoken([(text,) for text in texts], random, rng))
    several = [
        (*random.sample(_of(language), 3),) for language in LANGUAGES for _ in range(n_several)
    ]
    late = [(text,) for text in random.sample(COMMANDS, n_late)]
    strange = [(text,) for text in strange_texts(n_strange, random)]
    quiet = (np.round(rng.standard_normal(RATE * 3) * level) for level in (0, 1, 10, 100, 1000))
    return Figures(
        n_utterances=len(texts),
        word_error_rate=round(single.errors.rate, 4),
        right=round(single.n_right / len(texts), 3),
        word_error_rates={
            language: round(errors.rate, 4) for language, errors in single.by_language.items()
        },
        language_right=round(single.n_language_right / len(texts), 3),
        word_error_rate_several=round(_heard(engine, spoken(several, random, rng)).errors.rate, 4),
        word_error_rate_late=round(
            _heard(engine, spoken(late, random, rng, lead_s=(8.0, 20.0))).errors.rate, 4
        ),
        others_written=_share_written(engine, [clip for _, clip in spoken(strange, random, rng)]),
        nothing_written=_share_written(engine, [clip.astype(np.int16) for clip in quiet]),
        seconds_per_clip=round(float(np.median(single.seconds)), 3),
    )


def _of(language: str) -> list[Text]:
    return [text for text in COMMANDS if text.language == language]


def spoken(
    wanted: Iterable[tuple[Text, ...]],
    random: Random,
    rng: np.random.Generator,
    lead_s: tuple[float, float] = (0.1, 0.6),
) -> Iterator[tuple[tuple[Text, ...], np.ndarray]]:
    """Yield texts and int16 samples of them, one after the other in a quiet room."""
    for texts in wanted:
        parts = [np.zeros(round(random.uniform(*lead_s) * RATE))]
        for clip in held_out(texts, random):
            pause = np.zeros(round(random.uniform(0.4, 1.5) * RATE))
            parts += [clip.samples * (_PEAK / 20000), pause]
        samples = np.concatenate(parts)
        noisy = samples + rng.standard_normal(len(samples)) * _ROOM
        yield texts, np.round(noisy).astype(np.int16)


@dataclass
class _Heard:
    errors: WordErrors
    by_language: dict[str, WordErrors]
    seconds: list[float]
    n_right: int = 0
    n_language_right: int = 0


def _heard(engine: Engine, clips: Iterable[tuple[tuple[Text, ...], np.ndarray]]) -> _Heard:
    found = _Heard(WordErrors(), {language: WordErrors() for language in LANGUAGES}, [])
    for texts, samples in clips:
        began = time.perf_counter()
        heard = engine(samples)
        found.seconds.append(time.perf_counter() - began)
        said = plain_words(" ".join(text.words for text in texts))
        errors = count_errors(said, plain_words(heard.text))
        found.errors += errors
        found.by_language[texts[0].language] += errors
        found.n_right += errors.n_errors == 0
        found.n_language_right += heard.language == texts[0].language
    return found


def _share_written(engine: Engine, clips: list[np.ndarray]) -> float:
    return round(sum(bool(engine(clip).text.strip()) for clip in clips) / len(clips), 3)
