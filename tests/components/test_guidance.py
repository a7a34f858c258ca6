"""Recognition guided by a grammar: confined first, free where nothing fits."""

import numpy as np
import pytest

from irene import Asr, AsrCapabilities, AsrStream, ConfigurationError, Grammar, Hypothesis
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.errors import ProviderFailedError
from irene.plugin.host import installed_plugins
from irene.testing import AsrScript, ScriptedAsr, registry_of

GRAMMAR = Grammar.of_sentences(["turn on the lamp", "stop"])
OTHER = Grammar.of_sentences(["yes", "no"])


class GuidedAsr(Asr[None]):
    """Hears `confined` when it is given a grammar, `open` when it is not."""

    name = "guided"
    capabilities = AsrCapabilities(grammar=True, max_concurrency=1)
    confined = Hypothesis("turn on the lamp", True, in_grammar=True)
    free = Hypothesis("play the beatles", True)

    def __init__(self, options=None):
        super().__init__(options)
        self.prepared = []
        self.asked = []
        self.heard = []
        self.opened = 0

    def prepare(self, grammar):
        """Note the grammar."""
        self.prepared.append(grammar)

    def open_stream(self, request):
        """Note the request."""
        self.asked.append(request.grammar)
        return GuidedStream(self, request.grammar)


class GuidedStream(AsrStream):
    """One utterance; a second one at the same time is refused, as by an engine with one decoder."""

    def __init__(self, asr, grammar):
        assert not asr.opened, "one decoder, two streams"
        asr.opened += 1
        self.asr, self.grammar, self.audio = asr, grammar, []

    def accept(self, samples):
        """Keep the audio."""
        self.audio.append(samples.copy())
        return Hypothesis("turn", False)

    def finish(self):
        """Say what the class says."""
        self.asr.heard.append(np.concatenate(self.audio))
        return self.asr.free if self.grammar is None else self.asr.confined

    def close(self):
        """Give the decoder back."""
        self.asr.opened -= 1


class Bench:
    """A recogniser of the class given, with a scripted one behind it."""

    def __init__(self, mode="auto", cls=GuidedAsr):
        self.cls = type("Guided", (cls,), {"name": "guided"})
        behind = type("Behind", (ScriptedAsr,), {"name": "behind", "script": AsrScript("a b")})
        asr = {"default_provider": "guided", "fallback_providers": ["behind"], "grammar": mode}
        registry = registry_of(self.cls, behind, installed=installed_plugins())
        self.events = []
        config = load_config({"asr": {**asr, "language": "en"}}, registry=registry)
        self.component = Assembly(config, registry, self.events.append).asr()
        self.asr = self.component.slot.chain.candidates()[0].provider

    def hear(self, grammar=None, samples=None):
        """Recognise 0.3 s of a ramp, fed in three blocks."""
        audio = np.arange(4800, dtype=np.int16) if samples is None else samples
        stream = self.component.open(16000, grammar=grammar)
        for start in range(0, len(audio), 1600):
            stream.feed(audio[start : start + 1600])
        stream.end()
        return stream.wait()

    def messages(self):
        """Return what was reported."""
        return [getattr(event, "message", getattr(event, "reason", "")) for event in self.events]


def test_a_sentence_of_the_grammar_is_taken_as_it_is():
    """One pass, confined to the assistant's grammar."""
    bench = Bench()
    bench.component.guide(GRAMMAR)
    heard = bench.hear()
    assert (heard.hypothesis.text, heard.hypothesis.in_grammar) == ("turn on the lamp", True)
    assert bench.asr.asked == [GRAMMAR]


def test_what_is_no_sentence_of_the_grammar_is_recognised_freely():
    """A second pass on the same provider, over all of the audio; the event can tell."""
    bench = Bench()
    bench.asr.confined = Hypothesis("stop", True, in_grammar=False)
    bench.component.guide(GRAMMAR)
    heard = bench.hear()
    assert (heard.hypothesis.text, heard.hypothesis.in_grammar) == ("play the beatles", False)
    assert heard.provider == "guided"
    assert bench.asr.asked == [GRAMMAR, None]
    assert all((audio == np.arange(4800)).all() for audio in bench.asr.heard)
    assert bench.asr.opened == 0
    assert bench.events == []


def test_an_engine_that_cannot_tell_is_believed():
    """Without a verdict there is no second pass."""
    bench = Bench()
    bench.asr.confined = Hypothesis("something", True)
    bench.component.guide(GRAMMAR)
    assert bench.hear().hypothesis == bench.asr.confined
    assert bench.asr.asked == [GRAMMAR]


def test_only_what_is_understood_is_recognised_when_that_is_wanted():
    """With `only`, everything else is nothing: no text, no words, no second pass."""
    bench = Bench("only")
    bench.asr.confined = Hypothesis("stop", True, in_grammar=False, language="en")
    bench.component.guide(GRAMMAR)
    assert bench.hear().hypothesis == Hypothesis("", True, language="en", in_grammar=False)
    assert bench.asr.asked == [GRAMMAR]


def test_off_recognises_freely():
    """Neither the assistant's grammar nor one of a question reaches the engine."""
    bench = Bench("off")
    bench.component.guide(GRAMMAR)
    assert bench.hear(OTHER).hypothesis.text == "play the beatles"
    assert (bench.asr.asked, bench.asr.prepared) == ([None], [])
    assert bench.component.grammar is None


def test_a_question_brings_its_own_grammar():
    """What may be said now is what fits now."""
    bench = Bench()
    bench.component.guide(GRAMMAR)
    bench.hear(OTHER)
    bench.hear()
    assert bench.asr.asked == [OTHER, GRAMMAR]


