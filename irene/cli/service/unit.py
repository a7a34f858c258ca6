"""A systemd unit for an assistant, in systemd's own quoting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from irene.cli.service.wanted import WantedService

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "%": "%%"}
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:@/")

_NOTIFY_RELOAD = 253
"""version of systemd that knows `Type=notify-reload`"""
_GROWING_DELAY = 254
"""version of systemd that waits longer after every failure, if it is told to"""

_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))

SYSTEM_MODELS = "/usr/local/share/irene/models"
"""folder of models for a service of the system: whoever runs it has no home"""

_ANYWHERE = (
    "NoNewPrivileges=yes",
    "LockPersonality=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "SystemCallArchitectures=native",
    "UMask=0077",
)
"""what needs no privileges, and neither sound nor engines that compile code need"""

_OF_SYSTEM = (
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectHostname=yes",
    "RestrictNamespaces=yes",
    "CapabilityBoundingSet=",
)
"""what only the system's own manager can do; without `ProtectClock`, which closes all devices but
the clock (systemd.exec(5)): a service without capabilities cannot set it anyway"""


def unit_of(wanted: WantedService, version: int) -> str:
    """Return the text of a unit.

    Args:
        wanted: what it runs.
        version: of systemd; 0 when it is not known.
    """
    sections = {
        "Unit": list(_about(wanted)),
        "Service": list(_service(wanted, version)),
        "Install": [f"WantedBy={'multi-user' if wanted.for_system else 'default'}.target"],
    }
    return "\n".join(line for name, lines in sections.items() for line in (f"[{name}]", *lines, ""))


def quoted(word: str) -> str:
    """Return a word of `ExecStart=` that stands for itself (systemd.syntax(7), systemd.service(5)).

    `%` would begin a specifier, `$` a variable, a blank the next word.
    """
    escaped = "".join(_ESCAPES.get(character, character) for character in word)
    escaped = escaped.replace("$", "$$")
    return escaped if word and set(word) <= _PLAIN else f'"{escaped}"'


def _about(wanted: WantedService) -> Iterator[str]:
    yield f"Description=Voice assistant ({wanted.name})"
    if wanted.for_system:
        yield from ("Wants=network-online.target", "After=sound.target network-online.target")
    else:
        yield "After=pipewire.service pipewire-pulse.service wireplumber.service pulseaudio.service"
    yield "# It is never given up: a microphone may be plugged in tomorrow."
    yield "StartLimitIntervalSec=0"


def _service(wanted: WantedService, version: int) -> Iterator[str]:
    if version >= _NOTIFY_RELOAD:
        yield "Type=notify-reload"
    else:
        yield from ("Type=notify", "ExecReload=kill -HUP $MAINPID")
    yield f"ExecStart={' '.join(map(quoted, wanted.command))}"
    yield from ("WatchdogSec=60", "TimeoutStartSec=120", "TimeoutStopSec=45")
    yield "# Only the assistant itself is told to end: it ends its own processes."
    yield "KillMode=mixed"
    yield from ("Restart=on-failure", "RestartSec=5")
    if version >= _GROWING_DELAY:
        yield from ("RestartSteps=5", "RestartMaxDelaySec=60")
    yield "# What is wrong with the configuration, or missing, does not get better by itself."
    yield "RestartPreventExitStatus=2 3 4"
    yield "# Secrets and settings, such as IRENE_ASR__DEFAULT_PROVIDER=vosk, a line each."
    yield f"EnvironmentFile=-%E/irene/{wanted.name}.env"
    if wanted.for_system:
        yield from _account(wanted)
    yield from _ANYWHERE


def _account(wanted: WantedService) -> Iterator[str]:
    """Yield what gives a service of the system a user and folders of its own."""
    name = wanted.name
    yield from ("DynamicUser=yes", "SupplementaryGroups=audio")
    yield from (f"StateDirectory={name}", f"CacheDirectory={name}", f"RuntimeDirectory={name}")
    yield f"Environment=XDG_STATE_HOME=%S/{name} XDG_DATA_HOME=%S/{name} XDG_CACHE_HOME=%C/{name}"
    yield f"Environment=XDG_RUNTIME_DIR=%t/{name} XDG_CONFIG_HOME=%E"
    yield f"Environment=IRENE_MODELS={SYSTEM_MODELS}"
    yield from _OF_SYSTEM
    homes = any(path.is_relative_to(home) for path in wanted.reads for home in _HOMES)
    yield f"ProtectHome={'read-only' if homes else 'yes'}"
