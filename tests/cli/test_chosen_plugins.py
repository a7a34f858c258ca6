"""The plugins of a command line are looked for once, and again for another choice."""

from irene.cli.configuration import ChosenConfig


def test_all_parts_of_a_command_mean_the_same_plugins(own_folder):
    """A plugin that comes meanwhile is for the next command."""
    chosen = ChosenConfig("minimal")
    assert chosen.registry() is chosen.registry()


def test_a_choice_with_other_overrides_has_its_own():
    """`[plugins]` may be among them."""
    chosen = ChosenConfig("minimal")
    other = chosen.preceded_by('plugins.disabled=["fuzzy"]')
    names = {plugin.name for plugin in chosen.registry().plugins}
    assert names - {plugin.name for plugin in other.registry().plugins} == {"fuzzy"}


def test_a_choice_is_equal_whether_it_was_looked_at_or_not():
    """What was found is no part of what was asked for."""
    looked_at, other = ChosenConfig("minimal"), ChosenConfig("minimal")
    looked_at.registry()
    assert looked_at == other
