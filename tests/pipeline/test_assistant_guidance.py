"""An assistant whose recogniser is guided by what it understands."""

import asyncio
import sys
import threading

import numpy as np
import pytest
from test_assistant_script import COMMAND, SPEECH, Answer, Anything, Stage, one

from irene import (
    AsrCapabilities,
    Assistant,
    ConfigurationError,
    Grammar,
    Hypothesis,
    IntentMatcher,
)
from irene.domain.intents import Intent
from irene.testing import ScriptedAsr, silence

SENTENCES = ["turn on the lamp", "what time is it"]


class Sentences(Anything):
    """Understands two sentences, and "yes" when something was asked."""

    name = "anything"
    compiled: list = []

    def open_matcher(self, sources):
        """There is nothing to compile."""
        return SentencesMatcher(type(self).compiled)


class SentencesMatcher(IntentMatcher):
    def __init__(self, compiled):
        self.compiled = compiled

    def match(self, text, language, context=()):
        """Understand what can be said."""
        known = SENTENCES + (["yes"] if context else [])
        return Intent("Test", text) if text in known else None

    def grammar(self, language, context=()):
        """Return what can be said."""
        self.compiled.append(dict(context))
        return Grammar.of_sentences(SENTENCES + (["yes"] if context else []), language)


class Confined(ScriptedAsr):
    """Hears one of its sentences in everything, when it is confined to them."""

    capabilities = AsrCapabilities(grammar=True, max_concurrency=8)
    confined = "turn on the lamp"
    verdict = True
    asked: list = []

    def open_stream(self, request):
        """Answer according to the request."""
        stream = super().open_stream(request)
        self.asked.append(request.grammar)
        if request.grammar is not None:
            stream.finish = lambda: Hypothesis(self.confined, True, in_grammar=self.verdict)
        return stream


@pytest.fixture
def stage(monkeypatch):
    """A stage with a recogniser that can be guided, and two sentences."""
    import test_assistant_script

    stage = Stage()
    stage.asr = type("Asr", (Confined,), {"name": "first", "script": stage.asr.script, "asked": []})
    sentences = type("Sentences", (Sentences,), {"compiled": []})
    monkeypatch.setattr(test_assistant_script, "Anything", sentences)
    stage.sentences = sentences
    return stage


def warnings(events):
    """Return the messages of all warnings."""
    return [event["message"] for event in events if event["event"] == "warning"]


BREATH = ["turn", "on", "the", "lamp", "and", "then", "what", "time", "is", "it"]


def test_a_command_is_recognised_as_one_of_the_sentences(stage):
    """The engine is confined to what the assistant understands, one command at a time."""
    events = stage.play(*COMMAND)
    transcript = one(events, "transcript")
    assert (transcript["text"], transcript["in_grammar"]) == ("turn on the lamp", True)
    (grammar,) = stage.asr.asked
    assert grammar.accepts(["turn", "on", "the", "lamp"])
    assert not grammar.accepts(BREATH)
    assert one(events, "session_ended")["reason"] == "answered"


def test_commands_may_be_joined_in_one_breath(stage):
    """`asr.grammar_joins` lets the engine hear several of them, joined by conjunctions."""
    stage.config["asr"]["grammar_joins"] = True
    stage.play(*COMMAND)
    (grammar,) = stage.asr.asked
    assert grammar.accepts(BREATH)


def test_what_is_none_of_the_sentences_never_becomes_a_command(stage):
    """The engine says so itself, and what was really said is what is answered."""
    stage.asr.verdict = False
    stage.asr.script.text = "play the beatles"
    events = stage.play(*COMMAND)
    transcript = one(events, "transcript")
    assert (transcript["text"], transcript["in_grammar"]) == ("play the beatles", False)
    assert one(events, "session_ended")["reason"] == "not_understood"
    assert [asked is None for asked in stage.asr.asked] == [False, True]


def test_what_may_follow_an_answer_is_not_compiled_where_nothing_follows(stage):
    """A recording of one command is answered and over: nobody waits for seconds of work."""
    stage.play(*COMMAND)
    assert [context for context in stage.sentences.compiled if context] == []


