"""Finding plugins: entry points are walked one by one, so that a broken one harms nobody."""

from __future__ import annotations

import difflib
import importlib.metadata
import types
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pluggy

from irene.domain.clock import Clock, SystemClock
from irene.errors import IreneError, PluginError
from irene.models.catalogue import CatalogueModel
from irene.plugin import hookspecs
from irene.plugin.declared import require_capabilities, require_form
from irene.plugin.environment import OWN, asked_for, trace_hooks
from irene.plugin.explanation import Failure, failure_of
from irene.plugin.slow_loading import ToldWhenSlow
from irene.plugin.source import PluginSource
from irene.providers.border import ForeignCode, one_line
from irene.providers.provider import Provider

ENTRY_POINT_GROUP = "irene"

ProviderClass = type[Provider[Any]]

_MAY_BE_HOOKS = (types.FunctionType, types.MethodType, staticmethod, classmethod)
"""what pluggy takes for a hook when it is marked as one"""


@dataclass(frozen=True)
class PluginReport:
    """One plugin that was found: what it offers, or why it is broken."""

    name: str
    """name of the entry point"""
    module: str
    """module that the entry point names"""
    distribution: str = ""
    """installed package that brings it"""
    version: str = ""
    """version of that package"""
    providers: tuple[ProviderClass, ...] = ()
    """provider classes that it offers"""
    error: str = ""
    """one line; empty when the plugin works"""
    models: tuple[CatalogueModel, ...] = ()
    """models that it adds to the catalogue"""
    failure: Failure = field(default_factory=Failure)
    """where it failed and the cure, when it is broken"""


def installed_plugins() -> list[PluginSource]:
    """Return every installed plugin in order of distribution and name.

    Those that `IRENE_LOAD_PLUGINS` does not name say so.
    """
    found = importlib.metadata.entry_points(group=ENTRY_POINT_GROUP)
    # The points of a distribution share it, and each look at its name parses its metadata again.
    owners = {point.dist: ("", "") for point in found}
    owners.update({dist: (dist.name, dist.version) for dist in owners if dist is not None})
    sources = asked_for(
        PluginSource(point.name, point.value, point.load, *owners[point.dist]) for point in found
    )
    # What comes with irene goes first: nobody takes over its names by being installed.
    return sorted(sources, key=lambda one: (one.distribution != OWN, one.distribution, one.name))


