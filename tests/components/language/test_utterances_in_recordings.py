"""What is said between one pause and the next."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.language.utterances import Stretch, utterances_of

RATE = 16000


def sound(*parts):
    """Return noise and near silence; each part is (seconds, level)."""
    rng = np.random.default_rng(3)
    pieces = [rng.standard_normal(round(seconds * RATE)) * level for seconds, level in parts]
    return np.concatenate(pieces).astype(np.int16)


def edges(audio):
    return [(one.start_s, one.end_s) for one in utterances_of(audio, RATE)]


def test_a_pause_divides():
    """Silence at both ends belongs to nobody."""
    audio = sound((0.5, 30), (1.0, 3000), (0.4, 30), (1.0, 3000), (0.6, 30))
    assert edges(audio) == [pytest.approx((0.5, 1.5)), pytest.approx((1.9, 2.9))]


def test_a_short_gap_divides_nothing():
    """Words of one sentence are in one language."""
    assert len(edges(sound((1.0, 3000), (0.2, 30), (1.0, 3000)))) == 1


def test_who_goes_on_for_long_is_divided_in_the_longest_gap():
    """Somebody who reads aloud does not stop for a third of a second."""
    audio = sound((3.0, 3000), (0.1, 30), (3.0, 3000), (0.2, 30), (3.0, 3000))
    assert [start for start, _ in edges(audio)] == pytest.approx([0.0, 6.3])


def test_a_gap_within_a_word_divides_nothing():
    """However long it is spoken: a stop consonant takes less than a tenth of a second."""
    assert len(edges(sound((6.0, 3000), (0.06, 30), (6.0, 3000)))) == 1


def test_what_is_only_a_little_quieter_is_no_pause():
    """A weak syllable is spoken, too."""
    assert len(edges(sound((1.0, 3000), (0.4, 900), (1.0, 3000)))) == 1


def test_a_pause_in_a_loud_room_divides():
    """The room is 15 dB below speech, and goes on while nobody speaks."""
    audio = sound((1.0, 3000), (0.5, 0), (1.0, 3000)) + sound((2.5, 3000 * 10 ** (-15 / 20)))
    assert edges(audio) == [pytest.approx((0.0, 1.0)), pytest.approx((1.5, 2.5))]


def test_a_constant_offset_is_no_sound():
    """Cheap microphones have one."""
    assert len(edges(sound((1.0, 3000), (0.4, 30), (1.0, 3000)) + np.int16(2000))) == 2


@pytest.mark.parametrize("n_samples", [10, 320, 16000])
def test_silence_is_one_stretch(n_samples):
    """Whoever asks hears that it has no language."""
    assert edges(np.zeros(n_samples, np.int16)) == [(0.0, n_samples / RATE)]


def test_no_audio_has_no_utterance():
    """Nor is that an error."""
    assert edges(np.zeros(0, np.int16)) == []


@given(st.lists(st.tuples(st.floats(0.02, 4.0), st.sampled_from([0, 30, 3000])), max_size=12))
def test_stretches_are_in_order_and_within_the_audio(parts):
    """Whatever comes; there is one if there is audio."""
    audio = sound((0.0, 0), *parts)
    found = edges(audio)
    assert bool(found) == bool(audio.size)
    assert all(0 <= start < end <= audio.size / RATE + 1e-9 for start, end in found)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


def test_the_samples_have_as_much_margin_as_there_is():
    """The first of a recording has none before it."""
    audio = np.arange(100, dtype=np.int16)
    assert Stretch(0.5, 0.7).samples(audio, 100, 0.1).tolist() == list(range(40, 80))
    assert Stretch(0.0, 0.9).samples(audio, 100, 0.2).tolist() == list(range(100))
