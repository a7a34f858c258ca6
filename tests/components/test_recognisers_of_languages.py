"""Languages with recognisers and sentences of their own."""

import numpy as np
import pytest

from irene import AsrCapabilities, AudioChunk, ConfigurationError, Grammar
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.plugin.host import installed_plugins
from irene.testing import AsrScript, ScriptedAsr, ScriptedLanguage, registry_of

CLIP = AudioChunk(np.full(8000, 3000, np.int16), 16000)
ENGLISH = Grammar.of_sentences(["turn on the light"], "en")
GERMAN = Grammar.of_sentences(["mach das licht an"], "de")


class English(ScriptedAsr):
    """Refuses every language but English."""

    name = "english"
    capabilities = AsrCapabilities(languages=("en",), max_concurrency=4, grammar=True)
    script = AsrScript("english")
    requests: list = []

    def open_stream(self, request):
        """Remember what was asked."""
        type(self).requests.append(request)
        if not (request.language or "en").startswith("en"):
            raise ConfigurationError(f"language {request.language!r}: English only")
        return super().open_stream(request)


class German(ScriptedAsr):
    """Knows German."""

    name = "german"
    capabilities = AsrCapabilities(languages=("de",), max_concurrency=4, grammar=True)
    script = AsrScript("deutsch")
    requests: list = []

    def open_stream(self, request):
        """Remember what was asked."""
        type(self).requests.append(request)
        return super().open_stream(request)


class Broken(German):
    """Raises."""

    name = "broken"

    def open_stream(self, request):
        """Fail."""
        raise RuntimeError("no model")


@pytest.fixture(autouse=True)
def fresh():
    """Forget what was asked before."""
    English.requests, German.requests = [], []


def component(recognisers, languages=("en", "de"), **asr):
    """Return the recogniser of an assistant that hears these languages."""
    classes = (English, German, Broken, ScriptedLanguage)
    registry = registry_of(*classes, installed=installed_plugins())
    tables = {
        "asr": {"default_provider": "english", **asr},
        "language": {
            "enabled": True,
            "languages": list(languages),
            "default_provider": "scripted",
            "recognisers": recognisers,
        },
    }
    config = load_config(tables, registry=registry, environ={})
    return Assembly(config, registry).asr()


def test_a_language_is_recognised_by_its_recogniser():
    """Everything else by those of asr."""
    asr = component({"de": "german"})
    assert asr.recognize(CLIP, language="de").hypothesis.text == "deutsch"
    assert asr.recognize(CLIP, language="en").hypothesis.text == "english"
    assert asr.recognize(CLIP).hypothesis.text == "english"


def test_a_region_belongs_to_its_language():
    """Austrians are heard by who knows German."""
    assert component({"de": "german"}).recognize(CLIP, language="de-AT").provider == "german"


def test_those_of_asr_stand_in():
    """When the language's own recogniser fails; whoever does not know the language says so."""
    asr = component({"de": "broken"}, fallback_providers=["german"])
    assert asr.recognize(CLIP, language="de").provider == "german"


def test_a_recogniser_of_two_languages_is_one_engine():
    """One that asr has anyway is not made again, either."""
    asr = component({"de": "german", "fr": "german"}, ("en", "de", "fr"))
    german, french = (asr.chain_of(one).candidates()[0].provider for one in ("de", "fr"))
    assert german is french
    asr = component({"de": "german"}, fallback_providers=["german"])
    assert asr.chain_of("de").candidates()[0].provider in [
        one.provider for one in asr.slot.chain.candidates()
    ]


def test_each_language_has_its_own_sentences():
    """What guides English leaves German alone."""
    asr = component({"de": "german"})
    asr.guide(ENGLISH, {"de": GERMAN})
    asr.recognize(CLIP, language="de")
    asr.recognize(CLIP)
    assert German.requests[0].grammar is GERMAN
    assert English.requests[0].grammar is ENGLISH


def test_a_language_without_sentences_is_recognised_freely():
    """Not by the sentences of another one."""
    asr = component({"de": "german"})
    asr.guide(ENGLISH)
    asr.recognize(CLIP, language="de")
    assert German.requests[0].grammar is None


def test_what_was_expected_in_another_language_is_left_out():
    """A grammar that was made before the language changed guides nothing."""
    asr = component({"de": "german"})
    asr.guide(ENGLISH, {"de": GERMAN})
    utterance = asr.open(16000, "de", Grammar.of_sentences(["ten minutes"], "en"))
    utterance.feed(CLIP.samples)
    utterance.end()
    utterance.wait()
    assert German.requests[0].grammar is GERMAN


def test_what_is_spoken_now_is_told_apart_from_recordings():
    """A recogniser may do work in advance for somebody who waits."""
    asr = component({})
    asr.recognize(CLIP)
    utterance = asr.open(16000)
    utterance.feed(CLIP.samples)
    utterance.end()
    utterance.wait()
    assert [request.live for request in English.requests] == [False, True]


def test_its_recognisers_are_loaded_and_closed_with_the_others():
    """None is loaded in the middle of a sentence."""
    asr = component({"de": "german"})
    asr.load_others()
    german = asr.chain_of("de").candidates()[0].provider
    assert german.is_loaded
    asr.close()
    assert not german.is_loaded


def test_a_recogniser_that_nobody_offers_is_refused():
    """With the key, and the nearest name."""
    with pytest.raises(ConfigurationError, match=r"language\.recognisers\.de: .*german"):
        component({"de": "germann"})
