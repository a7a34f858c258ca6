"""From the bytes of a stream to sentences that can be spoken, wherever it is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.intents.llm.chat import endpoint
from irene_plugins.intents.llm.event_stream import MAX_LINE_BYTES, EventDecoder
from irene_plugins.intents.llm.memory import MAX_CONVERSATIONS, Memory
from irene_plugins.intents.llm.spoken import SpeakableText

LONGEST = 300


def cut(whole, places):
    """Return the pieces of a text or of bytes, cut at places."""
    bounds = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:stop] for start, stop in itertools.pairwise(bounds)]


def sentences(*pieces: str, language: str = "en") -> list[str]:
    text = SpeakableText(language)
    return [one for piece in pieces for one in text.feed(piece)] + text.end()


SPOKEN = [
    ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
    ("It is 3.5 degrees. Cold.", ["It is 3.5 degrees.", "Cold."]),
    ("Dr. Smith is here. Come in.", ["Dr. Smith is here.", "Come in."]),
    ("J. R. Smith sleeps. Quiet.", ["J. R. Smith sleeps.", "Quiet."]),
    ("Try e.g. tea, i.e. a drink. Yes.", ["Try e.g. tea, i.e. a drink.", "Yes."]),
    ('He said "Stop!" Then he left.', ['He said "Stop!"', "Then he left."]),
    ("Wait... what? Yes… No.", ["Wait... what?", "Yes…", "No."]),
    ("No. That is all.", ["No.", "That is all."]),
    ("See irene.toml now. Done", ["See irene.toml now.", "Done"]),
    ("First line\ngoes on\n\nSecond", ["First line goes on", "Second"]),
    ("今日は。晴れです。", ["今日は。", "晴れです。"]),
    ("**Bold** and `code`. Next.", ["Bold and code.", "Next."]),
    ("# Title\n- one\n- two\n1. three", ["Title", "one", "two", "three"]),
    ("See [the page](http://x.y/z) now. Ok.", ["See the page now.", "Ok."]),
    ("Go to https://example.org/x?y now.", ["Go to now."]),
    ("Sunny ☀️ today 🎉! Nice 👍🏽.", ["Sunny today !", "Nice ."]),
    ("It is 20 °C. Snake_case stays.", ["It is 20 °C.", "Snake_case stays."]),
    ("<think>Hm. Let me see.</think>Yes. Indeed.", ["Yes.", "Indeed."]),
    ("<thinking>a</thinking>One. <think>b</think>Two.", ["One.", "Two."]),
    ("One < two. Then <thin is. End.", ["One < two.", "Then <thin is.", "End."]),
    ("<think>never closed. Really.", []),
    ("---\n***\n\n", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "spoken"), SPOKEN, ids=lambda value: str(value)[:30])
def test_text_becomes_sentences(text, spoken):
    """Ends of sentences, numbers, abbreviations, markup, thoughts."""
    assert sentences(text) == spoken
    assert sentences(*text) == spoken, "letter by letter"


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("Am 3. Mai 2024. Dann nicht.", ["Am 3. Mai 2024.", "Dann nicht."]),
        ("Das ist z. B. Obst. Gut.", ["Das ist z. B. Obst.", "Gut."]),
    ],
)
def test_stops_are_those_of_the_language(text, spoken):
    """Ordinals and abbreviations end no sentence."""
    assert sentences(text, language="de") == spoken
    assert sentences(*text, language="de-AT") == spoken, "letter by letter"


@given(
    st.lists(
        st.sampled_from(
            [*"aB .\n", "!", "? ", "Dr. ", "3.5", " 3. ", "<think>", "</think>", '"', "x" * 90]
        )
    ),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_where_the_text_is_cut_does_not_matter(parts, places):
    """Any pieces give the sentences of the whole."""
    text = "".join(parts)
    assert sentences(*cut(text, places)) == sentences(text)


@given(st.text(alphabet="abC.!? \n,", max_size=900))
def test_no_word_is_lost_and_no_sentence_is_long(text):
    """Only spaces change."""
    spoken = sentences(text)
    kept = "".join("".join(spoken).split())
    assert [sign for sign in kept if sign.isalnum()] == [sign for sign in text if sign.isalnum()]
    assert all(len(one) <= LONGEST + 30 for one in spoken)


def test_a_sentence_is_there_as_soon_as_the_next_begins():
    """The voice starts before the model is done."""
    text = SpeakableText("en")
    assert text.feed("It is sunny.") == []
    assert text.feed(" I") == ["It is sunny."]


def test_a_sentence_without_end_is_cut_at_a_comma():
    """A voice cannot wait for ever."""
    first, *_ = sentences("word, " * 100)
    assert len(first) <= LONGEST
    assert first.endswith(",")


def events(*pieces: bytes) -> list[str]:
    decoder = EventDecoder()
    return [one for piece in pieces for one in decoder.feed(piece)] + [*decoder.end()]


STREAM = (
    "data: grüß\n\n: a comment\r\n\r\ndata: a\r\ndata:b\r\n\r\n"
    "event: x\rdata: 🎉\r\rid: 1\n\ndata: end"
).encode()


def test_events_are_read_from_a_stream():
    """Any line ends, several data lines, comments and other fields."""
    assert events(STREAM) == ["grüß", "a\nb", "🎉", "end"]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_where_the_bytes_are_cut_does_not_matter(places):
    """In the middle of a letter or of a line end."""
    assert events(*cut(STREAM, places)) == events(STREAM)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_any_bytes_are_events_or_none(data, places):
    """Nothing raises, and cuts change nothing."""
    assert events(*cut(data, places)) == events(data)


def test_a_line_without_end_is_refused():
    """Memory is bounded."""
    decoder = EventDecoder()
    with pytest.raises(ValueError, match="without end"):
        list(decoder.feed(b"x" * (MAX_LINE_BYTES + 1)))


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://host:8080", "http://host:8080/v1"),
        ("http://host:8080/", "http://host:8080/v1"),
        ("http://host/v1/", "http://host/v1"),
        ("http://host/v1/chat/completions", "http://host/v1"),
        ("https://host/openai/v1", "https://host/openai/v1"),
    ],
)
def test_the_address_may_be_written_in_several_ways(url, found):
    """With `/v1`, without it, or in full."""
    assert endpoint(url) == found


class Hand:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def contents(messages):
    return [message["content"] for message in messages]


def test_the_last_turns_of_a_conversation_are_remembered():
    """Each conversation its own, the oldest turn first."""
    memory = Memory(2, 60, Hand())
    for turn in "abc":
        memory.add("one", turn, turn.upper())
    memory.add("two", "x", "X")
    assert contents(memory.recall("one")) == ["b", "B", "c", "C"]
    assert contents(memory.recall("two")) == ["x", "X"]
    assert [message["role"] for message in memory.recall("two")] == ["user", "assistant"]


def test_an_idle_conversation_is_forgotten():
    """Every turn puts it off."""
    hand = Hand()
    memory = Memory(5, 60, hand)
    memory.add("one", "a", "A")
    hand.now = 59
    memory.add("one", "b", "B")
    hand.now = 110
    assert contents(memory.recall("one")) == ["a", "A", "b", "B"]
    hand.now = 120
    assert memory.recall("one") == []


def test_conversations_and_messages_are_bounded():
    """The oldest conversation goes first."""
    memory = Memory(5, 60, Hand())
    for number in range(MAX_CONVERSATIONS + 1):
        memory.add(f"c{number}", "a" * 10_000, "A")
    assert memory.recall("c0") == []
    assert len(str(memory.recall("c1")[0]["content"])) == 4000


@pytest.mark.parametrize(
    ("name", "answer", "turns"), [("", "A", 5), ("one", "", 5), ("one", "A", 0)]
)
def test_some_turns_are_not_remembered(name, answer, turns):
    """Without a conversation, without an answer, or when nothing is to be remembered."""
    memory = Memory(turns, 60, Hand())
    memory.add(name, "a", answer)
    assert memory.recall(name) == []
