"""What a worker prints becomes lines of the log: bounded, whatever it is."""

import logging

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene.components.isolation.output_lines import OutputLines
from irene.testing import VirtualClock


@pytest.fixture
def output(caplog):
    """Output of a worker, with a clock that stands still until it is set."""
    caplog.set_level(logging.WARNING, "irene.worker")
    clock = VirtualClock()
    return OutputLines("vad.providers.NAME", clock), clock


@given(st.binary(max_size=60), st.lists(st.integers(1, 60), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_are_the_same_however_they_are_cut(output, caplog, data, cuts):
    """Bytes that are no text are shown as such; empty lines are left out."""
    caplog.clear()
    lines = OutputLines("x", VirtualClock())
    for piece in (data[: cuts[0]], data[cuts[0] :]) if cuts else (data,):
        lines.take(piece)
    lines.finish()
    texts = (part.decode("utf-8", "replace").rstrip() for part in data.split(b"\n"))
    assert caplog.messages == [f"x: {text}" for text in texts if text]


def test_a_flood_is_counted_and_not_written(output, caplog):
    """A hundred lines at once, then ten a second; what is left out is told with the next line."""
    lines, clock = output
    lines.take(b"flood\n" * 5000)
    assert len(caplog.messages) == 100
    clock.sleep(0.5)
    lines.take(b"flood\n" * 10)
    assert (
        caplog.messages[100:]
        == ["vad.providers.NAME: ... 4900 lines left out"] + ["vad.providers.NAME: flood"] * 5
    )
    lines.finish()
    assert caplog.messages[-1] == "vad.providers.NAME: ... 5 lines left out"


def test_a_line_without_end_is_cut(output, caplog):
    """It takes no more memory than a short one."""
    lines, _ = output
    for _ in range(100):
        lines.take(b"x" * 10_000)
    lines.finish()
    (message,) = caplog.messages
    assert message == f"vad.providers.NAME: {'x' * 500}"
