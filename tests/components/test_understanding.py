"""From text to intent to answer: tiers, configured lists, context, and who finds the words."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

import pytest

from irene import (
    ConfigurationError,
    HandlerContext,
    Intent,
    IntentHandler,
    IntentMatcher,
    IntentRecognizer,
    NoOptions,
    ProviderFailedError,
    Response,
    SentenceSource,
)
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing, Terms
from irene.components.understanding.component import UnderstandingComponent
from irene.components.understanding.sources import list_sources
from irene.config.sections import IntentsSection
from irene.domain.events import ProviderFailed, Warned
from irene.domain.kinds import Kind

CONTEXT = HandlerContext(now=datetime(2026, 3, 1, 12))


def wait_until(is_so):
    """Wait for what another thread is about to do."""
    pause = threading.Event()
    for _ in range(3000):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


class Words(IntentMatcher):
    """Understands single words."""

    def __init__(self, intents, confidence=1.0, error=None, lacks=()):
        self.intents, self.confidence, self.error, self.lacks = intents, confidence, error, lacks
        self.contexts, self.n_closed, self.n_warm = [], 0, 0

    def warm_up(self):
        self.n_warm += 1

    def close(self):
        self.n_closed += 1

    def match(self, text, language, context=None):
        self.contexts.append(context)
        if self.error is not None:
            raise self.error
        name = self.intents.get(text)
        if name is None:
            return None
        return Intent(name, text, confidence=self.confidence, response_template=f"{name}!")

    def render(self, intent, values):
        return f"{intent.response_template} {sorted(values)}"

    def warnings(self):
        return self.lacks


class Listed(IntentRecognizer[NoOptions]):
    """A recogniser whose matcher is given."""

    name = "listed"

    def __init__(self, matcher=None, error=None):
        super().__init__()
        self.matcher, self.error, self.sources = matcher, error, None

    def open_matcher(self, sources):
        self.sources = list(sources)
        if self.error is not None:
            raise self.error
        return self.matcher


class Handler(IntentHandler[NoOptions]):
    """Answers what it is told to."""

    name = "handler"
    intents = ("Handled",)
    response: Any = None

    def handle(self, intent, context):
        return self.response

    def sentences(self, language):
        return {"language": language, "intents": {}}


def loaded(exact, *tiers, section=None, handler=None):
    events = []
    providers = [one if isinstance(one, Listed) else Listed(one) for one in (exact, *tiers)]
    serving, *others = [Candidate(f"r{n}", one) for n, one in enumerate(providers)]
    chain = ProviderChain(Kind.INTENT_RECOGNITION, [serving], events.append)
    handlers = {"handler": handler or Handler()}
    section = section or IntentsSection()
    component = UnderstandingComponent(chain, handlers, section, events.append, others)
    component.load("en")
    return component, events, providers


def test_a_tier_that_takes_too_long_is_passed_over():
    """`deadline_ms` of its table: the next tier is asked."""
    hang = threading.Event()

    class Hanging(Words):
        def match(self, text, language, context=None):
            hang.wait(10)
            return super().match(text, language, context)

    tiers = [Listed(Hanging({"a": "Late"})), Listed(Words({"a": "A"}))]
    sharing = Sharing(terms={"r1": Terms(deadline_s=0.02)})
    events = []
    serving, *others = [
        Candidate(f"r{n}", one) for n, one in enumerate([Listed(Words({})), *tiers])
    ]
    chain = ProviderChain(Kind.INTENT_RECOGNITION, [serving], events.append, sharing)
    component = UnderstandingComponent(chain, {}, IntentsSection(), events.append, others)
    component.load("en")
    assert component.understand("a", "en").name == "A"
    assert (events[0].provider, events[0].reason) == ("r1", "no answer within deadline_ms = 20")
    assert (events[1].provider, events[1].call, events[1].abandoned) == ("r1", "match", 1)
    assert [one.provider for one in chain.abandoned.running] == ["r1"]
    hang.set()
    wait_until(lambda: not chain.abandoned.running)


def test_tiers_are_asked_in_their_order_after_the_exact_one():
    """The first that understands wins; those after it are not asked."""
    last = Words({"a": "Z", "b": "Z", "c": "Z"}, 0.5)
    component, events, _ = loaded(Words({"a": "A"}), Words({"a": "X", "b": "B"}, 0.9), last)
    assert [component.understand(text, "en").name for text in "abc"] == ["A", "B", "Z"]
    assert component.understand("d", "en") is None
    assert len(last.contexts) == 2
    assert events == []


def test_matchers_are_warmed_up_before_they_are_asked():
    """Each once, the one that serves and those of the tiers."""
    exact, near = Words({}), Words({"nearly": "Near"})
    component, _, _ = loaded(exact, near)
    assert exact.n_warm == 1
    assert component.understand("nearly", "en").name == "Near"
    assert near.n_warm == 1


def test_sentences_that_nobody_asks_about_are_compiled_and_no_more():
    """Nothing is made ready for a first text, and no tier compiles them once more."""
    exact, tier = Words({}), Compiled()
    listed = Listed(exact)
    chain = ProviderChain(Kind.INTENT_RECOGNITION, [Candidate("exact", listed)], lambda event: None)
    component = UnderstandingComponent(
        chain, {"handler": named("A")}, IntentsSection(), lambda event: None, [Candidate("t", tier)]
    )
    component.read_sentences("en", is_asked=False)
    component.close()
    assert [list(source.content["intents"]) for source in listed.sources] == [["A"]]
    assert exact.n_warm == 0
    assert not tier.begun.is_set()


def test_a_matcher_that_cannot_be_warmed_up_is_closed_and_told():
    """As one that could not be opened."""
    exact, cold = Words({}), Words({"nearly": "Near"})
    cold.warm_up = lambda: 1 // 0
    component, events, _ = loaded(exact, cold)
    assert component.understand("nearly", "en") is None
    assert cold.n_closed == 1
    (told,) = [event for event in events if isinstance(event, ProviderFailed)]
    assert "r1 did not take the sentences: " in told.reason


def test_a_tier_that_fails_is_told_and_passed_over():
    """Neither one that raises nor one that cannot be opened keeps the next from answering."""
    raises = Words({}, error=ValueError("broken"))
    closed = Listed(error=RuntimeError("no room"))
    component, events, _ = loaded(Words({}), raises, closed, Words({"a": "A"}))
    assert component.understand("a", "en").name == "A"
    assert {(one.provider, one.reason) for one in events if isinstance(one, ProviderFailed)} == {
        ("r1", "ValueError: broken"),
        ("r2", "r2 did not take the sentences: RuntimeError: no room"),
    }


def test_every_tier_gets_the_same_sources():
    """Those of the handlers, and the configured lists."""
    section = IntentsSection(lists={"area": ("kitchen",)})
    component, _, providers = loaded(Words({}), Words({}), section=section)
    component.understand("a", "en")
    origins = [[source.origin for source in one.sources] for one in providers]
    assert origins == [["handler 'handler'", "[intents.lists]"]] * 2


def test_the_whole_of_a_text_is_guessed_when_no_command_fits():
    """Exact commands, joined or continued, come first; a guess is made of the whole."""
    exact = Words({"a": "A", "b": "B"})
    component, _, _ = loaded(exact, Words({"a and c": "G", "c": "C"}, 0.9))
    names = [intent.name for intent in component.understand_all("a and b", "en")]
    assert names == ["A", "B"]
    assert [intent.name for intent in component.understand_all("a and c", "en")] == ["G"]
    assert [intent.name for intent in component.understand_all("c", "en")] == ["C"]
    assert component.understand_all("d", "en") == []


def test_a_guess_may_continue_a_conversation():
    """A tier is asked without the context first, and then with it."""
    tier = Words({})
    component, _, _ = loaded(Words({}), tier)
    assert component.understand_all("a", "en", {"asks": "x"}) == []
    assert tier.contexts == [{}, {"asks": "x"}]
    tier.intents = {"a": "A"}
    (intent,) = component.understand_all("a", "en", {"asks": "x"})
    assert not intent.continues


class Overtaken(Words):
    """Has been replaced by the time that it answers."""

    def __init__(self, replace):
        super().__init__({})
        self.replace = replace

    def match(self, text, language, context=None):
        self.replace()
        return super().match(text, language, context)


def test_a_text_is_looked_up_once_more_in_sentences_that_were_read_meanwhile():
    """Also when they were read before anybody could wait for them."""

    def read():
        recogniser.matcher = Words({"attic": "Attic"})
        component.read_sentences("en")

    component, _, (recogniser,) = loaded(Overtaken(read))
    assert [one.name for one in component.understand_all("attic", "en")] == ["Attic"]


def test_the_best_understood_reading_wins():
    """An exact match of a later reading comes before a guess at an earlier one."""
    component, _, _ = loaded(Words({"time": "T"}), Words({"thyme": "T"}, 0.9))
    assert component.first_understood(["thyme", "time"], "en") == "time"
    assert component.first_understood(["thyme", "x"], "en") == "thyme"
    assert component.first_understood(["x", "y"], "en") == "x"
    assert component.first_understood(["x", ""], "en") == ""


def test_the_configured_context_always_holds():
    """What the conversation is about comes on top of it."""
    exact = Words({})
    component, _, _ = loaded(exact, section=IntentsSection(context={"area": "hall", "x": 1}))
    component.understand("a", "en", {"x": 2})
    assert exact.contexts == [{"area": "hall", "x": 2}]


def test_what_sentences_lack_is_a_warning_when_they_are_loaded():
    """One event for each line, however often the sentences are read again."""
    component, events, _ = loaded(Words({}, lacks=("no area", "no name")))
    component.read_sentences("en")
    assert events == [Warned(message="no area"), Warned(message="no name")]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (Response("Spoken"), "Spoken"),
        (Response("", data={"state": "on"}), "Handled! ['now', 'state']"),
        (Response(""), "Handled! ['now']"),
        (None, None),
    ],
)
def test_a_handler_without_words_leaves_them_to_the_file(response, text):
    """The template may use the handler's data; a handler that says nothing is left alone."""
    handler = Handler()
    handler.response = response
    component, _, _ = loaded(Words({"a": "Handled"}), handler=handler)
    answer = component.answer(component.understand("a", "en"), CONTEXT)
    assert (answer.text if answer else None) == text
    if response is not None:
        assert answer.data == response.data


