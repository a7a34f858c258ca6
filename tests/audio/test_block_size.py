"""Longer blocks while the reader is late."""

from hypothesis import given
from hypothesis import strategies as st

from irene.audio.block_size import BlockSize


def after(block, waiting, times):
    """Return the block's length after the same backlog so many times."""
    for _ in range(times):
        block.note(waiting)
    return block.frames


def test_a_backlog_makes_blocks_longer_up_to_four_times():
    """Two blocks in a row behind which more than another one waits."""
    block = BlockSize(640, 12000)
    assert after(block, 641, 1) == 640
    assert after(block, 641, 1) == 1280
    assert after(block, 5000, 2) == 2560
    assert after(block, 5000, 20) == 2560


def test_one_late_block_changes_nothing():
    """A hiccup is no load."""
    block = BlockSize(640, 12000)
    for _ in range(10):
        block.note(5000)
        block.note(0)
    assert block.frames == 640


def test_blocks_shrink_only_after_a_long_calm():
    """So that they do not swing to and fro at the edge of the load."""
    block = BlockSize(640, 12000)
    after(block, 5000, 4)
    assert after(block, 100, 15) == 2560
    assert after(block, 100, 1) == 1280
    assert after(block, 100, 16) == 640
    assert after(block, 100, 50) == 640


def test_a_load_between_the_two_limits_changes_nothing():
    """A backlog of exactly one block neither lengthens nor shortens."""
    block = BlockSize(640, 12000)
    after(block, 5000, 2)
    assert after(block, 1280, 100) == 1280


def test_another_usual_length_keeps_what_the_load_has_taught():
    """The gate opens and closes under load, too."""
    block = BlockSize(1280, 12000)
    after(block, 5000, 2)
    block.use(640)
    assert block.frames == 1280


@given(st.integers(1, 5000), st.integers(1, 5000), st.lists(st.integers(0, 20000), max_size=60))
def test_a_block_is_never_longer_than_the_most_nor_empty(usual, most, backlogs):
    """Whatever the load does."""
    block = BlockSize(usual, most)
    for waiting in backlogs:
        block.note(waiting)
        assert 1 <= block.frames <= most
        assert block.frames <= 4 * usual
