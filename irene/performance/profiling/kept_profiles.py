"""Profiles in the file of measurements."""

from __future__ import annotations

from pathlib import Path

from irene.config.sections import Config
from irene.errors import ConfigurationError
from irene.performance.profiling.analysis import Analysis
from irene.performance.profiling.packing import packed, unpacked
from irene.performance.profiling.profile import Profile
from irene.performance.store.place import store_path
from irene.performance.store.profiles import ProfileRow, keep_profile, profile_body
from irene.performance.store.retention import Retention


def keep(profile: Profile, path: Path, retention: Retention | None = None) -> int:
    """Write a profile; return its number. Without a retention nothing that is too old goes.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    return keep_profile(path, row_of(profile), packed(profile), retention)


def keep_for(config: Config, profile: Profile) -> int | None:
    """Write a profile into the file of an assistant; None when that keeps nothing.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    if not config.performance.store:
        return None
    return keep(profile, store_path(config), Retention.of(config.performance))


def kept(path: Path, number: int) -> Profile:
    """Return a profile by its number.

    Raises:
        ConfigurationError: nothing is kept yet, the file is damaged, or there is no such profile.
    """
    if not path.exists():
        raise ConfigurationError(f"{path}: no profile is kept yet; `irene profile` makes one")
    return unpacked(profile_body(path, number))


def row_of(profile: Profile) -> ProfileRow:
    """Return what a list tells of a profile."""
    functions = Analysis(profile).functions()
    top = functions[0].function.name if functions and functions[0].exclusive_s > 0 else ""
    subject = profile.subject
    name = f"{subject.component}.{subject.name}" if subject.component else subject.name
    return ProfileRow(
        profile.began,
        subject.kind,
        name,
        subject.config,
        str(profile.level),
        profile.seconds,
        profile.cpu_s,
        top,
    )
