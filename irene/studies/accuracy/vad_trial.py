"""How well a VAD, behind the default endpointer, finds speech and leaves everything else alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irene.components.assembly import VadSlot
from irene.components.speech_activity import SpeechActivityListener
from irene.domain.audio import AudioChunk
from irene.performance.measuring.engine_cost import CostMeter, EngineCost
from irene.performance.measuring.listening import LEAD_IN_S, TAIL_S, Playback, assembly_of, in_room
from irene.performance.speech.recordings import Group, Recording, read_manifest
from irene.pipeline.listening.endpointing import Endpointer, SpeechEnd
from irene.plugin.registry import ComponentRegistry


@dataclass(frozen=True)
class GroupScore:
    """What was found in one group of recordings."""

    group: str
    n_clips: int
    n_with_speech: int
    """recordings in which at least one utterance was found"""
    n_split: int
    """recordings in which more than one was found: a pause was taken for the end"""


@dataclass(frozen=True)
class VadTrial:
    """What one VAD did with a set of recordings."""

    provider: str
    groups: tuple[GroupScore, ...]
    onset_errors_ms: tuple[float, ...]
    """begin of the utterance after that of the speech (negative: before), where it is known"""
    end_errors_ms: tuple[float, ...]
    """end of the utterance after that of the speech (negative: before), where it is known"""
    false_speech: tuple[str, ...]
    """files without speech in which an utterance was found"""
    window_ms: float
    """audio per window"""
    cost: EngineCost

    @property
    def us_per_window(self) -> float:
        """CPU microseconds per window, the framework's share included."""
        return self.cost.cpu_per_s * self.window_ms * 1000


@dataclass(frozen=True)
class _Found:
    recording: Recording
    seconds: float
    utterances: tuple[SpeechEnd, ...]
    """those that are not only in the room before or after the recording"""


def try_vad(provider: str, folder: Path) -> VadTrial:
    """Let a VAD listen to every recording of a folder; to be run in a fresh process.

    Raises:
        IreneError: recordings or provider cannot be used.
    """
    registry = ComponentRegistry.installed()
    recordings = read_manifest(folder)
    clips = [in_room(one.read(registry), not one.is_trimmed) for one in recordings]
    slot = assembly_of("vad", provider).vad_slot()
    meter = CostMeter()
    meter.load(slot.chain)
    found = [_find(slot, *pair, meter) for pair in zip(recordings, clips, strict=True)]
    capabilities = slot.chain.current.provider.capabilities
    window_ms = 1000 * capabilities.window / slot.consumer().sample_rate
    return _tally(provider, found, window_ms, meter.cost())


def find_utterances(slot: VadSlot, clip: AudioChunk) -> tuple[SpeechEnd, ...]:
    """Return the utterances in a clip that the default endpointer takes for speech."""
    playback = Playback(slot, clip)
    listener = SpeechActivityListener(slot.chain, playback.track)
    endpointer = Endpointer(slot.section)
    outcomes = [endpointer.feed(window) for _ in playback for window in listener.windows()]
    outcomes.append(endpointer.finish(playback.track.end_s))
    shortest_s = slot.section.min_speech_ms / 1000
    return tuple(
        outcome
        for outcome in outcomes
        if isinstance(outcome, SpeechEnd) and outcome.voiced_s >= shortest_s
    )


def _find(slot: VadSlot, recording: Recording, clip: AudioChunk, meter: CostMeter) -> _Found:
    with meter.processing(clip.duration_s):
        utterances = find_utterances(slot, clip)
    end_s = clip.duration_s - TAIL_S
    inside = tuple(one for one in utterances if one.end_s > LEAD_IN_S and one.start_s < end_s)
    return _Found(recording, end_s - LEAD_IN_S, inside)


def _tally(provider: str, found: Sequence[_Found], window_ms: float, cost: EngineCost) -> VadTrial:
    trimmed = [one for one in found if one.recording.is_trimmed and one.utterances]
    quiet = [one for one in found if one.recording.group is Group.NON_SPEECH]
    return VadTrial(
        provider=provider,
        groups=tuple(_score(group, found) for group in Group),
        onset_errors_ms=tuple(1000 * (one.utterances[0].start_s - LEAD_IN_S) for one in trimmed),
        end_errors_ms=tuple(
            1000 * (one.utterances[-1].end_s - LEAD_IN_S - one.seconds) for one in trimmed
        ),
        false_speech=tuple(one.recording.path.name for one in quiet if one.utterances),
        window_ms=window_ms,
        cost=cost,
    )


def _score(group: Group, found: Sequence[_Found]) -> GroupScore:
    members = [one for one in found if one.recording.group is group]
    return GroupScore(
        group=group.value,
        n_clips=len(members),
        n_with_speech=sum(bool(one.utterances) for one in members),
        n_split=sum(len(one.utterances) > 1 for one in members),
    )
