"""Everything public is documented: events, errors, hooks, providers, options, commands, names."""

import dataclasses
import importlib
import inspect
import json
import re
import subprocess
import sys

import click
import pytest
from doc_snippets import ROOT, prose_of, section_of, snippets_of, table_rows

import irene
import irene.errors
import irene.testing
from irene.cli.main import program
from irene.cli.reference.pages import PAGES, path_of, render
from irene.config.effects import Effect, effect_of
from irene.config.fields import fields_of
from irene.config.known_keys import SECTIONS
from irene.config.schema import bundled_providers
from irene.domain.events import EVENTS, SessionEnded
from irene.domain.kinds import Kind
from irene.domain.speech import Word
from irene.errors import IreneError
from irene.plugin.hookspecs import CONTRACTS
from irene.providers.provider import RESERVED_OPTIONS

REFERENCE = ROOT / "docs" / "reference"
EVENTS_PAGE = REFERENCE / "events.md"
REGISTRY = bundled_providers()
ENTRIES = [entry for kind in Kind for entry in REGISTRY.entries(kind).values()]


def public_fields(event):
    """Return the JSON names of an event's own fields."""
    shared = ("session", "time_s")
    names = [field.name for field in dataclasses.fields(event) if field.name not in shared]
    return [name.rstrip("_") for name in names]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_every_event_and_each_of_its_fields_is_documented(event):
    """A section for each event, with a row for each field and no other."""
    fields = section_of(EVENTS_PAGE, f"## `{event.event}`").split("| reason | meaning")[0]
    assert list(table_rows(fields)) == public_fields(event)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.event)
def test_the_example_of_an_event_is_one(event):
    """Read into the event's class and written out again, it is the same object."""
    name = re.escape(event.event)
    examples = [json.loads(one.text) for one in snippets_of(EVENTS_PAGE) if one.language == "json"]
    (example,) = (one for one in examples if re.fullmatch(name, one["event"]))
    fields = {key: value for key, value in example.items() if key != "event"}
    if "from" in fields:
        fields["from_"] = fields.pop("from")
    if "words" in fields:
        fields["words"] = tuple(Word(**word) for word in fields["words"])
    assert event(**fields).to_dict() == example


def test_no_event_is_documented_that_does_not_exist():
    """The sections of the page are the events."""
    documented = re.findall(r"^## `(.*)`$", EVENTS_PAGE.read_text(), flags=re.M)
    assert sorted(documented) == sorted(event.event for event in EVENTS)


def test_every_reason_for_the_end_of_a_session_is_documented():
    """The reasons that the class names."""
    page = section_of(EVENTS_PAGE, "## `session_ended`")
    documented = set(table_rows(page.split("| reason | meaning")[1]))
    docstring = inspect.getsource(SessionEnded).split("reason: str")[1].split('"""')[1]
    assert documented == set(re.findall(r"`(\w+)`", docstring))


def test_every_error_is_documented_with_code_and_exit_status():
    """A row for each class of the tree, and no other."""
    rows = table_rows(section_of(REFERENCE / "errors.md", "## The tree"))
    classes = {
        name: cls
        for name, cls in vars(irene.errors).items()
        if isinstance(cls, type) and issubclass(cls, IreneError)
    }
    assert set(rows) == set(classes)
    for name, cls in classes.items():
        retryable = "yes" if cls.retryable else "no"
        assert rows[name][1:4] == [f"`{cls.code}`", str(cls.exit_code), retryable]


@pytest.mark.parametrize("hook", CONTRACTS)
def test_every_hook_is_documented_with_what_it_asks(hook):
    """Its contract, and every method that an author has to write."""
    section = section_of(REFERENCE / "plugins.md", f"### `{hook}`")
    contract = CONTRACTS[hook]
    assert f"`{contract.__name__}`" in section
    for method in contract.__abstractmethods__:
        assert re.search(rf"`{method}\b", section), method


def test_reserved_options_are_documented():
    """An author learns them before the host refuses the plugin."""
    page = prose_of(REFERENCE / "plugins.md")
    assert not [name for name in RESERVED_OPTIONS if f"`{name}`" not in page]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}.{entry.name}")
