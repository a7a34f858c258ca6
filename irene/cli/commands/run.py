"""`irene run`: the assistant in the foreground, its events as lines or as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.sound.options import (
    input_overrides,
    output_overrides,
    reads_file,
    takes_input,
    takes_output,
)
from irene.cli.terminal.standard_streams import reserved_stdout
from irene.errors import ConfigurationError, IreneError

if TYPE_CHECKING:
    from irene.cli.runs.event_printers import EventPrinter
    from irene.config.sections import Config
    from irene.domain.events import Event
    from irene.pipeline.assistant import Assistant

_EXAMPLES = """\b
Examples:
  irene run                                       your microphone, your ./irene.toml
  irene run --input question.wav --output none    as fast as it can
  arecord -f S16_LE -r 16000 | irene run --input -
  irene run --text                                type instead of speaking
  irene run --json | jq 'select(.event == "transcript") | .text'
"""

_KEYS = {
    "metrics_port": "performance.metrics_port",
    "metrics_host": "performance.metrics_host",
    "log_level": "logging.level",
    "log_file": "logging.file",
}
"""keys that have an option of their own"""


@click.command(name="run", epilog=_EXAMPLES)
@takes_config
@takes_input
@takes_output
@click.option("--watch", is_flag=True, help="Go by the configuration whenever its files change.")
@click.option("--realtime", is_flag=True, help="Read a file at the speed at which it was spoken.")
@click.option("--text", "in_writing", is_flag=True, help="Take lines of text, and write answers.")
@click.option(
    "--metrics-port", type=click.IntRange(1, 65535), help="Let Prometheus read figures there."
)
@click.option("--metrics-host", help="Address of that port; only this machine unless given.")
@click.option(
    "--log-level", type=click.Choice(("debug", "info", "warning", "error")), help="What is logged."
)
@click.option("--log-file", metavar="FILE", help="Keep the log in this file, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per event.")
def command(
    *,
    chosen: ChosenConfig,
    source: str | None,
    target: str | None,
    watch: bool,
    realtime: bool,
    in_writing: bool,
    as_json: bool,
    **keys: str | int | None,
) -> int:
    """Run the assistant.

    It waits for the wake word, listens, understands and answers, again and again, until its input
    ends or Ctrl-C, which lets it finish what it is about. Everything that happens is printed as it
    happens. When the input ends and not one question was answered, the exit status is that of the
    last error, if there was one.
    """
    from irene.cli.runs.event_printers import JsonPrinter, LinePrinter

    if in_writing:
        values = (source, target, keys["metrics_port"], keys["metrics_host"])
        if realtime or watch or any(value is not None for value in values):
            raise click.UsageError(
                "--text goes without --input, --output, --watch, --realtime, --metrics-port and"
                " --metrics-host",
                click.get_current_context(),
            )
        return _converse(_with_keys(chosen, keys), as_json)
    wanted = chosen.preceded_by(*input_overrides(source), option="--input")
    wanted = wanted.preceded_by(*output_overrides(target), option="--output")
    if watch:
        wanted = wanted.preceded_by("assistant.watch=true", option="--watch")
    wanted, needs_port = _with_keys(wanted, keys), keys["metrics_host"] is not None
    if not as_json:
        return _run(wanted, LinePrinter(), realtime, needs_port)
    with reserved_stdout() as write:
        return _run(wanted, JsonPrinter(write), realtime, needs_port)


def _with_keys(wanted: ChosenConfig, given: Mapping[str, str | int | None]) -> ChosenConfig:
    """Return the choice with the keys that options of their own have set."""
    for name, key in _KEYS.items():
        if (value := given[name]) is not None:
            option = f"--{name.replace('_', '-')}"
            wanted = wanted.preceded_by(f"{key}={json.dumps(value)}", option=option)
    return wanted


def _converse(chosen: ChosenConfig, as_json: bool) -> int:
    from irene.cli.logs.kept import logged
    from irene.cli.runs.event_printers import AlsoLogged, JsonPrinter
    from irene.cli.runs.typed_run import AnswerPrinter, TypedRun

    registry = chosen.registry()
    config = chosen.load(registry)
    with reserved_stdout() as write, logged(config) as log:
        printer = JsonPrinter(write) if as_json else AnswerPrinter(write)
        run = TypedRun(config, registry, AlsoLogged(printer, log))
        asyncio.run(run.converse())
    return run.exit_code


def _run(wanted: ChosenConfig, printer: EventPrinter, realtime: bool, needs_port: bool) -> int:
    from irene.cli.logs.kept import logged
    from irene.pipeline.assistant import Assistant

    try:
        registry = wanted.registry()
        config = wanted.load(registry)
        if needs_port and not config.performance.metrics_port:
            raise ConfigurationError(
                "--metrics-host: there is no port to open there; give --metrics-port, too"
            )
    except IreneError as error:
        printer.fail(error)
        return error.exit_code
    read = partial(_same_place(wanted, config).load, registry)
    with logged(config) as log:
        printer = _printer(printer, config, log)
        try:
            return _run_shown(Assistant(config, registry, read=read), printer, realtime)
        except IreneError as error:
            printer.fail(error)
            return error.exit_code


def _printer(printer: EventPrinter, config: Config, log: Callable[[Event], None]) -> EventPrinter:
    """Return what shows the events of a run, and logs them."""
    from irene.cli.logs.kept import is_log_printed
    from irene.cli.runs.event_printers import AlsoLogged, LinePrinter, NoPrinter

    is_hidden = isinstance(printer, LinePrinter) and is_log_printed(config.logging)
    return AlsoLogged(NoPrinter() if is_hidden else printer, log)


def _run_shown(assistant: Assistant, printer: EventPrinter, realtime: bool) -> int:
    """Run an assistant, its events shown as they come.

    Raises:
        IreneError: it could not start, or failed.
    """
    from irene.cli.runs.running import ForegroundRun

    config = assistant.config
    has_control = config.assistant.control and (realtime or not reads_file(config))
    run = ForegroundRun(assistant, printer, realtime, has_control)
    with _served(assistant), _sent(assistant):
        asyncio.run(run.run())
    return run.exit_code


def _served(assistant: Assistant) -> AbstractContextManager[object]:
    """Return what lets Prometheus read the figures while the assistant runs, if that is wanted."""
    settings = assistant.config.performance
    if not settings.metrics_port:
        return nullcontext()
    from irene.servers.metrics.server import MetricsServer

    return MetricsServer(assistant.recorder, settings.metrics_port, settings.metrics_host)


def _sent(assistant: Assistant) -> AbstractContextManager[object]:
    """Return what sends figures to a collector while the assistant runs, if that is wanted."""
    endpoint = assistant.config.performance.otel_endpoint
    if not endpoint:
        return nullcontext()
    from irene.cli.error_border import tell
    from irene.servers.opentelemetry.exporting import OpenTelemetryExport

    def report(line: str) -> None:
        tell(f"warning: {line}")

    name = assistant.config.assistant.name
    return OpenTelemetryExport.to(assistant.recorder, endpoint, name, report)


def _same_place(wanted: ChosenConfig, config: Config) -> ChosenConfig:
    """Return the choice of the file that was found, whatever the usual places hold later."""
    return wanted if config.path is None else replace(wanted, source=str(config.path))
