"""irene's own goals for listening: a chunk, a block, silence, many streams, hours on end."""

from __future__ import annotations

from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "chunk-cost",
        "framework's cost of 20 ms: 48 kHz to VAD, wake word and pre-roll",
        at_most(8, "µs"),
        Source.IRENE,
        "chunk",
    ),
    Target(
        "chunk-against-soxr",
        "the same, against soxr alone, for which 8 µs were twice its time",
        at_most(2, "times as long"),
        Source.IRENE,
        "chunk",
    ),
    Target(
        "chunk-lean-pipecat",
        "the same, against as many stages of a lean Pipecat",
        at_least(15, "times as fast"),
        Source.IRENE,
        "chunk",
    ),
    Target(
        "chunk-usual-pipecat",
        "the same, against Pipecat as one gets it",
        at_least(15, "times as fast"),
        Source.IRENE,
        "chunk",
    ),
    Target(
        "clip-conversion",
        "converting a new clip of 5 s, digest and cache included, against soxr alone",
        at_most(1.1, "times as long"),
        Source.IRENE,
        "clip",
    ),
    Target(
        "ring-append",
        "appending 20 ms to the ring buffer",
        at_most(0.5, "µs"),
        Source.IRENE,
        "append",
    ),
    Target(
        "ring-against-concatenate",
        "1000 appends, against np.concatenate",
        at_least(20, "times as fast"),
        Source.IRENE,
        "append",
    ),
    Target(
        "pool-loan",
        "48000 float32 lent by the pool and given back",
        at_most(0.5, "µs"),
        Source.IRENE,
        "loan",
    ),
    Target(
        "silence-16k",
        "listening in silence, whole process, 16 kHz microphone",
        at_most(0.3, "% of a core"),
        Source.IRENE,
        "silence",
    ),
    Target(
        "silence-48k",
        "listening in silence, whole process, 48 kHz microphone",
        at_most(0.5, "% of a core"),
        Source.IRENE,
        "silence",
    ),
    Target(
        "silence-against-openwakeword",
        "listening in silence, against openWakeWord's own package",
        at_least(5, "times as cheap"),
        Source.IRENE,
        "silence",
    ),
    Target(
        "silent-blocks",
        "longest block that is asked for while the gate is closed",
        at_most(100, "ms"),
        Source.IRENE,
        "blocks",
    ),
    Target(
        "streams-microwakeword",
        "streams in which one machine hears a wake word in time, microWakeWord",
        at_least(2000, "streams"),
        Source.IRENE,
        "streams-micro",
    ),
    Target(
        "streams-openwakeword",
        "streams in which one machine hears a wake word in time, openWakeWord",
        at_least(500, "streams"),
        Source.IRENE,
        "streams-open",
    ),
    Target(
        "soak-growth",
        "memory that a million chunks leave behind",
        at_most(1, "MB"),
        Source.IRENE,
        "hours",
    ),
    Target(
        "soak-lost",
        "samples of a million chunks that got lost",
        at_most(0, "samples"),
        Source.IRENE,
        "hours",
    ),
)
