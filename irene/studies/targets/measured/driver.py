"""How long audio takes from the device to whoever listens, and what a block costs on the way."""

from __future__ import annotations

import threading
import time
from typing import ClassVar

import numpy as np

from irene.domain.audio import AudioChunk, AudioFormat, LostAudio, Samples
from irene.domain.clock import SystemClock
from irene.performance.measuring.spread import Spread
from irene.performance.speech.demo_question import demo_question
from irene.providers.input import Input, InputStream
from irene.providers.provider import NoOptions
from irene.studies.listening_cost.silent_assistant import SilentAssistant
from irene.studies.startup.answer_times import percentile_95
from irene.studies.startup.session_memory import demo_listener
from irene.studies.targets.finding import Finding
from irene.studies.targets.target import Effort, Found

_RATE = 48000
_PERIOD_MS = 20
_N_PERIODS = 150
_BLOCK_S = 0.04
"""what a microphone delivers while somebody speaks"""


def hand_over(effort: Effort) -> Found:
    """A device on a thread of its own, at its own pace; what listens is the assistant's."""
    device = _Device()
    assistant = SilentAssistant(device, _RATE)
    late_ms: list[float] = []

    def hear(chunk: AudioChunk) -> int:
        wanted = assistant.listener.feed(chunk)
        last = round(chunk.end_s * _RATE) // _Stream.period - 1
        late_ms.append(1000 * (time.perf_counter() - device.stream.delivered_s[last]))
        return wanted

    try:
        device.stream.start()
        assistant.capture.run(hear, assistant.ear.costs)
    finally:
        assistant.close()
    note = f"median {Spread(tuple(late_ms)).median:.2f} ms; a block waits until it is full besides"
    return {"driver-latency": Finding(Spread((percentile_95(Spread(tuple(late_ms))),)), note=note)}


def processing(effort: Effort) -> Found:
    """The demo's question through VAD, wake word and recogniser, 40 ms at a time."""
    question = demo_question(1.0)
    took_ms: list[float] = []
    with demo_listener(question.format) as listener:
        for block in question.pieces(_BLOCK_S):
            began = time.perf_counter()
            listener.feed(block)
            took_ms.append(1000 * (time.perf_counter() - began))
    return {"application-latency": Finding(Spread((percentile_95(Spread(tuple(took_ms))),)))}


class _Device(Input[NoOptions]):
    """Delivers noise at the pace of a microphone."""

    name: ClassVar[str] = "paced"
    live: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.stream = _Stream(self)

    def open_stream(self) -> InputStream:
        """Begin."""
        return self.stream


class _Stream(InputStream):
    """What the device has delivered."""

    period: ClassVar[int] = _RATE * _PERIOD_MS // 1000
    """samples of a delivery"""

    def __init__(self, source: _Device) -> None:
        self._format = AudioFormat(_RATE)
        self._buffer = source.new_buffer(self._format, self.period)
        self.delivered_s: list[float] = []
        """when each delivery came, seconds of the process's clock"""

    def start(self) -> None:
        """Let the device deliver from now on."""
        threading.Thread(target=self._deliver, daemon=True).start()

    @property
    def format(self) -> AudioFormat:
        """48 kHz, mono int16."""
        return self._format

    def read(self) -> Samples | None:
        """Wait for the next block."""
        return self._buffer.take(1.0)

    def prefer_block(self, seconds: float) -> None:
        """Take so much at a time."""
        self._buffer.prefer(round(seconds * _RATE) or self.period)

    def lost(self) -> tuple[LostAudio, ...]:
        """Return what was lost."""
        return self._buffer.lost()

    def close(self) -> None:
        """End."""
        self._buffer.close()

    def _deliver(self) -> None:
        clock, noise = SystemClock(), np.random.default_rng(0).standard_normal(self.period) * 30
        block, due_s = noise.astype(np.int16), clock.monotonic()
        for _ in range(_N_PERIODS):
            due_s += _PERIOD_MS / 1000
            clock.sleep(max(0.0, due_s - clock.monotonic()))
            self.delivered_s.append(time.perf_counter())
            self._buffer.put(block)
        self._buffer.close()
