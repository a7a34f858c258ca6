"""What the finished model hears, through irene's own recogniser and with other voices."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np
import psutil

from irene import AsrRequest, Grammar, Hypothesis
from irene.performance.speech.word_errors import WordErrors, count_errors
from irene_plugins.asr.vosk import VoskAsr, VoskOptions
from vosk_model.features import RATE
from vosk_model.sentences import OTHER_WORDS, command, test_texts
from vosk_model.voices import Speakers

_SEED = 2026
_LEVEL = 9000.0
"""peak of the speech, of 32768"""
_BLOCK = RATE // 10
_ROOM = 3.0
"""standard deviation of a quiet room's noise"""
_GRAMMAR_SIZE = 20_000


@dataclass(frozen=True)
class Figures:
    """What a manifest says of a model; shares are 0 to 1."""

    n_utterances: int
    word_error_rate: float
    """in a quiet room, without a grammar"""
    right: float
    """of the utterances, in every word"""
    word_error_rate_15_db: float
    """the same in white noise, 15 dB below the speech"""
    commands_right: float
    """of commands within the grammar of all commands: right in every word, and accepted"""
    others_accepted: float
    """of utterances without a known word within that grammar: taken for a command"""
    cpu_per_s: float
    """CPU seconds for a second of audio"""
    load_ms: float
    memory_mb: float
    """resident memory that engine and model add to a process, 10^6 bytes"""


def measure(folder: Path, n_utterances: int = 300) -> dict[str, float]:
    """Let the model of a folder hear voices that it was not trained on; for a process of its own.

    A share of the texts are commands, the rest digits and words in no order.
    """
    memory = psutil.Process().memory_info().rss
    began = time.perf_counter()
    asr = VoskAsr(VoskOptions(model=str(folder)))
    asr.load()
    load_ms = 1000 * (time.perf_counter() - began)
    asr.warm_up()
    memory_mb = (psutil.Process().memory_info().rss - memory) / 1e6
    quiet = _heard(asr, spoken(test_texts(n_utterances, Random(_SEED))))
    noisy = _heard(asr, spoken(test_texts(n_utterances, Random(_SEED)), noise_db=15.0))
    random = Random(_SEED)
    grammar = Grammar.of_sentences({command(random) for _ in range(_GRAMMAR_SIZE)})
    commands = _heard(asr, spoken(command(random) for _ in range(n_utterances // 2)), grammar)
    others = (" ".join(random.choices(OTHER_WORDS, k=random.randint(1, 5))) for _ in range(100))
    strange = _heard(asr, spoken(others), grammar)
    figures = Figures(
        n_utterances,
        round(quiet.errors.rate, 4),
        round(quiet.right, 3),
        round(noisy.errors.rate, 4),
        round(commands.right_in_grammar, 3),
        round(strange.accepted, 3),
        round(quiet.cpu_s / quiet.audio_s, 4),
        round(load_ms),
        round(memory_mb, 1),
    )
    return asdict(figures)


def spoken(texts: Iterable[str], noise_db: float | None = None) -> Iterator[tuple[str, np.ndarray]]:
    """Yield texts and int16 samples, spoken by voices that nothing was trained on.

    Args:
        texts: what to say.
        noise_db: level of the speech above white noise; None for a quiet room.
    """
    speakers, rng = Speakers.for_tests(Random(_SEED)), np.random.default_rng(_SEED)
    for text in texts:
        samples = speakers.say(text).samples
        speech = np.pad(samples / np.abs(samples).max() * _LEVEL, (RATE // 4, RATE // 2))
        level = _ROOM
        if noise_db is not None:
            level = np.sqrt(np.mean(np.square(speech))) * 10 ** (-noise_db / 20)
        noisy = speech + rng.standard_normal(len(speech)) * level
        yield text, np.clip(np.round(noisy), -32768, 32767).astype(np.int16)


def recognised(asr: VoskAsr, samples: np.ndarray, grammar: Grammar | None = None) -> Hypothesis:
    """Return what a recogniser makes of samples that come in blocks of 100 ms."""
    stream = asr.open_stream(AsrRequest(RATE, grammar=grammar))
    try:
        for start in range(0, len(samples), _BLOCK):
            stream.accept(samples[start : start + _BLOCK])
        return stream.finish()
    finally:
        stream.close()


@dataclass
class _Heard:
    errors: WordErrors
    right: float
    right_in_grammar: float
    accepted: float
    cpu_s: float
    audio_s: float


def _heard(
    asr: VoskAsr, clips: Iterable[tuple[str, np.ndarray]], grammar: Grammar | None = None
) -> _Heard:
    errors, right, both, accepted, cpu_s, audio_s = WordErrors(), 0, 0, 0, 0.0, 0.0
    n_clips = 0
    for text, samples in clips:
        began = time.process_time()
        final = recognised(asr, samples, grammar)
        cpu_s += time.process_time() - began
        audio_s += len(samples) / RATE
        these = count_errors(text.split(), final.text.split())
        errors, n_clips = errors + these, n_clips + 1
        right += these.n_errors == 0
        accepted += bool(final.in_grammar)
        both += these.n_errors == 0 and bool(final.in_grammar)
    return _Heard(errors, right / n_clips, both / n_clips, accepted / n_clips, cpu_s, audio_s)
