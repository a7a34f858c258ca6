"""The handler of timers: what it answers, and what it announces when they end."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone

import pytest

pytest.importorskip("hassil", reason="the extra `intents` is not installed")
pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from intent_talk import Talk

from irene import HandlerContext, Intent, IntentInfo, ProviderFailedError
from irene_plugins.intents.agenda.timers import TimerHandler, TimerOptions


@pytest.fixture
def talk(tmp_path):
    return Talk(tmp_path, [TimerHandler])


@pytest.fixture
def gespraech(tmp_path):
    return Talk(tmp_path, [TimerHandler], "de")


def test_a_timer_is_announced_when_it_ends(talk):
    """The answer tells the duration, the announcement rings."""
    assert talk.say("set a timer for ten minutes") == "10 minutes, starting now."
    assert talk.wait(599) == []
    assert talk.wait(1) == ["Your timer for 10 minutes is done."]
    assert talk.rang == [True]
    assert talk.say("how much time is left") == "No timer is running."


def test_a_timer_has_a_name(talk):
    """Answer and announcement call it by its name."""
    assert talk.say("set a pizza timer for ten minutes") == (
        "Pizza timer, 10 minutes, starting now."
    )
    assert talk.wait(600) == ["Your pizza timer is done."]


def test_timers_end_in_their_own_order(talk):
    """Several run at once, whichever was set first."""
    talk.say("set a timer for ten minutes")
    talk.say("set a tea timer for three minutes")
    talk.say("set a timer for ninety seconds")
    assert talk.wait(3600) == [
        "Your timer for 1 minute and 30 seconds is done.",
        "Your tea timer is done.",
        "Your timer for 10 minutes is done.",
    ]


def test_a_missing_duration_is_asked_for(talk):
    """The answer to the question needs no more than the duration; the name is remembered."""
    assert talk.say("set a pizza timer") == "For how long?"
    assert talk.asks == "duration"
    assert talk.say("ten minutes") == "Pizza timer, 10 minutes, starting now."
    assert talk.asks == ""


def test_the_only_timer_is_meant(talk):
    """Nobody has to name the only one."""
    talk.say("set a timer for ten minutes")
    assert talk.say("cancel the timer") == "I cancelled your timer for 10 minutes."
    assert talk.wait(3600) == []


@pytest.mark.parametrize(
    ("sentence", "timer"),
    [
        ("cancel the pizza timer", "pizza timer"),
        ("cancel the five minute timer", "timer for 5 minutes"),
        ("cancel the ninety minute timer", "timer for 1 hour and 30 minutes"),
        ("cancel the first timer", "pizza timer"),
        ("cancel the last timer", "timer for 1 hour and 30 minutes"),
    ],
)
def test_a_timer_is_meant_by_name_length_or_order(talk, sentence, timer):
    """Whatever tells it from the others will do."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a timer for five minutes")
    talk.say("set a timer for an hour and a half")
    assert talk.say(sentence) == f"I cancelled your {timer}."


def test_a_name_that_was_heard_wrong_is_understood(talk):
    """Almost the same name is meant, when there is no better one."""
    talk.do("HassStartTimer", {"name": "lasagna", "minutes": 10})
    talk.say("set a timer for five minutes")
    assert talk.say("cancel the lasagne timer") == "I cancelled your lasagna timer."


def test_which_timer_is_asked_for_and_the_answer_understood(talk):
    """Several timers that may be meant are named; the answer picks one."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a timer for five minutes")
    assert talk.say("cancel the timer") == (
        "Which one: the pizza timer or the timer for 5 minutes?"
    )
    assert talk.asks == "timer"
    assert talk.say("the pizza one") == "I cancelled your pizza timer."
    assert len(talk.wait(3600)) == 1


def test_all_of_them_is_an_answer_too(talk):
    """Who is asked which timer may say: all."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a timer for five minutes")
    talk.say("cancel the timer")
    assert talk.say("all of them") == "I cancelled all 2 timers."


