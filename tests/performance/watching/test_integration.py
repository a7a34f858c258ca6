"""`PerformanceIntegration` and its decorator."""

import asyncio
import inspect

import pytest

from irene.config.sections.performance import PerformanceSection
from irene.performance.integration import PerformanceIntegration, monitor_component_performance
from irene.performance.monitor import ComponentType
from irene.testing import VirtualClock


class Agent:
    """A voice agent as the reference documents show it."""

    def __init__(self, integration=None):
        self.performance_integration = integration

    @monitor_component_performance(ComponentType.STT, "transcribe")
    async def transcribe_audio(self, audio, *, fails=False):
        """Transcribe."""
        await asyncio.sleep(0)
        if fails:
            raise OSError("no audio")
        return f"text of {audio}"

    @monitor_component_performance(ComponentType.LLM, "generate", enable_profiling=True)
    async def generate_response(self, prompt):
        """Answer."""
        await asyncio.sleep(0)
        return f"answer to {prompt}"

    @monitor_component_performance(ComponentType.VAD)
    def detect(self, audio):
        """Detect."""
        return audio == "speech"


@pytest.fixture
def integration():
    return PerformanceIntegration(clock=VirtualClock())


def operations(integration, component):
    components = integration.get_performance_summary()["components"]
    return components[component]["operations"] if component in components else {}


def test_the_example_of_the_documents_works(integration):
    """Initialise, time, ask, clean up."""

    async def run():
        await integration.initialize()
        with integration.time_operation(ComponentType.PIPELINE, "full_cycle"):
            await Agent(integration).transcribe_audio("clip")
        await integration.cleanup()
        return integration.get_performance_summary()

    summary = asyncio.run(run())
    assert summary["avg_response_time"] >= 0
    assert summary["components"]["asr"]["p95_time_ms"] >= 0
    assert summary["components"]["pipeline"]["operation_count"] == 1


def test_a_decorated_method_is_still_that_method(integration):
    """Name, signature, docstring and result."""
    agent = Agent(integration)
    assert asyncio.run(agent.transcribe_audio("clip")) == "text of clip"
    assert inspect.iscoroutinefunction(agent.transcribe_audio)
    assert list(inspect.signature(Agent.transcribe_audio).parameters) == ["self", "audio", "fails"]
    assert (Agent.detect.__name__, Agent.detect.__doc__) == ("detect", "Detect.")


def test_every_object_is_timed_by_its_own(integration):
    """The first one is not pinned."""
    other = PerformanceIntegration(clock=VirtualClock())
    one, another = Agent(integration), Agent(other)
    one.detect("speech")
    another.detect("speech")
    another.detect("noise")
    assert operations(integration, "vad")["vad.detect"]["operation_count"] == 1
    assert operations(other, "vad")["vad.detect"]["operation_count"] == 2


def test_an_object_may_get_its_integration_later(integration):
    """It is looked up at every call."""
    agent = Agent()
    assert agent.detect("speech") is True
    agent.performance_integration = integration
    agent.detect("speech")
    del agent.performance_integration
    agent.detect("speech")
    assert operations(integration, "vad")["vad.detect"]["operation_count"] == 1


def test_a_call_that_raises_is_an_error(integration):
    """Counted apart; the caller gets what was raised."""
    agent = Agent(integration)
    with pytest.raises(OSError, match="no audio"):
        asyncio.run(agent.transcribe_audio("clip", fails=True))
    found = operations(integration, "asr")["asr.transcribe"]
    assert (found["operation_count"], found["error_count"]) == (0, 1)


def test_calls_that_run_at_the_same_time_are_all_counted(integration):
    """A hundred tasks of one object."""
    agent = Agent(integration)

    async def all_of_them():
        await asyncio.gather(*(agent.transcribe_audio(number) for number in range(100)))

    asyncio.run(all_of_them())
    assert operations(integration, "asr")["asr.transcribe"]["operation_count"] == 100


def test_a_generator_is_refused():
    """Its caller decides how long it takes."""
    with pytest.raises(TypeError, match="time what is inside"):

        @monitor_component_performance(ComponentType.TTS)
        def pieces(self):
            yield 1


def test_monitoring_can_be_configured_away(tmp_path):
    """And be wanted all the same."""
    off = PerformanceSection(enable_monitoring=False)
    silent = PerformanceIntegration(off, data_dir=tmp_path)
    Agent(silent).detect("speech")
    asyncio.run(silent.initialize())
    asyncio.run(silent.cleanup())
    assert operations(silent, "vad") == {}
    assert list(tmp_path.iterdir()) == []
    wanted = PerformanceIntegration(off, enable_all=True)
    Agent(wanted).detect("speech")
    assert operations(wanted, "vad")["vad.detect"]["operation_count"] == 1


