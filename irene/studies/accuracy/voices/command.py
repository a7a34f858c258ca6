"""`python -m irene.studies.accuracy.voices`: commands by voice and by size of the grammar."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

from irene.errors import ConfigurationError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.publish import publish
from irene.studies.accuracy.voices.recorded import read_spoken
from irene.studies.accuracy.voices.speakers import VOICES, read_voices
from irene.studies.accuracy.voices.tables import as_json, describe
from irene.studies.accuracy.voices.trial import Household, Spoken, let_speak, try_voices

_BLOCK = "voices"
"""name of the block of a page that the tables go into"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    machine = Machine.here()
    spoken = _spoken(options)
    household = Household()
    results = []
    for size in household.sizes():
        said = partial(_tell, size.name)
        results.append((size, try_voices(options.engine, spoken, size.grammar, said)))
    if options.json:
        content = as_json(spoken, results)
        Path(options.json).write_text(json.dumps(content, indent=1), encoding="utf-8")
    head = f"Measured on {date.today().isoformat()} with `{_command(options)}` on: {machine}."
    return {_BLOCK: f"{head}\n\n{describe(spoken, results, household.is_same)}"}


def _spoken(options: argparse.Namespace) -> list[Spoken]:
    """Return what the installed voices and those in folders say.

    Raises:
        ConfigurationError: no voice is there.
    """
    listed = read_voices(Path(options.voices)) if options.voices else read_voices(VOICES)
    installed = [voice for voice in listed if voice.is_installed]
    spoken = let_speak(installed, options.commands, options.others)
    for folder in options.audio:
        spoken += read_spoken(Path(folder))
    if not spoken:
        programs = ", ".join(sorted({voice.command.split(" ")[0] for voice in listed}))
        raise ConfigurationError(f"no voice can speak; install one of: {programs}")
    return spoken


def _tell(size: str, voice: str) -> None:
    sys.stderr.write(f"{size}: {voice}\n")


def _command(options: argparse.Namespace) -> str:
    """Return the command line without the names of this machine's folders."""
    words = ["python -m irene.studies.accuracy.voices"]
    words += ["--voices FILE"] if options.voices else []
    words += ["--audio FOLDER" for _ in options.audio]
    words += [f"--commands {options.commands}", f"--others {options.others}"]
    return " ".join(words)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.accuracy.voices",
        description="Measure what a recogniser makes of voices within grammars of several sizes.",
    )
    parser.add_argument(
        "--voices",
        metavar="FILE",
        help="CSV file of voices: name, accent, command (default: twelve of eSpeak NG)",
    )
    parser.add_argument(
        "--audio",
        metavar="DIR",
        action="append",
        default=[],
        help="recordings of further voices: a manifest.csv with the columns file, "
        "transcript_or_label, voice, accent; may be repeated",
    )
    parser.add_argument(
        "--engine",
        metavar="NAME",
        default="pocketsphinx",
        help="a recogniser that takes grammars (default: pocketsphinx)",
    )
    parser.add_argument(
        "--commands", metavar="N", type=int, default=10, help="commands of each voice (default: 10)"
    )
    parser.add_argument(
        "--others", metavar="N", type=int, default=5, help="other sentences of each (default: 5)"
    )
    parser.add_argument("--write", metavar="PAGE", help="put the tables between a page's markers")
    parser.add_argument("--json", metavar="FILE", help="write what became of every utterance")
    return parser
