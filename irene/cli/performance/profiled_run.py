"""Making a profile for the command line: of recordings, or of the running assistant."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from irene.cli.configuration import ChosenConfig
from irene.cli.error_border import tell
from irene.cli.live.target import LiveTarget
from irene.cli.performance.profile_command import DEFAULT_S, PROFILE
from irene.cli.runs.stop_signals import on_stop_signal
from irene.cli.sound.options import input_overrides, output_overrides
from irene.components.threads import start_daemon
from irene.errors import ConfigurationError, NotRunningError
from irene.performance.profiling.kept_profiles import keep, keep_for
from irene.performance.profiling.packing import from_text
from irene.performance.profiling.profile import Profile, Subject
from irene.performance.profiling.recorded import RecordedProfile, Wanted
from irene.performance.profiling.watch import names_of
from irene.performance.speech.demo_question import demo_recording

_PATIENCE_S = 30.0
"""how long a running assistant may take to fold what it saw"""


def profile_recordings(chosen: ChosenConfig, files: Sequence[str], wanted: Wanted) -> Profile:
    """Profile an assistant that answers recordings, and keep the profile.

    Ctrl-C ends it early; a second one kills.

    Raises:
        IreneError: it cannot start, or a recording cannot be read.
    """
    recordings = files or [demo_recording()]
    choices = [_hearing(chosen, one) for one in recordings]
    registry = choices[0].registry()
    configs = [one.load(registry) for one in choices]
    for warning in configs[0].warnings:
        tell(str(warning))
    subject = Subject("recording", names_of(recordings), configs[0].name)
    run = RecordedProfile(configs, registry, subject, wanted, _tell_lap)

    async def stoppable() -> Profile:
        on_stop_signal(lambda number: run.stop())
        return await run.run()

    profile = asyncio.run(stoppable())
    if not any(one == "answered" for one in run.outcomes) and not profile.is_partial:
        tell("no command was answered: the profile is of listening only; see `irene run --input`")
    _keep(lambda: keep_for(configs[0], profile))
    return profile


def profile_live(target: LiveTarget, wanted: Wanted) -> Profile:
    """Have the running assistant profile itself, and keep the profile; Ctrl-C ends it early.

    Raises:
        NotRunningError: it does not run, or went away.
        RequestError: a profile is being made already.
    """
    seconds = DEFAULT_S if wanted.seconds is None else wanted.seconds
    arguments = {"seconds": seconds, "level": str(wanted.level), "memory": wanted.memory}
    with target.connect() as client:
        store = client.ask("metrics").get("store")
        _tell_progress(f"looking for {seconds:g} s; Ctrl-C ends it early")
        asked = start_daemon(
            "ask", lambda: client.ask(PROFILE, arguments, patience_s=seconds + _PATIENCE_S)
        )
        try:
            result = asked.result()
        except KeyboardInterrupt:
            with target.connect() as other:
                other.ask(PROFILE, {"stop": True})
            result = asked.result(_PATIENCE_S)
    profile = from_text(result["profile"])
    if store is not None:
        with suppress(NotRunningError):
            _keep(lambda: keep(profile, Path(store)))
    return profile


def _hearing(chosen: ChosenConfig, file: str) -> ChosenConfig:
    """Return the choice with this recording as the input; answers are made, but not played."""
    wanted = chosen.preceded_by(*input_overrides(file), option="RECORDING")
    return wanted.preceded_by(*output_overrides("none"))


def _tell_lap(number: int) -> None:
    _tell_progress(f"lap {number}" if number else "warming up")


def _tell_progress(line: str) -> None:
    """Say how far it is, to somebody who looks at a terminal."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _keep(work: Callable[[], int | None]) -> None:
    """Keep a profile, and say as what; one that cannot be kept is shown all the same."""
    try:
        number = work()
    except ConfigurationError as error:
        tell(f"not kept for --list: {error}")
        return
    if number is not None:
        _tell_progress(f"kept as number {number}: `irene profile --show {number}`")
