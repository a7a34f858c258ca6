"""One stream, converted once per wanted format."""

import numpy as np
import pytest

from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene.domain.audio import AudioFormat
from irene.errors import ProviderFailedError


class Halving:
    """A converter that keeps every second sample and counts its calls."""

    consumers = wanted = 1

    def __init__(self):
        self.calls = self.n_closed = 0

    def process(self, samples):
        """Keep every second sample."""
        self.calls += 1
        return samples[::2]

    def flush(self):
        """Hold nothing back."""
        return np.zeros(0, np.float32)

    def close(self):
        """Count."""
        self.n_closed += 1


def tracks_for(*sections, quality="high"):
    """Return tracks for consumers of 16 kHz on a 32 kHz stereo source, and the converters made."""
    made = []

    def open_converter(source_rate, target_rate, quality):
        made.append(Halving())
        return made[-1]

    consumers = [Consumer(s, "engine", (16000,), 16000, quality=quality) for s in sections]
    plan = make_plan(AudioFormat(32000, 2), consumers)
    return StreamTracks(plan, 1.0, open_converter), made


def chunk(n_samples):
    """Return stereo samples."""
    return np.full((n_samples, 2), 100, np.int16)


def test_consumers_of_one_format_share_one_conversion():
    """Wake word, VAD and recogniser that want the same format cost one conversion."""
    tracks, made = tracks_for("vad", "asr", "voice_trigger")
    tracks.append(chunk(320))
    assert len(made) == 1
    assert made[0].calls == 1
    assert tracks.of("vad") is tracks.of("asr")


def test_a_track_knows_its_audio_time():
    """After 10 ms of input, 10 ms of audio lie in the track."""
    tracks, _ = tracks_for("asr")
    tracks.append(chunk(320))
    assert tracks.of("asr").end_s == 0.01


def test_a_shared_converter_knows_for_how_many_it_works():
    """So that the figures can say what sharing saves."""
    tracks_, made = tracks_for("vad", "asr", "voice_trigger")
    assert [converter.consumers for converter in made] == [3]
    assert tracks_.of("asr") is tracks_.of("vad")


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_samples_reach_a_converter_as_float32_in_steps_of_int16(dtype):
    """Conversions are made in one scale, whatever came in, which spares scaling int16 twice."""
    given_samples = []

    class Watching(Halving):
        def process(self, samples):
            given_samples.append(samples.copy())
            return super().process(samples)

    plan = make_plan(AudioFormat(32000, 1, dtype), [Consumer("asr", "engine", (16000,), 16000)])
    tracks = StreamTracks(plan, 1.0, lambda *_: Watching())
    tracks.append(np.full(4, -32768 if dtype == "int16" else -1.0, dtype))
    assert given_samples[0].dtype == np.float32
    assert given_samples[0].tolist() == [-32768.0] * 4
    assert tracks.of("asr").history.view(0, 9).tolist() == [-32768] * 2


def test_float32_at_the_right_rate_is_kept_as_int16():
    """A float input that needs no conversion of its rate is rounded and clipped."""
    plan = make_plan(AudioFormat(16000, 1, "float32"), [Consumer("asr", "x", (16000,), 16000)])
    tracks = StreamTracks(plan, 1.0, lambda *_: Halving())
    given_samples = np.array([0.0, 0.5, 2.0, -2.0], np.float32)
    tracks.append(given_samples)
    assert tracks.of("asr").history.view(0, 9).tolist() == [0, 16384, 32767, -32768]
    assert given_samples.tolist() == [0.0, 0.5, 2.0, -2.0]


def test_a_loss_moves_what_comes_after_it_in_every_track():
    """Sample numbers go on, audio time jumps; also where a converter still holds samples back."""
    plan = make_plan(
        AudioFormat(32000),
        [Consumer("asr", "x", (16000,), 16000), Consumer("vad", "x", (32000,), 32000)],
    )
    tracks = StreamTracks(plan, 1.0, lambda *_: Halving())
    tracks.append(np.ones(3200, np.int16))
    tracks.jump(0.5)
    tracks.append(np.ones(3200, np.int16))
    for name in ("asr", "vad"):
        track = tracks.of(name)
        middle = track.history.end // 2
        assert track.end_s == pytest.approx(0.7)
        assert track.time_s(middle) == pytest.approx(0.6)
        assert track.time_s(middle - 1) < 0.1
        assert track.index(0.05) == middle // 2


