"""Timers and alarms against plain reference models: random operations, restarts at any moment."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from intent_talk import Talk

from irene_plugins.intents.agenda.alarms import AlarmHandler
from irene_plugins.intents.agenda.timers import TimerHandler, TimerOptions

DAY = 86400
BERLIN = ZoneInfo("Europe/Berlin")


class Timers(TimerHandler):
    """As it is, but it does not look for what other programs write: that takes test time only."""

    looks_again_s = 1e9


class Alarms(AlarmHandler):
    """The same for alarms."""

    looks_again_s = 1e9


class TimerModel:
    """What timers are: a name, and the seconds that are left while it runs or stands."""

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.paused: set[str] = set()
        self.announced: list[str] = []
        self.n_set = 0

    def start(self, length: int) -> str:
        self.n_set += 1
        name = f"number {self.n_set} of them"
        self.left[name] = length
        return name

    def pass_time(self, seconds: int, is_on: bool) -> None:
        running = sorted(
            (left, name) for name, left in self.left.items() if name not in self.paused
        )
        for left, name in running:
            self.left[name] = left - seconds
            if left <= seconds:
                del self.left[name]
                if is_on or seconds - left <= DAY:
                    self.announced.append(name)


SPANS = st.sampled_from([0, 1, 59, 60, 599, 3600, DAY - 1, DAY, DAY + 700, 3 * DAY])
LENGTHS = st.integers(1, 7200)
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), LENGTHS),
        st.tuples(st.just("wait"), SPANS),
        st.tuples(st.just("off"), SPANS),
        st.tuples(st.sampled_from(["cancel", "pause", "resume"]), st.integers(0, 5)),
        st.tuples(st.sampled_from(["longer", "shorter"]), st.integers(0, 5), LENGTHS),
        st.tuples(st.just("cancel all")),
    ),
    max_size=25,
)


def play_timers(talk: Talk, model: TimerModel, operation: str, *values: int) -> None:
    """Do the same with the handler and with the model."""
    if operation == "start":
        talk.do("HassStartTimer", {"name": model.start(values[0]), "seconds": values[0]})
    elif operation in ("wait", "off"):
        (talk.wait if operation == "wait" else talk.off)(values[0])
        model.pass_time(values[0], operation == "wait")
    elif operation == "cancel all":
        talk.do("HassCancelAllTimers")
        model.left.clear()
    elif len(model.left) > values[0]:
        play_one_timer(talk, model, list(model.left)[values[0]], operation, *values[1:])


def play_one_timer(talk: Talk, model: TimerModel, name: str, operation: str, *values: int) -> None:
    if operation == "cancel":
        talk.do("HassCancelTimer", {"name": name})
        del model.left[name]
    elif operation == "pause":
        talk.do("HassPauseTimer", {"name": name})
        model.paused.add(name)
    elif operation == "resume":
        talk.do("HassUnpauseTimer", {"name": name})
        model.paused.discard(name)
    elif operation == "longer":
        talk.do("HassIncreaseTimer", {"name": name, "seconds": values[0]})
        model.left[name] += values[0]
    elif model.left[name] - values[0] >= 1:
        talk.do("HassDecreaseTimer", {"name": name, "seconds": values[0]})
        model.left[name] -= values[0]
    else:
        assert "only" in talk.do("HassDecreaseTimer", {"name": name, "seconds": values[0]})


@given(operations=OPERATIONS)
def test_timers_are_neither_lost_nor_announced_twice(tmp_path_factory, operations):
    """After every operation the handler holds the timers of the model, and has said the same."""
    folder = tmp_path_factory.mktemp("state")
    options = {"timers": TimerOptions(max_timers=100, max_hours=8760)}
    talk, model = Talk(folder, [Timers], options=options), TimerModel()
    for operation in operations:
        play_timers(talk, model, *operation)
        now_s = talk.clock.now().timestamp()
        entries = talk.handlers[0].ledger.entries()
        held = {entry.name: round(entry.remaining_s(now_s)) for entry in entries}
        assert held == model.left
        assert {entry.name for entry in entries if entry.is_paused} == model.paused & set(held)
        names = [text.removeprefix("Your ").partition(" timer ")[0] for text in talk.announced]
        assert sorted(names) == sorted(model.announced)


ALARMS = st.lists(
    st.tuples(st.integers(0, 23), st.integers(0, 59), st.sets(st.integers(0, 6), max_size=2)),
    min_size=1,
    max_size=3,
)
SPELLS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 2 * DAY) | st.sampled_from([3600, DAY, 5 * DAY])),
    max_size=8,
)


def occurrences(hour, minute, days, since: datetime) -> list[datetime]:
    """Return when an alarm is due within 40 days, in plain local time."""
    found = []
    for ahead in range(40):
        local = datetime.combine(since.date(), datetime.min.time())
        local += timedelta(days=ahead, hours=hour, minutes=minute)
        due = datetime.fromtimestamp(local.replace(tzinfo=BERLIN).timestamp(), BERLIN)
        if due.timestamp() > since.timestamp() and (not days or local.weekday() in days):
            found.append(due)
    return found if days else found[:1]


@given(alarms=ALARMS, spells=SPELLS, start_day=st.integers(0, 300))
def test_alarms_ring_at_every_time_and_once(tmp_path_factory, alarms, spells, start_day):
    """On or off, over changes of the clocks: each time is announced once, or missed long ago."""
    start = datetime(2026, 1, 15, 12, tzinfo=BERLIN) + timedelta(days=start_day)
    talk = Talk(tmp_path_factory.mktemp("state"), [Alarms], start=start)
    handler = talk.handlers[0]
    for hour, minute, days in alarms:
        slots = {"time": f"{hour:02}:{minute:02}"}
        for day in days or [None]:
            every = {} if day is None else {"every": day}
            talk.do("IreneSetAlarm", {**slots, **every})
    due = {
        entry.number: occurrences(
            int(entry.local[11:13]), int(entry.local[14:16]), set(entry.days), start
        )
        for entry in handler.ledger.entries()
    }
    expected, began = 0, start.timestamp()
    for is_on, seconds in spells:
        (talk.wait if is_on else talk.off)(seconds)
        now_s = talk.clock.now().timestamp()
        for times in due.values():
            passed = [t.timestamp() for t in times if began < t.timestamp() <= now_s]
            expected += len(passed) if is_on else bool(passed and now_s - passed[-1] <= DAY)
        began = now_s
        assert len(talk.announced) == expected
        for entry in talk.handlers[0].ledger.entries():
            ahead = [t.timestamp() for t in due[entry.number] if t.timestamp() > now_s]
            assert entry.due_at(BERLIN) == ahead[0]


def test_a_crash_while_it_is_announced_announces_it_again(tmp_path, monkeypatch):
    """Between the announcement and the note that it was made, nothing is lost."""
    talk = Talk(tmp_path, [TimerHandler])
    talk.say("set a pizza timer for ten minutes")

    def crash():
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(talk.handlers[0].ledger, "save", crash)
    with pytest.raises(RuntimeError):
        talk.wait(600)
    assert talk.off(120) == ["Your pizza timer ended 2 minutes ago."]
