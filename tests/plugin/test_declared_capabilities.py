"""Capabilities that cannot be true are refused where the plugin is found, in one line."""

import dataclasses
from functools import cached_property

import pytest

from irene import Asr, AsrCapabilities, EchoCanceller, Tts, Vad, VadCapabilities
from irene.errors import PluginError
from irene.plugin.declared import require_capabilities
from irene.plugin.hookspecs import CONTRACTS
from irene.plugin.host import PluginHost
from irene.testing import ScriptedAsr, plugin_of

WRONG = {
    "rate as a text": ({"sample_rates": ("16k",)}, "a tuple such as (16000,)"),
    "rate without a tuple": ({"sample_rates": 16000}, "a tuple such as (16000,)"),
    "no rate": ({"sample_rates": ()}, "a tuple such as (16000,)"),
    "negative rate": ({"sample_rates": (-1,)}, "a tuple such as (16000,)"),
    "language without a comma": ({"languages": ("en")}, "a tuple such as ('en',)"),
    "type of samples": ({"dtype": "float64"}, "'int16' or 'float32'"),
    "count": ({"max_concurrency": 0}, "a whole number, 1 or more"),
    "half a count": ({"max_concurrency": 1.5}, "a whole number"),
    "switch": ({"streaming": "yes"}, "true or false"),
}


def asr_with(declared):
    """Return a class of recognisers that declares this."""
    return type("Mine", (ScriptedAsr,), {"name": "mine", "capabilities": declared})


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_named_with_what_would_be_right(case):
    """Class, field, value and cure stand in one line."""
    given, wanted = WRONG[case]
    ((name, value),) = given.items()
    with pytest.raises(PluginError) as raised:
        require_capabilities(asr_with(AsrCapabilities(**given)), Asr)
    assert str(raised.value) == f"Mine.capabilities.{name} = {value!r}: use {wanted}"


def test_another_dataclass_is_refused():
    """Capabilities of a VAD are none of a recogniser."""
    with pytest.raises(PluginError, match="no AsrCapabilities"):
        require_capabilities(asr_with(VadCapabilities()), Asr)


def test_the_plugin_is_reported_as_broken():
    """It is found with the reason, as with every other mistake."""
    host = PluginHost([plugin_of("odd", asr_with(AsrCapabilities(sample_rates=("16k",))))])
    assert host.plugins[0].error.startswith("Mine.capabilities.sample_rates = ('16k',)")
    assert not host.plugins[0].providers


def test_what_an_object_computes_is_left_alone():
    """It depends on options that a class does not have."""
    require_capabilities(asr_with(cached_property(lambda self: AsrCapabilities())), Asr)


@pytest.mark.parametrize("contract", [Asr, EchoCanceller, Tts, Vad])
def test_the_defaults_of_a_contract_hold(contract):
    """Whoever declares nothing has declared nothing wrong."""
    require_capabilities(contract, contract)


def test_every_field_of_every_contract_is_understood():
    """Also those that have no default worth the name, such as an empty tuple."""
    models = [getattr(one, "capabilities", None) for one in CONTRACTS.values()]
    for model in filter(dataclasses.is_dataclass, models):
        cls = type("Same", (), {"capabilities": dataclasses.replace(model)})
        require_capabilities(cls, type("Contract", (), {"capabilities": model}))
