"""The energy gate in front of the engines."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.gate import EnergyGate
from irene.audio.history import History
from irene.testing import noise, silence, tone


class Gate:
    """A gate and the history that it reads."""

    def __init__(self, threshold_db, hold_ms):
        self.history = History(8000)
        self.gate = EnergyGate(16000, threshold_db, hold_ms)

    def feed(self, samples):
        """Return whether the gate was open anywhere in these samples."""
        self.history.append(samples)
        return self.gate.follow(self.history)


def feed(gate, samples, block=1280):
    """Return whether the gate was open after each block."""
    return [gate.feed(samples[i : i + block]) for i in range(0, samples.size, block)]


def test_the_gate_stays_closed_on_digital_silence():
    """Nothing is nothing: no engine has to run."""
    assert not any(feed(Gate(6.0, 1500), silence(2.0)))


def test_the_gate_opens_for_a_sound_10_db_above_the_noise():
    """A word well above the noise floor opens the gate in the block in which it begins."""
    gate = Gate(6.0, 1500)
    feed(gate, noise(4.0, -60))
    assert feed(gate, tone(0.2, level_db=-50))[0]


def test_the_gate_closes_again_after_its_hold_time():
    """Once the sound has been over for the hold time the gate is closed."""
    gate = Gate(6.0, 500)
    feed(gate, noise(4.0, -60))
    feed(gate, tone(0.2, level_db=-30))
    after = feed(gate, noise(1.0, -60))
    assert after[0]
    assert not after[-1]


def test_a_steady_noise_is_accepted_as_the_new_floor():
    """A fan that starts opens the gate for some seconds, not for ever."""
    gate = Gate(6.0, 500)
    feed(gate, noise(2.0, -70))
    assert not feed(gate, noise(20.0, -45, seed=1))[-1]


def test_a_threshold_of_zero_leaves_the_gate_open():
    """`gate_db = 0` switches the gate off."""
    assert all(feed(Gate(0, 500), silence(1.0)))


def test_speech_in_the_first_block_opens_the_gate():
    """A stream that begins in the middle of a word is heard from the first block on."""
    assert Gate(6.0, 500).feed(tone(0.08, level_db=-35))


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30), st.integers(0, 3))
def test_the_size_of_the_blocks_changes_nothing(sizes, seed):
    """After the same audio the gate is open up to the same sample, however the audio was cut."""
    sound = np.concatenate([noise(1.0, -60, seed=seed), tone(0.1, level_db=-45), noise(4, -55)])
    sound = sound[: sum(sizes)]
    cut, whole = Gate(6.0, 300), Gate(6.0, 300)
    for piece in np.split(sound, np.cumsum(sizes)):
        cut.feed(piece)
    feed(whole, sound, 320)
    assert cut.gate.open_until == whole.gate.open_until
    assert cut.feed(sound[:0]) == whole.feed(sound[:0])
    assert cut.history.end - cut.gate.position == sound.size % 320


@given(
    st.integers(320, 8000),
    st.integers(0, 150),
    st.lists(st.integers(0, 8000), min_size=1, max_size=4),
)
def test_no_block_is_so_long_that_a_sound_in_it_goes_unnoticed(block, hold_ms, places):
    """It opens the gate and lets it close again, and the gate says that it was open."""
    sound = silence(0.5)
    for place in places:
        sound[place : place + 100] = 20_000
    gate = Gate(6.0, hold_ms)
    judged = (sound.size // block * block) // 320 * 320
    was_open = any(feed(gate, sound[: sound.size // block * block], block))
    assert was_open == bool(sound[:judged].any())


def test_an_empty_block_leaves_the_gate_as_it_is():
    """No audio, no decision."""
    gate = Gate(6.0, 500)
    gate.feed(tone(0.1))
    assert gate.feed(np.zeros(0, np.int16))


@given(
    st.lists(
        st.tuples(st.sampled_from([100, 320, 640, 1600]) | st.integers(1, 2000), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_a_block_at_hand_is_judged_as_the_history_would_be(blocks):
    """It saves making a view; where it is not all that is unjudged, the history is read."""
    one, other = Gate(6.0, 40), Gate(6.0, 40)
    for length, is_loud_at_its_end in blocks:
        block = noise(2000 / 16000, -60)[:length].copy()
        if is_loud_at_its_end:
            block[-50:] = 20_000
        other.history.append(block)
        assert other.gate.follow(other.history, block) == one.feed(block)
        assert other.gate.position == one.gate.position


def test_what_the_history_has_forgotten_is_not_judged():
    """After a block longer than is kept, the gate goes on with the oldest that is there."""
    gate = Gate(6.0, 10_000)
    assert not gate.feed(np.concatenate((tone(1.0, level_db=-20), silence(2.0))))
    assert gate.gate.position == gate.history.end
