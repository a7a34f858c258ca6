"""How the commands of a run went."""

import pytest

from irene.cli.runs.outcome import Outcome
from irene.domain.events import ErrorRaised, SessionEnded


def outcome_of(*events):
    """Return the outcome of a run with these events."""
    outcome = Outcome()
    for event in events:
        outcome.note(event)
    return outcome


def error(session=None):
    return ErrorRaised(code="provider_failed", message="no", session=session)


def end(session, reason="answered"):
    return SessionEnded(session=session, reason=reason)


@pytest.mark.parametrize("reason", ["answered", "transcribed"])
def test_one_command_that_came_to_its_end_is_enough(reason):
    """Whatever else failed."""
    outcome = outcome_of(error(1), end(1, "failed"), end(2, reason))
    assert (outcome.is_served, outcome.error_code) == (True, "provider_failed")


def test_an_apology_for_an_error_is_no_service():
    """The error belongs to the session that was answered."""
    outcome = outcome_of(error(1), end(1))
    assert (outcome.is_served, outcome.error_code) == (False, "provider_failed")


def test_errors_outside_of_a_command_do_not_count_against_it():
    """A reminder that could not be read, say."""
    assert outcome_of(error(), end(1)).is_served


@pytest.mark.parametrize("reason", ["not_understood", "no_speech", "interrupted", "failed"])
def test_other_ends_are_no_service(reason):
    """And no error either."""
    outcome = outcome_of(end(1, reason))
    assert (outcome.is_served, outcome.error_code) == (False, "")
