"""The resampling slot: fall-back, the cache of clips, and what it tells."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from resampling_parts import Broken, Counting, clip_of, component, conversion, noise, tone

from irene import ProviderFailedError, ResampleQuality
from irene.components.resampling import clip_conversion
from irene_plugins.resampling.linear import LinearResampler
from irene_plugins.resampling.soxr import SoxrResampler

LONG = 6 * 48_000 * 2  # values; longer than what is converted on the loop


def one_shot(audio, **changes):
    """Return what soxr alone makes of a clip."""
    resampler = SoxrResampler()
    resampler.load()
    return conversion(audio, **changes).by(resampler)


class Newer(Counting):
    """The same of a later version."""

    version = "2"


def test_clips_that_begin_alike_are_not_mistaken_for_each_other():
    """The first 1024 bytes are equal; only the last sample differs."""
    first, second = noise(48_000), noise(48_000)
    second[-1] ^= 1
    resampling = component()
    made = [resampling.convert(conversion(clip_of(one))) for one in (first, second)]
    assert not made[1].is_cached
    assert made[1].data == one_shot(clip_of(second))


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([8000, 16000, 24000]), st.booleans()),
        min_size=2,
        max_size=12,
    )
)
def test_whatever_is_asked_for_in_any_order_is_what_one_shot_gives(asked):
    """A cache is only allowed to be faster."""
    resampling = component(cache_size=3)
    for seed, rate, is_stereo in asked:
        audio = clip_of(noise(600, 2, seed), 48_000, 1 + is_stereo)
        made = resampling.convert(conversion(audio, rate))
        assert made.data == one_shot(audio, rate=rate)


@pytest.mark.parametrize(
    "change",
    [
        {"rate": 8000},
        {"quality": ResampleQuality.LQ},
        {"channels": 2},
        {"sample_format": "pcm24"},
    ],
)
def test_the_same_clip_for_something_else_is_converted_again(change):
    """Everything that decides how it sounds belongs to the key."""
    counting = Counting()
    resampling = component(counting)
    audio = clip_of(noise(4800))
    for wanted in (conversion(audio), conversion(audio, **change)):
        assert not resampling.convert(wanted).is_cached
    assert counting.clips == 2


def test_the_same_bytes_in_another_layout_are_another_clip():
    """Stereo of half the length, or of another rate, sounds different."""
    counting = Counting()
    resampling = component(counting)
    samples = noise(4800)
    for audio in (clip_of(samples), clip_of(samples, 48_000, 2), clip_of(samples, 44_100)):
        assert not resampling.convert(conversion(audio)).is_cached
    assert counting.clips == 3


def test_another_resampler_or_version_does_not_inherit_clips():
    """What serves now decides what is found."""
    counting = Counting()
    resampling = component(counting, LinearResampler())
    clip = conversion(clip_of(noise(4800)))
    assert resampling.convert(clip).provider == "counting"
    resampling.chain.failed("counting", ProviderFailedError("by the test"))
    made = resampling.convert(clip)
    assert (made.provider, made.is_cached) == ("linear", False)
    for newer in (Newer(), Newer()):
        resampling.renew(component(newer).chain)
        made = resampling.convert(clip)
        assert (made.provider, made.is_cached) == ("counting", newer.clips == 0)
    assert newer.clips == 0


def test_the_second_clip_is_as_loud_as_the_first():
    """No buffer that was cleared or used again is handed out."""
    resampling = component()
    loud = [clip_of(tone(440 + 10 * number, 48_000) * 32767) for number in range(3)]
    made = [resampling.convert(conversion(audio)).data for audio in loud]
    again = [resampling.convert(conversion(audio)).data for audio in loud]
    assert made == again
    levels = [np.abs(np.frombuffer(data, "<i2").astype(int)).max() for data in made]
    assert min(levels) > 16_000


def test_what_is_kept_cannot_be_written_to():
    """Everybody gets the same bytes, so nobody may change them."""
    data = component().convert(conversion(clip_of(noise(4800)))).data
    assert isinstance(data, bytes)
    assert not np.frombuffer(data, "<i2").flags.writeable


def test_the_clip_itself_is_left_as_it_is():
    """Its bytes are read and never scaled in place."""
    for audio in (clip_of(noise(4800)), clip_of(noise(4800), 48_000, 2)):
        before = bytes(bytearray(audio.data))
        component().convert(conversion(audio, channels=1))
        assert audio.data == before


def test_a_clip_that_was_converted_is_not_converted_again():
    """And the figures say so."""
    counting = Counting()
    resampling = component(counting)
    made = [resampling.convert(conversion(clip_of(noise(4800)))) for _ in range(3)]
    assert [one.is_cached for one in made] == [False, True, True]
    assert counting.clips == 1
    stats = resampling.stats()
    assert (stats.clip.hits, stats.clip.misses, stats.clip.entries) == (2, 1, 1)
    assert stats.clip.bytes == len(made[0].data)


def test_eight_threads_that_want_one_clip_cost_one_conversion():
    """Seven wait for it."""
    counting = Counting()
    counting.may_begin.clear()
    resampling = component(counting)
    clip = conversion(clip_of(noise(4800)))
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(resampling.convert, clip) for _ in range(8)]
        counting.may_begin.set()
        made = [one.result(5) for one in asked]
    assert counting.clips == 1
    assert len({one.data for one in made}) == 1
    assert sum(one.is_cached for one in made) == 7


@pytest.mark.parametrize("n_samples", [4800, LONG], ids=["short", "long"])
def test_eight_tasks_that_want_one_clip_cost_one_conversion(n_samples):
    """On the loop as well as off it."""
    counting = Counting()
    resampling = component(counting)
    clip = conversion(clip_of(noise(n_samples)))

    async def main():
        return await asyncio.gather(*(resampling.convert_async(clip) for _ in range(8)))

    made = asyncio.run(main())
    assert counting.clips == 1
    assert sum(one.is_cached for one in made) == 7


def test_a_task_that_is_cancelled_does_not_cancel_the_others():
    """Not even the one that began."""
    counting = Counting()
    counting.may_begin.clear()
    resampling = component(counting)
    clip = conversion(clip_of(noise(LONG)))

    async def main():
        resampling.chain.load_all()
        asked = [asyncio.create_task(resampling.convert_async(clip)) for _ in range(3)]
        await asyncio.sleep(0)
        asked[0].cancel()
        await asyncio.sleep(0)
        counting.may_begin.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(main())
    assert isinstance(first, asyncio.CancelledError)
    assert {one.data for one in others} == {one_shot(clip_of(noise(LONG)))}
    assert counting.clips == 1


def test_a_failure_reaches_all_who_wait_and_is_told_once():
    """One event for one failure, and the next one who asks has it tried again."""
    events, broken = [], Broken()
    resampling = component(broken, events=events)
    clip = conversion(clip_of(noise(LONG)))

    async def main():
        resampling.chain.load_all()
        broken.may_fail.clear()
        asked = [asyncio.create_task(resampling.convert_async(clip)) for _ in range(8)]
        await asyncio.sleep(0)
        broken.may_fail.set()
        return await asyncio.gather(*asked, return_exceptions=True)

    told = "resampling provider 'broken': RuntimeError: out of order"
    assert {str(one) for one in asyncio.run(main())} == {told}
    assert [event.event for event in events] == ["provider_failed"]
    with pytest.raises(ProviderFailedError, match="out of order"):
        resampling.convert(clip)


@pytest.mark.parametrize(("seconds", "channels", "is_here"), [(5, 2, True), (6, 2, False)])
def test_five_seconds_are_converted_on_the_spot_and_more_elsewhere(seconds, channels, is_here):
    """A thread hop would cost as much as the conversion of a short clip."""

    class Noting(SoxrResampler):
        def convert(self, *arguments):
            threads.append(threading.current_thread())
            return super().convert(*arguments)

    threads = []
    resampling = component(Noting())
    clip = conversion(clip_of(noise(48_000 * seconds, channels), channels=channels))
    asyncio.run(resampling.convert_async(clip, parallel=False))
    assert [one is threading.current_thread() for one in threads] == [is_here]


def test_not_even_the_digest_of_a_long_clip_stops_the_loop(monkeypatch):
    """An hour has as many bytes to go through as a loop would notice."""
    threads, digest = [], clip_conversion.xxh3_128_digest

    def noted(data):
        threads.append(threading.current_thread())
        return digest(data)

    monkeypatch.setattr(clip_conversion, "xxh3_128_digest", noted)
    part = component()
    for seconds in (1, 45):
        asyncio.run(part.convert_async(conversion(clip_of(noise(seconds * 48_000)))))
    here = threading.current_thread()
    assert [thread is here for thread in threads] == [True, False]


def test_long_clips_do_not_stop_the_loop():
    """While one is converted, other tasks go on."""
    counting = Counting()
    counting.may_begin.clear()
    resampling = component(counting)

    async def main():
        clip = conversion(clip_of(noise(LONG)))
        resampling.chain.load_all()
        task = asyncio.create_task(resampling.convert_async(clip))
        await asyncio.sleep(0)
        counting.may_begin.set()  # a loop that stood still would never come here
        return await task

    assert len(asyncio.run(main()).data) == 2 * LONG // 3


@pytest.mark.parametrize(
    ("settings_", "kept"),
    [({"cache_size": 2}, 2), ({"cache_max_mb": 0.0033}, 1), ({"cache_size": 0}, 0)],
)
def test_limits_of_the_configuration_hold(settings_, kept):
    """Entries and bytes; each clip here becomes 3200 bytes."""
    resampling = component(**settings_)
    for seed in range(4):
        resampling.convert(conversion(clip_of(noise(4800, seed=seed))))
    assert resampling.stats().clip.entries == kept
    assert resampling.stats().clip.bytes == 3200 * kept


def test_new_limits_take_effect_at_once():
    """What is too much goes now."""
    resampling = component()
    for seed in range(4):
        resampling.convert(conversion(clip_of(noise(4800, seed=seed))))
    resampling.set_limits(3, 10_000_000)
    assert resampling.stats().clip.entries == 3
    resampling.set_limits(100, 3200)
    assert resampling.stats().clip.entries == 1
    assert resampling.convert(conversion(clip_of(noise(4800, seed=3)))).is_cached


def test_a_cleared_cache_is_empty_and_goes_on_counting():
    """Nothing is found any more."""
    resampling = component()
    clip = conversion(clip_of(noise(4800)))
    resampling.convert(clip)
    resampling.clear()
    assert resampling.stats().clip.entries == 0
    assert not resampling.convert(clip).is_cached
    assert resampling.stats().clip.misses == 2


@pytest.mark.parametrize("in_loop", [False, True])
def test_the_next_resampler_converts_when_one_fails(in_loop):
    """The clip is right, and its provider is named."""
    events = []
    resampling = component(Broken(), SoxrResampler(), events=events)
    audio = clip_of(noise(4800))
    clip = conversion(audio)
    made = asyncio.run(resampling.convert_async(clip)) if in_loop else resampling.convert(clip)
    assert (made.data, made.provider) == (one_shot(audio), "soxr")
    told = ["provider_failed", "provider_switched", "circuit_changed"]
    assert [event.event for event in events] == told


@pytest.mark.parametrize("in_loop", [False, True])
def test_a_stand_in_that_has_to_be_loaded_costs_one_retry(in_loop):
    """On the loop it took three out of the budget, so that others were refused theirs."""
    resampling = component(Broken(), SoxrResampler())
    resampling.chain.lease().end()
    wanted = conversion(clip_of(noise(48_000)))
    if in_loop:
        asyncio.run(resampling.convert_async(wanted))
    else:
        resampling.convert(wanted)
    stats = resampling.chain.router.stats()
    assert stats.retries == 1
    assert [one.calls for one in stats.providers] == [2, 1]


def test_whoever_stops_waiting_for_a_resampler_to_load_leaves_its_place():
    """When it has loaded, nobody asks it anything."""
    loads = threading.Event()

    class Slow(SoxrResampler):
        """A resampler that loads when it is let."""

        def _load(self):
            assert loads.wait(5)
            super()._load()

    resampling = component(Slow())

    async def give_up():
        waiting = asyncio.ensure_future(
            resampling.convert_async(conversion(clip_of(noise(48_000))))
        )
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)

    asyncio.run(give_up())
    loads.set()
    assert resampling.chain.in_use(resampling.chain.candidates()[0].provider) == 0


def test_no_resampler_is_loaded_on_the_loop():
    """Neither the first nor the one that goes on when that fails: loading may take long."""

    class Noting(SoxrResampler):
        def _load(self):
            threads.append(threading.current_thread())
            super()._load()

    class NotingBroken(Broken):
        def _load(self):
            threads.append(threading.current_thread())
            super()._load()

    threads = []
    resampling = component(NotingBroken(), Noting())
    asyncio.run(resampling.convert_async(conversion(clip_of(noise(4800)))))
    assert len(threads) == 2
    assert threading.current_thread() not in threads


def test_a_clip_that_nobody_can_read_is_not_the_resamplers_fault():
    """It goes on serving."""
    events = []
    resampling = component(SoxrResampler(), LinearResampler(), events=events)
    audio = clip_of(noise(480))
    audio.data = np.full(480, np.nan, "<f4").tobytes()
    audio.format = "float32"
    with pytest.raises(Exception, match="no number"):
        resampling.convert(conversion(audio))
    assert resampling.chain.current.name == "soxr"
    assert events == []


def test_with_parallel_off_long_clips_take_turns():
    """The second begins when the first is through."""
    counting = Counting()
    counting.may_begin.clear()
    resampling = component(counting)
    clips = [conversion(clip_of(noise(LONG, seed=seed))) for seed in range(2)]

    async def main():
        resampling.chain.load_all()
        tasks = [asyncio.create_task(resampling.convert_async(one, False)) for one in clips]
        while not counting.clips:
            await asyncio.sleep(0.001)
        begun = counting.clips
        counting.may_begin.set()
        return begun, await asyncio.gather(*tasks)

    begun, made = asyncio.run(main())
    assert begun == 1
    assert counting.clips == 2
    assert [len(one.data) for one in made] == [2 * LONG // 3] * 2


def test_live_streams_are_counted_apart_from_clips():
    """Chunks that were converted, and chunks that consumers got of them."""
    resampling = component()
    shared = resampling.open_stream(48_000, 16_000, ResampleQuality.HQ)
    shared.consumers = 3
    alone = resampling.open_stream(44_100, 16_000, ResampleQuality.HQ)
    for _ in range(5):
        shared.process(np.zeros(960, np.float32))
    alone.process(np.zeros(882, np.float32))
    live = resampling.stats().live
    assert (live.streams, live.open, live.conversions, live.served) == (2, 2, 6, 16)
    assert resampling.stats().clip.misses == 0


def test_a_stream_that_is_over_is_still_in_the_figures():
    """And no longer open; nothing of it is kept in memory."""
    resampling = component()
    for _ in range(3):
        stream = resampling.open_stream(48_000, 16_000, ResampleQuality.HQ)
        stream.process(np.zeros(960, np.float32))
        stream.flush()
        del stream
    gc.collect()
    live = resampling.stats().live
    assert (live.streams, live.open, live.conversions) == (3, 0, 3)


def test_a_stream_that_was_left_gives_its_place_back():
    """Such as that of an answer that was interrupted, which is never brought to its end."""
    resampling = component()
    (resampler,) = resampling.chain.candidates()
    for _ in range(3):
        stream = resampling.open_stream(48_000, 16_000, ResampleQuality.HQ)
        stream.process(np.zeros(960, np.float32))
        del stream
        gc.collect()
        assert resampling.chain.in_use(resampler.made) == 1
    assert resampling.stats().live.open == 0
    assert resampling.chain.in_use(resampler.made) == 0


def test_adaptive_measures_the_machine(monkeypatch):
    """The names of the configuration are fixed, `adaptive` is not."""
    resampling = component()
    assert resampling.choose("medium", 48_000, 16_000, "asr").quality is ResampleQuality.MQ
    monkeypatch.setattr(resampling._load, "share", lambda: 0.99)
    choice = resampling.choose("adaptive", 48_000, 16_000, "asr")
    assert choice.quality is ResampleQuality.MQ
    assert "99% busy" in choice.reason
