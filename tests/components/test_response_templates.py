"""Answers that sentence files give themselves."""

import pytest

from irene import ProviderFailedError
from irene.components.response_templates import render_response


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("It is done.", "It is done."),
        ("The {{ slots.name }} is on.", "The lamp is on."),
        ("The {{slots.name}} is at {level} percent.", "The lamp is at 40 percent."),
    ],
)
def test_slots_are_filled_in(template, text):
    """Home Assistant's form and the short one both work."""
    assert render_response(template, {"name": "lamp", "level": 40}) == text


def test_a_missing_slot_is_named():
    """The line says which slot is missing and which there are."""
    with pytest.raises(ProviderFailedError, match="no slot 'room'; it has name"):
        render_response("In the {{ slots.room }}", {"name": "lamp"})


@pytest.mark.parametrize("template", ["{% if x %}a{% endif %}", "{{ state.attributes.x }}"])
def test_code_in_a_template_is_refused_not_spoken(template):
    """Nobody hears braces."""
    with pytest.raises(ProviderFailedError, match="only slots can be filled in"):
        render_response(template, {})
