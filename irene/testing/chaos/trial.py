"""Letting an assistant hear command after command while its parts go wrong, and judging it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
import time
from collections.abc import Sequence
from random import Random

from irene.config.loading import load_config
from irene.config.sections import Config
from irene.domain.events import Event, SessionEnded, WakeWordDetected
from irene.errors import IreneError
from irene.pipeline.assistant import Assistant
from irene.testing.chaos.configuration import SLOTS, Configurations
from irene.testing.chaos.disturbing import Disturbance, disturbances, strike
from irene.testing.chaos.engines import Heard, NumberOutput, answer_to
from irene.testing.chaos.judging import EventOrder, Outcome, Stage, demanded, faults_of
from irene.testing.chaos.microphone import SAMPLE_RATE, ChaosMicrophone, Command, Scene
from irene.testing.chaos.registry import registry_of_all
from irene.testing.chaos.report import ChaosReport, ChaosSettings, Violation, crash_of
from irene.testing.chaos.resources import Holding
from irene.testing.chaos.weather import Weather
from irene.testing.faults.fault import Fault
from irene.testing.faults.injector import FaultInjector, Injected

_PINGS = 3
"""turns of the event loop after which whoever reads events has seen those before"""
_PING_S = 10.0
_PATIENCE_S = 60.0
"""longest time in which a session ends, whatever hangs"""
_MOST_NOTES = 50
"""violations that are kept with their circumstances"""

_RECOVERY_COMMANDS = 40
"""commands, some half a minute, during which a process that was struck may be on its way back"""
_MOST_FAULTS = 20
"""faults that are told of one command"""


class Chaos:
    """One trial: assistants one after the other, and one scene for all of them."""

    def __init__(self, settings: ChaosSettings) -> None:
        self.settings = settings
        self.report = ChaosReport(settings)
        self._weather = Weather(settings.seed, SLOTS, settings.hangs)
        self._disturbed: list[Injected] = []
        self._struck_until = 0
        self._tasks: set[asyncio.Task[object]] = set()
        self._assistant: Assistant | None = None
        self._configurations = Configurations(settings.seed, "", settings.deadline_ms)
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
        self._registry = registry_of_all(self._faults)

    def run(self) -> ChaosReport:
        """Give every command; blocks."""
        began_s = time.monotonic()
        last = self.settings.first + self.settings.commands
        settings = self.settings
        with tempfile.TemporaryDirectory() as folder:
            self._configurations = Configurations(
                settings.seed, folder, settings.deadline_ms, settings.isolates
            )
            while self._next < last:
                self._shift_end = min(last, self._next + self.settings.shift)
                self._scene = self._new_scene()
                asyncio.run(self._work())
                self._settle_shift()
        self.report.real_s = time.monotonic() - began_s
        self.report.breaches += self._order.breaches + self._faults.breaches
        return self.report

    async def _work(self) -> None:
        """Let one assistant hear its share of the commands."""
        self._loop = asyncio.get_running_loop()
        ChaosMicrophone.scene = self._scene
        NumberOutput.heard = self._heard
        assistant = Assistant(self._config(self._next), self._registry)
        async with assistant:
            self._assistant = assistant
            while not self._scene.is_over:
                listening = asyncio.ensure_future(self._listen(assistant))
                await asyncio.wait({listening})
                if (error := listening.exception()) is not None:
                    self._note_run_failure(error)
            if self._tasks:
                await asyncio.wait(self._tasks)
            self._assistant = None

    async def _listen(self, assistant: Assistant) -> None:
        async for event in assistant.run():
            self._note(event)

    def _config(self, number: int) -> Config:
        mapping = self._configurations.of(number)
        return load_config(mapping, registry=self._registry, environ={})

    def _settle_shift(self) -> None:
        """Look what is left when an assistant has gone."""
        self._faults.plan()
        self._faults.release()
        self._loop = None
        self.report.audio_s += self._scene.n_heard / SAMPLE_RATE
        self.report.holdings.append(Holding.now(self.report.n_commands, self._faults.streams))

    def _new_scene(self) -> Scene:
        return Scene(self._next_command, self._settled, _PATIENCE_S, self._disturb)

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
            seed = self.settings.seed
            self._present = Command.of(seed, number, faults, disturbances(seed, number))
            self._faults.plan(*faults)
            return self._present

    def _judge(self) -> None:
        command, outcome, self._outcome = self._present, self._outcome, Outcome()
        if command is None:
            return
        report, came = self.report, self._faults.injected
        injected = (*came, *self._disturbed)
        if command.number >= self._struck_until:
            self._disturbed = []
        report.n_commands += 1
        report.faults.update((one.kind, str(one.fault)) for one in came)
        stage = self._demanded(outcome, injected)
        was_heard = self._heard.ends_with(answer_to(command.number))
        wrong = faults_of(outcome, command.number, stage, was_heard)
        if self._scene.is_stuck:
            wrong.append("its session never ended")
        report.reached[stage.name.lower()] += 1
        shown = tuple(f"{one.site} {one.fault} {one.number}" for one in injected[:_MOST_FAULTS])
        if wrong:
            report.n_violations += 1
            errors, before = tuple(outcome.errors), self._came_before
            report.violations.append(Violation(command.number, tuple(wrong), shown, errors, before))
            del report.violations[_MOST_NOTES:]
        self._came_before = shown

    def _demanded(self, outcome: Outcome, injected: Sequence[Injected]) -> Stage:
        """Return how far a command has to come; one that was late for no fault is excused."""
        if outcome.is_late and not any(one.fault is Fault.HANG for one in injected):
            self.report.n_excused += 1
            return Stage.ENDED
        if (outcome.has_run_failed and injected) or outcome.was_stopped:
            return Stage.ENDED
        return demanded(injected, SLOTS)

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
                self._outcome.crashes.append(crash_of(error))
        self._scene.go_on()

    def _note_hang(self, site: str) -> None:
        with self._lock:
            self.report.hung[site] += 1

    def _disturb(self, disturbance: Disturbance) -> None:
        """Let something happen; called by whoever hears the scene."""
        command, assistant, loop = self._present, self._assistant, self._loop
        if command is None or assistant is None or loop is None:
            return
        self.report.disturbances[str(disturbance)] += 1
        if disturbance is Disturbance.END_RUN:
            self._outcome.was_stopped = True
            assistant.stop()
        elif disturbance is Disturbance.RELOAD:
            config = self._config(command.number + 1)
            loop.call_soon_threadsafe(self._reload, assistant, config)
        elif disturbance is Disturbance.BAD_RELOAD:
            loop.call_soon_threadsafe(self._reload, assistant, None)
        else:
            injected = strike(disturbance, Random(f"{self.settings.seed} {command.number}"))
            self._disturbed = [injected] if injected else self._disturbed
            self._struck_until = command.number + _RECOVERY_COMMANDS

    def _reload(self, assistant: Assistant, config: Config | None) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(assistant.reload(config))
        self._tasks.add(task)
        task.add_done_callback(self._note_reload)

    def _note_reload(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._outcome.crashes.append(f"reload: {crash_of(error)}")

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
