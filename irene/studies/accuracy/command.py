"""`python -m irene.studies.accuracy`: what every engine that is ready hears in recordings."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED, read_manifest, sources
from irene.plugin.registry import ComponentRegistry
from irene.providers.border import one_line
from irene.studies.accuracy.asr_trial import try_asr
from irene.studies.accuracy.grammar_trial import SENTENCES, read_grammar, try_grammar
from irene.studies.accuracy.tables import SetTrial, describe
from irene.studies.accuracy.vad_trial import try_vad
from irene.studies.accuracy.wake_trial import (
    other_phrases,
    try_other_phrases,
    try_voice_trigger,
)

_Trial = Callable[[str, Path], Any]
_TRIALS: dict[Kind, _Trial] = {
    Kind.VOICE_TRIGGER: try_voice_trigger,
    Kind.VAD: try_vad,
    Kind.ASR: try_asr,
}


def measure(folder: Path, engines: Sequence[str] = (), grammar: Path | None = None) -> SetTrial:
    """Let every ready engine of every measured kind listen to the recordings of a folder.

    Args:
        folder: holds a `manifest.csv`.
        engines: names of the engines to measure; empty for all.
        grammar: sentences for recognisers that take a grammar; None takes the `sentences.txt` of
            the folder, if there is one.

    Raises:
        ConfigurationError: the folder cannot be used, or no engine has such a name.
    """
    recordings = read_manifest(folder)
    sentences = grammar or folder / SENTENCES
    if grammar is not None:
        read_grammar(grammar)
    trial = SetTrial(_title(folder), sources(recordings))
    results: dict[Kind, list[Any]] = {
        Kind.VOICE_TRIGGER: trial.wake,
        Kind.VAD: trial.vad,
        Kind.ASR: trial.asr,
    }
    for kind, name, attempt in _chosen(engines, folder):
        try:
            found: Any = run_isolated(attempt, name, folder)
        except IreneError as error:
            trial.unmeasured.append(f"{name}: {one_line(error)}")
        else:
            results[kind].append(found)
            if kind is Kind.ASR and sentences.is_file():
                _add_grammar_trial(trial, name, folder, sentences)
    return trial


def _add_grammar_trial(trial: SetTrial, name: str, folder: Path, sentences: Path) -> None:
    try:
        found = run_isolated(try_grammar, name, folder, sentences)
    except IreneError as error:
        trial.unmeasured.append(f"{name} within a grammar: {one_line(error)}")
    else:
        trial.grammar.extend([found] if found is not None else [])


def report(trials: Sequence[SetTrial], machine: Machine, command: str) -> str:
    """Return the measured part of the page."""
    head = (
        f"Measured on {date.today().isoformat()} with `{command}` on: {machine}. "
        "Accuracy is the same on any machine; CPU and memory are not."
    )
    return "\n\n".join([head, *(describe(trial) for trial in trials)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    return publish(partial(_blocks, options), options.write)


def _blocks(options: argparse.Namespace) -> dict[str, str]:
    folders = [Path(folder) for folder in options.audio] or [BUNDLED]
    machine = Machine.here()
    grammar = Path(options.grammar) if options.grammar else None
    trials = [measure(folder, options.engine, grammar) for folder in folders]
    if options.json:
        content = {"machine": asdict(machine), "sets": [asdict(trial) for trial in trials]}
        Path(options.json).write_text(json.dumps(content, indent=1), encoding="utf-8")
    return {"": report(trials, machine, _command(options))}


def _chosen(engines: Sequence[str], folder: Path) -> Iterator[tuple[Kind, str, _Trial]]:
    """Yield kind and name of the engines to measure, and how to.

    Raises:
        ConfigurationError: no engine has such a name.
    """
    registry = ComponentRegistry.installed()
    known = [(kind, name) for kind in _TRIALS for name in registry.entries(kind)]
    names = {name for _, name in known}
    for name in sorted(set(engines) - names):
        known_names = ", ".join(sorted(names))
        raise ConfigurationError(f"no engine is called {name!r}; known: {known_names}")
    for kind, name in known:
        if not engines or name in engines:
            yield kind, name, _TRIALS[kind]
            if kind is Kind.VOICE_TRIGGER and other_phrases(name, folder):
                yield kind, name, try_other_phrases


def _title(folder: Path) -> str:
    if folder.resolve() == BUNDLED.resolve():
        return "The recordings in the repository (`tests/data`)"
    return "Recordings that are not part of the repository"


def _command(options: argparse.Namespace) -> str:
    """Return the command line without the names of this machine's folders."""
    folders = [
        "--audio tests/data" if Path(folder).resolve() == BUNDLED.resolve() else "--audio FOLDER"
        for folder in options.audio
    ]
    engines = [f"--engine {name}" for name in options.engine]
    grammar = ["--grammar FILE"] if options.grammar else []
    return " ".join(["python -m irene.studies.accuracy", *folders, *engines, *grammar])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.accuracy",
        description="Measure wake words, VAD, word errors, CPU and memory of every ready engine.",
    )
    parser.add_argument(
        "--audio",
        metavar="DIR",
        action="append",
        default=[],
        help="folder with a manifest.csv; may be repeated (default: tests/data)",
    )
    parser.add_argument(
        "--engine", metavar="NAME", action="append", default=[], help="measure only this engine"
    )
    parser.add_argument(
        "--grammar",
        metavar="FILE",
        help="sentences, one a line, that recognisers are confined to (default: the folder's "
        "sentences.txt)",
    )
    parser.add_argument("--write", metavar="PAGE", help="put the tables between a page's markers")
    parser.add_argument("--json", metavar="FILE", help="write every result")
    return parser
