"""Who has the name of an assistant, and where its socket lies."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.errors import ConfigurationError
from irene.files.names import file_name
from irene.servers.control import place
from irene.servers.control.claim import Claim
from irene.servers.control.peer import Peer, peer_of

LONGEST_WAIT_S = 60.0
HOLDER = """
import sys, time
from irene.servers.control.claim import Claim
claim = Claim.take("irene", "kitchen")
print("taken", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder():
    """Another process that has the name `irene`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "taken\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_claim_is_a_socket_for_its_user_only(own_runtime):
    """Mode 0600, in a folder of mode 0700; both the socket and its lock go away."""
    claim = Claim.take("irene", "default")
    assert claim.path == own_runtime / "irene" / "irene.sock"
    assert stat.S_IMODE(claim.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(claim.path.parent.stat().st_mode) == 0o700
    claim.release()
    assert list(claim.path.parent.iterdir()) == []


def test_a_folder_that_others_could_enter_is_closed(own_runtime):
    """It is the user's own, so it may be."""
    (own_runtime / "irene").mkdir(mode=0o755)
    Claim.take("irene", "default").release()
    assert stat.S_IMODE((own_runtime / "irene").stat().st_mode) == 0o700


def test_a_living_assistant_keeps_its_name(holder):
    """The second one is told who has it, and what to do."""
    with pytest.raises(ConfigurationError) as refused:
        Claim.take("irene", "default")
    assert str(refused.value) == (
        f"an assistant called 'irene' is running already (process {holder.pid}, configuration "
        "kitchen); give this one another assistant.name"
    )
    Claim.take("another", "default").release()


def test_a_dead_assistant_loses_its_name(holder, own_runtime):
    """Killed, it leaves its socket behind; the next one replaces it."""
    holder.kill()
    holder.wait()
    left = own_runtime / "irene" / "irene.sock"
    assert left.exists()
    claim = Claim.take("irene", "default")
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(claim.path))
    connection.close()
    claim.release()


def test_two_assistants_in_one_process_are_two():
    """The lock belongs to the claim, not to the process."""
    claim = Claim.take("irene", "default")
    with pytest.raises(ConfigurationError, match=f"process {os.getpid()}"):
        Claim.take("irene", "default")
    claim.release()
    Claim.take("irene", "default").release()


def test_of_many_who_want_a_name_at_once_one_gets_it():
    """Also while the one before lets it go: removing the lock's file opens no gap."""
    has_it = threading.Lock()
    wrong, taken = [], []

    def take_and_release():
        for _ in range(100):
            try:
                claim = Claim.take("irene", "default")
            except ConfigurationError:
                continue
            if not has_it.acquire(blocking=False):
                wrong.append("two have it")
                return
            taken.append(claim.path)
            has_it.release()
            claim.release()

    threads = [threading.Thread(target=take_and_release) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST_WAIT_S)
    assert wrong == []
    assert taken


def test_a_file_in_place_of_the_socket_is_replaced(own_runtime):
    """Whatever lies there in a folder of ours is left over."""
    (own_runtime / "irene").mkdir()
    (own_runtime / "irene" / "irene.sock").write_text("not a socket")
    Claim.take("irene", "default").release()


def test_a_folder_that_was_taken_away_does_not_disturb_the_end(own_runtime):
    """As a system does that cleans up after somebody has logged out."""
    claim = Claim.take("irene", "default")
    shutil.rmtree(own_runtime / "irene")
    claim.release()
    again = Claim.take("irene", "default")
    (own_runtime / "irene").rename(own_runtime / "elsewhere")
    (own_runtime / "irene").write_text("a file")
    again.release()


def test_a_link_in_place_of_the_lock_is_not_followed(own_runtime, tmp_path):
    """Nothing outside of the folder is written to."""
    (own_runtime / "irene").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (own_runtime / "irene" / "irene.lock").symlink_to(precious)
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Claim.take("irene", "default")
    assert precious.read_text() == "precious"


def test_a_path_that_is_too_long_is_told_in_one_line(tmp_path):
    """With both lengths and both cures."""
    folder = tmp_path / ("x" * 90)
    with pytest.raises(ConfigurationError) as refused:
        Claim.take("irene", "default", folder)
    assert "\n" not in str(refused.value)
    assert "may have 107 bytes" in str(refused.value)
    assert "choose a shorter assistant.name or XDG_RUNTIME_DIR" in str(refused.value)
    assert not folder.exists()


@pytest.mark.parametrize("letter", ["a", "é", "漢"])
def test_the_longest_name_that_is_not_refused_works(own_runtime, letter):
    """The limit counts bytes, not letters."""
    room = 107 - len(os.fsencode(own_runtime / "irene" / ".sock"))
    longest = letter * (room // len(letter.encode()))
    Claim.take(longest, "default").release()
    with pytest.raises(ConfigurationError, match="may have 107 bytes"):
        Claim.take(longest + letter, "default")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    """With the reason and the cure."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be made: not a directory; set XDG_"):
        Claim.take("irene", "default", tmp_path / "file" / "irene")


def test_a_link_is_no_folder(own_runtime, tmp_path):
    """Somebody else may have put it there."""
    (own_runtime / "irene").symlink_to(tmp_path)
    with pytest.raises(ConfigurationError, match="is no folder"):
        Claim.take("irene", "default")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_somebody_else_is_refused(own_runtime, monkeypatch):
    """In a folder for temporary files anybody could have made it."""
    (own_runtime / "irene").mkdir()
    monkeypatch.setattr(place.os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(ConfigurationError, match="belongs to another user"):
        Claim.take("irene", "default")


def test_a_system_without_unix_sockets_says_so(monkeypatch):
    """In one line, with the key."""
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(
        ConfigurationError, match=r"no Unix sockets; set assistant\.control = false"
    ):
        Claim.take("irene", "default")


def test_without_the_variable_the_folder_is_the_users_own(monkeypatch, tmp_path):
    """Below the folder for temporary files, with the user's number, where there is no other."""
    monkeypatch.setattr(place.tempfile, "gettempdir", lambda: str(tmp_path))
    folder = place.socket_folder({})
    usual = Path(f"/run/user/{os.geteuid()}")
    expected = (usual / "irene", tmp_path / f"irene-{os.geteuid()}")
    assert folder in expected
    assert place.socket_folder({"XDG_RUNTIME_DIR": "/somewhere"}) == Path("/somewhere/irene")


@given(st.text())
def test_any_name_makes_the_name_of_a_file(name):
    """Of one file in its folder, never a hidden one, and the same for the same name."""
    made = file_name(name)
    assert made
    assert not made.startswith(".")
    assert "/" not in made
    assert "\0" not in made
    assert file_name(made) == made


def test_the_system_tells_who_is_at_the_other_end():
    """This process, here."""
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_of(ours) == Peer(os.getpid(), os.geteuid())


def test_only_the_same_user_and_the_administrator_may_ask(monkeypatch):
    """Whatever the modes of the files are."""
    monkeypatch.setattr("irene.servers.control.peer.os.geteuid", lambda: 1000)
    assert [Peer(1, uid).may_ask for uid in (0, 1000, 1001)] == [True, True, False]


def test_a_system_that_does_not_tell_relies_on_the_modes(monkeypatch):
    """As macOS does."""
    monkeypatch.delattr(socket, "SO_PEERCRED")
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_of(ours) is None
