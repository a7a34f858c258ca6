"""Partial hypotheses of live speech: when they come, and that what is stable stays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Grammar, Word
from irene.testing import VirtualClock
from irene_plugins.asr.whisper.growing import GrowingPiece
from irene_plugins.asr.whisper.guards import Guards
from irene_plugins.asr.whisper.passages import Passage
from irene_plugins.asr.whisper.query import Effort, Query
from irene_plugins.asr.whisper.stream import Hearing, WhisperStream

RATE = 16000
BLOCK = RATE // 10
SENTENCE = "turn on the light in the kitchen and close all the blinds please"


def passage(text, each_s=0.5, start_s=0.0, **known):
    """Return a text whose words follow each other."""
    timed = tuple(
        Word(word, start_s + each_s * number, start_s + each_s * (number + 1))
        for number, word in enumerate(text.split())
    )
    known = {"language": "en", "log_probability": -0.1} | known
    return Passage(text, timed, **known)


class Hearer:
    """Knows a word for each half second of a window; each decoding takes `cost_s`."""

    def __init__(self, clock, cost_s=0.0, text=SENTENCE):
        self.clock, self.cost_s, self.text = clock, cost_s, text
        self.seconds, self.queries = [], []

    def recognise(self, samples, query):
        self.clock.advance(self.cost_s)
        self.seconds.append(round(len(samples) / RATE, 2))
        self.queries.append(query)
        return passage(" ".join(self.text.split()[: int(len(samples) / RATE / 0.5)]))


class Babbler:
    """Answers with one passage after the other, whatever it is asked."""

    def __init__(self, passages):
        self.passages, self.place = passages, 0

    def recognise(self, samples, query):
        self.place += 1
        return self.passages[self.place % len(self.passages)]


def speech(seconds, seed=0):
    return np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32) / 9


def opened(engine, clock, query=None, grammar=None, **hearing):
    hearing = Hearing(**({"partial_every_s": 1.0, "in_pauses": False} | hearing))
    return WhisperStream(engine, query or Query("en"), hearing, grammar, clock=clock.monotonic)


def live(stream, clock, audio):
    """Feed blocks as a microphone gives them, each when it is there; return the hypotheses."""
    heard, now_s = [], clock.monotonic()
    for start in range(0, len(audio), BLOCK):
        now_s += BLOCK / RATE
        clock.advance(max(0.0, now_s - clock.monotonic()))  # an engine at work lets blocks wait
        heard.append(stream.accept(audio[start : start + BLOCK]))
    return [one for one in heard if one is not None]


def test_live_speech_is_decoded_every_second():
    """Each time from its beginning, which is what the model needs to see."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    partials = live(opened(hearer, clock), clock, speech(3.5))
    assert hearer.seconds == [1.0, 2.0, 3.0]
    assert [one.text for one in partials] == ["turn on", "turn on the light", SENTENCE[:24]]
    assert not any(one.is_final for one in partials)


def test_what_two_decodings_agree_on_is_stable():
    """The first is only believed."""
    clock = VirtualClock()
    partials = live(opened(Hearer(clock), clock), clock, speech(3.5))
    assert [one.text[: one.stable] for one in partials] == ["", "turn on", "turn on the light"]


def test_a_slow_machine_decodes_less_often_and_keeps_up():
    """A decoding of a second has four seconds of speech for itself, with a share of a quarter."""
    clock = VirtualClock()
    hearer = Hearer(clock, cost_s=1.0)
    live(opened(hearer, clock, partial_share=0.25), clock, speech(12))
    assert hearer.seconds == [1.0, 5.0, 9.0]


def test_a_recording_has_no_partial_hypotheses():
    """Its blocks do not have to be waited for, so nothing is decoded twice."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    stream = opened(hearer, clock)
    for _ in range(50):
        assert stream.accept(speech(0.1)) is None
    stream.finish()
    assert hearer.seconds == [5.0]


def test_partial_hypotheses_can_be_left_alone():
    """Zero seconds: none between pauses."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    assert live(opened(hearer, clock, partial_every_s=0.0), clock, speech(5)) == []
    assert hearer.seconds == []


def test_partial_decodings_try_one_temperature_and_look_for_the_times_of_words():
    """They come again soon; without times nobody knows which words were cut off."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    query = Query("en", word_times=False, effort=Effort((0.0, 0.2, 0.4)))
    stream = opened(hearer, clock, query)
    live(stream, clock, speech(1.5))
    stream.finish()
    assert [one.effort.temperatures for one in hearer.queries] == [(0.0,), (0.0, 0.2, 0.4)]
    assert all(one.word_times for one in hearer.queries)


def test_a_pause_is_heard_as_the_end_would_be():
    """Its decoding may be the final one; it agrees with those before it like any other."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    query = Query("en", effort=Effort((0.0, 0.2)))
    stream = opened(hearer, clock, query, in_pauses=True)
    partials = live(stream, clock, np.concatenate([speech(2.0), speech(1.5) / 1000]))
    assert hearer.seconds == [1.0, 2.0, 2.3]
    assert hearer.queries[-1].effort.temperatures == (0.0, 0.2)
    assert partials[-1].text == "turn on the light"
    final = stream.finish()
    assert final.text == "turn on the light"
    assert len(hearer.seconds) == 3


