"""One live stream: any chunking, and a resampler that dies in the middle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from resampling_parts import Broken, component

from irene import AudioFormat, ProviderFailedError, ResampleQuality, Resampler, ResampleStream
from irene.audio.plan import Consumer, make_plan
from irene.audio.streams import StreamTracks
from irene_plugins.resampling.linear import LinearResampler
from irene_plugins.resampling.soxr import SoxrResampler

HQ = ResampleQuality.HQ


def chunks_of(samples, n):
    return [samples[start : start + n] for start in range(0, len(samples), n)]


def run(stream, chunks):
    """Return all of a stream's output."""
    return np.concatenate([*(stream.process(chunk) for chunk in chunks), stream.flush()])


def speechlike(n_samples, seed=0):
    """Return float32 noise without what lies above the new band."""
    white = np.random.default_rng(seed).standard_normal(n_samples)
    return (0.1 * np.convolve(white, np.hanning(31) / 15, "same")).astype(np.float32)


def whole(samples, source, target, quality=HQ):
    resampler = SoxrResampler()
    resampler.load()
    return resampler.convert(samples, source, target, quality)


@given(
    cuts=st.lists(st.integers(0, 4000), max_size=10),
    rates=st.sampled_from([(48000, 16000), (44100, 16000), (8000, 16000), (11025, 48000)]),
    quality=st.sampled_from(list(ResampleQuality)),
)
def test_any_chunking_of_16_bit_audio_equals_one_shot(cuts, rates, quality):
    """Bit for bit, as 16-bit input is converted in float32."""
    steps = np.random.default_rng(1).integers(-32768, 32768, 4000).astype(np.int16)
    samples = steps.astype(np.float32) / 32768
    stream = component().open_stream(*rates, quality)
    pieces = np.split(samples, sorted(cuts))
    np.testing.assert_array_equal(run(stream, pieces), whole(samples, *rates, quality))


