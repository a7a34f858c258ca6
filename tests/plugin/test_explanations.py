"""Why a plugin works or does not: its origin, its failure with the place, and the cure."""

import importlib

import pytest

from irene import ConfigurationError, hookimpl
from irene.cli.providers.plugin_explanations import explain, explanation_lines
from irene.plugin.environment import asked_for
from irene.plugin.host import PluginHost
from irene.plugin.local import plugins_in
from irene.plugin.registry import ComponentRegistry
from irene.plugin.source import PluginSource
from irene.testing import ScriptedAsr, ScriptedVad, plugin_of

OFFER = """
from irene import hookimpl
from irene.testing import ScriptedVad


class Mine(ScriptedVad):
    name = "mine"


@hookimpl
def irene_vads():
    return [Mine]
"""


@pytest.fixture
def why(tmp_path):
    """Return the explanation of a single-file plugin `mine` with this text."""

    def of(text, *others, disabled=(), environ=None):
        (tmp_path / "mine.py").write_text(text)
        sources = asked_for([*others, *plugins_in([tmp_path])], environ or {})
        registry = ComponentRegistry(PluginHost(sources, disabled))
        return explain("mine", registry)[0]

    return of


def test_a_plugin_that_works_is_told_with_its_origin(why, tmp_path):
    """Where it comes from, and what it offers."""
    one = why(OFFER)
    assert (one.state, one.offers, one.error) == ("works", ["vad.mine"], None)
    assert one.file == one.entry_point == str(tmp_path / "mine.py")
    assert one.distribution == "plugins.paths"


@pytest.mark.parametrize(
    ("text", "error", "place", "cure"),
    [
        ("import nowhere_engine", "No module named", "mine.py:1", "install nowhere_engine"),
        ("x = (", "SyntaxError", None, "correct the line"),
        ("from irene import Assistent", "ImportError", "mine.py:1", "take only names"),
        ("\n\n1 / 0", "ZeroDivisionError", "mine.py:3", "tell its author"),
        (
            OFFER.replace("irene_vads", "irene_vadz"),
            "did you mean 'irene_vads'",
            None,
            "rename",
        ),
        (OFFER.replace("[Mine]", "[Mine()]"), "not a subclass", None, "not of objects"),
        (OFFER.replace("[Mine]", "1 / 0"), "ZeroDivisionError", "mine.py:12", "tell its author"),
        (OFFER.replace('"mine"', '"Mine"'), "use lower case", None, "change `name`"),
        (OFFER.replace("@hookimpl", ""), "offers a provider", None, "write `@hookimpl`"),
        (OFFER + "\nIRENE_PLUGIN_API = (9, 0)", "plugin API 9.0", None, "install the newer"),
    ],
    ids=lambda value: None,
)
def test_a_broken_plugin_is_told_with_place_and_cure(why, text, error, place, cure):
    """What its author has to look at, and what to do."""
    one = why(text)
    assert one.state == "broken"
    assert error in one.error
    assert one.place == place
    assert cure in one.cure
    assert not any("\n" in line for line in explanation_lines(one))


def test_a_plugin_whose_name_is_taken_is_told_by_whom(why):
    """The one that came first keeps it."""
    one = why(OFFER, plugin_of("first", type("Taken", (ScriptedVad,), {"name": "mine"})))
    assert one.state == "broken"
    assert "already offered by first" in one.error
    assert one.cure.startswith("disable first or mine")


def test_a_plugin_that_is_disabled_is_told(why):
    """It is not loaded, and the configuration says so."""
    one = why("1 / 0", disabled=["mine"])
    assert (one.state, one.error) == ("left out", "[plugins] disabled names it")


@pytest.mark.parametrize(("named", "state"), [("mine, other", "works"), ("", "left out")])
def test_the_environment_chooses_among_the_plugins_of_others(why, named, state):
    """`IRENE_LOAD_PLUGINS` names those that are loaded."""
    one = why(OFFER, environ={"IRENE_LOAD_PLUGINS": named})
    assert one.state == state
    assert (one.error or "") == ("" if named else "IRENE_LOAD_PLUGINS= does not name it")


def test_what_comes_with_irene_is_always_loaded():
    """`IRENE_LOAD_PLUGINS` is about the others, by plugin or by distribution."""
    sources = [
        PluginSource("silero", "silero", lambda: None, "irene-voice"),
        PluginSource("a", "a", lambda: None, "irene-vad-a"),
        PluginSource("b", "b", lambda: None, "irene-vad-b"),
    ]
    chosen = asked_for(sources, {"IRENE_LOAD_PLUGINS": "irene_vad_b"})
    assert [one.name for one in chosen if not one.left_out] == ["silero", "b"]
    assert asked_for(sources, {}) == sources


def test_a_provider_leads_to_its_plugin():
    """By its name, with and without its kind; of several plugins all are told."""
    registry = ComponentRegistry(
        PluginHost([plugin_of("one", ScriptedVad), plugin_of("two", ScriptedAsr)])
    )
    assert [one.name for one in explain("vad.scripted", registry)] == ["one"]
    assert [one.name for one in explain("scripted", registry)] == ["one", "two"]
    with pytest.raises(ConfigurationError, match="did you mean 'scripted'"):
        explain("skripted", registry)


def test_an_entry_point_that_leads_nowhere_is_told():
    """Its package is damaged: it is to be installed anew."""
    source = PluginSource(
        "gone", "irene_gone", lambda: importlib.import_module("irene_gone"), "irene-vad-gone", "1.0"
    )
    (one,) = explain("irene-vad-gone", ComponentRegistry(PluginHost([source])))
    assert one.cure.endswith("(pip install --force-reinstall irene-vad-gone)")
    assert one.file is None


@pytest.mark.parametrize("value", ["1", "yes"])
def test_hooks_can_be_traced(value, monkeypatch, capsys):
    """Every call, with what it returned or raised."""
    monkeypatch.setenv("IRENE_TRACE_HOOKS", value)

    @hookimpl
    def irene_vads():
        raise ZeroDivisionError

    odd = plugin_of("odd", ScriptedAsr)
    odd.load().irene_vads = irene_vads
    PluginHost([plugin_of("good", ScriptedVad), odd])
    told = capsys.readouterr().err.splitlines()
    assert "irene: hook irene_vads of good returned ScriptedVad" in told
    assert "irene: hook irene_vads of odd raised ZeroDivisionError()" in told


@pytest.mark.parametrize("value", ["", "0"])
def test_hooks_are_not_traced_unless_that_is_wanted(value, monkeypatch, capsys):
    """Nothing is written."""
    monkeypatch.setenv("IRENE_TRACE_HOOKS", value)
    PluginHost([plugin_of("good", ScriptedVad)])
    assert capsys.readouterr().err == ""
