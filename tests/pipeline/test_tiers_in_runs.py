"""When recognisers that are asked after others read the sentences: engines load without them."""

import asyncio
import threading

import pytest
from test_assistant_script import COMMAND, Answer, Anything, Stage

from irene.config.loading import load_config
from irene.pipeline.typed import TypedAssistant
from irene.plugin.host import installed_plugins
from irene.testing import registry_of


class Near(Anything):
    """A tier that notes that it has been given the sentences."""

    name = "near"
    was_opened = threading.Event()

    def open_matcher(self, sources):
        """Note it."""
        self.was_opened.set()
        return super().open_matcher(sources)


class Begins(Answer):
    """Begins to work when the run has started, and notes whether the tier was opened before."""

    name = "begins"
    found = ()

    def start(self, services):
        """Look, after a while in which it would be."""
        self.found.append(Near.was_opened.wait(0.01))


@pytest.fixture(autouse=True)
def opened(monkeypatch):
    """What is set once the tier has been given the sentences."""
    monkeypatch.setattr(Near, "was_opened", threading.Event())
    monkeypatch.setattr(Begins, "found", [])
    return Near.was_opened


def test_tiers_read_the_sentences_when_the_run_has_started(opened):
    """Not while engines load; but then without having been asked."""
    stage = Stage()
    stage.further = (Near, Begins)
    stage.config["intent_recognition"]["tiers"] = ["near"]
    stage.config["intents"]["handlers"] = ["begins"]
    stage.play(*COMMAND)
    assert Begins.found == [False]
    assert opened.wait(30)


@pytest.mark.parametrize(
    ("texts", "is_read"), [(["a"], False), (["a", "b"], True), (["gibberish"], True)]
)
def test_who_types_a_single_question_does_without_the_tiers(opened, texts, is_read):
    """Unless it is not understood; from the second text on it is a conversation."""
    config = {
        "intent_recognition": {"default_provider": "anything", "tiers": ["near"]},
        "intents": {"handlers": ["answer"]},
    }

    async def converse():
        registry = registry_of(Anything, Near, Answer, installed=installed_plugins())
        async with TypedAssistant(load_config(config, registry=registry), registry) as assistant:
            for text in texts:
                await assistant.ask(text)
            assert opened.wait(30 if is_read else 0.01) is is_read

    asyncio.run(converse())
