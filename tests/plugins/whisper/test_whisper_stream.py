"""An utterance in windows: what is recognised when, on an engine that notes what it is asked."""

import numpy as np
import pytest

from irene import Grammar, Word
from irene.testing import VirtualClock
from irene_plugins.asr.whisper.passages import Passage, joined
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.stream import Hearing, WhisperStream

RATE = 16000
BLOCK = RATE // 50


class Scribe:
    """Answers with what it is told to; notes the windows and the prompts."""

    def __init__(self, *passages):
        self.passages = list(passages)
        self.seconds = []
        self.prompts = []
        self.heard = []

    def recognise(self, samples, query):
        self.seconds.append(round(len(samples) / RATE, 2))
        self.prompts.append(query.prompt)
        self.heard.append(samples.copy())
        return self.passages.pop(0) if len(self.passages) > 1 else self.passages[0]


def speech(seconds, seed=0):
    """Return loud noise: a voice, as far as loudness goes."""
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32) / 9


def quiet(seconds):
    return speech(seconds) / 1000


def stream_on(scribe, clock=None, query=None, grammar=None, **hearing):
    clock = clock or VirtualClock()
    query, hearing = query or Query("en"), Hearing(**hearing)
    return WhisperStream(scribe, query, hearing, grammar, clock=clock.monotonic)


def live(stream, clock, *parts):
    """Feed blocks of 20 ms as a microphone gives them; return the partial texts."""
    audio = np.concatenate(parts)
    partials = []
    for start in range(0, len(audio), BLOCK):
        clock.advance(BLOCK / RATE)
        partials.append(stream.accept(audio[start : start + BLOCK]))
    return [partial.text for partial in partials if partial is not None]


SAID = Passage("Turn on the light.", (Word("Turn", 0.1, 0.3),), "en", -0.1)


def test_a_recording_is_recognised_once_at_the_end():
    """However many pauses are in it."""
    scribe, clock = Scribe(SAID), VirtualClock()
    stream = stream_on(scribe, clock)
    for part in (speech(1), quiet(1), speech(1), quiet(1)):
        assert stream.accept(part) is None
    final = stream.finish()
    assert scribe.seconds == [4.0]
    assert (final.text, final.is_final, final.words) == (SAID.text, True, SAID.words)
    assert final.language == "en"
    assert final.confidence == pytest.approx(np.exp(-0.1))
    assert final.in_grammar is None


def test_live_speech_is_recognised_in_the_pause_that_ends_it():
    """The text is there when endpointing has made up its mind."""
    scribe, clock = Scribe(SAID), VirtualClock()
    stream = stream_on(scribe, clock)
    assert live(stream, clock, speech(1), quiet(1)) == ["Turn on the light."]
    assert scribe.seconds == [1.3]
    assert stream.finish().text == "Turn on the light."
    assert scribe.seconds == [1.3]


def test_speech_after_a_pause_is_not_lost():
    """What was recognised in the pause was only a part; the whole is heard at the end."""
    scribe, clock = Scribe(Passage("Turn on."), SAID), VirtualClock()
    stream = stream_on(scribe, clock)
    assert live(stream, clock, speech(1), quiet(0.5), speech(0.5)) == ["Turn on."]
    assert stream.finish().text == "Turn on the light."
    assert scribe.seconds == [1.3, 2.0]


def test_every_pause_is_heard_once():
    """A pause that goes on brings nothing new; a second one does."""
    scribe, clock = Scribe(Passage("Turn"), SAID), VirtualClock()
    stream = stream_on(scribe, clock)
    texts = live(stream, clock, speech(1), quiet(1), speech(1), quiet(1))
    assert texts == ["Turn", "Turn on the light."]
    assert scribe.seconds == [1.3, 3.3]


def test_a_busy_engine_catches_up_before_it_works_in_advance():
    """Blocks that had to wait for it are heard first."""
    scribe, clock = Scribe(SAID), VirtualClock()
    stream = stream_on(scribe, clock)
    audio = np.concatenate([speech(1), quiet(0.5)])
    for start in range(0, len(audio), BLOCK):
        stream.accept(audio[start : start + BLOCK])
    assert scribe.seconds == []


