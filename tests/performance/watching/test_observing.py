"""An observer looks at figures, keeps them, and tells of what is wrong; in virtual time."""

import json
import sqlite3
from datetime import datetime, timezone

import numpy as np
import pytest
from kept import wait_for

from irene.components.assembly import Assembly
from irene.components.making.carried_over import CarriedOver
from irene.config.loading import load_config
from irene.config.schema import bundled_providers
from irene.config.sections import AlertRule, Config, PerformanceSection
from irene.domain.events import EVENTS, RunStarted, SessionEnded, SpeechEnded, Transcript
from irene.performance.alerts.defaults import DEFAULT_ALERTS, rules_of
from irene.performance.store.layout import open_to_write
from irene.performance.store.reading import Extent, reading
from irene.performance.view.from_store import report_from
from irene.performance.watching.commands_seen import CommandsSeen
from irene.performance.watching.observer import Observer, SeriesKeys, sampled
from irene.plugin.host import installed_plugins
from irene.telemetry.catalogue import (
    AUDIO_LOST,
    AUDIO_WAITING,
    CACHE_LOOKUPS,
    PROCESS_UPTIME,
    STAGE_SECONDS,
)
from irene.telemetry.metrics import Reading
from irene.telemetry.recorder import Recorder
from irene.testing import LANGUAGE_LEVELS, ScriptedLanguage, VirtualClock, registry_of

WAITING = "irene_audio_waiting_seconds"
RULE = {"name": "late", "metric": WAITING, "threshold": 0.2, "clear": 0.1, "for_s": 3}
START = datetime(2030, 1, 1, tzinfo=timezone.utc).timestamp()


class House:
    """An assistant with figures, as far as an observer sees one."""

    def __init__(self, path, **performance):
        self.clock = VirtualClock()
        self.recorder = Recorder(self.clock)
        section = {"store_path": str(path), "default_alerts": False, **performance}
        self.config = configured(section)
        self.told = []

    def snapshot(self):
        return self.recorder.snapshot()

    def provider_reports(self):
        return [{"kind": "asr", "name": "vosk", "calls": 1}]

    def report(self, event):
        self.told.append(event)


def configured(section):
    return load_config({"performance": section}, registry=REGISTRY)


REGISTRY = bundled_providers()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "performance.db"


def looks(house, observer, *values):
    """Look once a second, at one value after the other."""
    for value in values:
        house.recorder.gauge(AUDIO_WAITING).set(value)
        house.clock.advance(1)
        observer.look()


def names(house):
    return [event.event for event in house.told]


def test_an_alert_is_an_event_a_row_and_gone_again(path):
    """Raised after three seconds, cleared below its second limit."""
    house = House(path, alerts=[RULE])
    observer = Observer(house, house.clock)
    looks(house, observer, 0.5, 0.5, 0.5, 0.5)
    (raised,) = house.told
    assert raised.to_dict() == {
        "event": "alert_raised",
        "session": None,
        "time_s": 0.0,
        "alert": "late",
        "metric": WAITING,
        "statistic": "value",
        "value": 0.5,
        "threshold": 0.2,
        "unit": "seconds",
    }
    assert [one["alert"] for one in observer.state()["alerts"]] == ["late"]
    looks(house, observer, 0.15, 0.05)
    cleared = house.told[-1]
    assert (cleared.event, cleared.value, cleared.seconds) == ("alert_cleared", 0.05, 2.0)
    assert observer.state()["alerts"] == []


def test_the_growth_of_seconds_is_no_seconds(path):
    """A rate has no unit of its own, in the event as in what a running assistant tells."""
    rule = {"name": "lossy", "metric": AUDIO_LOST.name, "statistic": "rate", "threshold": 0.5}
    house = House(path, alerts=[rule])
    observer = Observer(house, house.clock)
    for _ in range(3):
        house.recorder.counter(AUDIO_LOST, "input").add(10)
        house.clock.advance(1)
        observer.look()
    (raised,), (firing,) = house.told, observer.state()["alerts"]
    assert (raised.unit, firing["unit"]) == ("", "")


