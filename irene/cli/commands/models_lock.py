"""`irene models lock`: the models of an assistant are pinned beside its configuration."""

from __future__ import annotations

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.models.store import lock_of, writing
from irene.models.lock import pin, write_lock


@click.command(name="lock")
@takes_config
def command(chosen: ChosenConfig) -> None:
    """Pin the models that an assistant uses.

    Writes irene.lock beside irene.toml: every model that a provider of the configuration may
    load, with size and SHA-256 of each file. From then on the assistant refuses to start with
    others, until the lock is written anew or removed.
    """
    from irene.components.used_models import used_models

    path = lock_of(chosen)
    registry = chosen.registry()
    used = used_models(chosen.load(registry), registry)
    wanted = dict.fromkeys((one.kind, one.model) for one in used)
    with writing("the lock lies beside the configuration: make that folder writable"):
        pins = [pin(kind, model) for kind, model in wanted]
        write_lock(path, pins)
    for one in pins:
        click.echo(f"{one.id}: {len(one.files)} file{'s' * (len(one.files) != 1)}")
    click.echo(f"{path} pins {len(pins)} model{'s' * (len(pins) != 1)}")
