"""Several handlers of what no sentence fits: who answers, and who stands in."""

import threading
from collections.abc import Iterator
from datetime import datetime

import pytest

from irene import (
    FALLBACK_INTENT,
    Availability,
    HandlerContext,
    Intent,
    IntentHandler,
    NoOptions,
    ProviderFailedError,
    ProviderUnavailableError,
    Response,
)
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing, Terms
from irene.components.routing.settings import RoutingSettings
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import IntentsSection
from irene.domain.kinds import Kind
from irene.providers.intent_recognition import IntentMatcher, IntentRecognizer

CONTEXT = HandlerContext(now=datetime(2026, 3, 1, 12))
QUESTION = Intent(FALLBACK_INTENT, "why is the sky blue")
WAIT_S = 10


class Nothing(IntentMatcher):
    """Understands nothing."""

    def match(self, text, language, context=None):
        return None


class Recognizer(IntentRecognizer[NoOptions]):
    """Knows no sentences."""

    name = "nothing"

    def open_matcher(self, sources):
        return Nothing()


class Model(IntentHandler[NoOptions]):
    """Answers with its name, in pieces or at once, or does what a test says."""

    name = "model"
    intents = (FALLBACK_INTENT,)

    def __init__(self, name, answer=None):
        super().__init__()
        self.title, self.answer, self.n_asked, self.is_ready = name, answer, 0, True

    def _check(self):
        return Availability(self.is_ready, "no model is chosen", "choose one")

    def handle(self, intent, context):
        self.n_asked += 1
        answer = self.answer() if callable(self.answer) else self.answer
        return Response(self.title) if answer is None else answer


class Pieces(Iterator[str]):
    """Pieces whose beginning may fail; they note when they are closed."""

    def __init__(self, *texts, fault=None):
        self.texts, self.fault, self.is_closed = list(texts), fault, False

    def begin(self):
        if self.fault is not None:
            raise self.fault

    def __next__(self):
        if not self.texts:
            raise StopIteration
        return self.texts.pop(0)

    def close(self):
        self.is_closed = True


def failing():
    raise OSError("no network")


def component(*models, strategy="primary_fallback", deadline_s=None, others=None):
    """Return what understands, with these models, and its events."""
    events = []
    handlers = {model.title: model for model in models} | (others or {})
    recognizer = [Candidate("nothing", Recognizer())]
    made = UnderstandingComponent(
        ProviderChain(Kind.INTENT_RECOGNITION, recognizer, events.append),
        handlers,
        IntentsSection(fallback=tuple(model.title for model in models)),
        events.append,
        sharing=Sharing(
            RoutingSettings(strategy), dict.fromkeys(handlers, Terms(deadline_s=deadline_s))
        ),
    )
    made.load("en")
    return made, events


def ask(made):
    return made.answer(QUESTION, CONTEXT)


def test_the_first_one_answers():
    """The others are not asked."""
    first, second = Model("first"), Model("second")
    made, events = component(first, second)
    assert ask(made).text == "first"
    assert (second.n_asked, events) == (0, [])


def test_one_that_raises_is_stood_in_for():
    """And left alone for a while: the next question goes to the second at once."""
    first, second = Model("first", failing), Model("second")
    made, events = component(first, second)
    assert [ask(made).text, ask(made).text] == ["second", "second"]
    assert first.n_asked == 1
    assert events[0].event == "provider_failed"
    assert (events[0].kind, events[0].provider) == ("intents", "first")
    assert "no network" in events[0].reason


def test_when_all_fail_it_is_an_error_of_the_last():
    """The person is told, as with a single one."""
    made, _ = component(Model("first", failing), Model("second", failing))
    with pytest.raises(ProviderFailedError, match="'second' failed: OSError: no network"):
        ask(made)


def test_models_in_turn_share_the_questions():
    """`[intents] strategy`."""
    made, _ = component(Model("first"), Model("second"), strategy="round_robin")
    assert [ask(made).text for _ in range(4)] == ["first", "second", "first", "second"]


def test_an_answer_that_breaks_off_before_its_first_piece_is_given_by_another():
    """Nothing of it has been heard yet."""
    broken = Response("", pieces=Pieces(fault=ProviderFailedError("hung up")))
    made, events = component(Model("first", broken), Model("second"))
    assert ask(made).text == "second"
    assert "hung up" in events[0].reason


def test_plain_iterators_are_begun_as_well():
    """Whatever a handler returns for pieces; no piece is lost."""

    def broken():
        raise OSError("reset")
        yield ""

    def whole():
        yield "One. "
        yield "Two."

    made, _ = component(
        Model("first", lambda: Response("", pieces=broken())),
        Model("second", lambda: Response("", pieces=whole())),
        Model("third"),
    )
    assert list(ask(made).pieces) == ["One. ", "Two."]


def test_begun_pieces_can_be_closed():
    """Whoever stops to listen hangs up."""
    closed = []

    def whole():
        try:
            yield "One."
            yield "Two."
        finally:
            closed.append(True)

    made, _ = component(Model("first", lambda: Response("", pieces=whole())), Model("second"))
    ask(made).pieces.close()
    assert closed == [True]


def test_the_last_one_is_not_waited_for():
    """With nobody to stand in, its pieces are spoken as they come, and it apologises itself."""
    pieces = Pieces("One.", fault=ProviderFailedError("hung up"))
    made, events = component(Model("only", Response("", pieces=pieces)))
    assert ask(made).pieces is pieces
    assert events == []


def test_one_that_hangs_is_left_at_its_deadline_and_its_late_answer_is_closed():
    """Nobody listens to it any more."""
    hang, pieces = threading.Event(), Pieces("late")

    def late():
        hang.wait(WAIT_S)
        return Response("", pieces=pieces)

    first = Model("first", late)
    made, events = component(first, Model("second"), deadline_s=0.02)
    assert ask(made).text == "second"
    assert events[0].reason == "no answer within deadline_ms = 20"
    assert [one.call for one in made.fallbacks.abandoned.running] == ["handle"]
    hang.set()
    pause = threading.Event()
    for _ in range(1000):
        is_back = not (made.fallbacks.abandoned.running or made.fallbacks.in_use(first))
        if pieces.is_closed and is_back:
            return
        pause.wait(0.01)
    raise AssertionError("the late answer is still open")


def test_other_handlers_have_deadlines_too():
    """`[intents.providers.NAME] deadline_ms`; the error names the key."""
    hang = threading.Event()

    class Slow(IntentHandler[NoOptions]):
        name = "slow"
        intents = ("Slow",)

        def handle(self, intent, context):
            hang.wait(WAIT_S)

    made, events = component(others={"slow": Slow()}, deadline_s=0.02)
    with pytest.raises(ProviderFailedError, match="deadline_ms = 20"):
        made.answer(Intent("Slow", "slow"), CONTEXT)
    hang.set()
    assert [event.event for event in events] == ["provider_failed", "call_abandoned"]
    assert {event.provider for event in events} == {"slow"}


def test_one_that_cannot_be_loaded_is_out_as_long_as_another_can():
    """With the reason; without any the assistant does not start."""
    first, second = Model("first"), Model("second")
    first.is_ready = False
    made, events = component(first, second)
    assert ask(made).text == "second"
    assert "choose one" in events[0].reason
    with pytest.raises(ProviderUnavailableError, match="choose one"):
        component(first)


def test_nobody_answers_where_nobody_is_named():
    """`fallback = []`."""
    made, _ = component()
    assert not made.has_fallback
    assert ask(made) is None
