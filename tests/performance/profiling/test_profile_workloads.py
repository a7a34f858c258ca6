"""Profiling assistants: on recordings, and while they serve."""

import asyncio
import json
import threading
import time
import tracemalloc
from contextlib import asynccontextmanager, suppress

import pytest
from planted import grind
from test_assistant_live import Scene, live_stage
from test_assistant_script import COMMAND, Stage

from irene import Assistant, RequestError
from irene.cli.performance.profile_command import ProfileCommand
from irene.components.threads import in_thread
from irene.config.loading import load_config
from irene.domain.events import SessionEnded
from irene.errors import CheckFailedError
from irene.performance.profiling.analysis import Analysis
from irene.performance.profiling.live import LiveProfiles
from irene.performance.profiling.packing import from_text
from irene.performance.profiling.profile import Level, Subject
from irene.performance.profiling.recorded import RecordedProfile, Wanted
from irene.servers.control.claim import Claim
from irene.servers.control.finding import connected
from irene.servers.control.server import ControlServer
from irene.testing import AsrScript, ScriptedAsr, silence

LONGEST_WAIT_S = 60.0
KEPT = []


def leak():
    """Keep more with every utterance."""
    KEPT.append(bytearray(30_000))


def borrow():
    """Take memory, and give it back."""
    return len(bytearray(300_000))


def stage_with(work, *parts):
    """Return a stage whose recogniser does this at the end of every utterance."""
    import numpy as np

    stage = Stage()
    script = AsrScript(finish_fault=work)
    stage.asr = type("Planted", (ScriptedAsr,), {"name": "first", "script": script})
    stage.input.audio = np.concatenate(parts or COMMAND)
    return stage


def recorded(stage, wanted, **how):
    """Return a profile run of what the stage hears."""
    registry = stage.registry()
    config = load_config(stage.config, registry=registry)
    return RecordedProfile([config], registry, Subject("recording", "scene"), wanted, **how)


def names_of(profile, least_s=0.0):
    return [one.function.name for one in Analysis(profile).functions() if one.exclusive_s > least_s]


def test_what_a_provider_does_is_found_on_its_thread_for_its_component():
    """With the command's stages beside it; the warm-up is not counted."""
    laps = []
    run = recorded(stage_with(lambda: grind(0.03)), Wanted(), on_lap=laps.append)
    profile = asyncio.run(run.run())
    assert laps == [0, 1, 2, 3]
    assert (profile.laps, profile.is_partial) == (3, False)
    assert run.outcomes == ["answered"] * 3
    assert len(profile.utterances) == 3
    worst = Analysis(profile).functions()[0]
    assert worst.function.name == "grind"
    assert worst.owner[0] == "asr"
    assert any(
        one.component == "asr" and one.threads[0].startswith("irene-")
        for one in Analysis(profile).owners()
    )


def test_without_a_planted_function_none_is_found():
    """The scripted recogniser takes next to no time."""
    profile = asyncio.run(recorded(stage_with(lambda: None), Wanted(Level.BASIC)).run())
    assert "grind" not in names_of(profile)
    assert profile.memory is None


def test_a_leak_of_a_provider_is_suspected_and_what_it_frees_is_not():
    """By the line of each."""
    KEPT.clear()

    def work():
        leak()
        borrow()

    run = recorded(stage_with(work), Wanted(Level.BASIC, memory=True))
    memory = asyncio.run(run.run()).memory
    KEPT.clear()
    assert memory.warm_up_laps == 1
    assert len(memory.laps) == 5
    (suspect,) = [one for one in memory.suspects if one.site.file == __file__]
    assert suspect.site.line == leak.__code__.co_firstlineno + 2
    assert suspect.per_lap == pytest.approx(30_000, rel=0.2)
    assert memory.peak >= 300_000


def test_stopped_early_it_tells_what_was_seen():
    """A lap that was not whole does not count as one."""
    at_work = threading.Event()

    def work():
        at_work.set()
        grind(0.01)

    run = recorded(stage_with(work), Wanted(seconds=LONGEST_WAIT_S))

    def stop_soon(lap):
        if lap == 1:
            at_work.clear()
            threading.Thread(target=lambda: (at_work.wait(60), run.stop())).start()

    run._on_lap = stop_soon
    profile = asyncio.run(run.run())
    assert profile.is_partial
    assert profile.seconds < LONGEST_WAIT_S
    assert profile.threads


def test_stopped_while_warming_up_there_is_nothing_to_tell():
    """It says so."""
    run = recorded(stage_with(lambda: None), Wanted())
    run._on_lap = lambda lap: run.stop()
    with pytest.raises(CheckFailedError, match="warm-up"):
        asyncio.run(run.run())


def test_it_ends_when_the_time_is_over():
    """Laps follow each other until then; that is no early end."""
    profile = asyncio.run(recorded(stage_with(lambda: None), Wanted(seconds=0.05)).run())
    assert not profile.is_partial
    assert profile.seconds >= 0.04  # timers of the loop are as fine as the system's clock


def test_several_recordings_are_heard_one_after_the_other():
    """By one assistant, which is given the next one's configuration."""
    stage = stage_with(lambda: None)
    registry = stage.registry()
    other = {**stage.config, "assistant": {"language": "en-GB"}}
    configs = [load_config(one, registry=registry) for one in (stage.config, other)]
    subject = Subject("recording", "two")
    run = RecordedProfile(configs, registry, subject, Wanted(Level.BASIC, seconds=0.3))
    profile = asyncio.run(run.run())
    assert len(run.outcomes) >= 2 * profile.laps
    assert profile.subject.name == "two"


