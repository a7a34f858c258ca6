"""Transcribing with the VAD and recogniser of a configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from irene.audio.plan import make_plan
from irene.audio.streams import StreamTracks
from irene.components.assembly import Assembly
from irene.components.speech_activity import SpeechActivityListener
from irene.domain.audio import AudioChunk, AudioFormat
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Warned
from irene.domain.languages import primary_language
from irene.errors import ConfigurationError, IreneError
from irene.pipeline.audio_files import STDIN, recording
from irene.pipeline.listening.segmentation import Segmenter
from irene.pipeline.transcribing.reading_ahead import Opened, Recordings
from irene.pipeline.transcribing.recognising import Recognising
from irene.pipeline.transcribing.segment import Segment
from irene.pipeline.transcribing.transcription import OnProgress, Transcription, unwatched
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input


class Transcriber:
    """Transcribes recordings, one after another, with the VAD and recogniser of a configuration."""

    def __init__(
        self,
        assembly: Assembly,
        clock: Clock | None = None,
        guided: bool = False,
        at_once: int | None = 1,
    ) -> None:
        """Set how.

        With `guided`, short segments are first held to what the assistant understands. `at_once` is
        how many segments are recognised at a time; None: as many as the recogniser gains from.
        """
        self._assembly = assembly
        self._clock = clock or SystemClock()
        self._guided = guided
        self._vad = assembly.vad_slot()
        self.asr = assembly.asr()
        self.language = assembly.language()
        """what identifies the language; None: there is only one"""
        self.recognising = Recognising(self.asr, self.language, at_once)
        """what makes segments of pieces of audio"""
        self._recordings: Recordings[Transcription] = Recordings(at_once or 1)

    def load(self) -> None:
        """Load the engines; blocks.

        Raises:
            ProviderUnavailableError: no VAD or no recogniser can be loaded.
            ConfigurationError: the recogniser does not know the language that is asked for.
        """
        self._check_language()
        self.load_vad()
        if self.language is not None:
            self.language.slot.chain.current.provider.load()
            self.asr.load_others()
            for warning in self.language.warnings():
                self._assembly.report(Warned(message=warning))
        if self._guided:
            self._guide()

    def load_vad(self) -> None:
        """Load what finds speech, and no recogniser; blocks.

        Raises:
            ProviderUnavailableError: no VAD can be loaded.
        """
        self._vad.chain.current.provider.load()

    def open(self, file: str, on_progress: OnProgress = unwatched) -> Transcription:
        """Open a recording by its path; `-` is standard input.

        Raises:
            AudioFormatError: it is missing or no audio.
            ConfigurationError: strict validation forbids a conversion that it needs.
        """
        assembly = self._assembly
        source = recording(file, assembly.config, assembly.registry)
        return self.open_input(source, on_progress, may_be_ahead=file != STDIN)

    def open_all(
        self, files: Iterable[str], on_progress: Callable[[str], OnProgress]
    ) -> Iterator[Opened[Transcription]]:
        """Open recordings one after the other, each when its turn comes, or a little ahead.

        While one is recognised, those that follow it are read, as far as `at_once` asks for it.
        `on_progress` is called with the name of each as it is opened, and returns who watches.
        What is wrong with a recording comes with it.
        """
        self._recordings = Recordings(self.recognising.at_once)
        return self._recordings.opened(files, lambda file: self.open(file, on_progress(file)))

    def open_input(
        self,
        source: Input[Any],
        on_progress: OnProgress = unwatched,
        may_be_ahead: bool = False,
    ) -> Transcription:
        """Open whatever an input brings; `may_be_ahead` allows to read more than is recognised.

        Raises:
            AudioFormatError: it is missing or no audio.
            ConfigurationError: strict validation forbids a conversion that it needs.
        """
        stream = source.open_stream()
        try:
            segmenter = self._segmenter(stream.format)
        except ConfigurationError:
            stream.close()
            raise
        transcription = Transcription(
            stream, segmenter, self.recognising, self._recordings.read_on, self._clock
        )
        transcription.on_progress, transcription.may_be_ahead = on_progress, may_be_ahead
        return transcription

    def segments(self, clip: AudioChunk) -> Iterator[Segment]:
        """Yield what is said in a piece of a recording: a segment for each stretch of a language.

        Raises:
            ProviderFailedError: every recogniser, or every identifier of languages, has failed.
        """
        for piece in self.recognising.pieces(clip):
            segment = self.recognising.recognize(piece)
            if segment is not None:
                yield segment

    def get_statistics(self) -> dict[str, Any]:
        """Return times of stages by name under `performance`, and what was saved of encoders.

        Times are those of `PerformanceMetrics.get_statistics`; `encoder_cache` has `hits`,
        `misses`, `hit_rate` (0 to 1), `entries` and `bytes`.
        """
        kept = self._assembly.engines.encodings.stats()
        names = ("hits", "misses", "hit_rate", "entries", "bytes")
        return {
            "performance": self._assembly.recorder.stages.get_statistics(),
            "encoder_cache": {name: getattr(kept, name) for name in names},
        }

    def get_performance_summary(self) -> str:
        """Return a table for people: one line for each stage, times in milliseconds."""
        return self._assembly.recorder.stages.get_summary()

    def export_prometheus_metrics(self) -> str:
        """Return the times of the stages in Prometheus's text format.

        Raises:
            ConfigurationError: Prometheus's client is not installed; the message names the cure.
        """
        return self._assembly.recorder.stages.export_prometheus()

    def close(self) -> None:
        """Free the engines."""
        self._vad.chain.close()
        self.asr.close()
        if self.language is not None:
            self.language.slot.chain.close()

    def _guide(self) -> None:
        """Let the assistant's sentences guide recognition; what is wrong with them is told."""
        understanding = self._assembly.understanding()
        language = self.asr.slot.section.language
        if understanding is None or not language or self.asr.slot.section.grammar == "off":
            return
        try:
            with ForeignCode():
                understanding.read_sentences(language, is_asked=False)
            further = {one: understanding.grammar(one) for one in understanding.further}
            self.asr.guide(understanding.grammar(language), further)
        except IreneError as error:
            message = f"recognition is not guided by the sentences: {one_line(error)}"
            self._assembly.report(Warned(message=message))
        finally:
            understanding.close()

    def _check_language(self) -> None:
        wanted = self.asr.slot.section.language
        serving = self.asr.slot.chain.current
        known = serving.provider.capabilities.languages
        if wanted and known and primary_language(wanted) not in map(primary_language, known):
            raise ConfigurationError(
                f"asr.language = {wanted!r}: provider {serving.name!r} knows {', '.join(known)}; "
                "take one of these, or a provider that knows the language"
            )

    def _segmenter(self, source: AudioFormat) -> Segmenter:
        plan = make_plan(source, [self._vad.consumer(), self.asr.slot.consumer()])
        for warning in plan.warnings:
            self._assembly.report(Warned(message=warning))
        settings = self._vad.section
        tracks = StreamTracks(
            plan, Segmenter.keep_s(settings), self._assembly.resampling.open_stream
        )
        return Segmenter(
            settings, SpeechActivityListener(self._vad.chain, tracks.of("vad")), tracks
        )
