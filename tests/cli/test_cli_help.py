"""What the command line says about itself, and about mistakes in its use."""

import subprocess
import sys

import pytest

import irene as package
from irene.cli.commands.config import SUBCOMMANDS
from irene.cli.main import COMMANDS

TABLES = {**COMMANDS, **{f"config {name}": entry for name, entry in SUBCOMMANDS.items()}}


def test_help_lists_every_command_and_shows_examples(irene):
    """`irene --help` names all commands and how they are used."""
    outcome = irene("--help")
    assert outcome.code == 0
    for name, entry in COMMANDS.items():
        assert f"{name} " in outcome.out
        assert entry.summary in outcome.out
    assert "Examples:" in outcome.out


def test_without_arguments_the_help_is_printed(irene):
    """A bare `irene` is a question, not a mistake."""
    assert irene() == irene("--help")


@pytest.mark.parametrize("name", TABLES)
def test_the_one_line_help_in_the_table_is_the_commands_own(name):
    """The list of commands says what the command says about itself."""
    command = TABLES[name].load()
    assert TABLES[name].summary == command.help.splitlines()[0]
    assert command.name == name.split()[-1]


@pytest.mark.parametrize("name", TABLES)
def test_every_command_explains_all_its_options(name):
    """No option is without a help text."""
    options = [one for one in TABLES[name].load().params if one.param_type_name == "option"]
    assert [one.name for one in options if not one.help] == []


def test_help_imports_no_command_and_nothing_heavy():
    """`irene --help` is fast because it imports next to nothing."""
    code = (
        "import sys; from irene.cli.main import main; main(['--help']); "
        "print(sorted(m for m in sys.modules if m.startswith('irene.cli.commands.')"
        " or m in ('numpy', 'pydantic', 'pluggy', 'asyncio', 'irene.config.loading')))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert finished.stdout.splitlines()[-1] == "[]"


def test_python_dash_m_is_the_same_program(irene):
    """`python -m irene` and `irene` do the same."""
    finished = subprocess.run(
        [sys.executable, "-m", "irene", "--version"], check=True, capture_output=True, text=True
    )
    assert finished.stdout == irene("--version").out
    assert finished.stdout.startswith(f"irene {package.__version__} (Python 3.")


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["rnu"], "irene: no command is called 'rnu'; did you mean 'run'?"),
        (["config", "chek"], "irene config: no command is called 'chek'; did you mean 'check'?"),
        (["run", "--inptu", "x"], "irene run: no such option: --inptu; did you mean --input?"),
        (["run", "--nope"], "irene run: no such option: --nope"),
        (["say"], "irene say: missing argument 'TEXT...'"),
        (["devices", "extra"], "irene devices: got unexpected extra argument (extra)"),
        (["run", "now"], "irene run: got unexpected extra argument (now)"),
        (
            ["run", "my.toml"],
            "irene run: got unexpected extra argument (my.toml); did you mean --config my.toml?",
        ),
        (
            ["run", "question.wav"],
            "irene run: got unexpected extra argument (question.wav); "
            "did you mean --input question.wav?",
        ),
        (["plugins", "a.wav"], "irene plugins: got unexpected extra argument (a.wav)"),
    ],
)
def test_a_mistake_in_the_command_line_is_one_line_with_what_is_meant(irene, args, line):
    """Misspelt commands and options name the nearest one and exit with 2."""
    outcome = irene(*args)
    assert (outcome.code, outcome.out, outcome.err) == (2, "", f"{line}\n")


def test_an_unknown_command_like_no_other_names_them_all(irene):
    """Where nothing is near, all commands are named."""
    assert "known: run, ask, demo, " in irene("xylophone").err
