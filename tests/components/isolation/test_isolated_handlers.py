"""Handlers and recognisers of intents in workers: they answer, and ask for services, as here."""

import os
import signal
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from calling_providers import CallingHandler, Where, WrongHandler
from worker_bench import SOON, wait_until

from irene import (
    HandlerContext,
    Intent,
    IntentInfo,
    ProviderFailedError,
    Response,
    SentenceSource,
)
from irene.domain.clock import SystemClock
from irene.errors import ConfigurationError
from irene_plugins.intent_recognition.hassil import HassilRecognizer

NOW = datetime(2030, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
CONTEXT = HandlerContext(NOW, last_response=Response("", pieces=iter("ab")))


class House:
    """The services of a handler; keeps what it was asked for."""

    language = "de"
    speaks = True

    def __init__(self, folder):
        self.clock = SystemClock()
        self.volume = 0.5
        self.folder = folder
        self.asked = []
        self.orders = []
        self.n_cancelled = 0

    def state_folder(self):
        return self.folder

    def call_at(self, when, work):
        self.orders.append((when, work))

        def cancel():
            self.n_cancelled += 1

        return cancel

    def announce(self, response, *, rings=False):
        self.asked.append(("announce", response.text, rings))
        return True

    def hush(self):
        self.asked.append("hush")

    def answer(self, intent):
        if intent.name == "Nobody":
            raise ProviderFailedError("nobody answers")
        return Response("", pieces=iter([f"{intent.slots['a']}", " other"]))

    def intents(self):
        return [IntentInfo("Other")]

    def failed(self, message):
        self.asked.append(message)

    def warn(self, message):
        self.asked.append(message)

    def sentences_changed(self):
        self.asked.append("changed")


@pytest.fixture
def house(tmp_path):
    """Services with a folder that the worker sees, too."""
    return House(tmp_path)


@pytest.fixture
def handler(bench, house):
    """A handler that works in a worker."""
    made = bench.isolated(CallingHandler(Where(str(house.folder))), restarts=SOON)
    made.load()
    made.start(house)
    return made


def ask(handler, name, **slots):
    """Have an intent answered."""
    return handler.handle(Intent(name, "x", slots=slots), CONTEXT)


def test_everything_that_services_offer_works_from_a_worker(handler, house):
    """Each question is answered by the assistant's own services, in its own process."""
    answer = ask(handler, "Ask", what=3)
    assert answer.text == "asked"
    assert answer.data == {
        "volume": 0.25,
        "speaks": True,
        "is_told": True,
        "language": "de",
        "folder": str(house.folder),
        "other": "1 other",
        "names": ["Other"],
        "said": "",
        "slots": {"what": 3},
        "now": NOW,
        "pid": handler.pool.pids[0],
    }
    told = [("announce", "ab", True), "hush", "calling: failed", "calling: warned", "changed"]
    assert house.asked == told


def test_what_can_be_said_to_it_is_what_it_says_itself(handler):
    """Before it is loaded it is asked here, then in its worker."""
    here = CallingHandler()
    assert handler.intents == here.intents
    assert handler.examples("en") == ["ask them"]
    assert handler.describe() == here.describe()
    sentences = handler.sentences("en")
    assert sentences == {"intents": {"Ask": {"data": [{"sentences": ["ask them"]}]}}}
    with pytest.raises(ProviderFailedError, match="nobody answers"):
        ask(handler, "Raise")
    with pytest.raises(ProviderFailedError, match="it returned"):
        ask(handler, "Odd")


def test_work_for_later_is_done_in_the_worker_when_the_assistant_says_so(handler, house):
    """At the same moment; what was cancelled is not done, and cancelled once."""
    ask(handler, "Later")
    ((when, work),) = house.orders
    assert when == NOW
    work()
    assert ask(handler, "Seen").text == "1"
    assert house.asked == [("announce", "now", False)]
    ask(handler, "Later", cancel=1)
    assert house.n_cancelled == 1
    house.orders[1][1]()
    assert ask(handler, "Seen").text == "1"


def test_a_handler_that_dies_is_started_again_and_finds_its_orders(handler, house, bench):
    """As after a restart of the assistant: the old orders are cancelled, and made anew."""
    ask(handler, "Later")
    (first,) = handler.pool.pids
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        ask(handler, "Die")
    wait_until(lambda: len(house.orders) == 2)
    assert house.n_cancelled == 1
    (second,) = handler.pool.pids
    started = sorted(path.name for path in house.folder.glob("started-*"))
    assert started == sorted([f"started-{first}", f"started-{second}"])
    assert ask(handler, "Seen").text == "0"
    house.orders[1][1]()
    assert ask(handler, "Seen").text == "1"
    assert bench.names() == ["worker_died", "worker_restarted"]


def test_pieces_of_an_answer_come_as_they_are_made_and_can_be_stopped(handler, house):
    """Also while another thread waits for the next one."""
    pieces = ask(handler, "Pieces").pieces
    assert [next(pieces), next(pieces)] == ["One. ", "Two. "]
    pieces.close()
    pieces.close()
    assert (house.folder / "closed").exists()
    assert next(pieces, None) is None
    assert ask(handler, "Seen").text == "0"


@pytest.mark.slow
def test_a_handler_that_cannot_begin_says_why(bench, house):
    """As one in this process would."""
    wrong = bench.isolated(WrongHandler())
    wrong.load()
    with pytest.raises(ProviderFailedError, match="no start today"):
        wrong.start(house)


@pytest.mark.slow
def test_a_handler_that_hangs_is_ended(bench, house):
    """Its call fails, and the next one is answered by the next process."""
    made = bench.isolated(CallingHandler(), restarts=SOON, call_s=5.0)
    settings = replace(made.pool.settings, call_s=0.2)
    made.load()
    made.start(house)
    made.pool.settings = settings
    with pytest.raises(ProviderFailedError, match=r"not answered within 0.2 s"):
        ask(made, "Hang")
    made.pool.settings = replace(settings, call_s=5.0)
    assert ask(made, "Seen").text == "0"


SOURCES = [
    SentenceSource(
        "test",
        "en",
        {
            "language": "en",
            "intents": {
                "Light": {"data": [{"sentences": ["turn on the {room} light"]}]},
            },
            "lists": {"room": {"values": ["kitchen", "hall"]}},
        },
    )
]


@pytest.fixture
def recognizer(bench):
    """The bundled recogniser, in a worker."""
    return bench.isolated(HassilRecognizer(), restarts=SOON)


def test_sentences_are_understood_in_a_worker_as_here(recognizer):
    """Intent, samples, grammar and its key are the same."""
    here = HassilRecognizer()
    here.load()
    there, known = recognizer.open_matcher(SOURCES), here.open_matcher(SOURCES)
    for text in ("turn on the kitchen light", "turn on the light", "sing"):
        assert there.match(text, "en") == known.match(text, "en")
        assert there.match_all(text, "en") == known.match_all(text, "en")
    assert list(there.samples("en", 5)) == list(known.samples("en", 5))
    assert there.grammar("en").digest == known.grammar("en").digest
    assert there.grammar_key("en") == known.grammar_key("en")
    assert list(there.warnings()) == list(known.warnings())
    intent = replace(
        known.match("turn on the hall light", "en"), response_template="{{ now().year }}"
    )
    assert there.render(intent, {"now": NOW}) == known.render(intent, {"now": NOW}) == "2030"
    there.close()
    here.close()


class Warming(HassilRecognizer):
    """Understands sentences once they are warm."""

    name = "warming"

    def open_matcher(self, sources):
        matcher = super().open_matcher(sources)
        cold, matcher.match = matcher.match, lambda *_: None
        matcher.warm_up = lambda: setattr(matcher, "match", cold)
        return matcher


def test_sentences_are_warmed_up_in_each_worker(bench):
    """The one that follows a worker which died is as fast from its first answer on."""
    recognizer = bench.isolated(Warming(), restarts=SOON)
    matcher = recognizer.open_matcher(SOURCES)
    assert matcher.match("turn on the kitchen light", "en") is None
    matcher.warm_up()
    assert matcher.match("turn on the kitchen light", "en") is not None
    (pid,) = recognizer.pool.pids
    os.kill(pid, signal.SIGKILL)
    assert matcher.match("turn on the kitchen light", "en") is not None
    assert recognizer.pool.pids != (pid,)


def test_sentences_survive_their_worker(recognizer, bench):
    """The next one compiles them again, and answers what was just asked."""
    matcher = recognizer.open_matcher(SOURCES)
    (pid,) = recognizer.pool.pids
    os.kill(pid, signal.SIGKILL)
    intent = matcher.match("turn on the kitchen light", "en")
    assert intent.slots == {"room": "kitchen"}
    assert recognizer.pool.pids != (pid,)
    with pytest.raises(ConfigurationError, match="test"):
        recognizer.open_matcher([replace(SOURCES[0], content={"intents": {"X": 3}})])
