"""`irene config schema`: what a configuration may hold, for editors."""

from __future__ import annotations

import json

import click


@click.command(name="schema")
def command() -> None:
    """Print a JSON schema for editors.

    It knows the options of every plugin that is installed here.
    """
    from irene.config.schema import build_schema
    from irene.plugin.registry import ComponentRegistry

    schema = build_schema(ComponentRegistry.installed())
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False).encode())
