"""A profile in the format of speedscope, a viewer of profiles (its `file-format-schema.json`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from irene.performance.profiling.profile import Profile, StackTime, ThreadTime
from irene.performance.profiling.sentences import owner_name

_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


def speedscope(profile: Profile) -> str:
    """Return the text of a file.

    The first profile in it is the processor time of all threads, with the component as the
    outermost frame. Then comes each thread in the order of time, waiting and working alike.
    """
    frames = _Frames(profile)
    stacks = [stack for thread in profile.threads for stack in thread.stacks]
    busy = [stack for stack in stacks if stack.cpu_s > 0]
    profiles = [
        _sampled(
            "processor time, all threads",
            [frames.of(stack) for stack in busy],
            [stack.cpu_s for stack in busy],
        )
    ]
    profiles += [_of_thread(thread, frames.of) for thread in profile.threads if thread.order]
    subject = profile.subject
    file = {
        "$schema": _SCHEMA,
        "shared": {"frames": frames.told},
        "profiles": profiles,
        "name": f"{subject.name} ({subject.kind})",
        "activeProfileIndex": 0,
        "exporter": f"irene {subject.version}",
    }
    return json.dumps(file, ensure_ascii=False) + "\n"


class _Frames:
    """The functions, and after them the components."""

    def __init__(self, profile: Profile) -> None:
        self.told: list[dict[str, Any]] = [
            {"name": one.name, "file": one.file, "line": one.line} for one in profile.functions
        ]
        self._owners: dict[str, int] = {}

    def of(self, stack: StackTime) -> list[int]:
        """Return the places of a stack's frames, the outermost first."""
        name = f"[{owner_name(stack.component, stack.provider)}]"
        if name not in self._owners:
            self._owners[name] = len(self.told)
            self.told.append({"name": name})
        return [self._owners[name], *stack.functions]


def _of_thread(thread: ThreadTime, frames: Callable[[StackTime], list[int]]) -> dict[str, Any]:
    samples = [frames(thread.stacks[place]) for place, _ in thread.order]
    return _sampled(thread.name, samples, [wall_s for _, wall_s in thread.order])


def _sampled(
    name: str, samples: Sequence[Sequence[int]], weights: Sequence[float]
) -> dict[str, Any]:
    return {
        "type": "sampled",
        "name": name,
        "unit": "seconds",
        "startValue": 0,
        "endValue": sum(weights),
        "samples": samples,
        "weights": weights,
    }
