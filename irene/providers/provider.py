"""What every provider is, whatever its kind: named, checkable, loaded once, closed once."""

from __future__ import annotations

import threading
from abc import ABC
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from irene.domain.kinds import Kind
from irene.errors import ModelMissingError, ProviderUnavailableError
from irene.providers.availability import READY, Availability, Licence
from irene.providers.border import ForeignCode
from irene.providers.shared_engines import SharedEngines

RESERVED_OPTIONS = frozenset(
    {
        "type",
        "enabled",
        "sample_rate",
        "channels",
        "max_concurrency",
        "weight",
        "isolation",
        "workers",
        "memory_limit_mb",
        "deadline_ms",
    }
)
"""Keys of a provider's TOML table that belong to the framework."""


_CLOSE_PATIENCE_S = 0.2
"""longest wait for an engine that is loading while it is to be closed"""


@dataclass(frozen=True)
class NoOptions:
    """The options of a provider that has none."""


OptionsT = TypeVar("OptionsT")


class Provider(ABC, Generic[OptionsT]):
    """A part that fills a slot of the assistant.

    A subclass names itself, declares `Options` and `capabilities`, and overrides `_check`,
    `_load`, `_warm_up` and `_close` as needed. Importing its module must be cheap and must never
    fail: the engine is imported in `_load`. Everything here is plain blocking code; the framework
    owns threads and deadlines. After `load()` a provider is immutable and shared by all sessions:
    state lives in the stream objects that it opens.
    """

    kind: ClassVar[Kind]
    """The slot this class fills; set by the contract of the kind."""
    name: ClassVar[str]
    """What the configuration calls it; lower case, unique among providers of its kind."""
    summary: ClassVar[str] = ""
    """One line for `irene providers`."""
    licence: ClassVar[Licence] = Licence("Apache-2.0")
    """Licences of engine and models."""
    capabilities: Any = None
    """What it takes and can do, as data; the contract of the kind gives the type. An instance may
    set its own in `__init__`; the framework sets `max_concurrency` there when it is configured."""
    Options: ClassVar[type[Any]] = NoOptions
    """Frozen dataclass of the provider's own keys, each with a default and a docstring."""

    def __init__(self, options: OptionsT | None = None) -> None:
        self.options: OptionsT = self.Options() if options is None else options
        self.engines = SharedEngines()
        """engines that this provider and others of its assistant hold between them, from `_load` to
        `_close`; the framework sets it before it loads the provider"""
        self._lock = threading.Lock()
        self._loaded = False

    def check(self) -> Availability:
        """Say whether the engine and its model are there, without importing the engine."""
        return self._check()

    def load(self) -> None:
        """Load engine and model; a second call does nothing.

        Raises:
            ProviderUnavailableError: something is missing; the message names the cure.
            ProviderFailedError: the engine raised while it was loading.
        """
        with self._lock:
            if self._loaded:
                return
            with ForeignCode(f"{self.kind} provider {self.name!r} did not load: "):
                self._require_ready()
                self._load()
            self._loaded = True

    def warm_up(self) -> None:
        """Run the engine once on nothing, so that the first real call is as fast as later ones."""
        self.load()
        with ForeignCode(f"{self.kind} provider {self.name!r} did not warm up: "):
            self._warm_up()

    def probe(self) -> None:
        """Make one short real request, to find out whether the engine works.

        Asked in the background, after a failure, on a thread of its own; others may be asking the
        provider at the same time.

        Raises:
            ProviderUnavailableError: something is missing.
            ProviderFailedError: the engine raised, or answered nonsense.
        """
        self.load()
        with ForeignCode(f"{self.kind} provider {self.name!r} does not work: "):
            self._probe()

    def close(self) -> None:
        """Free engine and model; a second call does nothing, nor one while an engine hangs."""
        if not self._lock.acquire(timeout=_CLOSE_PATIENCE_S):
            return  # it is still loading: there is nothing yet that could be freed
        try:
            if self._loaded:
                self._loaded = False
                self._close()
        finally:
            self._lock.release()

    @property
    def is_loaded(self) -> bool:
        """Whether `load()` succeeded and `close()` was not called since."""
        return self._loaded

    def _require_ready(self) -> None:
        availability = self.check()
        if not availability.ready:
            kind = ModelMissingError if availability.is_model else ProviderUnavailableError
            raise kind(f"{self.kind} provider {self.name!r}: {availability}")

    def _check(self) -> Availability:
        return READY

    def _load(self) -> None:
        """Import the engine and load the model."""

    def _warm_up(self) -> None:
        """Run the engine once on silence."""

    def _probe(self) -> None:
        """Ask the engine for something short; the contract of a kind does, where that is possible.

        What has no engine to ask is checked instead.
        """
        self._require_ready()

    def _close(self) -> None:
        """Free what `_load` took."""