def test_timers_that_are_alike_are_told_apart_by_order(talk):
    """Two timers of five minutes have nothing else to be called by."""
    talk.say("set a timer for five minutes")
    talk.wait(60)
    talk.say("set a timer for five minutes")
    assert talk.say("pause the five minute timer") == (
        "There are 2 of them. The first, the second, or the last?"
    )
    assert talk.say("the second one") == ("I paused your timer for 5 minutes with 5 minutes left.")


def test_what_is_asked_for_is_kept_with_what_was_said(talk):
    """The minutes of the first sentence are added to the timer of the second one."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a tea timer for five minutes")
    assert talk.say("add two minutes to the timer").startswith("Which one")
    assert talk.say("the tea one") == "Your tea timer has 7 minutes left."


def test_all_timers_are_cancelled(talk):
    """One sentence ends them all, and says how many."""
    assert talk.say("cancel all timers") == "No timer is running."
    talk.say("set a timer for ten minutes")
    assert talk.say("cancel all timers") == "I cancelled your timer for 10 minutes."
    talk.say("set a timer for ten minutes")
    talk.say("set a timer for five minutes")
    assert talk.say("cancel all timers") == "I cancelled all 2 timers."
    assert talk.wait(3600) == []


def test_timers_become_longer_and_shorter(talk):
    """The end moves; the length by which it is called moves with it."""
    talk.say("set a timer for ten minutes")
    assert (
        talk.say("add five minutes to the timer")
        == "Your timer for 15 minutes has 15 minutes left."
    )
    assert talk.say("shorten the timer by three minutes") == (
        "Your timer for 12 minutes has 12 minutes left."
    )
    assert talk.wait(719) == []
    assert len(talk.wait(1)) == 1


def test_by_how_much_is_asked_for(talk):
    """A change without a duration asks for it."""
    talk.say("set a timer for ten minutes")
    assert talk.say("extend the timer") == "By how much?"
    assert talk.say("by five minutes") == "Your timer for 15 minutes has 15 minutes left."


def test_more_than_is_left_is_not_taken_away(talk):
    """A timer does not end because it was made shorter: that would surprise."""
    talk.say("set a timer for two minutes")
    assert talk.say("take five minutes off the timer") == (
        "Your timer for 2 minutes has only 2 minutes left."
    )


def test_a_paused_timer_waits(talk):
    """It keeps what is left of it for as long as it takes."""
    talk.say("set a timer for ten minutes")
    talk.wait(240)
    assert talk.say("pause the timer") == "I paused your timer for 10 minutes with 6 minutes left."
    assert talk.wait(36000) == []
    assert talk.say("how much time is left") == (
        "Your timer for 10 minutes is paused with 6 minutes left."
    )
    assert talk.say("pause the timer") == "Your timer for 10 minutes is paused already."
    assert talk.say("resume the timer") == "Your timer for 10 minutes goes on with 6 minutes left."
    assert talk.say("resume the timer") == (
        "Your timer for 10 minutes is not paused. It has 6 minutes left."
    )
    assert talk.wait(359) == []
    assert len(talk.wait(1)) == 1


def test_pause_means_one_that_runs_and_resume_one_that_is_paused(talk):
    """With one of each there is nothing to ask."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("set a tea timer for five minutes")
    talk.say("pause the tea timer")
    assert talk.say("pause the timer") == "I paused your pizza timer with 10 minutes left."
    talk.say("resume the tea timer")
    assert talk.say("resume the timer") == "Your pizza timer goes on with 10 minutes left."
    assert talk.say("resume the timer") == "No timer is paused."


def test_status_tells_all_timers_the_next_one_first(talk):
    """Nobody has to say which: the time that is left of each is told."""
    talk.say("set a timer for two hours")
    talk.say("set a tea timer for five minutes")
    talk.wait(28)
    assert talk.say("how much time is left") == (
        "Your tea timer has 4 minutes and 32 seconds left. Your timer for 2 hours has 2 hours left."
    )
    assert talk.say("how long is left on the tea timer") == (
        "Your tea timer has 4 minutes and 32 seconds left."
    )


