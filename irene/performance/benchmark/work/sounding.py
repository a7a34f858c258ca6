"""Parts that bring audio, convert it, speak and play it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.audio.ring_buffer import RingBuffer
from irene.audio.samples import to_float32, to_int16, to_mono
from irene.components.assembly import Assembly
from irene.components.chain.candidate import Candidate
from irene.components.spoken_text.spelling import spoken_form
from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.memory.pool import AudioBufferPool
from irene.performance.benchmark.work.stage import Stage, shifted
from irene.performance.benchmark.work.work import NOTHING, Outcome, Work, work_by
from irene.providers.tts import SpeechRequest

SENTENCE = "It is a quarter past four."
"""what a voice says where nobody knows what else"""
_BLOCK_S = 0.02
_SOURCE_HZ, _TARGET_HZ = 48_000, 16_000
"""what a microphone gives, and what engines hear"""


def inputs(stage: Stage) -> Iterator[Work]:
    """Yield each configured input that reads files: it reads the recordings as they lie there.

    What is live takes as long as people speak: there is nothing to measure.
    """
    names = stage.config.inputs
    if stage.provider is None and names.default_provider != "file":
        stage.leave_out("inputs", names.default_provider, "it does not read recordings")
    wanted = stage.provider or "file"
    if wanted != "file":
        stage.leave_out("inputs", wanted, "it does not read recordings")
        return
    entry = stage.registry.find(Kind.INPUT, "file")
    table = names.providers.get("file")
    options: Any = (table.options if table is not None else None) or entry.cls.Options()
    readers: list[Any] = [entry.cls(replace(options, path=str(clip.path))) for clip in stage.clips]

    def call(turn: int) -> Outcome:
        for reader in readers:
            with closing(reader.open_stream()) as stream:
                while stream.read() is not None:
                    pass
        return NOTHING

    def load() -> None:
        for reader in readers:
            reader.load()

    yield Work("inputs", "file", stage.what, call, stage.audio_s, load)


def resamplers(stage: Stage) -> Iterator[Work]:
    """Yield each resampler: the recordings come at 48 kHz, 20 ms at a time, and go at 16 kHz."""
    for candidate, assembly in stage.assemblies(Kind.RESAMPLING):
        yield _resampler(stage, candidate, assembly)


def _resampler(stage: Stage, candidate: Candidate[Any], assembly: Assembly) -> Work:
    provider, block = candidate.provider, round(_BLOCK_S * _SOURCE_HZ)
    wanted = stage.config.asr.resample_quality
    quality = assembly.resampling.choose(wanted, _SOURCE_HZ, _TARGET_HZ, "asr").quality
    sources: list[npt.NDArray[np.float32]] = []

    def load() -> None:
        provider.load()
        for clip in stage.clips:
            mono = to_float32(to_mono(clip.audio.samples))
            rate = clip.audio.sample_rate
            same = rate == _SOURCE_HZ
            sources.append(mono if same else provider.convert(mono, rate, _SOURCE_HZ, quality))

    def call(turn: int) -> Outcome:
        for samples in sources:
            with closing(provider.open_stream(_SOURCE_HZ, _TARGET_HZ, 1, quality)) as stream:
                for start in range(shifted(turn), len(samples), block):
                    stream.process(samples[start : start + block])
                stream.flush()
        return NOTHING

    what = f"{stage.what}, 48 to 16 kHz, {quality.name}"
    return work_by(candidate, "resampling", what, call, audio_s=stage.audio_s, load=load)


def voices(stage: Stage) -> Iterator[Work]:
    """Yield each voice: it says a sentence that it has not said before, as far as it knows."""
    if not stage.config.tts.enabled:
        stage.leave_out("tts", "", "tts.enabled = false")
        return
    for candidate, assembly in stage.assemblies(Kind.TTS):
        yield _voice(stage, candidate, assembly)


def _voice(stage: Stage, candidate: Candidate[Any], assembly: Assembly) -> Work:
    provider, section = candidate.provider, stage.config.tts
    language = stage.config.assistant.language
    request = SpeechRequest(
        spoken_form(SENTENCE, language) if section.normalize else SENTENCE,
        language,
        section.voice if candidate.name == section.default_provider else None,
        section.rate,
        section.pitch,
    )

    def call(turn: int) -> Outcome:
        began_s, first_s, n_samples = time.perf_counter(), 0.0, 0
        for block in provider.synthesize(request):
            first_s = first_s or time.perf_counter() - began_s
            n_samples += len(block)
        made_s = n_samples / provider.sample_rate
        return Outcome(made_s, further={"first_audio_ms": 1000 * first_s})

    return work_by(candidate, "tts", f"{SENTENCE!r}", call)


def outputs(stage: Stage) -> Iterator[Work]:
    """Yield each output that nobody hears: it is given the recordings, into the stage's folder.

    A loudspeaker takes as long as the audio lasts.
    """
    for candidate, assembly in stage.assemblies(Kind.OUTPUT):
        provider: Any = candidate.provider
        if provider.live:
            reason = "it plays as long as the audio lasts: there is nothing to measure"
            stage.leave_out("outputs", candidate.name, reason)
            continue
        if hasattr(provider.options, "path"):
            path = str(stage.folder / f"{candidate.name}.out")
            provider.options = replace(provider.options, path=path)
        yield _output(stage, candidate, assembly)


def _output(stage: Stage, candidate: Candidate[Any], assembly: Assembly) -> Work:
    provider = candidate.provider
    clips = [_int16(clip.audio) for clip in stage.clips]

    def call(turn: int) -> Outcome:
        for clip in clips:
            block = round(_BLOCK_S * clip.sample_rate)
            stream = provider.open_stream(clip.sample_rate)
            try:
                for start in range(0, clip.n_samples, block):
                    stream.write(clip.samples[start : start + block])
                stream.finish()
            except BaseException:
                stream.abort()
                raise
        return NOTHING

    return work_by(candidate, "outputs", stage.what, call, audio_s=stage.audio_s)


def memory(stage: Stage) -> Iterator[Work]:
    """Yield what audio is kept in: a lent buffer for each 20 ms, and the ring they go through."""
    pool = AudioBufferPool()
    clips = [_int16(clip.audio) for clip in stage.clips]

    def call(turn: int) -> Outcome:
        for clip in clips:
            block = round(_BLOCK_S * clip.sample_rate)
            ring = RingBuffer(2 * clip.sample_rate)
            for start in range(0, clip.n_samples - block + 1, block):
                with pool.acquire(block, np.int16) as buffer:
                    buffer.data[:] = clip.samples[start : start + block]
                    ring.append(buffer.data)
            ring.read_last(min(len(ring), clip.sample_rate))
        return NOTHING

    yield Work("memory", "", f"{stage.what}, pool and ring", call, stage.audio_s)


def _int16(audio: AudioChunk) -> AudioChunk:
    return AudioChunk(to_int16(to_mono(audio.samples)), audio.sample_rate)
