"""The keys of `[audio]` that say what happens to a microphone that is not read in time."""

import pytest

from irene.audio.input_buffer import BufferSettings
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.plugin.host import installed_plugins
from irene.testing import ScriptedInput, registry_of


def buffering(**keys):
    """Return the limits of the input that a configuration of `[audio]` leads to."""
    registry = registry_of(ScriptedInput, installed=installed_plugins())
    table = {"inputs": {"default_provider": "scripted"}, "audio": keys}
    assembly = Assembly(load_config(table, registry=registry, environ={}), registry)
    return assembly.inputs().current.provider.buffering


def test_the_documented_limits_are_the_defaults():
    """24000 samples, a fade of 240, five overflows, 25 ms."""
    assert buffering() == BufferSettings(24000, 240, 5, 0.025, True)


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        ("buffer_samples", 8000, "frames", 8000),
        ("crossfade_samples", 0, "crossfade", 0),
        ("overflow_limit", 2, "overflow_limit", 2),
        ("suspension_ms", 100, "suspension_s", 0.1),
        ("pre_warm", False, "pre_warm", False),
    ],
)
def test_every_key_reaches_the_input(key, value, field, expected):
    """What is configured holds for the buffer that the input makes."""
    assert getattr(buffering(**{key: value}), field) == expected


def test_an_input_makes_its_buffer_with_these_limits():
    """A plugin needs to know nothing of the configuration."""
    source = ScriptedInput()
    source.buffering = BufferSettings(frames=5000)
    stream = source.open_stream()
    buffer = source.new_buffer(stream.format, 160)
    buffer.put(bytes(2 * 6000))
    assert buffer.counts.waiting == 5000
