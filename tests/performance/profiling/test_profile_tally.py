"""Adding glances up: nothing is lost, nothing is counted twice, waiting is not work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.performance.profiling import tally as tallying
from irene.performance.profiling.glances import CodeBook, Glance, TaskSeen, ThreadSeen
from irene.performance.profiling.tally import Tally, cpu_by_stack, waits


def book_of(*modules):
    """Return a book with a function of each module."""
    book = CodeBook()
    for module in modules:
        code = compile("0", module, "exec")
        book.number(code, module)
    return book


BOOK = book_of("irene_plugins.asr.vosk", "engine", "threading", "irene.pipeline.run")
ENGINE, NATIVE, WAIT, OWN = range(4)


def seen(*stack, cpu_s=0.0, steady=False, ident=1):
    return ThreadSeen(ident, f"thread-{ident}", stack, cpu_s, steady)


def glances(*parts, elapsed_s=0.01, unseen_s=0.0):
    """Return a glance for each list of threads, so far apart."""
    return [
        Glance(elapsed_s * (number + 1), elapsed_s, threads, unseen_s)
        for number, threads in enumerate(parts)
    ]


def tally_of(taken):
    tally = Tally(BOOK, 0.0)
    for glance in taken:
        tally.take(glance)
    return tally


def only(tally):
    (thread,) = tally.threads.values()
    return thread


def test_time_is_that_between_samples_not_a_count_of_them():
    """A sample that came late counts for as long as it took to come."""
    tally = Tally(BOOK, 0.0)
    tally.take(Glance(0.01, 0.01, [seen(ENGINE)]))
    tally.take(Glance(0.11, 0.10, [seen(ENGINE, NATIVE)]))
    cells = only(tally).cells
    assert cells[(ENGINE,)].wall_s == pytest.approx(0.01)
    assert cells[(ENGINE, NATIVE)].wall_s == pytest.approx(0.10)
    assert tally.longest_gap_s == pytest.approx(0.10)


def test_a_stack_that_stays_without_processor_time_waits():
    """Whatever its function is called."""
    taken = glances(*[[seen(ENGINE, steady=True)]] * 5)
    thread = only(tally_of(taken))
    assert waits(BOOK, (ENGINE,), thread.cells[(ENGINE,)])
    assert cpu_by_stack(BOOK, thread) == {(ENGINE,): 0.0}


def test_native_code_that_works_in_one_place_does_not_wait():
    """It stays at one instruction, and its thread takes processor time."""
    taken = glances(*[[seen(ENGINE, cpu_s=0.01, steady=True)]] * 5)
    thread = only(tally_of(taken))
    assert not waits(BOOK, (ENGINE,), thread.cells[(ENGINE,)])
    assert cpu_by_stack(BOOK, thread)[(ENGINE,)] == pytest.approx(0.05)


def test_work_that_is_over_when_the_sample_comes_goes_to_where_the_thread_works():
    """A thread that is found waiting has worked meanwhile: not in its wait."""
    waiting = [seen(ENGINE, WAIT, cpu_s=0.002)]
    working = [seen(ENGINE, NATIVE, cpu_s=0.002)]
    thread = only(tally_of(glances(waiting, working, waiting, waiting)))
    found = cpu_by_stack(BOOK, thread)
    assert found[(ENGINE, WAIT)] == 0.0
    assert found[(ENGINE, NATIVE)] == pytest.approx(0.008)


def test_a_thread_that_was_never_found_at_work_keeps_its_processor_time():
    """In the place where it was found."""
    thread = only(tally_of(glances(*[[seen(ENGINE, WAIT, cpu_s=0.001)]] * 3)))
    assert cpu_by_stack(BOOK, thread)[(ENGINE, WAIT)] == pytest.approx(0.003)


def test_the_work_of_native_threads_belongs_to_the_call_that_waits_for_it():
    """Not to a thread that waits in Python, and not to irene's own functions."""
    threads = [
        seen(ENGINE, steady=True),
        seen(WAIT, steady=True, ident=2),
        seen(OWN, steady=True, ident=3),
    ]
    tally = tally_of(glances(threads, threads, unseen_s=0.02))
    engine, waiting, own = tally.threads.values()
    assert cpu_by_stack(BOOK, engine) == {(ENGINE,): pytest.approx(0.04)}
    assert cpu_by_stack(BOOK, waiting) == {(WAIT,): 0.0}
    assert cpu_by_stack(BOOK, own) == {(OWN,): 0.0}
    assert tally.unseen_cpu_s == 0.0


