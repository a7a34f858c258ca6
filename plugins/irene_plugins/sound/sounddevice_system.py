"""The `sounddevice` package: PortAudio, which Linux brings as a system package."""

from __future__ import annotations

import importlib
from functools import cached_property
from typing import Any, ClassVar

from irene import Device, DeviceError, InputBuffer, OutputStream
from irene_plugins.sound.playback import PulledPlayback
from irene_plugins.sound.system import Closeable, Direction, SoundSystem, Wanted, find_device


class SounddeviceSystem(SoundSystem):
    """Capture and playback through PortAudio."""

    name: ClassVar[str] = "sounddevice"

    @cached_property
    def _library(self) -> tuple[Any, str]:
        """The package and nothing, or None and what is missing.

        It is imported when it is needed: where PortAudio is not, Python looks for it with the
        compiler and the linker, nine programs in all.
        """
        try:
            return importlib.import_module("sounddevice"), ""
        except (ImportError, OSError) as error:  # OSError: the wheel is there, PortAudio is not
            return None, f"{error}; install libportaudio2"

    @property
    def _engine(self) -> Any:
        return self._library[0]

    def problem(self, direction: Direction) -> str:
        """Say what is missing; empty when a device is there."""
        _, missing = self._library
        if missing:
            return missing
        return "" if self.devices(direction) else f"no {direction.value} is connected"

    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List PortAudio's devices."""
        if self._engine is None:
            return ()
        try:
            known = self._engine.query_devices()
        except self._engine.PortAudioError as error:
            raise DeviceError(f"PortAudio cannot list its devices: {error}") from error
        is_capture = direction is Direction.CAPTURE
        key = "max_input_channels" if is_capture else "max_output_channels"
        default = self._engine.default.device[0 if is_capture else 1]
        return tuple(
            Device(info["name"], f"{info['default_samplerate']:.0f} Hz", info["index"] == default)
            for info in known
            if info[key] > 0
        )

    def open_capture(self, wanted: Wanted, buffer: InputBuffer) -> Closeable:
        """Start a stream that calls back from a thread of PortAudio."""

        def callback(data: Any, _frames: int, _time: Any, _status: Any) -> None:
            buffer.put(bytes(data))

        def lost() -> None:
            buffer.fail(DeviceError("the microphone is gone or busy: it was stopped"))

        stream: Closeable = self._open("RawInputStream", Direction.CAPTURE, wanted, callback, lost)
        return stream

    def open_playback(self, wanted: Wanted) -> OutputStream:
        """Start a stream that fetches from a thread of PortAudio."""
        playback = PulledPlayback(wanted.rate, wanted.timeout_s)

        def callback(out: Any, n_frames: int, _time: Any, _status: Any) -> None:
            data = playback.pull(n_frames * 2)
            out[:] = data + bytes(n_frames * 2 - len(data))

        def lost() -> None:
            playback.lose("it was stopped")

        stream = self._open("RawOutputStream", Direction.PLAYBACK, wanted, callback, lost)
        playback.attach(stream.close, stream.latency)
        return playback

    def _open(
        self, kind: str, direction: Direction, wanted: Wanted, callback: Any, lost: Any
    ) -> Any:
        name = wanted.device
        device = None if name is None else find_device(self.devices(direction), name, direction)
        try:
            stream = getattr(self._engine, kind)(
                samplerate=wanted.rate,
                channels=wanted.channels,
                blocksize=wanted.block,
                dtype="int16",
                device=None if device is None else device.name,
                callback=callback,
                finished_callback=lost,
            )
            stream.start()
        except (self._engine.PortAudioError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise DeviceError(f"the {direction.value} cannot be opened: {reason}") from error
        return stream