def test_a_grammar_is_prepared_once_before_anybody_speaks():
    """`guide` compiles; utterances do not."""
    bench = Bench()
    bench.component.guide(GRAMMAR)
    assert bench.asr.prepared == [GRAMMAR]
    bench.hear()
    bench.hear(OTHER)
    bench.hear(OTHER)
    assert bench.asr.prepared == [GRAMMAR, OTHER]


def test_a_provider_without_grammars_is_simply_asked():
    """Nothing is reported: nothing is lost."""
    bench = Bench()
    bench.asr.capabilities = AsrCapabilities(grammar=False)
    bench.component.guide(GRAMMAR)
    assert bench.hear().hypothesis.text == "play the beatles"
    assert (bench.asr.asked, bench.asr.prepared, bench.events) == ([None], [], [])


def test_a_provider_of_another_language_is_not_guided():
    """German sentences do not help an English model."""
    bench = Bench()
    bench.component.guide(Grammar.of_sentences(["licht an"], "de"))
    bench.hear()
    assert bench.asr.asked == [None]


def test_a_grammar_of_a_region_guides_the_language():
    """`en-US` sentences are English."""
    bench = Bench()
    grammar = Grammar.of_sentences(["stop"], "en_US")
    bench.component.guide(grammar)
    bench.hear()
    assert bench.asr.asked == [grammar]


class Refusing(GuidedAsr):
    """Refuses every grammar when it is to be compiled."""

    def prepare(self, grammar):
        """Refuse."""
        raise ConfigurationError("grammar: not in the dictionary: zigbee")


class RefusingLate(GuidedAsr):
    """Refuses every grammar when somebody speaks."""

    def open_stream(self, request):
        """Refuse."""
        if request.grammar is not None:
            raise ConfigurationError("grammar: too many words")
        return super().open_stream(request)


@pytest.mark.parametrize("cls", [Refusing, RefusingLate])
def test_a_grammar_that_an_engine_refuses_is_told_of_once(cls):
    """Recognition is free then, on the same provider, and no word is lost."""
    bench = Bench(cls=cls)
    bench.component.guide(GRAMMAR)
    for _ in range(3):
        heard = bench.hear()
        assert (heard.provider, heard.hypothesis.text) == ("guided", "play the beatles")
        assert heard.hypothesis.in_grammar is None
    (message,) = bench.messages()
    assert "'guided' is not guided" in message
    assert "grammar: " in message
    assert bench.asr.asked == [None] * 3


@pytest.mark.parametrize("cls", [Refusing, RefusingLate])
def test_a_refused_grammar_is_a_failure_when_nothing_else_is_wanted(cls):
    """With `only`, a provider that takes no grammar gives way to the next."""
    bench = Bench("only", cls)
    bench.component.guide(GRAMMAR)
    assert bench.hear().provider == "behind"


def failing(on_grammar, times=1):
    """Return a recogniser that raises at the end of passes with, or without, a grammar."""

    class Failing(GuidedAsr):
        """Fails in one kind of pass."""

        confined = Hypothesis("stop", True, in_grammar=False)
        left = times

        def open_stream(self, request):
            """Break the streams of one kind."""
            stream = super().open_stream(request)
            if (request.grammar is not None) is on_grammar and self.left:
                self.left -= 1
                stream.finish = lambda: 1 / 0
            return stream

    return Failing


@pytest.mark.parametrize("on_grammar", [True, False])
def test_a_pass_that_fails_is_taken_over_by_the_next_provider(on_grammar):
    """The first or the second one: the audio is kept, the failure is told."""
    bench = Bench(cls=failing(on_grammar))
    bench.component.guide(GRAMMAR)
    heard = bench.hear()
    assert (heard.provider, heard.hypothesis.text) == ("behind", "a b")
    assert any("division by zero" in message for message in bench.messages())
    assert bench.asr.opened == 0


def test_a_provider_that_takes_over_is_guided_too():
    """It compiles the grammar before it hears the kept audio."""
    second = type("Second", (GuidedAsr,), {"name": "second"})
    first = type("First", (failing(True),), {"name": "guided"})
    registry = registry_of(first, second, installed=installed_plugins())
    asr = {"default_provider": "guided", "fallback_providers": ["second"], "language": "en"}
    component = Assembly(load_config({"asr": asr}, registry=registry), registry).asr()
    component.guide(GRAMMAR)
    stream = component.open(16000)
    stream.feed(np.ones(1600, np.int16))
    stream.end()
    assert stream.wait().provider == "second"
    taken_over = component.slot.chain.candidates()[0].provider
    assert (taken_over.prepared, taken_over.asked) == ([GRAMMAR], [GRAMMAR])


def test_when_every_pass_fails_that_is_said():
    """The last failure is raised, with the name of the provider."""
    bench = Bench(cls=failing(False, 99))
    bench.component.guide(GRAMMAR)
    bench.component.slot.chain.drop("behind", "not wanted here")
    with pytest.raises(ProviderFailedError, match="guided"):
        bench.hear()


def test_words_that_are_never_heard_are_asked_of_the_provider():
    """Of the assistant's grammar, and only where it guides."""
    bench = Bench()
    bench.asr.unknown_words = lambda words: tuple(word for word in words if word == "lamp")
    assert bench.component.unknown_words() == ()
    bench.component.guide(GRAMMAR)
    assert bench.component.unknown_words() == ("lamp",)


def test_a_provider_that_cannot_name_words_is_reported():
    """Foreign code that raises does not keep the assistant from starting."""
    bench = Bench()
    bench.component.guide(GRAMMAR)
    bench.asr.unknown_words = lambda words: 1 / 0
    assert bench.component.unknown_words() == ()
    assert any("division by zero" in message for message in bench.messages())
