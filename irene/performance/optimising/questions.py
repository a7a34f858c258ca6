"""The recordings of a search: each in a room of its own, with what is said in it."""

from __future__ import annotations

import wave
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from irene.audio.samples import frame_powers, to_mono
from irene.config.sections import Config
from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.errors import AudioFormatError
from irene.performance.measuring.listening import LEAD_IN_S, TAIL_S, in_room
from irene.performance.speech.demo_question import demo_recording, write_recording
from irene.pipeline.audio_files import read_whole, recording
from irene.plugin.registry import ComponentRegistry

_FRAME_S = 0.03
_SPEECH_DB = 25.0
"""how far below the loudest frame of a recording its last frame of speech may lie"""
_LONGEST_S = 120.0
"""longest recording: a search hears it dozens of times"""
_BLOCK_MS = 40
"""milliseconds of audio per block where the input does not say: those of the microphone"""


@dataclass(frozen=True)
class Source:
    """A recording that the search is to use."""

    file: str
    """its path"""
    reference: str | None = None
    """the command that is said, without the wake word; empty where nothing is meant for the
    assistant; None where it is not known"""


@dataclass(frozen=True)
class Question:
    """A recording with room around it, ready to be heard."""

    name: str
    path: Path
    """a WAV file"""
    reference: str | None
    end_s: float
    """when speech ends, audio seconds: the same for whatever hears it"""
    seconds: float
    """length with the room"""


@dataclass(frozen=True)
class Shape:
    """In what form the configured input delivers audio; what is None is left as recorded."""

    sample_rate: int | None = None
    """Hz"""
    channels: int | None = None
    block_ms: float = _BLOCK_MS
    """milliseconds of audio that come at a time"""


def device_options(config: Config, registry: ComponentRegistry) -> Any:
    """Return the options of the configured input, where it is a device; None where it is none."""
    name = config.inputs.default_provider
    table = config.inputs.providers.get(name)
    entry = registry.entries(Kind.INPUT).get(table.type if table and table.type else name)
    if entry is None or not getattr(entry.cls, "live", False):
        return None
    return table.options if table and table.options is not None else entry.cls.Options()


def shape_of(config: Config, registry: ComponentRegistry) -> Shape:
    """Return what the configured input delivers, where it is a device."""
    options = device_options(config, registry)
    rate = getattr(options, "rate", None)
    chunk = getattr(options, "chunk_size", None)
    block_ms = 1000 * chunk / rate if chunk and rate else _BLOCK_MS
    return Shape(rate, getattr(options, "capture_channels", None), block_ms)


def rates_of(questions: Iterable[Question]) -> set[int]:
    """Return the sample rates of recordings that were made ready, Hz."""
    rates = set()
    for question in questions:
        with wave.open(str(question.path), "rb") as file:
            rates.add(file.getframerate())
    return rates


def bundled() -> tuple[Source, ...]:
    """Return the recordings that come with irene: the demo's question."""
    return (Source(demo_recording(), "what time is it"),)


def prepare(
    sources: Sequence[Source],
    config: Config,
    registry: ComponentRegistry,
    folder: Path,
    silence_s: float,
) -> tuple[Question, ...]:
    """Write each recording with room around it into a folder.

    Args:
        sources: what is heard.
        config: how raw files are read.
        registry: offers the `file` input.
        folder: takes the files.
        silence_s: longest silence that any candidate waits for.

    Raises:
        AudioFormatError: one is missing, no audio, silent or too long.
    """
    tail_s = max(TAIL_S, silence_s + 0.5)
    questions = []
    for index, source in enumerate(sources):
        clip = _read(source.file, config, registry)
        padded = in_room(clip, tail_s=tail_s)
        path = folder / f"{index}.wav"
        write_recording(padded, path)
        name = Path(source.file).name
        end_s = LEAD_IN_S + speech_end_s(clip)
        questions.append(Question(name, path, source.reference, end_s, padded.duration_s))
    return tuple(questions)


def speech_end_s(clip: AudioChunk) -> float:
    """Return where the last frame ends that is at most 25 dB below the loudest, seconds."""
    frame = max(1, round(_FRAME_S * clip.sample_rate))
    powers = frame_powers(clip.samples, frame)
    if powers.size == 0:
        return clip.duration_s
    loud = np.flatnonzero(powers >= powers.max() * 10 ** (-_SPEECH_DB / 10))
    return float(loud[-1] + 1) * frame / clip.sample_rate


def blocks_of(questions: Sequence[Question], least_s: float) -> tuple[tuple[int, ...], ...]:
    """Return the recordings in groups of at least that much audio: a round hears one group.

    A rest that is too short joins the last group.
    """
    groups: list[list[int]] = [[]]
    held_s = 0.0
    for index, question in enumerate(questions):
        if held_s >= least_s:
            groups.append([])
            held_s = 0.0
        groups[-1].append(index)
        held_s += question.seconds
    if len(groups) > 1 and held_s < least_s:
        rest = groups.pop()
        groups[-1] += rest
    return tuple(map(tuple, groups))


def with_references(files: Sequence[str], texts: Mapping[str, str]) -> tuple[Source, ...]:
    """Return recordings with what is said in them, as far as that is known."""
    return tuple(Source(file, texts.get(file)) for file in files)


def _read(file: str, config: Config, registry: ComponentRegistry) -> AudioChunk:
    clip = read_whole(recording(file, config, registry), _LONGEST_S)
    if clip.duration_s > _LONGEST_S:
        raise AudioFormatError(
            f"{file}: is longer than {_LONGEST_S:g} s; cut it into single commands"
        )
    if not np.any(clip.samples):
        raise AudioFormatError(f"{file}: holds no sound; record a command")
    return AudioChunk(to_mono(clip.samples), clip.sample_rate)
