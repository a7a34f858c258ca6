"""`irene models info`: everything about one model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import (
    Installed,
    catalogue_of,
    installed_models,
    megabytes,
    place_of,
)
from irene.errors import ModelMissingError
from irene.models.catalogue import Catalogue, CatalogueModel


@click.command(name="info")
@click.argument("name")
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
def command(chosen: ChosenConfig, name: str, as_json: bool) -> None:
    """Tell everything about one model: licence, files, addresses, digests, where it is."""
    catalogue = catalogue_of(chosen)
    own = next((one for one in installed_models() if name in one.names), None)
    try:
        facts = _published(catalogue, catalogue.find(name))
    except ModelMissingError:
        if own is None:
            raise
        facts = _imported(own)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False).encode())
        return
    for line in _lines(facts):
        click.echo(line)


def _published(catalogue: Catalogue, model: CatalogueModel) -> dict[str, Any]:
    place = place_of(model)
    return {
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


def _imported(one: Installed) -> dict[str, Any]:
    """Return the same of a model that is only here, from its receipt."""
    receipt = one.receipt
    return {
        "name": receipt.id,
        "kind": receipt.kind,
        "languages": list(receipt.languages),
        "licence": receipt.licence or "unknown",
        "about": f"from {receipt.source}",
        "bytes": receipt.n_bytes,
        "path": str(one.path),
        "files": [
            {"path": file.path, "url": None, "bytes": file.size, "sha256": file.sha256, "md5": None}
            for file in receipt.files
        ],
    }


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    kind, name = facts["kind"], facts["name"]
    model_id = name if name.startswith(f"{kind}/") else f"{kind}/{name}"
    yield f"{model_id}: {facts['about']}".removesuffix(": ")
    yield f"  languages  {' '.join(facts['languages']) or '-'}"
    yield f"  licence    {facts['licence']}"
    yield f"  size       {megabytes(facts['bytes'])}"
    yield f"  installed  {facts['path'] or 'no'}"
    for file in facts["files"]:
        yield f"  {file['url'] or file['path']}"
        digest = next((f"{name} {file[name]}" for name in ("sha256", "md5") if file[name]), "")
        yield f"    {megabytes(file['bytes'])}  {digest or 'no digest is published'}"