def test_what_was_seen_is_in_the_file(path):
    """Figures, alerts, providers and commands; read by somebody else."""
    house = House(path, alerts=[RULE])
    observer = Observer(house, house.clock)
    observer._writer.start()
    house.recorder.stages.observe("asr", 0.3)
    house.recorder.counter(CACHE_LOOKUPS, "voice", "hit").add(3)
    looks(house, observer, *[0.5] * 5)
    for event in command_events():
        observer.note(event)
    observer._writer.close()
    with reading(path) as store:
        report = report_from(store, START + 6)
    assert [alert.name for alert in report.alerts] == ["late"]
    assert [level.last for level in report.levels if level.metric == WAITING] == [0.5]
    assert [rate.share for rate in report.hit_rates] == [1.0]
    assert report.providers == [{"kind": "asr", "name": "vosk", "calls": 1}]
    assert report.outcomes == {"answered": 1}
    assert [(one.name, one.p50) for one in report.factors] == [("vosk", 0.25)]
    assert [(one.name, one.n) for one in report.stages] == [("session", 1)]


def command_events():
    spans = {"name": "session", "start_ms": 0.0, "duration_ms": 50.0, "exclusive_ms": 50.0}
    return [
        SpeechEnded(session=4, start_s=1.0, end_s=3.5),
        Transcript(
            session=4,
            text="my secret",
            provider="vosk",
            start_s=0.8,
            end_s=3.5,
            latency_ms=300.0,
            rtf=0.25,
        ),
        SessionEnded(session=4, reason="answered", spans=spans),
    ]


def test_what_was_said_is_not_in_the_file(path):
    """Only how long it took."""
    house = House(path)
    observer = Observer(house, house.clock)
    observer._writer.start()
    for event in command_events():
        observer.note(event)
    observer._writer.close()
    with sqlite3.connect(path) as connection:
        assert "my secret" not in "\n".join(connection.iterdump())
        assert "vosk" in "\n".join(connection.iterdump())


def test_a_command_is_put_together_from_its_events():
    """Those of another session that goes on beside it are its own."""
    seen = CommandsSeen(VirtualClock())
    other = SpeechEnded(session=5, start_s=3.0, end_s=9.0)
    rows = [seen.note(event) for event in (other, *command_events())]
    assert rows[:3] == [None, None, None]
    assert (rows[3].session, rows[3].speech_s, rows[3].provider, rows[3].rtf) == (
        *(4, 2.5, "vosk"),
        0.25,
    )
    (silent,) = (seen.note(SessionEnded(session=6, reason="no_speech")) for _ in range(1))
    assert (silent.speech_s, silent.provider) == (None, "")


def test_sessions_without_an_end_are_forgotten():
    """A run of many days grows nothing."""
    seen = CommandsSeen(VirtualClock())
    for session in range(1000):
        seen.note(SpeechEnded(session=session, start_s=0.0, end_s=1.0))
    assert len(seen._open) <= 64


def test_every_event_may_be_noted(path):
    """Those that say nothing about a command lead to nothing."""
    seen = CommandsSeen(VirtualClock())
    examples = [cls for cls in EVENTS if cls not in (SpeechEnded, Transcript, SessionEnded)]
    for cls in examples:
        event = object.__new__(cls)
        object.__setattr__(event, "session", 1)
        assert seen.note(event) is None


def test_rules_that_are_reloaded_hold_at_the_next_look(path):
    """The alert of a rule that has gone is over."""
    house = House(path, alerts=[{**RULE, "for_s": 0}])
    observer = Observer(house, house.clock)
    looks(house, observer, 0.5)
    house.config = configured({"store_path": str(path), "default_alerts": False})
    looks(house, observer, 0.5)
    assert names(house) == ["alert_raised", "alert_cleared"]
    assert house.told[-1].value is None


def test_a_file_that_cannot_be_used_is_one_warning(tmp_path):
    """The looks, and the alerts, go on."""
    (tmp_path / "file").write_text("")
    house = House(tmp_path / "file" / "performance.db", alerts=[{**RULE, "for_s": 0}])
    observer = Observer(house, house.clock)
    observer._writer.start()
    wait_for(lambda: house.told)
    looks(house, observer, 0.5, 0.5)
    observer._writer.close()
    assert names(house) == ["warning", "alert_raised"]
    assert house.told[0].message.startswith("nothing of this run is kept: ")


def test_without_a_store_nothing_is_written(tmp_path, path):
    """Alerts are told all the same."""
    house = House(path, store=False, alerts=[{**RULE, "for_s": 0}])
    observer = Observer(house, house.clock)
    observer.start()
    looks(house, observer, 0.5)
    observer.close()
    assert names(house)[0] == "alert_raised"
    assert observer.state()["store"] is None
    assert list(tmp_path.iterdir()) == []


