"""`python -m irene.studies.accuracy.whisper_variants`: engines for Whisper, in variants."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from irene.audio.samples import as_type, to_mono
from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.domain.speech import Hypothesis
from irene.errors import ProviderUnavailableError
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.peak_memory import resident_mb
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import Recording, read_manifest
from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import Asr, AsrRequest
from irene.providers.border import one_line

_RATE = 16000
_PLAIN = "float32"
"""the variant that others are compared with"""
_LONGEST_S = 10.0
"""recordings that are longer are no commands"""


@dataclass(frozen=True)
class Variant:
    """A recogniser with options, and how many utterances it gets at a time."""

    name: str
    provider: str
    options: Mapping[str, object] = field(default_factory=dict)
    callers: int = 1
    """threads, each with an utterance of its own"""


@dataclass(frozen=True)
class Found:
    """What a variant made of all recordings, in a process of its own."""

    variant: Variant
    errors: WordErrors
    n_languages_right: int
    n_clips: int
    pass_s: float
    """wall seconds for all recordings, the least of all rounds"""
    cpu_s: float
    """CPU seconds for all recordings over all threads, the least of all rounds"""
    loaded_mb: float
    """resident memory that importing, loading and warming up took, 10^6 bytes"""


def variants(checkpoint: Path, folder: Path, is_trained: bool = True) -> list[Variant]:
    """Return what is compared: engines, types of numbers, and ways to do several at a time.

    An untrained model is sure of nothing, so its texts are not tried again at higher temperatures.
    """
    shared = {"language": "auto", "threads": 1, "temperature_fallback": is_trained}
    model = shared | {"model": str(folder), "batch": 1}
    theirs = shared | {"model": str(checkpoint), "compute_type": "float32"}
    exact = model | {"compute_type": "float32"}
    return [
        Variant("openai-whisper", "whisper", theirs),
        Variant("openai-whisper, float16", "whisper", theirs | {"compute_type": "float16"}),
        Variant(_PLAIN, "faster-whisper", exact),
        Variant("int8", "faster-whisper", model | {"compute_type": "int8"}),
        Variant("float16", "faster-whisper", model | {"compute_type": "float16"}),
        Variant("float32, beam of 5", "faster-whisper", exact | {"beam_size": 5}),
        Variant("float32, 4 at once in turn", "faster-whisper", exact, 4),
        Variant("float32, 4 at once, 2 side by side", "faster-whisper", exact | {"parallel": 2}, 4),
        Variant("float32, 4 at once together", "faster-whisper", exact | {"batch": 4}, 4),
        Variant("int8, 4 at once together", "faster-whisper", model | {"batch": 4}, 4),
    ]


def try_variant(variant: Variant, recordings: Path, rounds: int, most: int | None = None) -> Found:
    """Let a variant recognise the commands of a folder; to be run in a fresh process.

    The first `most` of them; None: all.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    said = [
        one
        for one in read_manifest(recordings)
        if one.phrase and one.read(registry).duration_s <= _LONGEST_S
    ][:most]
    clips = [_samples(one, registry) for one in said]
    before_mb = resident_mb()
    options = registry.find(Kind.ASR, variant.provider).cls.Options(**variant.options)
    asr = registry.create(Kind.ASR, variant.provider, options)
    assert isinstance(asr, Asr)
    asr.warm_up()
    loaded_mb = resident_mb() - before_mb
    heard, pass_s, cpu_s = _best_pass(asr, clips, variant.callers, rounds)
    asr.close()
    pairs = list(zip(said, heard, strict=True))
    return Found(
        variant,
        sum((_errors(one, hypothesis) for one, hypothesis in pairs), WordErrors()),
        sum(one.language == hypothesis.language for one, hypothesis in pairs),
        len(said),
        pass_s,
        cpu_s,
        loaded_mb,
    )


def _best_pass(
    asr: Asr[Any], clips: Sequence[Samples], callers: int, rounds: int
) -> tuple[list[Hypothesis], float, float]:
    """Return what is heard, and the least wall and CPU seconds for all of it."""
    heard: list[Hypothesis] = []
    passes_s, cpus_s = [], []
    with ThreadPoolExecutor(callers) as pool:
        for _ in range(rounds):
            began_s, before_s = time.perf_counter(), time.process_time()
            heard = list(pool.map(lambda samples: _heard(asr, samples), clips))
            passes_s.append(time.perf_counter() - began_s)
            cpus_s.append(time.process_time() - before_s)
    return heard, min(passes_s), min(cpus_s)


def _heard(asr: Asr[Any], samples: Samples) -> Hypothesis:
    stream = asr.open_stream(AsrRequest(_RATE))
    try:
        stream.accept(samples)
        return stream.finish()
    finally:
        stream.close()


def _samples(recording: Recording, registry: ComponentRegistry) -> Samples:
    return as_type(to_mono(recording.read(registry).samples), "float32").astype(np.float32)


def _errors(recording: Recording, heard: Hypothesis) -> WordErrors:
    return count_errors(plain_words(recording.phrase), plain_words(heard.text))


def describe(found: Sequence[Found], is_trained: bool = True) -> str:
    """Return the table; times are ratios to float32 on CTranslate2, one recording at a time.

    What an untrained model wrote is left out.
    """
    plain = next(one for one in found if one.variant.name == _PLAIN)
    head = ["variant", "CPU time", "wall time", "memory, MB"]
    rows = [
        [
            f"{one.variant.provider}: {one.variant.name}",
            f"{one.cpu_s / plain.cpu_s:.2f}",
            f"{one.pass_s / plain.pass_s:.2f}",
            f"{one.loaded_mb:.0f}",
        ]
        for one in found
    ]
    if is_trained:
        head += ["WER", "languages right"]
        for row, one in zip(rows, found, strict=True):
            right = f"{one.n_languages_right} of {one.n_clips}"
            row += [f"{100 * one.errors.rate:.1f} %", right]
    return table(head, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m irene.studies.accuracy.whisper_variants")
    parser.add_argument("--checkpoint", type=Path, required=True, help="file for openai-whisper")
    parser.add_argument("--folder", type=Path, required=True, help="the same, for CTranslate2")
    parser.add_argument("--recordings", type=Path, required=True, help="folder with a manifest")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most", type=int, help="recordings that are heard; all unless given")
    parser.add_argument("--untrained", action="store_true", help="only what time it takes counts")
    parser.add_argument("--page", type=Path, help="page whose block is replaced")
    parser.add_argument("--block", default="variants", help="its name")
    options = parser.parse_args(arguments)

    def measure() -> Mapping[str, str]:
        found, lacking = [], []
        for variant in variants(options.checkpoint, options.folder, not options.untrained):
            try:
                found.append(
                    run_isolated(
                        try_variant, variant, options.recordings, options.rounds, options.most
                    )
                )
            except ProviderUnavailableError as error:  # such as a type that the processor lacks
                lacking.append(f"{variant.provider}: {variant.name}: {one_line(error)}")
        if not any(one.variant.name == _PLAIN for one in found):
            raise ProviderUnavailableError("; ".join(lacking))
        return {options.block: "\n\n".join([describe(found, not options.untrained), *lacking])}

    return publish(measure, options.page)


if __name__ == "__main__":
    sys.exit(main())
