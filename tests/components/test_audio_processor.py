"""The tuning guide's way to convert audio: its names, its calls, its keys."""

import asyncio
import math
import threading
import time

import numpy as np
import pytest
from call_counting import CountedCalls
from hypothesis import given
from hypothesis import strategies as st
from resampling_parts import Counting, clip_of, component, noise, tone

from irene import AudioFormatError, ConfigurationError, ProviderFailedError
from irene.components.resampling import audio_processor
from irene.intents.models import AudioData
from irene.utils.audio_helpers import AudioFormatConverter, AudioProcessor, ConversionMethod

GUIDES_KEYS = {"hit_rate", "cache_size", "cache_hits", "cache_misses"}


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """Give each test a component of its own, and return it."""
    monkeypatch.setattr(AudioProcessor, "_component", component())
    return AudioProcessor.component()


def create_test_audio(rate, seconds, seed=0):
    """Return a clip as the guide's examples make them."""
    return clip_of(noise(int(rate * seconds), seed=seed), rate)


def resample(*args, **kwargs):
    return asyncio.run(AudioProcessor.resample_audio_data(*args, **kwargs))


def test_a_clip_comes_back_at_the_rate_that_was_asked_for():
    """With its time stamp, its format and its own metadata."""
    clip = create_test_audio(44_100, 1.0)
    clip.timestamp, clip.metadata = 12.5, {"room": "kitchen"}
    result = resample(clip, 16_000, ConversionMethod.POLYPHASE)
    assert isinstance(result, AudioData)
    assert (result.sample_rate, result.channels, result.format) == (16_000, 1, "pcm16")
    assert len(result.data) == 32_000
    assert result.timestamp == 12.5
    assert result.metadata == {
        "room": "kitchen",
        "original_sample_rate": 44_100,
        "target_sample_rate": 16_000,
        "conversion_method": "polyphase",
        "quality": "MQ",
        "quality_reason": "as asked for",
        "provider": "soxr",
        "cache_hit": False,
    }
    assert clip.metadata == {"room": "kitchen"}


@pytest.mark.parametrize(
    ("method", "quality"),
    [
        (ConversionMethod.LINEAR, "LQ"),
        (ConversionMethod.POLYPHASE, "MQ"),
        (ConversionMethod.SINC_KAISER, "HQ"),
        (ConversionMethod.ADAPTIVE, "HQ"),
        ("fast", "LQ"),
        ("VHQ", "VHQ"),
    ],
)
def test_methods_and_names_of_the_configuration_are_understood(method, quality):
    """By position, as in the guide, and with the converter's own word for it in the metadata."""
    assert resample(create_test_audio(44_100, 0.1), 16_000, method).metadata["quality"] == quality


@pytest.mark.parametrize("method", list(ConversionMethod))
def test_no_method_lets_aliases_through(method):
    """Not even the one that is called `LINEAR`."""
    loud = clip_of(tone(10_000, 48_000, level=0.99) * 32767)
    after = np.frombuffer(resample(loud, 16_000, method).data, "<i2")[1000:-1000]
    assert np.abs(after.astype(int)).max() <= 1


def test_adaptive_says_why(fresh, monkeypatch):
    """In the metadata, with the load where it counted."""
    clip = create_test_audio(48_000, 0.1)
    result = resample(clip, 16_000, ConversionMethod.ADAPTIVE, use="voice_trigger")
    assert result.metadata["quality"] == "LQ"
    assert "voice_trigger" in result.metadata["quality_reason"]
    monkeypatch.setattr(fresh._load, "share", lambda: 0.95)
    result = resample(clip, 16_000, ConversionMethod.ADAPTIVE)
    assert result.metadata["quality"] == "MQ"
    assert "95% busy" in result.metadata["quality_reason"]


def test_a_clip_that_has_the_rate_is_not_touched():
    """And not said to have been converted."""
    clip = create_test_audio(16_000, 0.1)
    result = resample(clip, 16_000)
    assert result.data == clip.data
    assert result is not clip
    assert result.metadata["quality"] is None
    assert result.metadata["provider"] == ""
    assert result.metadata["cache_hit"] is False


def test_the_second_time_is_a_hit():
    """Which the guide's monitor reads from the metadata."""
    clip = create_test_audio(48_000, 0.1)
    hits = [resample(clip, 16_000).metadata.get("cache_hit", False) for _ in range(3)]
    assert hits == [False, True, True]
    stats = AudioProcessor.get_cache_stats()
    assert (stats["cache_hits"], stats["cache_misses"], stats["cache_size"]) == (2, 1, 1)
    assert stats["hit_rate"] == pytest.approx(2 / 3)


def test_results_share_no_metadata():
    """Whoever writes into one result's metadata changes no other's."""
    clip = create_test_audio(48_000, 0.1)
    first, second = resample(clip, 16_000), resample(clip, 16_000)
    first.metadata["mine"] = True
    assert "mine" not in second.metadata


