"""The language that is spoken decides who recognises, understands and speaks; nothing is lost."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from test_assistant_script import COMMAND, WAKE, Anything, Stage, names, one
from test_assistant_script import Answer as Echo

from irene import (
    AsrCapabilities,
    ConfigurationError,
    IntentMatcher,
    LanguageCapabilities,
    Response,
)
from irene.domain.intents import Intent
from irene.domain.kinds import Kind
from irene.testing import (
    LANGUAGE_LEVELS,
    AsrScript,
    ScriptedAsr,
    ScriptedLanguage,
    ScriptedTts,
    registry_of,
    silence,
)

ENGLISH, GERMAN, FRENCH = (
    np.full(16000, LANGUAGE_LEVELS[language], np.int16) for language in ("en", "de", "fr")
)


def said(speech):
    """Return a command, wake word and all."""
    return (silence(1), WAKE, silence(0.5), speech, silence(1.5))


class Identifier(ScriptedLanguage):
    """Hears utterances of up to 10 s as a whole."""

    capabilities = LanguageCapabilities(
        dtype="int16", window=3200, longest=160_000, max_concurrency=4
    )


class Answer(Echo):
    """Answers in the language that it is asked in."""

    asked: list = []

    def handle(self, intent, context):
        """Say which language it is."""
        type(self).asked.append((intent.language, context.language))
        return Response(f"{context.language}: {intent.text}", language=context.language)


class Understands(Anything):
    """Passes the language on."""

    def open_matcher(self, sources):
        """There is nothing to compile."""
        return _Matcher()


class _Matcher(IntentMatcher):
    def match(self, text, language, context=None):
        return None if text == "gibberish" else Intent("Test", text, language)


class Voice(ScriptedTts):
    """Remembers what it said, and in which language."""

    said: list = []

    def synthesize(self, request):
        """Speak."""
        type(self).said.append((request.language, request.text))
        yield from super().synthesize(request)


class Babel(Stage):
    """A stage on which English, German and French may be spoken."""

    def __init__(self, **language):
        super().__init__()
        opened = self.opened = []
        """every utterance at every recogniser: its name, and the stream"""

        class Asr(ScriptedAsr):
            """Remembers its streams, whichever instance opened them."""

            capabilities = AsrCapabilities(max_concurrency=8, languages=())

            def open_stream(self, request):
                stream = super().open_stream(request)
                opened.append((type(self).name, stream))
                return stream

        self.asr = type("First", (Asr,), {"name": "first", "script": AsrScript("in english")})
        self.german_asr = type(
            "German", (Asr,), {"name": "vogel", "script": AsrScript("in german")}
        )
        self.identifier = type("Identifier", (Identifier,), {})
        self.voice = type("Voice", (Voice,), {"said": []})
        self.handler = type("Answer", (Answer,), {"asked": []})
        self.config["asr"] = {"default_provider": "first", "fallback_providers": []}
        self.config["language"] = {
            "enabled": True,
            "languages": ["en", "de", "fr"],
            "default_provider": "scripted",
            "recognisers": {"de": "vogel"},
            **language,
        }

    def registry(self):
        """Return a registry of the stage's providers."""
        from irene_plugins.resampling.soxr import SoxrResampler

        hearing = (self.trigger, self.vad, self.asr, self.german_asr, self.input, self.identifier)
        return registry_of(
            *hearing, Understands, self.handler, self.voice, self.output, SoxrResampler
        )

    def heard(self, name):
        """Return the audio that a recogniser was given, utterance by utterance."""
        return [stream.audio for who, stream in self.opened if who == name]


@pytest.fixture(params=[True, False], ids=["parallel", "in turn"])
def babel(request):
    """Identification in parallel with recognition, and before it."""
    return Babel(parallel=request.param)


def test_another_language_is_recognised_by_its_recogniser(babel):
    """What was said in German is what the German recogniser makes of it."""
    events = babel.play(*said(GERMAN))
    transcript = one(events, "transcript")
    assert (transcript["text"], transcript["provider"]) == ("in german", "vogel")
    assert babel.opened[-1][1].request.language == "de"


def test_what_is_heard_is_told(babel):
    """Which language, how sure, who says so, and that it is another one than before."""
    events = babel.play(*said(GERMAN))
    identified = one(events, "language_identified")
    assert (identified["heard"], identified["language"]) == ("de", "de")
    assert (identified["probability"], identified["provider"]) == (1.0, "scripted")
    changed = one(events, "language_changed")
    assert (changed["before"], changed["language"], changed["session"]) == ("en", "de", 1)
    order = names(events)
    assert order.index("language_changed") < order.index("transcript")


def test_no_audio_is_lost_at_the_switch():
    """The recogniser that takes over hears everything that the first one heard, to the sample."""
    babel = Babel()
    babel.play(*said(GERMAN))
    (first,), (second,) = babel.heard("first"), babel.heard("vogel")
    assert np.array_equal(first, second)
    assert (second == LANGUAGE_LEVELS["de"]).sum() == GERMAN.size


def test_both_hear_the_identical_audio():
    """So one pass of an encoder serves identification and recognition."""
    babel = Babel(parallel=False)
    windows = []

    class Hears(Identifier):
        def identify(self, window, live=False):
            windows.append(window.copy())
            assert live
            return super().identify(window, live)

    babel.identifier = Hears
    babel.play(*said(GERMAN))
    assert np.array_equal(windows[-1], babel.heard("vogel")[0])


def test_nobody_waits_for_a_text_in_the_wrong_language():
    """Recognition in the language of before never comes to its end: both may share an engine."""
    babel, finished = Babel(), []
    babel.asr.script = AsrScript("in english", finish_fault=lambda: finished.append("first"))
    events = babel.play(*said(GERMAN), *said(ENGLISH))
    texts = [e["text"] for e in events if e["event"] == "transcript"]
    assert texts == ["in german", "in english"]
    assert finished == ["first"]


