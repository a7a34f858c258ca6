"""Assistants whose providers run in workers: one word of TOML, and nothing else changes."""

import asyncio
import time
from contextlib import ExitStack, closing

import numpy as np
import pytest
from faulty_providers import FaultyAsr, FaultyTts, FaultyVad
from worker_bench import is_gone, wait_until

from irene import Assistant, Kind
from irene.components.assembly import Assembly
from irene.components.isolation.isolating import PROXIES
from irene.components.isolation.proxy import IsolatedProvider
from irene.components.isolation.settings import WorkerSettings, longest_call_s
from irene.components.making.carried_over import CarriedOver
from irene.components.making.stock import Stock
from irene.config.loading import load_config
from irene.config.provider_tables import ENGINE_KINDS
from irene.pipeline.typed import TypedAssistant
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.local import plugins_in
from irene.plugin.registry import ComponentRegistry
from irene.testing import (
    ScriptedAsr,
    ScriptedTts,
    ScriptedVad,
    registry_of,
)

SLOW = pytest.mark.slow
LOUD = np.full(160, 32767, np.int16)
QUIET = np.full(160, 3277, np.int16)
REGISTRY = registry_of(
    FaultyAsr,
    FaultyTts,
    FaultyVad,
    ScriptedAsr,
    ScriptedTts,
    ScriptedVad,
    installed=installed_plugins(),
)


def assembly(section, table, carried_over=None, **more):
    """Return an assembly whose faulty provider runs in a worker, and what it reports."""
    providers = {"faulty": {"isolation": "process", **table}}
    slot = {"default_provider": "faulty", "fallback_providers": ["scripted"], **more}
    config = {section: {**slot, "providers": providers}}
    events = []
    loaded = load_config(config, registry=REGISTRY)
    return Assembly(loaded, REGISTRY, events.append, carried_over=carried_over), events


@pytest.fixture
def leave():
    """Close what a test has made, however it ends."""
    with ExitStack() as stack:
        yield stack


def said(asr, blocks):
    """Say these blocks, and return what was recognised."""
    utterance = asr.open(16000)
    for block in blocks:
        utterance.feed(block)
    utterance.end()
    return utterance.wait()


@pytest.mark.parametrize(
    ("fault", "broken_block"),
    [
        ("abort", 0),
        pytest.param("segfault", 1, marks=SLOW),
        pytest.param("kill", 2, marks=SLOW),
        pytest.param("memory", 3, marks=SLOW),
        pytest.param("spin", 1, marks=SLOW),
    ],
)
def test_whatever_breaks_in_an_utterance_costs_one_retry_and_no_sample(leave, fault, broken_block):
    """The next recogniser hears everything from the beginning, whichever block it was.

    A crash, a signal, memory without end, a loop that holds the interpreter: each is one event of
    the process, and one of the recogniser.
    """
    table = {"fault": fault, "memory_limit_mb": 200.0}
    made, events = assembly("asr", table, deadline_ms=2500)
    asr = leave.enter_context(closing(made.asr()))
    blocks = [QUIET + number for number in range(4)]
    blocks[broken_block] = LOUD
    assert said(asr, blocks).provider == "scripted"
    (scripted,) = [one.provider for one in asr.slot.chain.candidates() if one.name == "scripted"]
    assert (scripted.utterances[-1].audio == np.concatenate(blocks)).all()
    wait_until(lambda: "worker_restarted" in [event.event for event in events])
    names = [event.event for event in events]
    assert [names.count(name) for name in ("worker_died", "provider_failed")] == [1, 1]


def test_the_only_recogniser_hears_an_utterance_again_after_a_crash(leave, tmp_path):
    """It is waited for while it is started again, and given every sample."""
    options = {"fault": "segfault", "once": str(tmp_path / "once")}
    made, events = assembly("asr", options, fallback_providers=[])
    asr = leave.enter_context(closing(made.asr()))
    blocks = [QUIET, LOUD, QUIET]
    recognition = said(asr, blocks)
    assert recognition.provider == "faulty"
    assert recognition.hypothesis.text.split()[0] == str(sum(int(one.sum()) for one in blocks))
    assert [event.event for event in events].count("worker_died") == 1