def test_pauses_can_be_left_alone():
    """One window for each utterance, for machines that have no time for more."""
    scribe, clock = Scribe(SAID), VirtualClock()
    stream = stream_on(scribe, clock, in_pauses=False)
    assert live(stream, clock, speech(1), quiet(1)) == []
    stream.finish()
    assert scribe.seconds == [2.0]


def test_long_audio_is_recognised_piece_by_piece():
    """Each as soon as it is whole; words keep their place in the utterance."""
    first = Passage("One.", (Word("One.", 1.0, 2.0),), "en", -0.1)
    second = Passage("Two.", (Word("Two.", 0.5, 1.5),), "en", -0.3)
    scribe = Scribe(first, second)
    stream = stream_on(scribe)
    partial = stream.accept(np.concatenate([speech(24), quiet(1), speech(10)]))
    assert partial.text == "One."
    assert scribe.seconds == [pytest.approx(24.5, abs=0.5)]
    final = stream.finish()
    cut_s = scribe.seconds[0]
    assert final.text == "One. Two."
    assert final.words[0] == first.words[0]
    assert final.words[1].start_s == pytest.approx(cut_s + 0.5, abs=0.01)
    assert sum(scribe.seconds) == pytest.approx(35, abs=0.02)


@pytest.mark.parametrize("block", [BLOCK, 5 * RATE, 90 * RATE])
def test_the_pieces_of_long_audio_are_all_of_it(block):
    """In order and once, whatever the blocks are."""
    scribe, audio = Scribe(SAID), speech(80)
    stream = stream_on(scribe)
    for start in range(0, len(audio), block):
        stream.accept(audio[start : start + block])
    stream.finish()
    assert np.array_equal(np.concatenate(scribe.heard), audio)
    assert max(scribe.seconds) <= 28.0


def test_the_text_of_a_window_leads_the_next_one():
    """As the models were trained; the first has nothing before it."""
    scribe = Scribe(Passage("One.", log_probability=-0.1), SAID)
    stream = stream_on(scribe)
    stream.accept(speech(30))
    stream.finish()
    assert scribe.prompts == ["", "One."]


@pytest.mark.parametrize(
    "first",
    [
        Passage("One.", log_probability=-1.4),
        Passage("One.", temperature=0.8),
        Passage("One. " * 40),
        Passage(""),
    ],
    ids=["not sure", "at a high temperature", "in a loop", "silence"],
)
def test_doubtful_text_does_not_lead(first):
    """An error would be handed on from window to window."""
    scribe = Scribe(first, SAID)
    stream = stream_on(scribe)
    stream.accept(speech(30))
    stream.finish()
    assert scribe.prompts == ["", ""]


def test_the_prompt_of_a_grammar_stays():
    """In every window."""
    scribe = Scribe(SAID)
    stream = stream_on(scribe, query=Query("en", "Turn on the light."))
    stream.accept(speech(30))
    stream.finish()
    assert scribe.prompts == ["Turn on the light."] * 2


def test_silence_is_not_recognised_at_all():
    """A model that is asked what it hears in nothing invents something."""
    scribe = Scribe(Passage("Thank you."))
    stream = stream_on(scribe)
    stream.accept(np.zeros(60 * RATE, dtype=np.float32))
    assert stream.finish().text == ""
    assert scribe.seconds == []
    assert stream_on(scribe).finish().text == ""


def test_what_the_guards_doubt_is_no_text():
    """Nobody spoke, the model says, and is not sure of what it wrote."""
    scribe = Scribe(Passage("You", (Word("You", 0, 1),), no_speech=0.9, log_probability=-2))
    stream = stream_on(scribe, grammar=Grammar.of_sentences(["you"]))
    stream.accept(speech(1))
    final = stream.finish()
    assert (final.text, final.words, final.confidence) == ("", (), None)
    assert final.in_grammar is None


