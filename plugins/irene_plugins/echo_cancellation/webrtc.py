"""The `webrtc` echo canceller: AEC3 of the WebRTC project, as the livekit package carries it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from irene import (
    Availability,
    EchoCanceller,
    EchoCancellerCapabilities,
    EchoCancellerStream,
    Licence,
    Samples,
    hookimpl,
    needs_package,
)


@dataclass(frozen=True)
class WebRtcOptions:
    """What else the engine does while the assistant speaks."""

    noise_suppression: bool = False
    """whether steady noise is taken out, too; wake word engines are trained with it left in"""


class WebRtcStream(EchoCancellerStream):
    """One audio processing module; finds delays up to half a second by itself."""

    def __init__(self, module: Any, frame: Any, sample_rate: int) -> None:
        self._module = module
        self._frame = frame
        self._rate = sample_rate

    def process(self, captured: Samples, played: Samples) -> Samples:
        """Show the engine what is played, and let it work on a copy of what was captured."""
        self._module.process_reverse_stream(self._framed(played))
        frame = self._framed(captured)
        self._module.process_stream(frame)
        return np.array(frame.data, dtype=np.int16)

    def _framed(self, block: Samples) -> Any:
        return self._frame(bytearray(block.tobytes()), self._rate, 1, block.shape[0])


class WebRtcCanceller(EchoCanceller[WebRtcOptions]):
    """Acoustic echo cancellation as browsers do it in calls, double talk and drift included."""

    name = "webrtc"
    summary = "WebRTC's AEC3 (from livekit), 8 ms of CPU per second that it speaks"
    licence = Licence("Apache-2.0 AND BSD-3-Clause")
    Options = WebRtcOptions
    capabilities = EchoCancellerCapabilities((16000, 32000, 48000))

    def open_stream(self, sample_rate: int) -> WebRtcStream:
        """Start on a microphone of 16000, 32000 or 48000 Hz."""
        self.load()
        module = self._apm.AudioProcessingModule(
            echo_cancellation=True, noise_suppression=self.options.noise_suppression
        )
        return WebRtcStream(module, self._frames.AudioFrame, sample_rate)

    def _check(self) -> Availability:
        return needs_package("livekit", "echo")

    def _load(self) -> None:
        self._apm = importlib.import_module("livekit.rtc.apm")
        self._frames = importlib.import_module("livekit.rtc.audio_frame")

    def _warm_up(self) -> None:
        silence = np.zeros(160, np.int16)
        self.open_stream(16000).process(silence, silence)


@hookimpl
def irene_echo_cancellers() -> list[type[WebRtcCanceller]]:
    """Offer WebRTC's canceller."""
    return [WebRtcCanceller]
