"""What measuring costs: the command that measures it."""

import asyncio
import re
import threading

import pytest
from cost_page import measured

for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil", "soundfile"):
    pytest.importorskip(engine, reason=f"a whole question needs {engine}")

from irene.domain.events import SessionEnded  # noqa: E402 - after the skips
from irene.pipeline.assistant import Assistant  # noqa: E402
from irene.pipeline.figures.of_events import EventFigures  # noqa: E402
from irene.studies.overhead import telemetry as telemetry_cost  # noqa: E402 - after the skips
from irene.telemetry.recorder import Recorder  # noqa: E402


@pytest.mark.slow
def test_all_figures_are_measured_and_written_to_a_page(tmp_path):
    """One block in every way, and a whole question with its share."""
    text, keys = measured(telemetry_cost, tmp_path)
    for words in ("in 4 threads at once", "a decorated function", "0.6 µs", "at most 1 %"):
        assert words in text
    assert keys == list(telemetry_cost.FIGURES)


async def _asked():
    async with Assistant.from_config("demo", overrides=("outputs.default_provider=none",)) as one:
        return await telemetry_cost.answered(one), one.recorder.snapshot().values()


@pytest.mark.slow
def test_every_call_of_a_question_is_counted():
    """The counts are those of the spans and events of that very run."""
    question, figures = asyncio.run(_asked())
    stages = [key for key in figures if re.fullmatch(r"irene_stage_duration_.*=\"\w+\"}", key)]
    spans = telemetry_cost._tree(question.spans)
    assert len(stages) == len(spans)
    chunks = sum(span.get("count", 1) for span in spans)
    assert question.calls["a stage of a chunk"] == chunks > 100
    assert question.cpu_s > 0
    assert question.spent_s(dict.fromkeys(question.calls, 1.0)) == sum(question.calls.values())


@pytest.mark.measures
def test_telemetry_takes_less_than_a_hundredth_of_a_question():
    """Calls times cost, at the least cost of each in this run."""
    from irene.performance.benchmark.rounds import Pace, in_turns

    question, _ = asyncio.run(_asked())
    found = in_turns(telemetry_cost._probes(Recorder(), question), Pace(5, 0.002, clock="cpu"))
    least_s = {name: series.seconds.least for name, series in found.items()}
    assert question.spent_s(least_s) < telemetry_cost.MOST_SHARE * question.cpu_s


def test_nothing_but_counting_happens_on_the_event_loop(monkeypatch):
    """No snapshot is taken there, and one event brings a bounded number of values.

    A value is one append to a queue; at every 256th of a stage they are counted. So nothing of it
    grows with how long the assistant runs, or how much was measured.
    """
    from irene.telemetry.histogram import Histogram

    brought = []
    observe = Histogram.observe

    def spied(self, value):
        if threading.current_thread() is threading.main_thread():
            brought.append(value)
        observe(self, value)

    def refused(self):
        raise AssertionError("a run takes no snapshot by itself")

    monkeypatch.setattr(Histogram, "observe", spied)
    monkeypatch.setattr(Recorder, "snapshot", refused)

    async def run():
        overrides = ("outputs.default_provider=none",)
        async with Assistant.from_config("demo", overrides=overrides) as assistant:
            return await telemetry_cost.answered(assistant)

    question = asyncio.run(run())
    assert len(brought) <= len(telemetry_cost._tree(question.spans)) + 10


class LagProbe:
    """How late an event loop comes to what it was to do a millisecond later."""

    def __init__(self, window_s=0.05):
        self._window_s = window_s
        self.worst_s = []
        """longest delay in each window"""

    async def look(self, n_windows):
        """Look for so many windows."""
        loop = asyncio.get_running_loop()
        for _ in range(n_windows):
            began_s, worst_s = loop.time(), 0.0
            while loop.time() - began_s < self._window_s:
                due_s = loop.time() + 0.001
                await asyncio.sleep(0.001)
                worst_s = max(worst_s, loop.time() - due_s)
            self.worst_s.append(worst_s)


@pytest.mark.measures
def test_the_event_loop_is_not_held_up():
    """While sessions end on it, and another thread takes one snapshot after the other.

    The best of many windows counts: what makes all of them late is telemetry, what makes some of
    them late is the machine.
    """
    question, _ = asyncio.run(_asked())
    probe, over = LagProbe(), threading.Event()
    recorder = Recorder()
    figures = EventFigures(recorder)

    def take():
        while not over.wait(0.005):
            recorder.snapshot()

    async def watched():
        taking = threading.Thread(target=take)
        taking.start()
        looking = asyncio.ensure_future(probe.look(n_windows=20))
        while not looking.done():
            figures.note(SessionEnded(reason="answered", spans=question.spans))
            await asyncio.sleep(0.002)
        over.set()
        await asyncio.to_thread(taking.join)

    asyncio.run(watched())
    assert min(probe.worst_s) < 0.005
