"""What every section that chooses a provider holds, and one provider's own table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from irene.config.sections.limits import (
    CHANNELS,
    MEMORY_MB,
    NOT_NEGATIVE,
    POSITIVE,
    RATE_HZ,
    TIMEOUT_MS,
    WORKER_MB,
    WORKERS,
)


@dataclass(frozen=True, kw_only=True)
class ProviderTable:
    """One named provider: `[SECTION.providers.NAME]`, checked against what its plugin declares."""

    name: str
    """name of this instance"""
    type: str = ""
    """provider that serves it; the name itself unless given"""
    enabled: bool = True
    """whether it may be used"""
    sample_rate: int | None = field(default=None, metadata=RATE_HZ)
    """rate it is fed, instead of the section's"""
    channels: int | None = field(default=None, metadata=CHANNELS)
    """channels it is fed, instead of the section's"""
    max_concurrency: int | None = field(default=None, metadata=POSITIVE)
    """calls at the same time"""
    weight: float | None = field(default=None, metadata=NOT_NEGATIVE)
    """share of the calls, relative to the others, when several providers share the work; 1 unless
    given; 0 serves only when no other can"""
    isolation: Literal["thread", "process"] = "thread"
    """where it runs: on threads of the assistant, or in a process of its own"""
    workers: int | None = field(default=None, metadata=WORKERS)
    """processes of its own; 1 unless given"""
    memory_limit_mb: float | None = field(default=None, metadata=WORKER_MB)
    """memory that each process of its own may take"""
    memory_mb: float | None = field(default=None, metadata=MEMORY_MB)
    """main memory that it takes when it is loaded, 10^6 bytes; unless given, that is measured when
    it is loaded under a budget for the first time"""
    vram_mb: float | None = field(default=None, metadata=MEMORY_MB)
    """memory of a graphics card that it takes"""
    memory_priority: int | None = field(default=None, metadata={"range": (0, 10)})
    """how much it is worth to have it loaded, 0 to 10; 5 unless given. With a budget, what is worth
    least is unloaded first"""
    deadline_ms: int | None = field(default=None, metadata=TIMEOUT_MS)
    """longest time for which it is waited for, instead of the section's"""
    options: object = None
    """the provider's `Options`; None when no installed plugin offers the type"""


@dataclass(frozen=True, kw_only=True)
class SlotSection:
    """A section that fills a slot: it chooses a provider and those that stand in for it."""

    default_provider: str = ""
    """provider that is used first"""
    fallback_providers: tuple[str, ...] = ()
    """providers that stand in, in this order, when one cannot be loaded or fails"""
    providers: Mapping[str, ProviderTable] = field(default_factory=dict)
    """tables of the providers, by name"""
    default_may_miss: ClassVar[bool] = False
    """whether the assistant can do without, when nobody offers the default's default provider"""
