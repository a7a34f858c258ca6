"""Profiling blocks: true durations, true functions, and everybody's own."""

import asyncio
import threading
import time
from contextlib import suppress
from functools import partial

import pytest
from planted import doze, doze_while, grind, in_threads, sleep_while, until_seen

from irene.performance.monitor import ComponentType
from irene.performance.profiler import ProfilerContext, ProfilerLevel, ProfilerManager
from irene.performance.profiling.kept_profiles import kept
from irene.performance.store.profiles import kept_profiles


@pytest.fixture
def profiler():
    """A profiler that keeps nothing."""
    made = ProfilerManager()
    yield made
    made.close()


def names(result, least=0.05):
    """Return the functions that take more than a share of the block's time."""
    return [one.name for one in result.top_functions if one.share > least]


def test_the_documented_snippet(profiler):
    """Results have an operation, a duration in milliseconds and top functions."""
    with ProfilerContext(profiler, ComponentType.LLM, "generate", enable_memory=True):
        kept = [bytes(1000) for _ in range(500)]
    (result,) = profiler.get_profile_results()
    assert result.operation == "generate"
    assert result.component == "intents"
    assert result.duration_ms > 0
    assert result.top_functions[:5]
    assert len(kept) == 500


def test_a_duration_is_true(profiler):
    """Longer than what is inside of the block, shorter than what is around it."""
    began_s = time.perf_counter()
    with profiler.profile("asr", "transcribe"):
        inside_s = time.perf_counter()
        doze(0.01)
        inside_s = time.perf_counter() - inside_s
    around_s = time.perf_counter() - began_s
    (result,) = profiler.get_profile_results()
    assert 1e3 * inside_s <= result.duration_ms <= 1e3 * around_s


def test_the_hot_function_is_at_the_top_and_its_line_is_in_it(profiler):
    """The times of all functions make up the duration."""
    with profiler.profile("asr"):
        grind(0.05)
    (result,) = profiler.get_profile_results()
    top = result.top_functions[0]
    assert top.name == "grind"
    assert top.file.endswith("planted.py")
    assert top.exclusive_ms <= top.inclusive_ms
    assert sum(one.exclusive_ms for one in result.top_functions) == pytest.approx(
        result.duration_ms, rel=0.05
    )
    assert "grind takes" in result.bottlenecks[0]
    assert "planted.py" in str(top)


def test_waiting_is_told_apart_from_work(profiler):
    """The processor time of a thread is exact; the rest of the time is waiting."""
    with profiler.profile("asr", "waits"):
        doze(0.05)
    with profiler.profile("asr", "works"):
        grind(0.05)
    waits, works = profiler.get_profile_results()
    assert waits.cpu_ms < works.cpu_ms / 4
    assert works.cpu_ms >= 50
    assert waits.waiting_ms == pytest.approx(waits.duration_ms - waits.cpu_ms)


def test_a_block_too_short_to_be_seen_is_in_its_own_function(profiler):
    """The list of functions is never empty."""
    with profiler.profile("asr"):
        pass
    (result,) = profiler.get_profile_results()
    names_seen = [one.name for one in result.top_functions]
    assert "test_a_block_too_short_to_be_seen_is_in_its_own_function" in names_seen
    assert sum(one.exclusive_ms for one in result.top_functions) == pytest.approx(
        result.duration_ms
    )


def test_blocks_within_each_other(profiler):
    """One object may be entered again inside of itself; the inner one ends first."""
    context = ProfilerContext(profiler, "asr", "outer")
    with context:
        with context, profiler.profile("vad", "inner"):
            grind(0.02)
        grind(0.02)
    inner, middle, outer = profiler.get_profile_results()
    assert inner.operation == "inner"
    assert inner.duration_ms <= middle.duration_ms <= outer.duration_ms
    assert context.result is outer


def test_threads_are_told_of_themselves_only(profiler):
    """One object in several threads at once: each result has its own thread's functions."""
    context = ProfilerContext(profiler, "asr", "shared")
    started = threading.Barrier(2)

    def work(function):
        started.wait(60)
        with context:
            function()

    def waits():
        doze_while(until_seen(profiler._sampler))

    in_threads(partial(work, partial(grind, 0.05)), partial(work, waits))
    found = [set(names(one, least=0)) & {"grind", "doze"} for one in profiler.get_profile_results()]
    assert sorted(map(sorted, found)) == [["doze"], ["grind"]]


