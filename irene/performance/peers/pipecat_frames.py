"""What Pipecat's frame pipeline costs per 20 ms of a 48 kHz microphone.

The pipelines are as lean as Pipecat makes them: one worker without observers, turn tracking, RTVI
and idle timer, and no log. Only one has what a worker has by default. The stages do what irene
does to a chunk: convert to 16 kHz with Pipecat's own resampler in the quality that irene uses,
measure the level, ask a VAD that answers at once in Pipecat's own VAD stage, cut windows for a wake
word, and keep the last seconds. In one pipeline the VAD's windows are only cut, and nobody is
asked: less than that no program could do with these stages.

Frames come one at a time, as from a microphone, each when the one before has come through, but
without the time between them; or all at once, so that every task finds the next frame waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from loguru import logger
from pipecat.audio.resamplers.soxr_stream_resampler import SOXRStreamAudioResampler
from pipecat.audio.vad.vad_analyzer import VADAnalyzer
from pipecat.frames.frames import Frame, InputAudioRawFrame, SystemFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.runner import WorkerRunner

RATE = 48000
TARGET_RATE = 16000
CHUNK = RATE // 50
VAD_WINDOW = 512
WAKE_WINDOW = 1280
KEEP_BYTES = 2 * TARGET_RATE * 8
"""8 s"""


@dataclass
class BatchEnd(SystemFrame):  # type: ignore[misc] # pipecat is not installed where types are checked
    """Comes after the last frame of a batch."""


class Stage(FrameProcessor):  # type: ignore[misc] # as above
    """Passes every frame on."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Work on audio, and push it to the next stage."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            frame = await self.worked(frame)
        if frame is not None:
            await self.push_frame(frame, direction)

    async def worked(self, frame: Any) -> Any:
        """Return what goes on; None: nothing."""
        return frame


class Resample(Stage):
    """48 to 16 kHz; what is empty is not passed on, as in Pipecat's serializers."""

    def __init__(self, is_empty: Callable[[], object]) -> None:
        super().__init__()
        self._is_empty = is_empty
        self._resampler = SOXRStreamAudioResampler(quality="HQ", clear_after_secs=None)

    async def worked(self, frame: Any) -> Any:
        """Return a new frame."""
        audio = await self._resampler.resample(frame.audio, RATE, TARGET_RATE)
        if not audio:
            self._is_empty()
            return None
        return InputAudioRawFrame(audio, TARGET_RATE, 1)


class Gate(Stage):
    """Measures the level."""

    def __init__(self) -> None:
        super().__init__()
        self.level = 0.0

    async def worked(self, frame: Any) -> Any:
        """Return the frame as it is."""
        samples = np.frombuffer(frame.audio, np.int16).astype(np.float32)
        self.level = float(np.dot(samples, samples)) / samples.size
        return frame


class SilentVad(VADAnalyzer):  # type: ignore[misc] # as above
    """Wants to be fed as Silero does, and takes everything for silence, at once."""

    def num_frames_required(self) -> int:
        """Return the samples of a window."""
        return VAD_WINDOW

    def voice_confidence(self, buffer: bytes) -> float:
        """Turn a window into floats, as engines want it, and ask none."""
        as_float(buffer)
        return 0.0


class Windows(Stage):
    """Cuts windows of a fixed length, as Pipecat's VAD analyser does."""

    def __init__(self, length: int, turned: Callable[[bytes], object]) -> None:
        """`turned` makes of a window what an engine wants."""
        super().__init__()
        self._n_bytes = 2 * length
        self._turned = turned
        self._rest = b""

    async def worked(self, frame: Any) -> Any:
        """Return the frame as it is."""
        self._rest += frame.audio
        while len(self._rest) >= self._n_bytes:
            self._turned(self._rest[: self._n_bytes])
            self._rest = self._rest[self._n_bytes :]
        return frame


class Last(Stage):
    """The end of a pipeline: tells when a frame has come through, and when a batch has."""

    def __init__(self) -> None:
        super().__init__()
        self.frame_is_through = asyncio.Event()
        self.batch_is_through = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Take note, and push it to the sink."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.frame_is_through.set()
        elif isinstance(frame, BatchEnd):
            self.batch_is_through.set()


