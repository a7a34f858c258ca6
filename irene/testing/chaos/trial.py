"""Letting an assistant hear command after command while its parts go wrong, and judging it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irene.domain.clock import SystemClock
from irene.domain.events import Event, SessionEnded, WakeWordDetected
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.pipeline.assistant import Assistant
from irene.plugin.host import ProviderClass
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import one_line
from irene.testing.bench import registry_of
from irene.testing.chaos.engines import (
    Heard,
    NumberAsr,
    NumberCanceller,
    NumberHandler,
    NumberOutput,
    NumberRecognizer,
    NumberVoice,
    OtherNumberVoice,
    answer_to,
)
from irene.testing.chaos.judging import EventOrder, Outcome, Stage, demanded, faults_of
from irene.testing.chaos.microphone import SAMPLE_RATE, ChaosMicrophone, Command, Scene
from irene.testing.chaos.resources import Holding
from irene.testing.chaos.weather import Weather
from irene.testing.faults.injector import FaultInjector
from irene.testing.scripted import ScriptedVad, ScriptedVoiceTrigger

_PINGS = 3
"""turns of the event loop after which whoever reads events has seen those before"""
_PING_S = 10.0
_PATIENCE_S = 60.0
"""longest time in which a session ends, whatever hangs"""
_MOST_NOTES = 50
"""violations that are kept with their circumstances"""

_MOST_FAULTS = 20
"""faults that are told of one command"""

SLOTS: dict[str, tuple[str, ...]] = {
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
"""providers of each kind, in the order in which they are configured"""


class HastyClock(SystemClock):
    """The machine's clock, but for whoever sleeps: that time passes at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._skipped_s = 0.0

    def monotonic(self) -> float:
        """Return the seconds that have passed, and those that were slept over."""
        with self._lock:
            return time.perf_counter() + self._skipped_s

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        with self._lock:
            self._skipped_s += max(0.0, seconds)


@dataclass(frozen=True)
class ChaosSettings:
    """How long, and how bad."""

    seed: int = 0
    """what chance begins with"""
    commands: int = 100
    """how many are given"""
    first: int = 0
    """number of the first one"""
    shift: int = 100
    """commands after which a new assistant takes over"""
    deadline_ms: int = 1000
    """time limit of recognisers, handlers, voices and outputs"""
    hangs: float = 1.0
    """how often calls hang, relative to what is usual; each takes a time limit"""


@dataclass(frozen=True)
class Violation:
    """A command that did not get what it was promised."""

    command: int
    what: tuple[str, ...]
    """what is wrong, one line each"""
    faults: tuple[str, ...]
    """what had gone wrong"""
    errors: tuple[str, ...]
    """what had been told to have failed"""
    before: tuple[str, ...] = ()
    """what had gone wrong while the command before was heard and answered"""

    def __str__(self) -> str:
        lines = [f"command {self.command}: {'; '.join(self.what)}"]
        lines += [f"    fault before: {fault}" for fault in self.before]
        lines += [f"    fault: {fault}" for fault in self.faults]
        return "\n".join([*lines, *(f"    told: {error}" for error in self.errors)])


@dataclass
class ChaosReport:
    """What became of all commands."""

    settings: ChaosSettings
    n_commands: int = 0
    audio_s: float = 0.0
    """sound that was heard, seconds"""
    real_s: float = 0.0
    """time that it took, seconds"""
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    """how often each fault came, by kind of provider and fault"""
    reached: Counter[str] = field(default_factory=Counter)
    """how many commands had to get, and got, how far"""
    n_run_failures: int = 0
    """runs that ended because nothing could be heard any more"""
    n_excused: int = 0
    """commands that missed a time limit without a fault: the machine was too slow"""
    n_hung: int = 0
    """calls that hung: threads that were abandoned, until they were let go"""
    hung: Counter[str] = field(default_factory=Counter)
    """the calls that hung"""
    n_violations: int = 0
    """commands that did not get what they were promised"""
    violations: list[Violation] = field(default_factory=list)
    """the first of them"""
    breaches: list[str] = field(default_factory=list)
    """what events and streams were promised, and did not get"""
    holdings: list[Holding] = field(default_factory=list)
    """what the process held after each assistant"""


