"""A handler that has a language model answer what no sentence fits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from irene import (
    FALLBACK_INTENT,
    Availability,
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentInfo,
    IreneError,
    Response,
    ResponseCache,
    Services,
    hookimpl,
)
from irene_plugins.intents.network.addresses import RequestFailedError
from irene_plugins.intents.network.deadline import Deadline
from irene_plugins.intents.network.outward import (
    TIMEOUT_MS,
    AddressOptions,
    OutwardHandler,
    secret_of,
)
from irene_plugins.placeholders import require_spelt

if TYPE_CHECKING:
    from irene_plugins.intents.llm.chat import Chat
    from irene_plugins.intents.llm.memory import Memory, Message
    from irene_plugins.intents.llm.tools import Toolbox
    from irene_plugins.intents.network.http_client import HttpClient

_ANSWERS_MB = 16.0
"""memory that kept answers may take, 10^6 bytes"""
_TROUBLES = ("unreachable", "late", "denied")


@dataclass(frozen=True)
class LlmOptions(AddressOptions):
    """Which model is asked, and how."""

    url: str = "http://localhost:11434/v1"
    """address of a server with OpenAI's interface: Ollama, llama.cpp, vLLM, LM Studio, OpenAI"""
    model: str = ""
    """name of the model, as the server calls it"""
    api_key: str = field(default="", repr=False)
    """what the server asks for, if it does; better `${VARIABLE}` than the key itself"""
    api_key_file: str = field(default="", metadata={"path": True})
    """file that holds the key, instead of `api_key`"""
    prompt: str = ""
    """what the model is told first, instead of irene's own words; `{language}` and `{now}` are
    filled in"""
    temperature: float = field(default=0.3, metadata={"range": (0, 2)})
    """how freely the model chooses its words; 0 says always the same"""
    max_tokens: int = field(default=300, metadata={"range": (1, 100_000)})
    """longest answer, in tokens of the model"""
    first_token_timeout_ms: int = field(default=10_000, metadata=TIMEOUT_MS)
    """longest time until the model begins to answer"""
    answer_timeout_ms: int = field(default=60_000, metadata=TIMEOUT_MS)
    """longest time until the model has answered"""
    memory_turns: int = field(default=6, metadata={"range": (0, 100)})
    """questions and answers of the same conversation that the model is told again"""
    memory_minutes: float = field(default=10.0, metadata={"range": (0.1, 10_000)})
    """time without a word after which a conversation is forgotten"""
    tools: bool = True
    """whether the model may do what the other handlers can"""
    cache_answers: int = field(default=0, metadata={"range": (0, 100_000)})
    """answers that are kept for when the model is told exactly the same again; 0 keeps none. Only
    with `temperature = 0`, and never those for which the model did something"""
    cache_minutes: float = field(default=60.0, metadata={"range": (0.1, 100_000)})
    """time for which an answer is kept"""
    listens: bool = False
    """whether the next utterance needs no wake word after an answer of the model"""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """what else the server is sent, such as `reasoning_effort = "none"`"""

    def __post_init__(self) -> None:
        """Refuse to keep what would be another answer the next time."""
        super().__post_init__()
        require_spelt("prompt", (self.prompt,), ("language", "now"))
        if self.cache_answers and self.temperature:
            raise ValueError(
                f"cache_answers = {self.cache_answers} keeps answers that are always the same: "
                "set temperature = 0"
            )


