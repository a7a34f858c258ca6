"""`irene new-plugin`: a package with a provider that works, to begin with."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from irene.domain.kinds import Kind
from irene.errors import ConfigurationError

if TYPE_CHECKING:
    from irene.cli.scaffold.names import PluginNames


@click.command(name="new-plugin")
@click.argument("kind", metavar="KIND")
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--directory",
    metavar="DIR",
    default=".",
    help="Folder to make the package's folder in; this one unless given.",
)
def command(kind: str, name: str, yes: bool, directory: str) -> None:
    """Write a package with a provider to begin with.

    KIND is a slot of the assistant, such as vad, asr, tts or intents, NAME what the configuration
    calls the provider. The package is installable, passes the checks of its contract, and works in
    an assistant as it is: one module, a pyproject.toml, a test and a README.
    """
    from irene.cli.scaffold.examples import files_of
    from irene.cli.scaffold.names import PluginNames

    names = PluginNames.of(_kind_of(kind), name)
    _require_free(names)
    folder = Path(directory, names.distribution)
    if os.path.lexists(folder):
        raise ConfigurationError(
            f"{folder} is there already; choose another NAME, or --directory DIR"
        )
    files = files_of(names)
    if not yes and sys.stdin.isatty():
        click.confirm(f"write {folder} ({', '.join(files)})?", default=True, abort=True)
    try:
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f"{folder} cannot be written: {reason}") from None
    click.echo(f"wrote {folder}: {', '.join(files)}")
    click.echo(f"next: pip install -e {folder} && irene plugin test {names.distribution}")


_SPOKEN = {
    "wake_word": Kind.VOICE_TRIGGER,
    "recognition": Kind.ASR,
    "stt": Kind.ASR,
    "voice": Kind.TTS,
    "handler": Kind.INTENTS,
    "microphone": Kind.INPUT,
    "speaker": Kind.OUTPUT,
}
"""what people call a kind that the configuration calls otherwise"""


def _kind_of(text: str) -> Kind:
    """Return the kind that is meant; `-` stands for `_`, and one letter more or less is forgiven.

    Raises:
        ConfigurationError: there is none.
    """
    known = {str(kind): kind for kind in Kind}
    name = text.lower().replace("-", "_")
    for spelled in (name, f"{name}s", name.rstrip("s")):
        if spelled in known:
            return known[spelled]
    near = difflib.get_close_matches(name, (*known, *_SPOKEN), n=1)
    hint = f"did you mean {str(_SPOKEN.get(near[0], near[0]))!r}? " if near else ""
    raise ConfigurationError(f"no kind is called {text!r}; {hint}known: {', '.join(known)}")


def _require_free(names: PluginNames) -> None:
    """Refuse a name that an installed provider of the kind has.

    Raises:
        ConfigurationError: it has; the plugin would be listed as broken.
    """
    from irene.plugin.registry import ComponentRegistry

    entry = ComponentRegistry.installed().entries(names.kind).get(names.provider)
    if entry is not None:
        raise ConfigurationError(
            f"{names.kind} provider {names.provider!r} is already offered by"
            f" {entry.plugin.distribution or entry.plugin.name}; choose another NAME"
        )
