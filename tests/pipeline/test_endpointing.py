"""When speech begins and when it is over."""

from hypothesis import given
from hypothesis import strategies as st

from irene.components.speech_activity import SpeechWindow
from irene.config.sections import VadSection
from irene.pipeline.listening.endpointing import Endpointer, SpeechEnd, SpeechOnset

WINDOW_S = 0.032


def decisions(probabilities, **settings):
    """Return what the endpointer decides on 32 ms windows of these probabilities."""
    endpointer = Endpointer(VadSection(**settings))
    windows = [
        SpeechWindow(i * WINDOW_S, (i + 1) * WINDOW_S, p) for i, p in enumerate(probabilities)
    ]
    return [outcome for window in windows if (outcome := endpointer.feed(window))]


def test_a_single_loud_window_is_not_speech():
    """A click shorter than `onset_ms` begins nothing."""
    assert decisions([0, 0.9, 0, 0, 0.9, 0.9, 0] * 5, onset_ms=96) == []


def test_speech_starts_at_its_first_window():
    """The decision falls after `onset_ms`, but speech counts from where it began."""
    onset = decisions([0, 0, 0.9, 0.9, 0.9], onset_ms=96)[0]
    assert isinstance(onset, SpeechOnset)
    assert (round(onset.start_s, 3), round(onset.time_s, 3)) == (0.064, 0.16)


def test_a_pause_shorter_than_the_end_silence_does_not_cut():
    """Somebody who thinks for half a second is not interrupted."""
    outcomes = decisions([0.9] * 10 + [0] * 15 + [0.9] * 10, end_silence_ms=700)
    assert [type(outcome) for outcome in outcomes] == [SpeechOnset]


def test_speech_ends_where_it_was_last_heard():
    """The end lies before the silence that proved it."""
    end = decisions([0.9] * 10 + [0] * 30, end_silence_ms=640)[1]
    assert isinstance(end, SpeechEnd)
    assert round(end.end_s, 3) == 0.32
    assert round(end.time_s, 3) == 0.96


def test_hysteresis_keeps_a_quiet_vowel():
    """Between the two thresholds speech goes on, but does not begin."""
    quiet = [0.4] * 40
    assert decisions(quiet, threshold=0.5, threshold_end=0.35) == []
    assert len(decisions([0.9] * 5 + quiet, threshold=0.5, threshold_end=0.35)) == 1


def test_an_endless_noise_is_cut_at_the_longest_utterance():
    """`max_utterance_ms` ends what silence does not."""
    end = decisions([0.9] * 100, max_utterance_ms=1600)[1]
    assert round(end.time_s - end.start_s, 3) == 1.6


def test_voiced_time_leaves_pauses_out():
    """Only windows with speech count as voiced."""
    end = decisions([0.9] * 10 + [0] * 5 + [0.9] * 10 + [0] * 30)[1]
    assert round(end.voiced_s, 3) == round(20 * WINDOW_S, 3)


@given(st.lists(st.floats(0, 1), max_size=200))
def test_onsets_and_ends_alternate_and_time_moves_on(probabilities):
    """For any probabilities: onset, end, onset, end, with times in order."""
    outcomes = decisions(probabilities)
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [SpeechOnset, SpeechEnd] * (len(kinds) // 2) + kinds[len(kinds) & ~1 :]
    assert kinds[::2] == [SpeechOnset] * len(kinds[::2])
    times = [outcome.time_s for outcome in outcomes]
    assert times == sorted(times)
    ends = [outcome for outcome in outcomes if isinstance(outcome, SpeechEnd)]
    assert all(end.start_s < end.end_s <= end.time_s for end in ends)


def test_an_utterance_in_progress_ends_with_the_input():
    """The last word of a file is not waited for."""
    endpointer = Endpointer(VadSection())
    for i in range(10):
        endpointer.feed(SpeechWindow(i * WINDOW_S, (i + 1) * WINDOW_S, 0.9))
    assert endpointer.finish(0.5).time_s == 0.5


@given(st.lists(st.sampled_from([0.0, 0.3, 0.4, 0.6, 0.9]), max_size=120))
def test_what_lies_below_the_least_need_not_come(probabilities):
    """Whoever leaves out those windows gets the same decisions."""
    endpointer = Endpointer(VadSection(onset_ms=64, end_silence_ms=160))
    needed = []
    for i, probability in enumerate(probabilities):
        if probability >= endpointer.least:
            window = SpeechWindow(i * WINDOW_S, (i + 1) * WINDOW_S, probability)
            needed.append(endpointer.feed(window))
    assert [outcome for outcome in needed if outcome] == decisions(
        probabilities, onset_ms=64, end_silence_ms=160
    )
