"""Every target: what is measured, the goal, and who set it."""

from __future__ import annotations

from irene.performance.targets.limit import at_least, at_most
from irene.performance.targets.target import Source, Target

_OWN, _TUNING, _DRIVER = Source.IRENE, Source.TUNING, Source.DRIVER
_LANGUAGE, _VOICE = Source.LANGUAGE, Source.VOICE

_LISTENING = (
    Target(
        "chunk-cost",
        "framework's cost of 20 ms: 48 kHz to VAD, wake word and pre-roll",
        at_most(8, "µs"),
        _OWN,
        "chunk",
    ),
    Target(
        "chunk-lean-pipecat",
        "the same, against as many stages of a lean Pipecat",
        at_least(15, "times as fast"),
        _OWN,
        "chunk",
    ),
    Target(
        "chunk-usual-pipecat",
        "the same, against Pipecat as one gets it",
        at_least(15, "times as fast"),
        _OWN,
        "chunk",
    ),
    Target(
        "clip-conversion",
        "converting a new clip of 5 s, digest and cache included, against soxr alone",
        at_most(1.1, "times as long"),
        _OWN,
        "clip",
    ),
    Target("ring-append", "appending 20 ms to the ring buffer", at_most(0.5, "µs"), _OWN, "append"),
    Target(
        "ring-against-concatenate",
        "1000 appends, against np.concatenate",
        at_least(20, "times as fast"),
        _OWN,
        "append",
    ),
    Target(
        "pool-loan",
        "48000 float32 lent by the pool and given back",
        at_most(0.5, "µs"),
        _OWN,
        "loan",
    ),
    Target(
        "silence-16k",
        "listening in silence, whole process, 16 kHz microphone",
        at_most(0.3, "% of a core"),
        _OWN,
        "silence",
    ),
    Target(
        "silence-48k",
        "listening in silence, whole process, 48 kHz microphone",
        at_most(0.5, "% of a core"),
        _OWN,
        "silence",
    ),
    Target(
        "silence-against-openwakeword",
        "listening in silence, against openWakeWord without a gate",
        at_least(5, "times as cheap"),
        _OWN,
        "silence",
    ),
    Target(
        "silent-blocks",
        "longest block that is asked for while the gate is closed",
        at_most(100, "ms"),
        _OWN,
        "blocks",
    ),
    Target(
        "streams-microwakeword",
        "streams in which one machine hears a wake word in time, microWakeWord",
        at_least(2000, "streams"),
        _OWN,
        "streams-micro",
    ),
    Target(
        "streams-openwakeword",
        "streams in which one machine hears a wake word in time, openWakeWord",
        at_least(500, "streams"),
        _OWN,
        "streams-open",
    ),
    Target(
        "soak-growth",
        "memory that a million chunks leave behind",
        at_most(1, "MB"),
        _OWN,
        "hours",
    ),
    Target(
        "soak-lost",
        "samples of a million chunks that got lost",
        at_most(0, "samples"),
        _OWN,
        "hours",
    ),
)

_CALLS = (
    Target("measure", "one measured block", at_most(0.6, "µs"), _OWN, "measuring"),
    Target(
        "measure-against-clock",
        "one measured block, against the bare clock",
        at_most(8, "times as long"),
        _OWN,
        "measuring",
    ),
    Target(
        "measure-nested", "one of two nested measured blocks", at_most(0.6, "µs"), _OWN, "measuring"
    ),
    Target(
        "router-call",
        "router's share of a call, all providers well, deadline included",
        at_most(5, "µs"),
        _OWN,
        "router",
    ),
    Target(
        "router-call-timer",
        "the same, with a timer of the event loop",
        at_most(5, "µs"),
        _OWN,
        "router",
    ),
    Target(
        "telemetry-share",
        "share of a recorded question's processor time that goes into measuring it",
        at_most(1, "%"),
        _OWN,
        "question",
    ),
    Target(
        "store-note",
        "what the event loop pays to have a command kept",
        at_most(100, "µs"),
        _OWN,
        "keeping",
    ),
    Target(
        "store-look",
        "a look at every figure and alert rule, once a second",
        at_most(10_000, "µs"),
        _OWN,
        "keeping",
    ),
)

_STARTING = (
    Target(
        "import-irene",
        "`import irene`, against `import numpy`",
        at_most(1.3, "times as long"),
        _OWN,
        "starting",
    ),
    Target("help", "`irene --help`", at_most(150, "ms"), _OWN, "starting"),
    Target(
        "run-ready",
        "`irene run --config demo`, until it listens",
        at_most(2000, "ms"),
        _OWN,
        "starting",
    ),
    Target(
        "first-call",
        "first call of an engine after warming up, against later ones",
        at_most(1.2, "times as long"),
        _OWN,
        "first-call",
    ),
    Target(
        "answer-framework",
        "end of speech to transcript beyond the end silence, framework's share",
        at_most(60, "ms"),
        _OWN,
        "answering",
    ),
    Target(
        "answer-framework-p95",
        "the same, 95th percentile",
        at_most(60, "ms"),
        _OWN,
        "answering",
    ),
    Target(
        "demo-memory",
        'most memory of the demo assistant that recognises once (`asr.grammar = "off"`)',
        at_most(240, "MB"),
        _OWN,
        "memory",
    ),
    Target(
        "demo-memory-twice",
        "the same as it comes, with a question that is recognised a second time",
        at_most(340, "MB"),
        _OWN,
        "memory",
    ),
)

