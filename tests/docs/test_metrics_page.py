"""What is recorded is documented, and what is documented is recorded."""

import ast
import functools
import json
import re

import pytest
from doc_snippets import ROOT, section_of, table_rows

from irene.telemetry.catalogue import METRICS, STAGES

PAGE = ROOT / "docs" / "reference" / "metrics.md"
DASHBOARD = ROOT / "docs" / "grafana" / "irene.json"
ROW = re.compile(r"^\| `(irene_\w+)` \| (\w+) \| (\w*) \| (.*?) \| (.*) \|$", flags=re.M)
MEASURING = {"measure", "begin", "span", "add", "_next", "observe", "histogram"}


def documented():
    """Return (kind, unit, labels, text) of each documented metric by name."""
    return {
        name: (kind, unit, tuple(re.findall(r"`(\w+)`", labels)), text)
        for name, kind, unit, labels, text in ROW.findall(PAGE.read_text())
    }


def test_the_page_holds_every_metric_and_no_other():
    """With its kind, unit, labels and meaning, as they are in the catalogue."""
    known = {one.name: (one.kind.value, one.unit, one.labels, one.text) for one in METRICS}
    assert documented() == known


def test_the_page_holds_every_stage_and_no_other():
    """With what it is."""
    rows = table_rows(section_of(PAGE, "## Stages"))
    assert list(rows) == list(STAGES)


@functools.cache
def measured_names():
    """Return the literals that are measured under, wherever that is, in the source."""
    names = set()
    for folder in ("irene/components", "irene/pipeline", "irene/providers", "plugins"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                called, first = node.func, node.args[0]
                if getattr(called, "attr", "") == "add" and len(node.args) < 3:
                    continue  # of a set; `Trace.add` takes a time and a parent, too
                if getattr(called, "attr", "") in MEASURING and isinstance(first, ast.Constant):
                    names.add(first.value)
                if getattr(called, "id", "") == "Trace" and isinstance(first, ast.Constant):
                    names.add(first.value)
    return {name for name in names if isinstance(name, str)}


def test_every_stage_is_measured_somewhere():
    """None is documented that does not exist any more."""
    assert set(STAGES) <= measured_names()


def test_whatever_is_measured_is_a_stage():
    """Nobody has to guess what a name of the figures means."""
    assert {name for name in measured_names() if re.fullmatch(r"[a-z_.]+", name)} <= set(STAGES)


def uses(recorded):
    """Return whether a metric of the catalogue is used in the source."""
    sources = "".join(
        path.read_text() for path in (ROOT / "irene").rglob("*.py") if path.name != "catalogue.py"
    )
    return set(re.findall(r"\b([A-Z][A-Z_]+)\b", sources)) & recorded


def test_every_metric_is_recorded_somewhere():
    """The catalogue holds nothing that nobody records."""
    import irene.telemetry.catalogue as catalogue

    names = {name for name, value in vars(catalogue).items() if value in METRICS}
    assert len(names) == len(METRICS)
    assert uses(names) == names


def expressions(node):
    """Return every query of a dashboard."""
    if isinstance(node, dict):
        found = [node["expr"]] if "expr" in node else []
        return found + [one for value in node.values() for one in expressions(value)]
    return [one for value in node for one in expressions(value)] if isinstance(node, list) else []


def exposed_names():
    """Return the names that Prometheus sees, and the labels of each."""
    names = {}
    for metric in METRICS:
        ends = ("_bucket", "_count", "_sum") if metric.bounds else ("",)
        for end in ends:
            names[metric.name + end] = {*metric.labels, *({"le"} if end == "_bucket" else set())}
    return names


@pytest.mark.parametrize("query", expressions(json.loads(DASHBOARD.read_text())), ids=str)
def test_the_dashboard_asks_for_what_there_is(query):
    """Each query names documented metrics, and labels that they have."""
    known = exposed_names()
    used = re.findall(r"irene_\w+", query)
    assert used
    assert set(used) <= set(known)
    labels = set.union(*(known[name] for name in used)) | {"job", "instance"}
    for group in re.findall(r"\bby \((.*?)\)", query) + re.findall(r"\{(.*?)\}", query):
        asked = {re.split(r"[=!~]", part)[0].strip() for part in group.split(",")}
        assert asked <= labels, query
    assert query.count("(") == query.count(")")


def test_counters_are_shown_as_rates():
    """The sum since the start says nothing about now."""
    counters = {metric.name for metric in METRICS if metric.name.endswith("_total")}
    for query in expressions(json.loads(DASHBOARD.read_text())):
        for name in counters & set(re.findall(r"irene_\w+", query)):
            assert re.search(rf"(rate|increase)\({name}(\{{.*?\}})?\[", query), query


def test_the_dashboard_can_be_imported():
    """It has what Grafana asks for: a title, a schema, panels that do not lie over each other."""
    board = json.loads(DASHBOARD.read_text())
    assert board["title"] == "irene"
    assert board["schemaVersion"] >= 36
    assert [one["name"] for one in board["templating"]["list"]] == ["datasource", "job"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    cells = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