class PluginHost:
    """Loads plugins through pluggy and collects the provider classes that they offer.

    Every failure is kept in the report of the plugin that caused it; nothing is raised. A plugin
    that takes long is logged as a warning while it does.
    """

    def __init__(
        self,
        sources: Iterable[PluginSource],
        disabled: Iterable[str] = (),
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._owners: dict[tuple[str, str], str] = {}
        skip = frozenset(disabled)
        found = [
            replace(one, left_out="[plugins] disabled names it")
            if {one.name, one.distribution} & skip
            else one
            for one in sources
        ]
        self._hooks = _Hooks("irene")  # takes in one plugin at a time
        self._hooks.add_hookspecs(hookspecs)
        trace_hooks(self._hooks)
        self.plugins = tuple(self._report(one) for one in found if not one.left_out)
        """One report per plugin, in the order in which they were found."""
        self.left_out = tuple(one for one in found if one.left_out)
        """Plugins that are there and not loaded, because somebody wants it so."""

    def _report(self, source: PluginSource) -> PluginReport:
        offer, error, failure = _Offer(), "", Failure()
        try:
            with ForeignCode(), ToldWhenSlow(source, self._clock):
                offer = _offer_of(source, self._hooks)
            self._claim_names(source, offer.providers)
        except IreneError as raised:
            offer, error = _Offer(), one_line(raised)
            failure = failure_of(raised, source.module, source.distribution)
        return PluginReport(
            source.name,
            source.module,
            source.distribution,
            source.version,
            offer.providers,
            error,
            offer.models,
            failure,
        )

    def _claim_names(self, source: PluginSource, providers: tuple[ProviderClass, ...]) -> None:
        owner = f"{source.name} ({source.distribution or source.module})"
        claimed: dict[tuple[str, str], str] = {}
        for cls in providers:
            key = (str(cls.kind), cls.name)
            if other := self._owners.get(key) or claimed.get(key):
                raise PluginError(
                    f"{cls.kind} provider {cls.name!r} is already offered by {other}; "
                    f"disable one of them: [plugins] disabled = [...]",
                    cure=f"disable {other.partition(' ')[0]} or {source.name}, or give the class"
                    " another `name`",
                )
            claimed[key] = owner
        self._owners.update(claimed)


class _Hooks(pluggy.PluginManager):
    """Finds hooks without the long look at everything else that stands in a module."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Return the options of a hook; None for what is none."""
        is_module = isinstance(plugin, types.ModuleType)
        if is_module and not isinstance(vars(plugin).get(name), _MAY_BE_HOOKS):
            return None
        return super().parse_hookimpl_opts(plugin, name)


@dataclass(frozen=True)
class _Offer:
    """What the hooks of one plugin return."""

    providers: tuple[ProviderClass, ...] = ()
    models: tuple[CatalogueModel, ...] = ()


def _offer_of(source: PluginSource, hooks: pluggy.PluginManager) -> _Offer:
    """Import one plugin and call each of its hooks."""
    module = source.load()
    _require_api(module)
    try:
        hooks.register(module, name=source.name)
        _require_known_hooks(hooks)
        offer = _offered(hooks)
    finally:
        if hooks.is_registered(module):
            hooks.unregister(module)
    if not offer.providers and not offer.models:
        raise PluginError(
            f"no hook of {source.module} offers a provider; see `irene.hookimpl`",
            cure="write `@hookimpl` above a function such as `irene_vads` that returns a list",
        )
    return offer


def _offered(hooks: pluggy.PluginManager) -> _Offer:
    """Return what the hooks of the plugin that is registered return."""
    providers: list[ProviderClass] = []
    for hook, contract in hookspecs.CONTRACTS.items():
        for classes in getattr(hooks.hook, hook)():
            providers.extend(_checked(cls, hook, contract) for cls in _listed(classes, hook))
    models = [_model(one) for listed in hooks.hook.irene_models() for one in listed]
    return _Offer(tuple(providers), tuple(models))


def _require_known_hooks(hooks: pluggy.PluginManager) -> None:
    """Refuse a mistyped hook name, which pluggy by itself passes over in silence."""
    try:
        hooks.check_pending()
    except pluggy.PluginValidationError:
        name = next(
            name
            for name, hook in vars(hooks.hook).items()
            if hook.get_hookimpls() and not hook.has_spec()
        )
        known = [*hookspecs.CONTRACTS, hookspecs.MODELS_HOOK]
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"use {', '.join(known)}"
        raise PluginError(
            f"no hook is called {name!r}; {hint}",
            cure="rename the function, or leave `@hookimpl` out",
        ) from None


def _require_api(module: object) -> None:
    """Refuse a plugin that was written for another version of the contracts."""
    wanted = getattr(module, "IRENE_PLUGIN_API", None)
    have = hookspecs.PLUGIN_API_VERSION
    if wanted is not None and (wanted[0] != have[0] or wanted[1] > have[1]):
        raise PluginError(
            f"needs plugin API {wanted[0]}.{wanted[1]}, this irene offers {have[0]}.{have[1]}",
            cure="install the newer of the two: pip install --upgrade irene-voice, or the plugin",
        )


def _model(one: object) -> CatalogueModel:
    """Return an entry for the catalogue, if it is one."""
    if not isinstance(one, CatalogueModel):
        raise PluginError(f"{hookspecs.MODELS_HOOK} returned {one!r}: no irene.CatalogueModel")
    return one


def _listed(classes: object, hook: str) -> Iterable[object]:
    """Return what a hook lists, if it is a list."""
    if isinstance(classes, Iterable):
        return classes
    name = getattr(classes, "__name__", repr(classes))
    raise PluginError(f"{hook} returned {name}, not a list", cure=f"write `return [{name}]`")


def _checked(cls: object, hook: str, contract: type[Any]) -> ProviderClass:
    """Return the class if it honours the contract of its hook."""
    if not (isinstance(cls, type) and issubclass(cls, Provider) and issubclass(cls, contract)):
        raise PluginError(
            f"{hook} returned {_called(cls)}: not a subclass of irene.{contract.__name__}",
            cure=f"return a list of classes, not of objects, of the kind {contract.kind}",
        )
    if missing := sorted(getattr(cls, "__abstractmethods__", ())):
        raise PluginError(f"{cls.__name__} lacks {', '.join(missing)}", cure="write these methods")
    name = getattr(cls, "name", None)
    if not isinstance(name, str) or not name:
        raise PluginError(
            f"{cls.__name__} has no `name`", cure='write `name = "..."` in the class, a text'
        )
    if name != name.lower():
        raise PluginError(
            f"{cls.__name__}.name = {name!r}: use lower case, {name.lower()!r}",
            cure="change `name`; configurations are written with it",
        )
    require_form(cls, contract)
    require_capabilities(cls, contract)
    return cls


def _called(one: object) -> str:
    """Return how an author calls a class, or an object of it."""
    return one.__name__ if isinstance(one, type) else f"an object of {type(one).__name__}"
