"""Microphones and loudspeakers: which there are, and what one hears of the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any, cast

from irene.audio.acoustic_loop import LoopReport
from irene.cli.doctor.finding import Finding, Topic, split_cure
from irene.cli.doctor.loop import play_and_record, simulated
from irene.cli.sound.devices import FoundDevices, find_devices
from irene.config.sections import Config
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input
from irene.providers.output import Output

_LOUD_ROOM_DB = -45.0
"""noise above which quiet speech is lost"""
_FAINT_DB = 10.0
"""what a sound must be louder than the room to be understood"""
_LATE_S = 0.5
_ECHO_DB = -30.0
"""loudness of its own voice from which on an assistant takes it for somebody else's"""

_NEEDED = (
    (Kind.INPUT, "microphone", "--input FILE"),
    (Kind.OUTPUT, "loudspeaker", "--output FILE.wav"),
)
"""what a configuration may need, its name, and what `irene run` can do without it"""

_DEVICES, _LOOP = Topic("devices"), Topic("sound loop")


def devices(config: Config, registry: ComponentRegistry) -> Iterator[Finding]:
    """Tell which microphones and loudspeakers there are, and whether the configuration has one."""
    found = find_devices(config, registry)
    for one in found.devices:
        about = ", ".join(filter(None, ("default" if one.is_default else "", one.description)))
        yield _DEVICES.ok(f"{one.kind}: {one.name}" + (f" ({about})" if about else ""))
    for failure in found.failures:
        yield _DEVICES.note(*split_cure(failure))
    yield from _absent(config, registry, found)


def _absent(config: Config, registry: ComponentRegistry, found: FoundDevices) -> Iterator[Finding]:
    for kind, word, option in _NEEDED:
        if any(one.kind == str(kind) for one in found.devices):
            continue
        if _is_live(kind, config, registry):
            name = getattr(config, str(kind)).default_provider
            yield _DEVICES.warning(
                f"{kind}.default_provider = {name!r}, and there is no {word}",
                f"connect one, or `irene run {option}`",
            )
        else:
            yield _DEVICES.note(f"no {word}; the configuration needs none")


def _is_live(kind: Kind, config: Config, registry: ComponentRegistry) -> bool:
    section = getattr(config, str(kind))
    table = section.providers.get(section.default_provider)
    name = table.type if table is not None else section.default_provider
    entry = registry.entries(kind).get(name)
    return entry is not None and bool(getattr(entry.cls, "live", False))


def loop(config: Config, registry: ComponentRegistry) -> Iterator[Finding]:
    """Tell what the microphone hears of the loudspeaker; without them, of a calculated one."""
    if not all(_is_live(kind, config, registry) for kind in (Kind.INPUT, Kind.OUTPUT)):
        yield _simulation("the configuration has no microphone and loudspeaker")
        return
    try:
        report = _heard(config, registry)
    except IreneError as error:
        yield _simulation(one_line(error).partition(" (")[0])
        return
    yield from judged(report, config)


def _heard(config: Config, registry: ComponentRegistry) -> LoopReport:
    microphone = cast("Input[Any]", _provider(Kind.INPUT, config, registry))
    loudspeaker = cast("Output[Any]", _provider(Kind.OUTPUT, config, registry))
    with ForeignCode(), closing(microphone), closing(loudspeaker):
        microphone.load()
        loudspeaker.load()
        return play_and_record(microphone, loudspeaker)


def _provider(kind: Kind, config: Config, registry: ComponentRegistry) -> object:
    section = getattr(config, str(kind))
    table = section.providers.get(section.default_provider)
    if table is None:
        return registry.create(kind, section.default_provider)
    return registry.create(kind, table.type, table.options)


def _simulation(reason: str) -> Finding:
    report = simulated()
    return _LOOP.note(
        f"no sound was played: {reason}; in a calculated room the sweep is found after "
        f"{1000 * (report.delay_s or 0):.0f} ms at {report.echo_db or 0:.0f} dB",
        "see `irene devices`",
    )


def judged(report: LoopReport, config: Config) -> Iterator[Finding]:
    """Yield what a measured loop means for an assistant."""
    yield from _recording(report)
    if report.delay_s is None or report.echo_db is None:
        yield _LOOP.warning(
            "the microphone does not hear the loudspeaker",
            "turn both up, or choose others (`irene devices`); with headphones all is well",
        )
        return
    heard = f"{1000 * report.delay_s:.0f} ms after it was played, at {report.echo_db:.0f} dB"
    if report.delay_s > _LATE_S:
        yield _LOOP.warning(f"heard late: {heard}", "use a wired device; wireless ones buffer")
    elif report.echo_db > _ECHO_DB and config.audio.echo == "off":
        yield _LOOP.warning(
            f"the assistant will hear its own voice: {heard}", 'set audio.echo = "cancel"'
        )
    else:
        yield _LOOP.ok(f"heard {heard}; audio.echo = {config.audio.echo!r} takes care of it")


def _recording(report: LoopReport) -> Iterator[Finding]:
    if report.clipped:
        yield _LOOP.warning(
            f"{100 * report.clipped:.1f} % of the recording is cut off",
            "lower the microphone's gain",
        )
    text = f"noise of the room {report.noise_db:.0f} dB, loudest sound {report.peak_db:.0f} dB"
    if report.noise_db > _LOUD_ROOM_DB:
        yield _LOOP.warning(text, "lower the microphone's gain, or move it away from the noise")
    elif report.peak_db < report.noise_db + _FAINT_DB:
        yield _LOOP.warning(f"{text}: hardly louder", "raise the microphone's gain")
    else:
        yield _LOOP.ok(text)
