"""What a recogniser returns that is no hypothesis, or half of one, is told in one line."""

import pytest

from irene import Asr, AsrStream, Hypothesis
from irene.testing import ScriptedSession, speech

STRANGE = {
    "a text": ("lamp", "odd returned 'lamp', no irene.Hypothesis"),
    "nothing": (None, "odd returned None, no irene.Hypothesis"),
    "no text": (Hypothesis(None, is_final=True), "odd returned a hypothesis whose text is None"),
    "words as texts": (
        Hypothesis("lamp", is_final=True, words=("lamp",)),
        "odd returned a hypothesis whose words are ('lamp',): use a tuple of irene.Word",
    ),
    "more stable than there is": (
        Hypothesis("lamp", is_final=True, stable=9),
        "odd returned a hypothesis whose stable is 9: use characters of its text, 0 to 4",
    ),
}


class OddStream(AsrStream):
    """Hears nothing and returns what it was told to."""

    def __init__(self, answer):
        self.answer = answer

    def accept(self, samples):
        """Return no partial."""
        return None

    def finish(self):
        """Return the answer."""
        return self.answer


@pytest.mark.parametrize("case", STRANGE)
def test_it_says_what_was_returned_and_what_would_be_right(case):
    """The provider, the value, and what it should have been."""
    answer, wanted = STRANGE[case]

    class Odd(Asr):
        name = "odd"
        summary = "returns strange things"

        def open_stream(self, request):
            return OddStream(answer)

    events = ScriptedSession().using(Odd).hears(speech())
    failed = [event for event in events if event.event == "provider_failed"]
    assert failed
    assert all(wanted in event.reason for event in failed)
