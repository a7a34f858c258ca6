"""Configurations of earlier forms: what becomes of them, and what stays as it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.config.checking import check_config
from irene.config.former_names import FORMER_NAMES, canonical
from irene.config.key_lines import key_texts
from irene.config.loading import load_config
from irene.config.migrating.migration import migration
from irene.config.migrating.renaming import renamed
from irene.config.origins import dotted
from irene.config.rendering import render_default, render_effective, render_starter
from irene.config.sources import ConfigSource, profiles
from irene.config.toml_text import parse_document
from irene.config.version import CURRENT
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
GUIDE = sorted((Path(__file__).parents[2] / "data" / "guide").glob("*.toml"))
OLD = """\
# my microphone
[inputs.microphone_config]   # as the guide has it
chunk_size = 512             # smaller
sample_rate = 16000

[stt]
cache_size = 10

[intents]
fallback = "llm"   # it knows

[voice_trigger.providers.microwakeword]
chunk_size = 160   # 10 ms
"""
NEW = """\
version = 2

# my microphone
[inputs.providers.microphone]   # as the guide has it
chunk_size = 512             # smaller
sample_rate = 16000

[asr]
cache_size = 10

[intents]
fallback = ["llm"]   # it knows

[voice_trigger.providers.microwakeword]
"""


def migrated(text):
    """Return what becomes of a text."""
    return migration(ConfigSource("mine", None, text), REGISTRY)


def in_force(text):
    """Return what a text says, in a form that can be compared."""
    config = load_config(parse_document(text, "x"), registry=REGISTRY, environ={})
    return render_effective(config, origin=False)


def test_names_lists_and_idle_keys_are_those_of_today_and_comments_stay():
    """Each change is told."""
    result = migrated(OLD)
    assert result.after == NEW
    assert result.changes == (
        "[inputs.microphone_config] is [inputs.providers.microphone]",
        "[stt] is [asr]",
        "intents.fallback is a list",
        "voice_trigger.providers.microwakeword.chunk_size had no effect",
    )


def test_what_is_up_to_date_stays_as_it_is():
    """To the last byte, however often it is tried."""
    assert migrated(NEW).after == NEW
    assert migrated(NEW).changes == ()


@pytest.mark.parametrize("path", GUIDE, ids=lambda path: path.stem)
def test_what_the_guides_show_means_the_same_afterwards(path):
    """But for keys without effect, which are left out."""
    text = path.read_text()
    after = migrated(text).after
    assert check(after) == []
    now, then = in_force(after), in_force(text)
    for section in ("[asr]", "[voice_trigger]", "[inputs.providers.microphone]", "[performance]"):
        assert part(now, section) == part(then, section)


def check(text):
    """Return what is wrong with a text."""
    return check_config(parse_document(text, "x"), registry=REGISTRY, environ={})


def part(text, header):
    """Return one table of a configuration in force; empty when there is none."""
    return text.partition(f"\n{header}\n")[2].partition("\n[")[0]


def test_both_names_of_a_table_are_read():
    """An earlier form needs no migration to work."""
    assert in_force("[stt]\ncache_size = 7\n") == in_force("[asr]\ncache_size = 7\n")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("inputs.microphone_config.gain = 1", "inputs.providers.microphone.gain = 1"),
        ("[inputs]\nmicrophone_config.gain = 1", "[inputs]\nproviders.microphone.gain = 1"),
        ("[inputs]\nmicrophone_config = {}", "[inputs]\nproviders.microphone = {}"),
        ("[ inputs . 'microphone_config' ]", "[ inputs.providers.microphone ]"),
        ("stt = { x = 1 }", "asr = { x = 1 }"),
        ("[stt.providers.a]\nb = 1", "[asr.providers.a]\nb = 1"),
        ('[x]\nstt = "stt"  # [stt]', '[x]\nstt = "stt"  # [stt]'),
    ],
)
def test_a_table_is_renamed_in_whatever_form_it_is_written(written, wanted):
    """What only looks like it is left alone."""
    assert renamed(written, FORMER_NAMES)[0] == wanted


names = st.sampled_from(["inputs", "microphone_config", "stt", "x", "a b"])
keys = st.lists(names, min_size=1, max_size=3).map(tuple)


@given(st.lists(st.tuples(keys, st.booleans()), max_size=5))
def test_a_renamed_text_says_what_canonical_says(rows):
    """Whatever tables and dotted keys there are, as long as it is TOML before and after."""
    text = "\n".join(f"[{dotted(key)}]" if table else f"{dotted(key)} = 1" for key, table in rows)
    try:
        before = parse_document(text, "x")
        after = parse_document(renamed(text, FORMER_NAMES)[0], "x")
    except ValueError:
        return  # a table that is there twice, then or now
    assert set(leaves(after)) == {canonical(key) for key in leaves(before)}


def leaves(table, path=()):
    """Yield the key of every value."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def test_every_key_of_a_text_is_found_where_it_stands():
    """With the table that it belongs to."""
    text = '[a . "b"]\nc.d = { e = 1 }\n[[f]]\ng = [1]\n'
    found = key_texts(text)
    assert [(key.table, key.parts) for key in found] == [
        ((), ("a", "b")),
        (("a", "b"), ("c", "d")),
        (("a", "b", "c", "d"), ("e",)),
        ((), ("f",)),
        (("f", 0), ("g",)),
    ]
    assert [text[key.start : key.end] for key in found] == ['a . "b"', "c.d", "e", "f", "g"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "version = 2\n"),
        ("# mine\n[asr]\n", "version = 2\n\n# mine\n[asr]\n"),
        ("#:schema ./s.json\n[asr]\n", "#:schema ./s.json\nversion = 2\n[asr]\n"),
        ("version = 1 # old\n[asr]\n", "version = 2 # old\n[asr]\n"),
        ("[asr]\r\n", "version = 2\r\n\r\n[asr]\r\n"),
    ],
)
def test_the_version_is_written_where_it_belongs(text, wanted):
    """Before all tables, behind the line for editors."""
    assert migrated(text).after == wanted


