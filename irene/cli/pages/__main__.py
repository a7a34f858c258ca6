"""Writes the tables that come from the code into their pages: `python -m irene.cli.pages`."""

from __future__ import annotations

from irene.cli.pages.rendering import PAGES, path_of, render


def main() -> None:
    """Write every page anew."""
    for name in PAGES:
        path_of(name).write_text(render(name), encoding="utf-8")


if __name__ == "__main__":
    main()
