"""Unpacking: what is honest comes out, what is not stays inside."""

import contextlib
import io
import stat
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene import ModelRefusedError
from irene.models.archives import Limits, only_folder, unpack

HONEST = {"model/am/final.mdl": b"\x00\x01" * 500, "model/conf/mfcc.conf": b"--x=1\n"}


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


MAKERS = pytest.mark.parametrize("make", [zipped, tarred])


@pytest.fixture
def target(tmp_path):
    folder = tmp_path / "in" / "side"
    folder.mkdir(parents=True)
    return folder


def inside(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refusal(archive, target, limits=None):
    with pytest.raises(ModelRefusedError) as caught:
        unpack(archive, target, limits or Limits())
    assert "\n" not in str(caught.value)
    return str(caught.value)


@MAKERS
def test_files_and_folders_come_out(make, tmp_path, target):
    """As they went in."""
    unpack(make(tmp_path / "a", HONEST), target)
    assert inside(target) == HONEST
    assert only_folder(target) == target / "model"


def test_a_folder_with_more_than_one_thing_is_taken_itself(tmp_path, target):
    """Some archives have no folder of their own."""
    unpack(zipped(tmp_path / "a", {"x": b"1", "y/z": b"2"}), target)
    assert only_folder(target) == target


@MAKERS
@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:/evil", "a/\x1b[31m"]
)
def test_nothing_is_written_outside(make, tmp_path, target, name):
    """Absolute paths, dots, drives and control characters."""
    line = refusal(make(tmp_path / "a", {"ok": b"1", name: b"evil"}), target)
    assert "is not safe" in line
    assert "evil" not in {path.name for path in tmp_path.rglob("*")}


def test_links_in_a_tar_file_are_refused(tmp_path, target):
    """A link out of the folder would be written through by the next file."""
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        path = tmp_path / f"a{kind.decode()}.tar"
        with tarfile.open(path, "w") as archive:
            link = tarfile.TarInfo("model")
            link.type, link.linkname = kind, "/etc"
            archive.addfile(link)
            content = tarfile.TarInfo("model/passwd")
            content.size = 4
            archive.addfile(content, io.BytesIO(b"evil"))
        assert "'model' is neither a file nor a folder" in refusal(path, target)
    assert inside(target) == {}


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_devices_and_pipes_are_refused(tmp_path, target, kind):
    """Models have none."""
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        device = tarfile.TarInfo("dev")
        device.type = kind
        archive.addfile(device)
    assert "neither a file nor a folder" in refusal(path, target)


def test_links_in_a_zip_file_are_refused(tmp_path, target):
    """Unix writes them as files of another kind."""
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("model")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc")
    assert "neither a file nor a folder" in refusal(path, target)


def test_the_same_file_twice_is_refused(tmp_path, target):
    """The second would replace what was looked at."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x", b"2")
    assert "it has 'x' twice" in refusal(path, target)


@MAKERS
@pytest.mark.parametrize("names", [("x", "x/y"), ("x/y", "x"), ("n" * 300,)])
def test_files_in_each_others_way_are_refused(make, tmp_path, target, names):
    """A file where a folder has to be, or a name that the disk does not take."""
    line = refusal(make(tmp_path / "a", dict.fromkeys(names, b"1")), target)
    assert "twice, or no file can be called so" in line


@MAKERS
def test_a_bomb_is_stopped_before_the_disk_is_full(make, tmp_path, target):
    """By what comes out, whatever the headers say."""
    bomb = make(tmp_path / "a", {"zeros": bytes(8_000_000)})
    assert bomb.stat().st_size < 20_000
    line = refusal(bomb, target, Limits(free_bytes=1_000_000))
    assert "unpacks to more than" in line
    assert sum(map(len, inside(target).values())) < 2_100_000


def test_a_zip_file_that_lies_about_its_sizes_is_refused(tmp_path, target):
    """The size in the directory is not what comes out."""
    path = zipped(tmp_path / "a.zip", {"x": b"a" * 5000})
    raw = bytearray(path.read_bytes())
    size = (5000).to_bytes(4, "little")
    raw[raw.rindex(size) : raw.rindex(size) + 4] = (9).to_bytes(4, "little")
    path.write_bytes(raw)
    assert "damaged" in refusal(path, target)


def test_too_many_files_are_refused(tmp_path, target):
    """Empty ones fill a disk as well."""
    many = zipped(tmp_path / "a.zip", {f"{n}": b"" for n in range(30)})
    assert "more than 20 files" in refusal(many, target, Limits(most_files=20))


@MAKERS
@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_damaged_archive_is_one_line(make, tmp_path, target, cut):
    """Cut off, or with other bytes in the middle."""
    path = make(tmp_path / "a", {"x": bytes(range(256)) * 300, "y": b"2"})
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * cut)])
    assert "damaged archive" in refusal(path, target)


def test_an_encrypted_zip_file_is_refused(tmp_path, target):
    """Nobody asks for a password."""
    path = zipped(tmp_path / "a.zip", {"x": b"secret"})
    raw = bytearray(path.read_bytes())
    raw[6] |= 1
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert "damaged archive" in refusal(path, target)


def test_what_is_no_archive_is_refused(tmp_path, target):
    """A page of a web server, for example."""
    page = tmp_path / "a.zip"
    page.write_text("<html>not found</html>")
    assert "damaged archive" in refusal(page, target)


def test_permissions_of_the_archive_are_not_taken_over(tmp_path, target):
    """No file becomes executable or belongs to somebody else."""
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("x")
        info.size, info.mode, info.uid = 1, 0o6777, 0
        archive.addfile(info, io.BytesIO(b"1"))
    unpack(path, target)
    assert (target / "x").stat().st_mode & 0o7111 == 0


@given(
    names=st.lists(
        st.text(alphabet="ab./\\:-\x00\n", min_size=1, max_size=12), min_size=1, max_size=5
    )
)
@settings(max_examples=50)
def test_whatever_the_names_nothing_leaves_the_folder(names):
    """Names are refused, or end up inside."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        target = root / "a" / "b"
        target.mkdir(parents=True)
        path = tarred(root / "x.tar", dict.fromkeys(names, b"1"), "w")
        with contextlib.suppress(ModelRefusedError):
            unpack(path, target)
        outside = [one for one in root.rglob("*") if one.is_file() and target not in one.parents]
        assert outside == [path]
