"""How well a voice trigger hears its wake words, and how often it hears what nobody said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from irene.audio.gate import EnergyGate
from irene.components.voice_trigger.component import VoiceTriggerComponent
from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.domain.speech import WakeWordDetection
from irene.performance.measuring.engine_cost import CostMeter, EngineCost
from irene.performance.measuring.listening import LEAD_IN_S, TAIL_S, Playback, assembly_of, in_room
from irene.performance.speech.recordings import Recording, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.providers.voice_trigger import VoiceTrigger

RULE_OF_THREE = 3.0
"""mean number of events of which none is seen with a probability of 5 %"""


@dataclass(frozen=True)
class WordScore:
    """How one wake word was heard."""

    word: str
    threshold: float
    """score at which it counts as heard"""
    n_clips: int
    n_heard: int
    """clips in which it was heard, the engine listening all the time"""
    n_heard_gated: int
    """the same behind the energy gate, as the assistant listens"""


@dataclass(frozen=True)
class WakeTrial:
    """What one voice trigger did with a set of recordings."""

    provider: str
    words: tuple[WordScore, ...]
    """the words that were listened for, all at once; empty when nobody says one it knows"""
    false_accepts: tuple[str, ...]
    """`wake word: file` for each detection in a recording in which nobody says a wake word"""
    false_accepts_gated: tuple[str, ...]
    """the same, behind the energy gate"""
    wrong_words: tuple[str, ...]
    """`wake word: file` for each detection where another wake word is said"""
    n_negatives: int
    negative_s: float
    """length of the recordings in which nobody says any of the words, seconds"""
    n_parts: int
    """recordings that hold only the end of a wake word, such as `jarvis`"""
    n_parts_heard: int
    """those of them in which a wake word was heard"""
    cost: EngineCost

    @property
    def false_accepts_per_h(self) -> float:
        """False accepts per hour of negatives."""
        return 3600 * len(self.false_accepts) / self.negative_s if self.negative_s else 0.0

    @property
    def surely_below_per_h(self) -> float:
        """Rate that no false accept in these negatives excludes with 95 % confidence."""
        return 3600 * RULE_OF_THREE / self.negative_s if self.negative_s else 0.0


@dataclass(frozen=True)
class _Heard:
    recording: Recording
    label: str
    seconds: float
    always: tuple[WakeWordDetection, ...]
    gated: tuple[WakeWordDetection, ...]

    def is_part_of(self, words: Sequence[str]) -> bool:
        """Return whether only the end of one of the words is said."""
        return bool(self.label) and any(word.endswith("_" + self.label) for word in words)

    def holds(self, word: str) -> bool:
        """Return whether the word is said, alone or within what is said, as `jarvis` often is."""
        return f"_{word}_" in f"_{self.label}_"

    def has_word(self, word: str, gated: bool) -> bool:
        """Return whether the word was heard after the recording began."""
        found = self.gated if gated else self.always
        return any(one.wake_word == word and one.time_s > LEAD_IN_S for one in found)


def try_voice_trigger(provider: str, folder: Path) -> WakeTrial:
    """Let a voice trigger listen to every recording of a folder; to be run in a fresh process.

    It listens for those of its words that somebody says; an engine that takes any phrase listens
    for those of the other engines' words that somebody says.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    recordings = read_manifest(folder)
    labels = {VoiceTrigger.word_name(recording.phrase) for recording in recordings}
    engine = _engine(registry, provider)
    known = engine.available_wake_words()
    if engine.capabilities.any_phrase:
        known = tuple(word for word in _words_with_models(registry) if engine.hears(word))
    words = tuple(word for word in known if word in labels)
    return _try(provider, words, words or known, recordings, registry)


