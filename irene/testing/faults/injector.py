"""Wrapping providers so that calls of them go wrong as planned."""

from __future__ import annotations

import inspect
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, TypeVar, cast

from irene.plugin.hookspecs import CONTRACTS
from irene.providers.provider import Provider
from irene.testing.faults.fault import EVERY_CALL, Fault, PlannedFault, odd_error
from irene.testing.faults.spoiling import emptied, mistyped, spoiled
from irene.testing.faults.watching import WatchedStream, WatchedStreams

P = TypeVar("P", bound=Provider[Any])

_OPENING = frozenset({"open_stream", "open_matcher"})
_OWN = {"_check": "check", "_load": "load", "_warm_up": "warm_up", "_close": "close"}
_NOTHING_MORE = object()
_GROWTH_BYTES = 2**20
_LONGEST_HANG_S = 600.0
"""a test that forgets to release what hangs ends all the same"""


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that has come."""

    site: str
    """KIND.PROVIDER.CALL"""
    fault: Fault
    number: int
    """the how manieth call of this site it was, since the faults were planned"""

    @property
    def kind(self) -> str:
        """Kind of the provider."""
        return self.site.split(".", 1)[0]

    @property
    def provider(self) -> str:
        """Name of the provider."""
        return self.site.split(".", 2)[1]


class FaultInjector:
    """Makes calls of the providers that it wraps go wrong, as planned; may be used by any thread.

    ::

        faults = FaultInjector()
        registry = registry_of(faults.wrap(MyAsr), ScriptedVad, ...)
        faults.plan(PlannedFault("asr.mine.stream.accept", Fault.RAISE, 3))

    Nothing goes wrong unless it is planned. The same plan and seed give the same faults, whatever
    else the threads do: calls are counted per site.
    """

    def __init__(self, seed: int = 0, slow_s: float = 0.005) -> None:
        """`seed` decides what garbage looks like, `slow_s` how long a slow call takes more."""
        self._seed = seed
        self._slow_s = slow_s
        self._lock = threading.Lock()
        self._planned: tuple[PlannedFault, ...] = ()
        self._calls: Counter[str] = Counter()
        self._injected: list[Injected] = []
        self._released = threading.Event()
        self._hanging: Counter[str] = Counter()
        self._kept: list[bytearray] = []
        self.streams = WatchedStreams()
        """the streams that wrapped providers have opened"""
        self.breaches: list[str] = []
        """what the framework did against the contract of streams, one line each"""
        self.on_hang: Callable[[str], None] = lambda site: None
        """told the site of a call that begins to hang, on its thread"""

    def plan(self, *faults: PlannedFault) -> None:
        """Plan what goes wrong from now on, instead of what was planned; calls count anew."""
        with self._lock:
            self._planned = faults
            self._calls.clear()
            self._injected = []

    def release(self) -> None:
        """Let every call that hangs go on, and free what was kept."""
        with self._lock:
            released, self._released = self._released, threading.Event()
            self._kept.clear()
        released.set()

    @property
    def injected(self) -> tuple[Injected, ...]:
        """What has gone wrong since the last `plan`."""
        with self._lock:
            return tuple(self._injected)

    @property
    def hanging(self) -> tuple[str, ...]:
        """Sites of the calls that hang now."""
        with self._lock:
            return tuple(self._hanging.elements())

    def wrap(self, cls: type[P], name: str = "") -> type[P]:
        """Return a provider class that does what `cls` does, but for what is planned.

        Args:
            cls: provider class of any kind.
            name: what the configuration calls it; empty keeps the name.
        """
        name = name or cls.name
        contract = next(one for one in CONTRACTS.values() if one.kind is cls.kind)
        offered = [call for call, one in vars(contract).items() if inspect.isfunction(one)]
        own = [one for one in offered if not one.startswith("_") and _differs(cls, contract, one)]
        prefix = f"{cls.kind}.{name}"
        body: dict[str, Any] = {"name": name, "__doc__": cls.__doc__, "__module__": __name__}
        for method in [*own, *_OWN]:
            site = f"{prefix}.{_OWN.get(method, method)}"
            body[method] = self._wrapped(getattr(cls, method), site, prefix)
        return cast("type[P]", type(f"Faulty{cls.__name__}", (cls,), body))

    def around(self, site: str, call: Callable[[], Any]) -> Any:
        """Make a call of a site, or what is planned instead of it."""
        number, fault = self._next(site)
        if fault is None:
            return call()
        random = Random(f"{self._seed} {site} {number}")
        return self._gone_wrong(fault, site, call, random)

    def _next(self, site: str) -> tuple[int, Fault | None]:
        with self._lock:
            self._calls[site] += 1
            number = self._calls[site]
            kind, _, call = site.split(".", 2)
            for planned in self._planned:
                is_here = planned.site in (site, f"{kind}.*.{call}")
                if is_here and planned.number in (number, EVERY_CALL):
                    self._injected.append(Injected(site, planned.fault, number))
                    return number, planned.fault
        return number, None

    def _gone_wrong(self, fault: Fault, site: str, call: Callable[[], Any], random: Random) -> Any:
        if fault is Fault.RAISE:
            raise RuntimeError(f"planned for {site}")
        if fault is Fault.ODD:
            raise odd_error(random)
        if fault is Fault.EXIT:
            sys.exit(3)
        self._before(fault, site, call)
        result = call()
        after: dict[Fault, Callable[[], Any]] = {
            Fault.EMPTY: lambda: emptied(result),
            Fault.GARBAGE: lambda: spoiled(result, random),
            Fault.WRONG_TYPE: lambda: mistyped(random),
        }
        return after.get(fault, lambda: result)()

    def _before(self, fault: Fault, site: str, call: Callable[[], Any]) -> None:
        if fault is Fault.HANG:
            self._hang(site)
        elif fault is Fault.SLOW:
            self._released.wait(self._slow_s)
        elif fault is Fault.TWICE:
            call()
        elif fault is Fault.GROW:
            self._kept.append(bytearray(_GROWTH_BYTES))

    def _hang(self, site: str) -> None:
        with self._lock:
            released = self._released
            self._hanging[site] += 1
        self.on_hang(site)
        released.wait(_LONGEST_HANG_S)
        with self._lock:
            self._hanging[site] -= 1

    def _wrapped(self, method: Callable[..., Any], site: str, prefix: str) -> Callable[..., Any]:
        injector = self
        opens = site.rsplit(".", 1)[1] in _OPENING

        def call(provider: Any, *args: Any, **kwargs: Any) -> Any:
            result = injector.around(site, partial(method, provider, *args, **kwargs))
            if opens and result is not None:
                return injector._watched(result, prefix)
            return injector._blocks(result, prefix) if isinstance(result, Iterator) else result

        return call

    def _watched(self, stream: Any, prefix: str) -> WatchedStream:
        watched = WatchedStream(stream, f"{prefix}.stream", self.around, self.breaches)
        self.streams.add(watched)
        return watched

    def _blocks(self, blocks: Iterator[Any], prefix: str) -> Iterator[Any]:
        """Yield what a provider yields; each of its blocks may go wrong."""
        try:
            while True:
                block = self.around(f"{prefix}.block", partial(next, blocks, _NOTHING_MORE))
                if block is _NOTHING_MORE:
                    return
                yield block
        finally:
            close = getattr(blocks, "close", None)
            if close is not None:
                close()


def _differs(cls: type[Any], contract: type[Any], method: str) -> bool:
    return getattr(cls, method) is not getattr(contract, method)
