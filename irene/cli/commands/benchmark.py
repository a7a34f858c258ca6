"""`irene benchmark`: how fast every part of the assistant is, and whether it has become slower."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from irene.cli.arguments import FiniteRange, OutputFile
from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.runs.stop_signals import unwound_by_sigterm
from irene.cli.terminal.standard_streams import reserved_stdout

_EXAMPLES = """\b
Examples:
  irene benchmark                             every part, on the demo's recording
  irene benchmark --component asr --component pipeline question.wav
  irene benchmark --quick
  irene benchmark --output today.json --format json
  irene benchmark --baseline --note "before the new model"
  irene benchmark --gate                      for CI: exit status 6 when something is slower
  irene benchmark --compare 3 today.json
  irene benchmark --history --component asr --days 7
  irene benchmark --targets                   every figure that irene is held to: pass or fail
  irene benchmark --targets --only "streams-*"
  irene benchmark --targets --list            their names and goals
"""
_SECONDS, _QUICK_S = 10.0, 2.0
_FEWEST, _QUICK_FEWEST = 5, 3
_FORMS = {"": "table", ".txt": "table", ".json": "json", ".csv": "csv"}
"""formats by the ending of a file's name"""
_FILE = click.Path(dir_okay=False, path_type=Path)
_OF_TARGETS = ("targets", "only", "lists", "peers")
_WITH_TARGETS = ("quick", "output")
"""options of the others that --targets takes"""


def _program(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and shutil.which(value) is None:
        raise click.BadParameter(f"there is no program {str(value)!r}", context, parameter)
    return value


@click.command(name="benchmark", epilog=_EXAMPLES)
@click.argument("files", metavar="[FILE...]", nargs=-1)
@takes_config
@click.option(
    "--component",
    "components",
    metavar="NAME",
    multiple=True,
    help="Only this one, such as asr (or stt), tts or pipeline; may be repeated.",
)
@click.option("--provider", metavar="NAME", help="Only the provider of this name.")
@click.option(
    "--iterations",
    type=click.IntRange(1, 100_000),
    metavar="N",
    help="Calls of each part; as many as there is time for unless given.",
)
@click.option(
    "--seconds",
    type=FiniteRange(min=0, min_open=True),
    metavar="S",
    help=f"About how long each part is measured; {_SECONDS:g} unless given.",
)
@click.option("--quick", is_flag=True, help=f"A first look: {_QUICK_S:g} s for each part.")
@click.option(
    "--clock",
    type=click.Choice(("wall", "cpu")),
    default="wall",
    show_default=True,
    help="cpu: processor time, for a machine that other programs use as well.",
)
@click.option(
    "--reference",
    type=_FILE,
    metavar="TEXT|CSV",
    help="What the recordings say, for word error rates and what understands text.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "csv")),
    help="table unless given; of a file by its ending.",
)
@click.option("--output", type=OutputFile(), metavar="FILE", help="Write it to a file, too.")
@click.option("--note", metavar="TEXT", default="", help="Kept with it, for the history.")
@click.option(
    "--baseline", "as_baseline", is_flag=True, help="Later runs are compared with this one."
)
@click.option(
    "--gate",
    is_flag=True,
    help="Exit with 6 also where it cannot be told whether something is slower.",
)
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="Compare two runs of before: numbers of the history, or files with --format json.",
)
@click.option("--history", is_flag=True, help="List the runs that are kept.")
@click.option(
    "--days",
    type=FiniteRange(min=0, min_open=True),
    metavar="N",
    help="With --history: those of the last N days.",
)
@click.option(
    "--targets",
    is_flag=True,
    help="Measure every figure that irene is held to, and exit with 6 when one is missed.",
)
@click.option(
    "--only",
    metavar="NAME",
    multiple=True,
    help="With --targets: this one, or those of a pattern; may be repeated.",
)
@click.option(
    "--list", "lists", is_flag=True, help="With --targets: print names and goals, measure nothing."
)
@click.option(
    "--peers",
    type=_FILE,
    callback=_program,
    metavar="PYTHON",
    help="With --targets: an interpreter with the packages to compare with.",
)
def command(chosen: ChosenConfig, files: tuple[str, ...], **options: Any) -> int:
    """Measure how fast every part is.

    The real parts of the configured assistant work on FILE, or on the demo's recording: each
    component with each of its providers, and the whole of them, from the recording to the end of
    the answer. Loading and the first call stand apart, failures are not in the times, and a run
    that cannot be trusted says why.

    Runs are kept. Where there is a baseline of this machine, each part is compared with it; what
    seems slower is measured again, and if it is slower still, the exit status is 6.

    With --targets it measures goals instead: docs/reference/targets.md tells which, and how.
    """
    form = _form(options.pop("form"), options["output"])
    if options["targets"]:
        return _targets(files, options, form)
    _check_usage(files, options)
    if options["history"]:
        return _history(chosen, options, form)
    if options["compare"]:
        return _compared(chosen, options, form)
    return _measured(chosen, files, options, form)


