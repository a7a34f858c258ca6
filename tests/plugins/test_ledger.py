"""The ledger: entries that survive restarts, damaged files and disks that take nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ProviderFailedError
from irene.testing import ScriptedServices
from irene_plugins.intents.agenda.ledger import Ledger, StateFile
from irene_plugins.intents.agenda.timer_entries import Timer

NOW_S = 1893456000.0
"""where virtual time begins"""


def opened(folder, services=None, wake: Callable[[], None] = lambda: None):
    """Return a ledger on what the folder holds, and its services."""
    services = services or ScriptedServices(folder)
    file = StateFile.of(services, "timers")
    return Ledger(services, file, Timer, wake), services


def timer(number: int, ends_s: float | None = 60.0) -> Timer:
    return Timer(number, f"number {number}", 60, None if ends_s is None else NOW_S + ends_s)


def test_entries_are_there_after_a_restart(tmp_path):
    """Everything that was put is read again, umlauts included."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(2), Timer(1, "Knödel", 90.5, None, 12.5))
    assert opened(tmp_path)[0].entries() == [Timer(1, "Knödel", 90.5, None, 12.5), timer(2)]


def test_half_a_character_in_a_name_spoils_no_other_entry(tmp_path):
    """It is written down like any other, and so is what comes after it."""
    ledger, _ = opened(tmp_path)
    ledger.put(Timer(1, "a\ud83d", 60, None, 60.0))
    ledger.put(timer(2))
    assert opened(tmp_path)[0].entries() == [Timer(1, "a\ud83d", 60, None, 60.0), timer(2)]


def test_what_was_dropped_stays_away(tmp_path):
    """Also when it was never there."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(1), timer(2))
    ledger.drop([timer(1), timer(7)])
    assert opened(tmp_path)[0].entries() == [timer(2)]


def test_numbers_are_not_used_twice(tmp_path):
    """As long as an entry has one, the next is higher."""
    ledger, _ = opened(tmp_path)
    assert ledger.next_number() == 1
    ledger.put(timer(4))
    assert opened(tmp_path)[0].next_number() == 5


def test_the_owner_is_woken_for_the_first_entry_that_is_due(tmp_path):
    """The order of the calls does not matter, paused entries wake nobody."""
    woken = []
    ledger, services = opened(tmp_path, wake=lambda: woken.append(services.clock.monotonic()))
    ledger.put(timer(1, 60))
    ledger.put(timer(2, 30))
    ledger.put(timer(3, None))
    services.advance(29)
    assert woken == []
    services.advance(1)
    assert woken == [30.0]


def test_what_another_program_writes_is_noticed(tmp_path):
    """Before the next change, and when the owner is woken to look."""
    woken = []
    ours, services = opened(tmp_path, wake=lambda: woken.append(services.clock.monotonic()))
    ours.put(timer(1, 3600))
    theirs, _ = opened(tmp_path)
    theirs.put(timer(theirs.next_number(), 40))
    ours.put(timer(3, 7200))
    assert [entry.number for entry in ours.entries()] == [1, 2, 3]
    theirs.drop([timer(1)])
    services.advance(30)
    assert woken == [30.0]
    assert ours.take_due(lambda entry: None) == []
    assert [entry.number for entry in ours.entries()] == [2, 3]


def test_a_file_that_was_taken_away_takes_no_entry_with_it(tmp_path):
    """What is held is written again with the next change."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(1))
    (tmp_path / "timers.json").unlink()
    ledger.put(timer(2))
    assert opened(tmp_path)[0].entries() == [timer(1), timer(2)]


def test_a_file_that_is_damaged_while_running_takes_no_entry_with_it(tmp_path):
    """It is set aside; what is held goes on."""
    ledger, services = opened(tmp_path)
    ledger.put(timer(1))
    (tmp_path / "timers.json").write_text("{")
    assert ledger.entries() == [timer(1)]
    assert len(services.warned) == 1


def test_due_entries_come_the_earliest_first(tmp_path):
    """They are gone from the ledger, but not from the disk until it is saved."""
    ledger, services = opened(tmp_path)
    ledger.put(timer(1, 60), timer(2, 30), timer(3, 90))
    services.clock.advance(60)
    assert ledger.take_due(lambda entry: None) == [timer(2, 30), timer(1, 60)]
    assert ledger.entries() == [timer(3, 90)]
    assert len(opened(tmp_path)[0].entries()) == 3
    ledger.save()
    assert len(opened(tmp_path)[0].entries()) == 1


def test_what_follows_takes_the_place_of_what_was_due(tmp_path):
    """An alarm that comes again is there for its next time."""
    ledger, services = opened(tmp_path)
    ledger.put(timer(1, 60))
    services.clock.advance(60)
    ledger.take_due(lambda entry: timer(entry.number, 120))
    assert ledger.entries() == [timer(1, 120)]


