"""`irene models info`: everything about one model."""

from __future__ import annotations

import json
from typing import Any

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.model_store import catalogue_of, megabytes, place_of


@click.command(name="info")
@click.argument("name")
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def command(chosen: ChosenConfig, name: str, as_json: bool) -> None:
    """Tell everything about one model: licence, files, addresses, digests, where it is."""
    catalogue = catalogue_of(chosen)
    model = catalogue.find(name)
    place = place_of(model)
    facts: dict[str, Any] = {
        "name": catalogue.short_name(model),
        "kind": model.kind,
        "languages": list(model.languages),
        "licence": model.licence,
        "about": model.about,
        "bytes": model.n_bytes,
        "path": str(place) if place else None,
        "files": [
            {
                "path": file.path,
                "url": file.url,
                "bytes": file.size,
                "sha256": file.sha256 or None,
                "md5": file.md5 or None,
            }
            for file in model.files
        ],
    }
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False).encode())
        return
    click.echo(f"{model.id}: {model.about}".removesuffix(": "))
    click.echo(f"  languages  {' '.join(model.languages) or '-'}")
    click.echo(f"  licence    {model.licence}")
    click.echo(f"  size       {megabytes(model.n_bytes)}")
    click.echo(f"  installed  {place or 'no'}")
    for file in model.files:
        click.echo(f"  {file.url}")
        digest = f"sha256 {file.sha256}" if file.sha256 else f"md5 {file.md5}" if file.md5 else ""
        click.echo(f"    {megabytes(file.size)}  {digest or 'no digest is published'}")
