"""What is gathered of recognisers of sentences, each call in time."""

import threading

import pytest

from irene import ConfigurationError, IntentMatcher, IntentRecognizer, ProviderFailedError
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.components.understanding.component import UnderstandingComponent
from irene.config.sections import IntentsSection
from irene.domain.events import CallAbandoned, ProviderFailed
from irene.domain.kinds import Kind


class Hanging(IntentRecognizer[None], IntentMatcher):
    """Hangs when it is asked for its grammar, and when it reads a folder."""

    name = "hanging"

    def __init__(self):
        super().__init__()
        self.release = threading.Event()

    def open_matcher(self, sources):
        """It is its own matcher."""
        return self

    def read_folder(self, folder):
        """Hang."""
        self.release.wait(60)
        return []

    def match(self, text, language, context=None):
        """Nothing is understood."""

    def grammar(self, language, context=None):
        """Hang."""
        self.release.wait(60)


@pytest.fixture
def hanging():
    """Return a recogniser that is let go in the end."""
    recognizer = Hanging()
    yield recognizer
    recognizer.release.set()


def understanding(recognizer, events, **section):
    """Return a component with this recogniser alone."""
    candidates = [Candidate("words", recognizer)]
    sharing = Sharing(load_s=1.0)
    chain = ProviderChain(Kind.INTENT_RECOGNITION, candidates, events.append, sharing)
    return UnderstandingComponent(chain, {}, IntentsSection(**section), events.append)


def test_without_a_grammar_that_comes_in_time_recognition_stays_free(hanging):
    """The thread is left, counted and named."""
    events = []
    component = understanding(hanging, events)
    component.load("en")
    assert component.grammar("en") is None
    assert not hanging.release.is_set()
    failed, hung = events
    assert isinstance(failed, ProviderFailed)
    assert failed.reason == "no answer within assistant.load_timeout_ms = 1000"
    assert isinstance(hung, CallAbandoned)
    assert (hung.provider, hung.call, hung.abandoned) == ("words", "grammar", 1)


def test_a_folder_of_sentences_that_cannot_be_read_in_time_is_named(hanging):
    """It may lie on a server that has gone."""
    component = understanding(hanging, [], sentences=("far",))
    with pytest.raises(ConfigurationError, match=r"intents\.sentences: far: no answer within"):
        component.load("en")


def test_a_recogniser_that_cannot_compile_the_sentences_in_time_is_counted_and_named(hanging):
    """Its thread is left, whoever wanted the sentences."""
    hanging.open_matcher = lambda sources: hanging.release.wait(60)
    events = []
    component = understanding(hanging, events)
    with pytest.raises(ProviderFailedError, match="'words' hangs in `open_matcher`: no answer"):
        component.load("en")
    (hung,) = events
    assert isinstance(hung, CallAbandoned)
    assert (hung.provider, hung.call, hung.abandoned) == ("words", "open_matcher", 1)
