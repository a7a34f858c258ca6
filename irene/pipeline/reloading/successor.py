"""The components for another configuration: those that nothing changes stay, engines too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from irene.components.assembly import Assembly
from irene.components.chain.news import Report
from irene.components.chain.provider_chain import ProviderChain
from irene.components.making.carried_over import CarriedOver
from irene.components.making.stock import Stock, Stocked
from irene.components.resampling.component import ResamplerChain
from irene.config.changes import Changes
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.domain.kinds import Kind
from irene.pipeline.parts import Parts
from irene.plugin.registry import ComponentRegistry
from irene.providers.provider import Provider

_SPOKEN = ("language.enabled", "language.languages")
"""keys that say which languages may be spoken"""

_MADE_OF = {
    "trigger": ("voice_trigger",),
    "stop_words": ("voice_trigger",),
    "vad": ("vad",),
    "asr": (
        *("asr", "assistant.language", *_SPOKEN, "language.recognisers"),
        *("assistant.transcribe_timeout_ms", "assistant.load_timeout_ms"),
    ),
    "language": ("language", "assistant.language"),
    "understanding": ("intents", "intent_recognition", "assistant.language", *_SPOKEN),
    "voice": ("tts", "assistant.language"),
    "own_voice": ("echo_cancellation", "audio.echo", "resampling"),
    "outputs": ("outputs", "echo_cancellation", "audio.echo", "resampling"),
    "earcons": ("sounds",),
    "inputs": ("inputs",),
}
"""keys, and sections, that each of the parts is made from"""

_NO_PART = "tts.volume"
"""the one key of the voice that it is not made from"""

_KINDS = {
    "trigger": (Kind.VOICE_TRIGGER,),
    "vad": (Kind.VAD,),
    "asr": (Kind.ASR,),
    "language": (Kind.LANGUAGE,),
    "understanding": (Kind.INTENTS, Kind.INTENT_RECOGNITION),
    "voice": (Kind.TTS,),
    "own_voice": (Kind.ECHO_CANCELLATION,),
    "outputs": (Kind.OUTPUT,),
    "inputs": (Kind.INPUT,),
}
"""kinds of the providers that only stand in these parts"""


@dataclass(frozen=True)
class Successor:
    """Components that are to follow those of an assistant that runs."""

    config: Config
    changes: Changes
    before: Parts
    parts: Parts
    new_parts: frozenset[str]
    """names of the parts that are others than before"""
    new_chains: tuple[ProviderChain[Any], ...]
    """slots that are filled in another way than before"""
    old_chains: tuple[ProviderChain[Any], ...]
    """slots as they were filled before, where that is another way"""
    resamplers: ResamplerChain | None
    """what is to convert from now on; None: what does so already"""

    @property
    def new(self) -> tuple[Provider[Any], ...]:
        """Providers that were made for these components."""
        return _without(self.parts.made, self.before.made)

    @property
    def retiring(self) -> tuple[Provider[Any], ...]:
        """Providers that these components do without."""
        return _without(self.before.made, self.parts.made)

    def is_new(self, name: str) -> bool:
        """Whether a part is another one than before."""
        return name in self.new_parts


@dataclass(frozen=True)
class BuildContext:
    """What every component is made with, whatever the configuration."""

    registry: ComponentRegistry
    """providers that there are"""
    clock: Clock
    """where time comes from"""


def successor_of(
    before: Parts, config: Config, context: BuildContext, report: Report, changes: Changes
) -> Successor:
    """Make the components of another configuration; nothing is loaded, nothing is touched.

    Raises:
        ConfigurationError: a slot cannot be filled.
    """
    relevant = changes.without(_NO_PART)
    kept = {
        name: part_of(before, name) for name, keys in _MADE_OF.items() if not relevant.touch(*keys)
    }
    standing = dict(_chains_by_kind(before))
    chains = {kind: chain for kind, chain in standing.items() if not _is_other(kind, changes)}
    keeping = _kinds_of(kept, chains)
    carried_over = _carried_over(before, standing, chains, keeping)
    parts = Parts(
        config, context.registry, report, context.clock, carried_over=carried_over, kept=kept
    )
    in_use = {id(one.provider) for chain in parts.every_chain() for one in chain.candidates()}
    stay = (one for one in before.made if one.kind in keeping or id(one.provider) in in_use)
    made = list({id(one.provider): one for one in (*stay, *parts.made)}.values())
    resamplers = None
    if _is_other(Kind.RESAMPLING, changes):
        assembly = Assembly(config, context.registry, report, context.clock, carried_over)
        resamplers = assembly.chain(Kind.RESAMPLING)
        made += assembly.made
    parts.made = tuple(made)
    old, other = before.every_chain(), parts.every_chain()
    if resamplers is not None:  # they take the place of those that convert until then
        other = [*_others(other, [before.resampling.chain]), resamplers]
    return Successor(
        config=config,
        changes=changes,
        before=before,
        parts=parts,
        new_parts=frozenset(_MADE_OF.keys() - kept.keys()),
        new_chains=_others(other, old),
        old_chains=_others(old, other),
        resamplers=resamplers,
    )


def part_of(parts: Parts, name: str) -> Any:
    """Return a part by its name; some of them belong to the mouth."""
    owner = parts.mouth if name in ("voice", "outputs", "earcons") else parts
    return getattr(owner, name)


def _is_other(kind: Kind, changes: Changes) -> bool:
    return changes.touch_slot(str(kind))


def _carried_over(
    before: Parts,
    standing: dict[Kind, ProviderChain[Any]],
    chains: dict[Kind, ProviderChain[Any]],
    keeping: set[Kind],
) -> CarriedOver:
    """Return what is taken over: all that nothing changes, and providers that nobody works with."""
    busy = {id(one.provider) for chain in chains.values() for one in chain.candidates()}
    free = (one for one in before.made if one.kind not in keeping and id(one.provider) not in busy)
    return CarriedOver(
        stock=Stock(free),
        chains=chains,
        before=standing,
        resampling=before.resampling,
        models=before.models,
        asr=before.asr,
        voice=before.mouth.voice,
        understanding=before.understanding,
        engines=before.engines,
        recorder=before.recorder,
    )


def _kinds_of(kept: dict[str, Any], chains: dict[Kind, ProviderChain[Any]]) -> set[Kind]:
    """Return the kinds of providers that stay where they are."""
    kinds = {kind for name in kept for kind in _KINDS.get(name, ())}
    return kinds | ({Kind.RESAMPLING} & set(chains))


def _chains_by_kind(parts: Parts) -> list[tuple[Kind, ProviderChain[Any]]]:
    chains: list[ProviderChain[Any]] = [parts.vad.chain, parts.asr.slot.chain]
    chains.append(parts.resampling.chain)
    if parts.trigger is not None:
        chains.append(parts.trigger.slot.chain)
    if parts.language is not None:
        chains.append(parts.language.slot.chain)
    if parts.mouth.voice is not None:
        chains.append(parts.mouth.voice.chain)
    if parts.understanding is not None:
        chains.append(parts.understanding.recognizers)
    if parts.own_voice.cancellers is not None:
        chains.append(parts.own_voice.cancellers)
    return [(chain.kind, chain) for chain in chains]


def _others(
    chains: list[ProviderChain[Any]], known: list[ProviderChain[Any]]
) -> tuple[ProviderChain[Any], ...]:
    """Return the chains that are none of those known."""
    return tuple(chain for chain in chains if all(chain is not one for one in known))


def _without(made: tuple[Stocked, ...], others: tuple[Stocked, ...]) -> tuple[Provider[Any], ...]:
    known = {id(one.provider) for one in others}
    return tuple(one.provider for one in made if id(one.provider) not in known)
