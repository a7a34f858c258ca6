"""An answer of a language model while it is being given, sentence by sentence."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from irene import IreneError
from irene_plugins.intents.llm.chat import Chat, Delta
from irene_plugins.intents.llm.memory import Message
from irene_plugins.intents.llm.spoken import SpeakableText
from irene_plugins.intents.llm.tools import Toolbox, ToolCalls
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.http_client import HttpClient
from irene_plugins.intents.network.http_exchange import Exchange

MAX_ROUNDS = 5
"""how often the model may call tools before it must answer"""
MAX_SPOKEN = 20_000
"""characters after which nobody listens any more"""


@dataclass(frozen=True)
class Question:
    """What the model is asked, and within which limits."""

    client: HttpClient
    chat: Chat
    messages: tuple[Message, ...]
    """the conversation up to and with the question"""
    language: str
    """BCP 47 tag of the answer"""
    toolbox: Toolbox | None
    """None: the model may not do anything"""
    first_ms: int
    """longest time without a word, for each request"""
    total_ms: int
    """longest time for the whole answer"""


class KeptAnswer(Iterator[str]):
    """The sentences of an answer that was given before."""

    def __init__(self, sentences: Sequence[str], on_end: Callable[[str], None]) -> None:
        """`on_end` takes what was heard, once."""
        self._left = list(sentences)
        self._heard: list[str] = []
        self._on_end = on_end

    def __next__(self) -> str:
        """Return the next sentence."""
        if not self._left:
            self.close()
            raise StopIteration
        self._heard.append(self._left.pop(0))
        return self._heard[-1]

    def close(self) -> None:
        """End the answer here."""
        self._left = []
        on_end, self._on_end = self._on_end, lambda heard: None
        on_end(" ".join(self._heard))


class Answer(Iterator[str]):
    """The sentences of an answer: each can be taken as soon as it is known.

    The model is listened to on a thread of its own, at its own pace: a slow voice does not use up
    the time of the answer. `close` hangs up at once and may be called from any thread.

    Args:
        question: what is asked.
        apologise: takes the error and whether something was said already, returns what to say.
        on_end: takes what was heard, once.
        keep: takes the sentences of an answer that came to its end and for which nothing was done.
    """

    def __init__(
        self,
        question: Question,
        apologise: Callable[[IreneError, bool], str],
        on_end: Callable[[str], None],
        keep: Callable[[tuple[str, ...]], object] | None = None,
    ) -> None:
        self._keep = keep
        self._question = question
        self._apologise = apologise
        self._on_end = on_end
        self._sentences: queue.SimpleQueue[str | IreneError | None] = queue.SimpleQueue()
        self._first: str | None = None
        self._heard: list[str] = []
        self._closed = threading.Event()
        self._exchange: Exchange | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="irene-llm", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Wait for the first sentence.

        Raises:
            IreneError: none comes; nobody apologises then.
        """
        first = self._sentences.get()
        if isinstance(first, IreneError):
            self.close()
            raise first
        self._first = first

    def __next__(self) -> str:
        """Return the next sentence, or an apology; blocks until it is known."""
        sentence = None if self._closed.is_set() else self._taken()
        if sentence is None or self._closed.is_set():
            self._end()
            raise StopIteration
        if isinstance(sentence, IreneError):
            return self._apologise(sentence, bool(self._heard))
        self._heard.append(sentence)
        return sentence

    def _taken(self) -> str | IreneError | None:
        first, self._first = self._first, None
        return self._sentences.get() if first is None else first

    def close(self) -> None:
        """Hang up; whoever waits for the next sentence gets none."""
        with self._lock:
            self._closed.set()
            exchange = self._exchange
        if exchange is not None:
            exchange.close()
        self._sentences.put(None)
        self._end()

    def join(self, seconds: float) -> bool:
        """Wait until the model is no longer listened to; return whether it came to that."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _end(self) -> None:
        with self._lock:
            on_end, self._on_end = self._on_end, lambda heard: None
        self._closed.set()
        on_end(" ".join(self._heard))

    def _listen(self) -> None:
        spoken: list[str] = []
        try:
            for sentence in self._spoken():
                self._sentences.put(sentence)
                spoken.append(sentence)
                if sum(map(len, spoken)) > MAX_SPOKEN:
                    break
            if not any(spoken):
                raise self._question.client.garbled("answered without a word")
            if self._keep is not None and not self._closed.is_set():
                self._keep(tuple(spoken))
        except IreneError as error:
            if not self._closed.is_set():
                self._sentences.put(error)
        finally:
            self._hang_up()
            self._sentences.put(None)

    def _spoken(self) -> Iterator[str]:
        """Yield the sentences of the answer; calls of tools are carried out in between."""
        question = self._question
        messages = list(question.messages)
        whole = Deadline(question.total_ms)
        for n_round in range(MAX_ROUNDS + 1):
            toolbox = question.toolbox if n_round < MAX_ROUNDS else None
            calls, said, text = ToolCalls(), SpeakableText(question.language), ""
            for delta in self._deltas(messages, toolbox, whole):
                text += delta.text
                yield from said.feed(delta.text)
                for fragment in delta.fragments:
                    calls.add(fragment)
            yield from said.end()
            if not calls.complete or self._closed.is_set():
                return
            self._keep = None  # what was done must be done again
            if toolbox is None:
                raise question.client.garbled("calls tools again and again, or ones it has not")
            messages += self._carried_out(calls, text, toolbox)

    def _deltas(
        self, messages: list[Message], toolbox: Toolbox | None, whole: Deadline
    ) -> Iterator[Delta]:
        """Yield what the model says to a conversation."""
        question = self._question
        exchange = question.client.prepare(whole.earlier(question.first_ms))
        with self._lock:
            self._exchange = exchange
            if self._closed.is_set():
                return
        tools = toolbox.schemas if toolbox else ()
        for delta in question.chat.ask(exchange, messages, tools):
            if self._closed.is_set():
                return
            if delta.is_word:
                exchange.deadline.put_off_to(whole)
            yield delta
        self._hang_up()

    def _hang_up(self) -> None:
        if self._exchange is not None:
            self._exchange.close()

    def _carried_out(self, calls: ToolCalls, text: str, toolbox: Toolbox) -> list[Message]:
        """Carry out calls until somebody hangs up; return what tells the model of them."""
        results: list[Message] = []
        for call in calls.complete:
            content = "error: interrupted" if self._closed.is_set() else toolbox.run(call)
            results.append({"role": "tool", "tool_call_id": call.call_id, "content": content})
        asked = [call.to_message() for call in calls.complete]
        return [{"role": "assistant", "content": text, "tool_calls": asked}, *results]
