"""A property list by which launchd, of macOS, runs an assistant."""

from __future__ import annotations

import plistlib

from irene.cli.service.wanted import WantedService

_LABEL = "irene."
_RESTART_S = 10


def label_of(name: str) -> str:
    """Return what launchd calls the service of this name."""
    return _LABEL + name.removeprefix("irene-")


def property_list_of(wanted: WantedService, log: str) -> str:
    """Return the text of a property list (launchd.plist(5)).

    Args:
        wanted: what it runs.
        log: path of the file for what it prints; launchd keeps nothing of that by itself.
    """
    content = {
        "Label": label_of(wanted.name),
        "ProgramArguments": list(wanted.command),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": _RESTART_S,
        "ProcessType": "Interactive",
        "StandardOutPath": log,
        "StandardErrorPath": log,
        "Umask": 0o077,
    }
    return plistlib.dumps(content, sort_keys=False).decode()
