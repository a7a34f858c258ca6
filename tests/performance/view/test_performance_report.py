"""What is kept becomes figures: exact, each with the number of values that it is of."""

import csv
import io
import json
import os
import sqlite3
from contextlib import closing, contextmanager
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import NOW, facts, sample, utterance, written

from irene.errors import ConfigurationError, NotRunningError, RequestError
from irene.performance.store.reading import reading
from irene.performance.store.rows import AlertRow, ProvidersRow, SampleRow, SeriesKey
from irene.performance.view.amounts import amount
from irene.performance.view.components import component_named, of_metric, of_stage
from irene.performance.view.export import exported, write
from irene.performance.view.figures import grown, hit_rates_of
from irene.performance.view.from_snapshot import live_report
from irene.performance.view.from_store import report_from
from irene.performance.view.page import page_of
from irene.telemetry.catalogue import METRICS

LOOKUPS = "irene_cache_lookups_total"


def spans(asr_ms, response_ms=900.0):
    def span(name, duration, *children):
        return {
            "name": name,
            "start_ms": 0.0,
            "duration_ms": duration,
            "exclusive_ms": duration,
            "children": children,
        }

    listening = span("listening", 500.0, span("vad", 20.0))
    return span("session", 2000.0, listening, span("response", response_ms, span("asr", asr_ms)))


def lookups(result, value, at=NOW):
    key = SeriesKey(LOOKUPS, (("cache", "voice"), ("result", result)), kind="counter")
    return SampleRow(at, {key: value})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "performance.db"


def report_of(path, now=NOW + 1e6, minutes=None):
    with reading(path) as store:
        return report_from(store, now, minutes)


def test_the_stages_stand_as_they_contain_each_other(path):
    """Each behind the one that it is a part of, with its depth and its component."""
    written(path, utterance(spans=spans(300.0)))
    stages = report_of(path).stages
    assert [(one.name, one.depth, one.component) for one in stages] == [
        ("session", 0, "pipeline"),
        ("listening", 1, "pipeline"),
        ("vad", 2, "vad"),
        ("response", 1, "pipeline"),
        ("asr", 2, "asr"),
    ]


@given(times=st.lists(st.floats(0.01, 1e5), min_size=1, max_size=60))
@settings(max_examples=15, deadline=None)
def test_percentiles_are_those_of_every_command(tmp_path_factory, times):
    """As NumPy has them."""
    path = tmp_path_factory.mktemp("report") / "performance.db"
    written(path, *(utterance(n, spans=spans(ms)) for n, ms in enumerate(times)))
    (asr,) = (one for one in report_of(path).stages if one.name == "asr")
    assert asr.n == len(times)
    assert asr.p50 == pytest.approx(np.quantile(times, 0.5))
    assert asr.p95 == pytest.approx(np.quantile(times, 0.95))
    assert asr.p99 == pytest.approx(np.quantile(times, 0.99))
    assert asr.mean == pytest.approx(np.mean(times))
    assert asr.high == max(times)


def test_without_a_measurement_there_is_no_figure(path):
    """A run that heard nothing has no stages, no factors and no hit rates."""
    written(path, lookups("hit", 0.0))
    report = report_of(path)
    assert (report.stages, report.factors, report.hit_rates) == ([], [], [])
    assert report.window.n_commands == 0


def test_nothing_recorded_is_told_with_what_to_do(path):
    """And not as an empty table."""
    from irene.performance.store.layout import open_to_write

    open_to_write(path).close()
    with pytest.raises(NotRunningError, match="nothing is recorded yet; start `irene run`"):
        report_of(path)


def test_without_a_window_it_is_the_last_run(path):
    """What was before it belongs to another configuration, or another day."""
    written(path, utterance(1, NOW), run=facts(NOW))
    written(path, utterance(1, NOW + 5000), utterance(2, NOW + 5001), run=facts(NOW + 4990))
    report = report_of(path)
    assert (report.window.n_commands, report.window.n_runs) == (2, 1)
    assert report.window.since == NOW + 4990


