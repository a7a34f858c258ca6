"""The memory budget of an assistant's models, with real engines and with scripted ones."""

import functools
from pathlib import Path

import numpy as np
import pytest
import soxr

from irene import AudioChunk, Grammar, SpeechRequest
from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.making.model_memory import enrol_in_budget
from irene.config.loading import load_config
from irene.config.sections import AsrSection, ProviderTable
from irene.domain.kinds import Kind
from irene.errors import ProviderUnavailableError
from irene.memory.budget.footprint import Footprint
from irene.memory.budget.models import BudgetLimits, ModelBudget
from irene.memory.budget.residence import Tenancy
from irene.plugin.registry import ComponentRegistry
from irene.testing import ScriptedAsr, VirtualClock, noise
from irene_plugins.tts.espeak import EspeakVoice

TESTS = Path(__file__).parents[1]
VOSK = TESTS / "models" / "vosk" / "irene-commands-en"
TEXT = "what time is it"


@functools.cache
def recording():
    """Return somebody who asks for the time."""
    engine = EspeakVoice()
    engine.load()
    samples = np.concatenate(list(engine.synthesize(SpeechRequest(TEXT))))
    spoken = soxr.resample(samples, engine.sample_rate, 16000)
    quiet = noise(0.5, -65)
    return AudioChunk(np.concatenate([quiet, spoken.astype(np.int16), quiet]), 16000)


def assembly(told, **memory):
    """Return what makes an assistant with two recognisers under a budget."""
    registry = ComponentRegistry.installed()
    config = {
        "memory": memory,
        "asr": {
            "default_provider": "vosk",
            "fallback_providers": ["pocketsphinx"],
            "providers": {"vosk": {"model": str(VOSK), "memory_mb": 120}, "pocketsphinx": {}},
        },
        "tts": {"providers": {"espeak": {"memory_mb": 20, "memory_priority": 9}}},
    }
    return Assembly(load_config(config, registry=registry), registry, told.append)


def heard(asr, provider):
    """Return what a recogniser hears."""
    return asr.recognize(recording(), provider).hypothesis.text


@pytest.fixture
def engines():
    """Skip without the engines."""
    for package in ("vosk", "pocketsphinx", "espeakng_loader"):
        pytest.importorskip(package, reason=f"{package} is not installed")


def test_two_recognisers_serve_in_turn_in_memory_for_one(engines):
    """Vosk and PocketSphinx, for real: each is loaded again when it is asked for."""
    told = []
    made = assembly(told, ram_budget_mb=160)
    asr = made.asr()
    asr.guide(Grammar.of_sentences([TEXT, "turn on the lamp", "lock the front door"]))
    loaded = {one.name: one.provider for one in asr.slot.chain.candidates()}
    for _ in range(2):
        assert heard(asr, "vosk") == TEXT
        assert heard(asr, "pocketsphinx") == TEXT
        assert not loaded["vosk"].is_loaded
    unloaded = [event.unloaded for event in told if event.event == "models_unloaded"]
    assert ("asr provider 'vosk'",) in unloaded
    assert ("asr provider 'pocketsphinx'",) in unloaded
    assert made.models.taken().ram <= 160e6
    sizes = {one.name: one.size.ram for one in made.models.residents()}
    assert 50e6 < sizes["asr provider 'pocketsphinx'"] < 160e6
    asr.close()


def test_a_voice_that_was_unloaded_speaks_again(engines):
    """As long, as far as the engine's sentences ever are."""
    made = assembly([], ram_budget_mb=130)
    voice, asr = made.voice(), made.asr()
    espeak = voice.chain.candidates()[0].provider

    def said(text):
        voice.cache.clear()
        return np.concatenate([block.samples for block in voice.say(text, "en").blocks()])

    before = said("Hello.")
    asr.slot.chain.lease().end()
    assert not espeak.is_loaded
    assert said("Hello.").size == pytest.approx(before.size, rel=0.2)
    assert espeak.is_loaded