def test_the_final_text_is_that_of_the_whole_window():
    """Where it does not contradict what was promised it is exactly what a recording would give."""
    clock = VirtualClock()
    hearer = Hearer(clock)
    stream = opened(hearer, clock, grammar=Grammar.of_sentences([SENTENCE[:38]]))
    live(stream, clock, speech(4.0))
    offline = opened(Hearer(VirtualClock()), VirtualClock(), grammar=stream._grammar)
    offline.accept(speech(4.0))
    assert stream.finish() == offline.finish()


def test_a_doubtful_decoding_makes_nothing_stable():
    """Two that loop in the same way agree about nothing."""
    clock = VirtualClock()
    unsure = passage("turn on the light", log_probability=-1.5)
    partials = live(opened(Babbler([unsure]), clock), clock, speech(6))
    assert [(one.text, one.stable) for one in partials] == [("turn on the light", 0)]


def test_a_promise_reaches_across_the_place_where_long_speech_is_cut():
    """Stable words after the cut belong to the next piece, and are not said twice."""
    clock = VirtualClock()
    words = " ".join(f"w{number}" for number in range(200))

    class Listening(Hearer):
        """Knows which words are in a window by the samples: each is twice as loud."""

        def recognise(self, samples, query):
            self.seconds.append(len(samples) / RATE)
            first, last = samples[0], samples[-1]
            return passage(" ".join(self.text.split()[int(first) : int(last)]), each_s=0.5)

    hearer = Listening(clock, text=words)
    audio = np.repeat(np.arange(90, dtype=np.float32), RATE // 2) + 0.5
    stream = opened(hearer, clock)
    before = ""
    for partial in live(stream, clock, audio):
        assert partial.text.startswith(before)
        before = partial.text[: partial.stable]
    final = stream.finish()
    assert final.text.startswith(before)
    said = final.text.split()
    assert said == sorted(set(said), key=lambda word: int(word[1:]))
    assert len(said) >= 85
    assert max(hearer.seconds) <= 28.0


TEXTS = st.lists(st.sampled_from(["a", "b", "A,", "c"]), max_size=5).map(" ".join)
PASSAGES = st.builds(
    lambda text, each_s, language, sure, timed: (
        passage(text, each_s, language=language, log_probability=sure)
        if timed
        else Passage(text, (), language, sure)
    ),
    TEXTS,
    st.sampled_from([0.1, 0.5, 2.0]),
    st.sampled_from(["en", "ja", None]),
    st.sampled_from([-0.1, -2.0]),
    st.booleans(),
)


TALK = np.concatenate([speech(1.3, n) / (1 if n % 3 else 3000) for n in range(24)])


@given(st.lists(PASSAGES, min_size=1, max_size=8), st.booleans(), st.sampled_from([5, 31]))
def test_whatever_is_decoded_a_stable_beginning_is_never_taken_back(passages, pauses, seconds):
    """Through pauses, cuts and changes of language, up to the final text."""
    clock = VirtualClock()
    stream = opened(Babbler(passages), clock, in_pauses=pauses)
    before = ""
    for partial in live(stream, clock, TALK[: seconds * RATE]):
        assert partial.text.startswith(before)
        assert 0 <= partial.stable <= len(partial.text)
        assert partial.text[: partial.stable].startswith(before)
        before = partial.text[: partial.stable]
    assert stream.finish().text.startswith(before)


def test_languages_without_spaces_are_spelled_without():
    """As the model wrote them."""
    timed = (Word("電気", 0.0, 0.5), Word("を", 0.5, 0.6), Word("つけて", 0.6, 1.2))
    piece = GrowingPiece()
    for _ in range(2):
        piece.hear(Passage("電気をつけて", timed, "ja"), 9.0)
    assert piece.stable_text == "電気をつけて"
    assert piece.concluded(Passage("電気をつけてください", (), "ja")).text == (
        "電気をつけてください"
    )


@pytest.mark.parametrize("text", ["Turn off the light now", "Well, turn on the light now"])
def test_a_text_without_words_continues_what_was_promised(text):
    """Where the times of the words were not found, the text itself is looked at."""
    piece = GrowingPiece()
    for _ in range(2):
        piece.hear(passage("turn on the light"), 9.0)
    assert piece.concluded(Passage(text)).text == "turn on the light now"


def test_without_a_promise_the_conclusion_is_the_decoding():
    """Word for word."""
    piece = GrowingPiece()
    piece.hear(passage("turn on"), 9.0)
    whole = passage("Turn off the light.")
    assert piece.concluded(whole) is whole
    assert not Guards().is_doubtful(whole)