def test_a_file_of_a_later_irene_is_refused_by_everybody():
    """With one line."""
    line = "version: 3 is the form of a later irene, and this one reads up to 2"
    with pytest.raises(ConfigurationError, match=line) as error:
        migrated("version = 3\n[asr]\nnew_key = 1\n")
    assert "\n" not in str(error.value)
    assert line in str(check("version = 3\n")[0])


@pytest.mark.parametrize("version", ["0", "true", '"2"', "1.5"])
def test_what_is_no_version_is_a_problem(version):
    """It says what was found, as it was written, and what would be one."""
    (problem,) = check(f"version = {version}\n")
    assert problem.message == f"found {version}"
    assert (problem.level, problem.expected) == ("error", f"a whole number from 1 to {CURRENT}")


def test_an_earlier_version_names_the_command():
    """Whoever wrote a version wants to know; without one nothing is said."""
    (problem,) = check("version = 1\n")
    assert problem.level == "warning"
    assert "`irene config migrate x`" in problem.message.replace("configuration", "x")
    assert check("[asr]\n") == []


@pytest.mark.parametrize("text", ["[stt]\na = 1\n[asr]\nb = 2\n", "stt.a = 1\n[asr]\nb = 2\n"])
def test_what_a_program_cannot_change_is_named(text):
    """Both names of a table in one file."""
    with pytest.raises(ConfigurationError, match="cannot be changed by a program"):
        migrated(text)


def test_keys_of_providers_that_are_not_here_are_left_alone():
    """They may be of use elsewhere."""
    text = "version = 1\n[asr.providers.mine]\nchunk_size = 1\n"
    assert "chunk_size" in migrated(text).after


@pytest.mark.parametrize("name", sorted(profiles()))
def test_shipped_profiles_are_up_to_date(name):
    """Nothing is left to change but the version, where they say none."""
    assert migrated(profiles()[name].read_text(encoding="utf-8")).changes == ()


@pytest.mark.parametrize("render", [render_default, render_starter])
def test_what_irene_writes_is_of_todays_form(render):
    """Migration leaves it alone."""
    assert migrated(render()).after == render()
