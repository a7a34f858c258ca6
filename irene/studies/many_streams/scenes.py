"""Rooms in which somebody speaks a tenth of the time, made of recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from irene.audio.gate import EnergyGate
from irene.audio.samples import power, to_float32, to_int16, to_mono
from irene.audio.streams import Track
from irene.components.voice_trigger.component import VoiceTriggerSlot
from irene.components.voice_trigger.listener import WakeWordListener
from irene.performance.speech.recordings import Group, Recording, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.providers.voice_trigger import VoiceTrigger

RATE = 16000
BLOCK = 1280
"""samples that a stream delivers at a time: 80 ms"""
SNR_DB = 10.0
"""power of the speech over that of the noise"""
SPEECH_SHARE = 0.1
_SHORTEST_BURST_S = 2.0
_NOISE_DBFS = -57.0
"""little enough that the gate takes it for the background from the first frame on"""
_PAUSE_S = 0.25
"""between wake word and what follows"""


@dataclass(frozen=True)
class Scene:
    """A stretch of audio that a stream repeats, and what an engine without a gate hears in it."""

    blocks: tuple[npt.NDArray[np.int16], ...]
    words: tuple[tuple[float, str], ...]
    """seconds from the beginning at which the ungated engine decided, and the word"""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.blocks) * BLOCK / RATE


def make_scenes(folder: Path, slot: VoiceTriggerSlot, registry: ComponentRegistry) -> list[Scene]:
    """Return a scene for each recorded wake word that is listened for, and one with speech alone.

    Each is one burst of at least 2 s (the word, then a sentence) in `SPEECH_SHARE` of its time, and
    white noise throughout, `SNR_DB` below the speech.

    Raises:
        IreneError: the recordings cannot be used, or no provider.
    """
    recordings = read_manifest(folder)
    listened = {VoiceTrigger.word_name(word) for word in slot.section.wake_words}
    wake = [one for one in recordings if VoiceTrigger.word_name(one.phrase) in listened]
    said = [one for one in recordings if one.group in (Group.READ, Group.COMMAND)]
    sentences = [_speech(one, registry) for one in said]
    bursts = [
        _burst(_speech(one, registry), sentences[index % len(sentences)])
        for index, one in enumerate(wake)
    ]
    bursts += [_burst(sentences[0][:0], sentence) for sentence in sentences[:4]]
    return [_scene(burst, slot, seed) for seed, burst in enumerate(bursts)]


def open_share(scenes: Sequence[Scene], slot: VoiceTriggerSlot) -> float:
    """Return the share of blocks in which the gate is open, each scene heard twice."""
    n_open = n_blocks = 0
    for scene in scenes:
        track = Track(RATE, 2.0, None)
        gate = EnergyGate(RATE, slot.section.gate_db, slot.section.gate_hold_ms)
        for number, block in enumerate(scene.blocks * 2):
            track.append(block)
            is_open = gate.follow(track.history)
            if number >= len(scene.blocks):
                n_open += is_open
                n_blocks += 1
    return n_open / max(1, n_blocks)


def _speech(recording: Recording, registry: ComponentRegistry) -> npt.NDArray[np.float32]:
    """Return a recording, as loud as `SNR_DB` over the noise."""
    clip = recording.read(registry)
    samples = to_float32(to_mono(clip.samples))
    wanted = 10 ** ((_NOISE_DBFS + SNR_DB) / 10)
    scaled: npt.NDArray[np.float32] = samples * np.float32((wanted / power(samples)) ** 0.5)
    return scaled


def _burst(
    word: npt.NDArray[np.float32], sentence: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    pause = np.zeros(int(_PAUSE_S * RATE), np.float32)
    parts = [word, pause, sentence] if word.size else [sentence]
    while sum(part.shape[0] for part in parts) < _SHORTEST_BURST_S * RATE:
        parts += [pause, sentence]
    return np.concatenate(parts)


def _scene(burst: npt.NDArray[np.float32], slot: VoiceTriggerSlot, seed: int) -> Scene:
    n_blocks = round(burst.shape[0] / SPEECH_SHARE / BLOCK)
    random = np.random.default_rng(seed)
    samples = random.standard_normal(n_blocks * BLOCK) * 10 ** (_NOISE_DBFS / 20)
    start = (samples.shape[0] - burst.shape[0]) // 2
    samples[start : start + burst.shape[0]] += burst
    blocks = tuple(to_int16(samples.astype(np.float32)).reshape(n_blocks, BLOCK))
    return Scene(blocks, _heard_without_gate(blocks, slot))


def _heard_without_gate(
    blocks: Sequence[npt.NDArray[np.int16]], slot: VoiceTriggerSlot
) -> tuple[tuple[float, str], ...]:
    """Return what is heard when the scene comes for the second time."""
    track = Track(RATE, 2.0, None)
    listener = WakeWordListener(slot.chain, slot.section, track)
    length_s = len(blocks) * BLOCK / RATE
    words: list[tuple[float, str]] = []
    for block in (*blocks, *blocks):
        track.append(block)
        while (found := listener.listen()) is not None:
            if found.time_s > length_s:
                words.append((found.time_s - length_s, found.wake_word))
    listener.close()
    return tuple(words)
