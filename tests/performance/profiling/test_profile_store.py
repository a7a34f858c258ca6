"""Profiles beside the other measurements: kept, listed, and gone when they are old."""

import sqlite3
from contextlib import closing

import pytest
from profiles import everything, made_up

from irene import ConfigurationError
from irene.config.loading import load_config
from irene.config.schema import bundled_providers
from irene.performance.profiling.kept_profiles import keep, keep_for, kept
from irene.performance.store import layout
from irene.performance.store.layout import LAYOUT, open_to_write
from irene.performance.store.place import store_path
from irene.performance.store.profiles import kept_profiles
from irene.performance.store.retention import Retention, prune

FOR_EVER = Retention(days=36500, max_mb=0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "performance.db"


def test_what_is_kept_is_the_whole_profile(path):
    """Under a number of its own; the list tells what it is of, the latest first."""
    first = keep(made_up(), path, FOR_EVER)
    second = keep(everything(), path)
    assert kept(path, first) == made_up()
    assert kept(path, second) == everything()
    listed = kept_profiles(path)
    assert [one.number for one in listed] == [second, first]
    row = listed[-1].row
    assert (row.name, row.kind, row.level, row.top) == ("demo.wav", "recording", "detailed", "dot")
    assert row.cpu_s == pytest.approx(3.0)


def test_a_number_that_there_is_not(path):
    """It is told, and how to find those that there are."""
    keep(made_up(), path)
    with pytest.raises(ConfigurationError, match=r"no profile 7; `irene profile --list`"):
        kept(path, 7)


def test_old_profiles_go_with_the_other_measurements(path):
    """By age, whatever is written next."""
    old = keep(made_up(began=1_000_000.0), path)
    new = keep(made_up(), path, Retention(days=30, max_mb=0))
    assert [one.number for one in kept_profiles(path)] == [new]
    assert old != new


def test_a_file_that_is_too_large_loses_its_oldest_profiles(path):
    """Until it is small enough, also when there is nothing else in it."""
    for number in range(6):
        keep(made_up(began=1_800_000_000.0 + 1000 * number), path)
    with closing(open_to_write(path)) as connection:
        connection.execute("UPDATE profiles SET body = zeroblob(100000)")
        assert prune(connection, Retention(days=36500, max_mb=0.4), 1_800_006_000.0)
    left = kept_profiles(path)
    assert 0 < len(left) < 6
    assert left[0].row.at == 1_800_005_000.0


def test_a_file_of_an_earlier_irene_is_renewed(path, monkeypatch):
    """What was in it stays."""
    monkeypatch.setattr(layout, "_STEPS", layout._STEPS[:1])
    monkeypatch.setattr(layout, "LAYOUT", 1)
    with closing(open_to_write(path)) as connection:
        connection.execute(
            "INSERT INTO runs (assistant, pid, version, config, began, seen)"
            " VALUES ('irene', 1, '0', 'demo', 1e9, 1e9)"
        )
    monkeypatch.undo()
    number = keep(made_up(), path)
    assert kept(path, number) == made_up()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)
        assert connection.execute("PRAGMA user_version").fetchone() == (LAYOUT,)


def test_an_assistant_that_keeps_nothing_keeps_no_profiles(path):
    """`performance.store = false`; else they are in its own file."""
    registry = bundled_providers()
    silent = load_config({"performance": {"store": False}}, registry=registry)
    assert keep_for(silent, made_up()) is None
    section = {"performance": {"store_path": str(path)}}
    talking = load_config(section, registry=registry)
    assert keep_for(talking, made_up(began=4e9)) == 1
    assert store_path(talking) == path
    assert len(kept_profiles(path)) == 1


def test_a_file_that_is_no_store(path):
    """It is told, in one line."""
    path.write_text("nonsense " * 200)
    with pytest.raises(ConfigurationError, match="is damaged"):
        kept_profiles(path)
    with pytest.raises(ConfigurationError, match="is damaged"):
        keep(made_up(), path)
