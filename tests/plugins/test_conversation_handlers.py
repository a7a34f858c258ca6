"""The handlers of help and repeat: what they understand, and what they answer."""

from __future__ import annotations

from datetime import datetime

import pytest

from irene import HandlerContext, Intent, Response, SentenceSource

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer
from irene_plugins.intents.clock import DateHandler, TimeHandler
from irene_plugins.intents.conversation import (
    HelpHandler,
    HelpOptions,
    RepeatHandler,
)

NOON = datetime(2026, 3, 1, 12)
HANDLERS = (TimeHandler(), DateHandler(), HelpHandler(), RepeatHandler())

ASKS_FOR_HELP = """
help
Help!
help me
please help me
can you help me
i need help
what can you do
what can you do for me
please tell me what you can do
what can i say
what can i ask you
what commands do you know
what do you understand
how can you help me
list your commands
"""

ASKS_AGAIN = """
repeat that
repeat
please repeat that
can you repeat that please
say that again
say it again
could you say that again please
say it once more
what did you say
what did you just say
what was that
repeat your last answer
tell me again
sorry i didn't catch that
I did not understand that.
once more please
pardon
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.fixture(scope="module")
def matcher():
    sources = [SentenceSource(h.name, "en", h.sentences("en")) for h in HANDLERS]
    return HassilRecognizer().open_matcher(sources)


def help_for(*examples: str, max_examples: int = 5) -> str:
    handler = HelpHandler(HelpOptions(max_examples))
    context = HandlerContext(NOON, examples=examples)
    return handler.handle(Intent("IreneHelp", "help"), context).text


@pytest.mark.parametrize("text", lines(ASKS_FOR_HELP))
def test_people_ask_for_help(matcher, text):
    """Many ways of asking, one intent."""
    assert matcher.match(text, "en").name == "IreneHelp"


@pytest.mark.parametrize("text", lines(ASKS_AGAIN))
def test_people_ask_to_hear_it_again(matcher, text):
    """Many ways of asking, one intent."""
    assert matcher.match(text, "en").name == "IreneRepeat"


@pytest.mark.parametrize("text", ["what", "you", "it", "say", "please", "tell me"])
def test_scraps_are_no_question(matcher, text):
    """A word that is left of a command that was cut off triggers nothing."""
    assert matcher.match(text, "en") is None


def test_help_quotes_examples():
    """Help reads sentences that the assistant understands."""
    assert help_for("what time is it") == 'You can say "what time is it".'
    assert help_for("a", "b", "c") == 'You can say "a", "b" or "c".'


def test_help_leaves_itself_out():
    """Who asks for help knows how to ask for help."""
    assert help_for("what can you do", "a") == 'You can say "a".'


def test_help_is_short():
    """At most `max_examples` sentences are read, and at least one."""
    assert help_for(*"abcdefgh") == 'You can say "a", "b", "c", "d" or "e".'
    assert help_for(*"abcdefgh", max_examples=0) == 'You can say "a".'


def test_help_without_examples_says_so():
    """An assistant without intents does not promise anything."""
    assert help_for() == "There is nothing that I can do for you yet."


def test_the_last_answer_is_repeated():
    """Text and language are those of the last answer."""
    last = Response("Es ist vier Uhr.", "de")
    context = HandlerContext(NOON, last_response=last)
    assert RepeatHandler().handle(Intent("IreneRepeat", "again"), context) == last


def test_without_an_answer_there_is_nothing_to_repeat():
    """The first sentence of a run may be "say that again"."""
    said = RepeatHandler().handle(Intent("IreneRepeat", "again"), HandlerContext(NOON))
    assert said.text == "There is nothing to repeat yet."


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda h: h.name)
def test_every_example_reaches_its_handler(matcher, handler):
    """With all bundled sentences together, no handler takes another's examples."""
    examples = handler.examples("en-US")
    assert examples
    assert {matcher.match(text, "en-US").name for text in examples} == set(handler.intents)


def test_the_order_of_handlers_changes_nothing(matcher):
    """The bundled sources in the opposite order give the same intents."""
    sources = [SentenceSource(h.name, "en", h.sentences("en")) for h in reversed(HANDLERS)]
    other = HassilRecognizer().open_matcher(sources)
    for text in lines(ASKS_FOR_HELP) + lines(ASKS_AGAIN):
        assert other.match(text, "en") == matcher.match(text, "en")
