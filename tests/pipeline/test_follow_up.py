"""Going on without a wake word: questions of the assistant, follow-ups, "and tomorrow?"."""

import threading

import numpy as np
import pytest
from test_assistant_live import live_stage
from test_assistant_script import COMMAND, SPEECH, WAKE, Stage, names, one

from irene import (
    NO_CONTEXT,
    AsrCapabilities,
    Grammar,
    Intent,
    IntentHandler,
    IntentMatcher,
    IntentRecognizer,
    Response,
)
from irene.domain.audio import AudioChunk
from irene.pipeline.listening.command import Invitation, Session
from irene.studies.audio_core.listening import Microphone
from irene.studies.listening_cost.silent_assistant import SilentAssistant
from irene.telemetry.trace import Trace
from irene.testing import AsrScript, registry_of, silence

REPLY = (SPEECH, silence(1.5))
SAID = {
    "set a timer": Intent("Timer", "set a timer"),
    "stop": Intent("Stop", "stop"),
    "weather": Intent("Weather", "weather", slots={"place": "Berlin", "day": "today"}),
    "weather here": Intent("Weather", "weather here", slots={"day": "today"}),
    "time": Intent("Time", "time"),
}


class Sentences(IntentRecognizer[None]):
    """Understands a few words, some of them only after others."""

    name = "anything"

    def open_matcher(self, sources):
        """There is nothing to compile."""
        return _Sentences()


class _Sentences(IntentMatcher):
    def match(self, text, language, context=NO_CONTEXT):
        if context.get("asks") == "minutes" and text.isdecimal():
            return Intent("Timer", text, slots={"minutes": int(text)})
        if context.get("last_intent") == "Weather" and text == "tomorrow":
            return Intent("Weather", text, slots={"day": "tomorrow"})
        return SAID.get(text)

    def grammar(self, language, context=NO_CONTEXT):
        asked = ["ten"] if context.get("asks") == "minutes" else []
        return Grammar.of_sentences([*SAID, *asked], language)


class Handler(IntentHandler[None]):
    """Sets timers when it knows for how long, and tells everything else as it is."""

    name = "answer"
    intents = ("Timer", "Stop", "Weather", "Time")
    contexts: list = []

    def handle(self, intent, context):
        """Ask for what is missing."""
        type(self).contexts.append(context)
        if intent.name == "Stop":
            return None
        if intent.name == "Timer" and "minutes" not in intent.slots:
            return Response("For how many minutes?", asks="minutes")
        return Response(f"{intent.name} {dict(intent.slots)}")


class Dialogue(Stage):
    """A stage whose recogniser hears one of these texts after the other."""

    def __init__(self, *texts, **assistant):
        super().__init__()
        heard = list(texts)
        scripted = self.asr
        grammars = self.grammars = []
        """what each utterance could be"""
        prepared = self.prepared = []
        """what the engine has compiled"""
        ready = self.ready = threading.Event()
        """whether it has compiled more than the assistant's own grammar"""

        class Asr(scripted):
            """Hears the next text in each utterance."""

            capabilities = AsrCapabilities(max_concurrency=8, grammar=True)

            def prepare(self, grammar):
                prepared.append(grammar)
                if len(prepared) > 1:
                    ready.set()

            def open_stream(self, request):
                type(self).script = AsrScript(text=heard.pop(0))
                grammars.append(request.grammar)
                return super().open_stream(request)

        self.asr = Asr
        self.handler = type("Handler", (Handler,), {"contexts": []})
        self.config["assistant"] = assistant

    def registry(self):
        """Return a registry with these sentences and this handler."""
        from irene_plugins.resampling.soxr import SoxrResampler

        listening = (self.trigger, self.vad, self.asr, self.second_asr, self.input)
        answering = (Sentences, self.handler, self.voice, self.output)
        return registry_of(*listening, *answering, SoxrResampler)


def answers(events):
    """Return what was answered."""
    return [event["text"] for event in events if event["event"] == "response"]


def test_a_question_is_answered_without_a_wake_word():
    """What was asked for is heard at once, and joined with what was known."""
    events = Dialogue("set a timer", "10").play(*COMMAND, *REPLY)
    assert answers(events) == ["For how many minutes?", "Timer {'minutes': 10}"]
    follow_up = one(events, "follow_up_started")
    assert (follow_up["asks"], follow_up["session"]) == ("minutes", 2)
    assert names(events).count("wake_word_detected") == 1