def try_other_phrases(provider: str, folder: Path) -> WakeTrial:
    """Let a voice trigger listen for its `other_phrases`; to be run in a fresh process.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    words = other_phrases(provider, folder)
    trial = _try(provider, words, words, read_manifest(folder), registry)
    return replace(trial, provider=f"{provider}, other phrases")


def other_phrases(provider: str, folder: Path) -> tuple[str, ...]:
    """Return the wake words in these recordings of which only an engine for any phrase can know.

    Raises:
        IreneError: the recordings cannot be used.
    """
    registry = ComponentRegistry.installed()
    engine = _engine(registry, provider)
    if not engine.capabilities.any_phrase:
        return ()
    said = {VoiceTrigger.word_name(one.phrase) for one in read_manifest(folder) if one.is_wake_word}
    others = sorted(said - set(_words_with_models(registry)))
    return tuple(word for word in others if engine.hears(word))


def _engine(registry: ComponentRegistry, provider: str) -> VoiceTrigger[Any]:
    return cast("VoiceTrigger[Any]", registry.create(Kind.VOICE_TRIGGER, provider))


def _words_with_models(registry: ComponentRegistry) -> tuple[str, ...]:
    """Return every wake word that comes with an engine."""
    engines = [_engine(registry, name) for name in registry.entries(Kind.VOICE_TRIGGER)]
    ready = [engine for engine in engines if engine.check().ready]
    return tuple(sorted({word for one in ready for word in one.available_wake_words()}))


def _try(
    provider: str,
    words: tuple[str, ...],
    listened_for: Sequence[str],
    recordings: Sequence[Recording],
    registry: ComponentRegistry,
) -> WakeTrial:
    assembly = assembly_of("voice_trigger", provider, wake_words=list(listened_for))
    component = VoiceTriggerComponent(assembly.voice_trigger_slot())
    clips = [in_room(one.read(registry), not one.is_trimmed) for one in recordings]
    meter = CostMeter()
    meter.load(component.slot.chain)
    heard = [_listen(component, *pair, meter) for pair in zip(recordings, clips, strict=True)]
    thresholds = {word: component.slot.chain.current.provider.threshold(word) for word in words}
    return _tally(provider, thresholds, heard, meter.cost())


def hear(
    component: VoiceTriggerComponent,
    clip: AudioChunk,
    gated: bool,
    heard_all: Callable[[], None] = lambda: None,
) -> tuple[WakeWordDetection, ...]:
    """Return every wake word in a clip; behind the energy gate, as the assistant, or without.

    `heard_all` is called at the end of the clip, while the engine's stream is still open.
    """
    section = component.slot.section
    playback = Playback(component.slot, clip)
    listener = component.open(playback.track)
    threshold_db = section.gate_db if gated else 0.0
    gate = EnergyGate(playback.track.sample_rate, threshold_db, section.gate_hold_ms)
    found: list[WakeWordDetection] = []
    for _ in playback:
        if not gate.follow(playback.track.history):
            listener.skip(section.pre_roll_ms / 1000)
            continue
        while (detection := listener.listen(gate.open_until)) is not None:
            found.append(detection)
    heard_all()
    listener.close()
    return tuple(found)


def _listen(
    component: VoiceTriggerComponent, recording: Recording, clip: AudioChunk, meter: CostMeter
) -> _Heard:
    with meter.processing(clip.duration_s):
        always = hear(component, clip, False, meter.note_memory)
    return _Heard(
        recording=recording,
        label=VoiceTrigger.word_name(recording.phrase),
        seconds=clip.duration_s - LEAD_IN_S - TAIL_S,
        always=always,
        gated=hear(component, clip, True),
    )


def _tally(
    provider: str, thresholds: Mapping[str, float], heard: Sequence[_Heard], cost: EngineCost
) -> WakeTrial:
    words = tuple(thresholds)
    parts = [one for one in heard if one.is_part_of(words)]
    positives = [one for one in heard if one.label in thresholds]
    negatives = [one for one in heard if one.label not in thresholds and one not in parts]
    return WakeTrial(
        provider=provider,
        words=tuple(_score(word, thresholds[word], positives) for word in words),
        false_accepts=_names(negatives, gated=False) if words else (),
        false_accepts_gated=_names(negatives, gated=True) if words else (),
        wrong_words=_names(positives, gated=False),
        n_negatives=len(negatives),
        negative_s=sum(one.seconds for one in negatives),
        n_parts=len(parts),
        n_parts_heard=sum(bool(one.always) for one in parts),
        cost=cost,
    )


def _score(word: str, threshold: float, positives: Sequence[_Heard]) -> WordScore:
    said = [one for one in positives if one.label == word]
    return WordScore(
        word=word,
        threshold=threshold,
        n_clips=len(said),
        n_heard=sum(one.has_word(word, gated=False) for one in said),
        n_heard_gated=sum(one.has_word(word, gated=True) for one in said),
    )


def _names(heard: Iterable[_Heard], gated: bool) -> tuple[str, ...]:
    """Return `wake word: file` for every detection of a word that nobody says."""
    return tuple(
        f"{detection.wake_word}: {one.recording.path.name}"
        for one in heard
        for detection in (one.gated if gated else one.always)
        if not one.holds(detection.wake_word)
    )
