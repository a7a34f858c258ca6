"""Whether another configuration would work: its components are checked and loaded beside the old.

What is heard and said meanwhile goes its way; a failure leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from irene.audio.plan import AudioPlan
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.threads import in_thread
from irene.domain.audio import AudioFormat
from irene.domain.events import CallAbandoned, Event, ProviderFailed
from irene.errors import (
    ConfigurationError,
    IreneError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene.memory.usage import process_usage
from irene.pipeline.input_plan import input_plan
from irene.pipeline.preflight import Preflight
from irene.pipeline.reloading.freeing import free
from irene.pipeline.reloading.successor import Successor
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode, one_line

_Work = Callable[[], object]


class HeldReport:
    """Keeps what is reported of components on trial; once they serve, it is told at once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._held: list[Event] | None = []
        self._told: type[Event] = Event

    def __call__(self, event: Event) -> None:
        """Take an event; from any thread."""
        with self._lock:
            if self._held is not None:
                self._held.append(event)
                return
        if isinstance(event, self._told):
            self._report(event)

    @property
    def failures(self) -> dict[str, str]:
        """Why providers failed so far, by their names."""
        held = self._held or ()
        return {one.provider: one.reason for one in held if isinstance(one, ProviderFailed)}

    def release(self) -> None:
        """Tell everything, and hold nothing back any more."""
        self._tell(Event)

    def drop(self) -> None:
        """Tell, now and later, only of threads that hang: these stay, whoever serves."""
        self._tell(CallAbandoned)

    def _tell(self, kind: type[Event]) -> None:
        with self._lock:
            held, self._held, self._told = self._held or (), None, kind
        for event in held:
            self(event)


