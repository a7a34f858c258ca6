"""Where speech pauses, and the language may change."""

import numpy as np
import pytest

from irene.components.language.pauses import pauses_of

RATE = 16000


def sound(*parts):
    """Return noise and near silence; each part is (seconds, level)."""
    rng = np.random.default_rng(3)
    pieces = [rng.standard_normal(round(seconds * RATE)) * level for seconds, level in parts]
    return np.concatenate(pieces).astype(np.int16)


def test_a_pause_is_told_by_its_middle():
    """Half a second of quiet between words."""
    pauses = pauses_of(sound((1.0, 3000), (0.4, 30), (1.0, 3000)), RATE)
    assert pauses == [pytest.approx(1.2, abs=0.03)]


def test_a_gap_within_a_word_is_no_pause():
    """A stop consonant takes less than a tenth of a second."""
    assert pauses_of(sound((1.0, 3000), (0.04, 30), (1.0, 3000)), RATE) == []


def test_what_is_only_a_little_quieter_is_no_pause():
    """A weak syllable is spoken, too."""
    assert pauses_of(sound((1.0, 3000), (0.3, 900), (1.0, 3000)), RATE) == []


def test_a_constant_offset_is_no_sound():
    """Cheap microphones have one."""
    pauses = pauses_of(sound((1.0, 3000), (0.4, 30), (1.0, 3000)) + np.int16(2000), RATE)
    assert len(pauses) == 1


@pytest.mark.parametrize("n_samples", [0, 10, 320])
def test_next_to_nothing_pauses_nowhere_or_everywhere(n_samples):
    """No audio is an error."""
    assert pauses_of(np.zeros(n_samples, np.int16), RATE) == []
