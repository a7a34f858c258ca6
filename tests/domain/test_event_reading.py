"""Events read back from the JSON that programs get."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.domain.events import EVENTS, ProviderSwitched, RunEnded
from irene.domain.events.reading import read_event

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "events.md"
EXAMPLES = [
    json.loads(block)
    for block in re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(), flags=re.M | re.S)
]


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: body["event"])
def test_an_event_is_what_it_was(body):
    """Every documented example, read and written again, is the same."""
    event = read_event(body)
    assert event is not None
    assert event.to_dict() == body


def test_a_name_that_python_keeps_for_itself_is_read():
    """`from` is `from_` in Python."""
    switched = ProviderSwitched(kind="asr", from_="a", to="b", reason="x")
    assert read_event(switched.to_dict()) == switched


def test_a_field_of_a_later_irene_is_left_out():
    """The list only grows."""
    body = {**RunEnded(reason="stopped").to_dict(), "mood": "good"}
    assert read_event(body) == RunEnded(reason="stopped")


@pytest.mark.parametrize(
    "body", [{}, {"event": "door_opened"}, {"event": 3}, {"event": "run_ended"}]
)
def test_what_is_no_known_event_is_none(body):
    """An unknown name, none, or a field that is missing."""
    assert read_event(body) is None


@given(
    st.sampled_from([cls.event for cls in EVENTS]),
    st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.integers())),
    st.none() | st.integers() | st.lists(st.integers() | st.dictionaries(st.text(), st.text())),
)
def test_whatever_stands_in_the_fields_nothing_breaks(name, fields, words):
    """Whoever follows the events of another version is not ended by them."""
    read_event({**fields, "event": name, "words": words})
