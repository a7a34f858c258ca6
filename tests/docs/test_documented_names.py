"""The names of the guides that irene grew from: each leads to the real part."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from irene.telemetry.catalogue import STAGES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "documented-names.md"
ROWS = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \|", PAGE.read_text(), flags=re.M)
TIMES = re.findall(r"`((?:vad|lid|whisper)\.\w+)`", PAGE.read_text())


@pytest.mark.parametrize(("name", "module"), ROWS, ids=[name for name, _ in ROWS])
def test_a_documented_name_can_be_imported(name, module):
    """From where the page says, and what it finds is irene's own and says what it is."""
    found = getattr(importlib.import_module(module), name)
    assert found.__module__.startswith("irene.")
    assert inspect.getdoc(found)


def test_the_page_has_every_name_once():
    """In a table that is not empty."""
    names = [name for name, _ in ROWS]
    assert len(names) == len(set(names)) > 10


def test_the_documented_times_are_recorded():
    """All twelve, by their names."""
    assert len(TIMES) == len(set(TIMES)) == 12
    assert set(TIMES) <= set(STAGES)
