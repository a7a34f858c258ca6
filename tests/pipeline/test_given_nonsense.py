"""What programs give to an assistant by mistake: one line says what would be right."""

import asyncio

import pytest

from irene import Assistant, TypedAssistant


def asked(value):
    return asyncio.run(TypedAssistant.from_config({}).ask(value))


def reloaded(value):
    return asyncio.run(Assistant.from_config({}).reload(value))


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda: asked(None), "text is None; a text (str) is right"),
        (lambda: asked(b"time"), "text is b'time'; a text (str) is right"),
        (lambda: asked(["time"]), "text is of type list; a text (str) is right"),
        (lambda: Assistant.from_config({}).say(5), "text is 5; a text (str) is right"),
        (
            lambda: Assistant.from_config({}).say("hello", None),
            "language is None; a BCP 47 tag such as 'en', a text, is right",
        ),
        (
            lambda: Assistant.from_config({}).report("hello"),
            "event is 'hello'; an Event, such as Warned(message=...), is right",
        ),
        (
            lambda: TypedAssistant.from_config({}).report({}),
            "event is of type dict; an Event, such as Warned(message=...), is right",
        ),
        (lambda: reloaded({"a": "secret"}), "config is of type dict; a Config or None is right"),
        (
            lambda: Assistant.from_config(5),
            "source is 5; a path, the name of a profile, a mapping or None is right",
        ),
        (
            lambda: TypedAssistant.from_config({}, overrides=None),
            "overrides is None; a list of texts is right",
        ),
        (
            lambda: Assistant.from_config({}, overrides=[5]),
            "one of the overrides is 5; a text such as 'tts.rate=2' is right",
        ),
    ],
)
def test_nonsense_is_refused_in_one_line(call, line):
    """It names the parameter, what was given and what would be right."""
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value) == line


def test_a_long_text_is_not_repeated_whole():
    """A traceback stays readable."""
    with pytest.raises(TypeError) as caught:
        asked(b"time" * 1000)
    assert len(str(caught.value)) < 100
