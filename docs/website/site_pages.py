"""Gathers what the site is built from: the pages of docs/, and what a forge shows without it.

`python docs/website/site_pages.py FOLDER` writes FOLDER/pages and FOLDER/mkdocs.yml, from which a
builder makes FOLDER/site. The navigation is the index in docs/README.md, so that there is one list
of pages; the packages in docs/examples get their source on their pages; the list of changes becomes
a page. Nothing here knows the builder but for the form of its configuration.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = "README.md"
CHANGES = "CHANGELOG.md"
COPIED = {".md", ".svg", ".png", ".json", ".css"}
"""endings of what readers of the site see as it is"""
_LANGUAGES = {".py": "python", ".toml": "toml"}
_LINK = re.compile(r"\[(?P<title>[^\]]+)\]\((?P<path>[^)#:]+\.md)\)")

Nav = list[Any]


def navigation(index: str) -> Nav:
    """Return the sections (`## Name`), groups (`### Name`) and pages of an index."""
    nav: Nav = []
    for section in re.split(r"^## ", index, flags=re.M)[1:]:
        name, _, text = section.partition("\n")
        first, *groups = re.split(r"^### ", text, flags=re.M)
        entries = _pages(first)
        for group in groups:
            title, _, listed = group.partition("\n")
            entries.append({title: _pages(listed)})
        if entries:
            nav.append({name: entries})
    return nav


def _pages(text: str) -> Nav:
    """Return the pages that the items of lists link to."""
    items = re.findall(r"^- .*(?:\n  .*)*", text, flags=re.M)
    links = [link for item in items for link in _LINK.findall(item)]
    return [{title: path} for title, path in links]


def gather(folder: Path) -> None:
    """Write the pages and the configuration into a folder."""
    pages = folder / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    for source in sorted(DOCS.rglob("*")):
        if source.suffix in COPIED:
            target = pages / source.relative_to(DOCS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for example in sorted((DOCS / "examples").glob("*/README.md")):
        page = pages / example.relative_to(DOCS)
        text = example.read_text(encoding="utf-8")
        page.write_text(text + "".join(_sources(example.parent)), encoding="utf-8")
    changes = ROOT.joinpath(CHANGES).read_text(encoding="utf-8")
    pages.joinpath(CHANGES).write_text(changes.replace("](docs/", "]("), encoding="utf-8")
    _configure(folder)


def _sources(package: Path) -> Iterator[str]:
    """Yield the files of a package as blocks: the provider, its test, its `pyproject.toml`."""
    files = [one for one in package.iterdir() if one.suffix in _LANGUAGES]
    for one in sorted(files, key=lambda one: (one.suffix, one.name.startswith("test_"))):
        code = one.read_text(encoding="utf-8")
        yield f"\n## {one.name}\n\n```{_LANGUAGES[one.suffix]}\n{code}```\n"


def _configure(folder: Path) -> None:
    """Write the configuration: the one beside this file, with the navigation."""
    settings = Path(__file__).with_name("mkdocs.yml").read_text(encoding="utf-8")
    nav = navigation(DOCS.joinpath(INDEX).read_text(encoding="utf-8"))
    whole = [{"irene": INDEX}, *nav, {"Changes": CHANGES}]
    written = json.dumps(whole, ensure_ascii=False, indent=1)
    folder.joinpath("mkdocs.yml").write_text(f"{settings}nav: {written}\n", encoding="utf-8")


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
