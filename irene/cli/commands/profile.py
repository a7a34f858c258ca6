"""`irene profile`: where the time of an assistant goes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from irene.cli.arguments import FiniteRange, OutputFile
from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.live.target import LiveTarget, name_option

if TYPE_CHECKING:
    from irene.performance.profiling.profile import Profile
    from irene.performance.profiling.recorded import Wanted

_LEVELS = ("basic", "detailed", "comprehensive")
_FORMATS = ("text", "json", "speedscope", "html")
_OF_MAKING = (("seconds", "duration"), ("memory", "memory"), ("level", "level"))
"""parameters that say how a profile is made, with the names of their options"""
_OF_SHOWING = (("component", "component"), ("output", "output"), ("form", "format"))
_EXAMPLES = """\b
Examples:
  irene profile                            the bundled recording, heard by your configuration
  irene profile question.wav -c desktop --output profile.html
  irene profile --live --duration 30       the assistant that runs
  irene profile --memory --component stt
  irene profile --list
  irene profile --show 3 --output profile.speedscope.json
"""


@click.command(name="profile", epilog=_EXAMPLES)
@click.argument("recordings", metavar="[RECORDING...]", nargs=-1)
@takes_config
@name_option
@click.option("--live", is_flag=True, help="Profile the assistant that runs, while it serves.")
@click.option(
    "--duration",
    "seconds",
    type=FiniteRange(0.1, 3600),
    metavar="SECONDS",
    help="How long; else recordings are heard three times, and --live takes 60 s.",
)
@click.option("--component", metavar="NAME", help="Only what belongs to one, such as asr (or stt).")
@click.option("--memory", is_flag=True, help="Trace allocations, and look for leaks.")
@click.option(
    "--level",
    type=click.Choice(_LEVELS),
    default="detailed",
    show_default=True,
    help="A sample every 10 ms, 2 ms, or 1 ms with allocations; more costs more.",
)
@click.option("--realtime", is_flag=True, help="Read recordings at the speed of speech.")
@click.option(
    "--output",
    "-o",
    type=OutputFile(),
    metavar="FILE",
    help="Write to FILE.txt, FILE.json, FILE.speedscope.json or FILE.html.",
)
@click.option(
    "--format", "form", type=click.Choice(_FORMATS), help="Format, whatever the file is called."
)
@click.option("--list", "lists", is_flag=True, help="List the profiles that are kept.")
@click.option("--show", type=click.IntRange(min=1), metavar="NUMBER", help="Show one of them.")
def command(
    *,
    recordings: tuple[str, ...],
    chosen: ChosenConfig,
    name: str | None,
    component: str | None,
    output: Path | None,
    form: str | None,
    **options: Any,
) -> None:
    """Show where the time of an assistant goes.

    By component, thread, task and function, with who calls whom.

    A RECORDING (WAV, FLAC, OGG, MP3) is answered by the assistant of the configuration, once to
    warm up and then again and again while it is looked at. With --live the running assistant is
    looked at while it serves. Functions above 20 % are named, with who calls them; processor time
    and waiting are told apart. Ctrl-C ends it early, and shows what was seen.

    Every profile is kept with the measurements of the assistant: see --list and --show.
    """
    from irene.performance.profiling.analysis import of_component
    from irene.performance.profiling.formats import format_of
    from irene.performance.view.components import component_named

    _check_usage(recordings, options)
    wanted = None if component is None else component_named(component)
    written_as = form or ("text" if output is None else format_of(output))
    if options["lists"]:
        _list(_store(chosen, name))
        return
    profile = _profile(recordings, chosen, name, options)
    if wanted is not None:
        profile = of_component(profile, wanted)
    _show(profile, output, written_as)


def _check_usage(recordings: tuple[str, ...], options: dict[str, Any]) -> None:
    chosen = [f"--{name}" for name in ("live", "list", "show") if _is_wanted(options, name)]
    if len(chosen) > 1:
        raise click.UsageError(f"{chosen[0]} does not go with {chosen[1]}")
    if chosen and recordings:
        raise click.UsageError(f"{chosen[0]} takes no RECORDING")
    if chosen and options["realtime"]:
        raise click.UsageError(f"--realtime is for recordings, not for {chosen[0]}")
    for ignored in _ignored_by(chosen[0]) if chosen else ():
        raise click.UsageError(f"{chosen[0]} does not go with {ignored}")


def _ignored_by(choice: str) -> list[str]:
    """Return the options that were given and would do nothing."""
    names = {"--show": _OF_MAKING, "--list": (*_OF_MAKING, *_OF_SHOWING)}.get(choice, ())
    source = click.get_current_context().get_parameter_source
    return [f"--{option}" for name, option in names if source(name) is ParameterSource.COMMANDLINE]


def _is_wanted(options: dict[str, Any], name: str) -> bool:
    return bool(options["lists" if name == "list" else name])


def _profile(
    recordings: tuple[str, ...], chosen: ChosenConfig, name: str | None, options: dict[str, Any]
) -> Profile:
    """Return the profile that is asked for: a kept one, or one that is made now."""
    from irene.cli.performance.profiled_run import profile_live, profile_recordings

    if options["show"] is not None:
        from irene.performance.profiling.kept_profiles import kept

        return kept(_store(chosen, name), options["show"])
    wanted = _wanted(options)
    if options["live"]:
        return profile_live(LiveTarget(name, chosen.source), wanted)
    return profile_recordings(_named(chosen, name), recordings, wanted)


def _wanted(options: dict[str, Any]) -> Wanted:
    from irene.performance.profiling.profile import Level
    from irene.performance.profiling.recorded import Wanted

    level = Level(options["level"])
    return Wanted(level, options["seconds"], options["memory"], options["realtime"])


def _store(chosen: ChosenConfig, name: str | None) -> Path:
    """Return the file in which profiles of the assistant are kept."""
    from irene.performance.store.place import store_path

    named = _named(chosen, name)
    return store_path(named.load(named.registry()))


def _named(chosen: ChosenConfig, name: str | None) -> ChosenConfig:
    from irene.config.toml_text import format_value

    if name is None:
        return chosen
    return chosen.preceded_by(f"assistant.name={format_value(name)}", option="--name")


def _list(store: Path) -> None:
    from irene.cli.performance.profile_lines import list_lines
    from irene.performance.store.profiles import kept_profiles

    profiles = kept_profiles(store) if store.exists() else []
    if not profiles:
        click.echo("no profile is kept yet; `irene profile` makes one")
        return
    for line in list_lines(profiles):
        click.echo(line)


def _show(profile: Profile, output: Path | None, form: str) -> None:
    from irene.cli.performance.profile_lines import styled_lines
    from irene.performance.profiling.formats import FORMATS
    from irene.performance.view.export import write

    if output is not None:
        write(FORMATS[form](profile), output)
        click.echo(f"written: {output}")
    elif form == "text":
        from irene.cli.terminal.layout import width_of

        for line in styled_lines(profile, width_of(sys.stdout, otherwise=100)):
            click.echo(line)
    else:
        click.echo(FORMATS[form](profile), nl=False)
