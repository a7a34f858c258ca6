"""Sound through the programs of a sound server: PipeWire, PulseAudio or ALSA's own."""

from __future__ import annotations

import json
import shutil
from abc import abstractmethod
from typing import Any, ClassVar

from irene import Device, DeviceError, InputBuffer, OutputStream
from irene_plugins.sound.capture_process import CaptureProcess
from irene_plugins.sound.processes import PlaybackProcess, output_of
from irene_plugins.sound.system import Closeable, Direction, SoundSystem, Wanted, find_device


class ProgramSystem(SoundSystem):
    """A pair of programs that carry raw samples between a pipe and a device."""

    programs: ClassVar[dict[Direction, str]]
    """The program for each direction."""

    def problem(self, direction: Direction) -> str:
        """Say that the program is missing, or why its sound server does not answer."""
        program = self.programs[direction]
        if shutil.which(program) is None:
            return f"{program} is not installed"
        return self._server_problem(direction)

    def open_capture(self, wanted: Wanted, buffer: InputBuffer) -> Closeable:
        """Start the recording program."""
        return CaptureProcess(self._arguments(Direction.CAPTURE, wanted), wanted, buffer)

    def open_playback(self, wanted: Wanted) -> OutputStream:
        """Start the playing program."""
        command = self._arguments(Direction.PLAYBACK, wanted)
        return PlaybackProcess(command, wanted.timeout_s)

    def _arguments(self, direction: Direction, wanted: Wanted) -> list[str]:
        device = None if wanted.device is None else self._device_name(direction, wanted.device)
        program = shutil.which(self.programs[direction])
        if program is None:
            raise DeviceError(f"{self.programs[direction]} is not installed")
        return [program, *self._options(direction, wanted, device)]

    @abstractmethod
    def _options(self, direction: Direction, wanted: Wanted, device: str | None) -> list[str]:
        """Return the arguments after the program's name."""

    def _device_name(self, direction: Direction, wanted: str) -> str:
        known = self.devices(direction)
        return find_device(known, wanted, direction).name if known else wanted

    def _server_problem(self, direction: Direction) -> str:
        """Say why nothing answers; empty when something does or when that cannot be known."""
        return ""


class PipewireSystem(ProgramSystem):
    """PipeWire's `pw-record` and `pw-play`."""

    name: ClassVar[str] = "pipewire"
    programs: ClassVar[dict[Direction, str]] = {
        Direction.CAPTURE: "pw-record",
        Direction.PLAYBACK: "pw-play",
    }

    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List PipeWire's nodes."""
        media_class = "Audio/Source" if direction is Direction.CAPTURE else "Audio/Sink"
        try:
            nodes: list[dict[str, Any]] = json.loads(output_of(["pw-dump"]) or "[]")
        except ValueError:
            return ()
        every = [(node.get("info") or {}).get("props") or {} for node in nodes]
        return tuple(
            Device(props["node.name"], props.get("node.description", ""))
            for props in every
            if props.get("media.class", "").startswith(media_class) and "node.name" in props
        )

    def _options(self, direction: Direction, wanted: Wanted, device: str | None) -> list[str]:
        # newer programs want --raw to leave out a file header, older ones do not know it
        raw = ["--raw"] if "--raw" in output_of([self.programs[direction], "--help"]) else []
        target = [] if device is None else ["--target", device]
        form = ["--rate", str(wanted.rate), "--channels", str(wanted.channels), "--format", "s16"]
        return [*raw, *target, *form, "--latency", f"{wanted.block_ms}ms", "-"]

    def _server_problem(self, direction: Direction) -> str:
        if shutil.which("pw-dump") is None or output_of(["pw-dump"]):
            return ""
        return "PipeWire does not answer"


class PulseSystem(ProgramSystem):
    """PulseAudio's `parecord` and `paplay`."""

    name: ClassVar[str] = "pulse"
    programs: ClassVar[dict[Direction, str]] = {
        Direction.CAPTURE: "parecord",
        Direction.PLAYBACK: "paplay",
    }

    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List PulseAudio's sources or sinks."""
        kind = "source" if direction is Direction.CAPTURE else "sink"
        default = output_of(["pactl", f"get-default-{kind}"]).strip()
        rows = [row.split("\t") for row in _lines(["pactl", "list", "short", f"{kind}s"])]
        return tuple(
            Device(row[1], row[3] if len(row) > 3 else "", row[1] == default)
            for row in rows
            if len(row) > 1
        )

    def _options(self, direction: Direction, wanted: Wanted, device: str | None) -> list[str]:
        target = [] if device is None else [f"--device={device}"]
        return [
            "--raw",
            "--format=s16le",
            f"--rate={wanted.rate}",
            f"--channels={wanted.channels}",
            f"--latency-msec={wanted.block_ms}",
            "--client-name=irene",
            *target,
        ]

    def _server_problem(self, direction: Direction) -> str:
        if shutil.which("pactl") is None or output_of(["pactl", "info"]):
            return ""
        return "PulseAudio does not answer"


class AlsaSystem(ProgramSystem):
    """ALSA's `arecord` and `aplay`: straight to the sound card, which may be busy."""

    name: ClassVar[str] = "alsa"
    programs: ClassVar[dict[Direction, str]] = {
        Direction.CAPTURE: "arecord",
        Direction.PLAYBACK: "aplay",
    }

    def devices(self, direction: Direction) -> tuple[Device, ...]:
        """List the default and the sound cards, each with the line that describes it."""
        names: list[Device] = []
        for line in _lines([self.programs[direction], "-L"]):
            if not line.startswith(" "):
                names.append(Device(line, is_default=line == "default"))
            elif names and not names[-1].description:
                names[-1] = Device(names[-1].name, line.strip(), names[-1].is_default)
        return tuple(device for device in names if device.is_default or "CARD=" in device.name)

    def _device_name(self, direction: Direction, wanted: str) -> str:
        # `plughw:0,0` and the like work without being listed
        return wanted if ":" in wanted else super()._device_name(direction, wanted)

    def _options(self, direction: Direction, wanted: Wanted, device: str | None) -> list[str]:
        target = [] if device is None else ["-D", device]
        form = ["-t", "raw", "-f", "S16_LE", "-r", str(wanted.rate), "-c", str(wanted.channels)]
        buffer_us = 4000 * wanted.block_ms  # two to four periods, as the card likes it
        return ["-q", *target, *form, f"--buffer-time={buffer_us}", "-"]


PROGRAMS: tuple[type[ProgramSystem], ...] = (PipewireSystem, PulseSystem, AlsaSystem)
"""Every pair of programs, in the order in which they are tried."""


def _lines(command: list[str]) -> list[str]:
    return [line for line in output_of(command).splitlines() if line.strip()]
