"""Where a plugin comes from, and how it is imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PluginSource:
    """Where a plugin comes from and how to import it."""

    name: str
    """name of the entry point, or of the file"""
    module: str
    """module that the entry point names, or path of the file"""
    load: Callable[[], Any]
    """imports and returns the module"""
    distribution: str = ""
    """installed package that brings it"""
    version: str = ""
    """version of that package"""
    left_out: str = ""
    """why it is not loaded; empty when it is to be"""