def test_a_component_is_benchmarked(tmp_path):
    """As often as is asked for, else as the settings say; kept under its name, and compared."""
    settings = PerformanceSection(default_benchmark_iterations=12)
    integration = PerformanceIntegration(settings, data_dir=tmp_path)

    async def synthesize():
        await asyncio.sleep(0)

    async def run():
        usual = await integration.run_component_benchmark(ComponentType.TTS, synthesize)
        few = await integration.run_component_benchmark("tts", synthesize, iterations=5, name="few")
        return usual, few

    usual, few = asyncio.run(run())
    assert (usual.name, usual.component, usual.iterations) == ("tts_benchmark", "tts", 12)
    assert (few.name, few.iterations, few.failures) == ("few", 5, 0)
    assert 0 < few.min_time_ms <= few.avg_time_ms <= few.max_time_ms
    names = {one.name for one in integration.benchmarks.get_benchmark_history(days=7)}
    assert names == {"tts_benchmark", "few"}


def test_a_benchmark_of_nobody_is_kept_nowhere(tmp_path, monkeypatch):
    """Without a folder there is no file, not even in the working directory."""
    monkeypatch.chdir(tmp_path)
    integration = PerformanceIntegration()
    found = asyncio.run(integration.run_component_benchmark("vad", lambda: None, iterations=3))
    assert found.iterations == 3
    assert integration.benchmarks.get_benchmark_history() == []
    assert list(tmp_path.iterdir()) == []


def profiled(integration):
    return [(one.component, one.operation) for one in integration.profiler.get_profile_results()]


def test_nothing_is_profiled_unless_that_is_wanted(integration):
    """Neither a block nor a method that asks for it; they run all the same."""
    assert integration.profile_operation(ComponentType.LLM, "generate") is None
    assert asyncio.run(Agent(integration).generate_response("hello")) == "answer to hello"
    assert profiled(integration) == []
    assert operations(integration, "intents")["intents.generate"]["operation_count"] == 1


def test_a_method_that_asks_for_it_is_profiled():
    """And timed, as without; others are not."""
    settings = PerformanceSection(enable_profiling=True, profiling_sample_rate=1.0)
    integration = PerformanceIntegration(settings)
    agent = Agent(integration)

    async def run():
        await agent.generate_response("hello")
        await agent.transcribe_audio("clip")
        await integration.cleanup()

    asyncio.run(run())
    assert profiled(integration) == [("intents", "generate")]
    (profile,) = integration.profiler.get_profile_results()
    assert profile.memory is None
    assert operations(integration, "intents")["intents.generate"]["operation_count"] == 1


@pytest.mark.parametrize(
    ("rate", "expected"), [(1.0, [0, 1, 2, 3, 4, 5, 6, 7]), (0.25, [0, 4]), (0.4, [0, 3, 5])]
)
def test_a_share_of_the_operations_is_profiled(rate, expected):
    """Evenly apart, the first one among them."""
    settings = PerformanceSection(enable_profiling=True, profiling_sample_rate=rate)
    integration = PerformanceIntegration(settings)
    taken = [integration.profile_operation("asr") is not None for _ in range(8)]
    assert [number for number, is_taken in enumerate(taken) if is_taken] == expected


def test_all_that_ask_are_profiled_when_everything_is_enabled():
    """Whatever the share."""
    integration = PerformanceIntegration(enable_all=True)
    assert all(integration.profile_operation("asr") for _ in range(20))


def test_allocations_are_in_the_profile_when_that_is_wanted():
    """With a key of its own, as that costs more."""
    settings = PerformanceSection(enable_profiling=True, enable_memory_profiling=True)
    integration = PerformanceIntegration(settings)
    context = integration.profile_operation("memory", "fill")
    with context:
        kept = [bytes(1000) for _ in range(1000)]
    integration.profiler.close()
    assert len(kept) == 1000
    assert context.result.memory is not None


def test_a_component_is_tuned_by_the_optimizer(monkeypatch):
    """Which gets component and settings as they are."""
    integration = PerformanceIntegration()

    class Optimizer:
        async def optimize_component(self, component, settings):
            return {**settings, "chunk_size": 512, "of": component}

    monkeypatch.setitem(integration.__dict__, "optimizer", Optimizer())
    work = integration.optimize_component(ComponentType.AUDIO_CAPTURE, {"chunk_size": 3840})
    assert asyncio.run(work) == {"chunk_size": 512, "of": ComponentType.INPUT}