DAMAGED = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"version": 1}',
    b'{"version": 1, "entries": {}}',
    b'{"version": 1, "entries": [1]}',
    b'{"version": 2, "entries": []}',
    b'{"version": "1", "entries": []}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_set_aside(tmp_path, content):
    """It is kept under another name, one line is warned, and everything works."""
    (tmp_path / "timers.json").write_bytes(content)
    ledger, services = opened(tmp_path)
    assert ledger.entries() == []
    (warning,) = services.warned
    assert "\n" not in warning
    assert "timers.json" in warning
    assert "set aside as timers.damaged-1.json" in warning
    assert (tmp_path / "timers.damaged-1.json").read_bytes() == content
    ledger.put(timer(1))
    assert opened(tmp_path)[0].entries() == [timer(1)]


def test_no_damaged_file_replaces_another(tmp_path):
    """The second one gets a name of its own."""
    for _ in range(2):
        (tmp_path / "timers.json").write_text("{")
        opened(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "timers.damaged-1.json",
        "timers.damaged-2.json",
    ]


NONSENSE = [
    {},
    {"number": 2, "name": "x", "length_s": "long", "ends_at": 1.0},
    {"number": 2, "name": "x", "length_s": 5, "ends_at": 1e300},
    {"number": 2, "name": "x", "length_s": float("nan"), "ends_at": 1.0},
    {"number": 2, "name": "x", "length_s": -5, "ends_at": 1.0},
    {"number": "2", "name": "x", "length_s": 5, "ends_at": 1.0},
    {"number": 2, "name": None, "length_s": 5, "ends_at": 1.0},
    {"number": 2, "name": "x", "length_s": 5, "ends_at": 1.0, "colour": "red"},
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_an_entry_that_makes_no_sense_takes_no_other_with_it(tmp_path, nonsense):
    """The file is set aside as a copy; the sound entries go on, also after another restart."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(1))
    path = tmp_path / "timers.json"
    content = json.loads(path.read_text())
    content["entries"].append(nonsense)
    path.write_text(json.dumps(content))
    again, services = opened(tmp_path)
    assert again.entries() == [timer(1)]
    assert "an entry makes no sense" in services.warned[0]
    assert opened(tmp_path)[0].entries() == [timer(1)]
    assert (tmp_path / "timers.damaged-1.json").read_text() == json.dumps(content)


@given(place=st.integers(0, 400), bit=st.integers(0, 7))
def test_a_flipped_bit_never_raises(tmp_path_factory, place, bit):
    """Whatever a broken card makes of the file, the assistant starts."""
    folder = tmp_path_factory.mktemp("state")
    ledger, _ = opened(folder)
    ledger.put(timer(1), timer(2))
    path = folder / "timers.json"
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)
    again, services = opened(folder)
    again.put(timer(9))
    services.advance(3600)
    assert timer(9) in opened(folder)[0].entries()


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    """A power cut while it is written loses the last change, never the file."""
    ledger, services = opened(tmp_path)
    ledger.put(timer(1))

    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    ledger.put(timer(2))
    assert ledger.entries() == [timer(1), timer(2)]
    path = tmp_path / "timers.json"
    assert services.warned == [
        f"timers: {path}: No space left on device; it would not survive a restart"
    ]
    monkeypatch.undo()
    assert opened(tmp_path)[0].entries() == [timer(1)]


def test_a_file_that_is_half_written_is_not_read(tmp_path):
    """What a power cut left beside the file goes with a later change."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(1))
    draft = tmp_path / ".draft-1-timers.json"
    draft.write_text('{"version": 1, "ent')
    os.utime(draft, (1, 1))
    again, services = opened(tmp_path)
    assert again.entries() == [timer(1)]
    assert services.warned == []
    again.put(timer(2))
    assert [path.name for path in tmp_path.iterdir()] == ["timers.json"]


def test_without_a_state_folder_everything_works_until_the_end(tmp_path):
    """One warning says that nothing will be remembered."""

    class Homeless(ScriptedServices):
        def state_folder(self):
            raise ProviderFailedError("state folder /nowhere: Permission denied")

    ledger, services = opened(tmp_path, Homeless(tmp_path))
    ledger.put(timer(1))
    assert ledger.entries() == [timer(1)]
    assert services.warned == [
        "timers: state folder /nowhere: Permission denied; they are forgotten at the end"
    ]


def test_the_file_is_json_of_a_known_version(tmp_path):
    """Other programs may read it."""
    ledger, _ = opened(tmp_path)
    ledger.put(timer(1))
    assert json.loads((tmp_path / "timers.json").read_text()) == {
        "version": 1,
        "entries": [
            {
                "number": 1,
                "name": "number 1",
                "length_s": 60,
                "ends_at": NOW_S + 60,
                "left_s": 0.0,
            }
        ],
    }