def test_an_answer_whose_text_is_no_text_is_refused():
    """The line names the handler, what it returned, and what would be right."""
    handler = Handler()
    handler.response = Response(5)
    component, _, _ = loaded(Words({"a": "Handled"}), handler=handler)
    told = "'handler' returned a Response with the text 5; use a str"
    with pytest.raises(ProviderFailedError, match=told):
        component.answer(component.understand("a", "en"), CONTEXT)


def test_an_intent_without_a_handler_is_answered_by_the_file():
    """And one without an answer of its own has none."""
    component, _, _ = loaded(Words({"a": "Other"}))
    assert component.answer(component.understand("a", "en"), CONTEXT).text == "Other! ['now']"
    assert component.answer(Intent("Other", "a"), CONTEXT) is None


def test_an_answer_that_cannot_be_filled_in_is_an_expected_error():
    """Whatever the recogniser raises, the message names the intent."""
    exact = Words({"a": "Other"})
    exact.render = lambda intent, values: 1 / 0
    component, _, _ = loaded(exact)
    with pytest.raises(ProviderFailedError, match="response of intent 'Other': ZeroDivision"):
        component.answer(component.understand("a", "en"), CONTEXT)


def test_configured_lists_serve_every_language():
    """Short and full forms, once for each language that sentences are in."""
    given = [SentenceSource("a", "en", {}), SentenceSource("b", "de", {})] * 2
    lists = {"area": ("kitchen", {"in": "hall"}), "level": {"range": {"from": 0, "to": 9}}}
    made = list_sources(lists, given)
    assert [source.language for source in made] == ["en", "de"]
    assert made[0].content == {
        "lists": {"area": {"values": ("kitchen", {"in": "hall"})}, "level": lists["level"]}
    }
    assert list_sources({}, given) == []


