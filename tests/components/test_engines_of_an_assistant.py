"""Providers of one assistant hold engines between them; another assistant has its own."""

from irene.components.assembly import Assembly
from irene.components.making.carried_over import CarriedOver
from irene.config.loading import load_config
from irene.domain.kinds import Kind
from irene.plugin.host import installed_plugins
from irene.testing import ScriptedAsr, ScriptedVad, registry_of


def assembly(carried_over=None):
    """Return the assembly of an assistant with scripted providers."""
    registry = registry_of(ScriptedAsr, ScriptedVad, installed=installed_plugins())
    table = {"asr": {"default_provider": "scripted"}, "vad": {"default_provider": "scripted"}}
    config = load_config(table, registry=registry, environ={})
    return Assembly(config, registry, carried_over=carried_over)


def engines_of(made, kind):
    """Return what the first provider of a slot shares."""
    return made.chain(kind).candidates()[0].provider.engines


def test_all_slots_share_engines():
    """A model that two slots want is loaded once."""
    made = assembly()
    assert engines_of(made, Kind.ASR) is engines_of(made, Kind.VAD) is made.engines


def test_two_assistants_share_nothing():
    """Each of them can be closed without regard to the other."""
    assert assembly().engines is not assembly().engines


def test_a_changed_configuration_goes_on_with_the_engines_that_are_loaded():
    """What is made anew borrows what those before it still hold."""
    before = assembly()
    after = assembly(CarriedOver(engines=before.engines))
    assert engines_of(after, Kind.ASR) is before.engines
