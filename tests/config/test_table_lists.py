"""Lists of tables: each key is checked like any other, and named with its line."""

import jsonschema
import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config
from irene.config.rendering import render_effective
from irene.config.schema import build_schema
from irene.config.sections import AlertRule
from irene.plugin.host import PluginHost
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry(PluginHost([]))
RULE = """
[[performance.alerts]]
name = "slow"
metric = "irene_stage_duration_seconds"
labels = { stage = "asr" }
statistic = "p95"
threshold = 2
"""


@pytest.fixture
def check(tmp_path):
    def checked(text):
        path = tmp_path / "irene.toml"
        path.write_text(text)
        problems = check_config(path, registry=REGISTRY)
        return [str(one) for one in problems if "performance" in one.key]

    return checked


def test_each_table_becomes_a_rule(tmp_path, monkeypatch):
    """Whole numbers serve as numbers, what is not given has its default."""
    config = load_config({"performance": {"alerts": [_rule()]}}, registry=_installed())
    assert config.performance.alerts == (
        AlertRule(
            name="slow",
            metric="irene_stage_duration_seconds",
            labels={"stage": "asr"},
            statistic="p95",
            threshold=2.0,
        ),
    )


def _rule(**more):
    rule = {"name": "slow", "metric": "irene_stage_duration_seconds", "labels": {"stage": "asr"}}
    return {**rule, "statistic": "p95", "threshold": 2, **more}


def _installed():
    from irene.config.schema import bundled_providers

    return bundled_providers()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("for_s = -1", "irene.toml:8: performance.alerts[0].for_s: found -1"),
        ("tresh = 1", "irene.toml:8: performance.alerts[0].tresh: unknown key"),
        ('when = "over"', "irene.toml:8: performance.alerts[0].when: found"),
        ("clear = 3", "clear 3 lies on the wrong side of threshold 2"),
        ("command = 3", "performance.alerts[0].command: found 3; expected a text or a list"),
    ],
)
def test_what_is_wrong_in_a_table_is_named_with_its_line(check, line, problem):
    """By file, line and key."""
    (found,) = check(RULE + line)
    assert problem in found


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (
            RULE.replace("duration_seconds", "duration_second"),
            "irene.toml:4: performance.alerts[0].metric: no metric 'irene_stage_duration_second'; "
            "did you mean 'irene_stage_duration_seconds'?",
        ),
        (
            RULE.replace('"p95"', '"rate"'),
            "irene.toml:6: performance.alerts[0].statistic: a histogram such as "
            "irene_stage_duration_seconds has no rate; expected one of mean, p50, p95, p99, max",
        ),
        (
            RULE.replace("{ stage", "{ stages"),
            "irene.toml:5: performance.alerts[0].labels: irene_stage_duration_seconds has no label "
            "'stages'; did you mean 'stage'?",
        ),
    ],
)
def test_a_rule_about_what_is_never_measured_is_refused(check, written, problem):
    """With the nearest name that there is."""
    (found,) = check(written)
    assert found.endswith(problem)


def test_what_a_table_needs_is_named(check):
    """Where the table begins."""
    found = check('[[performance.alerts]]\nname = "slow"\nmetric = "x"\n')
    assert len(found) == 1
    assert "irene.toml:1: performance.alerts[0]" in found[0]
    assert "required key 'threshold' is missing" in found[0]


@pytest.mark.parametrize("value", ["3", '["a"]', '"text"'])
def test_what_is_no_list_of_tables_is_refused(check, value):
    """And it is said how one is written."""
    (found,) = check(f"[performance]\nalerts = {value}\n")
    assert "expected tables: [[performance.alerts]]" in found


def test_a_single_table_is_refused(check):
    """One pair of brackets is a table, two are a list."""
    (found,) = check(RULE.replace("[[", "[").replace("]]", "]"))
    assert "found a table; expected tables: [[performance.alerts]]" in found


def test_two_rules_of_one_name_are_refused(check):
    """An alert is told by its name."""
    (found,) = check(RULE + RULE)
    assert "two alerts are called 'slow'" in found


def test_what_is_shown_can_be_read_again(tmp_path):
    """`irene config show` writes rules as TOML, on one line each."""
    config = load_config({"performance": {"alerts": [_rule()]}}, registry=_installed())
    path = tmp_path / "shown.toml"
    path.write_text(render_effective(config, origin=False))
    again = load_config(path, registry=_installed())
    assert again.performance == config.performance


def test_the_schema_knows_the_keys_of_each_table():
    """Editors complete them."""
    schema = build_schema(REGISTRY)
    jsonschema.validate({"performance": {"alerts": [_rule()]}}, schema)
    for wrong in (_rule(treshold=1), {"name": "slow"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"performance": {"alerts": [wrong]}}, schema)
