"""Parts that hear audio: wake words, speech, words, and the language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irene.audio.samples import as_type
from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.slot import AudioSlot
from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.performance.benchmark.work.stage import Stage, shifted
from irene.performance.benchmark.work.work import NOTHING, Outcome, Work, work_by
from irene.providers.asr import AsrRequest

_BLOCK_S = 0.08
"""audio that a recogniser is given at a time, as by the assistant"""


@dataclass
class _Heard:
    """The recordings as one provider hears them, converted when it is loaded."""

    stage: Stage
    slot: AudioSlot[Any, Any]
    sample_rate: int = 0
    """Hz"""
    tracks: Sequence[Samples] = ()
    """mono, in the type of the provider"""

    @property
    def provider(self) -> Any:
        return self.slot.chain.candidates()[0].provider

    def load(self) -> None:
        self.provider.load()
        tracks = [self.slot.clip_track(clip.audio) for clip in self.stage.clips]
        dtype = self.provider.capabilities.dtype
        self.sample_rate = tracks[0].sample_rate
        self.tracks = [
            as_type(track.history.view(0, track.history.end).copy(), dtype) for track in tracks
        ]

    def warm_up(self) -> None:
        self.provider.warm_up()

    def close(self) -> None:
        self.slot.chain.close()
        self.slot.resampling.chain.close()

    def work(self, candidate: Candidate[Any], call: Callable[[int], Outcome]) -> Work:
        """Return the work of this provider."""
        return work_by(
            candidate,
            self.slot.name,
            self.stage.what,
            call,
            audio_s=self.stage.audio_s,
            load=self.load,
            warm_up=self.warm_up,
            close=self.close,
        )

    def in_windows(self, open_stream: Callable[[], Any], turn: int) -> Outcome:
        """Feed every recording, window by window, to a stream of its own."""
        window = self.provider.capabilities.window
        for samples in self.tracks:
            stream = open_stream()
            try:
                for start in range(shifted(turn), len(samples) - window + 1, window):
                    stream.process(samples[start : start + window])
            finally:
                stream.close()
        return NOTHING


def voice_triggers(stage: Stage) -> Iterator[Work]:
    """Yield each wake-word engine: it hears the recordings, whether or not the phrase is there."""
    section = stage.config.voice_trigger
    if not section.enabled:
        stage.leave_out("voice_trigger", "", "voice_trigger.enabled = false")
        return
    for candidate, assembly in stage.assemblies(Kind.VOICE_TRIGGER):
        heard = _Heard(stage, assembly.voice_trigger_slot())

        def call(turn: int, heard: _Heard = heard) -> Outcome:
            return heard.in_windows(lambda: heard.provider.open_stream(section.wake_words), turn)

        yield heard.work(candidate, call)


def vads(stage: Stage) -> Iterator[Work]:
    """Yield each detector of speech."""
    for candidate, assembly in stage.assemblies(Kind.VAD):
        heard = _Heard(stage, assembly.vad_slot())

        def call(turn: int, heard: _Heard = heard) -> Outcome:
            return heard.in_windows(heard.provider.open_stream, turn)

        yield heard.work(candidate, call)


def recognisers(stage: Stage) -> Iterator[Work]:
    """Yield each recogniser: it writes the recordings down freely, from the first to the last."""
    for candidate, assembly in stage.assemblies(Kind.ASR):
        heard = _Heard(stage, assembly.asr_slot())

        def call(turn: int, heard: _Heard = heard) -> Outcome:
            texts = [_written_down(heard, samples[shifted(turn) :]) for samples in heard.tracks]
            return Outcome(errors=stage.errors(texts))

        yield heard.work(candidate, call)


def _written_down(heard: _Heard, samples: Samples) -> str:
    section = heard.slot.section
    stream = heard.provider.open_stream(AsrRequest(heard.sample_rate, section.language))
    block = round(_BLOCK_S * heard.sample_rate)
    try:
        for start in range(0, len(samples), block):
            stream.accept(samples[start : start + block])
        return str(stream.finish().text)
    finally:
        stream.close()


def identifiers(stage: Stage) -> Iterator[Work]:
    """Yield each identifier of languages: it says of every recording which one is spoken."""
    if not stage.config.language.enabled:
        stage.leave_out("language", "", "language.enabled = false")
        return
    for candidate, assembly in stage.assemblies(Kind.LANGUAGE):
        yield _identifier(stage, candidate, assembly)


def _identifier(stage: Stage, candidate: Candidate[Any], assembly: Assembly) -> Work:
    component = assembly.language()
    assert component is not None, "it is enabled"
    heard = _Heard(stage, component.slot)

    def call(turn: int) -> Outcome:
        for samples in heard.tracks:
            component.utterance(np.ascontiguousarray(samples[shifted(turn) :]))
        return NOTHING

    return heard.work(candidate, call)