@pytest.mark.parametrize(
    ("passage", "is_in"),
    [
        (SAID, True),
        (Passage("Turn on the night.", log_probability=-0.1), False),
        (Passage("Turn on the light, please.", log_probability=-0.1), False),
        (Passage("Turn on the light.", log_probability=-0.95), False),
    ],
    ids=["a sentence", "another word", "a word more", "not sure"],
)
def test_only_a_sentence_of_the_grammar_is_in_it(passage, is_in):
    """The prompt leads a model, it does not bind it: what is near a command is none."""
    stream = stream_on(
        Scribe(passage), grammar=Grammar.of_sentences(["turn on the light"]), least_confidence=0.4
    )
    stream.accept(speech(1))
    assert stream.finish().in_grammar is is_in


def test_passages_are_joined_with_what_is_known_of_each():
    """Empty ones are left out, the language is that in which most was said."""
    parts = [
        Passage("", language="fr", log_probability=-9),
        Passage("Ja.", language="de", log_probability=-0.5, temperature=0.2),
        Passage("What time is it?", language="en", log_probability=-0.1),
    ]
    whole = joined(parts)
    assert (whole.text, whole.language) == ("Ja. What time is it?", "en")
    assert -0.5 < whole.log_probability < -0.1
    assert whole.temperature == 0.2
    assert joined([]) == Passage()
    assert joined(parts[:1]) is parts[0]


def test_languages_without_spaces_are_joined_without():
    """As they are written."""
    assert joined([Passage("今何時", language="ja"), Passage("ですか", language="ja")]).text == (
        "今何時ですか"
    )


LIGHT = Grammar.of_sentences(["turn on the light"])
LED = Query("en", prompt="Turn on the light.")


def in_grammar(scribe, **hearing):
    stream = stream_on(scribe, query=LED, grammar=LIGHT, **hearing)
    stream.accept(speech(1))
    return stream.finish().in_grammar


def test_a_command_that_has_to_be_confirmed_is_heard_without_the_prompt_as_well():
    """The words count, not how they are written."""
    scribe = Scribe(SAID, Passage("turn on the light", language="en"))
    assert in_grammar(scribe, confirm=True) is True
    assert scribe.prompts == [LED.prompt, ""]
    assert scribe.seconds == [1.0, 1.0]


def test_what_only_the_prompt_made_a_command_is_none():
    """The text stays; what is done with it is up to whoever hears it again."""
    other = Passage("Tum on the flight.", language="en")
    assert in_grammar(Scribe(SAID, other), confirm=True) is False
    assert in_grammar(Scribe(SAID, other)) is True


def test_a_command_is_confirmed_on_the_audio_of_the_pause_it_was_heard_in():
    """Its encoding is there already."""
    scribe, clock = Scribe(SAID), VirtualClock()
    stream = stream_on(scribe, clock, LED, LIGHT, confirm=True)
    live(stream, clock, speech(1), quiet(1))
    assert stream.finish().in_grammar is True
    assert scribe.seconds == [1.3, 1.3]
    assert np.array_equal(scribe.heard[0], scribe.heard[1])


def test_what_is_no_sentence_needs_no_confirmation():
    """Nor what nothing led the model to."""
    scribe = Scribe(Passage("What a nice day.", language="en"))
    assert in_grammar(scribe, confirm=True) is False
    assert len(scribe.prompts) == 1
    scribe = Scribe(SAID)
    stream = stream_on(scribe, query=Query("en"), grammar=LIGHT, confirm=True)
    stream.accept(speech(1))
    assert stream.finish().in_grammar is True
    assert len(scribe.prompts) == 1


def test_a_command_of_which_the_model_thinks_that_nobody_spoke_is_none():
    """However sure it is of the words: it was asked what was said, and wrote something."""
    doubted = Passage("Turn on the light.", (), "en", -0.1, no_speech=0.7)
    assert in_grammar(Scribe(doubted)) is False
    assert in_grammar(Scribe(Passage("Turn on the light.", (), "en", -0.1, no_speech=0.5))) is True
