"""The service managers that there are: where each wants its files, and what to tell it then."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from irene.cli.service.launchd import label_of, property_list_of
from irene.cli.service.placing import marked
from irene.cli.service.unit import unit_of
from irene.cli.service.wanted import WantedService
from irene.errors import ConfigurationError
from irene.files.places import expand_home, user_folder

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class ServiceFile:
    """The file by which a service manager knows a service, and what goes with it."""

    path: Path
    text: str
    after_install: tuple[str, ...]
    """commands that start it, now and from now on"""
    after_removal: tuple[str, ...]
    """commands that end it"""


def service_file(wanted: WantedService, platform: str = sys.platform) -> ServiceFile:
    """Return what this system's service manager wants.

    Raises:
        ConfigurationError: it has none that is known here.
    """
    if platform == "linux":
        return _systemd(wanted)
    if platform == "darwin":
        return _launchd(wanted)
    raise ConfigurationError(
        f"no service manager of {platform} is known here: let yours run "
        f"{' '.join(wanted.command)!r}"
    )


def _systemd(wanted: WantedService) -> ServiceFile:
    unit = f"{wanted.name}.service"
    if wanted.for_system:
        folder, manage, journal = Path("/etc/systemd/system"), "sudo systemctl", "journalctl -u"
    else:
        config = user_folder("XDG_CONFIG_HOME", "~/.config")
        folder, manage, journal = (
            config / "systemd/user",
            "systemctl --user",
            "journalctl --user -u",
        )
    reload = f"{manage} daemon-reload"
    install = [reload, f"{manage} enable --now {unit}", f"{journal} {unit} --follow"]
    if not wanted.for_system:
        install.append("loginctl enable-linger  # also while you are not logged in")
    text = marked(unit_of(wanted, systemd_version()), ("#", ""))
    removal = (f"{manage} stop {unit}", reload)
    return ServiceFile(folder / unit, text, tuple(install), removal)


def _launchd(wanted: WantedService) -> ServiceFile:
    label = label_of(wanted.name)
    if wanted.for_system:
        folder, domain = Path("/Library/LaunchDaemons"), "system"
        log = Path("/Library/Logs") / f"{label}.log"
    else:
        folder, domain = expand_home("~/Library/LaunchAgents"), "gui/$(id -u)"
        log = expand_home("~/Library/Logs") / f"{label}.log"
    path = folder / f"{label}.plist"
    sudo = "sudo " if wanted.for_system else ""
    return ServiceFile(
        path,
        marked(property_list_of(wanted, str(log)), ("<!--", " -->")),
        (f'{sudo}launchctl bootstrap {domain} "{path}"', f'tail -f "{log}"'),
        (f"{sudo}launchctl bootout {domain}/{label}",),
    )


def systemd_version() -> int:
    """Return the version of systemd here; 0 where there is none."""
    program = shutil.which("systemctl")
    if program is None:
        return 0
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.match(r"systemd (\d+)", said)
    return int(found[1]) if found else 0
