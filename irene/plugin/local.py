"""Plugins that are single files in a folder of the user's."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import ModuleType

from xxhash import xxh32_hexdigest

from irene.errors import PluginError
from irene.plugin.source import PluginSource

OWN_FILES = "plugins.paths"
"""what stands for the distribution of such a plugin"""


def plugins_in(folders: Iterable[Path]) -> list[PluginSource]:
    """Return a plugin for every `NAME.py` of these folders; names with a leading `_` are left out.

    A folder that is not there becomes a plugin that says so when it is loaded.
    """
    return [source for folder in folders for source in _plugins_of(folder)]


def _plugins_of(folder: Path) -> list[PluginSource]:
    if not folder.is_dir():
        return [PluginSource(folder.name, str(folder), partial(_refuse, folder), OWN_FILES)]
    files = sorted(file for file in folder.glob("*.py") if not file.name.startswith("_"))
    return [PluginSource(file.stem, str(file), partial(_load, file), OWN_FILES) for file in files]


def _refuse(folder: Path) -> ModuleType:
    fault = "this is no folder" if folder.exists() else "no such folder"
    raise PluginError(
        f"{fault}: {folder}; correct plugins.paths",
        cure="name the folder that holds the files in [plugins] paths",
    )


def _load(file: Path) -> ModuleType:
    """Import one file as a module of its own name space: folders may hold files of one name."""
    name = f"irene_local_{file.stem}_{xxh32_hexdigest(os.fsencode(file.resolve()))}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while it is being executed
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]  # as the import system does: half a module is none
        raise
    return module
