"""What workers cost is measured on real ones."""

import pytest

from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.studies.isolation.__main__ import main
from irene.studies.isolation.calls import SILENT, call_costs
from irene.studies.isolation.footprints import footprint
from irene.studies.isolation.subjects import Engine
from irene.studies.isolation.throughput import throughputs, utterances


@pytest.fixture(scope="module")
def registry():
    """Everything that is installed."""
    return ComponentRegistry.installed()


def test_a_call_to_a_worker_costs_more_than_one_here(registry):
    """For audio of every length."""
    costs = call_costs(registry, 1)
    assert costs[0].audio == "20 ms of int16"
    assert all(one.median_us >= one.least_us > one.here_us > 0 for one in costs)


def test_a_worker_takes_memory_and_time(registry):
    """And comes back after it was killed."""
    found = footprint(SILENT, registry)
    assert found.resident_mb > 10
    assert found.own_mb > 5
    assert found.start_s > 0
    assert found.restart_s > 0


@pytest.mark.slow
def test_speech_is_recognised_in_every_place(registry):
    """With PocketSphinx: here, in one worker, in two."""
    pytest.importorskip("pocketsphinx", reason="the engine is not installed")
    assert len(utterances(registry)) == 6
    found = throughputs(Engine(Kind.ASR, "pocketsphinx"), registry, 2, 1)
    assert list(found) == [
        "here, one at a time",
        "here, 2 threads",
        "1 worker",
        "2 workers",
    ]
    assert all(spread.median > 0 for spread in found.values())


def test_a_page_without_a_place_for_figures_is_refused(tmp_path, monkeypatch, capsys):
    """Before anybody wonders where they went."""
    module = "irene.studies.isolation.__main__"
    for part in ("_calls", "_throughput", "_footprints"):
        monkeypatch.setattr(f"{module}.{part}", lambda registry, options: "| a |")
    page = tmp_path / "page.md"
    page.write_text("no markers", encoding="utf-8")
    assert main(["--write", str(page)]) == 2
    assert "measured: begin isolation" in capsys.readouterr().err
    assert main(["--rounds", "1", "--callers", "3"]) == 0
    assert "python -m irene.studies.isolation --callers 3 --rounds 1" in capsys.readouterr().out
