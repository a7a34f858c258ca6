"""The options `--input` and `--output` as overrides of the configuration."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from irene.cli.arguments import folder_fault
from irene.files.places import expand_home

if TYPE_CHECKING:
    from irene.config.sections import Config

takes_input: Callable[[Any], Any] = click.option(
    "--input",
    "-i",
    "source",
    metavar="FILE|-",
    help="A recording (WAV, FLAC, OGG, MP3, raw PCM) instead of the microphone; - is a pipe.",
)
takes_output: Callable[[Any], Any] = click.option(
    "--output",
    "-o",
    "target",
    metavar="speaker|none|FILE.wav",
    help="Where answers go, instead of where the configuration says.",
)

_CHOSEN_OTHERWISE = {
    "stdin": "standard input is `-`",
    "microphone": "--set inputs.default_provider=microphone listens to it",
}
"""inputs that somebody may call by name, and how they are chosen"""


def input_overrides(source: str | None) -> tuple[str, ...]:
    """Return what `--input` sets: that input and no other, so that no fallback listens instead.

    Raises:
        click.BadParameter: it is the name of an input that is chosen otherwise, and no file.
    """
    if source is None:
        return ()
    if source == "-":
        return _only("inputs", "stdin")
    if source in _CHOSEN_OTHERWISE and not os.path.lexists(source):
        raise click.BadParameter(
            f"{source!r} is no file; {_CHOSEN_OTHERWISE[source]}", param_hint="--input"
        )
    return (*_only("inputs", "file"), _path("inputs.providers.file.path", source))


def reads_file(config: Config) -> bool:
    """Say whether a recording is read, which is as fast as it goes unless somebody paces it."""
    table = config.inputs.providers.get(config.inputs.default_provider)
    return table is not None and table.type == "file"


def output_overrides(target: str | None) -> tuple[str, ...]:
    """Return what `--output` sets: that output and no other, so that no fallback swallows it.

    Raises:
        click.BadParameter: it looks like a file of another kind than WAV, or cannot be written.
    """
    if target is None:
        return ()
    if target.lower().endswith(".wav"):
        _require_folder(expand_home(target), target)
        return (*_only("outputs", "wav"), _path("outputs.providers.wav.path", target))
    if not target or Path(target).suffix or Path(target).name != target:
        raise click.BadParameter(
            f"{target!r}: answers are written as WAV; use speaker, none or a name ending in .wav",
            param_hint="--output",
        )
    return _only("outputs", target)


def _require_folder(file: Path, target: str) -> None:
    """Refuse a file that cannot be made, before anything is loaded for it."""
    if reason := folder_fault(file):
        raise click.BadParameter(f"{target}: its folder {reason}", param_hint="--output")


def _only(section: str, provider: str) -> tuple[str, ...]:
    from irene.config.toml_text import format_value

    name = format_value(provider)
    return f"{section}.default_provider={name}", f"{section}.fallback_providers=[]"


def _path(key: str, path: str) -> str:
    from irene.config.toml_text import format_value

    return f"{key}={format_value(path)}"
