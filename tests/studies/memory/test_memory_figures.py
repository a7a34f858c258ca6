"""Figures of the memory budget and of caches: measured on what they claim to be about."""

import pytest
from click.testing import CliRunner

from irene.studies.memory import kept_answers, model_budget
from irene.studies.memory.model_budget import Turns


@pytest.fixture
def engines():
    """Skip without the engines."""
    for package in ("vosk", "pocketsphinx", "espeakng_loader"):
        pytest.importorskip(package, reason=f"{package} is not installed")


@pytest.mark.slow
@pytest.mark.parametrize(("budget_mb", "loaded"), [(None, 2), (1000.0, 2)])
def test_two_recognisers_that_fit_stay_loaded(engines, budget_mb, loaded):
    """And both hear what was said."""
    found = model_budget.in_turn(model_budget._MODEL, budget_mb, 2)
    assert found.loaded == loaded
    assert found.texts[0] == "what time is it"
    assert found.resident_mb > 50


def test_the_budgets_are_printed(monkeypatch):
    """One row without, one with."""
    turns = Turns((1.0, 2.0, 0.5, 0.75), ("a", "b", "a", "b"), 1, 150.0)
    monkeypatch.setattr(model_budget, "run_isolated", lambda work, *arguments: turns)
    done = CliRunner().invoke(model_budget.main, ["--budget", "110"])
    assert done.exit_code == 0
    assert "| none | 1000 | 2000 | 500 | 750 | 1 | 150 |" in done.output
    assert "| 110 MB |" in done.output


@pytest.mark.slow
def test_what_comes_again_is_found_instead_of_made(engines):
    """A spoken sentence, its transcript and its conversion."""
    for name, made_ms, kept_ms in kept_answers.spared(1):
        assert made_ms > kept_ms > 0, name


def test_every_policy_and_key_is_timed(monkeypatch):
    """Without a statement about how long."""
    monkeypatch.setattr(kept_answers, "_microseconds", lambda work: (work() and 1.0) or 1.0)
    names = [name for name, _ in kept_answers.costs()]
    assert [name for name in names if name.startswith("get")] == [
        "get, LRU",
        "get, LFU",
        "get, TTL",
        "get, HYBRID",
    ]
    monkeypatch.setattr(kept_answers, "spared", lambda rounds: [("a sentence", 12.0, 0.1)])
    done = CliRunner().invoke(kept_answers.main)
    assert "| a sentence | 12.00 | 0.100 |" in done.output