def test_native_work_that_nobody_waits_for_belongs_to_no_function():
    """It is told as such."""
    tally = tally_of(glances([seen(OWN)], [seen(OWN)], unseen_s=0.02))
    assert tally.unseen_cpu_s == pytest.approx(0.04)


def test_an_interval_that_began_before_counts_in_part():
    """Somebody who begins to listen between two glances gets what is left of the time."""
    tally = Tally(BOOK, 0.075)
    tally.take(Glance(0.1, 0.1, [seen(ENGINE, cpu_s=0.08)]))
    thread = only(tally)
    assert thread.cells[(ENGINE,)].wall_s == pytest.approx(0.025)
    assert cpu_by_stack(BOOK, thread)[(ENGINE,)] == pytest.approx(0.02)


def test_the_order_of_time_is_kept():
    """Stretches in the same place are one."""
    taken = glances([seen(ENGINE)], [seen(ENGINE)], [seen(NATIVE)], [seen(ENGINE)])
    stretches = only(tally_of(taken)).stretches
    assert [stack for stack, _ in stretches] == [(ENGINE,), (NATIVE,), (ENGINE,)]
    assert [seconds for _, seconds in stretches] == pytest.approx([0.02, 0.01, 0.01])


def test_memory_is_bounded(monkeypatch):
    """Further stacks are one; further stretches are left out, and that is told."""
    monkeypatch.setattr(tallying, "MOST_STACKS", 10)
    monkeypatch.setattr(tallying, "MOST_STRETCHES", 15)
    stacks = [(ENGINE,) * length for length in range(1, 41)]
    thread = only(tally_of(glances(*[[seen(*stack)] for stack in stacks])))
    assert len(thread.cells) == 11
    assert sum(cell.wall_s for cell in thread.cells.values()) == pytest.approx(0.4)
    assert len(thread.stretches) <= 15
    assert thread.is_whole  # what is counted as one is one stretch, too
    more = only(tally_of(glances(*[[seen(*stack)] for stack in stacks[:10] * 3])))
    assert not more.is_whole


def test_tasks_that_wait_are_added_up_by_what_they_wait_in():
    """Each for the time since tasks were looked at before."""
    tally = Tally(BOOK, 0.0)
    task = TaskSeen("Talk.answer", (OWN, ENGINE), "future")
    tally.take(Glance(0.02, 0.02, [], tasks=[task, task]))
    tally.take(Glance(0.03, 0.01, []))
    tally.take(Glance(0.05, 0.02, [], tasks=[task]))
    assert tally.tasks["Talk.answer", (OWN, ENGINE), "future"].wall_s == pytest.approx(0.07)


THREADS = st.lists(
    st.builds(
        seen,
        st.integers(0, 3),
        cpu_s=st.floats(0, 0.01),
        steady=st.booleans(),
        ident=st.integers(1, 3),
    ),
    max_size=3,
    unique_by=lambda one: one.ident,
)


@given(st.lists(THREADS, max_size=8), st.floats(0, 0.01))
def test_no_time_is_lost_or_invented(parts, unseen_s):
    """Whatever is seen: sums of all stacks are the sums of what was given in."""
    taken = glances(*parts, unseen_s=unseen_s)
    tally = tally_of(taken)
    threads = list(tally.threads.values())
    wall_s = sum(cell.wall_s for thread in threads for cell in thread.cells.values())
    assert wall_s == pytest.approx(sum(0.01 * len(part) for part in parts))
    found_s = sum(sum(cpu_by_stack(BOOK, thread).values()) for thread in threads)
    given_s = sum(one.cpu_s for part in parts for one in part) + unseen_s * len(parts)
    assert found_s + tally.unseen_cpu_s == pytest.approx(given_s)
    order_s = sum(seconds for thread in threads for _, seconds in thread.stretches)
    assert order_s == pytest.approx(wall_s)
