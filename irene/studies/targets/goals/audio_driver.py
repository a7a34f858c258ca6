"""Goals of an audio driver and its application: delays, load, memory, copies."""

from __future__ import annotations

from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "driver-latency",
        "from a device's delivery until all that listens has had it, 95th percentile",
        at_most(10, "ms"),
        Source.DRIVER,
        "hand-over",
    ),
    Target(
        "application-latency",
        "40 ms of a question through VAD, wake word and recogniser, 95th percentile",
        at_most(10, "ms"),
        Source.DRIVER,
        "processing",
    ),
    Target(
        "idle-cpu",
        "listening in silence, whole process",
        at_most(5, "% of a core"),
        Source.DRIVER,
        "silence",
    ),
    Target(
        "load-cpu",
        "listening while somebody speaks all the time, whole process",
        at_most(20, "% of a core"),
        Source.DRIVER,
        "speech",
    ),
    Target(
        "application-memory",
        "most memory of the demo assistant as it comes, one question answered",
        at_most(200, "MB"),
        Source.DRIVER,
        "memory",
    ),
    Target(
        "frame-time",
        "time to draw a frame of the window",
        at_most(16, "ms"),
        Source.DRIVER,
        "",
        "irene draws no window",
    ),
    Target(
        "zero-copy",
        "hand-overs within the audio path that copy samples",
        at_most(0, "copies"),
        Source.DRIVER,
        "hand-overs",
    ),
    Target(
        "application-reuse",
        "buffers that are asked for and need no new memory",
        at_least(90, "%"),
        Source.DRIVER,
        "pool",
    ),
    Target(
        "first-call-time",
        "first call of a model that was warmed up (voice trigger, 0.8 s of audio)",
        at_most(10, "ms"),
        Source.DRIVER,
        "trigger-call",
    ),
)
