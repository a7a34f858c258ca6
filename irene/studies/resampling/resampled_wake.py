"""What a resampling quality costs a voice trigger: recordings as from a 48 kHz microphone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from irene.audio.samples import to_float32, to_int16, to_mono
from irene.components.voice_trigger.component import VoiceTriggerComponent
from irene.domain.audio import AudioChunk, ResampleQuality
from irene.domain.kinds import Kind
from irene.performance.measuring.listening import assembly_of, in_room
from irene.performance.speech.recordings import Recording, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.providers.voice_trigger import VoiceTrigger
from irene.studies.accuracy.wake_trial import hear

MICROPHONE_HZ = 48000
_HISS_DBFS = -60.0
"""white noise of the microphone, up to 24 kHz: what a poor converter would fold back"""
UNCONVERTED = "16 kHz as recorded"


@dataclass(frozen=True)
class QualityScore:
    """How a voice trigger heard through one quality."""

    provider: str
    quality: str
    """name of the recipe; `UNCONVERTED` for recordings that were not converted"""
    n_clips: int
    """recordings of a wake word that it listens for"""
    n_heard: int
    n_negatives: int
    """recordings without one"""
    n_false: int
    """wake words heard in these"""


def try_qualities(provider: str, folder: Path) -> list[QualityScore]:
    """Let a voice trigger listen through every quality; to be run in a fresh process.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    engine = cast("VoiceTrigger[Any]", registry.create(Kind.VOICE_TRIGGER, provider))
    recordings = [one for one in read_manifest(folder) if one.language in ("en", "")]
    labels = {VoiceTrigger.word_name(one.phrase) for one in recordings}
    words = [word for word in engine.available_wake_words() if word in labels]
    if not words:
        return []
    clips = [(one, in_room(one.read(registry), not one.is_trimmed)) for one in recordings]
    clips = [(one, clip) for one, clip in clips if clip.sample_rate == 16000]
    scores = [_score(provider, words, clips, UNCONVERTED, "fast")]
    high = [(one, _as_recorded_high(clip)) for one, clip in clips]
    scores += [_score(provider, words, high, one.value, one.value) for one in ResampleQuality]
    return scores


def _score(
    provider: str,
    words: Sequence[str],
    clips: Sequence[tuple[Recording, AudioChunk]],
    label: str,
    quality: str,
) -> QualityScore:
    assembly = assembly_of(
        "voice_trigger", provider, wake_words=list(words), resample_quality=quality
    )
    component = VoiceTriggerComponent(assembly.voice_trigger_slot())
    n_clips = n_heard = n_negatives = n_false = 0
    for recording, clip in clips:
        name = VoiceTrigger.word_name(recording.phrase)
        found = {one.wake_word for one in hear(component, clip, gated=True)}
        if name in words:
            n_clips += 1
            n_heard += name in found
        elif not any(word in name or name in word for word in words if name):
            n_negatives += 1
            n_false += len(found)
    component.slot.chain.close()
    return QualityScore(provider, label, n_clips, n_heard, n_negatives, n_false)


def _as_recorded_high(clip: AudioChunk) -> AudioChunk:
    """Return a 16 kHz clip as a microphone at 48 kHz would have given it."""
    registry = ComponentRegistry.installed()
    resampler = cast("Any", registry.create(Kind.RESAMPLING, "soxr"))
    resampler.load()
    mono = to_float32(to_mono(clip.samples))
    high = resampler.convert(mono, clip.sample_rate, MICROPHONE_HZ, ResampleQuality.VHQ)
    hiss = np.random.default_rng(1).standard_normal(len(high)) * 10 ** (_HISS_DBFS / 20)
    return AudioChunk(to_int16((high + hiss).astype(np.float32)), MICROPHONE_HZ)
