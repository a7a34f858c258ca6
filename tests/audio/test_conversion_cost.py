"""What a conversion holds back."""

import numpy as np
import pytest

from irene.audio.conversion_cost import measure_conversion
from irene.domain.audio import ResampleQuality
from irene.testing import VirtualClock


class Late:
    """A converter that gives every second sample, `n_held` samples late."""

    n_closed = 0

    def __init__(self, n_held):
        self._held = np.zeros(0, np.float32)
        self._n_held = n_held

    def process(self, samples):
        """Keep the newest samples back."""
        joined = np.concatenate((self._held, samples[::2]))
        keep = max(0, joined.shape[0] - self._n_held)
        self._held = joined[keep:]
        return joined[:keep]

    def flush(self):
        """Give the rest."""
        return self._held

    def close(self):
        """Count."""
        self.n_closed += 1


@pytest.mark.parametrize(("n_held", "delay_ms"), [(0, 0.0), (160, 10.0), (320, 20.0)])
def test_what_is_held_back_is_delay(n_held, delay_ms):
    """160 samples of 16 kHz are 10 ms."""
    cost = measure_conversion(
        lambda source, target, quality: Late(n_held),
        (32000, 16000),
        ResampleQuality.HQ,
        VirtualClock(),
    )
    assert cost.delay_mean_ms == pytest.approx(delay_ms)
    assert cost.delay_most_ms == pytest.approx(delay_ms)


def test_what_was_measured_is_closed():
    """Nobody wants to hear its end."""
    made = []

    def open_converter(source, target, quality):
        made.append(Late(0))
        return made[-1]

    measure_conversion(open_converter, (32000, 16000), ResampleQuality.HQ, VirtualClock())
    assert [one.n_closed for one in made] == [1] * len(made)


def test_work_is_time_per_second_of_audio():
    """A converter that takes 1 ms for each of 100 blocks takes 100 ms for a second."""
    clock = VirtualClock()

    class Slow(Late):
        """Takes a millisecond for each block."""

        def process(self, samples):
            """Let time pass."""
            clock.sleep(0.001)
            return super().process(samples)

    cost = measure_conversion(
        lambda source, target, quality: Slow(0), (32000, 16000), ResampleQuality.HQ, clock
    )
    assert cost.work_ms_per_s == pytest.approx(100.0)
