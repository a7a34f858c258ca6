"""What is kept of a run: the sessions, with the moments before, and nothing else."""

import numpy as np
import pytest
from flight_bench import Bench, config_of, ends_of, events_in, span_of
from hypothesis import given
from hypothesis import strategies as st

from irene.domain.events import (
    ErrorRaised,
    FollowUpStarted,
    MicrophoneMuted,
    RunEnded,
    SessionEnded,
    Warned,
)
from irene.pipeline.recording.flight import AFTER_S, ALIGNED_S
from irene.pipeline.recording.items import Begin, Piece, Typed


@pytest.fixture
def bench(tmp_path):
    """A recorder with an input of 1 kHz."""
    return Bench(tmp_path)


def test_where_nobody_talks_to_it_nothing_is_kept(bench):
    """Audio alone begins no recording."""
    bench.start()
    bench.hear(60)
    assert bench.kept.items == []


def test_a_session_is_kept_with_the_moments_before(bench):
    """Five seconds of them, unless the configuration says otherwise, and one after it."""
    bench.start()
    bench.hear(20)
    bench.session(1)
    bench.hear(10)
    (items,) = bench.kept.recordings
    from_s, to_s = span_of(items)
    assert 15 - ALIGNED_S <= from_s <= 15
    assert to_s == pytest.approx(21 + AFTER_S, abs=0.11)
    assert ends_of([items]) == ["quiet"]
    assert events_in(items) == [
        *("wake_word_detected", "speech_started", "response", "session_ended"),
    ]


def test_a_recording_begins_where_windows_of_engines_begin(bench):
    """So they hear the same in it as in the run."""
    bench.hear(20.3)
    bench.session(1)
    first = next(item for item in bench.kept.items if isinstance(item, Piece)).first_sample
    assert first % round(ALIGNED_S * 1000) == 0


def test_a_session_right_after_another_one_is_in_the_same_recording(bench):
    """Also the audio between them: what it refers to is known, and nothing is heard twice."""
    bench.hear(10)
    bench.session(1)
    bench.hear(3.5)
    bench.session(2)
    bench.hear(10)
    (items,) = bench.kept.recordings
    assert span_of(items)[1] == pytest.approx(10 + 1 + 3.5 + 1 + AFTER_S, abs=0.11)
    assert events_in(items).count("session_ended") == 2


def test_a_later_session_has_a_recording_of_its_own(bench):
    """It says how long ago the session before was, which may have been referred to."""
    bench.hear(10)
    bench.session(1)
    bench.hear(20)
    bench.session(2)
    first, second = bench.kept.recordings
    assert first[0].since_answer_s is None
    assert second[0].since_answer_s == pytest.approx(20, abs=0.2)
    assert span_of(second)[0] > span_of(first)[1]


def test_a_follow_up_keeps_the_recording_open(bench):
    """However long the person takes to speak."""
    bench.hear(10)
    bench.session(1)
    bench.tell(FollowUpStarted(session=2, timeout_s=20))
    bench.hear(19)
    bench.tell(SessionEnded(session=2, reason="no_speech"))
    bench.hear(10)
    (items,) = bench.kept.recordings
    assert span_of(items)[1] == pytest.approx(11 + 19 + AFTER_S, abs=0.11)


def test_an_event_that_comes_late_opens_no_session_again(bench):
    """A recording ends, whatever is told of a session that is over."""
    bench.hear(10)
    bench.session(1)
    bench.tell(Warned(session=1, message="late"))
    bench.hear(10)
    assert ends_of(bench.kept.recordings) == ["quiet"]


def test_an_error_outside_of_sessions_is_kept_too(bench):
    """With the audio before it."""
    bench.hear(10)
    bench.tell(ErrorRaised(code="device", message="gone"))
    bench.hear(10)
    (items,) = bench.kept.recordings
    assert events_in(items) == ["error"]
    assert span_of(items)[0] < 6


def test_the_end_of_a_run_ends_the_recording(bench):
    """With the reason of that."""
    bench.hear(10)
    bench.session(1)
    bench.tell(RunEnded(reason="end_of_input"))
    assert ends_of(bench.kept.recordings) == ["end_of_input"]
    assert events_in(bench.kept.items)[-1] == "run_ended"


