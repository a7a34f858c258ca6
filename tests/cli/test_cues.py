"""Subtitle cues: readable pieces, in order, with the times of the recording."""

from hypothesis import given
from hypothesis import strategies as st

from irene.cli.transcripts.cues import LINE_CHARS, MAX_CUE_S, MAX_LINES, MIN_CUE_S, cues_of
from irene.domain.speech import Word
from irene.pipeline.transcribing.segment import Segment


def segment(words, start_s=0.0, end_s=None, text=None):
    """Return a segment of these words, or of a text without words."""
    text = " ".join(word.text for word in words) if text is None else text
    end_s = words[-1].end_s if end_s is None else end_s
    return Segment(start_s, end_s, text, tuple(words), "en", "scripted")


def evenly(text, start_s=0.0, word_s=0.4):
    """Return the words of a text, one after the other."""
    return [
        Word(word, start_s + at * word_s, start_s + (at + 1) * word_s)
        for at, word in enumerate(text.split())
    ]


def texts(cues):
    return [" ".join(cue.lines) for cue in cues]


def test_a_short_segment_is_one_cue():
    """It begins and ends with its words, not with the audio around them."""
    (cue,) = cues_of([segment(evenly("what time is it", 2.0), 1.7, 3.9)])
    assert (cue.start_s, round(cue.end_s, 6), cue.lines) == (2.0, 3.6, ("what time is it",))


def test_a_long_segment_is_cut_at_its_pause():
    """The pause decides, although it is not in the middle."""
    before = evenly("one two three four five six")
    after = evenly("seven eight nine ten eleven twelve thirteen fourteen fifteen", 3.6)
    assert texts(cues_of([segment(before + after)])) == [
        "one two three four five six",
        "seven eight nine ten eleven twelve thirteen fourteen fifteen",
    ]


def test_a_long_segment_is_cut_after_a_sentence():
    """Without pauses, punctuation decides."""
    words = evenly("It was the best of times. It was the worst of times, it was the age of wisdom")
    assert texts(cues_of([segment(words)]))[0] == "It was the best of times."


def test_two_lines_are_about_equally_long():
    """No line of one word under a full one."""
    text = "turn on the lamp beside the window of the big"
    (cue,) = cues_of([segment(evenly(text, word_s=0.3))])
    assert len(cue.lines) == 2
    assert abs(len(cue.lines[0]) - len(cue.lines[1])) < 10


def test_a_cue_is_shown_long_enough_to_be_read():
    """A single short word stays for a second."""
    (cue,) = cues_of([segment([Word("yes", 1.0, 1.2)])])
    assert cue.end_s == 1.0 + MIN_CUE_S


def test_a_cue_makes_room_for_the_next():
    """It is shown no longer than until the next one comes."""
    first, _ = cues_of([segment([Word("yes", 1.0, 1.2)]), segment([Word("no", 1.5, 1.8)])])
    assert first.end_s == 1.5


def test_text_without_word_times_is_spread_over_its_segment():
    """Longer words take longer."""
    text = (
        "a considerably longer sentence that certainly does not fit into two lines of text at all"
    )
    cues = list(cues_of([segment([], 10.0, 20.0, text)]))
    assert " ".join(texts(cues)) == text
    assert cues[0].start_s == 10.0
    assert 19.0 < cues[-1].end_s <= 20.0


def test_no_segments_give_no_cues():
    """Silence has no subtitles."""
    assert list(cues_of([])) == []


WORDS = st.lists(
    st.tuples(st.text("abcdefg,.é", min_size=1, max_size=14), st.floats(0, 4), st.floats(0.05, 2)),
    min_size=1,
    max_size=60,
)


@given(WORDS)
def test_cues_keep_every_word_and_all_limits(drawn):
    """Whatever is said: nothing lost, in order, no overlap, readable."""
    words, now_s = [], 0.0
    for text, pause_s, length_s in drawn:
        words.append(Word(text, now_s + pause_s, now_s + pause_s + length_s))
        now_s += pause_s + length_s
    cues = list(cues_of([segment(words)]))
    assert " ".join(texts(cues)) == " ".join(word.text for word in words)
    for cue, following in zip(cues, [*cues[1:], None], strict=True):
        assert len(cue.lines) <= MAX_LINES
        assert all(len(line) <= LINE_CHARS for line in cue.lines)
        assert cue.end_s - cue.start_s <= MAX_CUE_S + 1e-6
        assert following is None or cue.end_s <= following.start_s + 1e-6