class PreRoll(Last):
    """Keeps the last seconds."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = bytearray()

    async def worked(self, frame: Any) -> Any:
        """Return the frame as it is."""
        self._kept += frame.audio
        if len(self._kept) > KEEP_BYTES:
            del self._kept[: len(self._kept) - KEEP_BYTES // 2]
        return frame


class Running:
    """A pipeline that runs, in a loop that only turns while a batch is on its way."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, stages: Callable[[], list[Any]], **options: Any
    ) -> None:
        self._loop = loop
        noise = np.random.default_rng(0).standard_normal(CHUNK) * 30
        self._audio = noise.astype(np.int16).tobytes()
        loop.run_until_complete(self._start(stages, options))
        self.one_by_one(1)  # it has started when the first frame has come through

    def one_by_one(self, n_frames: int) -> None:
        """Let so many frames come through, each before the next."""
        self._loop.run_until_complete(self._one_by_one(n_frames))

    def at_once(self, n_frames: int) -> None:
        """Let so many frames come through that wait at its door."""
        self._loop.run_until_complete(self._at_once(n_frames))

    async def _start(self, stages: Callable[[], list[Any]], options: dict[str, Any]) -> None:
        made = stages()
        self._last: Last = made[-1]
        params = PipelineParams(audio_in_sample_rate=RATE)
        self._worker = PipelineWorker(Pipeline(made), params=params, **options)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())

    async def _one_by_one(self, n_frames: int) -> None:
        is_through = self._last.frame_is_through
        for _ in range(n_frames):
            is_through.clear()
            await self._worker.queue_frame(InputAudioRawFrame(self._audio, RATE, 1))
            await is_through.wait()

    async def _at_once(self, n_frames: int) -> None:
        self._last.batch_is_through.clear()
        for _ in range(n_frames):
            await self._worker.queue_frame(InputAudioRawFrame(self._audio, RATE, 1))
        await self._worker.queue_frame(BatchEnd())
        await self._last.batch_is_through.wait()


_LEAN = {"enable_rtvi": False, "enable_turn_tracking": False, "idle_timeout_secs": None}


def as_int(window: bytes) -> Any:
    """Return int16 samples."""
    return np.frombuffer(window, np.int16)


def as_float(window: bytes) -> Any:
    """Return float32 samples in [-1, 1)."""
    return as_int(window).astype(np.float32) / 32768.0


def passing() -> list[Any]:
    """Return five stages that do nothing."""
    return [*(Stage() for _ in range(4)), Last()]


def at_work() -> list[Any]:
    """Return five stages that do what irene does."""
    return _around(VADProcessor(vad_analyzer=SilentVad(sample_rate=TARGET_RATE)))


def without_vad() -> list[Any]:
    """Return the same with a VAD stage that asks nobody."""
    return _around(Windows(VAD_WINDOW, as_float))


def _around(vad: Any) -> list[Any]:
    last = PreRoll()
    is_empty = last.frame_is_through.set
    return [Resample(is_empty), Gate(), vad, Windows(WAKE_WINDOW, as_int), last]


def probes() -> dict[str, tuple[Callable[[int], object], float]]:
    """Return pipelines by name; one loop is one frame."""
    logger.remove()
    loop = asyncio.new_event_loop()
    lean = Running(loop, at_work, **_LEAN)
    runs = {
        "Pipecat, 1 empty stage": Running(loop, lambda: [Last()], **_LEAN).one_by_one,
        "Pipecat, 5 empty stages": Running(loop, passing, **_LEAN).one_by_one,
        "Pipecat, 5 stages at work": lean.one_by_one,
        "Pipecat, 5 stages at work, all frames at once": lean.at_once,
        "Pipecat, 5 stages at work, default worker": Running(loop, at_work).one_by_one,
        "Pipecat, 5 stages, no VAD asked": Running(loop, without_vad, **_LEAN).one_by_one,
    }
    return {name: (run, 1.0) for name, run in runs.items()}


def about() -> str:
    """Return versions."""
    return f"pipecat-ai {version('pipecat-ai')}, soxr {version('soxr')}"
