"""Which component a stage or a metric belongs to, and by what names people ask for it."""

from __future__ import annotations

from collections.abc import Mapping

from irene.config.problems import nearest
from irene.domain.kinds import Kind
from irene.errors import RequestError

PIPELINE = "pipeline"
MEMORY = "memory"

_STAGES = {
    "wake": "voice_trigger",
    "lid": "language",
    "whisper": "asr",
    "resample": "resampling",
    "capture": "inputs",
    "endpoint": "vad",
    "intent": "intents",
    "playback": "outputs",
    "echo": "echo_cancellation",
}
"""first word of a stage's name, where it is not that of its component"""
_METRICS = {
    "process": MEMORY,
    "memory": MEMORY,
    "cache": MEMORY,
    "pool": MEMORY,
    "buffer": MEMORY,
    "wake": "voice_trigger",
    "lid": "language",
    "intent": "intents",
    "input": "inputs",
    "output": "outputs",
    "audio": "inputs",
}
"""second word of a metric's name, where it is not that of its component"""
_TOLD_BY = ("component", "kind", "slot")
"""labels that name the component"""
_ALIASES = {
    "stt": "asr",
    "lid": "language",
    "wake": "voice_trigger",
    "llm": "intents",
    "audio_capture": "inputs",
    "audio_playback": "outputs",
}

COMPONENTS = (PIPELINE, *map(str, Kind), MEMORY)
"""what can be asked for"""


def component_named(name: str) -> str:
    """Return the component that somebody means.

    Raises:
        RequestError: there is none; the message names the nearest.
    """
    asked = name.strip().lower().replace("-", "_")
    found = _ALIASES.get(asked, asked)
    if found not in COMPONENTS:
        near = nearest(asked, (*COMPONENTS, *_ALIASES))
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(COMPONENTS)}"
        raise RequestError(f"--component: there is no {name!r}; {hint}")
    return found


def of_stage(stage: str) -> str:
    """Return the component of a stage such as `asr_streaming` or `tts.first_chunk`."""
    word = stage.replace(".", "_").split("_")[0]
    found = _STAGES.get(word, word)
    return found if found in COMPONENTS else PIPELINE


def of_metric(name: str, labels: Mapping[str, str]) -> str:
    """Return the component of a metric's series."""
    if "stage" in labels:
        return of_stage(labels["stage"])
    told = next((labels[label] for label in _TOLD_BY if labels.get(label) in COMPONENTS), "")
    if told:
        return told
    rest = name.removeprefix("irene_")
    longest = next((one for one in COMPONENTS if rest.startswith(f"{one}_")), "")
    word = rest.split("_")[0]
    return longest or _METRICS.get(word, PIPELINE)
