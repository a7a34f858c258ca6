"""Settings of a benchmark: what differs is named, and nothing can be read from it."""

import pytest

from irene.config.loading import load_config
from irene.performance.benchmark.settings import differences, settings_of
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()


def settings(*overrides):
    config = load_config("demo", registry=REGISTRY, overrides=overrides, environ={})
    return settings_of(config)


def test_the_same_settings_are_the_same():
    """Read twice, nothing differs to anybody."""
    assert differences(settings(), settings(), "pipeline") == ()


@pytest.mark.parametrize(
    ("override", "component", "keys"),
    [
        ("asr.grammar=off", "asr", ("asr.grammar",)),
        ("asr.grammar=off", "tts", ()),
        ("asr.grammar=off", "pipeline", ("asr.grammar",)),
        ("tts.rate=1.5", "tts", ("tts.rate",)),
        ("assistant.language=de", "asr", ("assistant.language",)),
        ("asr.resample_quality=fast", "resampling", ("asr.resample_quality",)),
        (
            "inputs.providers.file.block_ms=20",
            "inputs",
            ("inputs.providers.file.options.block_ms",),
        ),
        ("assistant.name=other", "pipeline", ()),
        ("performance.store=false", "pipeline", ()),
        ("outputs.providers.wav.path=/elsewhere.wav", "pipeline", ()),
    ],
)
def test_what_differs_is_named_to_whom_it_matters(override, component, keys):
    """Where things lie, and what is only kept of it, matters to nobody."""
    assert differences(settings(), settings(override), component) == keys


def test_values_cannot_be_read():
    """A key says which value it is, not what it is."""
    found = settings("assistant.name=verysecret", "inputs.providers.file.encoding=verysecret")
    assert "verysecret" not in str(found)
