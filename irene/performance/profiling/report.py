"""A profile with what follows from it, as JSON."""

from __future__ import annotations

import json
from typing import Any

from irene.performance.profiling.analysis import Analysis, FunctionTime
from irene.performance.profiling.profile import Profile
from irene.performance.profiling.sentences import bottleneck_sentences, leak_sentences, notes


def report(profile: Profile) -> dict[str, Any]:
    """Return the profile, and under `summary` its figures: the page on profiles names each."""
    analysis = Analysis(profile)
    return {
        **profile.to_dict(),
        "summary": {
            "cpu_s": profile.cpu_s,
            "cores": profile.cpu_s / max(profile.seconds, 1e-9),
            "own_share": profile.sampling.own_cpu_s / max(profile.seconds, 1e-9),
            "samples_per_s": profile.sampling.samples / max(profile.seconds, 1e-9),
            "bottlenecks": bottleneck_sentences(analysis),
            "leaks": list(leak_sentences(profile)),
            "notes": list(notes(profile)),
            "components": [_component(analysis, one) for one in analysis.owners()],
            "functions": [_function(analysis, one) for one in analysis.functions()],
            "calls": [
                {"caller": one.caller, "callee": one.callee, "cpu_s": one.seconds}
                for one in analysis.calls()
            ],
        },
    }


def report_text(profile: Profile) -> str:
    """Return it as the text of a file."""
    return json.dumps(report(profile), indent=1, ensure_ascii=False) + "\n"


def _component(analysis: Analysis, one: Any) -> dict[str, Any]:
    return {
        "component": one.component,
        "provider": one.provider,
        "cpu_s": one.cpu_s,
        "share": analysis.share(one.cpu_s),
        "waiting_s": one.waiting_s,
        "held_up_s": one.held_up_s,
        "threads": list(one.threads),
    }


def _function(analysis: Analysis, one: FunctionTime) -> dict[str, Any]:
    component, provider = one.owner
    return {
        "function": one.place,
        "name": one.function.name,
        "file": one.function.file,
        "line": one.hottest_line,
        "component": component,
        "provider": provider,
        "exclusive_s": one.exclusive_s,
        "inclusive_s": one.inclusive_s,
        "share": analysis.share(one.exclusive_s),
    }
