"""Files that are made again when they are lost."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.cache.files import FileCache, cache_folder


@pytest.fixture
def cache(tmp_path):
    """A cache of three files."""
    return FileCache(tmp_path / "below" / "this", 3, ".json")


def test_what_was_written_is_read(cache):
    """The folder is made when it is first needed; a later content replaces an earlier one."""
    assert cache.read("a") is None
    assert cache.write("a", b"one")
    assert cache.write("a", b"two")
    assert cache.read("a") == b"two"


def test_the_files_that_were_used_last_are_kept(cache, tmp_path):
    """Reading counts as use; nothing but whole files is left in the folder."""
    for age, key in enumerate("abc"):
        cache.write(key, key.encode())
        os.utime(tmp_path / "below" / "this" / f"{key}.json", (1000 + age, 1000 + age))
    assert cache.read("a") == b"a"
    cache.write("d", b"d")
    assert sorted(path.name for path in (tmp_path / "below" / "this").iterdir()) == [
        "a.json",
        "c.json",
        "d.json",
    ]


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.binary(max_size=9)), max_size=30))
def test_the_number_of_files_is_bounded(tmp_path_factory, writes):
    """For any sequence, at most three are left, the newest of them being the last one written."""
    folder = tmp_path_factory.mktemp("files")
    cache = FileCache(folder, 3, ".json")
    for key, content in writes:
        assert cache.write(key, content)
        assert cache.read(key) == content
    assert len(list(folder.iterdir())) <= 3


def test_a_folder_that_cannot_be_written_caches_nothing(tmp_path):
    """A file in the place of the folder: no error, just nothing kept."""
    (tmp_path / "file").write_text("in the way")
    cache = FileCache(tmp_path / "file", 3, ".json")
    assert not cache.write("a", b"one")
    assert cache.read("a") is None


def test_a_key_whose_place_is_taken_by_a_folder_is_not_kept(cache, tmp_path):
    """Half-made files are cleaned away."""
    (tmp_path / "below" / "this" / "a.json").mkdir(parents=True)
    assert not cache.write("a", b"one")
    assert [path.name for path in (tmp_path / "below" / "this").iterdir()] == ["a.json"]


def test_writers_and_readers_do_not_see_half_a_file(cache):
    """Several threads, or processes, share a folder."""
    contents = [bytes([n]) * 200_000 for n in range(4)]
    writers = [threading.Thread(target=cache.write, args=("a", content)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert cache.read("a") in (None, *contents)
    for writer in writers:
        writer.join()
    assert cache.read("a") in contents


def test_caches_lie_where_the_desktop_wants_them(monkeypatch):
    """`$XDG_CACHE_HOME`, else `~/.cache`."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert str(cache_folder("grammars")) == "/somewhere/irene/grammars"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "/home/me")
    assert str(cache_folder("grammars")) == "/home/me/.cache/irene/grammars"


def test_a_file_that_another_process_drops_meanwhile_does_not_matter(cache, tmp_path):
    """It was found in the folder, and is gone when its age is asked: the others are seen to."""
    for age, key in enumerate("abc"):
        cache.write(key, key.encode())
        os.utime(tmp_path / "below" / "this" / f"{key}.json", (1000 + age, 1000 + age))
    (tmp_path / "below" / "this" / "gone.json").symlink_to(tmp_path / "nowhere")
    assert cache.write("d", b"d")
    assert cache.read("a") is None