def test_a_timer_that_is_not_there_is_said_to_be_missing(talk):
    """The answer names those that are there."""
    talk.say("set a timer for ten minutes")
    assert talk.say("cancel the sauna timer") == (
        "I do not know which timer you mean. There is the timer for 10 minutes."
    )


IMPOSSIBLE = [
    ({"minutes": 0}, "A timer needs one second at least."),
    ({"minutes": -5}, "A timer needs one second at least."),
    ({"minutes": 5, "seconds": -300}, "A timer needs one second at least."),
    ({"hours": 25}, "I can time 1 day at most."),
    ({"minutes": "1e400"}, "I can time 1 day at most."),
    ({"hours": 10**400}, "I can time 1 day at most."),
    ({"hours": "inf", "minutes": "-inf"}, "For how long?"),
    ({"minutes": "nan"}, "For how long?"),
    ({"minutes": "many"}, "For how long?"),
    ({}, "For how long?"),
]


@pytest.mark.parametrize(("slots", "answer"), IMPOSSIBLE)
def test_durations_that_make_no_sense_have_a_clear_answer(talk, slots, answer):
    """Whatever a language model puts into the slots, nothing is set and nothing breaks."""
    assert talk.do("HassStartTimer", slots) == answer
    assert talk.say("how much time is left") == "No timer is running."


def test_changes_that_make_no_sense_have_a_clear_answer(talk):
    """Nor do they touch the timer."""
    talk.say("set a timer for ten minutes")
    for slots in ({"minutes": -5}, {"seconds": 0}, {"hours": "1e400"}):
        assert talk.do("HassIncreaseTimer", slots) == "That would change nothing."
    assert talk.do("HassIncreaseTimer", {"hours": 24}) == "I can time 1 day at most."
    assert talk.do("HassCancelTimer", {"order": "nan"}).startswith("I cancelled")


@pytest.mark.parametrize("slots", [{"order": 7}, {"order": -9}, {"order": "inf"}, {"name": "x"}])
def test_pointing_at_nothing_changes_nothing(talk, slots):
    """A place or a name that no timer has is no timer."""
    talk.say("set a timer for ten minutes")
    assert talk.do("HassCancelTimer", slots).startswith("I do not know which timer you mean.")
    assert len(talk.wait(600)) == 1


def test_there_is_a_limit_to_the_number_of_timers(tmp_path):
    """`max_timers` keeps a mistake from filling the disk."""
    talk = Talk(tmp_path, [TimerHandler], options={"timers": TimerOptions(max_timers=2)})
    talk.say("set a timer for ten minutes")
    talk.say("set a timer for ten minutes")
    assert talk.say("set a timer for ten minutes") == (
        "There are too many timers already. Cancel one first."
    )


def test_there_is_a_limit_to_their_length(tmp_path):
    """`max_hours` is told."""
    talk = Talk(tmp_path, [TimerHandler], options={"timers": TimerOptions(max_hours=1.5)})
    assert talk.say("set a timer for two hours") == "I can time 1 hour and 30 minutes at most."


def test_stop_the_timer_means_the_one_that_rings(talk):
    """It is silenced; another one that still runs goes on."""
    talk.say("set a tea timer for three minutes")
    talk.say("set a pizza timer for ten minutes")
    talk.wait(180)
    assert talk.say("stop the timer") == "Okay."
    assert talk.services.hushed == 1
    assert talk.say("stop the timer") == "I cancelled your pizza timer."


