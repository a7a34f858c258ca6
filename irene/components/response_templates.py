"""The answers that sentence files give themselves: text with slots in it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from irene.domain.intents import SlotValue
from irene.errors import ProviderFailedError

_SLOT = re.compile(r"\{\{\s*slots\.(\w+)\s*\}\}|(?<!\{)\{(\w+)\}(?!\})")


def render_response(template: str, slots: Mapping[str, SlotValue]) -> str:
    """Return the template with `{{ slots.name }}` and `{name}` replaced by the slots' values.

    Raises:
        ProviderFailedError: a slot is missing, or the template wants more than slots.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in slots:
            raise ProviderFailedError(
                f"response {template!r}: the intent has no slot {name!r}; "
                f"it has {', '.join(slots) or 'none'}"
            )
        return str(slots[name])

    text = _SLOT.sub(value, template)
    if "{{" in text or "{%" in text:
        raise ProviderFailedError(
            f"response {template!r}: only slots can be filled in, as {{{{ slots.NAME }}}}"
        )
    return text
