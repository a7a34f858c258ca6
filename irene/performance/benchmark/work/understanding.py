"""Parts that understand and answer: what is said in the recordings, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.understanding.component import UnderstandingComponent
from irene.domain.clock import SystemClock
from irene.domain.intents import Intent
from irene.domain.kinds import Kind
from irene.errors import ProviderFailedError
from irene.performance.benchmark.work.stage import Stage
from irene.performance.benchmark.work.work import NOTHING, Outcome, Work, work_by
from irene.pipeline.answering.announcing import Announcement, Announcer
from irene.pipeline.answering.handler_host import HandlerHost
from irene.pipeline.event_stream import EventStream
from irene.providers.intents import HandlerContext

_UNKNOWN = "it is not known what is said in the recordings: --reference tells it"


def intent_recognisers(stage: Stage) -> Iterator[Work]:
    """Yield each recogniser of intents, with the sentences of all handlers."""
    if not _is_possible(stage, "intent_recognition"):
        return
    config, texts, language = stage.config, stage.texts, stage.language
    for candidate, assembly in stage.assemblies(Kind.INTENT_RECOGNITION):
        section = replace(assembly.config.intent_recognition, tiers=())
        alone = replace(assembly.config, intent_recognition=section)
        understanding = Assembly(alone, stage.registry, stage.report).understanding()
        assert understanding is not None, "it is enabled"

        def call(turn: int, component: UnderstandingComponent = understanding) -> Outcome:
            found = [component.understand(text, language) for text in texts]
            share = sum(intent is not None for intent in found) / len(texts)
            return Outcome(further={"understood_share": share})

        yield work_by(
            candidate,
            "intent_recognition",
            _sentences(texts),
            call,
            load=partial(understanding.load, config.assistant.language),
            close=understanding.close,
        )


def handlers(stage: Stage) -> Iterator[Work]:
    """Yield each handler that something said in the recordings is for; it answers for real."""
    if not _is_possible(stage, "intents"):
        return
    answers = _Answers(stage)
    try:
        asked = answers.by_handler()
    except BaseException:
        answers.close()
        raise
    for name in answers.understanding.handlers:
        if name not in asked and stage.provider in (None, name):
            stage.leave_out("intents", name, "nothing that is said in the recordings is for it")
    wanted = [name for name in asked if stage.provider in (None, name)]
    if not wanted:
        answers.close()
    for name in wanted:
        yield answers.work(name, asked[name], is_last=name == wanted[-1])


@dataclass
class _Answers:
    """The handlers of an assistant that has no ears and no mouth."""

    stage: Stage
    understanding: UnderstandingComponent = field(init=False)
    _host: HandlerHost = field(init=False)

    def __post_init__(self) -> None:
        config, report, clock = self.stage.config, self.stage.report, SystemClock()
        understanding = Assembly(config, self.stage.registry, report).understanding()
        assert understanding is not None, "it is enabled"
        self.understanding = understanding
        announcer = Announcer(EventStream(report), _said)
        self._host = HandlerHost(config, understanding, announcer, report, clock)

    def by_handler(self) -> dict[str, list[Intent]]:
        """Load everything; return the intents of the recordings by the handler that answers."""
        component, language = self.understanding, self.stage.language
        component.load(self.stage.config.assistant.language)
        self._host.start()
        found: dict[str, list[Intent]] = {}
        for text in self.stage.texts:
            for intent in component.understand_all(text, language):
                for name, handler in component.handlers.items():
                    if intent.name in handler.intents:
                        found.setdefault(name, []).append(intent)
        return found

    def work(self, name: str, intents: Sequence[Intent], is_last: bool) -> Work:
        """Return the work of one handler; the last one puts all of them away."""

        def call(turn: int) -> Outcome:
            for intent in intents:
                context = HandlerContext(now=SystemClock().now(), language=intent.language)
                if self.understanding.answer(intent, context) is None:
                    raise ProviderFailedError(f"handler {name!r} gave no answer to {intent.text!r}")
            return NOTHING

        what = _sentences([intent.text for intent in intents])
        close = self.close if is_last else _nothing
        handler = Candidate(name, self.understanding.handlers[name])
        return work_by(handler, "intents", what, call, load=_nothing, warm_up=_nothing, close=close)

    def close(self) -> None:
        self._host.close()
        self.understanding.close()


async def _said(announcement: Announcement) -> bool:
    """Say nothing: nobody is there."""
    return True


def _nothing() -> None:
    """Leave it to the last one."""


def _is_possible(stage: Stage, component: str) -> bool:
    if not stage.config.intent_recognition.enabled:
        stage.leave_out(component, "", "intent_recognition.enabled = false")
        return False
    if not stage.texts:
        stage.leave_out(component, "", _UNKNOWN)
        return False
    return True


def _sentences(texts: Sequence[str]) -> str:
    return repr(texts[0]) if len(texts) == 1 else f"{len(texts)} sentences"