def _form(form: str | None, output: Path | None) -> str:
    if form is not None:
        return form
    ending = "" if output is None else output.suffix.lower()
    if ending not in _FORMS:
        raise click.UsageError(
            f"--output {output}: give --format, or a name that ends in .json, .csv or .txt"
        )
    return _FORMS[ending]


def _check_usage(files: tuple[str, ...], options: dict[str, Any]) -> None:
    given = {name for name, value in options.items() if value not in (None, False, (), "")}
    looks_back = given & {"history", "compare"}
    mistakes = {
        "--only, --list and --peers go with --targets": given & {"only", "lists", "peers"},
        "--history and --compare measure nothing: they take no FILE": looks_back and files,
        "--history does not go with --compare": given >= {"history", "compare"},
        "--days goes with --history": "days" in given and "history" not in given,
        "--baseline keeps what is measured now": looks_back and "as_baseline" in given,
        "--quick does not go with --seconds": given >= {"quick", "seconds"},
    }
    for message, is_made in mistakes.items():
        if is_made:
            raise click.UsageError(message)


def _targets(files: tuple[str, ...], options: dict[str, Any], form: str) -> int:
    context = click.get_current_context()
    others = [
        name
        for name in options
        if name not in (*_OF_TARGETS, *_WITH_TARGETS)
        and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    ]
    if files or others:
        raise click.UsageError(
            "--targets goes with --only, --list, --quick, --peers, --format and --output alone"
        )
    from irene.cli.performance.targets import list_targets, run_targets
    from irene.studies.targets.selection import TargetOptions

    wanted = TargetOptions(options["only"], options["quick"], options["peers"])
    if options["lists"]:
        return list_targets(wanted)
    with unwound_by_sigterm():
        return run_targets(wanted, form, options["output"])


def _measured(
    chosen: ChosenConfig, files: tuple[str, ...], options: dict[str, Any], form: str
) -> int:
    from irene.cli.performance.benchmarking import Asked, Benchmarking

    asked = Asked(
        files=files,
        reference=options["reference"],
        components=_components(options["components"]),
        provider=options["provider"],
        effort=_effort(options),
        note=options["note"],
        form=form,
        output=options["output"],
        as_baseline=options["as_baseline"],
        gates=options["gate"],
    )
    with unwound_by_sigterm(), reserved_stdout() as write:
        return Benchmarking(chosen, asked, write).run()


def _effort(options: dict[str, Any]) -> Any:
    from irene.performance.benchmark.measuring import Effort

    is_quick = options["quick"]
    seconds = options["seconds"] or (_QUICK_S if is_quick else _SECONDS)
    return Effort(
        seconds=seconds,
        iterations=options["iterations"],
        fewest_rounds=_QUICK_FEWEST if is_quick else _FEWEST,
        clock=options["clock"],
    )


def _components(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is meant, each once.

    Raises:
        RequestError: there is no such component, or nothing of it can be measured.
    """
    from irene.errors import RequestError
    from irene.performance.benchmark.running import WORKS
    from irene.performance.view.components import component_named

    found = tuple(dict.fromkeys(component_named(name) for name in names))
    for name in found:
        if name not in WORKS:
            raise RequestError(f"--component {name}: only {', '.join(WORKS)} can be measured")
    return found


def _history(chosen: ChosenConfig, options: dict[str, Any], form: str) -> int:
    from irene.cli.performance.looking_back import show_history

    (component,) = _components(options["components"])[:1] or (None,)
    show_history(chosen, component, options["days"], form, options["output"])
    return 0


def _compared(chosen: ChosenConfig, options: dict[str, Any], form: str) -> int:
    from irene.cli.performance.looking_back import show_comparison

    wanted = _components(options["components"])
    return show_comparison(
        chosen, options["compare"], wanted, form, options["output"], gates=options["gate"]
    )