class Trial:
    """Brings a successor to where it could serve at once.

    A provider that is new, and is to serve first, must load; others that cannot be loaded are
    left out, as at a start.
    """

    def __init__(
        self, successor: Successor, registry: ComponentRegistry, report: HeldReport
    ) -> None:
        self._successor = successor
        self._registry = registry
        self._report = report
        self._is_discarded = False
        self._leaders = list(_leaders(successor))

    async def passed(self, source: AudioFormat | None) -> AudioPlan | None:
        """Check and load everything that is new; return how audio is to flow.

        `source` is what the input brings; None when it is not open.

        Raises:
            IreneError: it would not work; everything that was made for it is closed again. A
                `ConfigurationError` carries every problem.
        """
        try:
            await self._in_time("check", partial(self._check, source))
            await self._load()
            self._require_leaders()
            await self._in_time("grammar", self._guide)
            self._require_memory()
            if source is None:
                return None
            await self._in_time("echo", partial(self._begin_own_voice, source))
            return await in_thread("plan", partial(input_plan, self._successor.parts, source))
        except BaseException:
            await self.discard()
            raise

    async def discard(self) -> None:
        """Close everything that was made for it; what still loads, as soon as it has loaded."""
        self._is_discarded = True
        self._report.drop()
        await in_thread("close", self._close)

    def _check(self, source: AudioFormat | None) -> None:
        successor = self._successor
        Preflight(successor.parts, successor.config, self._registry).require_beside(source)
        lines = [
            f"{chain.kind} provider {leader.name!r}: {leader.availability}"
            for chain, leader in self._leaders
            if not leader.is_ready
        ]
        if lines:
            raise ConfigurationError("\n".join(lines))

    async def _load(self) -> None:
        """Load side by side; all of it is waited for, and every reason is told."""
        loading = (self._in_time(name, work) for name, work in self._loaders())
        outcomes = await asyncio.gather(*loading, return_exceptions=True)
        failures = [one for one in outcomes if isinstance(one, BaseException)]
        for failure in failures:
            if not isinstance(failure, IreneError):
                raise failure
        if failures:
            raise ConfigurationError("\n".join(map(str, failures))) from failures[0]

    def _loaders(self) -> Iterator[tuple[str, _Work]]:
        successor, parts = self._successor, self._successor.parts
        for chain in successor.new_chains:
            yield str(chain.kind), partial(_warm_up, chain)
        if successor.is_new("earcons"):
            yield "sounds", parts.mouth.earcons.load
        if parts.understanding is not None and successor.is_new("understanding"):
            yield "intents", partial(parts.understanding.load, successor.config.assistant.language)

    def _guide(self) -> None:
        """Open the streams that will be opened, and compile the grammar, to see that it works."""
        successor, parts = self._successor, self._successor.parts
        if parts.mouth.voice is not None and successor.is_new("voice"):
            parts.mouth.voice.check()
        if parts.trigger is not None and successor.is_new("trigger"):
            section = parts.trigger.slot.section
            _try_stream(parts.trigger.slot.chain, section.wake_words)
        if any(parts.vad.chain is chain for chain in successor.new_chains):
            with ForeignCode():
                parts.vad.chain.current.provider.open_stream().close()
        if parts.stop_words is not None and successor.is_new("stop_words"):
            _try_stream(parts.stop_words.chain, successor.config.voice_trigger.stop_words)
        if successor.is_new("asr"):
            parts.guide.renew()
        elif successor.is_new("understanding"):
            parts.guide.prepare_renewal()

    def _begin_own_voice(self, source: AudioFormat) -> None:
        parts = self._successor.parts
        if self._successor.is_new("own_voice"):
            parts.own_voice.begin(source.sample_rate, parts.inputs.current.provider.live)

    def _require_leaders(self) -> None:
        for chain, leader in self._leaders:
            if all(one is not leader for one in chain.candidates()):
                reason = self._report.failures.get(leader.name, "it did not load")
                raise ProviderFailedError(f"{chain.kind} provider {leader.name!r}: {reason}")

    def _require_memory(self) -> None:
        """Old and new are both there now, which may be more than there is room for."""
        limit_mb = self._successor.config.assistant.memory_limit_mb
        if not limit_mb or not any(one.is_loaded for one in self._successor.new):
            return
        usage = process_usage(int(limit_mb * 1e6))
        if usage.used > usage.limit:
            raise ConfigurationError(
                f"assistant.memory_limit_mb = {limit_mb:g}: with what was loaded beside it the "
                f"assistant takes {usage.used / 1e6:.0f} MB; raise it, or restart"
            )

    async def _in_time(self, name: str, work: _Work) -> None:
        limit_ms = self._successor.config.assistant.load_timeout_ms
        try:
            await in_thread("reload", partial(self._do, work), limit_ms / 1000)
        except asyncio.TimeoutError as error:
            raise ProviderFailedError(
                f"{name} did not load within assistant.load_timeout_ms = {limit_ms}"
            ) from error

    def _do(self, work: _Work) -> None:
        try:
            work()
        finally:
            if self._is_discarded:  # it was given up meanwhile
                self._close()

    def _close(self) -> None:
        """Close what nobody will use."""
        successor = self._successor
        staying = [one.provider for one in successor.before.made]
        if successor.parts.understanding is not None and successor.is_new("understanding"):
            successor.parts.understanding.close(staying)
        if successor.is_new("own_voice"):
            successor.parts.own_voice.end()
        for provider in successor.new:
            free(provider, successor.new_chains)


def _leaders(successor: Successor) -> Iterator[tuple[ProviderChain[Any], Candidate[Any]]]:
    """Yield the providers that are new and are to serve as long as they are well."""
    new = {id(provider) for provider in successor.new}
    for chain in successor.new_chains:
        candidates = chain.candidates()
        for candidate in candidates if _is_balanced(chain) else candidates[:1]:
            if id(candidate.made) in new:
                yield chain, candidate


def _is_balanced(chain: ProviderChain[Any]) -> bool:
    return chain.sharing.settings.strategy != "primary_fallback"


def _warm_up(chain: ProviderChain[Any]) -> None:
    """Have ready whoever is to serve; those that are at work already must not be disturbed.

    Raises:
        ProviderUnavailableError: nobody can be loaded.
    """
    reasons = []
    for candidate in chain.candidates():
        try:
            if not candidate.provider.is_loaded:
                candidate.provider.warm_up()
        except IreneError as error:
            reasons.append(one_line(error))
            chain.drop(candidate.name, reasons[-1])
        else:
            if not _is_balanced(chain):
                return
    if not chain.candidates():
        raise ProviderUnavailableError("; ".join(reasons) or f"no {chain.kind} provider is enabled")


def _try_stream(chain: ProviderChain[Any], words: tuple[str, ...]) -> None:
    with ForeignCode():
        chain.current.provider.open_stream(words).close()