def test_tasks_are_told_of_themselves_only(profiler):
    """What others do on the loop meanwhile is waiting."""

    async def works():
        async with profiler.profile("llm", "works"):
            seen = until_seen(profiler._sampler)
            while seen():
                grind(0.01)
            await asyncio.sleep(0)

    async def waits(event):
        async with profiler.profile("llm", "waits"):
            await event.wait()

    async def main():
        event = asyncio.Event()
        waiting = asyncio.ensure_future(waits(event))
        await asyncio.sleep(0)
        await works()
        event.set()
        await waiting

    asyncio.run(main())
    by_name = {one.operation: one for one in profiler.get_profile_results()}
    assert "grind" in names(by_name["works"])
    assert "grind" not in names(by_name["waits"], least=0)
    assert by_name["waits"].cpu_ms < by_name["works"].cpu_ms
    top = by_name["waits"].top_functions[0]
    assert top.name in ("Event.wait", "wait")


def test_a_with_block_in_a_coroutine_is_of_its_task(profiler):
    """As the documentation has it: `with`, and `await` inside."""

    async def main():
        with profiler.profile("llm", "generate"):
            await sleep_while(until_seen(profiler._sampler))

    asyncio.run(main())
    (result,) = profiler.get_profile_results()
    assert result.top_functions[0].name == "sleep"


def test_a_block_that_raises_has_a_result(profiler):
    """It says so; the error goes on."""
    with suppress(ValueError), profiler.profile("asr", "fails"):
        raise ValueError
    with pytest.raises(ValueError, match="on purpose"), profiler.profile("asr", "fails"):
        raise ValueError("on purpose")
    assert [one.failed for one in profiler.get_profile_results()] == [True, True]


def test_a_task_that_is_cancelled_has_a_result(profiler):
    """Of the time until then."""

    async def forever():
        async with profiler.profile("llm", "forever"):
            await asyncio.Event().wait()

    async def main():
        task = asyncio.ensure_future(forever())
        await asyncio.sleep(0.005)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(main())
    (result,) = profiler.get_profile_results()
    assert result.failed
    assert result.duration_ms > 0


def test_results_are_found_by_component_and_operation(profiler):
    """`stt` is `asr`; the oldest come first; the number is bounded; they can be forgotten."""
    few = ProfilerManager(max_results=2)
    for number in range(3):
        with few.profile("stt", f"{number}"):
            pass
    assert [one.operation for one in few.get_profile_results("asr")] == ["1", "2"]
    assert few.get_profile_results("tts") == []
    assert [one.operation for one in few.get_profile_results(operation="2")] == ["2"]
    few.clear()
    assert few.get_profile_results() == []
    few.close()


def test_memory_that_is_kept_is_told_with_its_line(profiler):
    """What is freed again is not."""
    with profiler.profile("asr", "keeps", enable_memory=True):
        kept = [bytearray(1000) for _ in range(300)]
    with profiler.profile("asr", "frees", enable_memory=True):
        [bytearray(1000) for _ in range(300)]
    keeps, frees = profiler.get_profile_results()
    assert keeps.memory.growth_bytes >= 300_000
    assert keeps.memory.sites[0].file == __file__
    assert frees.memory.growth_bytes < 100_000
    assert frees.memory.peak_bytes >= 300_000
    assert len(kept) == 300


def test_memory_is_traced_while_any_block_wants_it(profiler):
    """One that ends before another one does not end the other one's."""
    first = profiler.profile("asr", "first", enable_memory=True)
    first.__enter__()
    with profiler.profile("asr", "second", enable_memory=True):
        first.__exit__(None, None, None)
        kept = bytearray(200_000)
    assert profiler.get_profile_results()[-1].memory.growth_bytes >= len(kept)


def test_profiles_are_kept_in_a_folder(tmp_path):
    """In the same file, and form, as those of `irene profile`."""
    profiler = ProfilerManager(tmp_path, level="basic")
    with profiler.profile("stt", "transcribe"):
        grind(0.02)
    profiler.close()
    assert profiler.trouble == ""
    path = tmp_path / "performance.db"
    (row,) = kept_profiles(path)
    assert (row.row.kind, row.row.name) == ("block", "asr.transcribe")
    assert kept(path, row.number) == profiler.get_profile_results()[0].profile


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """The blocks, and their results, do not suffer."""
    (tmp_path / "file").touch()
    profiler = ProfilerManager(tmp_path / "file")
    with profiler.profile("asr"):
        pass
    profiler.close()
    assert "file" in profiler.trouble
    assert len(profiler.get_profile_results()) == 1


def test_levels_have_names():
    """Each looks more often than the one before; another name is refused."""
    levels = [ProfilerLevel(name) for name in ("basic", "detailed", "comprehensive")]
    intervals = [one.interval_s for one in levels]
    assert intervals == sorted(intervals, reverse=True)
    assert ProfilerManager(level="basic").level is ProfilerLevel.BASIC
    with pytest.raises(ValueError, match="thorough"):
        ProfilerManager(level="thorough")


def test_leaving_what_was_not_entered_is_a_mistake(profiler):
    """It is told as such."""
    with pytest.raises(RuntimeError, match="not entered"):
        profiler.profile("asr").__exit__(None, None, None)
