"""Recorded allocations, played again."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from irene.errors import ConfigurationError
from irene.memory.arena.spaces import AllocationStrategy
from irene.studies.arena import __main__ as command
from irene.studies.arena.recording import RecordedCache, RecordedPool, record
from irene.studies.arena.replay import Held, replay, replay_malloc, replay_pool
from irene.studies.arena.trace import (
    Step,
    TraceRecorder,
    peak_bytes,
    read_trace,
    write_trace,
)

BUNDLED = Path(__file__).parents[2] / "data" / "traces" / "speaking.txt"


@given(st.lists(st.integers(1, 1000), max_size=30), st.randoms())
def test_a_trace_is_read_as_it_was_written(tmp_path_factory, sizes, chance):
    """Whatever was taken and given back."""
    recorder, live = TraceRecorder(), []
    for size in sizes:
        live.append(recorder.taken(size))
        if chance.random() < 0.5:
            recorder.given(live.pop(chance.randrange(len(live))))
    path = tmp_path_factory.mktemp("trace") / "trace.txt"
    write_trace(path, recorder.steps, "a test")
    assert read_trace(path) == recorder.steps


@pytest.mark.parametrize(
    "text", ["+ 1", "+ 1 0", "- 1", "+ 1 5\n+ 1 6", "* 1 5", "+ one 5", "+ 1 -5"]
)
def test_what_is_no_trace_is_refused_with_its_line(tmp_path, text):
    """Something given back that nobody took, for example."""
    path = tmp_path / "trace.txt"
    path.write_text(f"# a comment\n\n{text}\n")
    line = 3 + text.count("\n")
    with pytest.raises(ConfigurationError, match=rf"trace\.txt:{line}: .* no step"):
        read_trace(path)


def test_a_missing_trace_is_told(tmp_path):
    """In one line."""
    with pytest.raises(ConfigurationError, match="no trace can be read"):
        read_trace(tmp_path / "missing.txt")


def test_the_most_that_is_taken_at_once_is_found():
    """Here 5 and 7."""
    steps = [Step(1, 5), Step(2, 7), Step(1, 0), Step(3, 4), Step(2, 0)]
    assert peak_bytes(steps) == 12


def test_entries_of_a_cache_are_written_down():
    """As they come, are replaced, and make room."""
    recorder = TraceRecorder()
    cache = RecordedCache(recorder, len)
    cache.put("a", b"12345")
    cache.put("a", b"123")
    cache.put("large", b"x" * 2_999_998)
    cache.put("too large", b"x" * 4_000_000)
    assert recorder.steps == [Step(1, 5), Step(1, 0), Step(2, 3), Step(2, 0), Step(3, 2_999_998)]


def test_loans_of_a_pool_are_written_down():
    """With what was asked for."""
    recorder = TraceRecorder()
    pool = RecordedPool(recorder)
    with pool.acquire(100):
        assert recorder.steps == [Step(1, 400)]
    assert recorder.steps[1:] == [Step(1, 0)]


def test_a_real_run_is_recorded():
    """The voice speaks, recordings are converted, and caches give way."""
    pytest.importorskip("espeakng_loader", reason="the voice is not installed")
    steps = record(40)
    live = set()
    for step in steps:
        assert (step.number in live) != bool(step.n_bytes)
        live ^= {step.number}
    assert peak_bytes(steps) > 100_000


@pytest.mark.parametrize("compacts", [False, True])
@pytest.mark.parametrize("strategy", list(AllocationStrategy), ids=str)
def test_with_room_enough_every_request_is_served(strategy, compacts):
    """With three times as much, even of powers of two."""
    steps = read_trace(BUNDLED)
    replayed = replay(steps, 3 * peak_bytes(steps), strategy, compacts)
    assert replayed.failures == 0
    assert 0 <= replayed.fragmentation < 1
    is_rounded_up = strategy is AllocationStrategy.BUDDY
    assert (replayed.waste > 0.1) == is_rounded_up


def test_pushing_together_serves_what_is_scattered():
    """In an arena that is hardly larger than it must be."""
    steps = read_trace(BUNDLED)
    size = round(1.05 * peak_bytes(steps))
    plain, compacted = (
        replay(steps, size, AllocationStrategy.BEST_FIT, compacts) for compacts in (False, True)
    )
    assert compacted.failures == 0 < plain.failures
    assert compacted.moved_mb > 0 == plain.moved_mb


@pytest.mark.parametrize("work", [replay_malloc, replay_pool])
def test_memory_of_the_system_serves_the_same_trace(work):
    """Short enough to be played here."""
    held = work(read_trace(BUNDLED)[:200])
    assert isinstance(held, Held)
    assert held.step_us > 0


def test_the_command_prints_every_strategy(monkeypatch):
    """One table for each size, and one of what else there is."""
    monkeypatch.setattr(command, "_ROOMS", (1.25,))
    monkeypatch.setattr(command, "run_isolated", lambda work, steps: Held(1.0, 2.0))
    done = CliRunner().invoke(command.main, [str(BUNDLED)])
    assert done.exit_code == 0
    for name in ("first fit", "best fit", "worst fit", "buddy", "np.empty", "pool"):
        assert f"| {name} |" in done.output


def test_a_command_without_a_trace_says_what_it_wants(tmp_path):
    """And so does one with a file that is none."""
    assert CliRunner().invoke(command.main, []).exit_code == 2
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("nonsense")
    done = CliRunner().invoke(command.main, [str(wrong)])
    assert done.exit_code == 1
    assert "is no step of a trace" in done.output


def test_a_trace_can_be_recorded_by_command(monkeypatch, tmp_path):
    """It says where it comes from."""
    monkeypatch.setattr(command, "record", lambda steps: [Step(1, steps)])
    done = CliRunner().invoke(command.main, ["--record", str(tmp_path / "new.txt"), "--steps", "7"])
    assert done.exit_code == 0
    assert read_trace(tmp_path / "new.txt") == [Step(1, 7)]
    assert "recorded by" in (tmp_path / "new.txt").read_text()