def test_appending_says_whether_there_is_anything_new():
    """Converters compute in bursts."""
    tracks, _ = tracks_for("asr")
    assert tracks.append(chunk(320)) == 160
    assert tracks.append(chunk(0)) == 0


class Hanging(Halving):
    """Is left in its first call by whoever gave up waiting; what it gives comes of the next."""

    def process(self, samples):
        """Keep every second sample, from the second call on."""
        if not self.calls:
            self.calls += 1
            raise TimeoutError
        return super().process(samples)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_samples_in_whose_conversion_a_thread_was_left_reach_every_track_once(place):
    """Whichever of three formats it hangs in: the ones before have them, the others get them."""
    made = []

    def open_converter(source_rate, target_rate, quality):
        made.append(Hanging() if len(made) == place else Halving())
        return made[-1]

    rates = {"voice_trigger": 16000, "vad": 8000, "asr": 24000, "language": 32000}
    plan = make_plan(
        AudioFormat(32000), [Consumer(s, "engine", (rate,), rate) for s, rate in rates.items()]
    )
    tracks = StreamTracks(plan, 1.0, open_converter)
    ramp = np.arange(320, dtype=np.int16)
    with pytest.raises(TimeoutError):
        tracks.append(ramp)
    tracks.go_on(ramp, made[place])
    for section in rates:
        expected = ramp if section == "language" else ramp[::2]
        history = tracks.of(section).history
        assert history.view(0, history.end).tolist() == expected.tolist()
    tracks.jump(1.0)
    tracks.append(ramp)
    assert tracks.of("language").time_s(320) == pytest.approx(0.01 + 1.0)
    tracks.go_on(ramp, object())
    assert tracks.of("language").history.end == 640


def test_whoever_goes_on_may_be_left_as_well():
    """Every format gets its samples once, though one converter after the other hangs."""
    made = []

    def open_converter(source_rate, target_rate, quality):
        made.append(Hanging())
        return made[-1]

    rates = {"voice_trigger": 16000, "vad": 8000, "asr": 24000}
    plan = make_plan(
        AudioFormat(32000), [Consumer(s, "engine", (rate,), rate) for s, rate in rates.items()]
    )
    tracks = StreamTracks(plan, 1.0, open_converter)
    ramp = np.arange(320, dtype=np.int16)
    with pytest.raises(TimeoutError):
        tracks.append(ramp)
    for hung in made[:2]:
        with pytest.raises(TimeoutError):
            tracks.go_on(ramp, hung)
    tracks.go_on(ramp, made[2])
    tracks.append(ramp)
    for section in rates:
        assert tracks.of(section).history.end == 320


def test_converters_of_a_stream_that_does_not_come_to_its_end_are_closed():
    """Once each; those that have come to their end are over."""
    tracks, made = tracks_for("asr")
    tracks.append(chunk(320))
    tracks.close()
    tracks.close()
    assert [one.n_closed for one in made] == [1]
    ended, made = tracks_for("asr")
    ended.flush()
    ended.close()
    assert [one.n_closed for one in made] == [0]


def two_rates():
    """Return a plan of two conversions, and what opens the first of them only, with its list."""
    consumers = [Consumer(f"at {rate}", "engine", (rate,), rate) for rate in (16000, 8000)]
    made = []

    def open_converter(source_rate, target_rate, quality):
        if made:
            raise ProviderFailedError("there is no second one")
        made.append(Halving())
        return made[-1]

    return make_plan(AudioFormat(32000, 2), consumers), open_converter, made


def test_when_one_conversion_cannot_be_opened_the_others_are_closed():
    """They are nobody's: the stream does not come to be."""
    plan, open_converter, made = two_rates()
    with pytest.raises(ProviderFailedError, match="there is no second one"):
        StreamTracks(plan, 1.0, open_converter)
    assert [converter.n_closed for converter in made] == [1]


def test_when_one_conversion_of_another_plan_cannot_be_opened_the_others_are_closed():
    """The stream goes on with those that it had."""
    tracks, (before,) = tracks_for("at 16000")
    plan, open_converter, made = two_rates()
    with pytest.raises(ProviderFailedError, match="there is no second one"):
        tracks.renew(plan, 1.0, open_converter, afresh=True)
    assert [converter.n_closed for converter in made] == [1]
    tracks.append(chunk(320))
    assert (before.calls, before.n_closed) == (1, 0)
