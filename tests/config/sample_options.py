"""Options as plugins may have them; in a module of their own, as their source is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class VoskOptions:
    """Options as a recogniser may have them."""

    model: str = field(default="vosk-small-en-us", metadata={"path": "model"})
    """path or name of the model"""
    beam: float = field(default=10.0, metadata={"range": (1, 100)})
    """search beam"""
    api_key: str = ""
    """key of the service"""
    headers: Mapping[str, Any] = field(default_factory=dict)
    """sent along to the service"""
    token: Mapping[str, str] = field(default_factory=dict)
    """tokens by name"""
    device: str = field(default="cpu", metadata={"no_effect": "Vosk runs on the CPU"})
    """where it computes"""

    def __post_init__(self) -> None:
        if self.model == "impossible":
            raise ValueError("model 'impossible' is not possible")


@dataclass(frozen=True)
class MicrophoneOptions:
    """Options as an input may have them."""

    device: str = ""
    """name of the device"""
    rate: int = 16000
    """Hz"""
    capture_channels: int = 1
    """channels that are recorded"""
    chunk_size: int = 1280
    """samples per block"""


@dataclass(frozen=True)
class FileOptions:
    """Options with a path."""

    path: str = field(default="", metadata={"path": True})
    """file to read"""


@dataclass(frozen=True)
class WavOptions:
    """Options with a path that is not the configuration's."""

    path: str = "answer.wav"
    """file to write"""
