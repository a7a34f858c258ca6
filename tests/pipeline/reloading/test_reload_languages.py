"""Languages are added and taken away while the assistant runs."""

import numpy as np
import pytest
from reload_bench import WAKE, Bench, told

from irene import AsrCapabilities, LanguageCapabilities
from irene.domain.kinds import Kind
from irene.testing import (
    LANGUAGE_LEVELS,
    AsrScript,
    ScriptedAsr,
    ScriptedLanguage,
    registry_of,
    silence,
)

GERMAN = np.full(16000, LANGUAGE_LEVELS["de"], np.int16)
SAID = (silence(1), WAKE, silence(0.5), GERMAN, silence(1.5))
BETWEEN = 40


class Identifier(ScriptedLanguage):
    """Hears whole utterances."""

    capabilities = LanguageCapabilities(
        dtype="int16", window=3200, longest=160_000, max_concurrency=4
    )


class Vogel(ScriptedAsr):
    """Knows German."""

    name = "vogel"
    capabilities = AsrCapabilities(max_concurrency=8, languages=())
    script = AsrScript("in german")


@pytest.fixture
def bench():
    """A bench on which German may be spoken."""
    made = Bench()
    plain = made.registry

    def registry():
        known = (plain().entries(kind).values() for kind in Kind)
        classes = [entry.cls for entries in known for entry in entries]
        return registry_of(*classes, Identifier, Vogel)

    made.registry = registry
    made.config["language"] = {
        "languages": ["en", "de"],
        "default_provider": "scripted",
        "recognisers": {"de": "vogel"},
    }
    return made


def providers(events):
    return [event["provider"] for event in told(events, "transcript")]


def test_identification_can_be_switched_on(bench):
    """From the next utterance on."""
    bench.reload_at(BETWEEN, ("language.enabled", True))
    events = bench.play(*SAID, *SAID)
    assert providers(events)[1] == "vogel"
    assert len(told(events, "language_identified")) == 1
    assert not bench.reports[0].problems


def test_identification_can_be_switched_off(bench):
    """What was identified before plays no role any more."""
    bench.config["language"]["enabled"] = True
    bench.reload_at(BETWEEN, ("language.enabled", False))
    events = bench.play(*SAID, *SAID)
    assert providers(events)[0] == "vogel"
    assert providers(events)[1] != "vogel"
    assert len(told(events, "language_identified")) == 1


def test_the_language_that_is_spoken_survives_a_reload(bench):
    """Another threshold does not make German foreign again."""
    bench.config["language"]["enabled"] = True
    bench.reload_at(BETWEEN, ("language.threshold", 0.7))
    events = bench.play(*SAID, *SAID)
    assert providers(events) == ["vogel", "vogel"]
    assert len(told(events, "language_changed")) == 1