_TUNING_GUIDE = (
    Target(
        "trigger-rtf",
        "voice trigger: processing time against length of the audio",
        at_most(0.1, "times"),
        _TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-latency",
        "voice trigger: `detect` with 50 ms of audio, 95th percentile",
        at_most(100, "ms"),
        _TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-memory",
        "voice trigger: memory that engine and stream add",
        at_most(50, "MB"),
        _TUNING,
        "voice-trigger",
    ),
    Target(
        "trigger-sharing",
        "voice trigger: converted audio that somebody else had converted",
        at_least(30, "%"),
        _TUNING,
        "sharing",
    ),
    Target(
        "trigger-throughput",
        "voice trigger: audio heard, several clips at once",
        at_least(10, "times real time"),
        _TUNING,
        "voice-trigger",
    ),
    Target(
        "recognition-rtf",
        "recognition: processing time against length of the audio",
        at_most(1, "times"),
        _TUNING,
        "recognition",
    ),
    Target(
        "recognition-latency",
        "recognition: end of speech to transcript beyond the end silence, 95th percentile",
        at_most(500, "ms"),
        _TUNING,
        "answering",
    ),
    Target(
        "recognition-memory",
        "recognition: memory that engine and utterance add",
        at_most(200, "MB"),
        _TUNING,
        "recognition",
    ),
    Target(
        "recognition-sharing",
        "recognition: converted audio that somebody else had converted",
        at_least(60, "%"),
        _TUNING,
        "sharing",
    ),
    Target(
        "recognition-throughput",
        "recognition: audio recognised, several clips at once",
        at_least(2, "times real time"),
        _TUNING,
        "recognition",
    ),
)

_AUDIO_DRIVER = (
    Target(
        "driver-latency",
        "from a device's delivery until all that listens has had it, 95th percentile",
        at_most(10, "ms"),
        _DRIVER,
        "hand-over",
    ),
    Target(
        "application-latency",
        "40 ms of a question through VAD, wake word and recogniser, 95th percentile",
        at_most(10, "ms"),
        _DRIVER,
        "processing",
    ),
    Target(
        "idle-cpu",
        "listening in silence, whole process",
        at_most(5, "% of a core"),
        _DRIVER,
        "silence",
    ),
    Target(
        "load-cpu",
        "listening while somebody speaks all the time, whole process",
        at_most(20, "% of a core"),
        _DRIVER,
        "speech",
    ),
    Target(
        "application-memory",
        "most memory of the demo assistant as it comes, one question answered",
        at_most(200, "MB"),
        _DRIVER,
        "memory",
    ),
    Target(
        "frame-time",
        "time to draw a frame of the window",
        at_most(16, "ms"),
        _DRIVER,
        "",
        "irene draws no window",
    ),
    Target(
        "zero-copy",
        "hand-overs within the audio path that copy samples",
        at_most(0, "copies"),
        _DRIVER,
        "hand-overs",
    ),
    Target(
        "application-reuse",
        "buffers that are asked for and need no new memory",
        at_least(90, "%"),
        _DRIVER,
        "pool",
    ),
    Target(
        "first-call-time",
        "first call of a model that was warmed up (voice trigger, 0.8 s of audio)",
        at_most(10, "ms"),
        _DRIVER,
        "trigger-call",
    ),
)

_SPEECH_SERVICE = (
    Target(
        "identification-time",
        "identifying the language of a window",
        at_most(3, "ms"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "identification-p95",
        "the same, 95th percentile",
        at_most(10, "ms"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "identification-rate",
        "windows identified one after another",
        at_least(10, "a second"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "identification-memory",
        "memory that the identifier adds",
        at_most(150, "MB"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-live",
        "encoder passes saved, live commands identified and recognised",
        at_least(40, "%"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-repeated",
        "encoder passes saved, recordings that come twice",
        at_least(50, "%"),
        _LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-lookup",
        "finding what an encoder made of a window of 2 s",
        at_most(1, "ms"),
        _LANGUAGE,
        "look-up",
    ),
    Target(
        "service-append", "appending a chunk to the buffer", at_most(50, "µs"), _LANGUAGE, "append"
    ),
    Target(
        "service-append-ratio",
        "1000 appends, against np.concatenate",
        at_least(5, "times as fast"),
        _LANGUAGE,
        "append",
    ),
)

_VOICE_SYSTEM = (
    Target(
        "answer-p95",
        "end of speech to transcript beyond the end silence, 95th percentile",
        at_most(500, "ms"),
        _VOICE,
        "answering",
    ),
    Target(
        "kept-answer",
        "time that an answer spares that is kept, against making it anew",
        at_least(60, "%"),
        _VOICE,
        "answers",
    ),
    Target(
        "pool-reuse",
        "buffers that are asked for and need no new memory",
        at_least(80, "%"),
        _VOICE,
        "pool",
    ),
    Target(
        "arena-allocation",
        "a step of a recorded trace in the arena, best fit, pushed together where needed",
        at_most(2, "ms"),
        _VOICE,
        "arena",
    ),
    Target(
        "arena-fragmentation",
        "mean share of its free memory that no single request could have",
        at_most(15, "%"),
        _VOICE,
        "arena",
    ),
    Target(
        "graphics-card",
        "share of the time in which the graphics card is busy",
        at_least(85, "%"),
        _VOICE,
        "",
        "no engine that listens by default runs on a graphics card",
    ),
)

TARGETS = (
    *_LISTENING,
    *_CALLS,
    *_STARTING,
    *_TUNING_GUIDE,
    *_AUDIO_DRIVER,
    *_SPEECH_SERVICE,
    *_VOICE_SYSTEM,
)
"""in the order of the table"""