def test_a_recording_waits_for_what_may_follow_an_answer(stage, monkeypatch):
    """However long that takes, the second command is heard as one of a conversation."""
    plain = SentencesMatcher.grammar

    def slow(self, language, context=()):
        for _ in range(20 if context else 0):
            threading.Event().wait(0.01)
        return plain(self, language, context)

    monkeypatch.setattr(SentencesMatcher, "grammar", slow)
    stage.play(*COMMAND, *COMMAND)
    assert [grammar.accepts(["yes"]) for grammar in stage.asr.asked] == [False, True]


@pytest.mark.parametrize(("verdict", "children"), [(True, []), (False, ["asr_again"])])
def test_the_time_of_a_second_pass_is_told_apart(stage, verdict, children):
    """It is a part of recognition, and no longer than that."""
    stage.asr.verdict = verdict
    spans = one(stage.play(*COMMAND), "session_ended")["spans"]
    response = next(span for span in spans["children"] if span["name"] == "response")
    asr = next(span for span in response["children"] if span["name"] == "asr")
    found = asr.get("children", [])
    assert [span["name"] for span in found] == children
    assert all(0 < span["duration_ms"] <= asr["duration_ms"] for span in found)


def test_only_sentences_are_heard_when_nothing_else_is_wanted(stage):
    """Somebody else's conversation is no command, and no apology is said for it."""
    stage.config["asr"]["grammar"] = "only"
    stage.config["voice_trigger"]["enabled"] = False
    stage.asr.verdict = False
    events = stage.play(silence(1), SPEECH, silence(1.5))
    transcript = one(events, "transcript")
    assert (transcript["text"], transcript["in_grammar"]) == ("", False)
    assert one(events, "session_ended")["reason"] == "empty_transcript"


def test_without_guidance_everything_is_recognised_freely(stage):
    """`off`: no grammar is compiled, none is asked for."""
    stage.config["asr"]["grammar"] = "off"
    transcript = one(stage.play(*COMMAND), "transcript")
    assert (transcript["text"], transcript["in_grammar"]) == ("what time is it", None)
    assert stage.asr.asked == [None]
    assert stage.sentences.compiled == []


def test_the_grammar_is_ready_before_the_run_begins(stage):
    """The engine compiles it while the assistant loads, not when somebody speaks."""
    prepared = []
    stage.asr.prepare = lambda self, grammar: prepared.append(grammar)

    async def enter():
        stage.input.audio = np.zeros(160, np.int16)
        async with Assistant.from_config(stage.config, registry=stage.registry()):
            return len(prepared)

    assert asyncio.run(enter()) == 1


def test_words_that_can_never_be_heard_are_named_before_the_run(stage):
    """One line, with what would help."""
    stage.asr.unknown_words = lambda self, words: tuple(set(words) & {"lamp"})
    (message,) = warnings(stage.play(*COMMAND))
    assert "'first' can never hear lamp" in message


def test_words_are_looked_up_on_no_thread_that_answers(stage):
    """A dictionary is read for that: audio and events would wait for a tenth of a second."""
    asked = []

    def unknown_words(asr, words):
        asked.append(threading.current_thread())
        return ()

    stage.asr.unknown_words = unknown_words
    stage.play(*COMMAND)
    assert asked
    assert threading.main_thread() not in asked  # the loop's


def test_an_engine_that_refuses_the_grammar_is_reported_and_hears_freely(stage):
    """A warning before the run; the command is answered all the same."""

    def refuse(self, grammar):
        raise ConfigurationError("grammar: not in the dictionary: lamp")

    stage.asr.prepare = refuse
    events = stage.play(*COMMAND)
    (message,) = warnings(events)
    assert "not in the dictionary: lamp" in message
    assert one(events, "transcript")["text"] == "what time is it"


@pytest.mark.parametrize("fault", [lambda *_: 1 / 0, lambda *_: "no grammar"])
def test_a_matcher_that_cannot_say_what_it_understands_is_reported(stage, monkeypatch, fault):
    """Recognition is free then."""
    monkeypatch.setattr(SentencesMatcher, "grammar", fault)
    events = stage.play(*COMMAND)
    assert one(events, "transcript")["text"] == "what time is it"
    assert any(event["event"] == "provider_failed" for event in events)