def test_statistics_have_the_guides_keys_and_are_fresh_at_the_start():
    """Live streams stand apart."""
    stats = AudioProcessor.get_cache_stats()
    assert set(stats) >= GUIDES_KEYS
    assert stats["hit_rate"] == 0.0
    assert stats["live"] == {"streams": 0, "open": 0, "conversions": 0, "served": 0}
    assert (stats["max_cache_size"], stats["max_cache_bytes"]) == (100, 64_000_000)


def test_eight_requests_at_once_cost_one_conversion(monkeypatch):
    """As the guide's throughput example makes them."""
    counting = Counting()
    monkeypatch.setattr(AudioProcessor, "_component", component(counting))

    async def main():
        clip = create_test_audio(48_000, 11.0)
        asked = [AudioProcessor.resample_audio_data(clip, 16_000) for _ in range(8)]
        return await asyncio.gather(*asked)

    results = asyncio.run(main())
    assert counting.clips == 1
    assert sum(result.metadata["cache_hit"] for result in results) == 7


def test_every_thread_and_every_loop_may_convert():
    """The guide monitors from a thread of its own."""
    clip = create_test_audio(48_000, 0.1)
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(resample(clip, 16_000).data))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1


def test_stereo_becomes_mono_when_asked():
    """`channels` is no part of the guide, and only by name."""
    stereo = clip_of(noise(4800, 2), 48_000, 2)
    assert resample(stereo, 16_000).channels == 2
    assert resample(stereo, 16_000, channels=1).channels == 1


def test_an_unknown_method_is_an_error_that_names_the_known_ones():
    """And converts nothing."""
    with pytest.raises(ConfigurationError, match="'cubic': use one of linear, polyphase"):
        resample(create_test_audio(48_000, 0.1), 16_000, "cubic")


def test_an_unknown_use_is_an_error_that_names_the_known_ones():
    """`adaptive` would go by another one than was meant."""
    with pytest.raises(
        ConfigurationError, match="use 'wake' of converted audio: use one of voice_trigger, vad"
    ):
        resample(clip_of(noise(480)), 16_000, "adaptive", use="wake")


@pytest.mark.parametrize("rates", [(0, 16_000), (48_000, 0)])
def test_adaptive_refuses_rates_as_every_method_does(rates):
    """Though it goes by their ratio."""
    with pytest.raises(AudioFormatError, match="sample rate 0 Hz"):
        resample(clip_of(noise(480), rates[0]), rates[1], "adaptive", use="playback")


def test_a_damaged_clip_is_an_error_and_never_unchanged_audio():
    """An expected one, with one line."""
    with pytest.raises(AudioFormatError, match="whole number"):
        resample(AudioData(b"odd", 0.0, 48_000), 16_000)


def test_what_is_no_clip_is_an_error_that_says_what_one_is():
    """Samples without their rate, as a clip and among the chunks of a stream."""
    with pytest.raises(AudioFormatError, match="a clip is bytes: an AudioData"):
        resample(bytes(640), 16_000)
    chunks = [clip_of(noise(480)), noise(480)]
    with pytest.raises(AudioFormatError, match="a clip is ndarray: an AudioData"):
        asyncio.run(AudioFormatConverter.convert_audio_data_streaming(chunks, 16_000))


def test_the_guides_tuning_of_the_cache_takes_effect():
    """`tune_cache_size`, word for word."""

    def tune_cache_size(target_hit_rate=0.6):
        stats = AudioProcessor.get_cache_stats()
        if stats["hit_rate"] < target_hit_rate and stats["cache_size"] < 100:
            AudioProcessor._max_cache_size = min(100, AudioProcessor._max_cache_size * 1.5)
        elif stats["hit_rate"] > 0.8 and stats["cache_size"] > 20:
            AudioProcessor._max_cache_size = max(20, AudioProcessor._max_cache_size * 0.8)

    AudioProcessor._max_cache_size = 33
    tune_cache_size()
    assert AudioProcessor._max_cache_size == 49
    clips = [create_test_audio(48_000, 0.01, seed) for seed in range(30)]
    for _ in range(7):
        for clip in clips:
            resample(clip, 16_000)
    tune_cache_size()
    assert AudioProcessor._max_cache_size == 39
    AudioProcessor._max_cache_size = 12.9
    assert AudioProcessor.get_cache_stats()["cache_size"] == 12


def test_limits_change_one_at_a_time():
    """What is not named stays."""
    AudioProcessor.set_cache_limits(max_entries=7)
    AudioProcessor.set_cache_limits(max_mb=1.5)
    stats = AudioProcessor.get_cache_stats()
    assert (stats["max_cache_size"], stats["max_cache_bytes"]) == (7, 1_500_000)