def named(name):
    """A handler with a sentence of that name."""
    handler = Handler()
    handler.sentences = lambda language: {"intents": {name: {}}}
    return handler


class Compiled(Listed):
    """Makes a matcher that understands the names of all intents; compiling may wait for `go`."""

    def __init__(self):
        super().__init__()
        self.go, self.begun, self.made = threading.Event(), threading.Event(), []
        self.go.set()

    def open_matcher(self, sources):
        self.begun.set()
        assert self.go.wait(5)
        names = [name for source in sources for name in source.content["intents"]]
        self.made.append(Words({name: name for name in names}))
        return self.made[-1]


def eventually(condition):
    """Whether it comes true within five seconds; looks every millisecond."""
    return any(condition() or pause.wait(0.001) for pause in [threading.Event()] * 5000)


def test_a_handler_whose_sentences_raise_costs_only_its_own():
    """At the start the others are understood, and one event says who failed and why."""
    handler = Handler()
    handler.sentences = lambda language: {}["intents"]
    good = Candidate("good", Compiled())
    events = []
    chain = ProviderChain(Kind.INTENT_RECOGNITION, [good], events.append)
    handlers = {"bad": handler, "fine": named("Fine")}
    component = UnderstandingComponent(chain, handlers, IntentsSection(), events.append)
    component.load("en")
    assert component.understand("Fine", "en") is not None
    (failed,) = events
    assert (failed.kind, failed.provider) == ("intents", "bad")
    assert failed.reason == "intent handler 'bad': sentences: KeyError: 'intents'"


