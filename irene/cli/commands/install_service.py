"""`irene install-service`: the assistant as a service of the system."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell

if TYPE_CHECKING:
    from irene.cli.service.managers import ServiceFile
    from irene.cli.service.wanted import WantedService

_EXAMPLES = """\b
Examples:
  irene install-service                        your ./irene.toml, while you are logged in
  irene install-service --dry-run              print the unit, write nothing
  irene install-service -c kitchen.toml --name kitchen
  sudo irene install-service --system -c /etc/irene/irene.toml
  irene install-service --uninstall
"""


@click.command(name="install-service", epilog=_EXAMPLES)
@takes_config
@click.option("--user", "for_user", is_flag=True, help="While you are logged in; the usual way.")
@click.option("--system", "for_system", is_flag=True, help="From the start of the machine on.")
@click.option("--name", help="Of the service; after the assistant unless given.")
@click.option("--dry-run", is_flag=True, help="Print the file, and write nothing.")
@click.option("--uninstall", is_flag=True, help="Remove the file.")
@click.option("--force", is_flag=True, help="Put a file aside that somebody has changed.")
def command(
    *,
    chosen: ChosenConfig,
    for_user: bool,
    for_system: bool,
    name: str | None,
    dry_run: bool,
    uninstall: bool,
    force: bool,
) -> None:
    """Have the system run the assistant.

    Writes a unit for systemd (on macOS: a property list for launchd) that runs it with this
    interpreter and this configuration, watches it, and starts it again when it fails. Nothing is
    started: the commands for that are printed. A file that was changed since is left alone.
    """
    from irene.cli.service.managers import service_file
    from irene.cli.service.placing import remove

    context = click.get_current_context()
    if for_user and for_system:
        raise click.UsageError("--user does not go with --system", context)
    if dry_run and (uninstall or force):
        raise click.UsageError("--dry-run goes without --uninstall and --force", context)
    wanted = _wanted(chosen, name, for_system)
    file = service_file(wanted)
    if uninstall:
        _tell_backup(remove(file.path, force=force))
        _show(f"removed {file.path}; it ends with", file.after_removal)
        return
    _warn_of_problems(chosen)
    _warn_of_reach(wanted)
    if dry_run:
        click.echo(file.text, nl=False)
        tell(f"would be written to {file.path}")
        return
    _install(file, force)


def _wanted(chosen: ChosenConfig, name: str | None, for_system: bool) -> WantedService:
    from irene.cli.service.wanted import WantedService, run_command, service_name
    from irene.config.layers import read_layers
    from irene.config.sources import find_config, profile_folder

    found = find_config(chosen.source)
    is_own = found.path is not None and not found.path.is_relative_to(profile_folder())
    config = str(found.path.absolute()) if found.path is not None and is_own else found.name
    table = read_layers(chosen.source, chosen.overrides, None).root.table("assistant")
    assistant = table.plain().get("name") if table is not None else None
    command = run_command(config, chosen.overrides)
    reads = (Path(sys.prefix), Path(command[0]), *((Path(config),) if is_own else ()))
    service = service_name(name, str(assistant or "irene"))
    return WantedService(service, command, for_system, reads)


def _warn_of_problems(chosen: ChosenConfig) -> None:
    """Tell what is wrong with the configuration: it may well be mended before the start."""
    from irene.config.checking import check_config

    registry = chosen.registry()
    for problem in check_config(chosen.source, registry=registry, overrides=chosen.overrides):
        tell(f"warning: {problem}" if problem.level == "error" else str(problem))


def _warn_of_reach(wanted: WantedService) -> None:
    """Tell what the user of a service of the system may not read: it would fail to start."""
    from irene.cli.service.wanted import out_of_reach

    blocked = {out_of_reach(path) for path in wanted.reads} if wanted.for_system else set()
    for path in sorted(filter(None, blocked)):
        tell(
            f"warning: {path}: closed to the user that the service runs as; put irene and its "
            "configuration where everybody may read, such as /opt and /etc/irene, or chmod o+rX"
        )


def _install(file: ServiceFile, force: bool) -> None:
    from irene.cli.service.placing import is_another, place

    replaces = is_another(file.path, file.text)
    _tell_backup(place(file.path, file.text, force=force))
    if replaces:
        tell(f"it replaces another {file.path.name}; to have both, --name calls one otherwise")
    _show(f"wrote {file.path}; it starts with", file.after_install)


def _tell_backup(backup: Path | None) -> None:
    if backup is not None:
        tell(f"what was there lies in {backup}")


def _show(done: str, commands: tuple[str, ...]) -> None:
    click.echo("\n  ".join((done, *commands)))
