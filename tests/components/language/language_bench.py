"""A slot with scripted identifiers, and audio in languages that they know."""

import numpy as np

from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.plugin.host import installed_plugins
from irene.testing import LANGUAGE_LEVELS, ScriptedLanguage, VirtualClock, registry_of, silence

RATE = 16000


def speech(language, seconds):
    """Return so much speech in a language that the scripted identifier hears."""
    signs = np.where(np.arange(round(seconds * RATE)) % 2, -1, 1)  # a constant is no sound
    return (signs * LANGUAGE_LEVELS[language]).astype(np.int16)


def spoken(*parts):
    """Return speech; each part is (language, seconds), an empty language is silence."""
    pieces = [speech(name, seconds) if name else silence(seconds) for name, seconds in parts]
    return np.concatenate(pieces)


class Bench:
    """The slot, its clock, and everything that it reports."""

    def __init__(self, *identifiers, assistant=None, **section):
        self.first, self.second = (*identifiers, ScriptedLanguage, ScriptedLanguage)[:2]
        self.events, self.clock = [], VirtualClock()
        second = type("Second", (self.second,), {"name": "second"})
        registry = registry_of(self.first, second, installed=installed_plugins())
        table = {
            "enabled": True,
            "languages": ["en", "de", "fr"],
            "default_provider": "scripted",
            "fallback_providers": ["second"],
            **section,
        }
        settings = {"language": table, "assistant": assistant or {}}
        config = load_config(settings, registry=registry, environ={})
        assembly = Assembly(config, registry, self.events.append, self.clock)
        self.component = assembly.language()
        self.recorder = assembly.recorder

    @property
    def provider(self):
        """The identifier that serves."""
        return self.component.slot.chain.current.provider

    def told(self):
        """Return what was reported, by name."""
        return [event.event for event in self.events]
