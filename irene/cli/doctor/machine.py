"""The machine: interpreter, packages, folders and the room on their disks."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import psutil

from irene.cli.doctor.finding import Finding, Topic, at_least_one

DISTRIBUTION = "irene-voice"
_PIP_S = 60.0
_SCARCE, _NONE_LEFT = 500_000_000, 20_000_000
"""bytes below which a disk is soon full, and below which nothing can be kept any more"""
_MEMORY = 350_000_000
"""bytes that an assistant with the embedded engines takes, with a second pass of recognition"""

_PYTHON, _PACKAGES, _FOLDERS, _MEMORY_TOPIC = map(
    Topic, ("Python", "packages", "folders", "memory")
)


def interpreter() -> Iterator[Finding]:
    """Tell on what irene runs."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count() or 1} cores"
    python = f"{platform.python_implementation()} {platform.python_version()} ({machine})"
    try:
        wanted = metadata(DISTRIBUTION)["Requires-Python"]
    except PackageNotFoundError:
        yield _PYTHON.warning(
            f"{python}; irene runs from a folder and is not installed: its plugins are not found",
            "pip install -e .",
        )
        return
    yield _PYTHON.ok(f"{python}; irene needs {wanted}")


def memory() -> Iterator[Finding]:
    """Tell whether there is memory for an assistant."""
    free = psutil.virtual_memory().available
    text = f"{free / 1e9:.1f} GB free"
    if free < _MEMORY:
        yield _MEMORY_TOPIC.warning(
            f"{text}; an assistant with the embedded engines takes about {_MEMORY / 1e6:.0f} MB",
            "end other programs, or use smaller models: `irene optimize --goal memory`",
        )
    else:
        yield _MEMORY_TOPIC.ok(text)


def packages(python: str = sys.executable) -> Iterator[Finding]:
    """Tell which installed packages do not go together, as pip sees it."""
    command = [python, "-m", "pip", "--disable-pip-version-check", "check"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PIP_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        yield _PACKAGES.note(f"not checked: {error}")
        return
    if done.returncode and "No module named" in done.stderr:
        yield _PACKAGES.note("not checked: this environment has no pip", "python -m ensurepip")
        return
    if not done.returncode:
        yield _PACKAGES.ok("what is installed goes together")
        return
    lines = filter(None, map(str.strip, done.stdout.splitlines()))
    fitting = "install what it asks for into this environment"
    found = (_PACKAGES.warning(line.rstrip("."), fitting) for line in lines)
    said = done.stderr.strip().splitlines()
    reason = said[-1] if said else f"exit status {done.returncode}"
    yield from at_least_one(found, _PACKAGES.note(f"not checked: pip failed: {reason}"))


def folders(wanted: Mapping[str, tuple[Path, str]]) -> Iterator[Finding]:
    """Tell whether folders can be written, whether others may read them, and how much room is left.

    Args:
        wanted: what each is for: the folder and the setting that chooses another.
    """
    for purpose, (folder, setting) in wanted.items():
        yield _folder(purpose, folder, setting)


def private(path: Path, purpose: str) -> Iterator[Finding]:
    """Tell when others may read a file that holds secrets."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & (stat.S_IRGRP | stat.S_IROTH):
        yield _FOLDERS.warning(
            f"{path} holds {purpose}, and others may read it (mode {mode:o})", f"chmod 600 {path}"
        )


def _folder(purpose: str, folder: Path, setting: str) -> Finding:
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not there.is_dir():
        return _FOLDERS.error(f"{purpose}: {there} is no folder", f"move it away, or set {setting}")
    if not os.access(there, os.W_OK | os.X_OK):
        return _FOLDERS.error(
            f"{purpose}: {there} cannot be written to", f"make it writable, or set {setting}"
        )
    free = shutil.disk_usage(there).free
    text = f"{purpose}: {folder}, {free / 1e9:.1f} GB free"
    if free < _NONE_LEFT:
        return _FOLDERS.error(text, f"make room, or set {setting}")
    if free < _SCARCE:
        return _FOLDERS.warning(text, f"make room, or set {setting}")
    return _FOLDERS.ok(text if folder.exists() else f"{text}; made when it is needed")
