"""A registry of providers that do nothing: configurations need only what plugins declare."""

import types

import pytest
from sample_options import FileOptions, MicrophoneOptions, VoskOptions, WavOptions

from irene import hookimpl
from irene.config.sections import IntentsSection
from irene.domain.kinds import Kind
from irene.plugin.hookspecs import CONTRACTS, hook_of
from irene.plugin.host import PluginHost
from irene.plugin.registry import ComponentRegistry
from irene.plugin.source import PluginSource
from irene.providers.provider import NoOptions

OFFERED = {
    Kind.VOICE_TRIGGER: {"microwakeword": NoOptions, "openwakeword": NoOptions},
    Kind.VAD: {"silero": NoOptions, "energy": NoOptions},
    Kind.ASR: {"pocketsphinx": NoOptions, "vosk": VoskOptions},
    Kind.TTS: {"espeak": NoOptions},
    Kind.INTENT_RECOGNITION: {"hassil": NoOptions, "fuzzy": NoOptions},
    Kind.INTENTS: dict.fromkeys(IntentsSection().handlers, NoOptions),
    Kind.INPUT: {"microphone": MicrophoneOptions, "file": FileOptions, "stdin": NoOptions},
    Kind.OUTPUT: {"speaker": NoOptions, "none": NoOptions, "wav": WavOptions},
    Kind.ECHO_CANCELLATION: {"kalman": NoOptions},
    Kind.RESAMPLING: {"soxr": NoOptions},
}


def provider_class(kind, name, options):
    """Return a provider class of this kind that declares options and can do nothing."""
    contract = CONTRACTS[hook_of(kind)]
    methods = dict.fromkeys(contract.__abstractmethods__, lambda self, *args: None)
    return type(name, (contract,), {"name": name, "Options": options, **methods})


def plugin(offered):
    """Return the source of one plugin that offers these options by kind and name."""
    module = types.ModuleType("sample_plugin")
    for kind, providers in offered.items():
        classes = [provider_class(kind, name, options) for name, options in providers.items()]
        setattr(module, hook_of(kind), hookimpl(_hook(hook_of(kind), classes)))
    return PluginSource("sample", "sample_plugin", lambda: module)


def _hook(name, classes):
    def hook():
        return classes

    hook.__name__ = name
    return hook


@pytest.fixture(scope="session")
def make_registry():
    """Make a registry from options by kind and name."""
    return lambda offered: ComponentRegistry(PluginHost([plugin(offered)]))


@pytest.fixture(scope="session")
def offered():
    """Options by kind and name of the providers in `registry`."""
    return OFFERED


@pytest.fixture(scope="session")
def registry(make_registry):
    """Every provider of the default profile, and a few more."""
    found = make_registry(OFFERED)
    assert not found.plugins[0].error
    return found


@pytest.fixture
def write(tmp_path):
    """Write a configuration file and return its path."""

    def write_file(text, name="irene.toml"):
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write_file
