"""What foreign code raises, and where it says that it was raised."""

import asyncio
import json
from pathlib import Path

import pytest

from irene.errors import ConfigurationError, DeviceError, ProviderFailedError
from irene.providers.border import ForeignCode, one_line

HERE = Path(__file__).name


def failing_in_a_library():
    """Raise inside the standard library, from the next line."""
    json.loads("{")


def message_of(work, **options):
    """Return what the border makes of the exception."""
    with pytest.raises(ProviderFailedError) as caught, ForeignCode("tea: ", **options):
        work()
    return str(caught.value)


def test_the_place_is_the_foreign_code_s_own_last_line():
    """Not the line of the library that it called."""
    line = failing_in_a_library.__code__.co_firstlineno + 2
    message = message_of(failing_in_a_library, places=True)
    assert message.startswith("tea: JSONDecodeError: ")
    assert message.endswith(f" ({HERE}:{line})")


def test_without_places_the_message_is_as_before():
    """People who only run it need no line numbers."""
    assert HERE not in message_of(failing_in_a_library)


def test_expected_errors_have_no_place():
    """They say themselves what would be right."""
    with pytest.raises(ConfigurationError, match=r"^no tea$"), ForeignCode("x: ", places=True):
        raise ConfigurationError("no tea")


class Panic(BaseException):
    """What engines in Rust raise: no `Exception`."""


class UnspeakableError(Exception):
    """An error whose text raises."""

    def __str__(self):
        raise ValueError("no text")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Panic("unwrap on None"), "tea: Panic: unwrap on None"),
        (asyncio.CancelledError(), "tea: CancelledError"),
        (SystemExit(3), "tea: SystemExit: 3"),
        (UnspeakableError(), "tea: UnspeakableError"),
        (RuntimeError(), "tea: RuntimeError"),
        (RuntimeError("one\ntwo"), "tea: RuntimeError: one"),
        (StopIteration("over"), "tea: StopIteration: over"),
    ],
    ids=repr,
)
def test_whatever_is_raised_becomes_one_expected_line(error, message):
    """Also what is no `Exception`, and what has no text that could be had."""

    def work():
        raise error

    assert message_of(work) == message


def test_a_long_message_is_cut():
    """It stands in events and logs."""

    def work():
        raise RuntimeError("x" * 100_000)

    assert len(message_of(work)) < 400


def test_the_line_of_an_expected_error_may_be_longer():
    """Its last words say what would help."""
    message = "no loudspeaker: " + "not installed; " * 25 + "connect one"
    assert one_line(DeviceError(message)) == message
    assert len(one_line(DeviceError("x" * 100_000))) < 700


@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_what_belongs_to_python_itself_passes(error):
    """Ctrl-C ends the program, and a generator is closed."""
    with pytest.raises(error), ForeignCode():
        raise error


@pytest.mark.parametrize("raised", [ValueError("a\nb"), Panic("unwrap on None"), SystemExit(2)])
def test_without_a_block_an_exception_is_told_alike(raised):
    """Handlers on the path of the audio make of it what a block would."""
    with pytest.raises(ProviderFailedError) as caught, ForeignCode():
        raise raised
    told = ForeignCode.told(raised)
    assert type(told) is ProviderFailedError
    assert str(told) == str(caught.value)
    assert told.__cause__ is raised


def test_without_a_block_expected_errors_are_told_as_they_are():
    """They are what it would become."""
    error = ConfigurationError("no tea")
    assert ForeignCode.told(error) is error


def test_without_a_block_what_must_pass_is_raised():
    """Ctrl-C in the middle of an engine ends the program, not the engine."""
    with pytest.raises(KeyboardInterrupt):
        ForeignCode.told(KeyboardInterrupt())