class Looking:
    """An observer that looks by itself, and the times at which it did."""

    def __init__(self, house):
        self.clock, self.times = house.clock, []
        read = house.recorder.snapshot
        house.snapshot = lambda: self.times.append(self.clock.monotonic()) or read()
        self.observer = Observer(house, house.clock)
        self.observer.start()

    def advance_to_look(self, at_s):
        """Wait until that is when it will look next, and let the time pass."""
        wait_for(lambda: [until for _, until in self.clock._waiting] == [at_s])
        n_looks = len(self.times)
        self.clock.advance(at_s - self.clock.monotonic())
        wait_for(lambda: len(self.times) > n_looks)


def test_it_looks_by_itself_until_it_is_closed(path):
    """Every second of its clock while something happens, and a last time at the end."""
    looking = Looking(House(path))
    for second in (1.0, 2.0, 3.0):
        looking.observer.note(RunStarted())
        looking.advance_to_look(second)
    looking.observer.close()
    assert looking.times == [1.0, 2.0, 3.0, 3.0]
    with reading(path) as store:
        assert store.runs()[0].ended == "stopped"


def test_while_nothing_happens_it_looks_once_a_minute(path):
    """The next event brings it back to every second: it looks at once if the last is so old."""
    looking = Looking(House(path))
    for second in (1.0, 61.0, 121.0):
        looking.advance_to_look(second)
    wait_for(lambda: [until for _, until in looking.clock._waiting] == [181.0])
    looking.clock.advance(2)
    looking.observer.note(RunStarted())
    wait_for(lambda: len(looking.times) == 4)
    looking.observer.close()
    assert looking.times == [1.0, 61.0, 121.0, 123.0, 123.0]


def test_what_is_wrong_is_looked_at_every_second(path):
    """An alert comes as soon as its rule says, and is over as soon."""
    house = House(path, alerts=[RULE])
    house.recorder.gauge(AUDIO_WAITING).set(0.5)
    looking = Looking(house)
    for second in (1.0, 2.0, 3.0, 4.0, 5.0):
        looking.advance_to_look(second)
    house.recorder.gauge(AUDIO_WAITING).set(0.0)
    for second in (6.0, 66.0):
        looking.advance_to_look(second)
    looking.observer.close()
    assert names(house) == ["alert_raised", "alert_cleared"]


def test_a_locked_file_holds_no_look_up(path):
    """Rows wait in memory; whoever measures does not."""
    open_to_write(path).close()
    house = House(path)
    observer = Observer(house, house.clock)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        observer._writer.start()
        looks(house, observer, *[0.1, 0.2] * 50)
        assert observer._writer.written == 0
        other.execute("ROLLBACK")
    observer._writer.close()
    with reading(path) as store:
        (points,) = (
            points for key, points in store.samples(Extent([1], 0.0)).items() if key.name == WAITING
        )
    assert len(points) == 100


def test_a_histogram_is_kept_by_its_statistics_and_nothing_without_values():
    """The number of values beside them; figures that only tell the time are left out."""
    recorder = Recorder(VirtualClock())
    recorder.stages.observe("asr", 0.25)
    recorder.stages.failed("tts")
    readings = [*recorder.snapshot().readings, Reading(PROCESS_UPTIME, (), 5.0)]
    values = sampled(readings, SeriesKeys())
    asr = {
        key.statistic: value for key, value in values.items() if key.labels == (("stage", "asr"),)
    }
    assert asr["p95"] == asr["max"] == 0.25
    assert asr["n"] == 1
    of_tts = [key for key in values if key.labels == (("stage", "tts"),)]
    assert [key.kind for key in of_tts] == ["counter"]
    assert PROCESS_UPTIME.name not in {key.name for key in values}


# The alerts that irene comes with


def test_the_answer_may_take_as_long_as_silence_is_waited_for():
    """500 ms beyond what the configuration itself takes."""
    config = load_config({"vad": {"end_silence_ms": 900}}, registry=REGISTRY)
    rule = rules_of(config)[0]
    assert (rule.name, rule.threshold, rule.clear) == ("slow answers", 1.4, 1.35)


