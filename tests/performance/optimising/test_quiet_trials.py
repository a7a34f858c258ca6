"""Trials beside an assistant that serves: when it is quiet, with the least priority."""

import os
import threading

import pytest

from irene.domain.events import AlertRaised, SessionEnded, SpeechStarted, WakeWordDetected
from irene.performance.optimising import proposals
from irene.performance.optimising.quiet_trials import LONGEST_S, QUIET_S, QuietTrials, has_room
from irene.performance.optimising.rounds import Budget, Rounds
from irene.performance.optimising.trial import TrialRequest, TrialResult
from irene.performance.optimising.trial_process import Care, fresh_trial

REQUEST = TrialRequest(None, (), (), realtime=False, wakes=True)
RESULT = TrialResult(rss_mb=5.0)
SPOKEN = WakeWordDetected(wake_word="jarvis", score=0.9, provider="x")


class PassingTime:
    """A clock on which waiting passes at once; what is to happen at a time happens then."""

    def __init__(self):
        self.time_s = 0.0
        self.happens = {}
        """by time: called when that is reached"""

    def monotonic(self):
        return self.time_s

    def sleep(self, seconds):
        until = self.time_s + seconds
        for due in sorted(one for one in self.happens if one <= until):
            self.time_s = max(self.time_s, due)
            self.happens.pop(due)()
        self.time_s = until

    def wait(self, changed, seconds):
        due = min(self.happens, default=float("inf"))
        self.sleep(min(seconds, max(0.0, due - self.time_s)))


class House:
    """An assistant beside which trials of ten seconds run; each knows when it began."""

    def __init__(self, **options):
        self.clock = PassingTime()
        self.trials = QuietTrials(self.run, self.clock, **{"has_room": lambda: True, **options})
        self.began = []
        self.care = None

    def run(self, request, *, care):
        self.began.append(self.clock.time_s)
        self.care = care
        self.clock.sleep(10.0)
        return RESULT

    def at(self, time_s, *events):
        self.clock.happens[time_s] = lambda: [self.trials.note(one) for one in events]


def test_a_trial_waits_until_nobody_has_spoken_for_a_minute():
    """Whatever of a conversation was heard last; what else happens is no speech."""
    house = House()
    house.at(30.0, SPOKEN)
    house.at(50.0, SessionEnded(reason="answered"))
    house.at(80.0, AlertRaised(alert="a", metric="m", statistic="p95", value=1.0, threshold=0.5))
    assert house.trials(REQUEST) == RESULT
    assert house.began == [50.0 + QUIET_S]
    assert house.trials(REQUEST) == RESULT
    assert house.began[1] == house.began[0] + 10.0


def test_a_trial_into_which_somebody_speaks_is_run_again():
    """What it measured beside a conversation is worth nothing."""
    house = House()
    house.at(QUIET_S + 4.0, SpeechStarted(start_s=1.0))
    assert house.trials(REQUEST) == RESULT
    assert house.began == [QUIET_S, QUIET_S + 4.0 + QUIET_S]
    assert house.trials.n_killed == 1


def test_it_is_not_wanted_as_soon_as_somebody_speaks():
    """Nor once the assistant ends."""
    for disturb in (lambda trials: trials.note(SPOKEN), lambda trials: trials.end()):
        house = House()
        house.trials(REQUEST)
        assert not house.care.is_unwanted()
        disturb(house.trials)
        assert house.care.is_unwanted()
        assert house.care.niceness == 19


def test_a_trial_waits_for_memory():
    """A second assistant must fit beside the first."""
    free = iter([False, False, True])
    house = House(has_room=lambda: next(free))
    house.trials(REQUEST)
    assert house.began == [3 * QUIET_S]
    assert has_room()  # that of this machine: tests would not run without


def test_nobody_waits_any_more_when_the_assistant_ends():
    """As with Ctrl-C."""
    house = House()
    house.clock.happens[20.0] = house.trials.end
    with pytest.raises(KeyboardInterrupt):
        house.trials(REQUEST)
    with pytest.raises(KeyboardInterrupt):
        house.trials.wait_for_quiet()
    assert house.began == []


def test_a_search_beside_a_talkative_family_is_given_up_after_an_hour():
    """The next one has an hour of its own."""
    house = House()
    for minute in range(1, 62):
        house.at(60.0 * minute - 1.0, SPOKEN)
    with pytest.raises(KeyboardInterrupt):
        house.trials(REQUEST)
    assert house.clock.time_s == LONGEST_S
    house.trials.begin()
    assert house.trials(REQUEST) == RESULT


def test_waiting_takes_nothing_of_the_budget():
    """A search that is interrupted ten times has as many trials."""
    house = House()
    rounds = Rounds(
        lambda arm, indices: house.trials(REQUEST), ((0,),), Budget(minutes=0.5), house.trials.clock
    )
    for number in range(20):
        house.at(QUIET_S + 100.0 * number + 5.0, SPOKEN)
    n = 0
    while rounds.measure([_Arm()]):
        n += 1
    assert n == 3
    assert house.trials.clock.now


class _Arm:
    failure = ""
    rounds = ()

    def take(self, number, indices, result):
        """Note nothing."""


def hang(request):
    """Never end."""
    threading.Event().wait()


def priority(request):
    """Tell with how little priority a trial runs."""
    return TrialResult(load_s=float(os.getpriority(os.PRIO_PROCESS, 0)))


def test_a_process_that_is_not_wanted_any_more_is_killed():
    """However long it would have had."""
    asked = iter([False, True, True])
    failed = fresh_trial(REQUEST, hang, 600.0, care=Care(is_unwanted=lambda: next(asked)))
    assert failed.failure == "not wanted any more"


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="this system has no such priorities")
def test_a_careful_trial_lets_others_come_first():
    """From its first import on."""
    assert fresh_trial(REQUEST, priority, care=Care(19)).load_s == 19.0


def test_a_search_of_a_running_assistant_runs_its_trials_quietly(monkeypatch):
    """It begins when it is quiet; one that is ended before finds nothing, and raises nothing."""
    house, asked = House(), []

    def proposed(config, *, run, clock):
        asked.append((house.clock.time_s, config, run, clock))
        return "found"

    monkeypatch.setattr(proposals, "propose", proposed)
    assert proposals.searched(house.trials, "configuration") == "found"
    assert asked == [(QUIET_S, "configuration", house.trials, house.trials.clock)]
    house.trials.end()
    assert proposals.searched(house.trials, "configuration") is None
