"""Providers that exist already are found for tables that are alike."""

import pytest

from irene.components.making.stock import Stock, Stocked
from irene.config.sections import ProviderTable
from irene.domain.kinds import Kind
from irene.testing import ScriptedAsr, ScriptedVad


def table(name="one", **keys):
    """Return the table of a provider."""
    return ProviderTable(name=name, type="scripted", **keys)


def test_a_provider_is_given_away_once():
    """Two tables that are alike are two engines."""
    provider = ScriptedAsr()
    stock = Stock([Stocked(Kind.ASR, table(), provider)])
    assert stock.take(Kind.ASR, table()) is provider
    assert stock.take(Kind.ASR, table()) is None


def test_the_name_is_no_part_of_an_engine():
    """A table may be renamed; the one that kept its name comes first."""
    first, second = ScriptedAsr(), ScriptedAsr()
    stocked = [Stocked(Kind.ASR, table("a"), first), Stocked(Kind.ASR, table("b"), second)]
    stock = Stock(stocked)
    assert stock.take(Kind.ASR, table("b")) is second
    assert stock.take(Kind.ASR, table("c")) is first


@pytest.mark.parametrize(
    "keys",
    [
        {"weight": 2.0},
        {"enabled": False},
        {"sample_rate": 8000},
        {"channels": 2},
        {"deadline_ms": 100},
    ],
)
def test_what_the_framework_does_with_an_engine_needs_no_other(keys):
    """The engine knows nothing of it."""
    stock = Stock([Stocked(Kind.ASR, table(), ScriptedAsr())])
    assert stock.take(Kind.ASR, table(**keys)) is not None


@pytest.mark.parametrize(
    "keys", [{"options": 1}, {"max_concurrency": 2}, {"isolation": "process"}, {"workers": 2}]
)
def test_what_an_engine_is_made_with_needs_another(keys):
    """It is only decided when it is made."""
    stock = Stock([Stocked(Kind.ASR, table(), ScriptedAsr())])
    assert stock.take(Kind.ASR, table(**keys)) is None


def test_the_longest_call_belongs_to_a_process_of_its_own():
    """After it the process is ended."""
    own = table(isolation="process")
    stock = Stock([Stocked(Kind.ASR, own, ScriptedAsr(), call_s=10)])
    assert stock.take(Kind.ASR, own, call_s=20) is None
    assert stock.take(Kind.ASR, own, call_s=10) is not None


def test_another_kind_or_type_is_another_engine():
    """However alike the tables are."""
    stock = Stock([Stocked(Kind.ASR, table(), ScriptedAsr())])
    assert stock.take(Kind.VAD, table()) is None
    assert stock.take(Kind.ASR, ProviderTable(name="one", type="other")) is None


def test_one_that_is_loaded_comes_first():
    """Loading is what takes long."""
    cold, warm = ScriptedVad(), ScriptedVad()
    warm.load()
    stock = Stock([Stocked(Kind.VAD, table("x"), cold), Stocked(Kind.VAD, table("y"), warm)])
    assert stock.take(Kind.VAD, table("z")) is warm