def test_every_provider_is_documented_with_its_licence(entry):
    """In the table of its kind, and in the README."""
    page = (REFERENCE / "providers.md").read_text()
    (section,) = (part for part in page.split("\n## ") if f"`{entry.kind}`\n" in part[:60])
    assert table_rows(section)[entry.name][1] == str(entry.cls.licence)
    assert f"`{entry.name}`" in section_of(ROOT / "README.md", "## What works today")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}.{entry.name}")
def test_every_option_of_a_provider_is_documented(entry):
    """In the table of its TOML section."""
    options = fields_of(entry.cls.Options)
    if options:
        heading = f"### [{entry.kind}.providers.{entry.name}]"
        rows = table_rows(section_of(REFERENCE / "configuration.md", heading))
        assert list(rows) == list(options)


def commands(command, path):
    """Yield every command below one, with the words that call it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), f"{path} {name}")


COMMANDS = dict(commands(program, "irene"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_is_documented(path):
    """In the command's own section."""
    section = (REFERENCE / "cli.md").read_text().split(f"\n## `{path}`\n")[1].split("\n## ")[0]
    for parameter in COMMANDS[path].params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            assert option in section


def test_every_public_name_is_documented():
    """What `irene` and `irene.testing` offer."""
    rows = table_rows((REFERENCE / "python-api.md").read_text())
    assert not set(irene.__all__) - set(rows)
    assert not set(irene.testing.__all__) - set(rows)


def test_the_python_api_page_names_nothing_else():
    """A name that has gone is not promised any longer."""
    rows = table_rows((REFERENCE / "python-api.md").read_text())
    at_home = {name: cells[1].strip("`") for name, cells in rows.items() if len(cells) == 3}
    for name, module in at_home.items():
        assert hasattr(importlib.import_module(module), name), name
    assert rows.keys() - at_home.keys() <= {*irene.__all__, *irene.testing.__all__}


def test_every_kind_is_in_the_tables_of_providers():
    """A new kind of provider gets a section."""
    page = (REFERENCE / "providers.md").read_text()
    assert not [kind for kind in Kind if not re.search(rf"^## .*`{kind}`$", page, flags=re.M)]


def test_the_command_line_page_is_up_to_date():
    """`make docs` writes it."""
    # In a process of its own: click keeps a command's help option as it was first asked for.
    code = "from irene.cli.reference.commands import render; print(render(), end='')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (REFERENCE / "cli.md").read_text() == done.stdout


@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"cli"}))
def test_what_a_page_has_from_the_code_is_up_to_date(name):
    """`make docs` writes it."""
    assert path_of(name).read_text(encoding="utf-8") == render(name)


def test_every_contract_stands_on_its_page_with_all_that_is_to_be_written():
    """Each abstract method of each class that a plugin subclasses."""
    page = path_of("contracts").read_text(encoding="utf-8")
    for contract in CONTRACTS.values():
        for method in contract.__abstractmethods__:
            section = section_of(path_of("contracts"), f"#### `{contract.__name__}.{method}`")
            assert "*to write*" in section.splitlines()[1], method
    assert page.count("*to write*") > 20


def test_the_keys_that_need_a_restart_are_listed():
    """Whole sections where all of their keys do, but for those that the page names."""
    page = ROOT / "docs" / "how-to" / "change-a-running-assistant.md"
    rows = table_rows(section_of(page, "## What needs a restart"))
    waiting = {
        (name, f"{name}.{one.name}")
        for name, cls in SECTIONS.items()
        for one in dataclasses.fields(cls)
        if effect_of(f"{name}.{one.name}") is Effect.RESTART
    }
    assert {key for name, key in waiting if name not in rows} == {key for key in rows if "." in key}
    assert {name for name, key in waiting if key not in rows} == {
        name for name in rows if "." not in name
    }
    told = " ".join(cell for name in rows if "." not in name for cell in rows[name])
    for name in rows:
        fields = dataclasses.fields(SECTIONS[name]) if "." not in name else ()
        others = [
            f"`{name}.{one.name}`" for one in fields if (name, f"{name}.{one.name}") not in waiting
        ]
        assert all(key in told for key in others)
