"""Plugins that raise, hang or return nonsense: an event, a replacement, and the run goes on."""

import asyncio
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from test_assistant_live import LONGEST_WAIT_S, live_stage, run_until_stopped
from test_assistant_script import (
    COMMAND,
    SPEECH,
    WAKE,
    Answer,
    Anything,
    Stage,
    failing_at,
    names,
    one,
)

from irene import (
    Assistant,
    ConfigurationError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene.config.loading import load_config
from irene.pipeline import admission, current_run
from irene.pipeline.parts import Parts
from irene.providers.asr import AsrCapabilities
from irene.providers.voice_trigger import VoiceTriggerCapabilities
from irene.testing import (
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedLanguage,
    ScriptedVad,
    ScriptedVoiceTrigger,
    registry_of,
    silence,
)


@pytest.fixture
def stage():
    """A stage with everything in order."""
    return Stage()


def explode(*args, **kwargs):
    """Raise, as foreign code may."""
    raise OSError("boom")


def spy_on_streams(asr):
    """Return the list that every stream of a scripted recogniser is added to."""
    streams, original = [], asr.open_stream
    asr.open_stream = lambda self, request: streams.append(original(self, request)) or streams[-1]
    return streams


def add_fallback(stage, section, cls):
    """Put another provider behind the scripted one of a section."""
    stage.config[section]["fallback_providers"] = [cls.name]
    original = stage.registry
    installed = original().plugins
    stage.registry = lambda: registry_of(*(c for p in installed for c in p.providers), cls)


def test_a_recogniser_gets_the_sample_type_that_it_declared(stage):
    """One that wants float32 in [-1, 1] is not given int16."""
    stage.asr.capabilities = AsrCapabilities(dtype="float32", max_concurrency=8)
    streams = spy_on_streams(stage.asr)
    stage.play(*COMMAND)
    assert streams[0].audio.dtype == np.float32
    assert np.abs(streams[0].audio).max() <= 1


def test_a_voice_trigger_with_other_windows_takes_over(stage):
    """Windows are cut for the provider that serves, also after a fail-over."""
    lengths = []

    class Wide(ScriptedVoiceTrigger):
        """A trigger with windows of 400 samples."""

        name = "wide"
        capabilities = VoiceTriggerCapabilities(
            window=400, wake_words=("hello",), phrase_end_s=(0.05, 0.2)
        )

        def open_stream(self, wake_words):
            """Note the length of every window."""
            stream = super().open_stream(wake_words)
            process = stream.process
            stream.process = lambda window: lengths.append(window.size) or process(window)
            return stream

    stage.trigger.fault = staticmethod(failing_at(0))
    add_fallback(stage, "voice_trigger", Wide)
    assert one(stage.play(*COMMAND), "session_ended")["reason"] == "answered"
    assert set(lengths) == {400}


def test_a_vad_with_other_windows_takes_over(stage):
    """The VAD's fall-back may work in windows of another length."""
    from irene import VadCapabilities

    class Wide(ScriptedVad):
        """A VAD with windows of 500 samples."""

        name = "wide"
        capabilities = VadCapabilities(dtype="int16", window=500)

    stage.vad.fault = staticmethod(failing_at(20))
    add_fallback(stage, "vad", Wide)
    events = stage.play(*COMMAND)
    assert one(events, "provider_switched")["to"] == "wide"
    assert one(events, "session_ended")["reason"] == "answered"


def test_a_fall_back_of_another_rate_is_left_out(stage):
    """A recogniser that cannot take the utterance's rate is named instead of being fed noise."""
    stage.second_asr.capabilities = AsrCapabilities(sample_rates=(8000,))
    warned = one(stage.play(*COMMAND), "warning")["message"]
    assert "'second' takes 8000 Hz, while asr works at 16000 Hz" in warned
    assert "set asr.fallback_providers = []" in warned


FOREIGN = {
    "output opens": lambda stage: setattr(stage.output, "open_stream", explode),
    "output writes": lambda stage: setattr(stage.output, "fault", staticmethod(explode)),
    "handler raises": lambda stage: setattr(Answer, "handle", explode),
    "handler returns text": lambda stage: setattr(Answer, "handle", lambda *_: "text"),
    "examples raise": lambda stage: setattr(Answer, "examples", explode),
    "voice raises": lambda stage: setattr(stage.voice, "synthesize", explode),
}


@pytest.fixture
def answer_handler():
    """Put the handler's methods back after the test."""
    kept = {name: Answer.__dict__.get(name) for name in ("handle", "examples")}
    yield
    for name, method in kept.items():
        if method is not None:
            setattr(Answer, name, method)
        elif name in vars(Answer):
            delattr(Answer, name)


@pytest.mark.parametrize("call", FOREIGN)
def test_an_answer_that_fails_ends_its_session_and_not_the_run(stage, call, answer_handler):
    """Whatever raises while answering is told as an event; both commands have their end."""
    FOREIGN[call](stage)
    events = stage.play(*COMMAND, *COMMAND)
    assert names(events).count("session_ended") == 2
    assert "provider_failed" in names(events)
    assert events[-1]["reason"] == "end_of_input"


@pytest.mark.parametrize("part", ["open_stream", "accept", "finish", "close", "nothing"])
def test_a_recogniser_may_fail_in_every_call(stage, part):
    """Opening, feeding, finishing, closing, or returning nothing: the text still comes."""
    stage.second_asr.script = AsrScript(text="right")

    class Broken(ScriptedAsr):
        """Fails in one of its calls."""

        name = "first"
        script = AsrScript(text="right")

        def open_stream(self, request):
            """Open, or not."""
            if part == "open_stream":
                explode()
            stream = super().open_stream(request)
            if part == "nothing":
                stream.finish = lambda: None
            else:
                setattr(stream, part, explode)
            return stream

    stage.asr = Broken
    events = stage.play(*COMMAND)
    assert one(events, "transcript")["text"] == "right"
    assert one(events, "provider_failed")["provider"] == "first"


@pytest.mark.parametrize("slot", ["trigger", "vad", "asr", "voice", "output"])
@pytest.mark.parametrize("call", ["_check", "_load", "_warm_up"])
def test_a_start_that_fails_is_one_clear_error(stage, slot, call):
    """Foreign code that raises while it is checked, loaded or warmed up is named."""
    from irene import ProviderUnavailableError

    cls = getattr(stage, slot)
    setattr(cls, call, explode)
    if slot == "asr":
        assert one(stage.play(*COMMAND), "provider_switched")["to"] == "second"
        return
    with pytest.raises(ProviderUnavailableError, match="OSError: boom"):
        stage.play(*COMMAND)


def noting_streams(trigger):
    """Return the list to which a scripted voice trigger adds its streams, and those it closed."""
    opened, closed, original = [], [], trigger.open_stream

    def open_stream(self, wake_words):
        stream = original(self, wake_words)
        opened.append(stream)
        stream.close = lambda: closed.append(stream)
        return stream

    trigger.open_stream = open_stream
    return opened, closed


def test_when_one_engine_cannot_listen_the_streams_of_the_others_are_closed(stage):
    """The run does not come to be, and nobody else would close them."""
    opened, closed = noting_streams(stage.trigger)
    stage.vad.open_stream = explode
    with pytest.raises(ProviderFailedError, match="OSError: boom"):
        stage.play(*COMMAND)
    assert len(opened) >= 1
    assert closed == opened


def test_an_engine_that_dies_while_listening_leaves_no_open_session(stage):
    """Every session has its end, also when nothing can be heard any more."""

    def die_after_the_wake_word():
        if speaking:
            dead_forever()

    speaking, stage.vad.fault = [], staticmethod(lambda: None)

    def dead_forever():
        raise RuntimeError("dead")

    original = stage.trigger.open_stream

    def open_stream(self, wake_words):
        stream = original(self, wake_words)
        process = stream.process

        def spy(window):
            scores = process(window)
            if max(scores.values()) > 0.5:
                speaking.append(True)
            return scores

        stream.process = spy
        return stream

    stage.trigger.open_stream = open_stream
    stage.vad.fault = staticmethod(die_after_the_wake_word)
    events = []

    async def run():
        made = Assistant.from_config(stage.config, registry=stage.registry())
        stage.input.audio = np.concatenate(COMMAND)
        async with made as assistant:
            async for event in assistant.run():
                events.append(event.to_dict())

    with pytest.raises(Exception, match="keeps failing"):
        asyncio.run(run())
    assert one(events, "session_ended")["reason"] == "failed"
    assert events[-1]["session"] is None


def test_failures_far_apart_are_forgiven(stage):
    """One hiccup every 20 seconds of audio never adds up to the end of a run."""
    count = iter(range(10**9))

    def hiccup():
        if next(count) % 2000 == 1999:
            raise RuntimeError("hiccup")

    stage.trigger.fault = staticmethod(hiccup)
    stage.config["voice_trigger"]["gate_db"] = 0
    events = stage.play(silence(120))
    assert names(events).count("provider_failed") >= 4
    assert events[-1]["reason"] == "end_of_input"


def test_every_output_stream_has_its_end(stage):
    """Opened streams are finished or aborted, whatever fails."""
    ends = []
    original = stage.output.open_stream

    def open_stream(self, rate):
        stream = original(self, rate)
        number = len(ends)
        ends.append([])
        stream.finish = lambda: ends[number].append("finish")
        stream.abort = lambda: ends[number].append("abort")
        return stream

    stage.output.open_stream = open_stream
    count = iter(range(10**9))

    def fault():
        if next(count) == 3:
            raise RuntimeError("voice gave up")

    stage.voice.fault = staticmethod(fault)
    stage.play(*COMMAND, *COMMAND)
    assert ends == [["finish"], ["finish"]]


def test_a_voice_that_uses_its_buffer_again_is_cached_as_it_spoke(stage):
    """The cache holds copies: the second time sounds like the first."""

    class Reusing(stage.voice):
        """One buffer for everything."""

        def synthesize(self, request) -> Iterator:
            """Yield the same array with other samples."""
            buffer = np.zeros(800, np.int16)
            for value in (100, 200, 300):
                buffer[:] = value
                yield buffer

    played = []
    original = stage.output.open_stream
    stage.output.open_stream = lambda self, rate: played.append(self) or original(self, rate)
    stage.voice = Reusing
    stage.play(*COMMAND, *COMMAND)
    first, second = (np.concatenate(answer) for answer in played[0].answers)
    assert [int(first[middle]) for middle in (400, 1200, 2000)] == [100, 200, 300]
    np.testing.assert_array_equal(first, second)


def test_a_window_cannot_be_written_to(stage):
    """A VAD that works in place would spoil what the recogniser hears: it gets an error."""

    class Scribbling(ScriptedVad):
        """Writes into its window."""

        name = "scripted"

        def open_stream(self):
            """Open."""
            stream = super().open_stream()

            def process(window):
                window *= 0
                return 0.0

            stream.process = process
            return stream

    stage.vad = Scribbling
    with pytest.raises(Exception, match="read-only"):
        stage.play(*COMMAND)


def test_without_partials_none_are_told(stage):
    """`asr.partials = false` leaves the final transcript only."""
    stage.config["asr"]["partials"] = False
    assert "transcript_partial" not in [e["event"] for e in stage.play(*COMMAND)]


def test_a_threshold_may_be_written_as_the_word_is_spoken(stage):
    """`"Hello"` in the table of thresholds is the wake word `hello`."""
    stage.config["voice_trigger"]["confidence_threshold"] = {"Hello": 0.95}
    assert "wake_word_detected" not in names(stage.play(*COMMAND))


def test_the_start_names_every_provider(stage):
    """Resampler and intent recogniser are in the event, too: a swap is seen."""
    providers = one(stage.play(*COMMAND), "run_started")["providers"]
    assert providers["resampling"] == "soxr"
    assert providers["intent_recognition"] == "anything"


def test_an_engine_that_hangs_does_not_hold_up_the_end(monkeypatch):
    """`stop()` ends the run although the wake-word engine never returns."""
    monkeypatch.setattr(current_run, "_GRACE_S", 0.05)
    hung, forever = threading.Event(), threading.Event()

    def hang():
        hung.set()
        forever.wait(LONGEST_WAIT_S)

    stage = live_stage(silence(1), WAKE, silence(1), threading.Event())
    stage.trigger.fault = staticmethod(hang)
    stage.config["voice_trigger"]["gate_db"] = 0
    closed = []
    stage.trigger._close = lambda self: closed.append("closed")

    async def run():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            threading.Thread(target=lambda: hung.wait() and assistant.stop()).start()
            return [event.to_dict() async for event in assistant.run()]

    events = asyncio.run(run())
    forever.set()
    assert events[-1]["reason"] == "stopped"
    assert closed == []  # an engine that is in use is not pulled from under its thread


def test_stopping_does_not_wait_for_a_slow_recogniser():
    """Nothing more is transcribed, understood or said after `stop()`."""
    forever = threading.Event()
    stage = live_stage(*COMMAND, threading.Event())
    stage.asr.script = AsrScript(finish_fault=lambda: forever.wait(LONGEST_WAIT_S) and None)
    events = run_until_stopped(stage, "speech_ended")
    forever.set()
    assert "transcript" not in names(events)
    assert one(events, "session_ended")["reason"] == "cancelled"
    assert events[-1]["reason"] == "stopped"


def test_an_assistant_may_run_twice(stage):
    """The second run has its own events and starts at audio time 0."""
    stage.input.audio = np.concatenate(COMMAND)

    async def twice():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            first = [event.to_dict() async for event in assistant.run()]
            return first, [event.to_dict() async for event in assistant.run()]

    first, second = asyncio.run(twice())
    assert names(first) == names(second)
    assert [e["time_s"] for e in first] == [e["time_s"] for e in second]


def play_inside(stage, scene):
    """Return what a scene makes of an assistant that is entered, with a whole command to hear."""
    stage.input.audio = np.concatenate(COMMAND)

    async def play():
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:
            return await asyncio.wait_for(scene(assistant), 30)

    return asyncio.run(play())


async def events_of(assistant):
    """Return the events of a whole run."""
    return [event.to_dict() async for event in assistant.run()]


def test_a_run_that_was_left_with_break_does_not_end_the_next_one(stage):
    """The event loop ends it a moment later; the next run waits for that, and is whole."""

    async def scene(assistant):
        async for event in assistant.run():
            if event.event == "transcript":
                break
        return await events_of(assistant)

    events = play_inside(stage, scene)
    assert names(events)[0] == "run_started"
    assert one(events, "session_ended")["reason"] == "answered"


def test_a_run_that_was_stopped_is_waited_for(stage):
    """Whoever begins the next one need not wait until the one before has told its last event."""

    async def scene(assistant):
        first = assistant.run()
        await anext(first)
        assistant.stop()
        following = asyncio.ensure_future(events_of(assistant))
        await asyncio.sleep(0)
        left = [event.to_dict() async for event in first]
        return left, await following

    left, following = play_inside(stage, scene)
    assert left[-1]["reason"] == "stopped"
    assert following[-1]["reason"] == "end_of_input"


def test_a_run_that_nobody_iterates_to_its_end_is_not_waited_for_for_ever(stage, monkeypatch):
    """It was stopped, but whoever began it looks at the next one only."""
    monkeypatch.setattr(admission, "_LONGEST_END_S", 0.01)

    async def scene(assistant):
        first = assistant.run()
        await anext(first)
        assistant.stop()
        with pytest.raises(RuntimeError, match="one run at a time"):
            await events_of(assistant)
        await first.aclose()
        return await events_of(assistant)

    assert play_inside(stage, scene)[-1]["reason"] == "end_of_input"


def test_two_runs_at_once_are_a_clear_error(stage):
    """Of the second one; the first goes on as if nobody had asked for another."""

    async def scene(assistant):
        runs = events_of(assistant), events_of(assistant)
        return await asyncio.gather(*runs, return_exceptions=True)

    first, second = play_inside(stage, scene)
    assert one(first, "session_ended")["reason"] == "answered"
    assert isinstance(second, RuntimeError)
    assert "one run at a time" in str(second)


def test_a_run_that_is_cancelled_before_it_listens_gives_its_places_back(stage):
    """Or the next one would find the engines taken."""
    starting, forever = threading.Event(), threading.Event()

    class Slow(Answer):
        """A handler that takes its time to start."""

        def start(self, services):
            starting.set()
            forever.wait(LONGEST_WAIT_S)

    stage.registry = lambda original=stage.registry: registry_of(
        *(c for p in original().plugins for c in p.providers if c is not Answer), Slow
    )

    async def scene(assistant):
        running = asyncio.ensure_future(events_of(assistant))
        await asyncio.get_running_loop().run_in_executor(None, starting.wait, LONGEST_WAIT_S)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        forever.set()
        return {one.kind for one in assistant.providers() if one.in_flight}

    assert play_inside(stage, scene) == set()


def test_whoever_stands_in_beside_the_slots_is_tried_in_the_background_too(stage):
    """For a further language, or as a recogniser of intents, from the start on as after a reload.

    No more, either, once everything is closed.
    """
    stage.further = (ScriptedLanguage, type("Other", (Anything,), {"name": "other"}))
    stage.config["intent_recognition"]["fallback_providers"] = ["other"]
    stage.config["language"] = {
        "enabled": True,
        "languages": ["en", "de"],
        "default_provider": "scripted",
        "recognisers": {"de": "second"},
    }
    registry = stage.registry()
    parts = Parts(load_config(stage.config, registry=registry), registry, lambda event: None)
    shared = [chain for chain in parts.every_chain() if len(chain) > 1]

    async def probed():
        await parts.load()
        while_loaded = [chain.router.is_probed for chain in shared]
        await parts.close()
        return while_loaded, [chain.router.is_probed for chain in shared]

    assert {str(chain.kind) for chain in shared} == {"asr", "intent_recognition"}
    assert parts.asr.others["de"] in shared
    assert asyncio.run(probed()) == ([True] * len(shared), [False] * len(shared))


def test_an_assistant_that_was_left_is_done_with(stage):
    """It has closed its engines: running it, reloading it and entering it again say so.

    What it is to say is not heard, and nobody who waits for that waits for ever.
    """

    async def scene(assistant):
        return assistant

    async def enter(assistant):
        async with assistant:
            pass

    assistant = play_inside(stage, scene)
    assert assistant.say("Good night.").result(LONGEST_WAIT_S) is False
    for again, message in (
        (events_of(assistant), "runs inside"),
        (assistant.reload(), "is reloaded inside"),
        (enter(assistant), "entered once"),
    ):
        with pytest.raises(RuntimeError, match=message):
            asyncio.run(again)


def test_an_assistant_that_cannot_be_entered_watches_no_file(stage):
    """Nobody leaves what was never entered, so nobody would end that."""
    stage.config["assistant"] = {**stage.config.get("assistant", {}), "watch": True}
    stage.vad._load = explode
    with pytest.raises(ProviderUnavailableError, match="boom"):
        play_inside(stage, events_of)
    watching = [thread for thread in threading.enumerate() if thread.name == "irene-watch"]
    for thread in watching:
        thread.join(LONGEST_WAIT_S)
    assert not any(thread.is_alive() for thread in watching)


def test_a_refused_plan_closes_the_input(stage):
    """Strict validation that refuses the input leaves no microphone open."""
    closed = []

    class Open48(ScriptedInput):
        """A 48 kHz input that notes when it is closed."""

        sample_rate = 48000

        def open_stream(self):
            """Open."""
            stream = super().open_stream()
            stream.close = lambda: closed.append(True)
            return stream

    stage.input = Open48
    stage.config["asr"] |= {"strict_validation": True, "allow_resampling": False}
    with pytest.raises(ConfigurationError):
        stage.play(*COMMAND)
    assert closed


def test_running_without_entering_is_a_clear_error(stage):
    """`assistant.run()` outside of `async with` says what is missing."""

    async def run():
        made = Assistant.from_config(stage.config, registry=stage.registry())
        async for _ in made.run():
            pass

    with pytest.raises(RuntimeError, match="async with assistant"):
        asyncio.run(run())


def test_the_event_loop_is_not_blocked_while_a_recogniser_takes_over(stage):
    """Loading the fall-back happens on the utterance's own thread."""
    loading, release = threading.Event(), threading.Event()
    ticks = []

    def load(self):
        loading.set()
        release.wait(LONGEST_WAIT_S)

    stage.second_asr._load = load
    stage.asr.script = AsrScript(finish_fault=failing_at(0))

    async def run():
        stage.input.audio = np.concatenate(COMMAND)
        async with Assistant.from_config(stage.config, registry=stage.registry()) as assistant:

            async def tick():
                while not loading.is_set():
                    await asyncio.sleep(0.001)
                for _ in range(5):
                    await asyncio.sleep(0.001)
                    ticks.append(release.is_set())
                release.set()

            ticking = asyncio.ensure_future(tick())
            events = [event.to_dict() async for event in assistant.run()]
            await ticking
            return events

    assert one(asyncio.run(run()), "transcript")["provider"] == "second"
    assert ticks == [False] * 5


def test_the_recogniser_hears_speech_of_any_length_completely(stage):
    """A command longer than the kept history loses nothing."""
    stage.config["vad"]["max_utterance_ms"] = 60000
    streams = spy_on_streams(stage.asr)
    stage.play(silence(1), WAKE, silence(0.5), *[SPEECH] * 20, silence(1.5))
    assert int((streams[0].audio == 3000).sum()) == 20 * SPEECH.size


def test_max_concurrency_of_the_configuration_reaches_the_engine(stage):
    """`asr.providers.NAME.max_concurrency` is what the provider declares from then on."""
    stage.config["asr"]["providers"] = {"first": {"max_concurrency": 3}}
    limits = []
    original = stage.asr.open_stream
    stage.asr.open_stream = lambda self, request: (
        limits.append(self.capabilities.max_concurrency) or original(self, request)
    )
    stage.play(*COMMAND)
    assert limits == [3]


def test_whoever_was_down_is_tried_while_nobody_speaks(stage):
    """The parts of an assistant try their providers in the background, until they are closed."""

    async def states():
        config = load_config(stage.config, registry=stage.registry(), environ={})
        parts = Parts(config, stage.registry(), lambda event: None)
        chains = {str(chain.kind): chain for chain in parts.chains()}
        await parts.load()
        probed = {kind: chain.router.is_probed for kind, chain in chains.items()}
        await parts.close()
        return probed, [chain.router.is_probed for chain in chains.values()]

    probed, after = asyncio.run(states())
    assert (probed["asr"], probed["vad"]) == (True, False)  # a single one is never left alone
    assert not any(after)
