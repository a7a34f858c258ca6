"""What the environment says about plugins: which are loaded, and whether hooks are traced."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from irene.plugin.source import PluginSource

LOAD = "IRENE_LOAD_PLUGINS"
"""names of plugins or distributions, separated by commas: of those that do not come with irene no
other is loaded; none at all when it is empty"""
TRACE = "IRENE_TRACE_HOOKS"
"""anything but nothing and 0: every call of a hook is written to standard error"""
OWN = "irene-voice"
"""the distribution that irene itself comes in"""


def asked_for(
    sources: Iterable[PluginSource], environ: Mapping[str, str] | None = None
) -> list[PluginSource]:
    """Return plugins, those marked as left out that `IRENE_LOAD_PLUGINS` does not name."""
    text = (os.environ if environ is None else environ).get(LOAD)
    if text is None:
        return list(sources)
    names = {_plain(name) for name in text.split(",")}
    reason = f"{LOAD}={text} does not name it"
    return [
        source
        if source.distribution == OWN or {_plain(source.name), _plain(source.distribution)} & names
        else replace(source, left_out=reason)
        for source in sources
    ]


def trace_hooks(host: pluggy.PluginManager, environ: Mapping[str, str] | None = None) -> None:
    """Write what each hook of a plugin returns, if `IRENE_TRACE_HOOKS` asks for it."""
    if (os.environ if environ is None else environ).get(TRACE, "") in ("", "0"):
        return

    def called(outcome: pluggy.Result[Any], hook: str, methods: Any, arguments: Any) -> None:
        for method in methods:
            sys.stderr.write(f"irene: hook {hook} of {method.plugin_name} {_told(outcome)}\n")

    host.add_hookcall_monitoring(lambda hook, methods, arguments: None, called)


def _told(outcome: pluggy.Result[Any]) -> str:
    """Return what came of a call: of one hook of one plugin."""
    if outcome.exception is not None:
        return f"raised {outcome.exception!r}"
    lists = [one if isinstance(one, (list, tuple)) else [one] for one in outcome.get_result()]
    names = [getattr(one, "__name__", repr(one)) for listed in lists for one in listed]
    return f"returned {', '.join(names) or 'nothing'}"


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", "-")
