"""Work that several ask for at once and one does."""

import threading

import pytest

from irene.cache.single_flight import SingleFlight


class BrokenError(Exception):
    """What the work raises."""


def waiting(flights, key, results):
    """Start a thread that waits for a flight, and return it when it does."""
    flight = flights.join(key)
    assert flight is not None

    def wait():
        try:
            results.append(flight.result(timeout=5))
        except BrokenError as error:
            results.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_those_who_come_later_get_what_the_first_one_made():
    """One call of the work, as many results as were asked for."""
    flights, results, calls = SingleFlight(), [], []
    assert flights.join("key") is None
    threads = [waiting(flights, "key", results) for _ in range(3)]
    flights.fly("key", lambda: calls.append(1) or "value")
    for thread in threads:
        thread.join()
    assert results == ["value"] * 3
    assert len(calls) == 1


def test_an_error_reaches_all_who_wait_and_nobody_later():
    """The next one who asks may try again."""
    flights, results = SingleFlight(), []
    flights.join("key")
    threads = [waiting(flights, "key", results) for _ in range(2)]

    def fail():
        raise BrokenError

    with pytest.raises(BrokenError):
        flights.fly("key", fail)
    for thread in threads:
        thread.join()
    assert [type(result) for result in results] == [BrokenError, BrokenError]
    assert flights.join("key") is None
    assert flights.fly("key", lambda: 2) == 2


def test_even_an_interrupt_lets_nobody_wait_for_ever():
    """Ctrl-C in the middle of the work is an outcome, too."""
    flights = SingleFlight()
    flights.join("key")
    flight = flights.join("key")

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        flights.fly("key", interrupt)
    assert isinstance(flight.exception(timeout=0), KeyboardInterrupt)


def test_who_stops_waiting_cancels_nothing():
    """A flight is running: it cannot be cancelled by one of those who wait."""
    flights = SingleFlight()
    flights.join("key")
    assert not flights.join("key").cancel()
    assert flights.fly("key", lambda: "value") == "value"


def test_other_keys_do_not_wait():
    """Each key has a flight of its own."""
    flights = SingleFlight()
    assert flights.join("a") is None
    assert flights.join("b") is None
    assert flights.fly("b", lambda: 1) == 1
    assert flights.fly("a", lambda: 2) == 2
