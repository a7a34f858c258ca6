"""What a running assistant can be asked for, by the names of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from irene.components.threads import in_thread
from irene.errors import RequestError
from irene.pipeline.assistant import Assistant
from irene.servers.control.arguments import Arguments
from irene.servers.control.connection import Command
from irene.servers.control.snapshots import snapshot_to_dict

_Given = Mapping[str, Any]


Observed = Callable[[], Mapping[str, Any]]
"""returns what whoever measures the run adds to its figures, instead of what `_UNOBSERVED` holds"""
_UNOBSERVED: Mapping[str, Any] = {"alerts": [], "store": None, "run": None}


def commands_of(
    assistant: Assistant, stop: Callable[[], object], observed: Observed = dict
) -> dict[str, Command]:
    """Return every command of an assistant; `stop` ends its run."""
    asked = _Asked(assistant, stop, observed)
    return {
        "status": asked.status,
        "providers": asked.providers,
        "metrics": asked.metrics,
        "say": asked.say,
        "mute": asked.mute,
        "unmute": asked.unmute,
        "stop": asked.stop,
        "reload": asked.reload,
    }


class _Asked:
    """Serves requests about one assistant."""

    def __init__(
        self, assistant: Assistant, stop: Callable[[], object], observed: Observed
    ) -> None:
        self._assistant = assistant
        self._stop = stop
        self._observed = observed

    async def status(self, given: _Given) -> object:
        Arguments("status", given).done()
        status = await in_thread("status", self._assistant.status)
        return status.to_dict()

    async def providers(self, given: _Given) -> object:
        Arguments("providers", given).done()
        reports = await in_thread("status", self._assistant.providers)
        return [report.to_dict() for report in reports]

    async def metrics(self, given: _Given) -> object:
        Arguments("metrics", given).done()
        snapshot = await in_thread("status", self._assistant.recorder.snapshot)
        return {**snapshot_to_dict(snapshot), **_UNOBSERVED, **self._observed()}

    async def say(self, given: _Given) -> object:
        arguments = Arguments("say", given)
        text, language = arguments.text("text"), arguments.text("language", default="")
        arguments.done()
        told = self._assistant.say(text.strip(), language)
        return {"said": await asyncio.wrap_future(told)}

    async def mute(self, given: _Given) -> object:
        Arguments("mute", given).done()
        return {"muted": True, "changed": self._assistant.mute()}

    async def unmute(self, given: _Given) -> object:
        Arguments("unmute", given).done()
        return {"muted": False, "changed": self._assistant.unmute()}

    async def stop(self, given: _Given) -> object:
        arguments = Arguments("stop", given)
        only_answer = arguments.flag("answer")
        arguments.done()
        self._assistant.hush() if only_answer else self._stop()
        return {"stopped": "answer" if only_answer else "run"}

    async def reload(self, given: _Given) -> object:
        Arguments("reload", given).done()
        if not self._assistant.is_entered:
            raise RequestError("reload: the assistant is not ready yet; ask again in a moment")
        report = await self._assistant.reload()
        return report.to_dict()
