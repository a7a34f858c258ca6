"""Whose time it is, by the module of a function."""

import importlib.util

import pytest

from irene.performance.profiling import ownership
from irene.performance.profiling.ownership import Ownership


@pytest.mark.parametrize("module", sorted(ownership._PARTS))
def test_every_module_that_has_an_owner_is_there(module):
    """One that is moved takes its entry along; else its time would be somebody else's."""
    assert importlib.util.find_spec(module) is not None


@pytest.mark.parametrize(
    ("module", "component"),
    [
        ("irene.components.understanding.matchers", "intent_recognition"),
        ("irene.components.understanding.handlers", "intents"),
        ("irene.components.understanding.grammars", "asr"),
        ("irene.components.resampling.live_conversion", "resampling"),
        ("irene.components.asr.stream", "asr"),
        ("irene.components.chain.provider_chain", ""),
    ],
)
def test_a_module_belongs_to_its_own_component_before_that_of_its_folder(module, component):
    """What serves every slot has none: its time is that of whoever calls it."""
    assert Ownership().of_module(module) == (component, "")
