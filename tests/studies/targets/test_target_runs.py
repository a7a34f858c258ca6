"""Measuring targets: processes of their own, verdicts, exit status, and what is printed."""

import json

import pytest
from click.testing import CliRunner

from irene.errors import (
    ConfigurationError,
    ModelMissingError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene.performance.benchmark.rounds import Pace
from irene.performance.measuring.spread import Spread
from irene.performance.publishing.markdown import markers
from irene.studies.targets import __main__ as command
from irene.studies.targets import run
from irene.studies.targets.finding import Absent, Finding, Nature, Outcome
from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.lines import markdown, report_lines, target_lines
from irene.studies.targets.measured import caches, comparisons, languages, listening, tuning
from irene.studies.targets.run import measure_targets
from irene.studies.targets.selection import TargetOptions
from irene.studies.targets.target import Effort, Measurement, Source, Target

SHORT = Effort(Pace(rounds=2, at_least_s=0.0005, clock="cpu"), rounds=1)


def counted(effort):
    """Settle two targets."""
    return {"kept": Finding.exact(1.0, "by hand"), "missed": Finding.exact(3.0)}


def without_model(effort):
    """Miss what it needs."""
    raise ModelMissingError("the model is not installed; irene models install whisper-base")


def broken(effort):
    """Fail."""
    raise ProviderFailedError("the engine died")


def mixed(effort):
    """Have one of two figures."""
    return {"scattered": Finding(Spread((1.0, 9.0)), Nature.RATIO), "absent": Absent("no package")}


def target(name, measurement, limit=None, inapplicable=""):
    return Target(
        name, f"what {name} is", limit or at_most(2, "ms"), Source.IRENE, measurement, inapplicable
    )


TARGETS = (
    target("kept", "counting"),
    target("missed", "counting", at_least(5, "streams")),
    target("modelled", "modelling"),
    target("unlucky", "breaking"),
    target("scattered", "mixing", at_most(5, "µs")),
    target("absent", "mixing"),
    target("nowhere", "", inapplicable="there is no such thing"),
)
MEASUREMENTS = (
    Measurement("counting", "counts", counted, 1, is_quick=True),
    Measurement("modelling", "models", without_model, 1),
    Measurement("breaking", "breaks", broken, 1),
    Measurement("mixing", "mixes", mixed, 1),
)


def measured(monkeypatch, *only, progress=lambda line: None):
    """Measure in this process: what a process of its own does has a test of its own."""
    monkeypatch.setattr(run, "run_isolated", lambda work, effort: work(effort))
    return measure_targets(
        TargetOptions(only), progress, targets=TARGETS, measurements=MEASUREMENTS
    )


def test_every_outcome_is_told_with_its_reason(monkeypatch):
    """Met, missed, not to be had here, failed, not to be told, and nothing of the kind."""
    report = measured(monkeypatch)
    found = {one.target.name: one.verdict for one in report.judged}
    outcomes = {name: verdict.outcome for name, verdict in found.items()}
    assert outcomes.pop("scattered") in (Outcome.NOT_JUDGED,)
    assert outcomes == {
        "kept": Outcome.PASS,
        "missed": Outcome.FAIL,
        "modelled": Outcome.NOT_APPLICABLE,
        "unlucky": Outcome.NOT_MEASURED,
        "absent": Outcome.NOT_APPLICABLE,
        "nowhere": Outcome.NOT_APPLICABLE,
    }
    assert "irene models install whisper-base" in str(found["modelled"])
    assert "the engine died" in str(found["unlucky"])
    assert "no package" in str(found["absent"])
    assert "there is no such thing" in str(found["nowhere"])


@pytest.mark.parametrize(
    ("names", "status"),
    [(("kept",), 0), (("kept", "missed"), 6), (("unlucky",), 6), (("scattered", "absent"), 0)],
)
def test_the_exit_status_is_that_of_a_gate(monkeypatch, names, status):
    """6 when something is missed or could not be measured; what cannot be told stops nobody."""
    assert measured(monkeypatch, *names).exit_code == status


def test_only_what_was_asked_for_is_measured(monkeypatch):
    """One measurement, one line of progress that says what it is and how long all may take."""
    lines = []
    report = measured(monkeypatch, "kept", progress=lines.append)
    assert lines == ["1 of 1: counting, about 1 s left"]
    assert [one.target.name for one in report.judged] == ["kept"]
    assert list(report.took_s) == ["counting"]


def test_an_unknown_name_is_an_error_before_anything_is_measured(monkeypatch):
    """With the nearest one."""
    with pytest.raises(ConfigurationError, match="did you mean 'missed'"):
        measured(monkeypatch, "mised", progress=pytest.fail)


def test_a_report_is_told_in_lines(monkeypatch):
    """Under whoever set the goals: outcome, value with its unit, goal, what it is, the reason."""
    lines = list(report_lines(measured(monkeypatch)))
    assert lines[0] == "irene's own:"
    assert lines[1] == "  pass        kept: 1 ms (at most 2 ms)"
    assert "by hand" in lines[3]
    assert "  FAIL        missed: 3 streams (at least 5 streams)" in lines
    assert any("not applicable here, because no package" in line for line in lines)
    assert lines[-2].startswith("7 targets: 1 pass, 1 FAIL, 1 not judged, 3 not applicable here")
    assert lines[-2].endswith("s in all.")
    assert lines[-1].startswith("measured on: ")


def test_a_report_is_plain_data(monkeypatch):
    """With every value, how it was obtained, the machine, and the exit status."""
    content = json.loads(json.dumps(measured(monkeypatch, "scattered", "kept").to_dict()))
    kept, scattered = content["targets"]
    assert (kept["outcome"], kept["median"], kept["how"]) == ("pass", 1.0, "counts")
    assert scattered["values"] == [1.0, 9.0]
    assert scattered["goal"]["text"] == "at most 5 µs"
    assert content["machine"]["cores"] >= 1
    assert content["exit_code"] == 0
    assert content["outcomes"]["pass"] == 1


def test_a_report_becomes_tables_of_a_page(monkeypatch):
    """With the command, the machine, and the spread of what has one."""
    text = markdown(measured(monkeypatch, "scattered", "kept"))
    assert "`irene benchmark --targets --only scattered --only kept`" in text
    assert "### Irene's own" in text
    assert "| `scattered` | what scattered is | at most 5 µs | 5 µs ± 80 %" in text


def test_a_table_without_figures_lists_what_there_is():
    """For whoever looks for a name."""
    lines = list(target_lines(TARGETS))
    place = lines.index("  kept: at most 2 ms")
    assert lines[place + 1] == "      what kept is"


@pytest.mark.parametrize(
    ("work", "names"),
    [
        (
            comparisons.append,
            {"ring-append", "ring-against-concatenate", "service-append", "service-append-ratio"},
        ),
        (comparisons.loan, {"pool-loan"}),
        (comparisons.router, {"router-call", "router-call-timer"}),
        (comparisons.measuring, {"measure", "measure-against-clock", "measure-nested"}),
        (caches.lookups, {"encoder-lookup"}),
        (caches.hand_overs, {"zero-copy"}),
        (listening.blocks, {"silent-blocks"}),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_a_measurement_brings_what_the_table_expects_of_it(work, names):
    """A value above nothing, in the unit of the table, for each of its targets."""
    found = work(SHORT)
    assert set(found) == names
    for one in found.values():
        assert all(value >= 0 for value in one.values.values)


@pytest.mark.slow
def test_what_is_compared_with_is_missing_where_nobody_named_its_interpreter():
    """The framework's own cost is measured all the same."""
    found = comparisons.chunk(SHORT)
    assert "--peers" in found["chunk-lean-pipecat"].because
    assert 1 < found["chunk-cost"].values.median < 10_000


@pytest.mark.slow
def test_a_conversion_that_several_listen_to_is_made_once():
    """Wake word, VAD and recogniser hear the same 16 kHz: two of three are spared."""
    pytest.importorskip("pymicro_wakeword", reason="the demo's engines are not installed")
    pytest.importorskip("pocketsphinx", reason="the demo's engines are not installed")
    found = tuning.shared_conversions(SHORT)
    assert found["trigger-sharing"].values.median == pytest.approx(100 * 2 / 3)


@pytest.mark.slow
def test_memory_that_clips_are_converted_in_is_lent_again():
    """Nearly always: a size class serves many lengths."""
    assert caches.pool(SHORT)["pool-reuse"].values.median > 80


def test_a_model_that_is_not_installed_is_named_before_anything_is_measured():
    """Nothing is made up in its place: its targets are not applicable, and this is why.

    Where the engine is missing, too, that is the reason.
    """
    reason = "no-such-model-anywhere|package 'whisper' is not installed"
    with pytest.raises(ProviderUnavailableError, match=reason):
        languages.measured("no-such-model-anywhere")


@pytest.mark.slow
def test_identification_is_measured_with_a_real_model(micro_whisper):
    """A small one that was trained for the tests: real windows, real passes."""
    found = languages.measured(str(micro_whisper))
    assert found["identification-time"].values.median > 0
    assert found["identification-memory"].values.median > 0
    assert found["encoder-repeated"].values.median == pytest.approx(50, abs=1)


class TestCommand:
    """`python -m irene.studies.targets`."""

    def test_names_and_goals_are_listed_without_measuring(self):
        """All of them."""
        result = CliRunner().invoke(command.main, ["--list"])
        assert result.exit_code == 0
        assert "  chunk-cost: at most 8 µs\n      framework's cost of 20 ms" in result.output

    def test_an_unknown_name_is_one_line_and_an_exit_status(self):
        """As of every wrong command line."""
        result = CliRunner().invoke(command.main, ["--only", "chunk-kost"])
        assert result.exit_code == 2
        assert "did you mean 'chunk-cost'" in result.output

    def test_a_report_goes_to_terminal_file_and_page(self, tmp_path):
        """One run, for real, in a process of its own; three forms."""
        first, last = markers(command.BLOCK)
        page, values = tmp_path / "page.md", tmp_path / "values.json"
        page.write_text(f"before\n{first}\n{last}\n")
        wanted = ["--only", "silent-blocks", "--json", str(values), "--write", str(page)]
        result = CliRunner().invoke(command.main, wanted)
        assert result.exit_code == 0
        assert "pass        silent-blocks: 100 ms" in result.output
        assert "| `silent-blocks` |" in page.read_text()
        assert json.loads(values.read_text())["targets"][0]["median"] == 100