def asked(**arguments):
    """Ask the running assistant for a profile, as `irene profile --live` does."""
    with connected("irene") as client:
        return client.ask("profile", arguments, LONGEST_WAIT_S)


@asynccontextmanager
async def serving(stage, on_answered=lambda: None):
    """Run an assistant with a control socket while a block runs."""
    assistant = Assistant.from_config(stage.config, registry=stage.registry())
    command = ProfileCommand(assistant)
    control = ControlServer(Claim.take("irene", "test"), {"profile": command.serve})
    async with control, assistant:

        async def run():
            async for event in assistant.run():
                command.note(event)
                if isinstance(event, SessionEnded):
                    on_answered()

        running = asyncio.ensure_future(run())
        try:
            yield assistant
        finally:
            assistant.stop()
            await running


def live(stage, *steps):
    """Give the stage an input that plays these steps."""
    stage.input = live_stage().input
    stage.input.open_stream = lambda self: Scene(steps)
    return stage


def test_a_live_assistant_is_profiled_over_its_socket():
    """What its provider does while it serves is found, and the stages of the command."""
    ended = threading.Event()

    def wait_until_looked_at():
        while "irene-profiler" not in {one.name for one in threading.enumerate()}:
            time.sleep(0.002)

    stage = live(
        stage_with(lambda: grind(0.05)), silence(1), wait_until_looked_at, *COMMAND, ended.wait
    )

    async def scene():
        answered = asyncio.Event()
        async with serving(stage, answered.set):
            looking = asyncio.ensure_future(
                in_thread("client", lambda: asked(seconds=LONGEST_WAIT_S, level="detailed"))
            )
            await answered.wait()
            await in_thread("client", lambda: asked(stop=True))
            ended.set()
            return from_text((await looking)["profile"])

    profile = asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))
    assert profile.subject.kind == "live"
    assert 0.05 < profile.seconds < LONGEST_WAIT_S
    assert "grind" in names_of(profile)
    assert [one["name"] for one in profile.utterances] == ["session"]


def test_a_live_profile_can_be_ended_early_and_only_one_is_made_at_a_time():
    """Who asked first gets what was seen until then; the loop goes on meanwhile."""
    ended = threading.Event()
    stage = live(stage_with(lambda: None), silence(1), ended.wait)

    async def scene():
        async with serving(stage):
            first = asyncio.ensure_future(
                in_thread("client", lambda: asked(seconds=LONGEST_WAIT_S, memory=True))
            )
            while True:  # until the first one has begun
                with suppress(RequestError):
                    if (await in_thread("client", lambda: asked(stop=True)))["stopped"]:
                        break
            result = await first
            again = await in_thread("client", lambda: asked(stop=True))
            ended.set()
            return from_text(result["profile"]), again

    profile, again = asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))
    assert profile.is_partial
    assert profile.seconds < LONGEST_WAIT_S
    assert profile.memory is not None
    assert again == {"stopped": False}


def test_a_second_live_profile_is_refused():
    """With what to do about it."""

    async def scene():
        async with Assistant.from_config(Stage().config, registry=Stage().registry()) as assistant:
            profiles = LiveProfiles(assistant)
            first = asyncio.ensure_future(profiles.profile(Level.BASIC, 60.0, memory=False))
            while not profiles.is_at_work:
                await asyncio.sleep(0)
            with pytest.raises(RequestError, match="already"):
                await profiles.profile(Level.BASIC, 1.0, memory=False)
            assert profiles.stop()
            assert from_text(await first).is_partial
            profiles.note(SessionEnded(reason="answered", spans={"name": "session"}))
            assert not profiles.stop()

    asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))


def test_a_live_profile_that_is_given_up_leaves_nothing_behind():
    """The thread that looks is gone, and another profile can be made."""

    async def scene():
        async with Assistant.from_config(Stage().config, registry=Stage().registry()) as assistant:
            profiles = LiveProfiles(assistant)
            first = asyncio.ensure_future(profiles.profile(Level.BASIC, 60.0, memory=True))
            while not profiles.is_at_work:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
            assert not profiles.is_at_work
            while "irene-profiler" in {one.name for one in threading.enumerate()}:
                await asyncio.sleep(0.001)
            assert not tracemalloc.is_tracing()
            assert from_text(await profiles.profile(Level.BASIC, 0.01, memory=False)).seconds > 0

    asyncio.run(asyncio.wait_for(scene(), LONGEST_WAIT_S))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"seconds": "long"}, "'seconds' has to be a number"),
        ({"seconds": 1e9}, "from 0.1 to 3600"),
        ({"seconds": True}, "'seconds' has to be a number"),
        ({"level": "thorough"}, "basic, detailed, comprehensive"),
        ({"memory": 1}, "true or false"),
        ({"secs": 1}, "did you mean 'seconds'"),
    ],
    ids=json.dumps,
)
def test_what_is_asked_wrongly_is_told(arguments, told):
    """Nothing is begun."""

    async def scene():
        command = ProfileCommand(Assistant.from_config(Stage().config, registry=Stage().registry()))
        await command.serve(arguments)

    with pytest.raises(RequestError, match=told):
        asyncio.run(scene())