class LlmHandler(OutwardHandler[LlmOptions]):
    """Asks a language model; its answer is spoken from the first sentence on.

    The model may call the other handlers. What was said stays in memory for the conversation.
    """

    name = "llm"
    summary = "has a language model answer what no sentence fits"
    intents = (FALLBACK_INTENT,)
    Options = LlmOptions

    def __init__(self, options: LlmOptions | None = None) -> None:
        super().__init__(options)
        self._memory = self._memory_on(time.monotonic)
        self._chat: tuple[HttpClient, Chat] | None = None
        self.answers: ResponseCache[tuple[str, ...]] = ResponseCache(
            self.options.cache_answers, _ANSWERS_MB, self.options.cache_minutes * 60
        )
        """the sentences of answers by all that the model was told"""

    def start(self, services: Services) -> None:
        """Take time from the assistant's clock from now on."""
        super().start(services)
        self._memory = self._memory_on(services.clock.monotonic)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Ask the model; returns at once, the pieces of the response come as they are known."""
        from irene_plugins.intents.llm.answer import Answer, KeptAnswer, Question
        from irene_plugins.intents.llm.tools import Toolbox

        client, chat = self._connected()
        tools = None
        if self.options.tools and self.is_started:
            tools = Toolbox(self.services, intent.text, context.language)
        messages = tuple(self._messages(intent, context))
        remember = partial(self._memory.add, context.conversation, intent.text)
        key = self._key(messages, tools, context.language)
        kept = self.answers.get(key) if key else None
        answer: Iterator[str]
        if kept is not None:
            answer = KeptAnswer(kept, remember)
        else:
            question = Question(
                client,
                chat,
                messages,
                context.language,
                tools,
                self.options.first_token_timeout_ms,
                self.options.answer_timeout_ms,
            )
            keep = partial(self.answers.put, key) if key else None
            answer = Answer(question, partial(self._apologise, context.language), remember, keep)
        return Response("", context.language, listens=self.options.listens, pieces=answer)

    def _key(self, messages: Sequence[Message], tools: Toolbox | None, language: str) -> str | None:
        """Return a name of all that decides the answer; None when answers are not kept."""
        if not self.options.cache_answers:
            return None
        schemas = tools.schemas if tools else ()
        return self.answers.generate_key(self.options, messages, schemas, language)

    @property
    def caches(self) -> Sequence[ResponseCache[tuple[str, ...]]]:
        """Where answers are kept."""
        return (self.answers,)

    def describe(self) -> Sequence[IntentInfo]:
        """Say what it is for; the model is not offered itself."""
        return [IntentInfo(FALLBACK_INTENT, "Has a language model answer.")]

    def _messages(self, intent: Intent, context: HandlerContext) -> list[Message]:
        return [
            {"role": "system", "content": self._prompt(context)},
            *self._memory.recall(context.conversation),
            {"role": "user", "content": intent.text},
        ]

    def _prompt(self, context: HandlerContext) -> str:
        now = context.now.strftime("%A, %d %B %Y, %H:%M")
        if self.options.prompt:  # other braces in it are the person's own
            told = self.options.prompt.replace("{now}", now)
            return told.replace("{language}", context.language)
        language = context.language
        return self.say("prompt", language, language=language, now=now).text

    def _apologise(self, language: str, error: IreneError, is_begun: bool) -> str:
        self.fail(error)
        trouble = error.trouble if isinstance(error, RequestFailedError) else ""
        key = "broken" if is_begun else trouble if trouble in _TROUBLES else "failed"
        return self.say(key, language).text

    def _memory_on(self, now_s: Any) -> Memory:
        from irene_plugins.intents.llm.memory import Memory

        return Memory(self.options.memory_turns, self.options.memory_minutes * 60, now_s)

    def _connected(self) -> tuple[HttpClient, Chat]:
        from irene_plugins.intents.llm.chat import Chat, endpoint

        if self._chat is None:
            key = secret_of("api_key", self.options.api_key, self.options.api_key_file)
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            options = replace(self.options, url=endpoint(self.options.url))
            client = options.client("the language model", headers)
            settings = {
                "model": self.options.model,
                "temperature": self.options.temperature,
                "max_tokens": self.options.max_tokens,
                **self.options.extra,
            }
            self._chat = (client, Chat(client, settings))
        return self._chat

    def _check(self) -> Availability:
        if not self.options.url:
            return Availability(False, "the address is not known", f"set url in [{self._table}]")
        if not self.options.model:
            return Availability(False, "no model is chosen", f"set model in [{self._table}]")
        return super()._check()

    def _probe(self) -> None:
        """Ask the server for its models, which costs no token; some have no such list."""
        client, _ = self._connected()
        deadline = Deadline(self.options.first_token_timeout_ms)
        reply = client.request("GET", "/models", deadline)
        if reply.status >= 500 or reply.status in (401, 403):
            raise client.failed(reply)

    def _load(self) -> None:
        """Find mistakes in key and certificates now, not while somebody speaks."""
        try:
            self._connected()
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._table}: {error}") from None


@hookimpl
def irene_intent_handlers() -> list[type[LlmHandler]]:
    """Offer the language model."""
    return [LlmHandler]
