"""The command `irene`: its list of commands and the way in."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

import irene
from irene.cli.error_border import PROGRAM, run_inside
from irene.cli.lazy_group import LazyCommand, LazyGroup
from irene.cli.runs.process_end import leave_hanging_threads
from irene.cli.terminal.layout import wants_colour
from irene.cli.terminal.standard_streams import open_missing_streams

_COMMANDS = "irene.cli.commands"

COMMANDS = {
    "run": LazyCommand(f"{_COMMANDS}.run", "Run the assistant."),
    "ask": LazyCommand(f"{_COMMANDS}.ask", "Ask something in writing."),
    "demo": LazyCommand(f"{_COMMANDS}.demo", "Answer a recorded question, every stage explained."),
    "transcribe": LazyCommand(f"{_COMMANDS}.transcribe", "Write down what recordings say."),
    "wake": LazyCommand(f"{_COMMANDS}.wake", "Tell which wake words are heard in recordings."),
    "say": LazyCommand(f"{_COMMANDS}.say", "Speak a text."),
    "status": LazyCommand(f"{_COMMANDS}.status", "Tell what the running assistant does."),
    "performance": LazyCommand(
        f"{_COMMANDS}.performance", "Show how fast it is, and what it takes."
    ),
    "benchmark": LazyCommand(f"{_COMMANDS}.benchmark", "Measure how fast every part is."),
    "profile": LazyCommand(f"{_COMMANDS}.profile", "Show where the time of an assistant goes."),
    "optimize": LazyCommand(f"{_COMMANDS}.optimize", "Find settings that are proven better."),
    "replay": LazyCommand(
        f"{_COMMANDS}.replay", "Repeat recorded sessions, and tell what is different."
    ),
    "events": LazyCommand(f"{_COMMANDS}.events", "Follow what happens in the running assistant."),
    "mute": LazyCommand(f"{_COMMANDS}.mute", "Make the running assistant deaf."),
    "unmute": LazyCommand(f"{_COMMANDS}.unmute", "Let the running assistant hear again."),
    "stop": LazyCommand(f"{_COMMANDS}.stop", "End the running assistant, or only its answer."),
    "reload": LazyCommand(f"{_COMMANDS}.reload", "Have the configuration read anew."),
    "doctor": LazyCommand(
        f"{_COMMANDS}.doctor", "Look over the installation, with a cure for what is wrong."
    ),
    "install-service": LazyCommand(
        f"{_COMMANDS}.install_service", "Have the system run the assistant."
    ),
    "init": LazyCommand(f"{_COMMANDS}.init", "Write a configuration to begin with."),
    "config": LazyCommand(f"{_COMMANDS}.config", "Check, show and describe the configuration."),
    "audio": LazyCommand(f"{_COMMANDS}.audio", "Show how audio flows."),
    "sentences": LazyCommand(f"{_COMMANDS}.sentences", "Check the sentences that are understood."),
    "providers": LazyCommand(
        f"{_COMMANDS}.providers", "List every provider: ready, or what is missing."
    ),
    "models": LazyCommand(f"{_COMMANDS}.models", "Install, check and move models."),
    "plugins": LazyCommand(f"{_COMMANDS}.plugins", "List the plugins that were found."),
    "plugin": LazyCommand(f"{_COMMANDS}.plugin", "Check plugins against their contracts."),
    "new-plugin": LazyCommand(
        f"{_COMMANDS}.new_plugin", "Write a package with a provider to begin with."
    ),
    "devices": LazyCommand(f"{_COMMANDS}.devices", "List microphones and loudspeakers."),
}
"""Every command in the order of the help."""

HELP_WIDTH = 100
"""columns that help may take in a terminal that is wide enough"""

_EXAMPLES = """\b
Examples:
  irene demo                              see it work, without a microphone
  irene init && irene run                 talk to it
  irene ask what time is it               without sound
  irene run --input question.wav --json   events of a recording, one object a line
  irene run --set asr.default_provider=vosk
  irene transcribe meeting.flac --format srt
  irene providers                         what is ready, and what would make it ready
"""


@click.group(
    name=PROGRAM,
    cls=LazyGroup,
    table=COMMANDS,
    epilog=_EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH},
)
@click.version_option(
    irene.__version__,
    prog_name=PROGRAM,
    message=f"%(prog)s %(version)s (Python {'.'.join(map(str, sys.version_info[:3]))})",
)
def program() -> None:
    """An offline-first voice assistant that is put together from plugins by one TOML file."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Args:
        args: arguments after the program's name; None takes the process's, and ends the process
            if an engine does not return.
    """
    open_missing_streams()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads cost more than they bring
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files may be any bytes
    arguments = None if args is None else list(args)
    status = run_inside(
        lambda: program.main(
            arguments, prog_name=PROGRAM, standalone_mode=False, color=wants_colour(sys.stdout)
        )
    )
    if args is None:
        leave_hanging_threads(status)
    return status
