"""What stands out in a profile, each in one sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from irene.performance.profiling.analysis import BOTTLENECK_SHARE, Analysis, FunctionTime
from irene.performance.profiling.profile import Function, Profile
from irene.performance.view.amounts import amount, time_of

_ANSWER = "response"
"""the stage from the end of speech to the first sound of the answer"""
_WORKED_S = 0.001
"""processor time below which a process is not worth telling of"""
_UNSEEN_SHARE = 0.05
"""share of the processor time above which it is told that no stack took it"""


def bottleneck_sentences(analysis: Analysis, of_what: str = "processor time") -> list[str]:
    """Return a sentence for each function, component and stage above a fifth of the time."""
    worst = analysis.bottlenecks()
    told = {one.owner[0] for one in worst}
    return [
        *(_function_sentence(analysis, one, of_what) for one in worst),
        *_component_sentences(analysis, told, of_what),
        *_stage_sentences(analysis.profile.utterances),
    ]


def _function_sentence(analysis: Analysis, one: FunctionTime, of_what: str) -> str:
    share = f"{analysis.share(one.exclusive_s):.0%} of the {of_what}"
    caller = None if one.function.component else analysis.owned_caller(one.place)
    called = "" if caller is None else f", called by {caller.name} ({where(caller)})"
    owner = owner_name(*one.owner)
    return (
        f"{one.function.name} takes {share} ({time_of(one.exclusive_s)}), "
        f"for {owner}: {where(one.function, one.hottest_line)}{called}."
    )


def _component_sentences(analysis: Analysis, told: set[str], of_what: str) -> Iterator[str]:
    """Yield components whose time is spread over many functions."""
    spent: dict[str, float] = defaultdict(float)
    largest: dict[str, FunctionTime] = {}
    for one in analysis.functions():
        for (component, _), seconds in one.owners.items():
            spent[component] += seconds
            largest.setdefault(component, one)
    for component, seconds in sorted(spent.items(), key=lambda one: -one[1]):
        share = analysis.share(seconds)
        if component in told or not analysis.is_bottleneck(seconds):
            continue
        most = largest[component]
        part = analysis.share(most.owners[most.owner])
        yield (
            f"{component} takes {share:.0%} of the {of_what}, no function of it more than "
            f"{part:.0%} ({most.function.name})."
        )


def _stage_sentences(utterances: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the stages above a fifth of what a person waits for, or of all of a command."""
    answers = [one for spans in utterances for one in _flat(spans) if one["name"] == _ANSWER]
    bases, of_what = (answers, "to the answer") if answers else (utterances, "of a command")
    total_ms = sum(one["duration_ms"] for one in bases)
    spent: dict[str, float] = defaultdict(float)
    for base in bases:
        for span in base.get("children", ()):
            for one in _flat(span):
                spent[one["name"]] += one["exclusive_ms"]
    for name, own_ms in sorted(spent.items(), key=lambda one: -one[1]):
        if own_ms > BOTTLENECK_SHARE * total_ms:
            yield (
                f"The stage {name} takes {own_ms / total_ms:.0%} of the time {of_what}: "
                f"{own_ms / len(bases):.0f} of {total_ms / len(bases):.0f} ms, n = {len(bases)}."
            )


def _flat(span: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield span
    for child in span.get("children", ()):
        yield from _flat(child)


def notes(profile: Profile) -> Iterator[str]:
    """Yield what has to be known to read the figures."""
    sampling = profile.sampling
    if profile.is_partial:
        yield "It was ended early: the figures are of the time until then."
    if not sampling.has_cpu_clocks:
        yield (
            "This system does not tell the processor time of a thread to another: a function "
            "that does not wait in Python's own modules is taken for working."
        )
    if sampling.unseen_cpu_s > _UNSEEN_SHARE * profile.cpu_s > 0:
        yield (
            f"{time_of(sampling.unseen_cpu_s)} of processor time belongs to no function: native "
            "threads of engines, and threads that lived shorter than the time between two samples."
        )
    for worker in (one for one in profile.workers if one.cpu_s >= _WORKED_S):
        yield (
            f"Process {worker.pid} ({worker.name}) took {time_of(worker.cpu_s)} of processor time; "
            'it was not looked into: a provider with isolation = "process" runs there.'
        )
    if sampling.longest_gap_s > max(0.05, 10 * sampling.interval_s):
        yield (
            f"The longest time without a sample was {time_of(sampling.longest_gap_s)}: native code "
            "held the interpreter's lock, or the machine was busy."
        )


def sampling_sentence(profile: Profile) -> str:
    """Return how it was looked at, and what that took."""
    sampling, seconds = profile.sampling, max(profile.seconds, 1e-9)
    return (
        f"{sampling.samples} samples, {sampling.samples / seconds:.0f} a second "
        f"({1 / sampling.interval_s:.0f} wanted); looking took "
        f"{time_of(sampling.own_cpu_s)}, {sampling.own_cpu_s / seconds:.1%} of one core"
    )


def leak_sentences(profile: Profile) -> Iterator[str]:
    """Yield what may leak."""
    memory = profile.memory
    for one in memory.suspects if memory is not None else ():
        site = one.site
        owner = f" for {site.component}" if site.component else ""
        grew = amount(one.per_lap, "bytes")
        yield (
            f"{short_path(site.file)}:{site.line} grew by {grew} in every {memory.lap}"  # type: ignore[union-attr]  # there are suspects
            f"{owner}: {len(one.growth)} of {len(one.growth)}."
        )


def where(function: Function, line: int | None = None, n_parts: int = 3) -> str:
    """Return file and line of a function."""
    return f"{short_path(function.file, n_parts)}:{line or function.line}"


def short_path(file: str, n_parts: int = 3) -> str:
    """Return the last parts of a path, from the package on where that is known."""
    parts = PurePath(file).parts
    for root in ("site-packages", "irene_plugins", "irene"):
        if root in parts:
            at = len(parts) - 1 - parts[::-1].index(root)
            parts = parts[at + (root == "site-packages") :]
            break
    return "/".join(parts[-n_parts:])


def owner_name(component: str, provider: str) -> str:
    """Return a component with its provider."""
    return f"{component} {provider}".rstrip()