def test_a_voice_that_crashes_has_the_sentence_said_by_the_next_one(leave):
    """The whole sentence, from its beginning."""
    made, events = assembly("tts", {"fault": "segfault"})
    voice = leave.enter_context(closing(made.voice()))
    blocks = list(voice.say("one die three", "en").blocks())
    begun = [number for number, block in enumerate(blocks) if block.begins]
    assert begun[0] == 0
    assert [block.sample_rate for block in blocks] == [12345] * begun[1] + [16000] * (
        len(blocks) - begun[1]
    )
    assert "provider_switched" in [event.event for event in events]


def test_limits_come_from_the_table():
    """Processes, memory, what a worker may take to load, and when a call counts as hung."""
    made, _ = assembly("asr", {"workers": 3, "memory_limit_mb": 700.0, "max_concurrency": 5})
    provider = made.asr_slot().chain.candidates()[0].provider
    assert provider.pool.settings == WorkerSettings(
        workers=3, memory_limit_mb=700.0, start_s=60.0, call_s=30.0
    )
    assert provider.capabilities.max_concurrency == 15
    with closing(made.asr()) as asr:
        serving = asr.slot.chain.current.provider
        assert serving.capabilities.max_concurrency == 15
        assert serving.unknown_words(["limit"]) == ("5",)
    made, _ = assembly("asr", {"deadline_ms": 4000}, deadline_ms=9000)
    assert made.asr_slot().chain.candidates()[0].provider.pool.settings.call_s == 8.0
    made, _ = assembly("asr", {}, deadline_ms=9000)
    assert made.asr_slot().chain.candidates()[0].provider.pool.settings.call_s == 18.0
    assert [longest_call_s(one) for one in (None, 100, 3000)] == [30.0, 5.0, 6.0]


@pytest.mark.parametrize(("deadline_ms", "stays"), [(9000, True), (4000, False)])
def test_a_process_stays_while_its_calls_are_ended_after_the_same_time(deadline_ms, stays):
    """Also when that time is the slot's."""
    before, _ = assembly("asr", {}, deadline_ms=9000)
    old = before.asr_slot().chain.candidates()[0].provider
    after, _ = assembly("asr", {}, CarriedOver(Stock(before.made)), deadline_ms=deadline_ms)
    new = after.asr_slot().chain.candidates()[0].provider
    assert (new is old) is stays


LISTENING = {Kind.VOICE_TRIGGER, Kind.VAD, Kind.RESAMPLING, Kind.LANGUAGE, Kind.ECHO_CANCELLATION}


@pytest.mark.parametrize("kind", sorted(ENGINE_KINDS, key=str), ids=str)
def test_every_bundled_engine_gets_a_process_that_is_asked_for(kind):
    """Also where the section has no keys of routing, such as a deadline. What listens may not take
    longer than it could on a thread."""
    registry = ComponentRegistry.installed()
    for name in registry.entries(kind):
        slot = {"default_provider": name, "providers": {name: {"isolation": "process"}}}
        made = Assembly(load_config({str(kind): slot}, registry=registry), registry)
        provider = made.chain(kind).candidates()[0].provider
        assert isinstance(provider, IsolatedProvider)
        assert provider.pool.settings.call_s == (10.0 if kind in LISTENING else 30.0)


@pytest.mark.parametrize("kind", sorted(set(Kind) - ENGINE_KINDS, key=str), ids=str)
def test_everything_else_that_is_bundled_can_have_a_process_too(bench, kind):
    """Inputs, outputs, sentences and handlers: none of them has to stay here."""
    registry = ComponentRegistry.installed()
    for name in registry.entries(kind):
        made = bench.isolated(registry.create(kind, name, None))
        assert isinstance(made, PROXIES[kind])
        assert made.name == name


PLUGIN = """
from dataclasses import dataclass

from irene import Vad, VadStream, hookimpl

@dataclass(frozen=True)
class Options:
    share: float = 0.25

class Half(VadStream):
    def __init__(self, share):
        self._share = share
    def process(self, window):
        return self._share
    def reset(self):
        pass

class Own(Vad[Options]):
    name = "own"
    Options = Options
    def open_stream(self):
        return Half(self.options.share)

@hookimpl
def irene_vads():
    return [Own]
"""