def test_a_question_is_over_after_its_time():
    """Who says nothing is asked for nothing more; the wake word is needed again."""
    stage = Dialogue("set a timer", "10", follow_up_timeout_ms=2000)
    events = stage.play(*COMMAND, silence(3), *REPLY)
    assert answers(events) == ["For how many minutes?"]
    ends = [event["reason"] for event in events if event["event"] == "session_ended"]
    assert ends == ["answered", "no_speech"]


def test_a_question_that_is_answered_with_nonsense_is_asked_again_once():
    """A second nonsense ends it."""
    stage = Dialogue("set a timer", "banana", "bananas", "10")
    events = stage.play(*COMMAND, *REPLY, *REPLY, *REPLY)
    apology = "Sorry, I did not understand."
    assert answers(events) == ["For how many minutes?", apology, apology]
    asked = [event["asks"] for event in events if event["event"] == "follow_up_started"]
    assert asked == ["minutes", "minutes"]


def test_another_command_may_follow_a_question():
    """`stop` is a command wherever it is said, and what was asked for is forgotten."""
    stage = Dialogue("set a timer", "stop", "10")
    events = stage.play(*COMMAND, *REPLY, *COMMAND)
    assert answers(events) == ["For how many minutes?", "Sorry, I did not understand."]
    understood = [event["intent"] for event in events if event["event"] == "intent_recognized"]
    assert understood == ["Timer", "Stop"]


def test_without_a_question_the_next_command_needs_the_wake_word():
    """By default, speech after an answer is not for the assistant."""
    events = Dialogue("time", "time").play(*COMMAND, *REPLY)
    assert answers(events) == ["Time {}"]
    assert "follow_up_started" not in names(events)


def test_the_configuration_may_allow_every_command_to_follow():
    """`follow_up = "always"` hears the next command after every answer."""
    events = Dialogue("time", "time", follow_up="always").play(*COMMAND, *REPLY)
    assert answers(events) == ["Time {}", "Time {}"]


def test_speech_that_nobody_invited_is_not_answered():
    """A television after an answer gets no apology, and the wake word is needed again."""
    stage = Dialogue("time", "buy now", "time", follow_up="always")
    events = stage.play(*COMMAND, *REPLY, *REPLY)
    assert answers(events) == ["Time {}"]


def test_the_configuration_may_forbid_follow_ups():
    """`follow_up = "never"` asks, and waits for the wake word."""
    stage = Dialogue("set a timer", "10", follow_up="never")
    events = stage.play(*COMMAND, *COMMAND)
    assert answers(events) == ["For how many minutes?", "Timer {'minutes': 10}"]
    assert names(events).count("wake_word_detected") == 2


def test_the_wake_word_in_a_follow_up_begins_a_new_command():
    """Who says the wake word by habit is understood."""
    stage = Dialogue("set a timer", "time", "time")
    events = stage.play(*COMMAND, silence(0.5), WAKE, silence(0.5), *REPLY)
    assert answers(events) == ["For how many minutes?", "Time {}"]
    assert names(events).count("wake_word_detected") == 2


def test_a_command_may_refer_to_the_one_before():
    """`tomorrow` changes the day and keeps the place."""
    events = Dialogue("weather", "tomorrow").play(*COMMAND, *COMMAND)
    assert answers(events)[1] == "Weather {'place': 'Berlin', 'day': 'tomorrow'}"


def test_a_sentence_by_itself_keeps_nothing():
    """Who asks anew, without the place, does not mean the place of before."""
    events = Dialogue("weather", "weather here").play(*COMMAND, *COMMAND)
    assert answers(events)[1] == "Weather {'day': 'today'}"


def test_a_reference_fades_with_the_conversation():
    """Minutes later nobody knows what `tomorrow` was about."""
    stage = Dialogue("weather", "tomorrow", conversation_timeout_ms=2000)
    events = stage.play(*COMMAND, silence(5), *COMMAND)
    assert answers(events)[1] == "Sorry, I did not understand."


def test_several_commands_in_one_breath_are_all_done():
    """Each has its intent; the answers are one text."""
    events = Dialogue("time and weather and stop").play(*COMMAND)
    understood = [event["intent"] for event in events if event["event"] == "intent_recognized"]
    assert understood == ["Time", "Weather", "Stop"]
    assert answers(events) == ["Time {} Weather {'place': 'Berlin', 'day': 'today'}"]


