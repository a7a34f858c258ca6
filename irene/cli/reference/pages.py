"""Which pages have something from the code in them, and how each is written anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from irene.cli.reference import (
    commands,
    configuration,
    contract_suites,
    contracts,
    errors,
    events,
    metrics,
    providers,
)
from irene.config.sources import checkout

PAGES: Mapping[str, Callable[[str], str]] = {
    "cli": commands.render,
    "configuration": configuration.render,
    "contract-suites": contract_suites.render,
    "contracts": contracts.render,
    "errors": errors.render,
    "events": events.render,
    "metrics": metrics.render,
    "providers": providers.render,
}
"""what makes of a page of docs/reference, by its name, what it has to be"""


def path_of(name: str) -> Path:
    """Return where a page lies."""
    return checkout() / "docs" / "reference" / f"{name}.md"


def render(name: str) -> str:
    """Return what a page has to be, from what it is.

    Raises:
        LookupError: the page has no place for something that the code has; it is named.
    """
    path = path_of(name)
    return PAGES[name](path.read_text(encoding="utf-8") if path.exists() else "")