def test_a_plugin_that_is_a_single_file_runs_in_a_worker(leave, tmp_path):
    """Its module cannot be found by name, and its options are of a class of its own."""
    (tmp_path / "own_vad.py").write_text(PLUGIN, encoding="utf-8")
    sources = [*installed_plugins(), *plugins_in([tmp_path])]
    registry = ComponentRegistry(PluginHost(sources))
    table = {"isolation": "process", "share": 0.75}
    config = {"vad": {"default_provider": "own", "providers": {"own": table}}}
    chain = Assembly(load_config(config, registry=registry), registry).vad_slot().chain
    leave.enter_context(closing(chain))
    stream = chain.current.provider.open_stream()
    assert stream.process(np.zeros(512, np.float32)) == 0.75
    stream.close()


def test_providers_of_every_kind_can_be_isolated():
    """Each by what stands for its kind."""
    assert set(PROXIES) == set(Kind)
    for kind, proxy in PROXIES.items():
        assert proxy.kind is kind


def test_an_assistant_understands_and_answers_in_workers(tmp_path):
    """Sentences in one process, the handlers in others, and what they keep where it always is."""
    tables = {name: {"isolation": "process"} for name in ("time", "timers")}
    config = {
        "assistant": {"state_folder": str(tmp_path)},
        "inputs": {"default_provider": "file"},
        "outputs": {"default_provider": "none"},
        "intent_recognition": {"providers": {"hassil": {"isolation": "process"}}},
        "intents": {"providers": tables},
    }

    async def run():
        registry = ComponentRegistry.installed()
        loaded = load_config(config, registry=registry)
        async with TypedAssistant(loaded, registry) as assistant:
            return [
                (await assistant.ask(text)).response.text
                for text in ("set a timer for five minutes", "how long is left", "what time is it")
            ]

    set_, left, time_ = asyncio.run(run())
    assert "5 minutes" in set_
    assert "minutes" in left
    assert time_
    assert list((tmp_path / "timers").iterdir())


def same(event):
    """Return what an event says, without what the machine's speed decides."""
    facts = event.to_dict()
    return {key: facts[key] for key in facts.keys() - {"latency_ms", "rtf", "spans", "data"}}


@pytest.mark.slow
def test_the_demonstration_is_the_same_with_everything_in_workers(tmp_path):
    """All events of a real conversation; no process is left when it is over."""
    for package in ("pocketsphinx", "pymicro_wakeword", "onnxruntime", "espeakng_loader"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    registry = ComponentRegistry.installed()
    isolate = [
        "voice_trigger.providers.microwakeword.isolation=process",
        "vad.providers.silero.isolation=process",
        "asr.providers.pocketsphinx.isolation=process",
        "tts.providers.espeak.isolation=process",
        "resampling.providers.soxr.isolation=process",
        "inputs.providers.file.isolation=process",
        "intent_recognition.providers.hassil.isolation=process",
        "intents.providers.time.isolation=process",
    ]

    async def run(overrides):
        output = [f"outputs.providers.wav.path={tmp_path / 'answer.wav'}"]
        made = Assistant.from_config("demo", overrides=[*output, *overrides], registry=registry)
        async with made as assistant:
            events = [same(event) async for event in assistant.run()]
        return events, (tmp_path / "answer.wav").stat().st_size

    began = ""
    while began != time.strftime("%H:%M"):  # the answer tells the time: both in one minute
        began = time.strftime("%H:%M")
        isolated, plain = asyncio.run(run(isolate)), asyncio.run(run([]))
    assert isolated == plain


def test_closing_an_assembly_leaves_no_process():
    """As soon as it returns."""
    made, _ = assembly("vad", {"workers": 2})
    slot = made.vad_slot()
    provider = slot.chain.current.provider
    assert isinstance(provider, IsolatedProvider)
    pids = provider.pool.pids
    assert len(pids) == 2
    slot.chain.close()
    assert all(map(is_gone, pids))
