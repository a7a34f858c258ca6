"""Changing a file: comments stay, nothing else changes, and it can be taken back."""

import stat
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from simulated import change

from irene.config.loading import find_config
from irene.config.rewriting import difference
from irene.config.sources import profiles
from irene.config.toml_text import parse_document
from irene.errors import CheckFailedError, ConfigurationError
from irene.performance.optimising.applying import proposal, write
from irene.performance.optimising.arms import Arm
from irene.performance.optimising.editing import edited

TEXT = """\
# The kitchen's assistant.

[vad]
end_silence_ms = 1500  # it used to cut me off
threshold = 0.5

[asr]  # what hears
default_provider = "pocketsphinx"

[asr.providers.pocketsphinx]
gaussians = 4
"""


@pytest.fixture
def file(tmp_path):
    """A configuration of somebody's own."""
    path = tmp_path / "irene.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_value_changes_and_its_comment_stays():
    """Nothing else does: the diff has one line each way."""
    after = edited(TEXT, [change("vad.end_silence_ms", 500)], "irene.toml")
    assert "end_silence_ms = 500  # it used to cut me off" in after
    lines = difference(TEXT, after, "irene.toml").splitlines()
    assert [one for one in lines[2:] if one[0] in "+-"] == [
        "-end_silence_ms = 1500  # it used to cut me off",
        "+end_silence_ms = 500  # it used to cut me off",
    ]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        (TEXT, "vad.onset_ms", 64),
        (TEXT, "tts.cache_max_mb", 0.0),
        (TEXT, "asr.providers.pocketsphinx.second_pass", False),
        (TEXT, "asr.providers.faster-whisper.threads", 2),
        (TEXT, 'asr.providers."my own".threads', 2),
        ("", "vad.onset_ms", 64),
        ("# only a comment", "vad.onset_ms", 64),
        ("vad.onset_ms = 32\n", "vad.onset_ms", 64),
        ("vad.threshold = 0.5\n", "vad.onset_ms", 64),
        ("vad = { onset_ms = 32 }  # inline\n", "vad.onset_ms", 64),
        ("[vad]\r\nonset_ms = 32\r\n", "vad.onset_ms", 64),
        ("[asr.providers.vosk]\nmodel = 'x'\n", "asr.partials", False),
        ("[[performance.alerts]]\nname = 'a'\n", "performance.store", False),
    ],
)
def test_it_says_what_was_wanted_in_any_form_of_toml(text, key, value):
    """Tables, dotted keys, inline tables, missing tables, other line ends."""
    after = edited(text, [change(key, value)], "irene.toml")
    found = parse_document(after, "irene.toml")
    for part in key.replace('"', "").split("."):
        found = found[part]
    assert found == value
    for comment in ("# The kitchen's assistant.", "# what hears", "# only a comment", "# inline"):
        assert (comment in text) == (comment in after)
    assert ("\r\n" in text) == ("\r\n" in after)


NAMES = st.sampled_from(["a", "b", "c d", "e-f"])
VALUES = st.one_of(
    st.booleans(),
    st.integers(-9, 9),
    st.text("xy#'\" ", max_size=4),
    st.lists(st.integers(0, 3), max_size=3),
)
TABLES = st.dictionaries(
    NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=4
)


@given(TABLES, st.lists(NAMES, min_size=1, max_size=3), VALUES, st.booleans())
def test_only_that_key_changes(content, path, value, is_sorted):
    """Against a plain dictionary; what has no such form is refused, never spoiled."""
    tomlkit = pytest.importorskip("tomlkit")
    text = tomlkit.dumps(content, sort_keys=is_sorted)
    table = content
    for part in path[:-1]:
        assume(isinstance(table, dict))
        table = table.setdefault(part, {})
    assume(isinstance(table, dict))
    table[path[-1]] = value
    key = ".".join(f'"{part}"' for part in path)
    with suppress(ConfigurationError):  # a form that a program cannot change
        after = edited(text, [change(key, value)], "irene.toml")
        assert parse_document(after, "irene.toml") == content


def test_the_file_is_replaced_with_a_backup_beside_it(file):
    """A number for each further one; rights stay; taken back, it is what it was."""
    file.chmod(0o640)
    first = write(proposal(str(file), [change("vad.onset_ms", 64)]))
    second = write(proposal(str(file), [change("vad.onset_ms", 32)]))
    assert (first.backup.name, second.backup.name) == ("irene.toml.bak", "irene.toml.bak1")
    assert first.backup.read_text() == TEXT
    assert "onset_ms = 32" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    second.revert()
    assert "onset_ms = 64" in file.read_text()
    assert sorted(one.name for one in file.parent.iterdir()) == ["irene.toml", "irene.toml.bak"]


def test_a_byte_order_mark_and_a_link_stay(file):
    """As an editor of another system left them."""
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    link = file.with_name("link.toml")
    link.symlink_to(file)
    done = write(proposal(str(link), [change("vad.onset_ms", 64)]))
    assert link.is_symlink()
    assert file.read_bytes().startswith(b"\xef\xbb\xbf#")
    assert done.path == file


def test_a_profile_of_irene_is_never_written():
    """Whoever has no file of their own makes one first."""
    wanted = proposal("demo", [change("vad.onset_ms", 64)])
    before = profiles()["demo"].read_bytes()
    with pytest.raises(ConfigurationError, match="irene init"):
        write(wanted)
    assert profiles()["demo"].read_bytes() == before


def test_a_file_that_changed_meanwhile_is_left_alone(file):
    """Somebody edited it while trials ran."""
    wanted = proposal(str(file), [change("vad.onset_ms", 64)])
    file.write_text(TEXT + "# edited\n")
    with pytest.raises(ConfigurationError, match="try again"):
        write(wanted)
    assert file.read_text().endswith("# edited\n")


def test_a_change_that_the_environment_hides_is_taken_back(file, monkeypatch):
    """It would do nothing."""
    monkeypatch.setenv("IRENE_VAD__ONSET_MS", "200")
    with pytest.raises(CheckFailedError, match="IRENE_VAD__ONSET_MS"):
        write(proposal(str(file), [change("vad.onset_ms", 64)]))
    assert file.read_text() == TEXT
    assert [one.name for one in file.parent.iterdir()] == ["irene.toml"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    """In one line, with the file."""
    wanted = proposal(None, [])
    assert wanted.diff == ""
    missing = type(wanted)(tmp_path / "no" / "irene.toml", "x", "", "", ())
    with pytest.raises((ConfigurationError, FileNotFoundError)):
        write(missing)


def test_every_profile_can_be_changed(monkeypatch):
    """Whoever starts from one."""
    for name in profiles():
        text = find_config(name).text
        after = edited(text, [change("vad.onset_ms", 64), change("asr.partials", False)], name)
        assert after.count("#") == text.count("#")


def test_no_change_is_no_difference(file):
    """An empty proposal writes nothing."""
    assert proposal(str(file), Arm().changes).diff == ""
