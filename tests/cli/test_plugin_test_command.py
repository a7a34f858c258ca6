"""`irene plugin test` checks what a plugin offers, and tells what is broken and how it is cured."""

import json

import pytest

from irene.cli.main import main

PLUGIN = """
from irene import hookimpl
from irene.testing import ScriptedVad


class Mine(ScriptedVad):
    name = "mine"
    summary = "one line"


@hookimpl
def irene_vads():
    return [Mine]
"""
BROKEN = PLUGIN.replace("one line", "two\\nlines")


@pytest.fixture
def irene(tmp_path, monkeypatch, capfd):
    """Run the command line beside a single-file plugin `mine`; return status and output."""
    monkeypatch.chdir(tmp_path)

    def run(text, *words):
        (tmp_path / "plugins").mkdir(exist_ok=True)
        (tmp_path / "plugins" / "mine.py").write_text(text)
        (tmp_path / "irene.toml").write_text('[plugins]\npaths = ["plugins"]\n')
        return main(["plugin", "test", *words]), *capfd.readouterr()

    return run


def test_a_sound_plugin_passes(irene):
    """A line for each check, and how many there were."""
    status, out, err = irene(PLUGIN, "mine")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert "passed  vad.mine  reset_is_as_good_as_a_new_stream" in lines
    assert lines[-1] == f"{len(lines) - 1} checks: {len(lines) - 1} passed, 0 skipped, 0 failed"


def test_a_package_that_is_not_installed_is_told_how(irene, tmp_path):
    """The folder that `irene new-plugin` wrote lies there: what is missing is its installation."""
    (tmp_path / "irene-vad-yours").mkdir()
    (tmp_path / "irene-vad-yours" / "pyproject.toml").touch()
    status, _, err = irene(PLUGIN, "irene-vad-yours")
    assert status == 2
    wanted = "the package in 'irene-vad-yours' is not installed; pip install -e irene-vad-yours"
    assert err == f"irene: {wanted}\n"


def test_a_broken_provider_fails_with_the_cure(irene):
    """The contract, what happened, what cures it; the exit status is that of a check."""
    status, out, err = irene(BROKEN, "mine")
    assert status == 6
    at = out.splitlines().index("failed  vad.mine  it_describes_itself")
    contract, happened, cure = (line.strip() for line in out.splitlines()[at + 1 : at + 4])
    assert contract.startswith("contract: Kind, name, summary and licence")
    assert happened == "happened: summary is 'two\\nlines'"
    assert cure == "cure: write one line of text"
    assert err == "irene: mine: 1 of 24 checks failed, first vad.mine: it_describes_itself\n"


def test_programs_get_the_same_as_json(irene):
    """One object for each check."""
    status, out, _ = irene(BROKEN, "mine", "--json")
    rows = json.loads(out)
    assert status == 6
    (failed,) = (row for row in rows if row["outcome"] == "failed")
    assert set(failed) == {
        *("kind", "provider", "check", "contract", "outcome", "happened", "cure"),
    }
    assert {row["cure"] for row in rows if row["outcome"] == "passed"} == {None}


def test_a_plugin_that_does_not_load_has_failed(irene):
    """Nothing else can be checked."""
    status, out, err = irene("1 / 0", "mine")
    assert status == 6
    assert "happened: ZeroDivisionError: division by zero" in out
    assert "cure: `irene plugins --why mine` tells more" in out
    assert err.startswith("irene: mine: 1 of 1 checks failed")


def test_options_come_from_the_configuration(irene):
    """A table of the provider is what it is checked with."""
    text = PLUGIN.replace(
        "import ScriptedVad", "import ScriptedVad\nfrom dataclasses import dataclass"
    )
    text = text.replace(
        "class Mine",
        "@dataclass(frozen=True)\nclass Own:\n    level: float = 1.0\n\n\nclass Mine",
    ).replace(
        'summary = "one line"',
        "Options = Own\n\n    def check(self):\n        raise ValueError(self.options.level)",
    )
    _, out, _ = irene(text, "mine", "--set", "vad.providers.mine.level=2.5")
    assert "happened: ValueError: 2.5 (mine.py:" in out


@pytest.mark.parametrize(
    ("name", "hint"), [("mime", "did you mean 'mine'"), ("quux", "`irene plugins` lists them")]
)
def test_an_unknown_plugin_is_refused(irene, name, hint):
    """In one line, with what is there."""
    status, out, err = irene(PLUGIN, name)
    assert (status, out) == (2, "")
    assert hint in err
    assert err.count("\n") == 1