def test_the_run_that_goes_on_is_the_last_one(path):
    """An `irene ask` beside it, which began later and has ended, does not displace it."""
    from kept import wait_for, writer_of

    writer = writer_of(path)
    writer.start()
    writer.put(sample(1.0, NOW))
    wait_for(lambda: writer.written == 1)
    written(path, utterance(1, NOW + 5), run=facts(NOW + 4))
    assert report_of(path, now=NOW + 6).subject.began == NOW
    writer.put(sample(1.0, NOW + 20))
    writer.close()
    assert report_of(path).subject.began == NOW


def test_of_a_run_that_is_known_to_go_on_nothing_else_is_told(path):
    """Not that it was killed, though it was quiet for long; nor another one before it has begun."""
    with reading_of_two_runs(path) as store:
        report = report_from(store, NOW + 100, running=NOW)
        assert (report.subject.began, report.subject.is_running) == (NOW, True)
        with pytest.raises(NotRunningError):
            report_from(store, NOW + 100, running=NOW + 99)


@contextmanager
def reading_of_two_runs(path):
    """Both without an end: the one goes on, or was killed."""
    _run(path, NOW, NOW + 5)
    _run(path, NOW + 10, NOW + 15)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET ended = NULL")
    with reading(path) as store:
        yield store


def test_minutes_count_back_from_the_end_over_all_runs(path):
    """Two runs within the window are told as two."""
    _run(path, NOW, NOW + 60)
    _run(path, NOW + 600, NOW + 660)
    assert report_of(path, minutes=5).window.n_commands == 1
    report = report_of(path, minutes=30)
    assert (report.window.n_commands, report.window.n_runs) == (2, 2)


def test_a_window_begins_with_what_was_measured(path):
    """Nothing was before it, however many minutes are asked for."""
    _run(path, NOW, NOW + 60)
    _run(path, NOW + 600, NOW + 660)
    window = report_of(path, minutes=1e30).window
    assert (window.since, window.until, window.n_commands) == (NOW, NOW + 660, 2)


def test_a_run_whose_clock_was_set_back_is_told_whole(path):
    """Its commands are from before it began, by the clock; none of them is left out."""
    written(path, utterance(1, NOW - 3600), utterance(2, NOW - 3500), run=facts(NOW))
    window = report_of(path).window
    assert (window.n_commands, window.since <= window.until) == (2, True)


def test_a_run_of_a_clock_that_was_ahead_hides_no_later_one(path):
    """A machine without a battery starts with a wrong time; it was killed, and the time was set."""
    _run(path, NOW + 1e6, NOW + 1e6)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE runs SET ended = NULL")
    _run(path, NOW, NOW + 60)
    report = report_of(path, now=NOW + 100)
    assert (report.subject.began, report.subject.is_running) == (NOW, False)


def test_assistants_that_share_a_file_are_told_apart(path):
    """Neither is the other one's last run, nor do the other's commands count as its own."""
    _run(path, NOW, NOW + 60, "kitchen")
    _run(path, NOW + 1, NOW + 61, "bath")
    with reading(path) as store:
        for name in ("kitchen", "bath"):
            report = report_from(store, NOW + 1e6, 30, name=name)
            assert (report.subject.name, report.window.n_commands) == (name, 1)
        last = report_from(store, NOW + 1e6, 30)
        assert (last.subject.name, last.window.n_commands) == ("bath", 1)
        with pytest.raises(NotRunningError):
            report_from(store, NOW + 1e6, name="hall")


def _run(path, began, at, assistant="irene"):
    written(path, utterance(1, at), run=facts(began, assistant))
    with sqlite3.connect(path) as connection:  # the writer's clock is another one than the rows'
        connection.execute("UPDATE runs SET seen = ? WHERE began = ?", (at, began))


