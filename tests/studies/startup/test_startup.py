"""Start-up and memory: the real program, once; and what is made of the values."""

import json
from functools import partial

import pytest

from irene.domain.kinds import Kind
from irene.performance.measuring.spread import Spread, interleaved
from irene.studies.startup import command
from irene.studies.startup.first_calls import first_calls
from irene.studies.startup.import_costs import ImportCost, sum_up
from irene.studies.startup.tables import Goal

ENGINES = ("pymicro_wakeword", "onnxruntime", "pocketsphinx", "espeakng_loader", "hassil")


@pytest.mark.slow
def test_the_demo_assistant_is_started_and_measured(tmp_path, capsys, monkeypatch):
    """Every goal has a value from a real process; memory is that of a loaded assistant."""
    for engine in ENGINES:
        pytest.importorskip(engine, reason="the demo's engines are not installed")
    monkeypatch.setattr(command, "_UTTERANCES_PER_ROUND", 1)  # each is spoken in real time
    monkeypatch.setattr(command, "_FURTHER_SESSIONS", 2)
    monkeypatch.setattr(command, "first_calls", partial(first_calls, kinds=[Kind.TTS]))
    values = tmp_path / "values.json"
    assert command.main(["--rounds", "1", "--json", str(values)]) == 0
    result = json.loads(values.read_text())
    measured = {goal["what"]: goal["measured"]["values"][0] for goal in result["goals"]}
    assert len(measured) == 7
    assert 50 < measured["demo assistant, waiting again after its first answer (F11)"] < 1000
    assert result["times"]["irene run"]["values"][0] > result["times"]["import irene"]["values"][0]
    assert {"numpy", "irene"} <= {one["package"] for one in result["imports"]}
    assert result["loading_ms"]["asr: pocketsphinx"] > 50, "loading counts, not only warming up"
    assert measured["the same, 95th percentile (F9)"] > 0
    assert result["sessions"][0]["session_mb"] < result["sessions"][0]["utterance_mb"]
    assert [one["provider"] for one in result["first_calls"]] == ["tts: espeak"]
    assert [one["asr"] for one in result["answers"]].count("pocketsphinx") == 2
    assert "| goal |" in capsys.readouterr().out


def test_probes_take_turns():
    """A slow minute of the machine hits all alike; the first round is thrown away."""
    calls = []

    def probe(name, value):
        return lambda: calls.append(name) or value + len(calls)

    found = interleaved(2, {"a": probe("a", 0.0), "b": probe("b", 100.0)})
    assert calls == ["a", "b"] * 3
    assert found["a"].values == (3.0, 5.0)


def test_a_goal_is_judged_by_the_median():
    """One slow start is no failure."""
    goal = Goal("help", 150, "ms", Spread((100.0, 120.0, 900.0)))
    assert goal.is_met
    assert not Goal("help", 110, "ms", goal.measured).is_met


def test_scattered_values_are_called_noisy():
    """Values that differ by a third on average are not to be trusted."""
    assert Spread((60.0, 100.0, 140.0, 180.0)).is_noisy
    assert not Spread((99.0, 100.0, 101.0, 500.0)).is_noisy


def test_imports_are_summed_up_per_package():
    """The lines of `-X importtime` become one row per package, dearest first."""
    lines = [
        "import time: self [us] | cumulative | imported package",
        "import time:      1500 |       1500 |   numpy.core",
        "import time:       300 |        300 | click",
        "import time:       500 |       2000 | numpy",
    ]
    assert sum_up(lines) == [ImportCost("numpy", 2, 2.0), ImportCost("click", 1, 0.3)]
