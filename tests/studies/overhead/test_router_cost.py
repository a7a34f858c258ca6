"""What the router adds to a call: the command that measures it."""

import json

import pytest

from irene.performance.publishing.markdown import markers
from irene.studies.overhead import router as router_cost


def test_all_figures_are_measured_and_written_to_a_page(tmp_path, capsys):
    """Every strategy, asyncio's own way, and a thread that can be left; with the goals."""
    first, last = markers(router_cost.BLOCK)
    page, values = tmp_path / "page.md", tmp_path / "values.json"
    page.write_text(f"before\n{first}\n{last}\nafter\n")
    short = ["--rounds", "1", "--sample-ms", "0.1"]
    assert router_cost.main([*short, "--write", str(page), "--json", str(values)]) == 0
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    for words in ("asyncio.wait_for", "latency_weighted", "a thread that can be left", "5 µs"):
        assert words in text
    content = json.loads(values.read_text())
    assert [one["key"] for one in content["comparisons"]] == list(router_cost.FIGURES)
    assert "`python -m irene.studies.overhead.router --rounds 1" in capsys.readouterr().out


def test_one_figure_can_be_asked_for(capsys):
    """`--only`, as in the other commands."""
    assert router_cost.main(["--rounds", "1", "--sample-ms", "0.1", "--only", "call"]) == 0
    assert "strategy" not in capsys.readouterr().out


def test_other_packages_are_none_of_its_business(capsys):
    """`--peers` belongs to the audio core."""
    with pytest.raises(SystemExit):
        router_cost.main(["--peers", "python"])
    assert "--peers" in capsys.readouterr().err


@pytest.mark.parametrize("strategy", ["primary_fallback", "latency_weighted"])
def test_what_is_measured_is_a_whole_call(strategy):
    """A provider is asked, its place given back, its answer counted."""
    router = router_cost.router_of(strategy)
    lease = router.lease()
    assert lease.deadline_s is not None
    assert lease.candidate() == router_cost.answer()
    lease.end()
    assert sum(one.calls for one in router.stats().providers) == 1
    assert len(router.snapshots()) == router_cost.N_PROVIDERS
