"""Files that appear as a whole: for readers, after a crash, on a full disk, through links."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.files import replacing
from irene.files.replacing import DRAFT, draft_of, remove_drafts, replace_file, sync_folder

KILLED = """
import os, sys
from pathlib import Path
from irene.files.replacing import draft_of
with draft_of(Path(sys.argv[1])) as file:
    file.write(b"half of what")
    file.flush()
    os._exit(9)
"""
FULL = """
import resource, sys
from pathlib import Path
from irene.files.replacing import replace_file
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    replace_file(Path(sys.argv[1]), b"x" * 5000)
except OSError as error:
    print(error.strerror)
"""


def mode(path):
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    """Return what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def break_off(path, content):
    """Write a draft, and be interrupted before its end."""
    with draft_of(path) as file:
        file.write(content)
        raise KeyboardInterrupt


@pytest.fixture
def file(tmp_path):
    """A file with a content, in a folder of its own."""
    path = tmp_path / "file.toml"
    path.write_text("former")
    return path


@pytest.fixture
def umask():
    """Set the umask for a test; the former one comes back."""
    former = os.umask(0o022)
    yield os.umask
    os.umask(former)


@pytest.fixture
def synced(monkeypatch):
    """What the disk is asked to keep: "file" or "folder", in order."""
    asked = []

    def note(handle):
        asked.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")

    monkeypatch.setattr(replacing.os, "fsync", note)
    return asked


@given(st.lists(st.tuples(st.binary(max_size=200), st.booleans()), max_size=12))
def test_a_file_holds_what_was_last_written_whole(tmp_path_factory, writes):
    """For any sequence of writes, some of which break off: those leave neither change nor draft."""
    folder = tmp_path_factory.mktemp("files")
    path, wanted = folder / "a", None
    for content, breaks_off in writes:
        if breaks_off:
            with pytest.raises(KeyboardInterrupt):
                break_off(path, content)
        else:
            replace_file(path, content, durable=False)
            wanted = content
        assert (path.read_bytes() if path.exists() else None) == wanted
        assert names(folder) == ([] if wanted is None else ["a"])


def test_a_text_is_written_in_utf_8(tmp_path):
    """With the line ends that it has, on every system."""
    replace_file(tmp_path / "a", "Küche\nBad\r\n")
    assert (tmp_path / "a").read_bytes() == b"K\xc3\xbcche\nBad\r\n"


def test_a_process_that_is_killed_leaves_the_former_content(file):
    """Its draft is known by its name, and goes when somebody says that nobody writes it."""
    done = subprocess.run([sys.executable, "-c", KILLED, file], check=False)
    assert done.returncode == 9
    assert file.read_text() == "former"
    (draft,) = set(names(file.parent)) - {file.name}
    assert draft.startswith(DRAFT)
    other = file.with_name(f"{DRAFT}1-other.toml")
    other.touch()
    remove_drafts(file)
    assert names(file.parent) == sorted([file.name, other.name])


def test_what_a_killed_process_left_goes_with_a_later_draft(file):
    """Once it is so old that nobody can be at work on it; drafts of other files are not touched."""
    old, young, other = (
        file.with_name(f"{DRAFT}{name}") for name in ("1-file.toml", "2-file.toml", "3-x")
    )
    for draft in (old, young, other):
        draft.touch()
    for draft in (old, other):
        os.utime(draft, (1, 1))
    replace_file(file, b"new")
    assert names(file.parent) == [young.name, other.name, file.name]


@pytest.mark.parametrize("name", ["[a]*?.toml", "Ж" * 127], ids=["pattern", "longest"])
def test_drafts_of_any_name_are_found_again(tmp_path, name):
    """Names with signs of patterns in them, and those as long as a file system takes."""
    path = tmp_path / name
    with draft_of(path) as file:
        (draft,) = tmp_path.iterdir()
        kept = draft.with_name(draft.name.replace(DRAFT, f"{DRAFT}0"))
        kept.touch()
        file.write(b"x")
    remove_drafts(path)
    assert names(tmp_path) == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits the size of files")
