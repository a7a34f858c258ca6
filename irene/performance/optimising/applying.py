"""Writing a proposal into the configuration's file, unless it would have no effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irene.config.loading import find_config, load_config, registry_for
from irene.config.rewriting import Rewrite, Written, put
from irene.errors import CheckFailedError, ConfigurationError
from irene.performance.optimising.arms import Change
from irene.performance.optimising.editing import edited


@dataclass(frozen=True)
class Proposal(Rewrite):
    """Changes as they would stand in the file."""

    changes: tuple[Change, ...]


def proposal(source: str | None, changes: Sequence[Change]) -> Proposal:
    """Return what the changes make of a configuration's text.

    Raises:
        ConfigurationError: the text cannot be read, or not be changed by a program.
    """
    found = find_config(source)
    after = edited(found.text, changes, found.label) if changes else found.text
    return Proposal(found.path, found.label, found.text, after, tuple(changes))


def write(wanted: Proposal, overrides: Sequence[str] = ()) -> Written:
    """Put a proposal into the file: at once or not at all, with a backup beside it.

    Args:
        wanted: what is written.
        overrides: what the command line set; a change that it hides would do nothing.

    Raises:
        ConfigurationError: it is a profile that came with irene, has changed meanwhile, or cannot
            be written.
        CheckFailedError: a variable of the environment hides a change; the file is as it was.
    """
    done = put(wanted)
    try:
        _require_effect(wanted, overrides)
    except (ConfigurationError, CheckFailedError):
        done.revert()
        raise
    return done


def _require_effect(wanted: Proposal, overrides: Sequence[str]) -> None:
    """Refuse a change that another layer hides."""
    source = str(wanted.path)
    registry = registry_for(source, overrides=overrides)
    config = load_config(source, registry=registry, overrides=overrides)
    for change in wanted.changes:
        origin = config.origin(change.key)
        if origin.layer in ("environment", "--set"):
            raise CheckFailedError(
                f"{wanted.label}: {change.key} would have no effect: {origin} sets it; "
                "the file is as it was"
            )
