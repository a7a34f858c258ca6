"""Writes all that comes from the code into the reference pages: `python -m irene.cli.reference`."""

from __future__ import annotations

import argparse

from irene.cli.reference.pages import PAGES, path_of, render


def main() -> None:
    """Write every reference page of the documentation anew."""
    argparse.ArgumentParser("python -m irene.cli.reference", description=main.__doc__).parse_args()
    for name in PAGES:
        path_of(name).write_text(render(name), encoding="utf-8")


if __name__ == "__main__":
    main()
