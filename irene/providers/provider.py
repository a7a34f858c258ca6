"""What every provider is, whatever its kind: named, checkable, loaded once, closed once."""

from __future__ import annotations

import threading
from abc import ABC
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from irene.domain.kinds import Kind
from irene.errors import ModelMissingError, ProviderUnavailableError
from irene.memory.budget.residence import Residence
from irene.memory.watermark import Shrinkable
from irene.providers.availability import READY, Availability, Licence, answered
from irene.providers.border import ForeignCode
from irene.providers.shared_engines import SharedEngines
from irene.telemetry.performance_metrics import PerformanceMetrics

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
        "memory_mb",
        "memory_priority",
        "vram_mb",
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

    residence: Residence | None = None
    """Its place in the memory budget; the framework sets it."""

    configured_as: str = ""
    """Name of its table, where that is another one than its own; the framework sets it."""

    def __init__(self, options: OptionsT | None = None) -> None:
        self.options: OptionsT = self.Options() if options is None else options
        self.engines = SharedEngines()
        """engines that this provider and others of its assistant hold between them, from `_load` to
        `_close`; the framework sets it before it loads the provider"""
        self.metrics = PerformanceMetrics()
        """takes the times of the provider's own stages: `with self.metrics.measure("asr.infer")`;
        the framework sets it before it loads the provider"""
        self._lock = threading.Lock()
        self._loaded = False

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return why a file or folder is no model for this provider; empty where none is seen.

        Asked when a model is imported, and answered without the engine: of what people bring
        along, much is something else, and some engines end the whole process over it.
        """
        return ""

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
            with ForeignCode(f"{self._called} did not load: "):
                self._require_ready()
                self._load_in_budget()
            self._loaded = True

    def warm_up(self) -> None:
        """Run the engine once on nothing, so that the first real call is as fast as later ones."""
        with self.held():
            self.load()
            with ForeignCode(f"{self._called} did not warm up: "):
                self._warm_up()

    def probe(self) -> None:
        """Make one short real request, to find out whether the engine works.

        Asked in the background, after a failure, on a thread of its own; others may be asking the
        provider at the same time.

        Raises:
            ProviderUnavailableError: something is missing.
            ProviderFailedError: the engine raised, or answered nonsense.
        """
        with self.held():
            self.load()
            with ForeignCode(f"{self._called} does not work: "):
                self._probe()

    def close(self) -> None:
        """Free engine and model; a second call does nothing, nor one while an engine hangs.

        It may be loaded again: the memory budget has models come and go.

        Raises:
            ProviderFailedError: the engine raised; it counts as closed all the same.
        """
        if not self._lock.acquire(timeout=_CLOSE_PATIENCE_S):
            return  # it is still loading: there is nothing yet that could be freed
        try:
            if self._loaded:
                self._loaded = False
                with ForeignCode(f"{self._called} did not close: "):
                    self._close()
        finally:
            self._lock.release()
            if self.residence is not None and not self._loaded:
                self.residence.gone()

    @property
    def ends_calls(self) -> bool:
        """Whether `close` ends calls that hang: the engine is not in this process.

        Any other engine is never closed under a call, which could take the process along.
        """
        return False

    def held(self) -> AbstractContextManager[None]:
        """Keep the memory budget from closing it inside of a `with` block."""
        return nullcontext() if self.residence is None else self.residence.held()

    def take_up(self) -> bool:
        """Return whether it is loaded; if so, it stays so for the call of the caller's lease.

        When it is not, the caller has to load it, and it stays loaded as well.
        """
        if self.residence is None:
            return self._loaded
        return self.residence.take_up(lambda: self._loaded)

    @property
    def is_loaded(self) -> bool:
        """Whether `load()` succeeded and `close()` was not called since."""
        return self._loaded

    @property
    def version(self) -> str:
        """Engine and model, exactly: what another version answered is not this one's answer.

        Known after `load()`. Whatever keeps answers keeps them by it.
        """
        return ""

    @property
    def caches(self) -> Sequence[Shrinkable]:
        """What it keeps in memory and can do without when that gets scarce."""
        return ()

    @property
    def _table(self) -> str:
        """Its table in the configuration, for messages: `asr.providers.kitchen`."""
        return f"{self.kind}.providers.{self.configured_as or self.name}"

    @property
    def _called(self) -> str:
        """How messages call it: by the name that the configuration has for it."""
        return f"{self.kind} provider {self.configured_as or self.name!r}"

    def _require_ready(self) -> None:
        availability = answered(self.check())
        if not availability.ready:
            kind = ModelMissingError if availability.is_model else ProviderUnavailableError
            raise kind(f"{self._called}: {availability}")

    def _load_in_budget(self) -> None:
        """Load; free it again when it turns out larger than the memory budget."""
        loads: AbstractContextManager[None]
        loads = nullcontext() if self.residence is None else self.residence.loading()
        is_there = False
        try:
            with loads:
                self._load()
                is_there = True
        except BaseException:
            if is_there:
                self._close()
            raise

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
