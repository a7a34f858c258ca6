"""What it costs to have two recognisers in turn, with memory for both and for one.

::

    python -m irene.studies.memory.model_budget

Each row comes from a process of its own. The recording is what the assistant's own voice says.
The model for Vosk is small; its table declares 120 MB, so that both together are too much.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.memory.usage import return_free_memory
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.measuring.peak_memory import resident_mb
from irene.performance.publishing.markdown import table
from irene.performance.speech.recordings import BUNDLED
from irene.plugin.registry import ComponentRegistry

_MODEL = BUNDLED.parent / "models" / "vosk" / "irene-commands-en"
_DECLARED_MB = 120.0
"""what Vosk's table says that it takes: a model for more than commands would"""
_TEXT = "what time is it"
_PROVIDERS = ("vosk", "pocketsphinx")


@dataclass(frozen=True, slots=True)
class Turns:
    """What became of two recognisers that were asked in turn."""

    seconds: tuple[float, ...]
    """time of each answer, with the loading where that was necessary"""
    texts: tuple[str, ...]
    """what was heard"""
    loaded: int
    """models that were loaded at the end"""
    resident_mb: float
    """memory of the process at the end, 10^6 bytes"""


def in_turn(model: Path, budget_mb: float | None, turns: int) -> Turns:
    """Ask Vosk and PocketSphinx in turn what is said in one recording."""
    registry = ComponentRegistry.installed()
    providers = {"vosk": {"model": str(model), "memory_mb": _DECLARED_MB}, "pocketsphinx": {}}
    asr_table = {"default_provider": "vosk", "fallback_providers": ["pocketsphinx"]}
    config = {
        "memory": {} if budget_mb is None else {"ram_budget_mb": budget_mb},
        "asr": {**asr_table, "providers": providers},
        "tts": {"providers": {"espeak": {"memory_mb": 1}}},
    }
    assembly = Assembly(load_config(config, registry=registry, environ={}), registry)
    clip, asr = _spoken(assembly), assembly.asr()
    seconds, texts = [], []
    for turn in range(turns):
        began = time.perf_counter()
        recognition = asr.recognize(clip, _PROVIDERS[turn % 2])
        seconds.append(time.perf_counter() - began)
        texts.append(recognition.hypothesis.text)
    loaded = sum(one.provider.is_loaded for one in asr.slot.chain.candidates())
    return_free_memory()
    kept_mb = resident_mb()
    asr.close()
    return Turns(tuple(seconds), tuple(texts), loaded, kept_mb)


def _spoken(assembly: Assembly) -> AudioChunk:
    voice = assembly.voice()
    assert voice is not None, "the default configuration has a voice"
    blocks = list(voice.say(_TEXT, "en").blocks())
    rate = blocks[0].sample_rate
    quiet = np.zeros(rate // 2, np.int16)
    chunk = AudioChunk(np.concatenate([quiet, *(one.samples for one in blocks), quiet]), rate)
    voice.close()
    return chunk


def _rows(model: Path, budgets: Sequence[float | None], turns: int) -> list[tuple[str, ...]]:
    rows = []
    for budget_mb in budgets:
        found = run_isolated(in_turn, model, budget_mb, turns)
        later = [found.seconds[start::2][1:] for start in (0, 1)]
        rows.append(
            (
                "none" if budget_mb is None else f"{budget_mb:g} MB",
                *(f"{1000 * found.seconds[index]:.0f}" for index in (0, 1)),
                *(f"{1000 * min(one):.0f}" for one in later),
                str(found.loaded),
                f"{found.resident_mb:.0f}",
            )
        )
    return rows


@click.command()
@click.option("--model", default=_MODEL, type=click.Path(path_type=Path), help="Folder for Vosk.")
@click.option("--budget", default=160.0, show_default=True, help="10^6 bytes, room for one.")
@click.option("--turns", default=6, show_default=True, type=click.IntRange(4), help="Questions.")
def main(model: Path, budget: float, turns: int) -> None:
    """Print what two recognisers cost with and without a budget, as Markdown."""
    names = [f"{name}, ms" for name in _PROVIDERS]
    header = ("budget", *(f"first {name}" for name in names), *(f"later {name}" for name in names))
    rows = _rows(model, (None, budget), turns)
    click.echo(f"{table((*header, 'loaded at the end', 'MB resident'), rows)}\n")
    click.echo(f"Measured with `python -m irene.studies.memory.model_budget` on: {Machine.here()}.")


if __name__ == "__main__":
    main()
