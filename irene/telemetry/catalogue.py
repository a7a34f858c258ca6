"""Every metric of an assistant: the list only grows, names never change."""

from __future__ import annotations

from collections.abc import Mapping

from irene.telemetry.metrics import SECONDS, Metric, MetricKind

_COUNTER, _GAUGE, _HISTOGRAM = MetricKind.COUNTER, MetricKind.GAUGE, MetricKind.HISTOGRAM
_OF_PROVIDER = ("component", "provider")
_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0)

BUILD_INFO = Metric("irene_build_info", _GAUGE, "Always 1; says which version runs", ("version",))

STAGE_SECONDS = Metric(
    "irene_stage_duration_seconds",
    _HISTOGRAM,
    "Time of a stage without the stages inside it, for each utterance or call",
    ("stage",),
    SECONDS,
)
STAGE_ERRORS = Metric("irene_stage_errors_total", _COUNTER, "Times a stage failed", ("stage",))
RESPONSE_SECONDS = Metric(
    "irene_response_latency_seconds",
    _HISTOGRAM,
    "Time from the end of speech to the first audio of the answer",
    (),
    SECONDS,
)
SESSION_SECONDS = Metric(
    "irene_session_duration_seconds",
    _HISTOGRAM,
    "Time of a session, from wake word to the end of the answer",
    (),
    SECONDS,
)
SESSIONS = Metric(
    "irene_session_ended_total", _COUNTER, "Sessions that are over, by how", ("outcome",)
)
WAKE_WORDS = Metric("irene_wake_detections_total", _COUNTER, "Wake words heard", ("provider",))
ASR_SECONDS = Metric(
    "irene_asr_latency_seconds",
    _HISTOGRAM,
    "Time from the decision that speech is over to its text",
    ("provider",),
    SECONDS,
)
ASR_RATIO = Metric(
    "irene_asr_realtime_ratio",
    _HISTOGRAM,
    "Processing time of a recogniser divided by the time of the audio it heard",
    ("provider",),
    _RATIOS,
)
ASR_AUDIO = Metric(
    "irene_asr_audio_seconds_total", _COUNTER, "Speech that was recognised", ("provider",)
)
INTENTS = Metric(
    "irene_intent_results_total", _COUNTER, "Texts, by what came of them", ("outcome",)
)
TTS_AUDIO = Metric(
    "irene_tts_audio_seconds_total", _COUNTER, "Speech that was given out", ("provider",)
)
ERRORS = Metric("irene_pipeline_errors_total", _COUNTER, "Errors, by their stable code", ("code",))
WARNINGS = Metric("irene_pipeline_warnings_total", _COUNTER, "Warnings")
EVENTS_WAITING = Metric("irene_pipeline_events_waiting", _GAUGE, "Events that nobody has read yet")

AUDIO_POSITION = Metric(
    "irene_audio_position_seconds", _GAUGE, "Audio time of the run up to which it was processed"
)
AUDIO_LOST = Metric(
    "irene_audio_lost_seconds_total", _COUNTER, "Input audio that was lost", ("reason",)
)
AUDIO_LOST_SAMPLES = Metric(
    "irene_audio_lost_samples_total",
    _COUNTER,
    "Input samples per channel that were lost",
    ("reason",),
)
AUDIO_WAITING = Metric(
    "irene_audio_waiting_seconds", _GAUGE, "Input audio that was captured and not read yet"
)
DEVICES_LOST = Metric("irene_audio_devices_lost_total", _COUNTER, "Times an input vanished")

