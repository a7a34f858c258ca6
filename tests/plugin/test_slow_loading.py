"""A plugin that takes long to load: who waits is told which one, and how to do without it."""

import threading
from dataclasses import replace

import pytest

from irene.plugin.environment import OWN
from irene.plugin.host import PluginHost
from irene.testing import ScriptedVad, VirtualClock, plugin_of


@pytest.fixture
def clock():
    """Return a clock that only the plugin moves."""
    return VirtualClock()


def taking(seconds, clock, told):
    """Return a plugin whose import takes so long, and ends when it has been told of, if it is."""
    offered = plugin_of("tea", ScriptedVad)

    def load():
        clock.advance(seconds)
        told.wait(0 if seconds < 5 else 10)
        return offered.load()

    return replace(offered, module="tea_plugin", load=load, distribution="irene-tea", version="1.0")


@pytest.fixture
def told(caplog, monkeypatch):
    """Return what is set when a line has been logged."""
    event = threading.Event()
    emit = caplog.handler.emit
    monkeypatch.setattr(caplog.handler, "emit", lambda record: (emit(record), event.set()))
    return event


def test_a_plugin_that_hangs_is_named_with_the_cure_while_it_does(clock, told, caplog):
    """The line comes before the import has ended: it may never do."""
    PluginHost([taking(5, clock, told)], clock=clock)
    assert told.is_set()
    assert caplog.messages == [
        "irene has been loading the plugin 'tea' (tea_plugin, from irene-tea 1.0) for 5 s;"
        ' [plugins] disabled = ["tea"] leaves it out, IRENE_LOAD_PLUGINS= in the environment all'
        " plugins but irene's own"
    ]


def test_plugins_that_take_long_together_are_none_that_hangs(clock, told, caplog):
    """Each has its own time."""
    PluginHost([taking(4, clock, told), taking(4, clock, told)], clock=clock)
    assert caplog.messages == []


def test_what_comes_with_irene_is_not_watched(clock, told, caplog):
    """No thread is started for it: it imports no engine."""
    own = replace(plugin_of("own", ScriptedVad), distribution=OWN)
    seen = []
    load = own.load
    watched = replace(own, load=lambda: (seen.append(threading.active_count()), load())[1])
    before = threading.active_count()
    PluginHost([watched], clock=clock)
    assert seen == [before]
