"""A turn is one thread's at a time, and can be taken from one that hangs."""

import threading

from irene.components.threads import start_daemon
from irene.components.voice_trigger.wake_hub.turn import Turn

LIMIT_S = 60.0


def held(turn, holding, release):
    """Hold a turn, twice as deep, until told to let go; return the thread's number."""
    with turn, turn:
        holding.set()
        release.wait(LIMIT_S)
    return threading.get_ident()


def taken(turn):
    """Take a turn on another thread; return a future that is done when it was had."""

    def take():
        with turn:
            return True

    return start_daemon("taking", take)


def test_nobody_else_has_it_until_it_was_left_as_often_as_taken():
    """Its owner may take it again."""
    turn = Turn()
    with turn:
        with turn:
            pass
        other = taken(turn)
        assert not other.done()
    assert other.result(LIMIT_S)


def test_what_was_taken_away_is_not_given_back_by_who_had_it():
    """Somebody else goes on with it, undisturbed when the first one comes back."""
    turn, holding, release = Turn(), threading.Event(), threading.Event()
    owner = []

    def hang():
        owner.append(threading.get_ident())
        return held(turn, holding, release)

    hung = start_daemon("hung", hang)
    assert holding.wait(LIMIT_S)
    turn.take_away(owner[0])
    with turn:
        release.set()
        assert hung.result(LIMIT_S) == owner[0]
        other = taken(turn)
        assert not other.done()
    assert other.result(LIMIT_S)


def test_the_turn_of_another_goes_on():
    """Who has left it already has nothing that could be taken away."""
    turn = Turn()
    with turn:
        turn.take_away(threading.get_ident() + 1)
        other = taken(turn)
        assert not other.done()
    assert other.result(LIMIT_S)
