"""Sentences that are the same are compiled once, whoever asks for them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from irene import ConfigurationError, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition import compilation
from irene_plugins.intent_recognition.compilation import compile_sources
from irene_plugins.intent_recognition.fuzzy import FuzzyRecognizer
from irene_plugins.intent_recognition.hassil import HassilRecognizer


def sources(*sentences, origin="lamp.yaml", language="en"):
    """Return new objects that say this, as every handler makes them each time."""
    content = {"intents": {"LampOn": {"data": [{"sentences": list(sentences)}]}}}
    return [SentenceSource(origin, language, content)]


def test_the_same_sentences_are_the_same_object():
    """A second assistant of the process waits for nothing."""
    assert compile_sources(sources("lamp on")) is compile_sources(sources("lamp on"))


@pytest.mark.parametrize(
    "other",
    [
        sources("lamp off"),
        sources("lamp on", "light on"),
        sources("lamp on", origin="other.yaml"),
        sources("lamp on", language="de"),
        [*sources("lamp on"), *sources("light on", origin="light.yaml")],
    ],
    ids=["sentence", "more", "origin", "language", "source"],
)
def test_whatever_differs_is_compiled_again(other):
    """Sentence, place, language, or another file beside it: the answer is that of the new ones."""
    before, after = compile_sources(sources("lamp on")), compile_sources(other)
    assert after is not before
    assert compile_sources(other) is after


def test_mistakes_are_told_each_time():
    """An error is nothing to remember; what was right before still is."""
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=r"lamp\.yaml"):
            compile_sources(sources("lamp [on"))
    assert compile_sources(sources("lamp on")).languages["en"]


def test_who_asks_meanwhile_waits_and_gets_the_same(monkeypatch):
    """The tiers of an assistant begin at the same time, each on its own thread."""
    n_compiled, both = [], threading.Barrier(4)
    language = compilation.compile_language

    def counted(*args):
        n_compiled.append(1)
        return language(*args)

    monkeypatch.setattr(compilation, "compile_language", counted)

    def ask(_):
        both.wait(30)
        return compile_sources(sources("lamp on", "switch the lamp on now"))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert len(n_compiled) == 1
    assert all(one is found[0] for one in found)


def test_both_tiers_understand_what_they_share():
    """What is said exactly, and what was misheard a little; one use does not change the other."""
    pytest.importorskip("rapidfuzz", reason="the extra `intents` is not installed")
    asked = sources("switch the kitchen lamp on", "good night everybody")
    exact, near = HassilRecognizer().open_matcher(asked), FuzzyRecognizer().open_matcher(asked)
    for _ in range(2):
        assert exact.match("switch the kitchen lamp on", "en").name == "LampOn"
        assert exact.match("switch the kitten lamp on", "en") is None
        assert near.match("switch the kitten lamp on", "en").name == "LampOn"
