"""The components for another configuration: those that nothing changes stay, engines too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from irene.components.assembly import Assembly, Heritage
from irene.components.chain import ProviderChain, Report
from irene.components.resampling import ResamplerChain
from irene.components.stock import Stock, Stocked
from irene.components.voice import VoiceComponent
from irene.config.changes import Changes
from irene.config.sections import Config
from irene.domain.kinds import Kind
from irene.pipeline.parts import Parts
from irene.plugin.registry import ComponentRegistry
from irene.providers.provider import Provider

_MADE_OF = {
    "trigger": ("voice_trigger",),
    "stop_words": ("voice_trigger",),
    "vad": ("vad",),
    "asr": ("asr", "assistant.language"),
    "understanding": ("intents", "intent_recognition", "assistant.language"),
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
    "understanding": (Kind.INTENTS, Kind.INTENT_RECOGNITION),
    "voice": (Kind.TTS,),
    "own_voice": (Kind.ECHO_CANCELLATION,),
    "outputs": (Kind.OUTPUT,),
    "inputs": (Kind.INPUT,),
}
"""kinds of the providers that only stand in these parts"""


@dataclass(frozen=True)
class Heir:
    """Components that are to follow those of an assistant that runs."""

    config: Config
    changes: Changes
    before: Parts
    parts: Parts
    new_parts: frozenset[str]
    """names of the parts that are others than before"""
    voice_before: VoiceComponent | None
    """the voice of the assistant that runs"""
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

    def new_chains(self) -> list[ProviderChain[Any]]:
        """Return the slots that are filled in another way than before."""
        known = list(_all_chains(self.before))
        chains = [*_all_chains(self.parts), *filter(None, (self.resamplers,))]
        return [chain for chain in chains if not any(chain is one for one in known)]


def heir_of(
    before: Parts, config: Config, registry: ComponentRegistry, report: Report, changes: Changes
) -> Heir:
    """Make the components of another configuration; nothing is loaded, nothing is touched.

    Raises:
        ConfigurationError: a slot cannot be filled.
    """
    relevant = changes.without(_NO_PART)
    kept = {
        name: part_of(before, name) for name, keys in _MADE_OF.items() if not relevant.touch(*keys)
    }
    chains = {
        kind: chain for kind, chain in _chains_by_kind(before) if not _is_other(kind, changes)
    }
    staying = _staying(before, kept, chains)
    heritage = Heritage(
        Stock(one for one in before.made if one not in staying),
        chains,
        before.resampling,
        before.asr,
        before.mouth.voice,
        before.understanding,
    )
    parts = Parts(config, registry, report, heritage, kept)
    made = [*staying, *parts.made]
    resamplers = None
    if _is_other(Kind.RESAMPLING, changes):
        assembly = Assembly(config, registry, report, heritage)
        resamplers = assembly.chain(Kind.RESAMPLING)
        made += assembly.made
    parts.made = tuple(made)
    new = frozenset(_MADE_OF.keys() - kept.keys())
    return Heir(config, changes, before, parts, new, before.mouth.voice, resamplers)


def part_of(parts: Parts, name: str) -> Any:
    """Return a part by its name; some of them belong to the mouth."""
    owner = parts.mouth if name in ("voice", "outputs", "earcons") else parts
    return getattr(owner, name)


def _is_other(kind: Kind, changes: Changes) -> bool:
    return changes.touch_slot(str(kind))


def _staying(
    before: Parts, kept: dict[str, Any], chains: dict[Kind, ProviderChain[Any]]
) -> list[Stocked]:
    """Return the providers that stay where they are."""
    kinds = {kind for name in kept for kind in _KINDS.get(name, ())}
    if Kind.RESAMPLING in chains:
        kinds.add(Kind.RESAMPLING)
    standing = {id(one.provider) for chain in chains.values() for one in chain.candidates()}
    return [one for one in before.made if one.kind in kinds or id(one.provider) in standing]


def _chains_by_kind(parts: Parts) -> Iterator[tuple[Kind, ProviderChain[Any]]]:
    chains: list[ProviderChain[Any]] = [parts.vad.chain, parts.asr.slot.chain]
    chains.append(parts.resampling.chain)
    if parts.trigger is not None:
        chains.append(parts.trigger.slot.chain)
    if parts.mouth.voice is not None:
        chains.append(parts.mouth.voice.chain)
    if parts.understanding is not None:
        chains.append(parts.understanding.recognizers)
    if parts.own_voice.cancellers is not None:
        chains.append(parts.own_voice.cancellers)
    return ((chain.kind, chain) for chain in chains)


def _all_chains(parts: Parts) -> Iterator[ProviderChain[Any]]:
    yield from parts.chains()
    if parts.stop_words is not None:
        yield parts.stop_words.chain
    if parts.understanding is not None:
        yield parts.understanding.recognizers
    if parts.mouth.voice is not None:
        yield from parts.mouth.voice.others.values()


def _without(made: tuple[Stocked, ...], others: tuple[Stocked, ...]) -> tuple[Provider[Any], ...]:
    known = {id(one.provider) for one in others}
    return tuple(one.provider for one in made if id(one.provider) not in known)
