"""What foreign code raises, and where it says that it was raised."""

import json
from pathlib import Path

import pytest

from irene.errors import ConfigurationError, ProviderFailedError
from irene.providers.border import ForeignCode

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