def test_the_first_timer_is_one_that_runs(talk):
    """Whoever counts does not count the one that has just ended."""
    talk.say("set a tea timer for three minutes")
    talk.say("set a pizza timer for ten minutes")
    talk.wait(180)
    assert talk.say("cancel the first timer") == "I cancelled your pizza timer."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("cancel the egg 2 timer", "I cancelled your egg 2 timer."),
        ("cancel the egg 1 timer", "Okay."),
        ("add two minutes to the egg 1 timer", "Egg 1 timer, 2 minutes, starting now."),
        ("add two minutes to the egg 2 timer", "Your egg 2 timer has 9 minutes left."),
    ],
)
def test_a_timer_that_has_rung_is_not_taken_for_one_of_a_like_name(talk, text, answer):
    """Of the one that has just ended and those that run, the nearest name is meant."""
    talk.do("HassStartTimer", {"name": "egg 1", "minutes": 3})
    talk.do("HassStartTimer", {"name": "egg 2", "minutes": 10})
    talk.wait(180)
    assert talk.say(text) == answer


def test_a_name_has_an_end(talk):
    """What a language model takes for a name may be a story."""
    talk.do("HassStartTimer", {"name": "la " * 100, "minutes": 10})
    assert len(talk.wait(600)[0]) < 100


def test_stop_the_timer_means_another_when_nothing_has_rung_lately(talk):
    """Two minutes after its end a timer is over."""
    talk.say("set a tea timer for three minutes")
    talk.say("set a pizza timer for ten minutes")
    talk.wait(180 + 121)
    assert talk.say("stop the timer") == "I cancelled your pizza timer."


def test_a_timer_that_has_ended_can_be_made_longer(talk):
    """Who looks into the oven and wants two more minutes gets them."""
    talk.say("set a pizza timer for ten minutes")
    talk.wait(620)
    assert talk.say("add two minutes to the pizza timer") == (
        "Pizza timer, 2 minutes, starting now."
    )
    assert talk.wait(120) == ["Your pizza timer is done."]


def test_timers_survive_a_restart(talk):
    """The end is kept, not what was left when the assistant went off."""
    talk.say("set a pizza timer for ten minutes")
    assert talk.off(300) == []
    assert talk.say("how much time is left") == "Your pizza timer has 5 minutes left."
    assert talk.wait(300) == ["Your pizza timer is done."]
    assert talk.off(10) == []


def test_a_paused_timer_survives_a_restart_paused(talk):
    """Off or on, it waits."""
    talk.say("set a pizza timer for ten minutes")
    talk.say("pause the timer")
    assert talk.off(36000) == []
    assert talk.say("resume the timer") == "Your pizza timer goes on with 10 minutes left."


def test_a_timer_that_ended_while_off_is_announced_as_missed(talk):
    """At the start it is said how long ago; soon after its end it rings, later it does not."""
    talk.say("set a pizza timer for ten minutes")
    assert talk.off(600 + 300) == ["Your pizza timer ended 5 minutes ago."]
    talk.say("set a pizza timer for ten minutes")
    assert talk.off(600 + 7200) == ["Your pizza timer ended 2 hours ago."]
    assert talk.rang == [True, False]
    assert talk.off(1) == []


def test_what_was_missed_more_than_a_day_ago_is_only_noted(talk):
    """Nobody waits for it any more."""
    talk.say("set a pizza timer for ten minutes")
    assert talk.off(3 * 86400) == []
    (warning,) = talk.services.warned
    assert "Your pizza timer ended 2 days, 23 hours and 50 minutes ago." in warning
    assert talk.off(1) == []


def test_timers_of_a_sleeping_machine_end_late(talk):
    """A laptop that slept wakes to the same words as one that was off."""
    talk.say("set a pizza timer for ten minutes")
    talk.clock.advance(600 + 120)
    assert talk.wait(0) == ["Your pizza timer ended 2 minutes ago."]


def test_a_timer_that_another_program_sets_rings_here(talk):
    """`irene ask` sets it and ends; the assistant that listens announces it."""
    talk.say("set a pizza timer for ten minutes")
    other = Talk(talk.folder, [TimerHandler])
    other.say("set a tea timer for three minutes")
    assert talk.wait(180) == ["Your tea timer is done."]
    assert talk.say("how much time is left") == "Your pizza timer has 7 minutes left."


