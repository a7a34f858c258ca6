"""Cutting recordings at pauses, on a code in which the level of a window stands for speech."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.speech_activity import SpeechActivityListener
from irene.config.sections import VadSection
from irene.domain.audio import AudioChunk, AudioFormat
from irene.domain.kinds import Kind
from irene.pipeline.listening.segmentation import PAUSE_MS, Segmenter
from irene.testing import ScriptedVad, silence

RATE = 16000
SETTINGS = VadSection(default_provider="scripted", fallback_providers=())
LONGEST_S = SETTINGS.max_utterance_ms / 1000
PRE_ROLL_S = SETTINGS.pre_roll_ms / 1000


def speech(seconds):
    """Return what the scripted VAD takes for speech, every sample different from its neighbours."""
    n_samples = round(seconds * RATE)
    return (2000 + np.arange(n_samples) % 20000).astype(np.int16)


def segments(audio, chunk=1280, vad=SETTINGS):
    """Return the segments of a recording that is fed in chunks of this length."""
    consumers = [Consumer(name, "scripted", (RATE,), RATE) for name in ("vad", "asr")]
    plan = make_plan(AudioFormat(RATE), consumers)
    tracks = StreamTracks(plan, Segmenter.keep_s(vad), lambda *_: pytest.fail("no conversion"))
    chain = ProviderChain(Kind.VAD, [Candidate("scripted", ScriptedVad())], lambda _: None)
    segmenter = Segmenter(vad, SpeechActivityListener(chain, tracks.of("vad")), tracks)
    found = []
    for start in range(0, len(audio), chunk):
        piece = AudioChunk(audio[start : start + chunk], RATE, start / RATE)
        found.extend(segmenter.feed(piece))
    found.extend(segmenter.finish())
    return found


def times(found):
    return [(round(clip.start_s, 2), round(clip.end_s, 2)) for clip in found]


def test_a_segment_has_a_little_of_what_is_around_the_speech():
    """Pre-roll before it, post-roll after it."""
    audio = np.concatenate((silence(2), speech(1), silence(2)))
    assert times(segments(audio)) == [(1.7, 3.3)]


def test_a_segment_is_stamped_with_its_place():
    """Its samples are those of the recording at its start."""
    audio = np.concatenate((silence(2), speech(1), silence(2)))
    (clip,) = segments(audio)
    first = round(clip.start_s * RATE)
    assert (clip.samples == audio[first : first + clip.n_samples]).all()


def test_a_long_pause_cuts():
    """Speech on both sides of a long pause is in two segments."""
    pause = silence(PAUSE_MS / 1000 + 0.1)
    assert len(segments(np.concatenate((speech(1), pause, speech(1))))) == 2


def test_a_short_pause_does_not_cut():
    """Sentences stay whole across the pauses inside them, longer than those that end commands."""
    pause = silence(PAUSE_MS / 1000 - 0.1)
    assert len(segments(np.concatenate((speech(1), pause, speech(1))))) == 1


def test_a_configured_pause_that_is_longer_counts():
    """`vad.end_silence_ms` can make segments longer, not shorter."""
    patient = VadSection(end_silence_ms=3000)
    assert len(segments(np.concatenate((speech(1), silence(2), speech(1))), vad=patient)) == 1


def test_silence_has_no_segments():
    """A recording without speech gives nothing to recognise."""
    assert segments(silence(30)) == []


def test_an_empty_recording_has_no_segments():
    """Nothing comes of nothing."""
    assert segments(silence(0)) == []


def test_a_click_is_no_segment():
    """What is shorter than `min_speech_ms` is dropped."""
    assert segments(np.concatenate((silence(1), speech(0.15), silence(2)))) == []


def test_speech_up_to_the_last_sample_is_kept():
    """A recording may end in the middle of a word."""
    (clip,) = segments(np.concatenate((silence(1), speech(1.0005))))
    assert clip.end_s >= 2.0


def test_early_speech_is_taken_from_the_first_sample_on():
    """A VAD needs a moment at the start of a recording, so nothing is cut off there."""
    (clip,) = segments(np.concatenate((silence(0.45), speech(1), silence(2))))
    assert clip.start_s == 0.0


def test_endless_speech_is_cut_in_its_pause():
    """A segment that becomes too long is cut where it is quiet, not in the middle of a word."""
    before, pause = LONGEST_S - 2, 0.4
    audio = np.concatenate((speech(before), silence(pause), speech(5), silence(2)))
    first, second = segments(audio)
    assert before < first.end_s < before + pause
    assert first.end_s <= second.start_s < before + pause
    assert second.end_s == pytest.approx(before + pause + 5.3, abs=0.02)


def test_a_short_word_behind_the_cut_is_kept():
    """What is left behind a cut is speech, however short it is."""
    audio = np.concatenate((speech(LONGEST_S - 0.5), silence(0.3), speech(0.25), silence(2)))
    assert np.count_nonzero(np.concatenate([clip.samples for clip in segments(audio)])) == (
        np.count_nonzero(audio)
    )


def test_endless_speech_without_a_pause_loses_nothing():
    """Speech that never pauses comes in segments that follow one another without a gap."""
    audio = speech(3.3 * LONGEST_S)
    found = segments(audio)
    joined = np.concatenate([clip.samples for clip in found])
    assert (joined == audio[: len(joined)]).all()
    assert len(audio) - len(joined) < 0.05 * RATE
    assert all(clip.duration_s <= LONGEST_S + 0.01 for clip in found)


STRETCHES = st.lists(st.tuples(st.floats(0.25, 9.0), st.floats(0.0, 3.0)), min_size=1, max_size=6)
QUICK = VadSection(max_utterance_ms=4000)


def recording(stretches):
    """Return stretches of speech with their pauses."""
    parts = [part for talk, pause in stretches for part in (speech(talk), silence(pause))]
    return np.concatenate([*parts, silence(2)])


@given(STRETCHES)
def test_segments_hold_all_speech_once_and_in_order(stretches):
    """Whatever the pauses: no overlap, no lost speech, none longer than allowed."""
    audio = recording(stretches)
    found = segments(audio, vad=QUICK)
    ends = [0.0, *(clip.end_s for clip in found)]
    assert all(clip.start_s > end - 1e-6 for clip, end in zip(found, ends, strict=False))
    longest_s = QUICK.max_utterance_ms / 1000 + PRE_ROLL_S
    assert all(clip.duration_s <= longest_s + 0.25 for clip in found)
    heard = sum(np.count_nonzero(clip.samples) for clip in found)
    # a rest behind a cut that is shorter than the onset cannot be told from a click
    assert np.count_nonzero(audio) - heard <= len(stretches) * 0.1 * RATE


@settings(max_examples=15, deadline=None)
@given(STRETCHES, st.integers(1, 200_000))
def test_the_length_of_the_chunks_changes_nothing(stretches, chunk):
    """An input may deliver audio in any pieces."""
    audio = recording(stretches)
    chunk = max(chunk, len(audio) // 400)
    assert times(segments(audio, chunk, QUICK)) == times(segments(audio, 1280, QUICK))