def test_an_assistant_that_was_just_seen_runs_and_a_silent_one_was_killed(path):
    """Its end is not in the file in either case."""
    from kept import wait_for, writer_of

    writer = writer_of(path)
    writer.start()
    writer.put(sample(1.0, NOW))
    wait_for(lambda: writer.written == 1)
    assert report_of(path, now=NOW + 1).subject.is_running
    late = report_of(path, now=NOW + 100).subject
    assert (late.is_running, late.ended) == (False, None)
    writer.close()
    assert report_of(path, now=NOW + 1).subject.ended == "stopped"


def test_an_assistant_whose_process_lives_runs_though_it_was_silent_for_long(path):
    """Its socket is not needed for that; a process that is younger only has the same number."""
    ours = psutil.Process().create_time()
    for began, is_running in ((ours + 1, True), (ours - 1, False)):
        written(path, utterance(1), run=facts(began, pid=os.getpid()))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE runs SET ended = NULL, seen = began")
        report = report_of(path, now=ours + 1000)
        assert (report.subject.began, report.subject.is_running) == (began, is_running)
        path.unlink()


def test_a_counter_tells_its_growth_from_the_beginning_of_the_run(path):
    """What it was at the first look has grown since then, too."""
    rows = [lookups("hit", 3.0), lookups("miss", 1.0), lookups("hit", 6.0, NOW + 60)]
    written(path, *rows)
    (rate,) = report_of(path).hit_rates
    assert (rate.cache, rate.hits, rate.lookups) == ("voice", 6, 7)


def test_within_a_window_a_counter_tells_what_was_added(path):
    """The value before the window is where it begins, although it was not written again."""
    key = SeriesKey("irene_asr_audio_seconds_total", (), "value", "counter", "seconds")
    points = [(0, 5.0), (590, 5.0), (610, 9.0)]
    written(path, *(SampleRow(NOW + at, {key: value}) for at, value in points))
    _seen(path, NOW + 620)
    (level,) = report_of(path, minutes=1).levels
    assert level.last == 4.0


def _seen(path, at):
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET seen = ?, ended = 'stopped'", (at,))


@given(parts=st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=8), min_size=1, max_size=4))
def test_growth_survives_restarts(parts):
    """Each part begins anew at zero, below where the one before had come to."""
    values, total = [], 0
    for part in parts:
        sums = np.cumsum(part).tolist()
        values += [0, *sums]
        total += sums[-1]
    assert grown(values) == total


def test_a_gauge_tells_its_latest_and_its_range(path):
    """With the number of looks that were kept."""
    written(path, *(sample(value, NOW + at) for at, value in enumerate((3.0, 9.0, 1.0, 4.0))))
    (level,) = report_of(path).levels
    assert (level.last, level.low, level.high, level.n) == (4.0, 1.0, 9.0, 4)


def test_a_component_gets_what_is_its_own(path):
    """Stages, figures and providers."""
    reports = [{"kind": kind, "name": "x", "calls": 1} for kind in ("asr", "tts")]
    written(path, utterance(), lookups("hit", 3.0), ProvidersRow(NOW, reports))
    asr = report_of(path).of_component("asr")
    assert [one.name for one in asr.stages] == ["asr"]
    assert [one["kind"] for one in asr.providers] == ["asr"]
    assert asr.hit_rates == []
    assert [one.cache for one in report_of(path).of_component("memory").hit_rates] == ["voice"]


@pytest.mark.parametrize(
    ("asked", "component"),
    [("asr", "asr"), ("STT", "asr"), ("memory", "memory"), ("voice-trigger", "voice_trigger")],
)
def test_components_are_asked_for_by_several_names(asked, component):
    """Those of the slots, and those that others use."""
    assert component_named(asked) == component


def test_a_component_that_there_is_not_is_told_with_the_nearest():
    """A slip of the finger is no empty report."""
    with pytest.raises(RequestError, match="did you mean 'language'"):
        component_named("langauge")


