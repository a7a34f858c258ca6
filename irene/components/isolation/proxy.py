"""What every isolated provider is: one of its kind here, the engine in workers."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from irene.components.isolation.pool import WorkerPool
from irene.components.isolation.worker import Facts
from irene.providers.availability import Availability
from irene.providers.provider import Provider


class IsolatedProvider(Provider[Any]):
    """Stands for a provider that runs in workers, and answers as that would.

    What can be said without the engine, the provider itself says here, where it is never loaded.
    Everything else is asked of a worker. Streams go to the worker with the fewest; when one dies,
    its streams raise `ProviderFailedError` and it is started again.
    """

    def __init__(self, original: Provider[Any], pool: WorkerPool) -> None:
        """`original` is the provider, not loaded."""
        super().__init__(original.options)
        self._original = original
        self.pool = pool
        """the workers"""
        self.facts: Facts | None = None
        """what is known since it was loaded"""
        # Class variables of every other provider: here each object stands for another one.
        self.name = original.name  # type: ignore[misc]
        self.summary = original.summary  # type: ignore[misc]
        self.licence = original.licence  # type: ignore[misc]
        self.capabilities = self._many_at_once(original.capabilities)

    @property
    def may_serve(self) -> bool:
        """Whether a worker is up or will be shortly; False in quarantine."""
        return not self.is_loaded or self.pool.may_serve

    @property
    def version(self) -> str:
        """Engine and model, as the worker says; before it is loaded, as the provider says here."""
        return self._original.version if self.facts is None else self.facts.version

    @property
    def ends_calls(self) -> bool:
        """True: the calls end with the workers."""
        return True

    def close(self) -> None:
        """End the workers at once, also while they load."""
        self.pool.close()
        super().close()

    def _check(self) -> Availability:
        return self._original.check()

    def _load(self) -> None:
        self.facts = self.pool.start()
        self.capabilities = self._many_at_once(self.facts.capabilities)

    def _warm_up(self) -> None:
        self.pool.warm()

    def _many_at_once(self, capabilities: Any) -> Any:
        """Return capabilities with the streams that all workers take together."""
        if not is_dataclass(capabilities) or isinstance(capabilities, type):
            return capabilities
        if "max_concurrency" not in {field.name for field in fields(capabilities)}:
            return capabilities
        limit = getattr(self._original.capabilities, "max_concurrency", 1)
        return replace(capabilities, max_concurrency=limit * self.pool.settings.workers)

    def _asked(self, method: str, *arguments: Any) -> Any:
        """Ask a worker; before anything is loaded, the provider here."""
        if not self.is_loaded:
            return getattr(self._original, method)(*arguments)
        with self.pool.lease() as lease:
            return lease.provider(method, *arguments)
