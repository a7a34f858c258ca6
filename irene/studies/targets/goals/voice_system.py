"""Goals of a voice system with caches and a memory arena."""

from __future__ import annotations

from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "answer-p95",
        "end of speech to transcript beyond the end silence, 95th percentile",
        at_most(500, "ms"),
        Source.VOICE,
        "answering",
    ),
    Target(
        "kept-answer",
        "time that an answer spares that is kept, against making it anew",
        at_least(60, "%"),
        Source.VOICE,
        "answers",
    ),
    Target(
        "pool-reuse",
        "buffers that are asked for and need no new memory",
        at_least(80, "%"),
        Source.VOICE,
        "pool",
    ),
    Target(
        "arena-allocation",
        "a step of a recorded trace in the arena, best fit, pushed together where needed",
        at_most(2, "ms"),
        Source.VOICE,
        "arena",
    ),
    Target(
        "arena-fragmentation",
        "mean share of its free memory that no single request could have",
        at_most(15, "%"),
        Source.VOICE,
        "arena",
    ),
    Target(
        "graphics-card",
        "share of the time in which the graphics card is busy",
        at_least(85, "%"),
        Source.VOICE,
        "",
        "no engine that listens by default runs on a graphics card",
    ),
)
