"""Events from their JSON, as programs get it from a running assistant."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from irene.domain.events import EVENTS, Event
from irene.domain.speech import Word


def read_event(body: Mapping[str, Any]) -> Event | None:
    """Return the event whose `to_dict` gave this; None when this irene does not know it.

    Fields that it does not know are left out: the list of events only grows, and so do they.
    """
    cls = next((cls for cls in EVENTS if cls.event == body.get("event")), None)
    if cls is None:
        return None
    names = {field.name.rstrip("_"): field.name for field in dataclasses.fields(cls)}
    fields = {names[key]: value for key, value in body.items() if key in names}
    try:
        if "words" in fields:
            fields["words"] = tuple(Word(**word) for word in fields["words"])
        return cls(**fields)
    except TypeError:  # a field that it needs is missing
        return None
