"""The command that compares strategies: tables, drawings, the page that shows them."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from irene.performance.publishing.markdown import markers
from irene.studies.routing_simulation import plots, report, studies
from irene.studies.routing_simulation.__main__ import main
from irene.studies.routing_simulation.engine_times import POCKETSPHINX_S
from irene.studies.routing_simulation.ledger import End, Figures
from irene.studies.routing_simulation.scenarios import all_scenarios
from irene.studies.routing_simulation.simulation import simulate
from irene.studies.routing_simulation.studies import Cell, Runner

_DATA = Path(__file__).parents[2] / "data"
_PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "routing.md"
_BLOCKS = (
    *("conditions", "theory", "strategies", "faults", "breaker", "waiting", "budgets"),
    *("poison", "herd"),
)
_SCENARIOS = {one.name: one for one in all_scenarios()}


def figures(p99_s=1.0, back_s=None):
    """Return figures of which only some matter."""
    return Figures(
        n_requests=10,
        ends={End.ANSWERED: 9, End.FAILED: 1, End.LATE: 0},
        p50_s=p99_s / 3,
        p95_s=p99_s / 2,
        p99_s=p99_s,
        mean_stay_s=0.3,
        mean_present=0.3,
        seconds=10.0,
        n_begun=10,
        attempts={"a": 9, "b": 3},
        answers={"a": 9, "b": 3},
        most_at_once={"a": 1, "b": 1},
        busy_s={"a": 1.0, "b": 1.0},
        sick_attempts=2.0,
        back_s=back_s,
    )


def test_a_figure_is_the_middle_of_the_seeds():
    """And their spread is told; a figure that no run has is an empty cell."""
    cell = Cell([figures(1.0), figures(3.0), figures(1.2)])
    assert cell.median(report.p99) == 1.2
    assert cell.spread(report.p99) == pytest.approx(2.0 / 1.2)
    assert cell.median(lambda one: one.back_s) is None
    assert report.seconds(None) == ""
    assert report.seconds(float("inf")) == "never"


def test_figures_are_the_same_on_any_number_of_processes():
    """Processes share the work, not the chance."""
    grids = [
        Runner(200, 1, n_processes).grid([_SCENARIOS["flaky"]], studies.strategies()[:2])
        for n_processes in (1, 2)
    ]
    assert grids[0] == grids[1]


def test_every_variant_of_a_study_has_a_name_of_its_own():
    """A table has a row for each."""
    for variants in (
        studies.strategies(),
        studies.breakers(),
        studies.deadlines(),
        studies.patiences(),
        studies.spills(),
        studies.hedges(),
        studies.retries(),
    ):
        labels = [one.label for one in variants]
        assert len(set(labels)) == len(labels) > 1


def test_a_load_is_a_share_of_what_the_fleet_can_answer():
    """Whatever the fleet."""
    for scenario in all_scenarios():
        assert studies.at_load(scenario, 0.4).load == pytest.approx(0.4)


def test_scenarios_have_names_of_their_own_and_only_some_are_overloaded():
    """Load below 1 is what users leave."""
    assert len(_SCENARIOS) == len(all_scenarios()) > 15
    assert [name for name, one in _SCENARIOS.items() if one.load > 1] == ["overload"]


def test_measured_times_are_in_order():
    """They are quantiles."""
    assert list(POCKETSPHINX_S) == sorted(POCKETSPHINX_S)
    assert len(POCKETSPHINX_S) == 21


def test_the_command_compares_strategies_in_one_scenario(capsys):
    """A row for the scenario in every table, and how the figures came about."""
    options = ["--scenario", "outage", "--requests", "1200", "--processes", "1"]
    assert main(options) == 0
    printed = capsys.readouterr().out
    assert printed.count("| outage |") == 8
    assert "--requests 1200 --seed 1 --scenario outage`" in printed
    assert "18,000 requests in all" in printed


def test_a_page_without_room_is_refused(tmp_path, capsys):
    """It is said what has to be in it."""
    options = ["--scenario", "equal", "--requests", "50", "--processes", "1"]
    assert main([*options, "--write", str(tmp_path / "page.md")]) == 2
    assert "no such page" in capsys.readouterr().err


def test_the_command_fills_the_blocks_of_a_page(tmp_path):
    """And leaves the rest alone."""
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n{}\n{}\n\nEnd.\n".format(*markers("strategies")))
    options = ["--scenario", "equal", "--requests", "50", "--processes", "1"]
    assert main([*options, "--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("# Title\n")
    assert text.endswith("End.\n")
    assert "| equal | three equal engines | 60 % |" in text


def test_studies_of_settings_become_tables():
    """A row for each variant; short runs, for what they say is not judged here."""
    runner = Runner(20, 1, 1)
    for text, variants in (
        (report.breaker_report(runner, _SCENARIOS), studies.breakers()),
        (report.budgets_report(runner, _SCENARIOS), studies.hedges()),
        (report.waiting_report(runner, _SCENARIOS), studies.patiences()),
        (report.theory_report(runner), ()),
    ):
        rows = [line for line in text.splitlines() if line.startswith("| ")]
        assert len({row.count(" | ") for row in text.split("\n\n")[0].splitlines()}) == 1
        for variant in variants:
            assert any(row.startswith(f"| {variant.label} |") for row in rows)


def test_drawings_are_made_of_the_same_runs():
    """Each is well-formed and names what it compares."""
    runner = Runner(30, 1, 1)
    grid = runner.grid([_SCENARIOS["equal"], _SCENARIOS["flaky"]], studies.strategies())
    chosen = [_SCENARIOS["equal"], _SCENARIOS["flaky"]]
    for svg, word in (
        (plots.p99_by_scenario(grid, chosen), "flaky"),
        (plots.p95_over_load(runner, _SCENARIOS["one-slow"]), "hedged"),
        (plots.tails(runner, _SCENARIOS["tail"]), "no second call"),
        (plots.around_outage(Runner(400, 1, 1), _SCENARIOS["outage"]), "no breaker"),
    ):
        ElementTree.fromstring(svg)
        assert word in svg


def test_without_a_breaker_an_engine_is_asked_through_its_whole_outage():
    """With one it is asked now and then, when all others have been full for a second."""
    without = studies.breakers()[1]
    plans = [one.plan(_SCENARIOS["outage"], 2500, 1) for one in (studies.breakers()[0], without)]
    calls = [simulate(plan).figures.sick_attempts for plan in plans]
    assert calls[0] < 40 < 200 < calls[1]


def test_the_tail_of_hedged_requests_is_thinner():
    """Fewer of them take longer than 1.2 s."""
    variants = (studies.hedges()[0], studies.hedges()[-1])
    longer = [dict(plots.survival(one.plan(_SCENARIOS["tail"], 6000, 1))) for one in variants]
    at = min(longer[0], key=lambda time_s: abs(time_s - 1.2))
    assert longer[1][at] < 0.7 * longer[0][at]


def test_the_page_has_all_tables_and_drawings():
    """The command was run after the last change of the page."""
    text = _PAGE.read_text(encoding="utf-8")
    for name in _BLOCKS:
        begin, end = markers(name)
        assert "|" in text.split(begin)[1].split(end)[0] or name == "conditions"
    drawn = re.findall(r"\]\((routing/\w+\.svg)\)", text)
    assert sorted(drawn) == sorted(f"routing/{one.name}" for one in _PAGE.with_suffix("").iterdir())
    for scenario in all_scenarios():
        assert f"| {scenario.name} | {scenario.story} |" in text


@pytest.mark.slow
def test_a_recogniser_is_timed_with_recordings(tmp_path, capsys):
    """The command prints 21 quantiles in ascending order, all the same for one recording."""
    pytest.importorskip("pocketsphinx", reason="the engine is not installed")
    head, *rows = (_DATA / "manifest.csv").read_text(encoding="utf-8").splitlines()
    row = next(row for row in rows if "what_time_is_it" in row)
    (tmp_path / "manifest.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    recording = tmp_path / row.partition(",")[0]
    recording.parent.mkdir()
    shutil.copy(_DATA / row.partition(",")[0], recording)
    assert main(["--measure", "pocketsphinx", "--recordings", str(tmp_path)]) == 0
    quantiles = [float(word) for word in capsys.readouterr().out.split()]
    assert len(quantiles) == 21
    assert len(set(quantiles)) == 1
    assert quantiles[0] > 0


def test_a_recogniser_that_does_not_exist_is_named(capsys):
    """In one line."""
    assert main(["--measure", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
