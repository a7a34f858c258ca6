"""Many recordings heard at once by one hub."""

from dataclasses import dataclass

import numpy as np
import pytest

from irene import ProviderFailedError, WakeWordHub
from irene.config.loading import load_config
from irene.pipeline.many_recordings import ManyRecordings
from irene.plugin.host import installed_plugins
from irene.testing import ScriptedInput, ScriptedVoiceTrigger, registry_of

SPOKEN = np.full(16000, 25000, np.int16)


@dataclass(frozen=True)
class PathOptions:
    """Which recording it is."""

    path: str = ""


class Recordings(ScriptedInput):
    """Recordings of a second, which note that they are opened and closed."""

    name = "file"
    audio = SPOKEN
    Options = PathOptions
    opened: list
    closed: list

    def open_stream(self):
        stream, path = super().open_stream(), self.options.path
        self.opened.append(path)
        close = stream.close

        def noting():
            if path not in self.closed:
                self.closed.append(path)
            close()

        stream.close = noting
        return stream


def fail():
    raise OSError("boom")


def bench(fault=list):
    """Return the class of the recordings, the list of what is told, and what hears them."""
    cls = type("Noted", (Recordings,), {"opened": [], "closed": []})
    trigger = type("Trigger", (ScriptedVoiceTrigger,), {"fault": staticmethod(fault)})
    installed = [plugin for plugin in installed_plugins() if plugin.name != "file"]
    registry = registry_of(cls, trigger, installed=installed)
    table = {"default_provider": "scripted", "fallback_providers": [], "wake_words": ["hello"]}
    config = load_config({"voice_trigger": table}, registry=registry, environ={})
    told = []
    hub = WakeWordHub(config, registry, on_event=told.append, max_delay_s=None)
    return cls, told, ManyRecordings(hub, config, registry)


def test_every_recording_is_heard_and_closed():
    """The same word in each of them; one that is named twice is heard once."""
    cls, told, recordings = bench()
    recordings.hear(["a.wav", "b.wav", "a.wav"], lambda error, file: None)
    assert {event.stream for event in told} == {"a.wav", "b.wav"}
    assert cls.opened == ["a.wav", "b.wav"]
    assert sorted(cls.closed) == cls.opened


def test_when_nobody_can_listen_any_more_no_recording_stays_open():
    """The failure is told, and files and pipes are let go of."""
    cls, _, recordings = bench(fail)
    with pytest.raises(ProviderFailedError, match="boom"):
        recordings.hear(["a.wav", "b.wav"], lambda error, file: None)
    assert sorted(cls.closed) == cls.opened == ["a.wav", "b.wav"]
