"""Checkpoints: plain tensors pass, whatever would execute something does not; PyTorch agrees."""

import contextlib
import io
import os
import pickle
import struct
import subprocess
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irene import ModelRefusedError
from irene.models.pickles import check_checkpoint, check_steps


class Evil:
    """Runs something when it is unpickled."""

    def __init__(self, call, *arguments):
        self.call = call, arguments

    def __reduce__(self):
        return self.call


def checkpoint(path, program, name="archive/data.pkl"):
    """Write a checkpoint in the form of today's PyTorch around a pickle."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, program)
        archive.writestr("archive/data/0", b"\x00" * 16)
    return path


PLAIN = {
    "numbers": {"a": 1, "b": 2.5, "c": None, "d": True, "e": -(2**40)},
    "containers": [OrderedDict(x=[1, 2]), ("t", ()), {}],
    "text": {"key": "Prüfung" * 50},
}


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_plain_data_passes(tmp_path, content):
    """Numbers, texts, lists, tables."""
    check_checkpoint(checkpoint(tmp_path / "a.pt", pickle.dumps(content, protocol=2)))


EVIL = {
    "system": Evil(os.system, "true"),
    "process": Evil(subprocess.Popen, ["true"]),
    "eval": Evil(eval, "1"),
    "getattr": Evil(getattr, "", "join"),
    "import": Evil(__import__, "os"),
    "nested": {"model": [OrderedDict(x=Evil(os.system, "true"))]},
    "path": Evil(Path, "/"),
}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("content", EVIL.values(), ids=EVIL)
def test_what_would_call_something_is_refused(tmp_path, content, protocol):
    """In any version of the format; nothing is executed to find out."""
    program = pickle.dumps(content, protocol=protocol)
    with pytest.raises(ModelRefusedError, match="is not safe to load"):
        check_checkpoint(checkpoint(tmp_path / "a.pt", program))


def test_the_line_says_what_it_would_call(tmp_path):
    """So that a person can judge."""
    program = pickle.dumps(EVIL["system"], protocol=2)
    with pytest.raises(ModelRefusedError, match=r"it would call (posix|nt)\.system; use a"):
        check_checkpoint(checkpoint(tmp_path / "a.pt", program))


def test_every_pickle_of_an_archive_is_looked_into(tmp_path):
    """A harmless one beside it does not help."""
    path = checkpoint(tmp_path / "a.pt", pickle.dumps({}, protocol=2))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/constants.pkl", pickle.dumps(EVIL["eval"], protocol=2))
    with pytest.raises(ModelRefusedError, match="not safe"):
        check_checkpoint(path)


def test_the_old_form_is_a_row_of_pickles(tmp_path):
    """Each of them is looked into; the tensors behind them are no pickles."""
    path = tmp_path / "a.pt"
    harmless = [pickle.dumps(one, protocol=2) for one in (1, 1001, {}, OrderedDict(), ["0"])]
    path.write_bytes(b"".join(harmless) + struct.pack("<q", 4) + b"\x00" * 16)
    check_checkpoint(path)
    for at in range(5):
        programs = [*harmless]
        programs[at] = pickle.dumps(EVIL["system"], protocol=2)
        path.write_bytes(b"".join(programs))
        with pytest.raises(ModelRefusedError, match="not safe"):
            check_checkpoint(path)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04broken", b"\x80\x02"])
def test_what_is_no_checkpoint_is_said_to_be_none(tmp_path, content):
    """A page of a web server, for example, or a file that was cut off."""
    path = tmp_path / "a.pt"
    path.write_bytes(content)
    with pytest.raises(ModelRefusedError, match=r"no checkpoint|damaged"):
        check_checkpoint(path)


def test_an_archive_without_a_pickle_is_no_checkpoint(tmp_path):
    """Any other zip file."""
    path = checkpoint(tmp_path / "a.pt", b"x", name="readme.txt")
    with pytest.raises(ModelRefusedError, match="no checkpoint"):
        check_checkpoint(path)


PIECES = [
    *(
        b"cposix\nsystem\n",
        b"cbuiltins\neval\n",
        b"ccollections\nOrderedDict\n",
        b"iposix\nsystem\n",
    ),
    *(b"X\x01\x00\x00\x001", b"K\x01", b"N", b"}", b"]", b")", b"(", b"q\x00", b"h\x00"),
    *(b"R", b"b", b"\x81", b"\x92", b"\x93", b"o", b"t", b"\x85", b"s", b"a", b"0", b"2", b"."),
    *(b"\x80\x02", b"\x82\x01", b"\x8c\x05posix", b"\x8c\x06system", b"Q", b"P1\n"),
]


@given(
    program=st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join) | st.binary(max_size=60)
)
@settings(max_examples=300)
def test_no_program_that_passes_calls_anything_but_makers_of_tensors(program):
    """Whatever its steps: what it asks for while it is unpickled is on the list."""
    try:
        check_steps("a.pt", io.BytesIO(program))
    except ModelRefusedError:
        return
    with contextlib.suppress(Exception):  # a wrong program may fail, if it does no harm
        Careful(io.BytesIO(program)).load()
    assert Careful.asked <= {("collections", "OrderedDict")}


class Careful(pickle.Unpickler):
    """Remembers what it is asked for, and gives nothing but a plain container."""

    asked = set()

    def find_class(self, module, name):
        self.asked.add((module, name))
        return OrderedDict

    def persistent_load(self, pid):
        return pid


@pytest.mark.slow
def test_pytorch_agrees(tmp_path):
    """What passes here loads with `weights_only`, what does not is refused there, too."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    plain = {
        "model_state_dict": OrderedDict(
            a=torch.ones(3), b=torch.nn.Parameter(torch.ones(2, 2).half()), c=torch.arange(4)
        ),
        "dims": {"n_mels": 80},
    }
    for legacy in (False, True):
        path = tmp_path / f"plain{legacy}.pt"
        torch.save(plain, path, _use_new_zipfile_serialization=not legacy)
        check_checkpoint(path)
        assert torch.load(path, weights_only=True)["dims"] == plain["dims"]
    path = tmp_path / "evil.pt"
    for content in (torch.nn.Linear(1, 1), EVIL["system"]):
        torch.save({"model": content}, path)
        with pytest.raises(ModelRefusedError, match="not safe"):
            check_checkpoint(path)
        with pytest.raises(pickle.UnpicklingError, match="Weights only"):
            torch.load(path, weights_only=True)