def test_nothing_is_done_when_one_of_several_commands_is_unknown():
    """Half a command carried out would surprise people."""
    events = Dialogue("time and dance").play(*COMMAND)
    assert answers(events) == ["Sorry, I did not understand."]


def test_a_handler_knows_its_conversation():
    """The same name while one utterance follows another, and what was asked before."""
    stage = Dialogue("weather", "tomorrow", "time", conversation_timeout_ms=8000)
    stage.play(*COMMAND, *COMMAND, silence(20), *COMMAND)
    first, second, third = stage.handler.contexts
    assert first.conversation == second.conversation != third.conversation
    assert (first.last_intent, second.last_intent.name) == (None, "Weather")
    assert third.last_intent is None


def test_without_a_wake_word_every_utterance_is_for_the_assistant():
    """There is nothing to invite to; the question is answered all the same."""
    stage = Dialogue("set a timer", "10")
    stage.config["voice_trigger"] = {"enabled": False}
    events = stage.play(silence(1), *REPLY, *REPLY)
    assert answers(events) == ["For how many minutes?", "Timer {'minutes': 10}"]
    assert "follow_up_started" not in names(events)


@pytest.mark.parametrize("loudness", [0, 900])
def test_what_the_microphone_hears_of_the_question_is_no_reply(loudness):
    """On a live input the reply is looked for after the question, not in it."""
    echo = np.full(8000, loudness, np.int16)
    stage = Dialogue("set a timer", "10")
    live = live_stage(*COMMAND, echo, silence(3), *REPLY, silence(2))
    stage.input = live.input
    events = stage.play(silence(1))
    assert answers(events)[0] == "For how many minutes?"


def test_what_was_asked_for_guides_the_recogniser():
    """The reply may be something that is no command by itself; the next command is one again."""
    stage = Dialogue("set a timer", "10", "time", conversation_timeout_ms=4000)
    stage.play(*COMMAND, silence(0.5), *REPLY, silence(8), *COMMAND)
    assert ["ten" in grammar.vocabulary for grammar in stage.grammars] == [False, True, False]


def test_the_recogniser_is_ready_for_the_reply_before_it_comes():
    """Its engine compiles what was asked for while the person thinks, not while they speak."""
    stage = Dialogue("set a timer")
    stage.play(*COMMAND, silence(3))
    assert stage.ready.wait(5)
    assert ["ten" in grammar.vocabulary for grammar in stage.prepared] == [False, True]


def test_nothing_is_made_ready_for_a_reply_that_nobody_invited():
    """It would take memory for nothing."""
    stage = Dialogue("weather")
    stage.play(*COMMAND, silence(3))
    assert len(stage.prepared) == 1


class Storyteller(Handler):
    """Answers in pieces."""

    def handle(self, intent, context):
        """Tell a story, or repeat it."""
        if intent.name == "Stop":
            return context.last_response
        return Response("", pieces=iter(["Once. ", "Upon a time. "]))


def test_an_answer_in_pieces_is_told_spoken_and_remembered():
    """Each sentence as it becomes known, the whole afterwards; it can be repeated."""
    stage = Dialogue("time", "stop")
    stage.handler = Storyteller
    events = stage.play(*COMMAND, *COMMAND)
    partials = [event["text"] for event in events if event["event"] == "response_partial"]
    assert partials == ["Once.", "Upon a time."]
    assert answers(events) == ["Once. Upon a time.", "Once. Upon a time."]
    assert names(events).count("speech_synthesized") == 2


def test_of_two_invitations_at_once_the_last_is_followed_and_the_other_session_ends():
    """Two commands that were answered between two blocks of the microphone: no session stays."""
    told = []
    assistant = SilentAssistant(Microphone(16000, 100), 16000)
    assistant.listener._events._sink = told.append
    trace = Trace("session", assistant.ear.clock)
    for number in (1, 2):
        session = Session(number, trace, trace.begin("listening"), wake_word="hello")
        assistant.listener.attention.invite(Invitation(number, 0.0, 0.0, resumed=session))
    assistant.listener.feed(AudioChunk(silence(0.1), 16000, 0.0))
    assistant.listener.finish()
    assistant.close()
    ended = [(event.session, event.reason) for event in told if event.event == "session_ended"]
    assert ended == [(1, "empty_transcript"), (2, "no_speech")]
