"""Checks a built site: `python docs/website/site_check.py FOLDER` names every fault.

Its exit status is 1 if there is one. A builder checks the links that it understands. Here stands
what a reader would stumble over, whoever built it: a link, an anchor or a picture that leads
nowhere, a page that no other page links to, a picture that says nothing to those who cannot see
it, and whatever a browser would fetch from elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
_NOT_FETCHED = {"canonical", "next", "prev"}
"""relations of a `link` that no browser follows by itself"""


@dataclass
class Seen(HTMLParser):
    """What one page has and wants."""

    anchors: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)
    fetched: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    """pictures without a text that stands for them"""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element points to, and what may point to it."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        wanted = given.get(_FETCHED.get(tag, ""), "")
        if wanted and given.get("rel") not in _NOT_FETCHED:
            self.fetched.add(wanted)
        if tag == "img" and not given.get("alt"):
            self.silent.add(wanted)


def faults_of(site: Path) -> Iterator[str]:
    """Yield a line for each thing that is wrong with a site."""
    pages = {path.resolve(): _seen(path) for path in _pages(site)}
    if not pages:
        yield f"{site}: there is no page"
    linked = {site.resolve() / "index.html"}
    for path, seen in pages.items():
        for link in sorted(seen.links | seen.fetched):
            target, anchor = _target(path, link)
            if target is None:
                continue
            if target != path:
                linked.add(target)
            if not target.is_file():
                yield f"{path.relative_to(site.resolve())}: {link} leads nowhere"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.relative_to(site.resolve())}: {link} names no place on that page"
        for link in sorted(seen.fetched):
            if urlsplit(link).netloc:
                yield f"{path.relative_to(site.resolve())}: {link} is fetched from elsewhere"
        for link in sorted(seen.silent):
            yield f"{path.relative_to(site.resolve())}: {link} has no text that stands for it"
    for path in sorted(pages.keys() - linked):
        yield f"{path.relative_to(site.resolve())}: no page links to it"


def _pages(site: Path) -> list[Path]:
    """Return the pages; 404.html is shown at any address, so its links are those of a server."""
    return sorted(path for path in site.rglob("*.html") if path.name != "404.html")


def _seen(path: Path) -> Seen:
    seen = Seen()
    seen.feed(path.read_text(encoding="utf-8"))
    return seen


def _target(page: Path, link: str) -> tuple[Path | None, str]:
    """Return the file that a link means, or None where it leaves the site, and the anchor."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None, ""
    path = page if not parts.path else (page.parent / unquote(parts.path)).resolve()
    return path / "index.html" if path.is_dir() else path, unquote(parts.fragment)


if __name__ == "__main__":
    faults = list(faults_of(Path(sys.argv[1])))
    print("\n".join(faults) or "every link, anchor and picture of the site is there")
    sys.exit(bool(faults))
