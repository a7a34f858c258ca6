"""What is to be installed as a service."""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WantedService:
    """One assistant that a service manager is to run."""

    name: str
    """of the service, without an ending"""
    command: tuple[str, ...]
    """program and arguments"""
    for_system: bool = False
    """whether it runs from the start of the machine on; else while its user is logged in"""
    reads: tuple[Path, ...] = ()
    """files that it needs, beside the system's own"""


def service_name(asked: str | None, assistant: str) -> str:
    """Return the name of a service: as asked, else after its assistant; what systemd takes."""
    name = asked or (assistant if assistant == "irene" else f"irene-{assistant}")
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "_", name.strip().removesuffix(".service"))
    return plain.lstrip("-").strip(".") or "irene"  # a leading dash would be an option


def run_command(config: str, overrides: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return what runs an assistant with the interpreter that runs now.

    Its own path counts, not where a link of it leads: it tells which environment is meant.

    Args:
        config: path of a file, or name of a profile.
        overrides: what `--set` says.
    """
    script = Path(sys.executable).parent / ("irene.exe" if os.name == "nt" else "irene")
    program = (str(script),) if script.is_file() else (sys.executable, "-m", "irene")
    return (*program, "run", "--config", config, *(f"--set={one}" for one in overrides))


def out_of_reach(path: Path) -> Path | None:
    """Return what of a path a user that has no rights of its own may not enter or read, if any."""
    for part in reversed((path, *path.parents)):
        try:
            mode = part.stat().st_mode
        except OSError:
            return part
        needed = stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
        if not mode & needed:
            return part
    return None