def test_a_rule_of_the_same_name_replaces_a_default():
    """That is how one is changed, or silenced."""
    own = AlertRule(name="memory", metric="irene_process_memory_ratio", threshold=0.5)
    config = Config(performance=PerformanceSection(alerts=(own,)))
    rules = rules_of(config)
    assert [rule.threshold for rule in rules if rule.name == "memory"] == [0.5]
    assert len(rules) == len(DEFAULT_ALERTS)
    assert rules_of(Config(performance=PerformanceSection(default_alerts=False))) == ()


def _response(recorder):
    from irene.telemetry.catalogue import RESPONSE_SECONDS

    return recorder.histogram(RESPONSE_SECONDS)


def _failures(recorder):
    from irene.telemetry.catalogue import ALLOCATION_FAILURES

    return recorder.counter(ALLOCATION_FAILURES, "asr", "near")


def _memory(recorder):
    from irene.telemetry.catalogue import PROCESS_MEMORY

    return recorder.gauge(PROCESS_MEMORY)


def _ask_cache(recorder, second):
    recorder.counter(CACHE_LOOKUPS, "voice", "hit").add(1)
    recorder.counter(CACHE_LOOKUPS, "voice", "miss").add(2)


@pytest.mark.parametrize(
    ("name", "bring"),
    [
        ("slow answers", lambda r, n: [_response(r).observe(1.3) for _ in range(20)]),
        ("memory", lambda r, n: _memory(r).set(0.85)),
        ("cache hit rate", _ask_cache),
        ("allocation failures", lambda r, n: _failures(r).add(1)),
        (
            "slow language identification",
            lambda r, n: [r.stages.observe("lid.total", 2.0) for _ in range(20)],
        ),
    ],
)
def test_each_default_is_raised_by_what_it_is_about(path, name, bring):
    """And by nothing before."""
    house = House(path, default_alerts=True, store=False)
    observer = Observer(house, house.clock)
    looks(house, observer, *[0.0] * 100)
    assert house.told == []
    for second in range(100):
        bring(house.recorder, second)
        looks(house, observer, 0.0)
    assert {event.alert for event in house.told} == {name}


def identification(house, window_s):
    """Return a slot whose identifier takes so much virtual time for a window."""
    slow = type("Slow", (ScriptedLanguage,), {"fault": lambda: house.clock.advance(window_s)})
    registry = registry_of(slow, installed=installed_plugins())
    table = {"enabled": True, "languages": ["en", "de"], "default_provider": "scripted"}
    config = load_config({"language": table}, registry=registry)
    carried_over = CarriedOver(recorder=house.recorder)
    return Assembly(config, registry, house.report, house.clock, carried_over).language()


@pytest.mark.parametrize(
    ("window_s", "alerts"),
    [(1.6, {"slow language identification"}), (0.4, set())],
    ids=["later than is waited for", "as on a processor"],
)
def test_slow_identification_is_what_the_slot_measures(path, window_s, alerts):
    """Whoever identifies: the default rule names a stage that is really recorded."""
    house = House(path, default_alerts=True, store=False)
    observer, language = Observer(house, house.clock), identification(house, window_s)
    heard = np.full(3200, LANGUAGE_LEVELS["de"], np.int16)
    for _ in range(60):
        assert language.opinion(heard, live=True).language == "de"
        looks(house, observer, 0.0)
    assert {event.alert for event in house.told if event.event == "alert_raised"} == alerts


@pytest.mark.parametrize(
    ("language", "limit_s", "clear_s"),
    [
        ({}, 1.5, 1.35),
        ({"wait_ms": 400}, 0.4, 0.36),
        ({"providers": {"whisper": {"device": "cuda"}}}, 0.01, 0.009),
        ({"providers": {"whisper": {"device": "auto"}}}, 1.5, 1.35),
    ],
    ids=["usual", "less patient", "GPU", "GPU if there is one"],
)
def test_identification_may_take_what_can_be_kept(language, limit_s, clear_s):
    """10 ms on a GPU; else as long as the language is waited for."""
    config = load_config({"language": language}, registry=REGISTRY)
    rule = next(one for one in rules_of(config) if one.metric == STAGE_SECONDS.name)
    assert (rule.threshold, rule.clear) == (limit_s, clear_s)


def test_state_is_ready_for_json(path):
    """The control socket sends it as it is."""
    house = House(path, alerts=[{**RULE, "for_s": 0}])
    observer = Observer(house, house.clock)
    looks(house, observer, 0.5)
    state = json.loads(json.dumps(observer.state()))
    assert (state["store"], state["run"]) == (str(path), START)
    assert STAGE_SECONDS.unit == "seconds"
