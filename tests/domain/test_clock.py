"""The machine's own time zone, and virtual time."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.domain.clock import LOCAL_ZONE, SystemClock
from irene.testing import VirtualClock

needs_tzset = pytest.mark.skipif(
    not hasattr(time, "tzset"), reason="this system cannot change its zone while a program runs"
)


@pytest.fixture(params=["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"])
def zone(request, monkeypatch):
    """The machine stands somewhere else for the length of a test."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


def quarters_of_an_hour(zone):
    """Yield noon of every day of a year, and every quarter of an hour around its changes."""
    for day in range(365):
        noon = datetime(2026, 1, 1, 12) + timedelta(days=day)
        yield noon
        tomorrow = noon + timedelta(days=1)
        if noon.replace(tzinfo=zone).utcoffset() != tomorrow.replace(tzinfo=zone).utcoffset():
            yield from (noon + timedelta(minutes=15 * n) for n in range(96))


@needs_tzset
def test_the_local_zone_knows_its_changes(zone):
    """Local times have the offset of the zone's own rules, in both directions."""
    for local in quarters_of_an_hour(zone):
        for fold in (0, 1):
            there = local.replace(fold=fold)
            expected = there.replace(tzinfo=zone).timestamp()
            assert there.replace(tzinfo=LOCAL_ZONE).timestamp() == expected, there
        utc = local.replace(tzinfo=timezone.utc)
        ours, theirs = utc.astimezone(LOCAL_ZONE), utc.astimezone(zone)
        assert ours.replace(tzinfo=None) == theirs.replace(tzinfo=None)
        assert (ours.fold, ours.tzname()) == (theirs.fold, theirs.tzname())


@needs_tzset
def test_the_system_clock_tells_local_time(zone):
    """With a zone that can be asked about other days."""
    now = SystemClock().now()
    assert now.tzinfo is LOCAL_ZONE
    assert abs(now - datetime.now(zone)) < timedelta(seconds=5)


@given(
    days=st.integers(0, 400),
    seconds=st.floats(0, 86400),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)
def test_virtual_time_passes_as_real_time_does(days, seconds, zone):
    """A virtual day has the hours of a real one, also when clocks change."""
    start = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo(zone))
    clock = VirtualClock(start)
    clock.advance(days * 86400 + seconds)
    passed = clock.now().timestamp() - start.timestamp()
    assert passed == pytest.approx(days * 86400 + seconds, abs=1e-3)
    assert clock.now().tzinfo == start.tzinfo


def test_virtual_time_that_passes_between_look_and_wait_is_not_waited_for_again():
    """Whoever looks at the clock, and then waits, waits from the time that was seen."""
    clock, changed = VirtualClock(), threading.Condition()
    due_s = clock.monotonic() + 5
    other = threading.Thread(target=clock.advance, args=(5,))
    other.start()
    other.join()
    with changed:
        clock.wait(changed, due_s)  # returns at once: the five seconds are over
    assert clock.monotonic() == 5
