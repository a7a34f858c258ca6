"""One recogniser writes down recordings in a process of its own; what that costs is measured."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from irene.components.assembly import Assembly
from irene.config.loading import load_config, registry_for
from irene.domain.events import Event, Warned
from irene.errors import ConfigurationError, IreneError
from irene.performance.measuring.engine_cost import CostMeter, EngineCost
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.measuring.peak_memory import peak_mb, resident_mb
from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from irene.pipeline.transcribing.transcriber import Transcriber


@dataclass(frozen=True)
class TrialRequest:
    """Which recordings a recogniser is to write down."""

    provider: str
    files: tuple[str, ...]
    source: str | None = None
    """path or name of the configuration; None looks in the usual places"""
    overrides: tuple[str, ...] = ()
    """`SECTION.KEY=VALUE`, on top of it"""
    guided: bool = False
    """whether short segments are first held to the assistant's sentences"""


@dataclass(frozen=True)
class Transcript:
    """What one recogniser made of one recording."""

    file: str
    text: str
    language: str | None
    """BCP 47 tag of most of it, where the engine says one"""
    seconds: float
    """length of the recording"""
    processing_s: float
    """decoding, VAD and recognition"""
    error: IreneError | None = None
    """why there is no more than this"""

    @property
    def rtf(self) -> float:
        """Processing time per second of audio."""
        return self.processing_s / self.seconds if self.seconds else 0.0

    def errors(self, reference: str) -> WordErrors:
        """Return the edits between what is said and this, words taken as `plain_words` does."""
        return count_errors(plain_words(reference), plain_words(self.text))


@dataclass(frozen=True)
class Trial:
    """What one recogniser made of all recordings, and its costs."""

    provider: str
    transcripts: tuple[Transcript, ...]
    cost: EngineCost
    """memory is what the process took beyond irene with its VAD"""
    warnings: tuple[str, ...]

    @property
    def has_audio(self) -> bool:
        """Whether any recording had some, so that there are speeds to tell."""
        return any(one.seconds for one in self.transcripts)

    @property
    def rtf(self) -> float:
        """Processing time per second of audio, over all recordings."""
        seconds = sum(one.seconds for one in self.transcripts)
        return sum(one.processing_s for one in self.transcripts) / seconds if seconds else 0.0

    def errors(self, references: Mapping[str, str]) -> WordErrors:
        """Return all edits together, of the recordings that could be read to their end."""
        whole = (one for one in self.transcripts if one.error is None)
        return sum((one.errors(references[one.file]) for one in whole), WordErrors())


def try_recogniser(request: TrialRequest) -> Trial:
    """Return what a recogniser makes of recordings, measured in a new process.

    Raises:
        ProviderUnavailableError: its engine or its model is missing.
        ProviderFailedError: the engine ended its process.
        ConfigurationError: something is wrong with the configuration.
    """
    return run_isolated(_try_here, request)


def _try_here(request: TrialRequest) -> Trial:
    warnings: list[str] = []

    def take(event: Event) -> None:
        if isinstance(event, Warned):
            warnings.append(event.message)

    registry = registry_for(request.source, overrides=request.overrides)
    config = load_config(request.source, registry=registry, overrides=request.overrides)
    warnings += map(str, config.warnings)
    transcriber = Transcriber(Assembly(config, registry, take), guided=request.guided)
    transcriber.load_vad()
    before_mb, meter = resident_mb(), CostMeter()
    try:
        meter.load(transcriber.asr.slot.chain)
        transcriber.load()
        began = time.process_time()
        transcripts = tuple(_transcript(transcriber, file) for file in request.files)
        cpu_s = time.process_time() - began
    finally:
        transcriber.close()
    audio_s = sum(one.seconds for one in transcripts)
    cost = replace(
        meter.cost(), audio_s=audio_s, cpu_s=cpu_s, most_mb=max(0.0, peak_mb() - before_mb)
    )
    return Trial(request.provider, transcripts, cost, tuple(dict.fromkeys(warnings)))


def _transcript(transcriber: Transcriber, file: str) -> Transcript:
    """Write one recording down, as far as it goes."""
    try:
        transcription = transcriber.open(file)
    except ConfigurationError:
        raise
    except IreneError as error:
        return Transcript(file, "", None, 0.0, 0.0, error)
    texts, problem = list[str](), None
    try:
        texts.extend(segment.text for segment in transcription)
    except IreneError as error:
        problem = error
    seconds = transcription.seconds
    return Transcript(
        file,
        " ".join(texts),
        transcription.language,
        seconds,
        transcription.rtf * seconds,
        problem,
    )