def test_every_stage_of_a_command_has_a_component():
    """Also those that providers time by themselves."""
    names = ("wake", "asr_streaming", "lid.encoder_forward", "tts.first_chunk", "playback_start")
    components = ["voice_trigger", "asr", "language", "tts", "outputs"]
    assert [of_stage(name) for name in names] == components


def test_every_metric_belongs_to_a_component():
    """By its labels where they say it, else by its name."""
    found = {metric.name: of_metric(metric.name, {}) for metric in METRICS}
    assert found["irene_asr_latency_seconds"] == "asr"
    assert found["irene_process_resident_bytes"] == "memory"
    assert found["irene_audio_lost_seconds_total"] == "inputs"
    assert of_metric("irene_provider_calls_total", {"component": "tts"}) == "tts"


def test_hits_of_a_cache_that_nobody_asked_are_no_rate():
    """Nothing of nothing is not 0 %."""
    assert hit_rates_of([(LOOKUPS, {"cache": "a", "result": "hit"}, 0.0)]) == []


def _full(path):
    reports = [
        {
            "kind": "asr",
            "name": "<vosk>",
            "serves": True,
            "circuit": "closed",
            "calls": 3,
            "failed": 0,
            "slow": 0,
            "late": 1,
            "p95_ms": 812.0,
            "last_failure": {"reason": "a & b", "at": "then"},
        }
    ]
    resident = SeriesKey("irene_process_resident_bytes", (), "value", "gauge", "bytes")
    rows = [SampleRow(NOW + at, {resident: 2e8 + at}) for at in range(900)]
    alerts = [
        AlertRow("slow", "irene_x", "p95", 0.5, 0.7, NOW + 5, False),
        AlertRow("slow", "irene_x", "p95", 0.5, 0.4, NOW + 9, True),
        AlertRow("memory", "irene_y", "value", 0.8, 0.9, NOW + 7, False),
    ]
    commands = [utterance(n, NOW + n, spans(300.0 + n)) for n in range(20)]
    hits = [lookups("hit", 3.0), lookups("miss", 1.0)]
    written(path, *rows, *alerts, *commands, *hits, ProvidersRow(NOW, reports))
    return report_of(path)


def test_a_kept_alert_has_the_unit_of_its_metric(path):
    """But for rates and shares, which have another; what nobody knows has none."""
    written(
        path,
        *[
            AlertRow(name, series, statistic, 0.5, 0.7, NOW + 5, False)
            for name, series, statistic in (
                ("slow", "irene_response_latency_seconds", "p95"),
                ("asr", 'irene_asr_latency_seconds{provider="vosk"}', "p95"),
                ("busy", "irene_process_cpu_seconds_total", "rate"),
                ("own", "irene_x", "value"),
            )
        ],
    )
    units = {one.name: one.unit for one in report_of(path).alerts}
    assert units == {"slow": "seconds", "asr": "seconds", "busy": "", "own": ""}


def test_json_holds_everything(path):
    """And can be read again."""
    read = json.loads(exported(_full(path), Path("x.json")))
    assert {one["name"]: one["n"] for one in read["stages"]}["asr"] == 20
    assert read["hit_rates"][0]["share"] == 0.75
    assert [one["cleared"] is None for one in read["alerts"]] == [False, True]
    assert read["window"]["n_commands"] == 20


def test_csv_is_one_table_with_a_row_for_each_figure(path):
    """Each with its unit and the number of values."""
    rows = list(csv.DictReader(io.StringIO(exported(_full(path), Path("x.CSV")))))
    (p95,) = (row for row in rows if (row["name"], row["statistic"]) == ("asr", "p95"))
    assert (p95["section"], p95["unit"], p95["n"]) == ("stage", "ms", "20")
    assert float(p95["value"]) == pytest.approx(np.quantile(np.arange(300, 320), 0.95))
    assert {row["section"] for row in rows} == {
        *("stage", "real_time_factor", "hit_rate", "gauge", "commands")
    }