def test_an_assistant_that_starts_twice_announces_once(talk):
    """The agenda of the first start is left behind."""
    talk.say("set a pizza timer for ten minutes")
    handler, services = talk.handlers[0], talk.services
    handler.start(services)
    assert talk.wait(600) == ["Your pizza timer is done."]


def test_a_closed_handler_announces_nothing(talk):
    """What is due then is missed, and announced at the next start."""
    talk.say("set a pizza timer for ten minutes")
    talk.handlers[0].load()
    talk.handlers[0].close()
    assert talk.wait(900) == []
    assert talk.off(0) == ["Your pizza timer ended 5 minutes ago."]


def test_answers_carry_the_same_for_programs(talk):
    """`data` is ready for JSON."""
    talk.say("set a pizza timer for ten minutes")
    assert talk.last.data == {
        "timer": {"name": "pizza", "length_s": 600, "remaining_s": 600, "is_paused": False}
    }
    talk.say("how much time is left")
    assert json.loads(json.dumps(talk.last.data))["timers"][0]["remaining_s"] == 600
    talk.wait(600)
    assert talk.last.data["timer"]["remaining_s"] == 0
    assert talk.last.data["rang_at"] == datetime(2030, 1, 1, 0, 10, tzinfo=timezone.utc).timestamp()


def test_every_intent_is_described_for_language_models():
    """Each slot that a handler reads is explained."""
    infos = TimerHandler().describe()
    assert [info.name for info in infos] == list(TimerHandler.intents)
    assert all(isinstance(info, IntentInfo) and info.summary for info in infos)
    assert infos[0].slots.keys() == {"hours", "minutes", "seconds", "name"}


def test_before_its_start_a_handler_says_so():
    """An expected error, not a crash."""
    with pytest.raises(ProviderFailedError, match="'timers' was not started"):
        TimerHandler().handle(
            Intent("HassTimerStatus", ""), HandlerContext(datetime.now(timezone.utc))
        )


def test_timers_are_set_from_many_threads_at_once(talk):
    """None is lost, each has a number of its own, and each is announced once."""

    def work(minutes):
        intent = Intent("HassStartTimer", "", "en", {"minutes": minutes})
        talk.handlers[0].handle(intent, HandlerContext(talk.clock.now()))

    threads = [threading.Thread(target=work, args=(1 + n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert talk.off(0) == []
    assert len(set(talk.wait(3600))) == 20


def test_german(gespraech):
    """The same conversation in German, with its cases and genders."""
    sage = gespraech.say
    assert sage("stelle einen Pizza-Timer") == "Wie lange?"
    assert sage("eine Stunde") == "Pizza-Timer, eine Stunde ab jetzt."
    assert sage("Timer auf anderthalb Stunden") == "Eine Stunde und 30 Minuten ab jetzt."
    assert sage("lösche den Timer") == (
        "Welchen: den Pizza-Timer oder den Timer über eine Stunde und 30 Minuten?"
    )
    assert sage("den letzten") == ("Ich habe den Timer über eine Stunde und 30 Minuten gelöscht.")
    assert sage("verlängere den Timer um eine Minute") == (
        "Der Pizza-Timer läuft jetzt noch eine Stunde und eine Minute."
    )
    assert sage("wie lange läuft der Timer noch") == (
        "Der Pizza-Timer läuft noch eine Stunde und eine Minute."
    )
    assert sage("halte den Timer an") == (
        "Der Pizza-Timer ist angehalten. Restzeit: eine Stunde und eine Minute."
    )
    assert sage("setze den Timer fort").startswith("Der Pizza-Timer läuft weiter")
    assert gespraech.wait(3660) == ["Der Pizza-Timer ist abgelaufen."]
    sage("stelle einen Tee-Timer auf fünf Minuten")
    assert gespraech.off(360) == ["Der Tee-Timer ist vor einer Minute abgelaufen."]
