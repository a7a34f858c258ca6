"""`irene models list`: what can be installed, and what is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import (
    catalogue_of,
    check_kind,
    installed_models,
    megabytes,
    place_of,
)
from irene.cli.terminal.layout import columns
from irene.models.catalogue import Catalogue


@dataclass(frozen=True)
class _Row:
    """What is told about a model."""

    name: str
    """what `irene models install` takes"""
    kind: str
    languages: list[str]
    bytes: int | None
    """of the download, or of what is installed; about, where the catalogue does not know better"""
    licence: str
    about: str
    path: str | None
    """where it is installed; null where it is not"""


@click.command(name="list")
@takes_config
@click.option("--kind", metavar="KIND", help="Only models of one engine, as in vosk.")
@click.option("--language", metavar="TAG", help="Only models for a language, as in de.")
@click.option("--installed", is_flag=True, help="Only what is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def command(
    chosen: ChosenConfig,
    kind: str | None,
    language: str | None,
    installed: bool,
    as_json: bool,
) -> None:
    """List what can be installed, and what is.

    Sizes are those of the download. Where the licence is unclear, `irene models info` says where it
    stands. Models for many languages are listed for each of them.
    """
    if kind is not None:
        check_kind(chosen, kind)
    rows = [
        row
        for row in _rows(catalogue_of(chosen))
        if kind in (None, row.kind)
        and (language is None or _speaks(row.languages, language))
        and (row.path is not None or not installed)
    ]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False).encode())
        return
    if not rows:
        click.echo(
            "no such model is installed; `irene models list` shows what can be"
            if installed
            else "no such model is known; `irene models list` shows all that are"
        )
        return
    heads = ("name", "kind", "language", "size", "licence", "about", "status")
    for line in columns(heads, [_cells(row) for row in rows]):
        click.echo(line)


def _cells(row: _Row) -> tuple[str, ...]:
    return (
        row.name,
        row.kind,
        " ".join(row.languages) or "-",
        megabytes(row.bytes),
        "unclear" if row.licence.startswith("see ") else row.licence,
        row.about,
        "installed" if row.path else "-",
    )


def _rows(catalogue: Catalogue) -> Iterator[_Row]:
    there = {one.receipt.id: one for one in installed_models()}
    for model in catalogue:
        place = place_of(model)
        there.pop(model.id, None)
        yield _Row(
            catalogue.short_name(model),
            model.kind,
            list(model.languages),
            model.n_bytes,
            model.licence,
            model.about,
            str(place) if place else None,
        )
    for one in there.values():
        receipt = one.receipt
        about, languages = "not in the catalogue", list(receipt.languages)
        yield _Row(
            receipt.id,
            receipt.kind,
            languages,
            receipt.n_bytes,
            receipt.licence or "unknown",
            about,
            str(one.path),
        )


def _speaks(languages: list[str], wanted: str) -> bool:
    """Say whether a model is for a language: `de` takes `de-AT`, too, and `mul` is for all."""
    wanted = wanted.lower()
    tags = [tag.lower() for tag in languages]
    return any(tag in ("mul", wanted) or tag.startswith(f"{wanted}-") for tag in tags)
