"""What handlers are asked beside an answer: one that raises or hangs costs only its own."""

import threading

import pytest

from irene import IntentHandler, IntentInfo
from irene.components.chain.sharing import Sharing
from irene.components.understanding.handlers import Handlers
from irene.config.sections import IntentsSection
from irene.domain.events import CallAbandoned, ProviderFailed


class Speaker(IntentHandler[None]):
    """Has an example, sentences and a description."""

    name = "speaker"
    intents = ("Speak",)

    def handle(self, intent, context):
        """There is nothing to say."""

    def sentences(self, language):
        """One source."""
        return {"language": language, "intents": {}}

    def examples(self, language):
        """Two, of which the first is asked for."""
        return ["speak", "talk"]


@pytest.fixture
def release():
    """Return the event that lets go what hangs."""
    event = threading.Event()
    yield event
    event.set()


def hanging(call, release):
    """Return a handler that hangs in a call."""
    handler = Speaker()
    setattr(handler, call, lambda *_: release.wait(60))
    return handler


def house(events, **handlers):
    """Return those handlers."""
    sharing = Sharing(hung_s=1.5, load_s=0.5)
    return Handlers(handlers, IntentsSection(), events.append, sharing)


def told(events, kind):
    """Return the events of a kind."""
    return [event for event in events if isinstance(event, kind)]


CALLS = {
    "examples": (lambda one: one.examples("en"), ["speak"]),
    "describe": (lambda one: one.describe(), [IntentInfo("Speak")]),
    "sentences": (lambda one: [*one.sentences("en", {})], ["well"]),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_handler_that_hangs_costs_only_its_own(call, release):
    """It is left, told, counted and named; the others are gathered."""
    ask, found = CALLS[call]
    events = []
    handlers = house(events, hung=hanging(call, release), well=Speaker())
    assert ask(handlers) == found
    assert not release.is_set()
    running = handlers.fallbacks.abandoned.running
    assert [(one.provider, one.call) for one in running] == [("hung", call)]
    (failed,) = told(events, ProviderFailed)
    assert failed.provider == "hung"
    assert f"intents provider 'hung' hangs in `{call}`" in failed.reason


@pytest.mark.parametrize("call", CALLS)
def test_what_hangs_is_not_asked_again_until_it_is_back(call, release):
    """One thread hangs, however often an answer is wanted."""
    ask, found = CALLS[call]
    handlers = house([], hung=hanging(call, release), well=Speaker())
    for _ in range(3):
        assert ask(handlers) == found
    assert handlers.fallbacks.abandoned.n_given_up == 1


def test_a_handler_that_raises_when_it_is_described_is_told():
    """Whoever asks for the descriptions is not the one that failed."""
    events, broken = [], Speaker()
    broken.describe = lambda: {}["intents"]
    handlers = house(events, broken=broken, well=Speaker())
    assert handlers.describe() == [IntentInfo("Speak")]
    (failed,) = events
    assert failed.provider == "broken"
    assert failed.reason == "intent handler 'broken': describe: KeyError: 'intents'"


def test_examples_leave_time_for_the_answer(release):
    """A handler that hangs in them takes no more than its share of the time."""
    events = []
    handlers = house(events, hung=hanging("examples", release), well=Speaker())
    handlers.examples("en")
    (hung,) = told(events, CallAbandoned)
    assert hung.seconds < 1.5