def test_a_recogniser_that_takes_over_is_guided_as_well(stage):
    """The second one hears all of the audio, confined to the same sentences."""
    second = type(
        "Asr2", (Confined,), {"name": "second", "asked": [], "confined": "what time is it"}
    )
    stage.second_asr = second
    stage.asr.open_stream = lambda self, request: 1 / 0
    transcript = one(stage.play(*COMMAND), "transcript")
    assert (transcript["provider"], transcript["text"]) == ("second", "what time is it")
    assert second.asked[0].accepts(["turn", "on", "the", "lamp"])


def test_sentences_that_change_while_it_runs_guide_the_next_utterance(stage, monkeypatch):
    """A handler that learns names says so; the recogniser hears of it."""

    def learn(self, intent, context):
        SENTENCES.append("good night")
        self.services.sentences_changed()

    monkeypatch.setattr(
        "irene.pipeline.answering.handler_host.start_daemon", lambda name, work: work()
    )
    monkeypatch.setattr(Answer, "start", lambda self, services: setattr(self, "services", services))
    monkeypatch.setattr(Answer, "handle", learn)
    monkeypatch.setattr(sys.modules[__name__], "SENTENCES", [*SENTENCES])
    stage.play(*COMMAND, *COMMAND)
    first, second = stage.asr.asked
    assert not first.accepts(["good", "night"])
    assert second.accepts(["good", "night"])


def test_what_had_to_be_left_out_is_named_before_the_run(stage, monkeypatch):
    """Sentences that are only heard freely: a line for each reason."""
    plain = SentencesMatcher.grammar

    def cut(self, language, context=()):
        grammar = plain(self, language, context)
        return Grammar(language, grammar.arcs, grammar.finals, ("list {name}: write '2' as words",))

    monkeypatch.setattr(SentencesMatcher, "grammar", cut)
    (message,) = warnings(stage.play(*COMMAND))
    assert message == "recognition is not guided by list {name}: write '2' as words"


@pytest.mark.parametrize("failure", [lambda *_: 1 / 0, lambda *_: None])
def test_a_grammar_that_fails_later_leaves_the_good_one(stage, monkeypatch, failure):
    """Recognition is guided by the sentences as they were, and a warning says so."""

    def learn(self, intent, context):
        monkeypatch.setattr(SentencesMatcher, "grammar", failure)
        self.services.sentences_changed()

    monkeypatch.setattr(
        "irene.pipeline.answering.handler_host.start_daemon", lambda name, work: work()
    )
    monkeypatch.setattr(Answer, "start", lambda self, services: setattr(self, "services", services))
    monkeypatch.setattr(Answer, "handle", learn)
    events = stage.play(*COMMAND, *COMMAND)
    first, second = stage.asr.asked
    assert second is first
    assert any("guided by the sentences as they were" in line for line in warnings(events))


@pytest.mark.parametrize(("known", "n_warnings"), [("EN_gb", 0), ("de-DE", 1)])
def test_a_language_that_the_engine_does_not_know_is_a_warning(stage, known, n_warnings):
    """However the engine writes its own."""
    stage.asr.capabilities = AsrCapabilities(languages=(known,), max_concurrency=8)
    lines = warnings(stage.play(*COMMAND))
    assert sum("it will misunderstand" in line for line in lines) == n_warnings


@pytest.mark.parametrize(("mode", "n_warnings"), [("only", 1), ("auto", 0)])
def test_free_recognition_where_only_sentences_were_wanted_is_a_warning(
    stage, monkeypatch, mode, n_warnings
):
    """Nobody finds out by chance that everything is heard."""
    stage.config["asr"]["grammar"] = mode
    monkeypatch.setattr(SentencesMatcher, "grammar", lambda *_: None)
    lines = warnings(stage.play(*COMMAND))
    assert sum("recognition is free" in line for line in lines) == n_warnings


@pytest.mark.parametrize(("mode", "fits"), [("auto", True), ("only", True), ("off", False)])
def test_a_question_has_a_grammar_of_its_own(stage, mode, fits):
    """What may be said in a context; nothing of its own without one, or with guidance off."""
    stage.config["asr"]["grammar"] = mode

    async def ask():
        stage.input.audio = np.zeros(160, np.int16)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            parts = assistant._parts
            return parts.guide.grammar({}), parts.guide.grammar({"asks": "name"})

    without, asked = asyncio.run(ask())
    assert without is None
    assert (asked is not None and asked.accepts(["yes"])) == fits