def test_another_ending_is_refused(path):
    """Rather than guessed."""
    with pytest.raises(RequestError, match=r"\.json or \.csv"):
        exported(_full(path), Path("figures.xlsx"))


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    """In one line."""
    with pytest.raises(ConfigurationError, match="cannot be written: no such file or directory"):
        write("text", tmp_path / "none" / "x.json")


class _Page(HTMLParser):
    """Notes what a page asks for, and whether each element is closed."""

    EMPTY = frozenset({"meta", "line", "rect", "circle", "polyline", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.links, self.text, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "action", "data")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_is_whole_and_asks_for_nothing(path):
    """One file: no script, no picture, no font, no address; every element is closed."""
    html = page_of(_full(path))
    page = _Page()
    page.feed(html)
    page.close()
    assert page.open == []
    assert page.links == []
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert "url(" not in html
    assert "@import" not in html
    assert "http" not in html
    assert {"polyline", "circle", "rect"} <= set(page.tags)
    assert "prefers-color-scheme: dark" in html


def test_the_page_shows_names_as_text(path):
    """Whatever somebody called a provider, it is no element of the page."""
    page = _Page()
    page.feed(page_of(_full(path)))
    assert "asr <vosk>" in page.text
    assert "a & b" in page.text


def test_a_page_of_little_is_still_a_page(path):
    """A run that heard nothing."""
    written(path, sample(0.0))
    page = _Page()
    page.feed(page_of(report_of(path)))
    assert page.open == []


def test_what_a_running_assistant_tells_becomes_the_same_report():
    """From the results of three commands of the control socket."""
    status = {
        "name": "irene",
        "pid": 7,
        "version": "1",
        "config": "demo",
        "uptime_s": 60.0,
        "state": "waiting",
        "muted": True,
    }
    timed = {"n": 4, "count": 9, "errors": 0, "mean": 0.2, "p50": 0.2, "p95": 0.3, "p99": 0.3}
    metrics = {
        "at": "2030-01-01T00:00:00.000+00:00",
        "uptime_s": 60.0,
        "alerts": [],
        "readings": [
            {
                "metric": "irene_stage_duration_seconds",
                "labels": {"stage": "asr"},
                "kind": "histogram",
                "unit": "seconds",
                **timed,
                "max": 0.4,
            },
            {
                "metric": "irene_asr_latency_seconds",
                "labels": {"provider": "vosk"},
                "kind": "histogram",
                "unit": "seconds",
                "n": 0,
                "count": 0,
                "errors": 2,
            },
            {
                "metric": LOOKUPS,
                "labels": {"cache": "voice", "result": "hit"},
                "kind": "counter",
                "unit": "",
                "value": 4.0,
            },
            {
                "metric": "irene_session_ended_total",
                "labels": {"outcome": "answered"},
                "kind": "counter",
                "unit": "",
                "value": 9.0,
            },
        ],
    }
    report = live_report(status, metrics, [])
    (asr,) = report.stages
    assert (asr.component, asr.unit, asr.n, asr.p95, asr.high) == ("asr", "ms", 4, 300.0, 400.0)
    assert report.timings == []
    assert (report.hit_rates[0].share, report.outcomes) == (1.0, {"answered": 9})
    assert (report.subject.doing, report.subject.is_running) == ("waiting, muted", True)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.7134, "seconds", "713 ms"),
        (2.5, "seconds", "2.5 s"),
        (285_300_000, "bytes", "285 MB"),
        (0, "bytes", "0 B"),
        (0.186, "ratio", "18.6 %"),
        (3, "", "3"),
        (0.25, "x", "0.25 x"),
    ],
)
def test_amounts_are_told_in_units_that_people_read(value, unit, shown):
    """Never in nanoseconds or powers of two."""
    assert amount(value, unit) == shown