def test_a_disk_that_is_full_leaves_the_former_content(file):
    """The system refuses the rest of a draft: the error is told, and nothing is left of it."""
    done = subprocess.run(
        [sys.executable, "-c", FULL, file], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{os.strerror(errno.EFBIG)}\n"
    assert file.read_text() == "former"
    assert names(file.parent) == [file.name]


def test_a_disk_that_fails_at_the_end_leaves_the_former_content(file, monkeypatch):
    """What cannot be brought to the disk takes no place."""

    def fail(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(replacing.os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        replace_file(file, b"new")
    assert file.read_text() == "former"
    assert names(file.parent) == [file.name]


def test_a_folder_in_the_place_of_the_file_stays(tmp_path):
    """It is an error, without a draft left."""
    (tmp_path / "a" / "inside").mkdir(parents=True)
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        replace_file(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]
    assert names(tmp_path / "a") == ["inside"]


def test_a_folder_that_is_missing_is_an_error(tmp_path):
    """Whoever writes makes it, with the mode that it is to have."""
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "gone" / "a", b"new")


@pytest.mark.parametrize("former", [0o600, 0o640, 0o666, 0o755])
def test_a_file_that_was_there_keeps_its_mode(file, umask, former):
    """Whatever the umask takes away from new files."""
    umask(0o077)
    file.chmod(former)
    replace_file(file, b"new")
    assert mode(file) == former


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o007])
def test_a_new_file_has_the_mode_of_new_files(tmp_path, umask, mask):
    """As `open` makes them."""
    umask(mask)
    replace_file(tmp_path / "a", b"new")
    (tmp_path / "b").touch()
    assert mode(tmp_path / "a") == mode(tmp_path / "b") == 0o666 & ~mask


def test_a_private_file_is_its_owners_from_the_first_byte(file):
    """Even where the former one could be read by all."""
    file.chmod(0o644)
    with draft_of(file, private=True) as draft:
        assert mode(next(file.parent.glob(f"{DRAFT}*"))) == 0o600
        draft.write(b"secret")
    assert mode(file) == 0o600


def test_a_draft_shows_no_more_than_the_file_did(file):
    """What only its owner may read is not shown while it is written."""
    file.chmod(0o600)
    with draft_of(file):
        assert mode(next(file.parent.glob(f"{DRAFT}*"))) == 0o600


def test_a_link_stays_a_link(tmp_path, file):
    """A configuration that lies among somebody's dot files is written there."""
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.toml"
    link.symlink_to(file)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert names(link.parent) == ["link.toml"]


def test_a_link_to_nothing_makes_the_file_that_it_names(tmp_path):
    """As `open` does."""
    (tmp_path / "link").symlink_to("file")
    replace_file(tmp_path / "link", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()


def test_what_is_durable_is_on_the_disk_before_its_name_is(file, synced):
    """First the content, then the name that leads to it."""
    replace_file(file, b"new")
    assert synced == ["file", "folder"]
    assert file.read_bytes() == b"new"


def test_what_is_made_again_when_it_is_lost_waits_for_no_disk(file, synced):
    """A cache asks for nothing."""
    replace_file(file, b"new", durable=False)
    assert synced == []


@pytest.mark.parametrize(("number", "is_told"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_only_a_disk_that_fails_is_told_of_a_folder(tmp_path, monkeypatch, number, is_told):
    """Some file systems cannot synchronise folders at all."""

    def fail(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(replacing.os, "fsync", fail)
    if is_told:
        with pytest.raises(OSError, match=os.strerror(number)):
            sync_folder(tmp_path)
    else:
        sync_folder(tmp_path)


def test_readers_and_several_writers_see_whole_contents_only(file):
    """Each writer has a draft of its own; the last one to end wins."""
    contents = [bytes([n]) * 100_000 for n in range(4)]
    writers = [threading.Thread(target=replace_file, args=(file, one)) for one in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert file.read_bytes() in (b"former", *contents)
    for writer in writers:
        writer.join()
    assert file.read_bytes() in contents
    assert names(file.parent) == [file.name]
