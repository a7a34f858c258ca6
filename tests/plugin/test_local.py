"""Plugins that are single files of the user's."""

import sys
from typing import get_type_hints

import pytest

from irene.plugin.local import plugins_in

OPTIONS = """
from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Limit:
    value: int = {value}


@dataclass
class Options:
    limit: Limit
"""


def test_files_of_one_name_in_two_folders_are_two_modules(tmp_path):
    """What the annotations of one file name is looked up in it, and not in the other."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.py").write_text(OPTIONS.format(value=len(folder)))
    one, two = (source.load() for source in plugins_in([tmp_path / "one", tmp_path / "two"]))
    assert get_type_hints(one.Options) == {"limit": one.Limit}
    assert get_type_hints(two.Options) == {"limit": two.Limit}


def test_a_file_that_cannot_be_imported_leaves_no_module_behind(tmp_path):
    """Half a module would be taken for a whole one by whoever looks for it by its name."""
    (tmp_path / "mine.py").write_text("1 / 0")
    before = set(sys.modules)
    (source,) = plugins_in([tmp_path])
    with pytest.raises(ZeroDivisionError):
        source.load()
    assert set(sys.modules) == before