PROVIDER_CALLS = Metric(
    "irene_provider_calls_total",
    _COUNTER,
    "Calls that are over, by how",
    (*_OF_PROVIDER, "outcome"),
)
PROVIDER_IN_FLIGHT = Metric(
    "irene_provider_calls_in_flight", _GAUGE, "Calls that are worked on now", _OF_PROVIDER
)
PROVIDER_CIRCUIT = Metric(
    "irene_provider_circuit_state",
    _GAUGE,
    "0: it is asked, 1: it is tried again, 2: it is left alone for a while",
    _OF_PROVIDER,
)
PROVIDER_LATENCY = Metric(
    "irene_provider_latency_seconds", _GAUGE, "Moving average of its answers' times", _OF_PROVIDER
)
PROVIDER_SWITCHES = Metric(
    "irene_provider_switches_total", _COUNTER, "Times another provider took over", ("component",)
)
WORKER_DEATHS = Metric(
    "irene_worker_deaths_total", _COUNTER, "Processes of a provider that died", _OF_PROVIDER
)
WORKER_STAGE_SECONDS = Metric(
    "irene_worker_stage_seconds",
    _HISTOGRAM,
    "Time of a stage inside of a process of a provider; it is also among the stages of that name",
    (*_OF_PROVIDER, "stage"),
    SECONDS,
)
WORKER_STAGE_ERRORS = Metric(
    "irene_worker_stage_errors_total",
    _COUNTER,
    "Times such a stage failed",
    (*_OF_PROVIDER, "stage"),
)
ROUTER_WAITING = Metric(
    "irene_router_calls_waiting", _GAUGE, "Calls that wait for a place", ("component",)
)
ROUTER_RETRIES = Metric(
    "irene_router_retries_total", _COUNTER, "Calls that were made again elsewhere", ("component",)
)
ROUTER_HEDGES = Metric(
    "irene_router_hedges_total", _COUNTER, "Calls that a second provider got, too", ("component",)
)

CACHE_LOOKUPS = Metric(
    "irene_cache_lookups_total",
    _COUNTER,
    "Look-ups, by whether they were a hit or a miss; of `encodings`, those of recordings",
    ("cache", "result"),
)
ENCODER_PASSES = Metric(
    "irene_encoder_passes_total",
    _COUNTER,
    "Passes of encoders that were asked for, live or recorded; hit: one was saved",
    ("audio", "result"),
)
CACHE_ENTRIES = Metric("irene_cache_entries", _GAUGE, "Entries that are kept", ("cache",))
CACHE_BYTES = Metric("irene_cache_size_bytes", _GAUGE, "Memory of the entries", ("cache",))
ALLOCATION_FAILURES = Metric(
    "irene_memory_allocation_failures_total",
    _COUNTER,
    "Times that a provider could not get the memory it asked for",
    _OF_PROVIDER,
)
POOL_LOANS = Metric(
    "irene_pool_loans_total",
    _COUNTER,
    "Buffers lent: hit without new memory, miss with it",
    ("pool", "result"),
)
POOL_BYTES = Metric("irene_pool_size_bytes", _GAUGE, "Memory of all buffers", ("pool",))
POOL_LEAKS = Metric("irene_pool_leaks_total", _COUNTER, "Buffers nobody gave back", ("pool",))
RESAMPLE_STREAMS = Metric("irene_resample_streams", _GAUGE, "Live conversions that are open")
RESAMPLE_CONVERSIONS = Metric(
    "irene_resample_conversions_total", _COUNTER, "Chunks of live audio that were converted"
)
RESAMPLE_SERVED = Metric(
    "irene_resample_served_total", _COUNTER, "Converted chunks that consumers got"
)

PROCESS_RESIDENT = Metric("irene_process_resident_bytes", _GAUGE, "Resident memory of the process")
PROCESS_WORKERS = Metric(
    "irene_process_workers_resident_bytes", _GAUGE, "Resident memory of the processes it started"
)
PROCESS_MEMORY = Metric(
    "irene_process_memory_ratio",
    _GAUGE,
    "Memory in use, of assistant.memory_limit_mb, or of the machine's or container's",
)
PROCESS_CPU = Metric("irene_process_cpu_seconds_total", _COUNTER, "CPU time of the process")
PROCESS_THREADS = Metric("irene_process_threads", _GAUGE, "Threads of the process")
PROCESS_FILES = Metric("irene_process_open_files", _GAUGE, "File descriptors of the process")
PROCESS_UPTIME = Metric("irene_process_uptime_seconds", _GAUGE, "Time since the recorder was made")

