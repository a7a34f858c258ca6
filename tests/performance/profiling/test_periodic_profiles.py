"""An assistant is profiled for a share of the time that it runs, and what came of it is kept."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from irene.config.loading import load_config
from irene.config.schema import bundled_providers
from irene.config.sections import Config
from irene.performance.profiling.kept_profiles import kept
from irene.performance.profiling.periodic import PeriodicProfiling, profiled
from irene.plugin.registry import ComponentRegistry

REGISTRY = bundled_providers()
PATIENCE_S = 60.0


@dataclass
class House:
    """What is profiled, as far as that asks."""

    config: Config
    registry: ComponentRegistry = REGISTRY


@pytest.fixture
def path(tmp_path):
    return tmp_path / "performance.db"


def house(path, **performance):
    section = {"store_path": str(path), "enable_profiling": True, **performance}
    return House(load_config({"performance": section}, registry=REGISTRY))


async def run_until(work, enough):
    """Let it profile until there was enough of it, and end it."""
    task = asyncio.ensure_future(work.run())
    for _ in range(int(PATIENCE_S / 0.005)):
        if enough() or task.done():
            break
        await asyncio.sleep(0.005)
    work.end()
    await asyncio.wait_for(task, PATIENCE_S)


def test_profiles_are_taken_for_a_share_of_the_time(path):
    """The rest of each period nobody looks."""
    rests = []

    async def rest(seconds):
        rests.append(seconds)

    async def main():
        one = house(path, profiling_sample_rate=0.25)
        work = PeriodicProfiling(one, print, period_s=0.04, sleep=rest)
        await run_until(work, lambda: len(rests) >= 2)

    asyncio.run(main())
    assert rests[:2] == pytest.approx([0.03, 0.03])
    first, second = kept(path, 1), kept(path, 2)
    assert first.began < second.began
    assert (first.subject.kind, first.level.value, first.memory) == ("live", "basic", None)


def test_allocations_are_followed_when_that_is_wanted(path):
    """It costs more, so it is a key of its own."""

    async def main():
        one = house(path, enable_memory_profiling=True, profiling_sample_rate=1.0)
        done = []

        async def rest(seconds):
            done.append(seconds)

        await run_until(PeriodicProfiling(one, print, period_s=0.05, sleep=rest), lambda: done)

    asyncio.run(main())
    assert kept(path, 1).memory is not None


def test_what_was_seen_is_kept_when_the_run_ends(path):
    """A run that is shorter than a profile has one all the same."""

    async def main():
        async with profiled(house(path), print):
            await asyncio.sleep(0.01)

    asyncio.run(main())
    assert kept(path, 1).is_partial


@pytest.mark.parametrize("key", ["enable_profiling", "store"])
def test_nobody_looks_unless_that_is_wanted(path, key):
    """Neither with `enable_profiling` nor with `store` switched off."""

    async def main():
        async with profiled(house(path, **{key: False}), print):
            await asyncio.sleep(0)

    asyncio.run(main())
    assert not path.exists()


def test_profiles_that_cannot_be_kept_are_one_warning(tmp_path):
    """And no further one is taken."""
    told = []
    one = house(tmp_path)  # a folder
    asyncio.run(run_until(PeriodicProfiling(one, told.append, period_s=0.01), lambda: told))
    (warning,) = told
    assert warning.message.startswith("profiles are not kept: ")


def test_it_goes_by_the_configuration_in_force(path):
    """A reload counts from the next profile on."""

    async def main():
        one = house(path, profiling_sample_rate=1.0)
        done = []

        async def rest(seconds):
            done.append(seconds)
            one.config = replace(one.config, name="other")

        await run_until(
            PeriodicProfiling(one, print, period_s=0.02, sleep=rest), lambda: len(done) > 1
        )

    asyncio.run(main())
    assert kept(path, 2).subject.config == "other"
