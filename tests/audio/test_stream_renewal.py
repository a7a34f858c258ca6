"""A stream that runs follows another plan: no sample is lost, doubled, or moved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene.domain.audio import AudioFormat
from irene.errors import ProviderFailedError

RATE = 16000


class Late:
    """A converter between equal steps that holds back so many samples until it is flushed."""

    def __init__(self, step, held=7):
        self.consumers, self.wanted = 1, 1
        self.was_flushed = self.was_closed = False
        self._step, self._held = step, held
        self._waiting = np.zeros(0, np.float32)

    def process(self, samples):
        """Keep every nth sample, all but the last few."""
        self._waiting = np.concatenate([self._waiting, samples])
        whole = max(0, len(self._waiting) - self._held) // self._step * self._step
        ready, self._waiting = self._waiting[:whole], self._waiting[whole:]
        return ready[:: self._step]

    def flush(self):
        """Return what was held back."""
        self.was_flushed = True
        return self._waiting[:: self._step]

    def close(self):
        """Note it."""
        self.was_closed = True


class Breaking(Late):
    """It fails in its last moment."""

    def flush(self):
        """Fail."""
        raise ProviderFailedError("broken")


def plan(source_rate=RATE, **rates):
    """Return a plan for consumers by name, with the rates that they want."""
    qualities = {"fast": "fast", "high": "high"}
    consumers = [
        Consumer(name, "engine", (rate,), rate, quality=qualities.get(name, "medium"))
        for name, rate in rates.items()
    ]
    return make_plan(AudioFormat(source_rate), consumers)


def opener(made, cls=Late):
    """Return what opens converters, and keeps them in a list."""

    def open_converter(source_rate, target_rate, quality):
        made.append(cls(source_rate // target_rate))
        return made[-1]

    return open_converter


def ramp(start, n_samples):
    """Return samples that are their numbers."""
    return np.arange(start, start + n_samples).astype(np.int16)


def everything(track):
    """Return all samples that are kept."""
    return track.history.view(track.history.start, track.history.end).tolist()


@given(st.lists(st.integers(1, 400), min_size=1, max_size=20), st.data())
def test_the_same_plan_changes_nothing(lengths, data):
    """Whenever it comes: tracks, converters and samples stay."""
    made = []
    tracks = StreamTracks(plan(vad=8000, asr=RATE), 1.0, opener(made))
    before = tracks.of("vad"), tracks.of("asr")
    renewals = data.draw(st.sets(st.integers(0, len(lengths))))
    position = 0
    for number, length in enumerate(lengths):
        if number in renewals:
            tracks.renew(plan(vad=8000, asr=RATE), 1.0, opener(made))
        tracks.append(ramp(position, length))
        position += length
    tracks.flush()
    assert (tracks.of("vad"), tracks.of("asr")) == before
    assert len(made) == 1
    assert everything(tracks.of("asr")) == list(range(position))
    assert len(everything(tracks.of("vad"))) == pytest.approx(position / 2, abs=1)


@given(st.lists(st.integers(1, 300).map(lambda n: 2 * n), min_size=2, max_size=12), st.data())
def test_another_converter_goes_on_where_the_one_before_ends(lengths, data):
    """As many samples as without, each at its place, wherever the change falls."""
    made, change = [], data.draw(st.integers(0, len(lengths) - 1))
    tracks = StreamTracks(plan(vad=8000), 1.0, opener(made))
    position = 0
    for number, length in enumerate(lengths):
        if number == change:
            tracks.renew(plan(vad=8000), 1.0, opener(made), afresh=True)
        tracks.append(ramp(position, length))
        position += length
    tracks.flush()
    assert made[0].was_flushed
    assert everything(tracks.of("vad")) == list(range(0, position, 2))


def test_another_quality_needs_another_converter_for_the_same_track():
    """What is kept stays."""
    made = []
    tracks = StreamTracks(plan(fast=8000), 1.0, opener(made))
    tracks.append(ramp(0, 400))
    track = tracks.of("fast")
    tracks.renew(plan(fast=8000, high=8000), 1.0, opener(made))
    tracks.append(ramp(400, 400))
    assert tracks.of("fast") is tracks.of("high") is track
    assert len(made) == 2
    assert made[1].consumers == 2
    assert everything(track)[:250] == list(range(0, 500, 2))


def test_a_new_rate_begins_at_the_time_of_the_stream():
    """Its first sample lies where the next chunk does, losses included."""
    tracks = StreamTracks(plan(asr=RATE), 1.0, opener([]))
    tracks.append(ramp(0, 1600))
    tracks.jump(0.5)
    tracks.append(ramp(1600, 1600))
    tracks.renew(plan(asr=8000, vad=RATE), 1.0, opener([]))
    asr, vad = tracks.of("asr"), tracks.of("vad")
    assert asr.end_s == pytest.approx(0.7)
    assert vad.end_s == pytest.approx(0.7)
    tracks.append(ramp(3200, 1600))
    tracks.jump(0.25)
    tracks.append(ramp(4800, 1600))
    tracks.flush()
    assert asr.end_s == pytest.approx(1.15)
    assert vad.end_s == pytest.approx(1.15)
    assert everything(asr) == list(range(3200, 6400, 2))
    assert asr.index(1.1) / 8000 == pytest.approx(vad.index(1.1) / RATE)


def test_a_rate_that_nobody_wants_any_more_is_gone():
    """It costs nothing from then on, and its converter is closed."""
    made = []
    tracks = StreamTracks(plan(asr=RATE, vad=8000), 1.0, opener(made))
    tracks.renew(plan(asr=RATE), 1.0, opener(made))
    assert tracks.append(ramp(0, 160)) == 160
    with pytest.raises(KeyError):
        tracks.of("vad")
    assert [one.was_closed for one in made] == [True]


def test_more_is_kept_when_more_is_wanted():
    """A longer pre-roll begins to fill at once."""
    tracks = StreamTracks(plan(asr=RATE), 0.01, opener([]))
    tracks.append(ramp(0, 1600))
    tracks.renew(plan(asr=RATE), 0.05, opener([]))
    tracks.append(ramp(1600, 640))
    assert everything(tracks.of("asr")) == list(range(1440, 2240))


def test_a_converter_that_cannot_be_opened_leaves_everything_as_it_is():
    """Whoever asked is told."""
    tracks = StreamTracks(plan(asr=RATE), 1.0, opener([]))

    def refuse(source_rate, target_rate, quality):
        raise ProviderFailedError("no resampler")

    with pytest.raises(ProviderFailedError):
        tracks.renew(plan(asr=8000), 1.0, refuse)
    tracks.append(ramp(0, 160))
    assert everything(tracks.of("asr")) == list(range(160))


def test_a_converter_that_fails_at_its_end_costs_no_more_than_what_it_held_back():
    """The next one goes on."""
    tracks = StreamTracks(plan(vad=8000), 1.0, opener([], Breaking))
    tracks.append(ramp(0, 400))
    tracks.renew(plan(vad=8000), 1.0, opener([]), afresh=True)
    tracks.append(ramp(400, 400))
    assert everything(tracks.of("vad"))[-1] > 400