@pytest.mark.parametrize(
    "limits",
    [
        {"max_entries": -1},
        {"max_mb": -0.5},
        {"max_entries": float("nan")},
        {"max_mb": math.inf},
        {"max_mb": "64"},
    ],
)
def test_a_limit_that_is_none_is_refused(limits):
    """It would mean nothing."""
    with pytest.raises(ConfigurationError, match="numbers from 0"):
        AudioProcessor.set_cache_limits(**limits)


def test_the_guides_management_of_the_cache_works():
    """`manage_cache`: it clears what it finds too large."""
    for seed in range(5):
        resample(create_test_audio(48_000, 0.01, seed), 16_000)
    assert AudioProcessor.get_cache_stats()["cache_size"] == 5
    AudioProcessor.clear_cache()
    assert AudioProcessor.get_cache_stats()["cache_size"] == 0
    assert AudioProcessor.get_cache_stats()["cache_misses"] == 5


def test_the_guides_subclass_and_its_instance_work(fresh):
    """A custom processor has the same cache and the same limits."""

    class CustomAudioProcessor(AudioProcessor):
        @staticmethod
        async def fast_hardware_resample(audio_data, target_rate):
            return await AudioProcessor.resample_audio_data(audio_data, target_rate, "fast")

    processor = CustomAudioProcessor()
    clip = create_test_audio(48_000, 0.1)
    assert asyncio.run(processor.fast_hardware_resample(clip, 16_000)).sample_rate == 16_000
    CustomAudioProcessor._max_cache_size = 5
    assert AudioProcessor._max_cache_size == 5
    assert CustomAudioProcessor.component() is fresh


def test_the_guides_quality_benchmark_runs():
    """`quality_benchmark`: five runs of each method, of which four are hits."""

    async def quality_benchmark():
        audio_data = create_test_audio(44_100, 1.0)
        methods = [
            (ConversionMethod.LINEAR, "fast"),
            (ConversionMethod.POLYPHASE, "medium"),
            (ConversionMethod.SINC_KAISER, "high"),
            (ConversionMethod.ADAPTIVE, "adaptive"),
        ]
        results = []
        for method, name in methods:
            times = []
            for _ in range(5):
                start_time = time.perf_counter()
                await AudioProcessor.resample_audio_data(audio_data, 16000, method)
                times.append((time.perf_counter() - start_time) * 1000)
            results.append({"method": name, "avg_time_ms": sum(times) / len(times)})
        return results

    assert len(asyncio.run(quality_benchmark())) == 4
    # adaptive and high are one conversion, unless the machine is busy
    assert AudioProcessor.get_cache_stats()["cache_misses"] <= 4


def test_the_default_profile_serves_where_nobody_set_anything(monkeypatch):
    """The first call finds the installed resampler."""
    monkeypatch.setattr(AudioProcessor, "_component", None)
    result = resample(create_test_audio(48_000, 0.1), 16_000)
    assert result.metadata["provider"] == "soxr"
    assert AudioProcessor._max_cache_size == 100


def test_the_first_call_does_not_stop_the_loop(monkeypatch):
    """Configuration and plugins are read on a thread."""
    made, may_make = component(), threading.Event()

    def default():
        assert may_make.wait(5)
        return made

    monkeypatch.setattr(AudioProcessor, "_component", None)
    monkeypatch.setattr(AudioProcessor, "component", staticmethod(default))

    async def main():
        clip = create_test_audio(48_000, 0.1)
        task = asyncio.create_task(AudioProcessor.resample_audio_data(clip, 16_000))
        await asyncio.sleep(0)
        may_make.set()  # a loop that stood still would never come here
        return await task

    assert asyncio.run(main()).sample_rate == 16_000


def stream(*chunks, **kwargs):
    return asyncio.run(AudioFormatConverter.convert_audio_data_streaming(*chunks, **kwargs))


def cut(samples, cuts, rate=48_000, channels=1):
    """Return samples, shape (n, channels), as consecutive clips."""
    pieces = np.split(samples.reshape(-1, channels), sorted(cuts))
    starts = np.cumsum([0, *(len(piece) for piece in pieces)])
    return [
        AudioData(piece.tobytes(), start / rate, rate, channels, "pcm16", {"number": number})
        for number, (piece, start) in enumerate(zip(pieces, starts, strict=False))
    ]