def test_a_handler_whose_sentences_raise_later_keeps_its_old_ones():
    """What it said before is understood on."""
    handler = named("Old")
    component, events, _ = loaded(Compiled(), handler=handler)
    handler.sentences = lambda language: 1 / 0
    component.read_sentences("en")
    assert component.understand("Old", "en") is not None
    assert [one.provider for one in events] == ["handler"]


@pytest.mark.parametrize("fault", ["read_folder", "open_matcher"])
def test_sentences_that_are_wrong_leave_the_old_ones_whole(fault):
    """For a matcher that is opened again, too: nothing is half changed."""
    section = IntentsSection(sentences=("folder",))
    handler, recognizer = named("Old"), Compiled()
    recognizer.read_folder = lambda folder: []
    component, _, _ = loaded(recognizer, section=section, handler=handler)
    handler.sentences = named("New").sentences

    def refuse(_):
        raise ConfigurationError("wrong")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recognizer, fault, refuse)
        with pytest.raises(ConfigurationError):
            component.read_sentences("en")
    recognizer.made[-1].error = ValueError("broken")  # it opens again, with what was read last
    component.understand("Old", "en")
    assert component.understand("Old", "en") is not None
    assert component.understand("New", "en") is None


def test_who_reads_last_has_the_newest_sentences():
    """A slow reading of older sentences never comes after a quick one of newer."""
    handler, recognizer = named("Old"), Compiled()
    component, _, _ = loaded(recognizer, handler=handler)
    recognizer.go.clear()
    recognizer.begun.clear()
    first = threading.Thread(target=component.read_sentences, args=("en",))
    first.start()
    assert recognizer.begun.wait(5)
    handler.sentences = named("New").sentences
    second = threading.Thread(target=component.read_sentences, args=("en",))
    second.start()
    assert component.understand("Old", "en") is not None  # nobody waits for them
    recognizer.go.set()
    first.join(5)
    second.join(5)
    assert component.understand("New", "en") is not None
    assert component.understand("Old", "en") is None


def test_a_tier_reads_no_sentences_before_it_is_asked_or_opened():
    """Whoever only compiles them, or is always understood, does not pay for it."""
    for begin in (UnderstandingComponent.open_tiers, lambda one: one.understand("?", "en")):
        exact, tier = Words({"A": "A"}), Compiled()
        component, _, _ = loaded(exact, tier, handler=named("A"))
        component.read_sentences("en")
        assert component.understand("A", "en") is not None
        assert not tier.begun.wait(0.01)
        begin(component)
        assert tier.begun.wait(5)


def test_tiers_that_are_open_are_after_a_reload_too():
    """Somebody may need them at any time, before and after it."""
    before, _, _ = loaded(Words({}), Compiled())
    before.open_tiers()
    tier = Compiled()
    chain = ProviderChain(
        Kind.INTENT_RECOGNITION, [Candidate("exact", Listed(Words({})))], lambda event: None
    )
    tiers = [Candidate("t", tier)]
    after = UnderstandingComponent(
        chain, {}, IntentsSection(), lambda event: None, tiers, before=before
    )
    after.load("en")
    assert tier.begun.wait(5)


def test_a_tier_serves_its_old_sentences_until_it_has_the_new_ones():
    """Nobody waits for it to compile."""
    handler, tier = named("Old"), Compiled()
    component, _, _ = loaded(Words({}), tier, handler=handler)
    assert component.understand("Old", "en") is not None
    tier.go.clear()
    handler.sentences = named("New").sentences
    component.read_sentences("en")
    assert component.understand("Old", "en") is not None
    tier.go.set()
    assert eventually(lambda: component.understand("New", "en"))
    assert component.understand("Old", "en") is None


