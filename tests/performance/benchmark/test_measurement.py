"""Measurements: their figures, and that they outlive a file."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up_works import measurement, run_of

from irene.performance.benchmark.benchmark_run import BenchmarkRun, summary
from irene.performance.benchmark.measurement import Calls, Cold, Measurement
from irene.performance.benchmark.report import TRUSTWORTHY
from irene.performance.speech.word_errors import WordErrors

times = st.lists(st.floats(1e-6, 100.0), min_size=1, max_size=50)


@given(values=times)
def test_figures_of_calls_are_those_of_a_sorted_list(values):
    """Interpolated between the two nearest, as the usual definition (Hyndman and Fan's 7th) is."""
    found, ordered = Calls.of(values), sorted(values)

    def percentile(share):
        at = share * (len(ordered) - 1)
        low = int(at)
        high = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[high] - ordered[low]) * (at - low)

    assert found.n == len(values)
    assert (found.least_s, found.most_s) == (ordered[0], ordered[-1])
    assert found.p50_s == pytest.approx(percentile(0.50))
    assert found.p95_s == pytest.approx(percentile(0.95))
    assert found.p99_s == pytest.approx(percentile(0.99))
    assert found.quartiles_s == pytest.approx(percentile(0.75) - percentile(0.25), abs=1e-9)
    assert found.mean_s == pytest.approx(sum(values) / len(values))


@given(values=times, factor=st.floats(0.1, 10.0))
def test_a_slower_machine_changes_no_time_in_yardsticks(values, factor):
    """Calls and yardstick take as much longer."""
    usual = measurement(values)
    slower = measurement([one * factor for one in values], 0.001 * factor)
    assert np.allclose(slower.relative.values, usual.relative.values)
    assert slower.seconds.median == pytest.approx(factor * usual.seconds.median)


def full():
    return measurement(
        [0.5, 0.6, 0.55],
        audio_s=2.0,
        cold=Cold(1.0, 0.5, 0.9, 40.0),
        n_failed=1,
        failures=("OSError: no",),
        accuracy=WordErrors(1, 0, 0, 4),
        peak_kb=12.5,
        further={"response_ms": 800.0},
        doubts=("only 3 rounds",),
    )


def test_a_measurement_comes_back_from_plain_data():
    """All of it, rounds included."""
    content = json.loads(json.dumps(full().to_dict()))
    assert Measurement.from_dict(content) == full()
    assert (content["rtf"], content["wer"], content["is_trusted"]) == (0.55 / 2.0, 0.25, False)


def test_a_run_comes_back_from_plain_data():
    """With the machine, the settings and what was left out."""
    run = run_of(full(), left_out={"asr whisper": "no model"}, note="today", number=7)
    content = json.loads(json.dumps(run.to_dict()))
    assert BenchmarkRun.from_dict(content) == run
    assert content["fingerprint"] == run.machine.fingerprint


def test_a_run_is_trusted_when_all_of_it_is():
    """One weak part is named in the verdict, with its reason."""
    steady = measurement([0.5] * 20)
    assert run_of(steady).verdict == TRUSTWORTHY
    run = run_of(steady, full())
    assert not run.is_trusted
    assert run.verdict == "do not trust it, because asr sphinx: only 3 rounds"


def test_a_summary_has_times_and_no_rounds():
    """It is for lists of many runs."""
    (row,) = summary([run_of(full(), number=3)])
    assert row["number"] == 3
    assert row["measurements"][0]["median_ms"] == pytest.approx(550.0)
    assert "settings" not in row


def test_a_component_is_found_by_name():
    """Its first provider, or the one that is named."""
    run = run_of(full(), measurement([1.0], provider="whisper"))
    assert run.of("asr").provider == "sphinx"
    assert run.of("asr", "whisper").provider == "whisper"
    assert run.of("tts") is None