def test_what_is_said_while_it_is_muted_is_not_kept(bench):
    """Silence is, as long as that: audio time goes on."""
    bench.hear(10)
    bench.session(1)
    bench.tell(MicrophoneMuted())
    bench.hear(0.5, level=7, muted=True)
    pieces = [item for item in bench.kept.items if isinstance(item, Piece)]
    assert not any((piece.samples == 7).any() for piece in pieces)
    assert sum(int((piece.samples == 0).sum()) for piece in pieces) == 500


def test_audio_is_copied():
    """An input may use its memory again."""
    from irene.domain.audio import AudioChunk

    bench = Bench("unused")
    samples = np.ones(100, np.int16)
    bench.flight.hear(AudioChunk(samples, 1000, 0.0))
    samples[:] = 9
    bench.now_s = 0.1
    bench.session(1)
    piece = next(item for item in bench.kept.items if isinstance(item, Piece))
    assert not (piece.samples == 9).any()


def test_everything_is_kept_where_that_is_wanted(tmp_path):
    """From the first block on, in pieces of ten minutes that overlap by the moments before."""
    bench = Bench(tmp_path, keep="everything")
    bench.start()
    bench.hear(1300, block_s=1.0)
    first, second, third = bench.kept.recordings
    assert span_of(first) == (0.0, 601.0)
    assert span_of(second)[0] == pytest.approx(597, abs=1.5)
    assert ends_of([first, second, third]) == ["long", "long"]


def test_who_turns_it_off_ends_the_recording_at_once(bench, tmp_path):
    """And nothing more is kept, nor remembered."""
    bench.hear(10)
    bench.session(1)
    bench.flight.renew(config_of(tmp_path, enabled=False))
    assert ends_of(bench.kept.recordings) == ["reloaded"]
    assert bench.kept.is_closed
    assert not bench.flight.is_on
    assert not bench.flight._before


def test_another_configuration_begins_another_recording(bench, tmp_path):
    """Each recording goes by one configuration."""
    bench.hear(10)
    bench.session(1)
    other = config_of(tmp_path)
    bench.flight.renew(other)
    bench.hear(2)
    bench.session(2)
    first, second = bench.kept.recordings
    assert first[0].config is bench.config
    assert second[0].config is other


def test_a_recording_knows_how_time_went(tmp_path):
    """As for a microphone whose answers are heard, say."""
    bench = Bench(tmp_path, pace="live", plays=True)
    bench.start()
    bench.hear(3)
    bench.session(1)
    begin = bench.kept.items[0]
    assert isinstance(begin, Begin)
    assert (begin.pace, begin.plays, begin.audio.sample_rate) == ("live", True, 1000)
    assert begin.providers == {"asr": "pocketsphinx", "vad": "silero"}
    assert (bench.clock.now() - begin.at).total_seconds() == pytest.approx(4, abs=0.01)


def test_requests_in_writing_are_kept_as_they_were_typed(tmp_path):
    """One after the other in one recording, without audio."""
    bench = Bench(tmp_path, audio=False)
    bench.flight.typed(1, 0.0, "what time is it")
    bench.session(1)
    bench.flight.typed(2, 20.0, "and tomorrow")
    bench.flight.close()
    (items,) = bench.kept.recordings
    assert [item.text for item in items if isinstance(item, Typed)] == [
        "what time is it",
        "and tomorrow",
    ]
    assert items[0].audio is None
    assert items[0].pace == "typed"


@given(
    steps=st.lists(st.tuples(st.sampled_from(["hear", "session"]), st.integers(1, 80)), max_size=8),
    block_s=st.sampled_from([0.1, 0.16]),
)
def test_every_session_is_in_one_recording_and_in_no_other(steps, block_s):
    """Whatever comes when: every recording is one stretch."""
    bench = Bench("unused")
    sessions = []
    for what, tenths in steps:
        if what == "hear":
            bench.hear(tenths / 10, block_s)
        else:
            began_s = bench.now_s
            bench.session(len(sessions) + 1, 0.4)
            sessions.append((began_s, bench.now_s))
    spans = [span for items in bench.kept.recordings if (span := span_of(items))]
    for began_s, ended_s in sessions:
        touched = [span for span in spans if span[0] < ended_s - 1e-9 and span[1] > began_s + 1e-9]
        ((from_s, to_s),) = touched
        assert from_s <= began_s + 1e-9
        assert ended_s <= to_s + 1e-9
