"""Finding plugins: a broken one is named with its reason and harms nobody."""

import importlib.metadata
from types import ModuleType

import pytest

from irene import ConfigurationError, Kind, hookimpl
from irene.plugin.hookspecs import CONTRACTS
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.plugin.source import PluginSource
from irene.testing import ScriptedAsr, ScriptedVad, plugin_of


def module(**attributes):
    """Return the source of a plugin module with these attributes."""
    made = ModuleType("made")
    vars(made).update(attributes)
    return PluginSource("odd", "made", lambda: made, "odd-dist", "1.0")


def hook(classes):
    """Return a hook implementation that returns `classes`, or calls it."""

    @hookimpl
    def implementation():
        return classes() if callable(classes) and not isinstance(classes, type) else classes

    return implementation


def explode():
    """Raise, as a broken plugin does."""
    raise ZeroDivisionError("at import")


@hookimpl
def asks_for_more(config):
    """Ask for what the hook does not give."""
    return [ScriptedVad]


class Half(ScriptedVad):
    """A VAD without a name."""

    name = None


class Unfinished(CONTRACTS["irene_vads"]):
    """A VAD without `open_stream`."""

    name = "unfinished"


class Loose(ScriptedVad):
    """A VAD whose options are no dataclass."""

    Options = dict


class Closed(ScriptedVad):
    """A VAD that takes no options."""

    def __init__(self):
        super().__init__()


class Awaited(ScriptedVad):
    """A VAD whose author thinks that it is awaited."""

    async def _load(self):
        """Load nothing, as nobody awaits it."""


BROKEN = {
    "raises at import": (
        PluginSource("odd", "made", explode, "odd-dist", "1.0"),
        "ZeroDivisionError: at import",
    ),
    "raises in its hook": (module(irene_vads=hook(explode)), "ZeroDivisionError: at import"),
    "mistyped hook": (
        module(irene_vadz=hook([ScriptedVad])),
        "no hook is called 'irene_vadz'; did you mean 'irene_vads'?",
    ),
    "made-up hook": (module(quux=hook([ScriptedVad])), "no hook is called 'quux'; use irene_"),
    "no hook at all": (module(), "offers a provider"),
    "asks for more than there is": (
        module(irene_asrs=hook([ScriptedAsr]), irene_vads=asks_for_more),
        "Plugin 'odd' for hook 'irene_vads'",
    ),
    "not a provider": (module(irene_vads=hook([int])), "not a subclass of irene.Vad"),
    "wrong kind": (module(irene_asrs=hook([ScriptedVad])), "not a subclass of irene.Asr"),
    "no name": (module(irene_vads=hook([Half])), "has no `name`"),
    "abstract": (module(irene_vads=hook([Unfinished])), "lacks open_stream"),
    "options of another kind": (
        module(irene_vads=hook([Loose])),
        "Loose.Options = <class 'dict'>: no dataclass",
    ),
    "no options taken": (
        module(irene_vads=hook([Closed])),
        "Closed.__init__ does not take the options alone",
    ),
    "async": (module(irene_vads=hook([Awaited])), "Awaited._load is `async def`"),
    "an object": (
        module(irene_vads=hook([ScriptedVad()])),
        "irene_vads returned an object of ScriptedVad: not a subclass of irene.Vad",
    ),
    "no list": (module(irene_vads=hook(ScriptedVad)), "returned ScriptedVad, not a list"),
    "newer API": (
        module(irene_vads=hook([ScriptedVad]), IRENE_PLUGIN_API=(9, 0)),
        "needs plugin API 9.0",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named_and_harms_nobody(case):
    """The report of the broken plugin holds the reason; the healthy one still works."""
    source, reason = BROKEN[case]
    host = PluginHost([source, plugin_of("good", ScriptedAsr)])
    broken, good = host.plugins
    assert reason in broken.error
    assert (broken.name, broken.distribution, broken.providers) == ("odd", "odd-dist", ())
    assert good.providers == (ScriptedAsr,)
    assert good.error == ""


def test_each_of_many_broken_plugins_is_told_its_own_reason():
    """Nothing of one is taken for the next one's."""
    sources = [source for source, _ in BROKEN.values()]
    host = PluginHost([*sources, plugin_of("good", ScriptedAsr)])
    *broken, good = host.plugins
    told = zip(broken, BROKEN.values(), strict=True)
    assert [one.error for one, (_, reason) in told if reason not in one.error] == []
    assert (good.providers, good.error) == ((ScriptedAsr,), "")


def test_two_plugins_with_one_name_are_refused_naming_both():
    """The first owner keeps the name; the second one is told who has it."""
    host = PluginHost([plugin_of("one", ScriptedVad), plugin_of("two", ScriptedVad)])
    assert host.plugins[0].error == ""
    assert "'scripted' is already offered by one" in host.plugins[1].error


def test_a_disabled_plugin_is_not_even_imported():
    """`[plugins] disabled` keeps a plugin out before its code runs."""
    host = PluginHost([PluginSource("odd", "made", explode)], disabled=["odd"])
    assert host.plugins == ()


def test_an_unknown_provider_is_answered_with_the_nearest_name():
    """A typing error is recognised as such."""
    registry = ComponentRegistry(PluginHost([plugin_of("good", ScriptedVad)]))
    with pytest.raises(ConfigurationError, match="did you mean 'scripted'"):
        registry.find(Kind.VAD, "scriptet")


def test_every_kind_has_a_hook():
    """No slot can be left without a way to fill it."""
    assert {contract.kind for contract in CONTRACTS.values()} == set(Kind)


def test_every_bundled_plugin_works():
    """All entry points of irene-voice load, and each offers at least one provider."""
    reports = [p for p in ComponentRegistry.installed().plugins if p.distribution == "irene-voice"]
    assert len(reports) >= 20
    assert {report.name: report.error for report in reports if report.error} == {}


def test_the_metadata_of_a_distribution_is_read_once_for_all_its_plugins(monkeypatch):
    """It is parsed at each look, and irene alone brings forty plugins: that was most of a start."""
    kind = type(importlib.metadata.distribution("pytest"))
    parsed, read = [], kind.metadata.fget

    def counted(self):
        parsed.append(self.locate_file(""))
        return read(self)

    monkeypatch.setattr(kind, "metadata", property(counted))
    found = installed_plugins()
    assert len(found) >= 20
    assert len(parsed) <= 2 * len({one.distribution for one in found})  # a name and a version each
