"""A profile as one HTML file: a flame graph (Brendan Gregg, 2011) that needs only a browser."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from irene.performance.profiling.analysis import Analysis
from irene.performance.profiling.profile import Profile
from irene.performance.profiling.sentences import (
    bottleneck_sentences,
    leak_sentences,
    owner_name,
    sampling_sentence,
    where,
)
from irene.performance.profiling.text import profile_lines
from irene.performance.view.amounts import clock_time, time_of

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --paper: #ffffff;
  --card: #f4f6f9; --edge: #d8dee8; --strong: #1f6feb; --box: 78%; --found: #ffd43b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a2b3; --paper: #12161d;
  --card: #1b212b; --edge: #303947; --strong: #6ea8fe; --box: 30%; --found: #8a6d00; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 90rem; padding: 1.5rem 1rem 3rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
p { margin: 0; } .soft { color: var(--soft); } ul { margin: 0; padding-left: 1.2rem; }
.bar { display: flex; flex-wrap: wrap; gap: .8rem; align-items: center; margin: 1.2rem 0 .4rem; }
input, select { font: inherit; color: inherit; background: var(--card); padding: .15rem .4rem;
  border: 1px solid var(--edge); border-radius: .3rem; }
#graph { position: relative; overflow: hidden; border: 1px solid var(--edge); }
#graph:focus-visible { outline: 2px solid var(--strong); }
.box { position: absolute; height: 18px; padding: 0 3px; overflow: hidden; white-space: nowrap;
  font-size: 12px; line-height: 18px; cursor: pointer; border-right: 1px solid var(--paper);
  background: hsl(var(--hue) 62% var(--box)); }
.box.waits { background: var(--edge); } .box.found { background: var(--found); }
.box.chosen { box-shadow: inset 0 0 0 2px var(--ink); }
#told { min-height: 1.6em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--edge); padding: .8rem;
  font-size: 12.5px; line-height: 1.4; } summary { cursor: pointer; margin-top: 1.2rem; }
"""
_ROOTS = ("irene.cli", "irene.components.threads", "irene.performance")
"""modules whose functions only lead to what is profiled"""
_PLACES = """<div class="bar">
<label>Width <select id="measure"><option value="cpu">processor time</option>
<option value="wall">time, waiting included</option></select></label>
<label>by <select id="group"><option value="owner">component</option>
<option value="thread">thread</option></select></label>
<label>Search <input id="search" type="search" autocomplete="off"></label>
<span id="found" class="soft" role="status"></span></div>
<p id="told" role="status"></p>
<div id="graph" role="tree" tabindex="0" aria-label="flame graph"></div>
<p class="soft">Click, or arrow keys and Enter: into a function; Escape: all again; /: search. Grey
waits.</p>
<noscript><p>The graph needs JavaScript; the report below does not.</p></noscript>"""


def flame_page(profile: Profile) -> str:
    """Return the whole page.

    It loads nothing, and a policy in it forbids that it ever could; names of functions and files
    are shown as text, whatever is in them.
    """
    script = Path(__file__).with_name("flame.js").read_text(encoding="utf-8")
    name = escape(profile.subject.name)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_digest(script)}'"
    report = "\n".join(escape(line) for line in profile_lines(profile))
    body = "\n".join((*_told(profile), _PLACES))
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: profile</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{name}</h1>\n{body}\n"
        f"<details open><summary>The report</summary><pre>{report}</pre></details>\n"
        f'<script type="application/json" id="profile">{_embedded(profile)}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _told(profile: Profile) -> Iterator[str]:
    subject = profile.subject
    facts = (
        f"{clock_time(profile.began)}, {time_of(profile.seconds)} ({subject.kind}, level "
        f"{profile.level}); {sampling_sentence(profile)}"
    )
    yield f'<p class="soft">{escape(facts)}</p>'
    sentences = [*bottleneck_sentences(Analysis(profile)), *leak_sentences(profile)]
    if sentences:
        yield "<h2>What stands out</h2>\n<ul>"
        yield from (f"<li>{escape(one)}</li>" for one in sentences)
        yield "</ul>"


def _embedded(profile: Profile) -> str:
    """Return the data as JSON that cannot end the element that it is in."""
    text = json.dumps(_data(profile), ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _data(profile: Profile) -> dict[str, Any]:
    owners: dict[str, int] = {}
    stacks = []
    for number, thread in enumerate(profile.threads):
        for one in thread.stacks:
            owner = owners.setdefault(owner_name(one.component, one.provider), len(owners))
            times = (round(one.cpu_s, 6), round(one.wall_s, 6))
            told = list(_without_roots(profile, one.functions))
            stacks.append([owner, number, *times, int(one.waits), told])
    return {
        "functions": [[one.name, where(one)] for one in profile.functions],
        "owners": list(owners),
        "threads": [one.name for one in profile.threads],
        "stacks": stacks,
    }


def _without_roots(profile: Profile, places: Sequence[int]) -> Sequence[int]:
    """Return a stack without what only leads to it: threads, event loop, command line."""
    for at, place in enumerate(places):
        module = profile.functions[place].module
        if profile.functions[place].component or (
            module.startswith("irene.") and not module.startswith(_ROOTS)
        ):
            return places[at:]
    return places


def _digest(text: str) -> str:
    """Return what a content security policy knows a script by (CSP level 3, hash sources)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