def test_a_recogniser_that_is_too_large_is_left_out_in_one_line(engines):
    """The other one serves; the line says which key would have to change."""
    told = []
    asr = assembly(told, ram_budget_mb=50).asr()
    with pytest.raises(ProviderUnavailableError, match="more than all of"):
        asr.recognize(recording())
    failed = [event for event in told if event.event == "provider_failed"]
    assert failed[0].reason == (
        "asr provider 'vosk' takes 120 MB, more than all of memory.ram_budget_mb = 50: raise that, "
        "or use a smaller model"
    )
    assert "asr provider 'pocketsphinx' takes" in failed[1].reason  # which was measured
    assert all(not one.provider.is_loaded for one in asr.slot.chain.candidates())


class Counting(ScriptedAsr):
    """A recogniser that counts how often it is loaded and closed."""

    def __init__(self):
        super().__init__()
        self.changes = []

    def _load(self):
        super()._load()
        self.changes.append("load")

    def _close(self):
        super()._close()
        self.changes.append("close")


def pair(limit_mb=100):
    """Return two recognisers of 80 MB, with a chain of both."""
    budget = ModelBudget(
        BudgetLimits.of_mb(limit_mb, None), clock=VirtualClock(), measure=lambda: Footprint(0)
    )
    providers = [Counting(), Counting()]
    for number, one in enumerate(providers):
        tenancy = Tenancy(str(number), Footprint(80_000_000))
        one.residence = budget.enrol(one, tenancy, one.close)
    candidates = [Candidate(str(number), one) for number, one in enumerate(providers)]
    return budget, providers, ProviderChain(Kind.ASR, candidates, lambda event: None)


def test_a_lease_keeps_its_provider_loaded():
    """Whatever else is needed meanwhile."""
    _, (first, second), chain = pair()
    lease = chain.lease()
    second.load()
    assert first.is_loaded
    lease.end()
    chain.lease(without=["0"]).end()
    assert not first.is_loaded
    assert first.changes == ["load", "close"]


def test_the_current_provider_can_be_held():
    """For what is asked of it without a lease."""
    _, (first, second), chain = pair()
    with chain.held() as serving:
        assert serving.provider is first
        second.load()
        assert first.is_loaded
    second.close()
    assert chain.current.provider is first


def test_a_provider_that_its_owner_closes_takes_nothing():
    """The budget hears of it."""
    budget, (first, second), _ = pair()
    first.load()
    first.close()
    assert budget.residents() == ()
    second.load()
    assert first.changes == ["load", "close"]


def test_a_provider_is_not_unloaded_while_it_warms_up():
    """Two that are warmed up side by side do not unload each other in the middle of it."""
    _, (first, second), _ = pair()
    first._warm_up = second.load
    first.warm_up()
    assert first.is_loaded
    assert second.is_loaded


def test_what_turns_out_too_large_is_closed_again():
    """The engine that was loaded is freed, and the provider counts as not loaded."""
    sizes = iter([Footprint(0), Footprint(150_000_000)])
    budget = ModelBudget(BudgetLimits.of_mb(100, None), measure=lambda: next(sizes))
    provider = Counting()
    provider.residence = budget.enrol(provider, Tenancy("it"), provider.close)
    with pytest.raises(ProviderUnavailableError, match="150 MB"):
        provider.load()
    assert provider.changes == ["load", "close"]
    assert not provider.is_loaded


def test_a_model_that_raises_as_it_gives_way_is_no_failure_of_the_one_that_needs_the_room():
    """That one loads, and what could not be freed is told."""

    def gone():
        raise OSError("device gone")

    told = []
    budget = ModelBudget(BudgetLimits.of_mb(100, None), measure=lambda: Footprint(0))
    first, second = Counting(), Counting()
    first._close, first.configured_as = gone, "first"
    for name, one in (("first", first), ("second", second)):
        table = ProviderTable(name=name, type="scripted", memory_mb=80)
        enrol_in_budget(budget, one, table, AsrSection(), told.append)
        one.load()
    assert [one.name for one in budget.residents()] == ["asr provider 'second'"]
    assert [(event.provider, event.reason) for event in told] == [
        ("first", "asr provider 'first' did not close: OSError: device gone")
    ]
