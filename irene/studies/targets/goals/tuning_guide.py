"""Goals of the audio tuning guide, for voice trigger and recognition."""

from __future__ import annotations

from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "trigger-rtf",
        "voice trigger: processing time against length of the audio",
        at_most(0.1, "times"),
        Source.TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-latency",
        "voice trigger: `detect` with 50 ms of audio, 95th percentile",
        at_most(100, "ms"),
        Source.TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-memory",
        "voice trigger: memory that engine and stream add",
        at_most(50, "MB"),
        Source.TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-sharing",
        "voice trigger: converted audio that somebody else had converted",
        at_least(30, "%"),
        Source.TUNING,
        "sharing",
    ),
    Target(
        "trigger-throughput",
        "voice trigger: audio heard, several clips at once",
        at_least(10, "times real time"),
        Source.TUNING,
        "voice-trigger",
    ),
    Target(
        "recognition-rtf",
        "recognition: processing time against length of the audio",
        at_most(1, "times"),
        Source.TUNING,
        "recognition",
    ),
    Target(
        "recognition-latency",
        "recognition: end of speech to transcript beyond the end silence, 95th percentile",
        at_most(500, "ms"),
        Source.TUNING,
        "answering",
    ),
    Target(
        "recognition-memory",
        "recognition: memory that engine and utterance add",
        at_most(200, "MB"),
        Source.TUNING,
        "recognition",
    ),
    Target(
        "recognition-sharing",
        "recognition: converted audio that somebody else had converted",
        at_least(60, "%"),
        Source.TUNING,
        "sharing",
    ),
    Target(
        "recognition-throughput",
        "recognition: audio recognised, several clips at once",
        at_least(2, "times real time"),
        Source.TUNING,
        "recognition",
    ),
)
