"""Configurations of the assistant that is tried: who serves, in which order, by which strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

SLOTS: Mapping[str, tuple[str, ...]] = {
    "inputs": ("scene",),
    "resampling": ("soxr-a", "soxr-b"),
    "voice_trigger": ("ear-a", "ear-b"),
    "vad": ("vad-a", "vad-b"),
    "asr": ("asr-a", "asr-b", "asr-c"),
    "intent_recognition": ("mind-a", "mind-b"),
    "intents": ("numbers",),
    "tts": ("voice-a", "voice-b"),
    "outputs": ("speaker-a", "speaker-b"),
    "echo_cancellation": ("numbers",),
}
"""providers of each kind"""
ISOLATED = "asr-p"
"""a recogniser in a process of its own, in some configurations"""
_STRATEGIES = ("round_robin", "least_loaded", "latency_weighted", "hedged")
_BALANCED = ("resampling", "voice_trigger", "vad", "asr", "tts")
_ISOLATED_SHARE = 0.5
_TIMED_SHARE = 0.3
"""share of the configurations in which a listening engine is called on a thread of its own"""


@dataclass(frozen=True)
class Configurations:
    """Configurations by number: the same for the same seed; number 0 is the plainest one."""

    seed: int
    folder: str
    """where state is kept"""
    deadline_ms: int
    """time limit of listening engines, recognisers, handlers, voices and outputs"""
    isolates: bool = True
    """whether a recogniser may run in a process of its own"""

    def slots(self, number: int) -> Mapping[str, tuple[str, ...]]:
        """Return the providers of each kind, in the order in which they are configured."""
        if not number:
            return SLOTS
        random = Random(f"{self.seed} order {number}")
        slots = {kind: tuple(random.sample(names, len(names))) for kind, names in SLOTS.items()}
        if self.isolates and random.random() < _ISOLATED_SHARE:
            names = list(slots["asr"])
            names.insert(random.randint(0, len(names)), ISOLATED)
            slots["asr"] = tuple(names)
        return slots

    def of(self, number: int) -> dict[str, Any]:
        """Return a configuration as a mapping."""
        random = Random(f"{self.seed} configuration {number}")
        config: dict[str, Any] = {
            kind: {"default_provider": names[0], "fallback_providers": list(names[1:])}
            for kind, names in self.slots(number).items()
            if kind != "intents"
        }
        config["voice_trigger"]["wake_words"] = ["hello"]
        config["intent_recognition"]["tiers"] = []
        config["intents"] = {"handlers": list(SLOTS["intents"])}
        config["tts"]["normalize"] = False
        config["asr"]["providers"] = {ISOLATED: {"type": "numbers", "isolation": "process"}}
        # Time passes faster than sounds are played: they would be heard over the next command.
        config["sounds"] = {"listening": False, "done": False, "error": False}
        config["assistant"] = {"state_folder": self.folder, **self._limits()}
        if number:
            self._vary(config, random)
        return config

    def _limits(self) -> dict[str, int]:
        return {
            "hang_timeout_ms": self.deadline_ms // 2,
            "transcribe_timeout_ms": self.deadline_ms * (len(SLOTS["asr"]) + 1),  # of all together
            "intent_timeout_ms": self.deadline_ms,
            "response_timeout_ms": self.deadline_ms,
        }

    def _vary(self, config: dict[str, Any], random: Random) -> None:
        for kind in _BALANCED:
            if random.random() < 0.5:
                config[kind]["strategy"] = random.choice(_STRATEGIES)
        config["vad"]["end_silence_ms"] = random.choice((300, 400, 600))
        config["asr"]["partials"] = random.random() < 0.5
        config["tts"]["cache_max_mb"] = random.choice((0.0, 1.0))
        for kind in ("voice_trigger", "vad"):
            if random.random() < _TIMED_SHARE:
                config[kind]["deadline_ms"] = self.deadline_ms
