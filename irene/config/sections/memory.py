"""The section of what loaded models may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from irene.config.sections.limits import MEMORY_MB


@dataclass(frozen=True, kw_only=True)
class MemorySection:
    """What loaded models may take; caches and pools have limits of their own."""

    ram_budget_mb: float | None = field(default=None, metadata={**MEMORY_MB, "example": 1500.0})
    """main memory for all loaded models together, 10^6 bytes: the least valuable one that nobody
    uses is unloaded for another one, and loaded again when it is needed; no limit unless given"""
    vram_budget_mb: float | None = field(default=None, metadata={**MEMORY_MB, "example": 6000.0})
    """the same for the memory of a graphics card"""
