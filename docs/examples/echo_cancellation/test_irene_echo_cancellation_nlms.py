"""The canceller keeps its contract, and an assistant starts with it."""

from irene_echo_cancellation_nlms import NlmsCanceller

from irene.testing import EchoCancellationContract, ScriptedSession, speech


class TestNlmsCanceller(EchoCancellationContract):
    """Every check of the contract of echo cancellers."""

    provider = NlmsCanceller
    reduction_db = 10.0


def test_an_assistant_takes_it():
    """Nothing is played while a command is heard, so nothing is taken away."""
    events = ScriptedSession().using(NlmsCanceller).hears(speech())
    assert "transcript" in {event.event for event in events}