@pytest.mark.parametrize("rates", [(48000, 16000), (44100, 16000), (8000, 16000), (22050, 48000)])
@pytest.mark.parametrize("quality", ["LQ", "MQ", "HQ", "VHQ"])
@pytest.mark.parametrize("after", [0, 1, 7, 30])
def test_a_resampler_that_dies_costs_no_sample_and_no_shift(rates, quality, after):
    """What the next one makes again joins what came before."""
    source, _ = rates
    samples = speechlike(source)
    events = []
    resampling = component(Broken(after=after), SoxrResampler(), events=events)
    stream = resampling.open_stream(*rates, ResampleQuality(quality))
    joined = run(stream, chunks_of(samples, source // 50))
    expected = whole(samples, *rates, ResampleQuality(quality))
    assert joined.shape == expected.shape
    assert np.max(np.abs(joined - expected)) < 0.001
    told = ["provider_failed", "circuit_changed", "provider_switched"]
    assert [event.event for event in events] == told


def test_a_resampler_that_dies_at_the_end_loses_nothing():
    """`flush` is asked of the next one."""
    samples = speechlike(24_000)
    resampling = component(Broken(after=99), SoxrResampler())
    stream = resampling.open_stream(48000, 16000, HQ)
    joined = run(stream, chunks_of(samples, 960))
    np.testing.assert_allclose(joined, whole(samples, 48000, 16000), atol=1e-5)


def test_several_may_die_one_after_another():
    """Each hands over to the next."""
    first, second = Broken(after=3), Broken(after=3)
    second.name = "broken too"
    samples = speechlike(24_000)
    stream = component(first, second, SoxrResampler()).open_stream(48000, 16000, HQ)
    joined = run(stream, chunks_of(samples, 960))
    np.testing.assert_allclose(joined, whole(samples, 48000, 16000), atol=1e-4)


def test_when_all_have_failed_again_and_again_it_is_an_error():
    """Three times each; no silence, and no unchanged audio."""
    second, events = Broken(), []
    second.name = "broken too"
    stream = component(Broken(after=2), second, events=events).open_stream(48000, 16000, HQ)
    told = "resampling provider 'broken too': .*out of order"
    with pytest.raises(ProviderFailedError, match=f"^{told}"):
        run(stream, [np.zeros(960, np.float32)] * 20)
    failed = [event.provider for event in events if event.event == "provider_failed"]
    assert failed == ["broken", "broken too"] * 3


def test_a_resampler_whose_stream_cannot_be_made_is_named():
    """A stream without `flush` is an abstract class, which says nothing of who returns it."""

    class Half(ResampleStream):
        def process(self, samples):
            return samples

    class Zigzag(SoxrResampler):
        name = "zigzag"

        def open_stream(self, source_rate, target_rate, channels, quality):
            return Half()

    told = "^resampling provider 'zigzag': TypeError: .*abstract.*flush"
    with pytest.raises(ProviderFailedError, match=told):
        component(Zigzag()).open_stream(48000, 16000, HQ)


@pytest.mark.parametrize("rates", [(48000, 16000), (44100, 16000), (8000, 16000)])
@pytest.mark.parametrize("after", [1, 7, 30])
def test_a_single_resampler_that_fails_is_opened_anew(rates, after):
    """What comes next is where it belongs; what was held back is silence, some 30 ms at most."""
    source, target = rates
    samples, events = speechlike(source), []
    stream = component(Broken(after=after), events=events).open_stream(*rates, HQ)
    n_chunk = source // 50
    made = [stream.process(chunk) for chunk in chunks_of(samples[: n_chunk * 2 * after], n_chunk)]
    joined, expected = np.concatenate(made), whole(samples, *rates)
    n_due = round(n_chunk * after * target / source)  # what had come in when it failed
    gap = slice(max(0, n_due - round(0.03 * target)), n_due + round(0.03 * target))
    for part in (slice(0, gap.start), slice(gap.stop, len(joined))):
        # The new stream may begin up to half a sample beside the grid of the old one.
        assert np.abs(joined[part] - expected[part]).max(initial=0) < 0.06
    assert [event.event for event in events] == ["provider_failed"]


def test_failures_that_are_far_apart_are_forgiven():
    """A resampler that fails every 600 chunks, twelve seconds, goes on for as long as one likes."""
    stream = component(Broken(after=600)).open_stream(48000, 16000, HQ)
    for _ in range(5 * 600):
        stream.process(np.zeros(96, np.float32))


def test_a_single_resampler_that_fails_is_an_error():
    """There is nobody to take over."""
    stream = component(Broken()).open_stream(48000, 16000, HQ)
    with pytest.raises(ProviderFailedError, match="out of order"):
        stream.process(np.zeros(960, np.float32))


class Refusing(Resampler):
    """Cannot convert between any rates."""

    name = "refusing"

    def open_stream(self, source_rate, target_rate, channels, quality) -> ResampleStream:
        """Refuse."""
        raise ProviderFailedError("refusing takes no rates")


def test_a_resampler_that_refuses_the_rates_is_passed_over():
    """From the first sample on."""
    samples = speechlike(4800)
    stream = component(Refusing(), SoxrResampler()).open_stream(48000, 16000, HQ)
    np.testing.assert_array_equal(run(stream, [samples]), whole(samples, 48000, 16000))


def test_rates_with_hardly_a_common_divisor_shift_by_half_a_sample_at_most():
    """44101 Hz: there is no input sample in reach that lies on one of the output."""
    samples = speechlike(44_101)
    stream = component(Broken(after=30), SoxrResampler()).open_stream(44_101, 16_000, HQ)
    joined = run(stream, chunks_of(samples, 882))
    expected = whole(samples, 44_101, 16_000)
    assert abs(len(joined) - len(expected)) <= 1
    tail = slice(12_000, 15_000)
    lag = np.argmax(np.correlate(joined[tail], expected[tail], "full")) - (3000 - 1)
    assert abs(lag) <= 1


def test_straight_lines_stand_in_for_soxr():
    """The bundled fall-back of last resort keeps time and length, too."""
    samples = speechlike(24_000)
    stream = component(Broken(after=5), LinearResampler()).open_stream(48000, 16000, HQ)
    joined = run(stream, chunks_of(samples, 960))
    assert np.max(np.abs(joined - whole(samples, 48000, 16000))) < 0.05


def test_a_stream_that_is_over_says_so():
    """Nothing can be added to it, and no resampler is blamed."""
    events = []
    stream = component(SoxrResampler(), LinearResampler(), events=events).open_stream(
        48000, 16000, HQ
    )
    stream.flush()
    with pytest.raises(ProviderFailedError, match="is over"):
        stream.process(np.zeros(960, np.float32))
    assert events == []


class Closing(SoxrResampler):
    """Counts the streams that are closed."""

    name = "closing"
    n_closed = 0

    def open_stream(self, source_rate, target_rate, channels, quality):
        stream = super().open_stream(source_rate, target_rate, channels, quality)
        stream.close = self._count
        return stream

    def _count(self):
        self.n_closed += 1


@pytest.mark.parametrize("has_end", [False, True])
def test_a_stream_that_is_closed_is_over_and_its_resampler_s_is_closed_once(has_end):
    """Whether it has come to its end or not."""
    events, closing = [], Closing()
    resampling = component(closing, events=events)
    stream = resampling.open_stream(48000, 16000, HQ)
    stream.process(np.zeros(960, np.float32))
    if has_end:
        stream.flush()
    stream.close()
    stream.close()
    assert closing.n_closed == 1
    assert resampling.chain.in_use(closing) == 0
    with pytest.raises(ProviderFailedError, match="is over"):
        stream.process(np.zeros(960, np.float32))
    assert events == []


def test_samples_are_not_looked_at_after_the_call():
    """The caller uses its buffer again; what is converted anew was copied."""
    samples = speechlike(24_000)
    stream = component(Broken(after=9), SoxrResampler()).open_stream(48000, 16000, HQ)
    buffer, made = np.empty(960, np.float32), []
    for chunk in chunks_of(samples, 960):
        buffer[:] = chunk
        made.append(stream.process(buffer))
        buffer[:] = np.nan
    made.append(stream.flush())
    np.testing.assert_allclose(np.concatenate(made), whole(samples, 48000, 16000), atol=1e-4)


@given(
    rate=st.sampled_from([48000, 44100, 96000, 8000]),
    quality=st.sampled_from(["fast", "medium", "high"]),
    block=st.integers(80, 5000),
    lost_ms=st.integers(0, 500),
)
def test_what_was_heard_has_its_time_to_the_sample(rate, quality, block, lost_ms):
    """Whatever a converter holds back and however audio comes: ends and words lie where they were.

    The click comes at a time that both rates have, behind a loss of so much.
    """
    plan = make_plan(AudioFormat(rate), [Consumer("asr", "x", (16000,), 16000, quality=quality)])
    tracks = StreamTracks(plan, 4.0, component().open_stream)
    before, behind = np.zeros(rate // 2, np.int16), np.zeros(rate, np.int16)
    behind[rate // 2] = 20000
    for part in chunks_of(before, block):
        tracks.append(part)
    tracks.jump(lost_ms / 1000)
    for part in chunks_of(behind, block):
        tracks.append(part)
    tracks.flush()
    track = tracks.of("asr")
    heard = track.history.view(0, track.history.end)
    loudest = int(np.argmax(np.abs(heard.astype(np.int32))))
    assert track.time_s(loudest) == pytest.approx(1.0 + lost_ms / 1000, abs=1e-9)
    assert track.end_s == pytest.approx(1.5 + lost_ms / 1000, abs=1 / 16000)