@given(
    cuts=st.lists(st.integers(0, 4000), max_size=12),
    rates=st.sampled_from([(48_000, 16_000), (44_100, 16_000), (8000, 48_000)]),
    channels=st.integers(1, 2),
    parallel=st.booleans(),
)
def test_chunks_join_to_what_one_shot_gives(cuts, rates, channels, parallel):
    """Bit for bit, and chunk for chunk the same time spans."""
    source, target = rates
    samples = noise(4000, channels, seed=5)
    chunks = cut(samples, cuts, source, channels)
    converted = stream(chunks, target_rate=target, parallel_processing=parallel)
    whole = resample(clip_of(samples, source, channels), target)
    assert b"".join(chunk.data for chunk in converted) == whole.data
    assert [chunk.timestamp for chunk in converted] == [chunk.timestamp for chunk in chunks]
    assert [chunk.metadata["number"] for chunk in converted] == list(range(len(chunks)))
    done = 0
    for before, after in zip(chunks, converted, strict=True):
        done += len(after.data) // (2 * channels)
        end = before.timestamp + len(before.data) / (2 * channels * source)
        assert abs(done / target - end) <= 0.5 / target + 1e-9


def test_chunks_may_come_asynchronously():
    """As from a microphone of the caller's own."""

    async def main():
        async def chunks():
            for chunk in cut(noise(4800), [1000, 3000]):
                yield chunk
                await asyncio.sleep(0)

        return await AudioFormatConverter.convert_audio_data_streaming(chunks(), 16_000)

    converted = asyncio.run(main())
    assert (
        b"".join(chunk.data for chunk in converted) == resample(clip_of(noise(4800)), 16_000).data
    )


def test_chunks_are_mixed_and_written_in_another_format():
    """On the way, in the same pass."""
    chunks = cut(noise(4800, 2), [1000], channels=2)
    converted = stream(chunks, 16_000, target_channels=1, target_format="float32")
    assert {(chunk.channels, chunk.format) for chunk in converted} == {(1, "float32")}
    assert sum(len(chunk.data) for chunk in converted) == 1600 * 4


@pytest.mark.filterwarnings("error")
def test_chunks_of_numbers_of_numpy_are_cut_alike():
    """Rates and channels may come out of an array, such as the header of a file."""
    samples = noise(22_050, 2)
    chunks = cut(samples, [5000, 9001], 22_050, 2)
    expected = [chunk.data for chunk in stream(chunks, 16_000)]
    for chunk in chunks:
        chunk.sample_rate, chunk.channels = np.int16(22_050), np.uint8(2)
    assert [chunk.data for chunk in stream(chunks, 16_000)] == expected


def test_no_chunks_are_no_chunks():
    """An empty stream is no error."""
    assert stream([], 16_000) == []


def test_a_chunk_of_another_layout_is_named():
    """It belongs to another stream."""
    chunks = [*cut(noise(960), [480]), clip_of(noise(480), 44_100)]
    with pytest.raises(AudioFormatError, match="chunk 2 has 44100 Hz, 1 channel"):
        stream(chunks, 16_000)


def test_a_damaged_chunk_is_named():
    """With what is wrong about it."""
    chunks = cut(noise(960), [480])
    chunks[1].data += b"x"
    with pytest.raises(AudioFormatError, match="chunk 1: 961 bytes"):
        stream(chunks, 16_000)


def test_streams_at_once_are_converted_by_threads_at_once(monkeypatch):
    """With `parallel_processing`, the second one does not wait for the first."""
    counting = Counting()
    counting.may_begin.clear()
    monkeypatch.setattr(AudioProcessor, "_component", component(counting))

    async def main():
        streams = [cut(noise(600_000, seed=seed), [100_000]) for seed in range(2)]
        tasks = [
            asyncio.create_task(
                AudioFormatConverter.convert_audio_data_streaming(one, 16_000, True)
            )
            for one in streams
        ]
        while counting.clips < 2:  # both have begun, and neither is through
            await asyncio.sleep(0.001)
        counting.may_begin.set()
        return await asyncio.gather(*tasks)

    assert [sum(len(chunk.data) for chunk in one) for one in asyncio.run(main())] == [400_000] * 2


def test_a_resampler_that_fails_is_an_error_for_chunks_too(monkeypatch):
    """No chunk comes back unconverted."""
    from resampling_parts import Broken

    monkeypatch.setattr(AudioProcessor, "_component", component(Broken()))
    with pytest.raises(ProviderFailedError, match="out of order"):
        stream(cut(noise(960), [480]), 16_000)


def test_the_names_lead_to_the_real_classes():
    """The façade holds nothing of its own."""
    assert AudioProcessor is audio_processor.AudioProcessor
    assert ConversionMethod is audio_processor.ConversionMethod


def test_a_new_clip_takes_few_calls():
    """They are what it costs beside the conversion: their number does not depend on the day."""
    clips = [create_test_audio(48_000, 0.1, seed) for seed in range(20)]

    async def convert(some):
        for clip in some:
            await AudioProcessor.resample_audio_data(clip, 16_000)

    async def counted():
        await convert(clips[:5])
        with CountedCalls() as counts:
            await convert(clips[5:])
        return counts

    assert asyncio.run(counted()).total() / 15 <= 120
