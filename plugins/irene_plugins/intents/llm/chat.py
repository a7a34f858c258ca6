"""The chat completions that OpenAI's interface defines, as Ollama, llama.cpp and others serve."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from irene_plugins.intents.llm.event_stream import EventDecoder
from irene_plugins.intents.llm.memory import Message
from irene_plugins.intents.network.http_client import HttpClient, Reply, words_of
from irene_plugins.intents.network.http_exchange import Exchange

MAX_BYTES = 1 << 20
"""largest answer that is taken in one piece"""
_PATH = "/chat/completions"
_DONE = "[DONE]"
_WORDS = ("content", "tool_calls", "reasoning", "reasoning_content")


@dataclass(frozen=True)
class Fragment:
    """A part of a call of a tool; the parts of one call have one index."""

    index: int | None
    """None where the server does not count"""
    call_id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True)
class Delta:
    """What the model said next."""

    text: str = ""
    fragments: tuple[Fragment, ...] = ()
    is_last: bool = False
    """whether the model is done"""
    is_word: bool = True
    """whether the model said anything, if only to itself"""


def endpoint(url: str) -> str:
    """Return the address that `/chat/completions` is appended to, however people write it."""
    plain = url.rstrip("/").removesuffix(_PATH)
    scheme, _, rest = plain.partition("://")
    return plain if "/" in rest else f"{scheme}://{rest}/v1"


class Chat:
    """Asks a model; every method raises `RequestFailedError` when that brings nothing."""

    def __init__(self, client: HttpClient, settings: Mapping[str, Any]) -> None:
        self._client = client
        self._settings = settings

    def ask(
        self, exchange: Exchange, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]
    ) -> Iterator[Delta]:
        """Send the conversation and yield the answer as it comes.

        Args:
            exchange: a new one, for this question only.
            messages: the conversation, as the interface writes it.
            tools: what the model may call.
        """
        body = {**self._settings, "messages": list(messages), "stream": True}
        if tools:
            body["tools"] = list(tools)
        exchange.begin("POST", _PATH, body)
        if exchange.status != 200:
            reply = Reply(exchange.status, exchange.read(MAX_BYTES), exchange.content_type)
            raise self._client.failed(reply, words_of(reply.body))
        if exchange.content_type == "text/event-stream":
            yield from self._streamed(exchange)
        else:
            yield self._whole(exchange)

    def _whole(self, exchange: Exchange) -> Delta:
        """Return an answer that a server sent in one piece."""
        body = exchange.read(MAX_BYTES)
        delta = self._delta(self._client.json_of(Reply(200, body, "")), "message")
        return Delta(delta.text, delta.fragments, True)

    def _streamed(self, exchange: Exchange) -> Iterator[Delta]:
        is_complete = False
        for data in self._events(exchange):
            if data.strip() == _DONE:
                return
            try:
                found = json.loads(data)
            except (ValueError, RecursionError):
                raise self._client.garbled("sent an event that is not JSON") from None
            delta = self._delta(found, "delta")
            is_complete = is_complete or delta.is_last
            yield delta
        if not is_complete:
            raise self._client.garbled("broke off in the middle of its answer")

    def _events(self, exchange: Exchange) -> Iterator[str]:
        decoder = EventDecoder()
        try:
            while more := exchange.read_some():
                yield from decoder.feed(more)
            yield from decoder.end()
        except ValueError:
            raise self._client.garbled("sent an event without end") from None

    def _delta(self, found: Any, key: str) -> Delta:
        """Return what one event (or the whole answer) says."""
        if isinstance(found, Mapping) and found.get("error"):
            words = words_of(json.dumps(found).encode()) or "an error"
            raise self._client.garbled(f"broke off: {self._client.scrubbed(words)}")
        if not isinstance(found, Mapping) or not isinstance(found.get("choices"), list):
            raise self._client.garbled("sent something that is no chat completion")
        choice = _table(found["choices"][0] if found["choices"] else None)
        said = _table(choice.get(key))
        text, calls = said.get("content"), said.get("tool_calls")
        return Delta(
            text if isinstance(text, str) else "",
            tuple(_fragments(calls if isinstance(calls, list) else [])),
            choice.get("finish_reason") is not None,
            any(said.get(key) for key in _WORDS),
        )


def _table(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _fragments(calls: Sequence[Any]) -> Iterator[Fragment]:
    for call in calls:
        function = _table(_table(call).get("function"))
        if not function:
            continue
        index, arguments = call.get("index"), function.get("arguments")
        if isinstance(arguments, Mapping):
            arguments = json.dumps(arguments)
        yield Fragment(
            index if isinstance(index, int) else None,
            str(call.get("id") or ""),
            str(function.get("name") or ""),
            arguments if isinstance(arguments, str) else "",
        )
