"""`irene replay`: recorded sessions once more, with the same configuration or with another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.cli.terminal.standard_streams import Write, reserved_stdout
from irene.errors import CheckFailedError, IreneError

if TYPE_CHECKING:
    from pathlib import Path

    from irene.cli.replays.recordings_found import Recordings
    from irene.cli.trouble_reporter import TroubleReporter
    from irene.performance.replaying.repeating import Repeated
    from irene.performance.replaying.sources import OtherConfig
    from irene.pipeline.recording.reading import Recording

_EXAMPLES = """\b
Examples:
  irene run --set recorder.enabled=true     record what is said to it
  irene replay --list
  irene replay last                         does the same happen again?
  irene replay last --set asr.default_provider=vosk
  irene replay report.irene.zip --config irene.toml
  irene replay --compare now.toml new.toml ~/.local/state/irene/irene/recordings
"""


@click.command(name="replay", epilog=_EXAMPLES)
@click.argument("sessions", metavar="[SESSION...]", nargs=-1)
@takes_config
@click.option("--list", "as_list", is_flag=True, help="List the recorded sessions.")
@click.option(
    "--compare",
    metavar="A B",
    nargs=2,
    help="Two configurations to set side by side on all SESSIONs.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per recording.")
def command(
    *,
    chosen: ChosenConfig,
    sessions: tuple[str, ...],
    as_list: bool,
    compare: tuple[str, str] | None,
    as_json: bool,
) -> int:
    """Repeat recorded sessions, and tell what is different.

    SESSION is a recording by its name in --list, its file, a folder of recordings, or `last`. It is
    heard by the real assistant, on the clock of the recording and as fast as the machine can, with
    the configuration that is in it; --set changes keys of that one, --config takes another one.
    Nothing is played, and nobody but the assistant's own handlers is asked: what others answered,
    such as Home Assistant or a language model, is taken from the recording.

    With the recorded configuration the same is expected: a difference is exit status 6. With
    another one, a difference is what was asked for.

    --compare A B repeats all recordings with either configuration, and prints a table.
    """
    from irene.cli.replays.recordings_found import Recordings

    recordings = Recordings(ChosenConfig(chosen.source))
    if as_list:
        _refuse_with_list(sessions, compare)
        return _list(recordings, as_json)
    if not sessions and compare is None:
        raise click.UsageError("Missing argument 'SESSION...'; irene replay --list names them.")
    if compare is not None and (chosen.source or chosen.overrides):
        raise click.UsageError("--compare names both configurations: without --config and --set")
    paths = list(recordings.named(sessions)) if sessions else recordings.all()
    with reserved_stdout() as write:
        if compare is not None:
            return _compare(compare, paths, write, as_json)
        return _replay(chosen, recordings, paths, (write, as_json))


def _refuse_with_list(sessions: Sequence[str], compare: object) -> None:
    if sessions or compare is not None:
        raise click.UsageError("--list goes without SESSION and --compare")


def _list(recordings: Recordings, as_json: bool) -> int:
    from irene.cli.replays.replay_lines import LISTED_HEADS, listed_row
    from irene.cli.terminal.layout import columns
    from irene.cli.trouble_reporter import TroubleReporter
    from irene.pipeline.recording.reading import read_facts

    troubles = TroubleReporter(tell)
    found = []
    for path in recordings.all():
        try:
            found.append((path, read_facts(path)))
        except IreneError as error:
            troubles.fail(error)
    if as_json:
        for path, facts in found:
            click.echo(json.dumps({"path": str(path), **facts}, ensure_ascii=False).encode())
    elif found:
        for line in columns(LISTED_HEADS, [listed_row(path, facts) for path, facts in found]):
            click.echo(line)
    else:
        tell(f"nothing is recorded in {recordings.folder}; [recorder] enabled = true records")
    return troubles.exit_code


def _replay(
    chosen: ChosenConfig, recordings: Recordings, paths: Sequence[Path], out: tuple[Write, bool]
) -> int:
    from irene.cli.replays.replay_lines import repeated_lines, repeated_object
    from irene.cli.trouble_reporter import TroubleReporter
    from irene.performance.replaying.repeating import repeat
    from irene.pipeline.recording.reading import read_recording

    write, as_json = out
    troubles, n_different = TroubleReporter(tell), 0
    other = _other(chosen.source, chosen.overrides) if chosen.source is not None else None
    for path in paths:
        try:
            recording = read_recording(path)
            trusted = recordings.trusts(path)
            repeated = repeat(recording, other, chosen.overrides, is_trusted=trusted)
        except IreneError as error:
            troubles.fail(error, str(path))
            continue
        n_different += repeated.is_same_config and not repeated.is_same
        lines = [_json(repeated_object(repeated))] if as_json else repeated_lines(repeated)
        write("".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))
    if n_different:
        return troubles.exit_code or CheckFailedError.exit_code
    return troubles.exit_code


def _compare(names: tuple[str, str], paths: Sequence[Path], write: Write, as_json: bool) -> int:
    from irene.cli.replays.replay_lines import compared_lines, compared_object, figures_lines
    from irene.cli.trouble_reporter import TroubleReporter
    from irene.performance.replaying.table import figures_of, n_understood_alike
    from irene.performance.speech.word_errors import plain_words

    troubles = TroubleReporter(tell)
    others = [_other(name, ()) for name in names]
    beside = [both for path in paths if (both := _both(path, others, troubles))]
    if not beside:
        tell("there is nothing to compare: no recording could be repeated with both")
        return troubles.exit_code or CheckFailedError.exit_code
    repeated = list(zip(*beside, strict=True))
    labels = [one.name for one in others]
    figures = {
        name: figures_of(one, plain_words) for name, one in zip(labels, repeated, strict=True)
    }
    if as_json:
        lines = [_json(compared_object(labels, repeated, figures))]
    else:
        lines = list(compared_lines(labels, repeated))
        lines += figures_lines(figures, n_understood_alike(*repeated))
    write("".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))
    return troubles.exit_code


def _both(
    path: Path, others: Sequence[OtherConfig], troubles: TroubleReporter
) -> list[Repeated] | None:
    """Return a recording repeated with either configuration; None when that cannot be done."""
    from irene.performance.replaying.repeating import repeat
    from irene.pipeline.recording.reading import read_recording

    try:
        recording: Recording = read_recording(path)
        return [repeat(recording, other) for other in others]
    except IreneError as error:
        troubles.fail(error, str(path))
        return None


def _other(source: str | None, overrides: tuple[str, ...]) -> OtherConfig:
    from irene.performance.replaying.sources import OtherConfig

    found = ChosenConfig(source, overrides)
    found.load(found.registry())  # a mistake in it is told once, not for each recording
    return OtherConfig(source, overrides)


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)
