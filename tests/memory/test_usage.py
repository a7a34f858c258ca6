"""What is read of the memory in use."""

from __future__ import annotations

import mmap

import psutil
import pytest

from irene.memory.usage import Usage, machine_usage, process_usage, return_free_memory, usage_of


def group(folder, limit, current, inactive=0):
    """Write the files of one control group."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{current}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {inactive}\nactive_file 7\n")


@pytest.fixture
def groups(tmp_path):
    own = tmp_path / "own"
    own.write_text("1:name=systemd:/old\n0::/user.slice/irene.service\n")
    return tmp_path / "cgroup", own


def test_a_limit_is_held_against_this_process():
    """In 10^6 bytes."""
    usage = usage_of(500.0)()
    assert usage.limit == 500_000_000
    assert usage.used == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    before = process_usage(1).used
    with mmap.mmap(-1, 40_000_000) as kept:  # from the system, not from what malloc still has
        kept.write(bytes(40_000_000))
        assert process_usage(1).used > before + 0.9 * len(kept)


def test_no_limit_is_no_reading():
    """Zero switches it off."""
    assert usage_of(0.0) is None


def test_without_a_limit_it_is_the_machine():
    """What all programs use, of all that there is."""
    usage = usage_of(None)()
    assert 0.0 < usage.share < 1.0
    assert usage.limit <= psutil.virtual_memory().total


def test_a_container_with_a_limit_counts_when_it_is_fuller_than_the_machine(groups):
    """File pages that the system can drop at any time are not in use."""
    folder, own = groups
    group(folder / "user.slice" / "irene.service", 1000, 995, inactive=5)
    assert machine_usage(folder, own) == Usage(990, 1000)


def test_the_closest_limit_of_all_levels_counts(groups):
    """A group is held to the limits of those around it, too."""
    folder, own = groups
    group(folder / "user.slice" / "irene.service", "max", 500)
    group(folder / "user.slice", 2000, 1990)
    group(folder, 9000, 8990, inactive=8990)
    assert machine_usage(folder, own) == Usage(1990, 2000)


@pytest.mark.parametrize("own_text", ["", "2:memory:/old\n", None])
def test_without_such_groups_it_is_the_machine(groups, own_text):
    """As on other systems, or where the files cannot be read."""
    folder, own = groups
    if own_text is None:
        own.unlink()
    else:
        own.write_text(own_text)
    group(folder, 10, 10)
    assert machine_usage(folder, own).limit == psutil.virtual_memory().total


def test_a_group_with_unreadable_files_is_passed_over(groups):
    """Nothing is invented."""
    folder, own = groups
    group(folder / "user.slice" / "irene.service", 1000, 990)
    (folder / "user.slice" / "irene.service" / "memory.current").unlink()
    assert machine_usage(folder, own).limit == psutil.virtual_memory().total


def test_returning_free_memory_hurts_nobody():
    """Also where the C library cannot."""
    return_free_memory()
