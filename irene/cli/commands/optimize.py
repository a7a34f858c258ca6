"""`irene optimize`: settings that are proven better by trials on this machine."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from irene.cli.arguments import FiniteRange
from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.cli.runs.stop_signals import unwound_by_sigterm
from irene.errors import CheckFailedError, ConfigurationError

if TYPE_CHECKING:
    from irene.config.sections import Config
    from irene.performance.optimising.applying import Proposal
    from irene.performance.optimising.outcome import Check, Outcome
    from irene.performance.optimising.request import Request
    from irene.performance.optimising.search import Search

_GOALS = ("latency", "cpu", "memory", "accuracy")
_EXAMPLES = """\b
Examples:
  irene optimize                                  the delay of answers, with irene's own recording
  irene optimize *.wav --reference said.csv       with your voice, your room, your words
  irene optimize *.wav --goal memory --limit wer=10% --limit latency=800ms
  irene optimize *.wav --minutes 30 --write       the file is changed if that is proven better
  irene optimize --history
"""


@dataclass(frozen=True)
class _Wish:
    """What is done with what is found."""

    writes: bool
    as_json: bool


@click.command(name="optimize", epilog=_EXAMPLES)
@click.argument("files", metavar="[FILE...]", nargs=-1)
@takes_config
@click.option(
    "--goal",
    type=click.Choice(_GOALS),
    default="latency",
    show_default=True,
    help="What is made better: the delay of answers, processor, memory, or errors.",
)
@click.option(
    "--limit",
    "limits",
    metavar="NAME=VALUE",
    multiple=True,
    help="What must be kept: latency=500ms, cpu=20%, rss=300MB, wer=10%, unanswered=5%; may be "
    "repeated.",
)
@click.option(
    "--reference",
    metavar="TEXT|CSV",
    help="What is really said, without the wake word; empty where nothing is meant for it.",
)
@click.option(
    "--minutes",
    type=FiniteRange(min=0, min_open=True),
    metavar="N",
    default=10.0,
    show_default=True,
    help="Longest time for it.",
)
@click.option(
    "--trials", type=click.IntRange(min=1), metavar="N", help="Most trials; no limit unless given."
)
@click.option(
    "--only",
    metavar="KEY",
    multiple=True,
    help="Turn only keys that begin so, as in vad or asr.partials; may be repeated.",
)
@click.option(
    "--write", "writes", is_flag=True, help="Change the file, and change it back if it is worse."
)
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
@click.option("--history", is_flag=True, help="Tell what earlier searches found.")
def command(
    *,
    files: tuple[str, ...],
    chosen: ChosenConfig,
    writes: bool,
    as_json: bool,
    history: bool,
    **wanted: Any,
) -> int:
    """Find settings that are proven better.

    Other settings are tried on recordings. Each trial is the whole assistant in a process of its
    own, with nothing switched, sent or remembered. Errors may not rise unless --limit says so. A
    change is proposed when it is better beyond noise on fresh measurements; without --write it is
    only shown, as a diff.

    The exit status is 6 when a limit cannot be kept. Ctrl-C ends it with what is known.
    """
    if history:
        _require_history_alone(files)
    registry = chosen.registry()
    config = chosen.load(registry)
    if history:
        _tell_history(config, as_json)
        return 0
    with unwound_by_sigterm():
        return _Run(config, chosen, _request(chosen, files, **wanted), _Wish(writes, as_json)).run()


def _require_history_alone(files: tuple[str, ...]) -> None:
    if files:
        raise click.UsageError("--history searches nothing: it takes no FILE")
    context = click.get_current_context()
    for name in ("goal", "limits", "reference", "minutes", "trials", "only", "writes"):
        if context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            option = {"limits": "limit", "writes": "write"}.get(name, name)
            raise click.UsageError(f"--history does not go with --{option}")


def _request(
    chosen: ChosenConfig,
    files: tuple[str, ...],
    *,
    goal: str,
    limits: tuple[str, ...],
    reference: str | None,
    minutes: float,
    trials: int | None,
    only: tuple[str, ...],
) -> Request:
    from irene.performance.optimising.goals import Goal, read_limits
    from irene.performance.optimising.questions import with_references
    from irene.performance.optimising.request import Request
    from irene.performance.optimising.rounds import Budget
    from irene.performance.speech.references import read_references

    if reference is not None and not files:
        raise click.UsageError("--reference goes with recordings", click.get_current_context())
    texts = read_references(Path(reference), files) if reference else {}
    return Request(
        source=chosen.source,
        overrides=chosen.overrides,
        recordings=with_references(files, texts),
        goal=Goal(goal),
        limits=read_limits(limits),
        budget=Budget(minutes, trials),
        only=only,
    )


class _Run:
    """One run of the command."""

    def __init__(self, config: Config, chosen: ChosenConfig, request: Request, wish: _Wish) -> None:
        self._config = config
        self._chosen = chosen
        self._request = request
        self._wish = wish

    def run(self) -> int:
        from irene.cli.performance.search_progress import SearchProgress
        from irene.config.rewriting import writable
        from irene.performance.optimising.applying import proposal
        from irene.performance.optimising.search import Search

        if self._wish.writes:
            writable(proposal(self._chosen.source, ()))
        progress = SearchProgress(sys.stderr)
        with Search(self._request, report=progress.report) as search:
            outcome = search.run()
            progress.clear()
            found = proposal(self._chosen.source, outcome.changes)
            if not self._wish.as_json:
                self._tell(outcome, found)
            check = self._written(search, outcome, found)
            progress.clear()
        self._keep(outcome, check)
        if self._wish.as_json:
            from irene.performance.optimising.report import to_dict

            click.echo(json.dumps(to_dict(outcome, found.diff, check), ensure_ascii=False))
        return CheckFailedError.exit_code if outcome.missed else 0

    def _tell(self, outcome: Outcome, found: Proposal) -> None:
        from irene.cli.performance.optimisation_lines import outcome_lines

        for line in outcome_lines(outcome):
            click.echo(line)
        if found.diff:
            click.echo(f"\n{found.diff}", nl=False)
        if outcome.changes and not self._wish.writes:
            click.echo("\nnothing was written; --write changes the file")

    def _written(self, search: Search, outcome: Outcome, found: Proposal) -> Check | None:
        """Write what is proven, and see whether it holds; None when nothing is written."""
        from irene.cli.performance.optimisation_lines import check_lines
        from irene.performance.optimising.applying import write

        if not self._wish.writes or not outcome.changes:
            return None
        if outcome.missed:
            click.echo("\nnot written: a limit is not kept", err=self._wish.as_json)
            return None
        written = write(found, self._chosen.overrides)
        check = search.check(written)
        says = f"reverted: {check.reverted}" if check.reverted else "written"
        kept = "" if check.reverted else f"; what it was: {written.backup}"
        click.echo(f"\n{says}: {written.path}{kept}", err=self._wish.as_json)
        for line in check_lines(check):
            click.echo(line, err=self._wish.as_json)
        return check

    def _keep(self, outcome: Outcome, check: Check | None) -> None:
        """Keep what was found where measurements are kept."""
        from irene.domain.clock import SystemClock
        from irene.performance.optimising.report import to_row
        from irene.performance.store.optimisations import keep
        from irene.performance.store.place import store_path

        if self._config.performance.store:
            row = to_row(outcome, self._config.name, SystemClock().now().timestamp(), check)
            try:
                keep(store_path(self._config), row)
            except ConfigurationError as error:  # what was found is worth more than its trace
                tell(f"not kept for --history: {error}")


def _tell_history(config: Config, as_json: bool) -> None:
    from dataclasses import asdict

    from irene.cli.performance.optimisation_lines import history_lines
    from irene.performance.store.optimisations import kept
    from irene.performance.store.place import store_path

    path = store_path(config)
    rows = kept(path) if path.exists() else []
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
    elif rows:
        for line in history_lines(rows):
            click.echo(line)
    else:
        click.echo("nothing yet: `irene optimize` has not been run with this configuration")
