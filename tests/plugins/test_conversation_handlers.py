"""The handlers of help and repeat: what they answer."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import HandlerContext, Intent, Response

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.conversation import HelpHandler, HelpOptions, RepeatHandler

NOON = datetime(2026, 3, 1, 12)


def help_for(*examples, max_examples=5, language="en", last_response=None, **slots):
    handler = HelpHandler(HelpOptions(max_examples))
    context = HandlerContext(NOON, language, last_response=last_response, examples=examples)
    return handler.handle(Intent("IreneHelp", "help", language, slots), context)


def test_help_quotes_examples():
    """Help reads sentences that the assistant understands."""
    assert help_for("what time is it").text == 'You can say "what time is it".'
    assert help_for("a", "b", "c").text == 'You can say "a", "b" or "c".'
    assert help_for("a", "b", language="de").text == 'Du kannst sagen: "a" oder "b".'


def test_help_leaves_itself_out():
    """Who asks for help knows how to ask for help."""
    assert help_for("what can you do", "a").text == 'You can say "a".'


def test_help_is_short():
    """At most `max_examples` sentences are read, and at least one; there is more to ask for."""
    text = help_for(*"abcdefgh").text
    assert text == 'You can say "a", "b", "c", "d" or "e". For more, ask "what else".'
    assert help_for(*"ab", max_examples=0).text.startswith('You can say "a".')


def test_what_else_goes_on_where_help_ended():
    """Page after page, and from the front again after the last one."""
    first = help_for(*"abcdefgh", max_examples=3)
    second = help_for(*"abcdefgh", max_examples=3, last_response=first, more="yes")
    third = help_for(*"abcdefgh", max_examples=3, last_response=second, more="yes")
    again = help_for(*"abcdefgh", max_examples=3, last_response=third, more="yes")
    assert second.data["examples"] == ["d", "e", "f"]
    assert third.text == 'You can say "g" or "h".'
    assert again.text == first.text


def test_help_without_more_begins_at_the_front():
    """Another person who asks gets the first page."""
    first = help_for(*"abcdefgh", max_examples=3)
    assert help_for(*"abcdefgh", max_examples=3, last_response=first).text == first.text


def test_help_about_a_topic():
    """Only the examples that have to do with it."""
    examples = ("what time is it", "set a timer for five minutes", "louder")
    asked = help_for(*examples, topic="timer")
    assert asked.text == 'You can say "set a timer for five minutes".'
    assert help_for(*examples, topic="alarm").text == "I know nothing about that."


def test_help_without_examples_says_so():
    """An assistant without intents does not promise anything."""
    assert help_for().text == "There is nothing that I can do for you yet."


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    examples=st.lists(st.text(max_size=10), max_size=12),
    data=st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers())),
    slots=st.dictionaries(st.sampled_from(["more", "topic"]), st.text(max_size=10)),
)
def test_help_never_fails(examples, data, slots):
    """Whatever was said before, also by a plugin that uses the same key."""
    last = Response("x", data={"next_example": data})
    assert help_for(*examples, last_response=last, **slots).text


def test_the_last_answer_is_repeated():
    """Text, language and question are those of the last answer."""
    last = Response("Was soll ich hinzufügen?", "de", asks="item")
    context = HandlerContext(NOON, last_response=last)
    assert RepeatHandler().handle(Intent("IreneRepeat", "again"), context) == last


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "There is nothing to repeat yet."), ("de", "Es gibt noch nichts zu wiederholen.")],
)
def test_without_an_answer_there_is_nothing_to_repeat(language, sentence):
    """The first sentence of a run may be "say that again"."""
    context = HandlerContext(NOON, language)
    assert RepeatHandler().handle(Intent("IreneRepeat", "again"), context).text == sentence
