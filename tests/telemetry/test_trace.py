"""Where the time of a session went."""

import threading

from irene.telemetry.costs import StageCosts
from irene.telemetry.trace import Trace
from irene.testing import VirtualClock


def test_exclusive_time_leaves_the_children_out():
    """A stage that spends all its time in two others has none of its own."""
    clock = VirtualClock()
    trace = Trace("session", clock)
    with trace.span("outer") as outer:
        clock.advance(1)
        with trace.span("inner", outer):
            clock.advance(2)
    assert outer.duration_s == 3
    assert outer.exclusive_s == 1


def test_the_root_spans_everything():
    """The whole is as long as the session."""
    clock = VirtualClock()
    trace = Trace("session", clock)
    clock.advance(5)
    assert trace.to_dict()["duration_ms"] == 5000


def test_calls_of_a_repeated_stage_are_summed():
    """A thousand chunks make one span with a thousand calls."""
    clock = VirtualClock()
    trace = Trace("session", clock)
    for _ in range(1000):
        trace.add("vad", 0.001, trace.root)
    (span,) = trace.root.children
    assert span.count == 1000
    assert round(span.duration_s, 6) == 1


def test_spans_from_many_threads_all_arrive():
    """Nothing is lost when stages are added side by side."""
    trace = Trace("session", VirtualClock())
    threads = [
        threading.Thread(target=lambda: [trace.add("x", 1, trace.root) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trace.root.children[0].count == 2000


def test_stage_costs_move_to_a_trace_and_start_again():
    """What was summed before the session goes into it once."""
    clock = VirtualClock()
    costs, trace = StageCosts(clock), Trace("session", clock)
    with costs.measure("wake"):
        clock.advance(2)
    costs.move_to(trace, trace.root)
    costs.move_to(trace, trace.root)
    assert [(span.name, span.duration_s) for span in trace.root.children] == [("wake", 2)]
