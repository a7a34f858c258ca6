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
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
INDEX = "README.md"
CHANGES = "CHANGELOG.md"
_EXAMPLES = "examples/README.md"
COPIED = {".md", ".svg", ".png", ".json", ".css"}
"""endings of what readers of the site see as it is"""
_LANGUAGES = {".py": "python", ".toml": "toml"}
_LINK = re.compile(r"\[(?P<title>[^\]]+)\]\((?P<path>[^)#:]+\.md)\)")

_CODE = re.compile(r"`([^`]*\\\|[^`]*)`")
"""code with a bar in a table: forges and the builder do not agree about what is shown"""

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
            if source.suffix == ".md":
                target.write_text(_page(source), encoding="utf-8")
            else:
                shutil.copyfile(source, target)
    changes = ROOT.joinpath(CHANGES).read_text(encoding="utf-8")
    pages.joinpath(CHANGES).write_text(changes.replace("](docs/", "]("), encoding="utf-8")
    _configure(folder)


def _page(source: Path) -> str:
    """Return a page as the builder reads it; that of an example shows its files."""
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(_CODE.sub(_as_html, line) if line.startswith("|") else line for line in lines)
    if source.parent.parent == DOCS / "examples":
        text += "".join(_sources(source.parent))
    return text


def _as_html(code: re.Match[str]) -> str:
    shown = escape(code[1].replace("\\|", "|"), quote=False)
    return f"<code>{shown.replace('|', '&#124;')}</code>"


def _sources(package: Path) -> Iterator[str]:
    """Yield the files of a package as blocks: the provider, its test, its `pyproject.toml`."""
    files = [one for one in package.iterdir() if one.suffix in _LANGUAGES]
    for one in sorted(files, key=lambda one: (one.suffix, one.name.startswith("test_"))):
        code = one.read_text(encoding="utf-8")
        yield f"\n## {one.name}\n\n```{_LANGUAGES[one.suffix]}\n{code}```\n"


def _open_up(nav: Nav) -> None:
    """Put the page of every example below that of all."""
    for section in nav:
        for pages in section.values():
            for entry in pages:
                if _EXAMPLES in entry.values():
                    packages = sorted(DOCS.joinpath(_EXAMPLES).parent.glob("*/README.md"))
                    paths = [str(one.relative_to(DOCS)) for one in packages]
                    entry.update({name: [_EXAMPLES, *paths] for name in entry})


def _configure(folder: Path) -> None:
    """Write the configuration: the one beside this file, with the navigation."""
    settings = Path(__file__).with_name("mkdocs.yml").read_text(encoding="utf-8")
    nav = navigation(DOCS.joinpath(INDEX).read_text(encoding="utf-8"))
    _open_up(nav)
    whole = [{"irene": INDEX}, *nav, {"Changes": CHANGES}]
    written = json.dumps(whole, ensure_ascii=False, indent=1)
    folder.joinpath("mkdocs.yml").write_text(f"{settings}nav: {written}\n", encoding="utf-8")


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
