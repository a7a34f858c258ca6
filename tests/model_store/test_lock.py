"""The lock file: the same models give the same bytes, and any other model is noticed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_installer import archive, voice, vosk

from irene import ConfigurationError, ModelMissingError
from irene.models.lock import (
    Pin,
    locate,
    lock_path,
    lock_text,
    parse_lock,
    pin,
    quick_faults,
    read_lock,
    thorough_faults,
    write_lock,
)
from irene.models.receipts import InstalledFile


def test_the_lock_lies_beside_its_configuration(tmp_path):
    """Two configurations of one folder have two."""
    assert lock_path(tmp_path / "irene.toml") == tmp_path / "irene.lock"
    assert lock_path(tmp_path / "kitchen.toml") == tmp_path / "kitchen.lock"


def test_a_pin_holds_every_file(server, installer):
    """With its digest, read from the disk."""
    receipt = installer.install(vosk(server))
    one = pin("vosk", "small")
    assert one.digests == receipt.digests
    assert list(quick_faults(one)) == list(thorough_faults(one)) == []


def test_a_model_that_is_not_there_cannot_be_pinned():
    """It has no digest yet."""
    with pytest.raises(ModelMissingError, match="it is not locked; irene models install whisper/"):
        pin("whisper", "tiny")


def test_a_lock_is_written_the_same_whatever_the_order(server, installer, tmp_path):
    """A version control system shows true changes only."""
    installer.install(vosk(server))
    installer.install(voice(server))
    pins = [pin("vosk", "small"), pin("piper", "anna")]
    assert lock_text(pins) == lock_text(pins[::-1])
    write_lock(tmp_path / "irene.lock", pins)
    read = read_lock(tmp_path / "irene.lock")
    assert [(one.id, one.digests) for one in read] == [(one.id, one.digests) for one in pins[::-1]]


def test_paths_beside_the_lock_move_with_it(tmp_path, monkeypatch):
    """They are written relative to it, however the lock is named."""
    one, two = tmp_path / "one", tmp_path / "two"
    (one / "mine").mkdir(parents=True)
    (one / "mine" / "final.mdl").write_bytes(b"1")
    monkeypatch.chdir(one)
    write_lock(Path("irene.lock"), [pin("vosk", "./mine")])
    assert 'name = "./mine"' in Path("irene.lock").read_text()
    one.rename(two)
    (moved,) = read_lock(two / "irene.lock")
    assert moved.name == str(two / "mine")
    assert list(thorough_faults(moved)) == []


def test_another_model_of_that_name_is_noticed_without_reading_it(server, installer):
    """By its receipt."""
    installer.install(vosk(server))
    one = pin("vosk", "small")
    other = archive({"small/am/final.mdl": b"\x00\x02" * 500, "small/conf/mfcc.conf": b"--x=1\n"})
    installer.install(vosk(server, other), again=True)
    assert list(quick_faults(one)) == ["vosk/small is another one"]
    (line,) = thorough_faults(one)
    assert line.endswith("final.mdl is another file")


def test_a_file_that_changed_is_noticed_by_its_size_at_once_else_by_reading(
    server, installer, own_store
):
    """A start looks at sizes; verifying reads."""
    installer.install(vosk(server))
    one = pin("vosk", "small")
    file = own_store / "vosk" / "small" / "am" / "final.mdl"
    file.write_bytes(bytes(1000))
    assert list(quick_faults(one)) == []
    assert [line.endswith("is another file") for line in thorough_faults(one)] == [True]
    file.write_bytes(b"")
    assert len(list(quick_faults(one))) == 1
    file.unlink()
    assert "is missing" in next(quick_faults(one))


def test_a_removed_model_is_noticed(server, installer, own_store):
    """With and without reading."""
    installer.install(voice(server))
    one = pin("piper", "anna")
    for path in (own_store / "piper").iterdir():
        path.unlink()
    assert list(quick_faults(one)) == list(thorough_faults(one)) == ["piper/anna is not installed"]


def test_models_that_somebody_put_there_are_pinned_as_well(own_store, tmp_path):
    """By name without a receipt, or by path; a file with those of the same name."""
    home = own_store / "piper"
    home.mkdir(parents=True)
    for name in ("bob.onnx", "bob.onnx.json", "bobby.onnx"):
        (home / name).write_bytes(name.encode())
    assert list(pin("piper", "bob").digests) == ["bob.onnx", "bob.onnx.json"]
    assert list(pin("piper", str(home / "bob.onnx")).digests) == ["bob.onnx", "bob.onnx.json"]
    folder = tmp_path / "mine"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"1")
    assert list(pin("vosk", str(folder)).digests) == ["mine/am/final.mdl"]
    assert locate("vosk", str(tmp_path / "nowhere")) is None


@pytest.mark.parametrize(
    "text", ["", "format = 2", "format = 1\n[[model]]\nkind = 'x'", "not toml", "\x00"]
)
def test_what_is_no_lock_is_one_line_with_its_cure(tmp_path, text):
    """Damaged, empty, or of another version."""
    path = tmp_path / "irene.lock"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match="write it anew: irene models lock"):
        read_lock(path)


PATHS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
FILES = st.builds(InstalledFile, PATHS, st.integers(0, 2**40), st.just("ab" * 32))


@given(
    st.lists(
        st.builds(
            Pin, PATHS, PATHS, st.lists(FILES, unique_by=lambda f: f.path, max_size=3).map(tuple)
        ),
        unique_by=lambda one: one.id,
        max_size=3,
    )
)
@settings(max_examples=40)
def test_whatever_is_written_is_read_again(pins):
    """Names of any script and with any sign."""
    read = parse_lock(lock_text(pins))
    assert {one.id: one.digests for one in read} == {one.id: one.digests for one in pins}
