"""What is asked in writing is measured and kept, as what is said is."""

import asyncio
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from irene.cli.runs.typed_run import AnswerPrinter, TypedRun
from irene.config.loading import load_config, registry_for
from irene.domain.events import AlertCleared, AlertRaised
from irene.performance.store.profiles import kept_profiles
from irene.performance.store.reading import Extent, reading
from irene.performance.store.writer import StoreWriter
from irene.performance.watching.observer import Observer


def store():
    """Return where an assistant without a name of its own keeps its figures."""
    return Path(os.environ["XDG_STATE_HOME"]) / "irene/irene/performance/performance.db"


def kept():
    """Return the runs in the file: each with its commands and the stages of those."""
    with reading(store()) as file:
        return [
            (run, file.utterances(extent), {span.name for span in file.spans(extent)})
            for run in file.runs()
            for extent in [Extent([run.number], 0.0)]
        ]


def test_a_question_is_a_run_with_one_command(irene):
    """Its session, its stages, and that nothing was heard; `irene performance` shows them."""
    assert irene("ask", "what time is it").code == 0
    ((run, commands, stages),) = kept()
    assert (run.ended, run.facts.config, run.dropped) == ("end_of_input", "default", 0)
    assert [(one.reason, one.provider, one.speech_s) for one in commands] == [
        ("answered", "", None)
    ]
    assert stages == {"session", "intent"}
    shown = irene("performance", "--json").out
    for figure in ("irene_process_resident_bytes", "irene_intent_results_total", "hassil"):
        assert figure in shown


def test_what_was_not_understood_is_kept_as_that(irene):
    """A script sees the share of those."""
    patient = ("--set", "assistant.intent_timeout_ms=60000")
    irene("ask", *patient, "colourless green ideas")
    ((_, commands, _),) = kept()
    assert [one.reason for one in commands] == ["not_understood"]


@pytest.mark.parametrize("key", ["store", "enable_monitoring"])
def test_nothing_is_kept_when_nothing_is_to_be(irene, key):
    """Neither with `store` nor with `enable_monitoring` switched off."""
    assert irene("ask", "--set", f"performance.{key}=false", "what time is it").code == 0
    assert not store().exists()


def test_a_file_that_cannot_be_written_costs_one_line(irene, own_folder):
    """The answer comes first, and the status is that of the answer."""
    (own_folder / "folder").mkdir()
    done = irene("ask", "--set", f'performance.store_path="{own_folder}/folder"', "what day is it")
    assert (done.code, done.out.count("\n")) == (0, 1)
    assert done.err.startswith("irene: nothing of this run is kept: ")
    assert done.err.count("\n") == 1


class Lines(AnswerPrinter):
    """An answer printer whose lines are kept."""

    def __init__(self):
        self.lines = []
        super().__init__(lambda text: self.lines.append(text.decode()))


def conversation(monkeypatch, *lines, **performance):
    """Type these lines at an assistant in this process."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    settings = {"performance": performance}
    registry = registry_for(settings)
    run = TypedRun(load_config(settings, registry=registry), registry, printer := Lines())
    asyncio.run(run.converse())
    return run, printer.lines


def test_a_conversation_is_one_run(monkeypatch):
    """Of all its lines."""
    _, lines = conversation(monkeypatch, "what day is it", "banana", "say that again")
    assert len(lines) == 3
    ((run, commands, _),) = kept()
    assert run.ended == "end_of_input"
    assert [one.reason for one in commands] == ["answered", "not_understood", "answered"]


def test_the_recorder_of_a_conversation_has_its_stages(monkeypatch):
    """Whether they are kept or not, programs can ask for them."""
    run, _ = conversation(monkeypatch, "what day is it", "what time is it", store=False)
    statistics = run._assistant.recorder.stages.get_statistics()
    assert {"session", "intent"} <= set(statistics)
    assert statistics["intent"]["count"] == 2
    assert not store().exists()


def test_nothing_is_measured_when_nothing_is_to_be(monkeypatch):
    """As of speech."""
    run, _ = conversation(monkeypatch, "what day is it", enable_monitoring=False)
    assert run._assistant.recorder.stages.get_statistics() == {}


def test_a_conversation_may_be_profiled(monkeypatch):
    """Beside its figures, however short it is; one question is not, as its answer comes first."""
    conversation(monkeypatch, "what day is it", enable_profiling=True)
    (profile,) = kept_profiles(store())
    assert (profile.row.kind, profile.row.config) == ("live", "configuration")


def test_a_conversation_that_looks_for_better_settings_ends_as_usual(monkeypatch):
    """The next search is an hour away."""
    run, lines = conversation(monkeypatch, "what day is it", enable_auto_optimization=True)
    assert (run.exit_code, len(lines)) == (0, 1)


def spent_by(monkeypatch, owner, name):
    """Return a list that takes the processor time of each call, seconds, and its thread."""
    spent, called = [], getattr(owner, name)

    def timed(*args, **kwargs):
        began_s = time.thread_time()
        try:
            return called(*args, **kwargs)
        finally:
            spent.append((time.thread_time() - began_s, threading.current_thread().name))

    monkeypatch.setattr(owner, name, timed)
    return spent


@pytest.mark.measures
def test_nothing_that_measures_works_long_on_the_event_loop(monkeypatch):
    """By its own processor time, with all of it switched on: the machine's load does not count.

    Whatever is noted takes less than 5 ms there; what looks every second and what writes has
    threads of its own, and a look is too short to hold the interpreter for longer than that.
    """
    noted = spent_by(monkeypatch, Observer, "note")
    looks = spent_by(monkeypatch, Observer, "look")
    batches = spent_by(monkeypatch, StoreWriter, "put")
    conversation(
        monkeypatch,
        *("what day is it", "banana") * 3,
        enable_profiling=True,
        enable_auto_optimization=True,
    )
    assert len(noted) >= 15
    assert {thread for _, thread in noted} == {"MainThread"}
    assert {thread for _, thread in looks} == {"irene-observer"}
    assert "MainThread" in {thread for _, thread in batches}
    for times in (noted, looks, batches):
        assert max(seconds for seconds, _ in times) < 0.005


def test_alerts_are_lines_for_whoever_types(capsys):
    """On standard error: standard output is for answers."""
    printer, told = Lines(), {"alert": "late", "metric": "m", "statistic": "value", "unit": ""}
    printer.show(AlertRaised(value=2.0, threshold=1.0, **told))
    printer.show(AlertCleared(value=0.5, threshold=1.0, seconds=3.0, **told))
    assert printer.lines == []
    assert capsys.readouterr().err.splitlines() == [
        "irene: ALERT: late: value of m is 2, limit 1",
        "irene: late: over after 3 s, now 0.5 (m)",
    ]


def test_nothing_that_measures_is_loaded_before_the_answer():
    """Neither the store nor the ears: that would make whoever asks wait."""
    question = (
        "import asyncio, sys\n"
        "from irene.cli.runs.typed_run import TypedRun\n"
        "from irene.config.loading import load_config, registry_for\n"
        "registry = registry_for('default')\n"
        "class Printer:\n"
        "    def show(self, event):\n"
        "        if event.event == 'response':\n"
        "            late = ('irene.performance', 'irene.pipeline.assistant')\n"
        "            print([name for name in late if name in sys.modules])\n"
        "run = TypedRun(load_config('default', registry=registry), registry, Printer())\n"
        "asyncio.run(run.ask('what day is it'))\n"
        "print('irene.performance' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", question], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\nTrue\n", done.stderr