class Chaos:
    """One trial: assistants one after the other, and one scene for all of them."""

    def __init__(self, settings: ChaosSettings) -> None:
        self.settings = settings
        self.report = ChaosReport(settings)
        self._weather = Weather(settings.seed, SLOTS, settings.hangs)
        self._faults = FaultInjector(settings.seed)
        self._heard = Heard()
        self._next = settings.first
        self._shift_end = settings.first
        self._present: Command | None = None
        self._outcome = Outcome()
        self._came_before: tuple[str, ...] = ()
        self._order = EventOrder()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._faults.on_hang = self._note_hang
        self._scene = self._new_scene()
        self._registry = self._registry_of_all()

    def run(self) -> ChaosReport:
        """Give every command; blocks."""
        began_s = time.monotonic()
        last = self.settings.first + self.settings.commands
        with tempfile.TemporaryDirectory() as folder:
            while self._next < last:
                self._shift_end = min(last, self._next + self.settings.shift)
                self._scene = self._new_scene()
                asyncio.run(self._work(folder))
                self._settle_shift()
        self.report.real_s = time.monotonic() - began_s
        self.report.breaches += self._order.breaches + self._faults.breaches
        return self.report

    async def _work(self, folder: str) -> None:
        """Let one assistant hear its share of the commands."""
        self._loop = asyncio.get_running_loop()
        ChaosMicrophone.scene = self._scene
        NumberOutput.heard = self._heard
        config = _config(folder, self.settings.deadline_ms)
        assistant = Assistant.from_config(config, registry=self._registry)
        async with assistant:
            while not self._scene.is_over:
                listening = asyncio.ensure_future(self._listen(assistant))
                await asyncio.wait({listening})
                if (error := listening.exception()) is not None:
                    self._note_run_failure(error)

    async def _listen(self, assistant: Assistant) -> None:
        async for event in assistant.run():
            self._note(event)

    def _settle_shift(self) -> None:
        """Look what is left when an assistant has gone."""
        self._faults.plan()
        self._faults.release()
        self._loop = None
        self.report.audio_s += self._scene.n_heard / SAMPLE_RATE
        self.report.holdings.append(Holding.now(self.report.n_commands, self._faults.streams))

    def _new_scene(self) -> Scene:
        return Scene(self._next_command, self._settled, _PATIENCE_S)

    def _next_command(self) -> Command | None:
        """Judge the command before, and plan the next one; called by whoever hears the scene."""
        with self._lock:
            self._judge()
            self._faults.release()
            self._heard.clear()
            self._present = None
            if self._next >= self._shift_end:
                self._faults.plan()
                return None
            number = self._next
            self._next += 1
            faults = self._weather.faults(number)
            self._present = Command.of(self.settings.seed, number, faults)
            self._faults.plan(*faults)
            return self._present

    def _judge(self) -> None:
        command, outcome, self._outcome = self._present, self._outcome, Outcome()
        if command is None:
            return
        report, injected = self.report, self._faults.injected
        report.n_commands += 1
        report.faults.update((one.kind, str(one.fault)) for one in injected)
        stage = demanded(injected, SLOTS)
        if outcome.has_run_failed:
            stage = Stage.ENDED if stage is not Stage.SPOKEN or injected else stage
        if outcome.is_late and not any(str(one.fault) == "hang" for one in injected):
            report.n_excused += 1
            stage = Stage.ENDED
        was_heard = self._heard.ends_with(answer_to(command.number))
        wrong = faults_of(outcome, command.number, stage, was_heard)
        if self._scene.is_stuck:
            wrong.append("its session never ended")
        report.reached[stage.name.lower()] += 1
        came = tuple(f"{one.site} {one.fault} {one.number}" for one in injected[:_MOST_FAULTS])
        if wrong:
            report.n_violations += 1
            errors, before = tuple(outcome.errors), self._came_before
            report.violations.append(Violation(command.number, tuple(wrong), came, errors, before))
            del report.violations[_MOST_NOTES:]
        self._came_before = came

    def _note(self, event: Event) -> None:
        with self._lock:
            self._order.note(event)
            self._outcome.note(event)
        if isinstance(event, WakeWordDetected):
            self._scene.session_began()
        elif isinstance(event, SessionEnded):
            self._scene.session_ended()

    def _note_run_failure(self, error: BaseException) -> None:
        with self._lock:
            self._outcome.has_run_failed = True
            self.report.n_run_failures += 1
            if not isinstance(error, IreneError):
                self._outcome.crashes.append(one_line(error) + _places(error))
        self._scene.go_on()

    def _note_hang(self, site: str) -> None:
        with self._lock:
            self.report.n_hung += 1
            self.report.hung[site] += 1

    def _settled(self) -> bool:
        """Wait until whoever reads the events has seen all that have been told."""
        loop = self._loop
        for _ in range(_PINGS):
            pong = threading.Event()
            if loop is None or loop.is_closed():
                return False
            loop.call_soon_threadsafe(pong.set)
            if not pong.wait(_PING_S):
                return False
        return True

    def _registry_of_all(self) -> ComponentRegistry:
        installed = ComponentRegistry.installed()
        soxr: Any = installed.find(Kind.RESAMPLING, "soxr").cls
        wrap = self._faults.wrap
        classes: list[ProviderClass] = [
            wrap(ChaosMicrophone),
            wrap(NumberHandler),
            wrap(NumberCanceller),
            *(wrap(soxr, name) for name in SLOTS["resampling"]),
            *(wrap(ScriptedVoiceTrigger, name) for name in SLOTS["voice_trigger"]),
            *(wrap(ScriptedVad, name) for name in SLOTS["vad"]),
            *(wrap(NumberAsr, name) for name in SLOTS["asr"]),
            *(wrap(NumberRecognizer, name) for name in SLOTS["intent_recognition"]),
            wrap(NumberVoice, SLOTS["tts"][0]),
            wrap(OtherNumberVoice, SLOTS["tts"][1]),
            *(wrap(NumberOutput, name) for name in SLOTS["outputs"]),
        ]
        return registry_of(*classes)


def _places(error: BaseException) -> str:
    """Return where an error that nobody expected came from, innermost first."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return "".join(f" < {Path(one.filename).name}:{one.lineno}" for one in reversed(frames))


def _config(folder: str, deadline_ms: int) -> dict[str, Any]:
    """Return the configuration of an assistant with all providers of `SLOTS`."""
    config: dict[str, Any] = {
        kind: {"default_provider": names[0], "fallback_providers": list(names[1:])}
        for kind, names in SLOTS.items()
        if kind not in ("intents",)
    }
    config["voice_trigger"]["wake_words"] = ["hello"]
    config["intent_recognition"]["tiers"] = []
    config["intents"] = {"handlers": list(SLOTS["intents"])}
    config["tts"]["normalize"] = False
    # Time passes faster than sounds are played: they would be heard over the next command.
    config["sounds"] = {"listening": False, "done": False, "error": False}
    config["assistant"] = {
        "state_folder": folder,
        "transcribe_timeout_ms": deadline_ms,
        "intent_timeout_ms": deadline_ms,
        "response_timeout_ms": deadline_ms,
    }
    return config
