"""`irene new-plugin` writes a package that works as it is, for every kind."""

import importlib
import re
import sys

import pytest
from click.testing import CliRunner

from irene import ConfigurationError, Kind
from irene.cli.commands.new_plugin import command
from irene.cli.scaffold.examples import files_of, names_of_example
from irene.cli.scaffold.names import PluginNames
from irene.plugin.host import PluginHost
from irene.plugin.source import PluginSource
from irene.testing import ProviderContract, contract_of, run_suite

KINDS = [str(kind) for kind in Kind]


def new_plugin(*words, answer=None):
    """Run the command and return what it printed; an expected error is raised."""
    done = CliRunner().invoke(command, words, input=answer)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


@pytest.fixture
def importable(tmp_path, monkeypatch):
    """Import modules of a folder below the test's own; they are forgotten afterwards."""
    before = set(sys.modules)

    def load(folder, module):
        monkeypatch.syspath_prepend(str(tmp_path / folder))
        return importlib.import_module(module)

    yield load
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


def suite_of(module):
    """Return the contract that the tests of a package subclass."""
    (suite,) = (
        one
        for one in vars(module).values()
        if isinstance(one, type)
        and issubclass(one, ProviderContract)
        and one.__module__ == module.__name__
    )
    return suite


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_offers_a_provider_that_keeps_its_contract(kind, tmp_path, importable):
    """The host finds no fault with the module, and its own tests hold it to the contract."""
    printed = new_plugin(kind, "blue_door", "--yes", "--directory", str(tmp_path))
    names = PluginNames(Kind(kind), "blue_door")
    assert f"irene plugin test {names.distribution}" in printed
    module = importable(names.distribution, names.module)
    (report,) = PluginHost([PluginSource("blue_door", names.module, lambda: module)]).plugins
    assert report.error == ""
    assert [(str(cls.kind), cls.name) for cls in report.providers] == [(kind, "blue_door")]
    suite = suite_of(importlib.import_module(f"test_{names.module}"))
    if kind == "outputs":  # a fixture of its tests says where to
        suite.options = {"path": str(tmp_path / "answers.raw")}
    results = list(run_suite(suite, 60.0))
    assert [result for result in results if result.outcome == "failed"] == []
    assert sum(result.outcome == "passed" for result in results) >= 18


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_what_needs_a_file_says_so_without_one(kind, tmp_path, importable):
    """That is the reason for which `irene plugin test` skips what it cannot check."""
    new_plugin(kind, "blue_door", "--yes", "--directory", str(tmp_path))
    names = PluginNames(Kind(kind), "blue_door")
    module = importable(names.distribution, names.module)
    (report,) = PluginHost([PluginSource("blue_door", names.module, lambda: module)]).plugins
    results = run_suite(contract_of(report.providers[0]), 60.0)
    (told,) = {one.happened for one in results if "no `options`" in one.happened}
    assert f'{kind}.blue_door: path = "": name the file to ' in told


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_examples_name_is_left(kind):
    """Files, classes, options and texts are called after the new provider."""
    old, new = names_of_example(Kind(kind)), PluginNames(Kind(kind), "blue-door")
    files = files_of(new)
    assert set(files) == {
        "README.md",
        "pyproject.toml",
        f"irene_{kind}_blue_door.py",
        f"test_irene_{kind}_blue_door.py",
    }
    text = "\n".join(files.values())
    assert not re.search(rf"\b{old.provider}\b|{old.module}|{old.class_prefix}[A-Z]", text)
    assert f"irene-{kind.replace('_', '-')}-blue-door" in files["pyproject.toml"]
    assert "class BlueDoor" in files[f"irene_{kind}_blue_door.py"]


def test_the_name_of_the_example_gives_the_example():
    """What is written is what is documented, and tested."""
    names = names_of_example(Kind.VAD)
    from irene.cli.scaffold.examples import example_of

    for name, text in files_of(names).items():
        assert (example_of(Kind.VAD) / name).read_text() == text


@pytest.mark.parametrize("kind", ["voice-trigger", "input", "intent", "VAD"])
def test_a_kind_may_be_written_in_several_ways(kind, tmp_path):
    """With a hyphen, without the plural, in capitals."""
    new_plugin(kind, "x1", "--yes", "--directory", str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("vda", "mine", "did you mean 'vad'"),
        ("quux", "mine", "known: voice_trigger"),
        ("vad", "Mine", "use lower-case letters"),
        ("vad", "my__own", "use lower-case letters"),
        ("vad", "../up", "use lower-case letters"),
        ("vad", "1st", "a letter first"),
        ("vad", "", "is no name"),
        ("vad", "class", "is a word of Python"),
        ("vad", "a" * 41, "too long"),
        ("vad", "energy", "already offered by irene-voice"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(kind, name, message, tmp_path):
    """The message says what would be right, and nothing is written."""
    with pytest.raises(ConfigurationError, match=re.escape(message)) as refused:
        new_plugin(kind, name, "--yes", "--directory", str(tmp_path))
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    """Whatever is in it."""
    (tmp_path / "irene-vad-mine").mkdir()
    with pytest.raises(ConfigurationError, match="is there already"):
        new_plugin("vad", "mine", "--directory", str(tmp_path))
    assert list((tmp_path / "irene-vad-mine").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """A file stands where the folder should be made."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written: not a directory"):
        new_plugin("vad", "mine", "--directory", str(tmp_path / "file"))


def test_folders_on_the_way_are_made(tmp_path):
    """`--directory` need not be there."""
    new_plugin("tts", "mine", "--directory", str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b" / "irene-tts-mine" / "irene_tts_mine.py").is_file()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("handler", "intents"),
        ("wake-word", "voice_trigger"),
        ("voices", "tts"),
        ("wakeword", "voice_trigger"),
    ],
)
def test_what_people_call_a_kind_leads_to_its_name(word, kind):
    """The README says wake word, voice and handler; the configuration has names of its own."""
    with pytest.raises(ConfigurationError, match=f"'{word}'; did you mean '{kind}'"):
        new_plugin(word, "blue_door")
