"""Requests that nobody can answer, a server that many lose at once, and everything together."""

from dataclasses import replace
from statistics import median

from irene.studies.routing_simulation import report, studies
from irene.studies.routing_simulation.__main__ import main
from irene.studies.routing_simulation.herd import Herd
from irene.studies.routing_simulation.long_run import long_drawing, long_report, run_all
from irene.studies.routing_simulation.scenarios import all_scenarios, everything
from irene.studies.routing_simulation.simulation import Plan, simulate
from irene.studies.routing_simulation.studies import STRATEGY_NAMES, Runner

_SCENARIOS = {one.name: one for one in all_scenarios()}


def test_bad_requests_open_no_circuit_of_engines_that_are_well():
    """Counting each failure at once opens many; the answers are as many, at least."""
    bad = replace(_SCENARIOS["poison"], poison_share=0.1)
    counted, excused = (simulate(one.plan(bad, 4000, 1)).figures for one in studies.judgements())
    assert counted.n_openings > 20
    assert excused.n_openings == 0
    assert excused.success >= counted.success


def test_a_sick_engine_is_found_out_all_the_same():
    """What one fails at and another answers counts, a moment later."""
    n_calls = [
        simulate(one.plan(_SCENARIOS["outage"], 4000, 1)).figures.sick_attempts
        for one in studies.judgements()
    ]
    assert n_calls[1] < 3 * n_calls[0]


def test_the_table_of_bad_requests_has_both_ways():
    """A row for each share."""
    text = report.poison_report(Runner(300, 1, 1), _SCENARIOS["poison"])
    assert text.count("\n") == 7


def test_chance_scatters_those_who_lost_a_server():
    """Without it all come at once; nobody waits longer for it, in the middle."""
    none, usual = (Herd(jitter, 70.0).run(50) for jitter in (0.0, 0.5))
    assert none.most_at_once() == 50
    assert usual.most_at_once() < 25
    assert len(none.back_s) == len(usual.back_s) == 50
    assert min(usual.back_s) > 70.0
    assert median(usual.back_s) < 70.0 + 30.0


def test_the_same_seed_gives_the_same_herd():
    """And another one another."""
    tried = [Herd(0.5, 40.0).run(5, seed).tried_s for seed in (1, 1, 2)]
    assert tried[0] == tried[1] != tried[2]


def test_everything_that_happens_ends_every_request():
    """Each once, and most of them with an answer."""
    run = simulate(Plan(everything(), n_requests=3000))
    assert sum(run.figures.ends.values()) == 3000
    assert run.figures.success > 0.95


def test_a_long_run_compares_all_strategies():
    """In a table and a drawing; each answers the same requests."""
    runs = run_all(Runner(1500, 1, 1))
    text = long_report(runs)
    assert [line.split("|")[1].strip() for line in text.splitlines()[4:]] == list(STRATEGY_NAMES)
    assert all(run.quantiles_s == tuple(sorted(run.quantiles_s)) for run in runs)
    drawing = long_drawing(runs)
    assert all(name in drawing for name in STRATEGY_NAMES)


def test_the_command_writes_the_long_run_into_its_page(tmp_path, capsys):
    """The table where its mark is, the drawing beside."""
    page = tmp_path / "page.md"
    page.write_text("<!-- measured: begin long -->\n<!-- measured: end long -->\n")
    command = ["--long", "--requests", "500", "--processes", "1", "--write", str(page)]
    assert main(command) == 0
    assert "500 requests for each strategy" in page.read_text()
    assert (tmp_path / "page" / "long.svg").exists()
    assert "latency_weighted" in capsys.readouterr().out
