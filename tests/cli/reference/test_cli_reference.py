"""The reference page of the command line."""

from irene.cli.main import COMMANDS
from irene.cli.reference.commands import render


def test_the_page_holds_the_help_of_every_command():
    """Commands of groups included."""
    page = render()
    for name in (*COMMANDS, "config check", "config show", "config schema"):
        assert f"\n## `irene {name}`\n" in page
        assert f"Usage: irene {name} " in page