def test_a_tier_reads_only_the_newest_of_several_changes():
    """Those that came while it was busy are read together."""
    handler, tier = named("A"), Compiled()
    component, _, _ = loaded(Words({}), tier, handler=handler)
    component.understand("A", "en")
    tier.go.clear()
    tier.begun.clear()
    for name in "BCD":
        handler.sentences = named(name).sentences
        component.read_sentences("en")
        assert tier.begun.wait(5)
    tier.go.set()
    assert eventually(lambda: component.understand("D", "en"))
    assert [list(matcher.intents) for matcher in tier.made] == [["A"], ["B"], ["D"]]


def test_a_tier_that_cannot_take_new_sentences_keeps_the_old():
    """It is told of once, and answers on."""
    tier = Compiled()
    component, events, _ = loaded(Words({}), tier, handler=named("Old"))
    component.understand("Old", "en")
    tier.open_matcher = lambda sources: 1 / 0
    component.read_sentences("en")
    assert eventually(lambda: events)
    assert component.understand("Old", "en") is not None


def test_replaced_matchers_are_closed_one_change_later():
    """Somebody may be asking the last one still; the end closes all, each once."""
    recognizer, tier = Compiled(), Compiled()
    component, _, _ = loaded(recognizer, tier, handler=named("A"))
    component.understand("x", "en")
    for n_made in (2, 3):
        component.read_sentences("en")
        assert eventually(lambda n=n_made: len(tier.made) == n)
    assert [one.n_closed for one in recognizer.made] == [1, 0, 0]
    assert eventually(lambda: [one.n_closed for one in tier.made] == [1, 0, 0])
    component.close()
    assert [one.n_closed for one in recognizer.made + tier.made] == [1] * 6


@pytest.mark.parametrize("which", [0, 1])
def test_what_is_compiled_while_all_is_closed_is_freed_again(which):
    """Neither its matcher nor its engine stays."""
    component, _, providers = loaded(Compiled(), Compiled(), handler=named("A"))
    component.understand("x", "en")
    late = providers[which]
    late.go.clear()
    late.begun.clear()
    reading = threading.Thread(target=component.read_sentences, args=("en",))
    reading.start()
    assert late.begun.wait(5)
    component.close()
    late.load()  # as a reading would that just began
    late.go.set()
    reading.join(5)
    assert eventually(lambda: len(late.made) == 2 and not late._loaded)
    assert [one.n_closed for one in late.made] == [1, 1]
    assert component.understand("A", "en") is None


def test_a_matcher_that_cannot_be_closed_is_told_and_costs_nothing():
    """The others are closed all the same."""
    exact, tier = Words({}), Words({})
    exact.close = lambda: 1 / 0
    component, events, _ = loaded(exact, tier)
    component.understand("x", "en")
    component.close()
    (failed,) = events
    assert failed.reason == "matcher not closed: ZeroDivisionError: division by zero"
    assert failed.provider == "r0"
    assert tier.n_closed == 1


def test_a_handler_that_hangs_while_it_is_closed_is_left():
    """Nobody waits for it; it is counted and named, and the others are closed."""
    hang, events = threading.Event(), []

    class Hanging(Handler):
        def _close(self):
            hang.wait(10)

    chain = ProviderChain(
        Kind.INTENT_RECOGNITION, [Candidate("r0", Listed(Words({})))], events.append
    )
    handlers = {"hanging": Hanging(), "handler": Handler()}
    sharing = Sharing(load_s=0.05)
    component = UnderstandingComponent(
        chain, handlers, IntentsSection(), events.append, sharing=sharing
    )
    component.load("en")
    component.close()
    assert not handlers["handler"].is_loaded
    hung = component.fallbacks.abandoned
    assert [(one.provider, one.call) for one in hung.running] == [("hanging", "close")]
    hang.set()
    wait_until(lambda: not hung.running)


def test_an_engine_of_a_tier_is_not_closed_while_a_call_hangs_in_it():
    """Its memory stays until the call has come back, and is freed then."""
    hang, events = threading.Event(), []

    class Hanging(Words):
        def match(self, text, language, context=None):
            hang.wait(10)

    tier = Listed(Hanging({}))
    sharing = Sharing(terms={"r1": Terms(deadline_s=0.02)})
    candidates = [Candidate("r0", Listed(Words({})))]
    chain = ProviderChain(Kind.INTENT_RECOGNITION, candidates, events.append, sharing)
    component = UnderstandingComponent(
        chain, {}, IntentsSection(), events.append, [Candidate("r1", tier)]
    )
    component.load("en")
    assert component.understand("a", "en") is None
    component.close()
    assert tier.is_loaded
    hang.set()
    wait_until(lambda: not tier.is_loaded)