REFUSED_SERIES = Metric(
    "irene_telemetry_refused_total",
    _COUNTER,
    "Times that label values were counted as `other`, because a metric has too many of them",
)

METRICS: tuple[Metric, ...] = (
    BUILD_INFO,
    STAGE_SECONDS,
    STAGE_ERRORS,
    RESPONSE_SECONDS,
    SESSION_SECONDS,
    SESSIONS,
    WAKE_WORDS,
    ASR_SECONDS,
    ASR_RATIO,
    ASR_AUDIO,
    INTENTS,
    TTS_AUDIO,
    ERRORS,
    WARNINGS,
    EVENTS_WAITING,
    AUDIO_POSITION,
    AUDIO_LOST,
    AUDIO_LOST_SAMPLES,
    AUDIO_WAITING,
    DEVICES_LOST,
    PROVIDER_CALLS,
    PROVIDER_IN_FLIGHT,
    PROVIDER_CIRCUIT,
    PROVIDER_LATENCY,
    PROVIDER_SWITCHES,
    WORKER_DEATHS,
    WORKER_STAGE_SECONDS,
    WORKER_STAGE_ERRORS,
    ROUTER_WAITING,
    ROUTER_RETRIES,
    ROUTER_HEDGES,
    CACHE_LOOKUPS,
    ENCODER_PASSES,
    CACHE_ENTRIES,
    CACHE_BYTES,
    ALLOCATION_FAILURES,
    POOL_LOANS,
    POOL_BYTES,
    POOL_LEAKS,
    RESAMPLE_STREAMS,
    RESAMPLE_CONVERSIONS,
    RESAMPLE_SERVED,
    PROCESS_RESIDENT,
    PROCESS_WORKERS,
    PROCESS_MEMORY,
    PROCESS_CPU,
    PROCESS_THREADS,
    PROCESS_FILES,
    PROCESS_UPTIME,
    REFUSED_SERIES,
)
"""Every metric there is."""

STAGES: Mapping[str, str] = {
    "session": "what is in no other stage of a session",
    "listening": "processing until speech is over that is in none of the stages inside it",
    "capture": "reading the input",
    "resample": "converting the input, and storing it for those who listen",
    "wake": "the wake-word engine",
    "stop_words": "the engine that hears stop words",
    "vad": "the engine that hears whether somebody speaks",
    "vad.buffer_append": "storing one block of the input, as a mean over those of a session",
    "lid.buffer_append": "storing one block of speech until its language is identified",
    "lid.total": "identifying the language of one window or whole utterance, whoever does it",
    "lid.frame_extract": "taking such a window or utterance out of the speech that was stored",
    "lid.encoder_forward": "the encoder of a Whisper model on it, or finding what it made before",
    "lid.detect": "from the encoder's output to the probability of each language",
    "lid.smoothing": "the likeliest course of languages through utterances (Viterbi), or windows",
    "lid.sustained_detection": "deciding after an utterance whether another language is spoken now",
    "asr_streaming": "handing audio to the recogniser while somebody speaks",
    "whisper.insert_audio": "storing one block of speech, and cutting it where it gets too long",
    "whisper.buffer_read": "reading what is to be recognised: whether anything in it is audible",
    "whisper.infer": "recognising it, with encoder and decoder",
    "whisper.decode": "writing its text: the decoder, times of words included",
    "response": "what is in no stage between the end of speech and the first audio",
    "endpoint": "waiting for silence, in audio time: that speech is over has to show",
    "asr": "from the decision that speech is over to its text",
    "asr_again": "the second pass, for what was none of the sentences",
    "intent": "understanding the text, and making the answer",
    "tts": "from the answer to the first block of speech",
    "playback_start": "from there to the first block that the output took",
    "playback": "the rest of the answer",
}
"""Every stage that is measured, by name. With a dot in it: what a part measures inside of its own
work, once for each call; it is part of the time of a stage without one, or goes on beside it."""