def test_who_knows_the_language_before_it_begins_recognises_once():
    """In turn: nobody starts in the wrong language."""
    babel = Babel(parallel=False)
    babel.play(*said(GERMAN))
    assert [name for name, _ in babel.opened] == ["vogel"]


def test_the_language_stays_until_another_one_is_spoken(babel):
    """The next command begins in it, and needs no second pass."""
    events = babel.play(*said(GERMAN), *said(GERMAN), *said(ENGLISH))
    languages = [e["language"] for e in events if e["event"] == "language_identified"]
    assert languages == ["de", "de", "en"]
    changes = [e["language"] for e in events if e["event"] == "language_changed"]
    assert changes == ["de", "en"]
    texts = [e["text"] for e in events if e["event"] == "transcript"]
    assert texts == ["in german", "in german", "in english"]


def test_a_language_without_a_recogniser_of_its_own_is_asked_of_the_usual_one(babel):
    """With its tag in the request."""
    babel.play(*said(FRENCH))
    assert babel.opened[-1][0] == "first"
    assert babel.opened[-1][1].request.language == "fr"


def test_understanding_and_the_answer_are_in_the_language_that_was_spoken(babel):
    """Sentences, handler and voice."""
    events = babel.play(*said(GERMAN), *said(ENGLISH))
    assert babel.handler.asked == [("de", "de"), ("en", "en")]
    assert [e["text"] for e in events if e["event"] == "response"] == [
        "de: in german",
        "en: in english",
    ]
    assert [language for language, _ in babel.voice.said] == ["de", "en"]


def test_an_apology_is_in_the_language_that_was_spoken():
    """Who speaks German is told in German that nothing was understood."""
    babel = Babel()
    babel.german_asr.script = AsrScript("gibberish")
    events = babel.play(*said(GERMAN))
    assert one(events, "response")["text"] == "Das habe ich leider nicht verstanden."


def test_one_word_changes_nothing():
    """An utterance that is shorter than the dwell stays in the language of before."""
    babel = Babel(min_dwell_ms=2000)
    events = babel.play(*said(GERMAN))
    identified = one(events, "language_identified")
    assert (identified["heard"], identified["language"]) == ("de", "en")
    assert one(events, "transcript")["text"] == "in english"
    assert "language_changed" not in names(events)


def test_without_an_opinion_the_assistant_goes_on(babel):
    """An identifier that fails takes no command with it."""

    def broken():
        raise RuntimeError("no weights")

    babel.identifier.fault = broken
    events = babel.play(*said(GERMAN))
    assert one(events, "transcript")["text"] == "in english"
    assert one(events, "language_identified")["provider"] == ""
    assert "provider_failed" in names(events)


def test_a_late_identifier_is_not_waited_for():
    """After `wait_ms` the language is the one of before, and the answer comes."""
    may_end = threading.Event()
    babel = Babel(wait_ms=30, parallel=False)
    babel.identifier.fault = lambda: may_end.wait(10)
    try:
        events = babel.play(*said(GERMAN))
    finally:
        may_end.set()
    assert one(events, "transcript")["text"] == "in english"
    assert one(events, "session_ended")["reason"] == "answered"


def test_a_deadline_lets_another_identifier_stand_in():
    """As in every slot: late counts as failed, and the next one is asked."""
    may_end = threading.Event()
    babel = Babel(parallel=False, deadline_ms=200, fallback_providers=["other"], wait_ms=10_000)
    babel.config["language"]["providers"] = {"other": {"type": "second_ear"}}
    second = type("SecondEar", (Identifier,), {"name": "second_ear"})
    babel.identifier.fault = lambda: may_end.wait(10)
    plain = babel.registry
    known = [entry.cls for kind in Kind for entry in plain().entries(kind).values()]
    babel.registry = lambda: registry_of(*known, second)
    try:
        events = babel.play(*said(GERMAN))
    finally:
        may_end.set()
    assert one(events, "language_identified")["provider"] == "other"
    assert one(events, "transcript")["text"] == "in german"


def test_with_one_language_nothing_is_identified():
    """Off by default: no event, no thread, no request for a language."""
    events = Stage().play(*COMMAND)
    assert "language_identified" not in names(events)


def test_a_recogniser_that_nobody_knows_is_refused_at_the_start():
    """The line names the key."""
    babel = Babel(recognisers={"de": "vogle"})
    with pytest.raises(ConfigurationError, match=r"language\.recognisers\.de: .*vogel"):
        babel.play(*COMMAND)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ({"languages": []}, "name two or more"),
        ({"languages": ["en"], "recognisers": {}}, "name two or more"),
        ({"recognisers": {"ru": "first"}}, "languages does not name it"),
        ({"languages": ["en", "d"], "recognisers": {}}, "is no language"),
        ({"threshold": 0.3}, "threshold_end"),
    ],
)
def test_a_section_that_contradicts_itself_is_refused(section, problem):
    """Before anything is loaded."""
    with pytest.raises(ConfigurationError, match=problem):
        Babel(**section).play(*COMMAND)


def test_a_language_that_the_identifier_does_not_know_is_named_before_the_run():
    """It would be taken for one of the others."""
    babel = Babel(languages=["en", "de", "tlh"])
    babel.identifier = type(
        "Knows",
        (Identifier,),
        {"capabilities": replace(Identifier.capabilities, languages=("en", "de"))},
    )
    events = babel.play(*said(ENGLISH))
    messages = [event["message"] for event in events if event["event"] == "warning"]
    assert [one for one in messages if "provider 'scripted' never hears tlh; " in one]
