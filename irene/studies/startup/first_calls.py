"""`python -m irene.studies.startup.first_calls`: first calls of engines beside later ones."""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irene.audio.samples import as_type
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.publishing.markdown import table
from irene.performance.speech.demo_question import demo_question
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import AsrRequest
from irene.providers.tts import SpeechRequest

KINDS = (Kind.VOICE_TRIGGER, Kind.VAD, Kind.ASR, Kind.TTS)
_LATER_CALLS = 9
_WINDOWS = 10
"""windows in one call of a listening engine"""


@dataclass(frozen=True)
class FirstCall:
    """How long an engine takes for the same work, the first time and later."""

    provider: str
    """kind and name"""
    cold_ms: float
    """first call in a process that has loaded the engine, but not warmed it up"""
    first_ms: float
    """first call after warming up"""
    steady_ms: float
    """median of later calls in that process"""

    @property
    def ratio(self) -> float:
        """First call after warming up, in steady calls."""
        return self.first_ms / self.steady_ms


def first_calls(
    rounds: int, kinds: Sequence[Kind] = KINDS, overrides: Sequence[str] = ()
) -> list[FirstCall]:
    """Return the first calls of the demo assistant's engines, medians over new processes.

    Args:
        rounds: processes for each kind, cold and warm.
        kinds: which engines.
        overrides: settings of the assistant other than the demo's, such as
            `asr.default_provider=whisper`.

    Raises:
        ConfigurationError: no such setting.
        ProviderFailedError: an engine died.
    """
    return [_first_call(kind, rounds, overrides) for kind in kinds]


def _first_call(kind: Kind, rounds: int, overrides: Sequence[str]) -> FirstCall:
    cold = [run_isolated(_timed_calls, kind, False, overrides) for _ in range(rounds)]
    warm = [run_isolated(_timed_calls, kind, True, overrides) for _ in range(rounds)]
    return FirstCall(
        provider=warm[0][0],
        cold_ms=statistics.median(times[0] for _, times in cold),
        first_ms=statistics.median(times[0] for _, times in warm),
        steady_ms=statistics.median(statistics.median(times[1:]) for _, times in warm),
    )


def _timed_calls(kind: Kind, warm: bool, overrides: Sequence[str]) -> tuple[str, list[float]]:
    """Load one engine and call it; return its name and the milliseconds of each call.

    It is called ten times if it is warmed up first, else once.
    """
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, overrides=overrides)
    serving = Assembly(config, registry).chain(kind).current
    serving.provider.load()
    if warm:
        serving.provider.warm_up()
    call = _CALLS[kind](serving.provider)
    times = []
    for _ in range(1 + _LATER_CALLS if warm else 1):
        began = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - began))
    return f"{kind}: {serving.name}", times


def _hear_wake_words(provider: Any) -> Callable[[], object]:
    window = np.zeros(provider.capabilities.window, np.int16)
    words = provider.available_wake_words()[:1]

    def call() -> None:
        stream = provider.open_stream(words)
        for _ in range(_WINDOWS):
            stream.process(window)

    return call


def _find_speech(provider: Any) -> Callable[[], object]:
    window = np.zeros(provider.capabilities.window, provider.capabilities.dtype)

    def call() -> None:
        stream = provider.open_stream()
        for _ in range(_WINDOWS):
            stream.process(window)

    return call


def _recognise(provider: Any) -> Callable[[], object]:
    samples = as_type(demo_question(0.0).samples, provider.capabilities.dtype)
    starts = iter(range(0, len(samples), 16))  # no call is answered by a cache

    def call() -> None:
        stream = provider.open_stream(AsrRequest())
        stream.accept(samples[next(starts) :])
        stream.finish()
        stream.close()

    return call


def _speak(provider: Any) -> Callable[[], object]:
    request = SpeechRequest("It is a quarter past four.")
    return lambda: list(provider.synthesize(request))


_CALLS: dict[Kind, Callable[[Any], Callable[[], object]]] = {
    Kind.VOICE_TRIGGER: _hear_wake_words,
    Kind.VAD: _find_speech,
    Kind.ASR: _recognise,
    Kind.TTS: _speak,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the first calls as a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.startup.first_calls", description=__doc__
    )
    parser.add_argument("--kind", choices=[str(kind) for kind in KINDS], action="append")
    parser.add_argument("--set", dest="overrides", metavar="KEY=VALUE", action="append", default=[])
    parser.add_argument("--rounds", type=int, default=5, help="processes, cold and warm")
    options = parser.parse_args(arguments)
    kinds = [Kind(name) for name in options.kind or KINDS]
    rows = [
        (
            one.provider,
            f"{one.cold_ms:.1f}",
            f"{one.first_ms:.1f}",
            f"{one.steady_ms:.1f}",
            f"{one.ratio:.2f}",
        )
        for one in first_calls(options.rounds, kinds, options.overrides)
    ]
    head = ("engine", "not warmed up, ms", "first, ms", "later, ms", "first / later")
    sys.stdout.write(table(head, rows) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
