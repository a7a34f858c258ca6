"""`irene models`: the group of commands about the models of engines."""

from __future__ import annotations

import click

from irene.cli.lazy_group import LazyCommand, LazyGroup

_COMMANDS = "irene.cli.commands"

SUBCOMMANDS = {
    "list": LazyCommand(f"{_COMMANDS}.models_list", "List what can be installed, and what is."),
    "info": LazyCommand(f"{_COMMANDS}.models_info", "Tell everything about one model."),
    "install": LazyCommand(f"{_COMMANDS}.models_install", "Fetch models and put them in place."),
    "verify": LazyCommand(f"{_COMMANDS}.models_verify", "Compare installed models with digests."),
    "remove": LazyCommand(f"{_COMMANDS}.models_remove", "Remove installed models."),
    "lock": LazyCommand(f"{_COMMANDS}.models_lock", "Pin the models that an assistant uses."),
    "bundle": LazyCommand(f"{_COMMANDS}.models_bundle", "Pack models for a machine offline."),
    "import": LazyCommand(f"{_COMMANDS}.models_import", "Install from a bundle or a file."),
}


@click.group(name="models", cls=LazyGroup, table=SUBCOMMANDS)
def command() -> None:
    """Install, check and move models.

    Models are installed into the first folder of IRENE_MODELS, else into
    ~/.local/share/irene/models. IRENE_OFFLINE=1 forbids fetching, IRENE_MODELS_MIRROR=URL fetches
    from URL/HOST/PATH; http_proxy, https_proxy and no_proxy are honoured.
    """
