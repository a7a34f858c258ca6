"""What loading takes, part by part: the assistant loads its engines side by side, this does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from irene.components.assembly import Assembly
from irene.components.chain.provider_chain import ProviderChain
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry

_KINDS = (Kind.VOICE_TRIGGER, Kind.VAD, Kind.ASR, Kind.TTS)


def load_times_ms() -> dict[str, float]:
    """Return wall milliseconds to load and warm up each part of the demo assistant, in turn.

    To be run in a new process: what is imported already costs nothing.

    Raises:
        ProviderUnavailableError: an engine is missing.
    """
    times: dict[str, float] = {}
    began = time.perf_counter()
    registry = ComponentRegistry.installed()
    config = load_config("demo", registry=registry, environ={})
    times["finding plugins, reading the configuration"] = _ms_since(began)
    assembly = Assembly(config, registry)
    for kind in _KINDS:
        chain = assembly.chain(kind)
        took_ms = _took(partial(_warm_up, chain))
        times[f"{kind}: {chain.current.name}"] = took_ms
    understanding = assembly.understanding()
    if understanding is not None:
        language = config.assistant.language
        times["intents: sentences and handlers"] = _took(partial(understanding.load, language))
    return times


def _warm_up(chain: ProviderChain[Any]) -> None:
    chain.current.provider.warm_up()


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return _ms_since(began)


def _ms_since(began: float) -> float:
    return 1000 * (time.perf_counter() - began)
