"""The `miniaudio` wheel: speaks to the sound server by itself, needs no system package."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, ClassVar

from irene import Device, DeviceError, InputBuffer, OutputStream
from irene_plugins.sound.playback import PulledPlayback
from irene_plugins.sound.system import Closeable, Direction, SoundSystem, Wanted, find_device

_LINUX_SOUND_CARDS = Path("/dev/snd")
_PERIODS = 3
"""miniaudio keeps this many blocks between itself and the device."""


class MiniaudioSystem(SoundSystem):
    """Capture and playback through miniaudio's own backends, without JACK.

    JACK and ALSA print to the terminal when there is nothing to connect to, so ALSA is asked only
    where there are sound cards, and JACK never.
    """

    name: ClassVar[str] = "miniaudio"

    def __init__(self) -> None:
        self._engine: Any = importlib.import_module("miniaudio")

    def problem(self, direction: Direction) -> str:
        """Say why miniaudio reaches nothing here; empty when it does."""
        try:
            found = self._infos(direction)
        except self._engine.MiniaudioError:
            return "no sound server and no sound card"
        return "" if found else f"no {direction.value} is connected"

    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List the devices by the names that the sound server gives them."""
        try:
            infos = self._infos(direction)
        except self._engine.MiniaudioError:
            return ()
        return tuple(Device(info["name"], _native_formats(info)) for info in infos)

    def open_capture(self, wanted: Wanted, buffer: InputBuffer) -> Closeable:
        """Start a capture device; it calls back from a thread of miniaudio."""
        device = self._open(Direction.CAPTURE, wanted)
        device.device.stop_callback = lambda: buffer.fail(
            DeviceError("the microphone is gone or busy: it was stopped")
        )
        device.start(_feed(buffer))
        return device

    def open_playback(self, wanted: Wanted) -> OutputStream:
        """Start a playback device; it fetches from a thread of miniaudio."""
        device = self._open(Direction.PLAYBACK, wanted)
        playback = PulledPlayback(wanted.rate, wanted.timeout_s)
        device.device.stop_callback = lambda: playback.lose("it was stopped")
        playback.attach(device.close, _PERIODS * wanted.block_ms / 1000)
        device.start(_fetch(playback))
        return playback

    def _backends(self) -> list[Any]:
        engine = self._engine
        unwanted = {engine.Backend.NULL, engine.Backend.JACK, engine.Backend.CUSTOM}
        if sys.platform == "linux" and not _LINUX_SOUND_CARDS.exists():
            unwanted.add(engine.Backend.ALSA)
        order = [engine.Backend.PULSEAUDIO, *engine.get_enabled_backends()]
        return [backend for backend in dict.fromkeys(order) if backend not in unwanted]

    def _infos(self, direction: Direction) -> list[dict[str, Any]]:
        devices = self._engine.Devices(self._backends())
        is_capture = direction is Direction.CAPTURE
        infos: list[dict[str, Any]] = (
            devices.get_captures() if is_capture else devices.get_playbacks()
        )
        return infos

    def _open(self, direction: Direction, wanted: Wanted) -> _OpenDevice:
        engine = self._engine
        is_capture = direction is Direction.CAPTURE
        try:
            device = (engine.CaptureDevice if is_capture else engine.PlaybackDevice)(
                nchannels=wanted.channels,
                sample_rate=wanted.rate,
                buffersize_msec=wanted.block_ms,
                device_id=self._device_id(direction, wanted.device),
                callback_periods=_PERIODS,
                backends=self._backends(),
                app_name="irene",
            )
        except engine.MiniaudioError as error:
            raise DeviceError(_reason(direction, error)) from error
        return _OpenDevice(engine, direction, device)

    def _device_id(self, direction: Direction, name: str | None) -> Any:
        if name is None:
            return None
        infos = self._infos(direction)
        found = find_device([Device(info["name"]) for info in infos], name, direction)
        return next(info["id"] for info in infos if info["name"] == found.name)


class NullSystem(MiniaudioSystem):
    """miniaudio's device that hears silence and plays to nobody, at real pace: for trials."""

    name: ClassVar[str] = "null"

    def _backends(self) -> list[Any]:
        return [self._engine.Backend.NULL]


class _OpenDevice:
    """A device of miniaudio together with its connection to the sound server."""

    def __init__(self, engine: Any, direction: Direction, device: Any) -> None:
        self._engine = engine
        self._direction = direction
        self.device = device

    def start(self, generator: Generator[Any, Any, None]) -> None:
        next(generator)
        try:
            self.device.start(generator)
        except self._engine.MiniaudioError as error:
            self.close()
            raise DeviceError(_reason(self._direction, error)) from error

    def close(self) -> None:
        """Stop the device and leave the sound server.

        miniaudio 1.71 forgets the context: without the second line every answer would leave one
        more connection behind (measured: 5 answers, 5 clients of PulseAudio).
        """
        self.device.stop_callback = None
        self.device.close()
        self._engine.lib.ma_context_uninit(self.device._context)


def _feed(buffer: InputBuffer) -> Generator[None, bytearray, None]:
    while True:
        buffer.put((yield))


def _fetch(playback: PulledPlayback) -> Generator[bytes, int, None]:
    data = b""
    while True:
        n_frames = yield data
        data = playback.pull(n_frames * 2)


def _reason(direction: Direction, error: Exception) -> str:
    text = " ".join(str(part) for part in error.args)
    return f"the {direction.value} cannot be opened: {text}"


def _native_formats(info: dict[str, Any]) -> str:
    formats = [f"{f['samplerate']} Hz, {f['channels']} channels" for f in info["formats"]]
    return formats[0] if formats and info["formats"][0]["samplerate"] else ""
