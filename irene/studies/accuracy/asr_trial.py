"""How many words a recogniser gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irene.components.asr.component import ASRComponent
from irene.performance.measuring.engine_cost import CostMeter, EngineCost
from irene.performance.measuring.listening import assembly_of
from irene.performance.speech.recordings import Group, Recording, read_manifest
from irene.performance.speech.word_errors import WordErrors, count_errors, normalise
from irene.plugin.registry import ComponentRegistry

_GROUPS = (Group.COMMAND, Group.READ, Group.DIGITS)


@dataclass(frozen=True)
class GroupErrors:
    """The errors in one group of recordings."""

    group: str
    n_clips: int
    n_right: int
    """recordings without any error"""
    errors: WordErrors


@dataclass(frozen=True)
class AsrTrial:
    """What one recogniser made of a set of recordings."""

    provider: str
    language: str
    """BCP 47 tag of the recordings that were taken"""
    groups: tuple[GroupErrors, ...]
    cost: EngineCost


@dataclass(frozen=True)
class _Recognised:
    recording: Recording
    errors: WordErrors


def try_asr(provider: str, folder: Path, language: str = "en") -> AsrTrial:
    """Let a recogniser write down the recordings of a folder; to be run in a fresh process.

    Recordings in this language whose words are known are taken, just as they are.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    recordings = [
        recording
        for recording in read_manifest(folder)
        if recording.group in _GROUPS and recording.phrase and recording.language == language
    ]
    clips = [recording.read(registry) for recording in recordings]
    component = ASRComponent(assembly_of("asr", provider, language=language).asr_slot())
    meter = CostMeter()
    meter.load(component.slot.chain)
    recognised = []
    for recording, clip in zip(recordings, clips, strict=True):
        with meter.processing(clip.duration_s):
            text = component.recognize(clip).hypothesis.text
        errors = count_errors(normalise(recording.phrase), normalise(text))
        recognised.append(_Recognised(recording, errors))
    groups = tuple(_sum_up(group, recognised) for group in _GROUPS)
    return AsrTrial(provider, language, groups, meter.cost())


def _sum_up(group: Group, recognised: Sequence[_Recognised]) -> GroupErrors:
    members = [one.errors for one in recognised if one.recording.group is group]
    return GroupErrors(
        group=group.value,
        n_clips=len(members),
        n_right=sum(errors.n_errors == 0 for errors in members),
        errors=sum(members, WordErrors()),
    )
