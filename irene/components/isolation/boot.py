"""What a worker is told first: which provider it is to run, with which options."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from irene.components.isolation.grammar_store import GrammarReference
from irene.errors import ConfigurationError, ProviderFailedError
from irene.providers.provider import Provider

_MOST_PREPARED = 4
"""grammars that a worker compiles again when it is started again"""


@dataclass(frozen=True)
class Boot:
    """A provider class by its place, and its options; whoever reads them needs the class first."""

    module: str
    qualname: str
    file: str
    """source of the module: a plugin that is a single file cannot be found by name"""
    options: bytes
    """pickled"""
    max_concurrency: int | None = None
    """streams at the same time, as the configuration or the provider says; None where it does not
    matter"""
    warm: bool = False
    """whether the engine is to run once on nothing before it is asked anything"""
    prepared: tuple[GrammarReference, ...] = ()
    """grammars, with content, that a recogniser is to compile before it is asked anything"""

    def preparing(self, grammar: GrammarReference) -> Boot:
        """Return this with one more grammar; the oldest are left out."""
        others = (one for one in self.prepared if one.digest != grammar.digest)
        return replace(self, prepared=(*others, grammar)[-_MOST_PREPARED:])

    @classmethod
    def of(cls, provider: Provider[Any], table: str) -> Boot:
        """Return what makes another provider like this one.

        Raises:
            ConfigurationError: it cannot be made in another process; the message begins with the
                name of its TOML table.
        """
        kind = type(provider)
        if "<locals>" in kind.__qualname__:
            raise ConfigurationError(
                f'{table}: isolation = "process" needs a class at the top of a module, and '
                f'{kind.__qualname__} is made inside of a function; use isolation = "thread"'
            )
        try:
            options = pickle.dumps(provider.options)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            raise ConfigurationError(
                f"{table}: its options cannot be sent to a process of its own ({error}); use "
                'isolation = "thread"'
            ) from error
        module = sys.modules.get(kind.__module__)
        file = getattr(module, "__file__", "")
        limit = getattr(provider.capabilities, "max_concurrency", None)
        return cls(kind.__module__, kind.__qualname__, file, options, limit)

    def provider(self) -> Provider[Any]:
        """Return the provider, not loaded; for the worker."""
        found: Any = self._module()
        for name in self.qualname.split("."):
            found = getattr(found, name)
        provider: Provider[Any] = found(pickle.loads(self.options))
        if self.max_concurrency is not None:
            limit = self.max_concurrency
            provider.capabilities = replace(provider.capabilities, max_concurrency=limit)
        return provider

    def _module(self) -> ModuleType:
        try:
            return importlib.import_module(self.module)
        except ModuleNotFoundError as error:
            if error.name not in (self.module, self.module.partition(".")[0]) or not self.file:
                raise
        spec = importlib.util.spec_from_file_location(self.module, Path(self.file))
        if spec is None or spec.loader is None:
            raise ProviderFailedError(f"{self.file} cannot be imported")
        module = importlib.util.module_from_spec(spec)
        sys.modules[self.module] = module  # options and dataclasses look their module up by name
        spec.loader.exec_module(module)
        return module
