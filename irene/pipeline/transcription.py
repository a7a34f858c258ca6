"""Transcribing recordings: from a file to segments of text, in memory that does not grow."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from irene.audio.plan import make_plan
from irene.audio.streams import StreamTracks
from irene.components.assembly import Assembly
from irene.components.speech_activity import SpeechActivityListener
from irene.components.threads import start_daemon, usable_cores
from irene.domain.audio import AudioChunk, AudioFormat
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Warned
from irene.domain.languages import primary_language
from irene.domain.speech import Word
from irene.errors import AudioFormatError, ConfigurationError, IreneError
from irene.pipeline.audio_files import STDIN, recording
from irene.pipeline.listening.segmentation import Segmenter
from irene.pipeline.reading_ahead import Opened, Recordings
from irene.providers.asr import AsrCapabilities
from irene.providers.border import ForeignCode, one_line
from irene.providers.input import Input, InputStream

OnProgress = Callable[[float, float | None], None]
"""Takes the position in a recording and its length, in seconds; the length may be unknown."""


def _unwatched(position_s: float, length_s: float | None) -> None:
    """Take progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech without a long pause, and what is said in it."""

    start_s: float
    """seconds of the recording at which its audio begins, pre-roll included"""
    end_s: float
    """seconds of the recording at which its audio ends"""
    text: str
    """never empty"""
    words: tuple[Word, ...]
    """with times in seconds of the recording; empty where the engine gives none"""
    language: str | None
    """BCP 47 tag, where the engine says one"""
    provider: str
    """name of the provider that recognised it"""


@dataclass(frozen=True)
class _Piece:
    """What is recognised in one go."""

    clip: AudioChunk
    language: str | None
    """BCP 47 tag, where it was identified"""


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
        self._at_once = at_once
        self._assembly = assembly
        self._clock = clock or SystemClock()
        self._guided = guided
        self._vad = assembly.vad_slot()
        self.asr = assembly.asr()
        self._recordings: Recordings[Transcription] = Recordings(at_once or 1)
        self.language = assembly.language()
        """what identifies the language; None: there is only one"""
        self._spoken = None if self.language is None else self.language.default

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
            for doubt in self.language.doubts():
                self._assembly.report(Warned(message=doubt))
        if self._guided:
            self._guide()

    def load_vad(self) -> None:
        """Load what finds speech, and no recogniser; blocks.

        Raises:
            ProviderUnavailableError: no VAD can be loaded.
        """
        self._vad.chain.current.provider.load()

    def open(self, file: str, on_progress: OnProgress = _unwatched) -> Transcription:
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
        self._recordings = Recordings(self.at_once)
        return self._recordings.opened(files, lambda file: self.open(file, on_progress(file)))

    @property
    def at_once(self) -> int:
        """How many segments are recognised at a time."""
        if self._at_once is not None:
            return self._at_once
        return gainful(self.asr.slot.chain.current.provider.capabilities)

    def read_on(self, transcription: Transcription) -> None:
        """Have as many segments recognised as there are to be at a time."""
        self._recordings.read_on(transcription)

    def open_input(
        self,
        source: Input[Any],
        on_progress: OnProgress = _unwatched,
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
        return Transcription(stream, segmenter, self, on_progress, may_be_ahead)

    def segments(self, clip: AudioChunk) -> Iterator[Segment]:
        """Yield what is said in a piece of a recording: a segment for each stretch of a language.

        Raises:
            ProviderFailedError: every recogniser, or every identifier of languages, has failed.
        """
        for piece in self.pieces(clip):
            segment = self.recognize(piece.clip, piece.language)
            if segment is not None:
                yield segment

    def pieces(self, clip: AudioChunk) -> Iterator[_Piece]:
        """Yield the stretches of a language in a piece of a recording, to be recognised."""
        if self.language is None:
            yield _Piece(clip, None)
            return
        for run in self.language.runs_of_clip(clip):
            if run.probability > 0:  # otherwise nobody knows: it is the one of before
                self._spoken = run.language
            yield _Piece(clip.between(run.start_s, run.end_s), self._spoken)

    def recognize(self, clip: AudioChunk, language: str | None = None) -> Segment | None:
        """Return what is said in a piece of a recording; None when there are no words in it.

        Raises:
            ProviderFailedError: every recogniser has failed.
        """
        recognition = self.asr.recognize(clip, language=language, at_once=self.at_once)
        hypothesis = recognition.hypothesis
        if not hypothesis.text.strip():
            return None
        return Segment(
            start_s=clip.start_s,
            end_s=clip.end_s,
            text=hypothesis.text.strip(),
            words=tuple(word.shifted(clip.start_s) for word in hypothesis.words),
            language=hypothesis.language or language,
            provider=recognition.provider,
        )

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

    def begun(self, piece: _Piece) -> Future[Segment | None]:
        """Start on a piece, on a thread of its own where there are to be several at a time."""

        def work() -> Segment | None:
            return self.recognize(piece.clip, piece.language)

        if self.at_once > 1:
            return start_daemon("transcribe", work)
        done: Future[Segment | None] = Future()
        try:
            done.set_result(work())
        except IreneError as error:
            done.set_exception(error)
        return done

    def now(self) -> float:
        """Seconds of the clock that processing is measured with."""
        return self._clock.monotonic()

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
                understanding.read_sentences(language)
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


class Transcription:
    """One recording that is being transcribed: iterate it, once, for its segments.

    No more segments of audio are kept than are recognised at a time, however long the recording is.
    A recording that turns out to be damaged is transcribed up to there before the error is raised.
    """

    def __init__(
        self,
        stream: InputStream,
        segmenter: Segmenter,
        transcriber: Transcriber,
        on_progress: OnProgress,
        may_be_ahead: bool = False,
    ) -> None:
        self.may_be_ahead = may_be_ahead
        self._stream = stream
        self._segmenter = segmenter
        self._transcriber = transcriber
        self._on_progress = on_progress
        self._n_frames = 0
        self._processing_s = 0.0
        self._damage: AudioFormatError | None = None
        self._failure: IreneError | None = None
        self._pieces = self._read_pieces()
        self._heard: deque[Future[Segment | None]] = deque()
        self._languages: Counter[str] = Counter()
        self._providers: Counter[str] = Counter()

    @property
    def seconds(self) -> float:
        """Length of what has been read."""
        return self._n_frames / self._stream.format.sample_rate

    @property
    def rtf(self) -> float:
        """Processing time (decoding, VAD, recognition; not loading) per second of audio."""
        return self._processing_s / self.seconds if self._n_frames else 0.0

    @property
    def language(self) -> str | None:
        """Language of most segments so far; else the one that was asked for."""
        return _most(self._languages) or self._transcriber.asr.slot.section.language

    @property
    def is_multilingual(self) -> bool:
        """Whether the language of each segment was identified."""
        return self._transcriber.language is not None

    @property
    def provider(self) -> str:
        """Recogniser of most segments so far; else the one that would serve."""
        return _most(self._providers) or self._transcriber.asr.slot.chain.current.name

    def __iter__(self) -> Iterator[Segment]:
        """Yield the segments that hold words, in order.

        Raises:
            AudioFormatError: the recording is damaged or truncated; everything before is out.
            ProviderFailedError: every recogniser has failed.
        """
        with closing(self._stream):
            for segment in self._segments():
                if segment.language:
                    self._languages[segment.language] += 1
                self._providers[segment.provider] += 1
                yield segment
        if self._damage is not None:
            raise self._damage

    @property
    def n_in_progress(self) -> int:
        """Segments that are being recognised, or have been and were not taken yet."""
        return len(self._heard)

    def start_next(self) -> bool:
        """Read up to the next piece of speech and start on it; False when there is none left."""
        began = self._transcriber.now()
        try:
            piece = next(self._pieces, None)
            if piece is not None:
                self._heard.append(self._transcriber.begun(piece))
            return piece is not None
        except IreneError as error:  # its turn comes after what was heard before
            self._failure = error
            return False
        finally:
            self._processing_s += self._transcriber.now() - began

    def close(self) -> None:
        """Read no more of it."""
        self._stream.close()

    def _segments(self) -> Iterator[Segment]:
        while True:
            if not self._heard or not self._heard[0].done():
                self._transcriber.read_on(self)
            if not self._heard:
                break
            segment = self._taken()
            if segment is not None:
                yield segment
        if self._failure is not None:
            raise self._failure

    def _taken(self) -> Segment | None:
        """Wait for the first segment in progress; the time of its consumer is not counted."""
        began = self._transcriber.now()
        try:
            return self._heard[0].result()
        finally:
            self._processing_s += self._transcriber.now() - began
            self._heard.popleft()

    def _read_pieces(self) -> Iterator[_Piece]:
        for clip in self._clips():
            yield from self._transcriber.pieces(clip)

    def _clips(self) -> Iterator[AudioChunk]:
        while (chunk := self._read()) is not None:
            yield from self._segmenter.feed(chunk)
            self._on_progress(self.seconds, self._stream.length_s())
        yield from self._segmenter.finish()

    def _read(self) -> AudioChunk | None:
        """Return the next audio; None at the end, and where the recording is damaged."""
        try:
            samples = self._stream.read()
        except AudioFormatError as error:
            self._damage = error
            return None
        if samples is None:
            return None
        chunk = AudioChunk(samples, self._stream.format.sample_rate, self.seconds)
        self._n_frames += chunk.n_samples
        return chunk


def gainful(capabilities: AsrCapabilities) -> int:
    """Return how many utterances a recogniser gains from having at a time.

    Some work on several together, for less than the sum of their times: while they do, as many are
    to wait, or they would be taken one by one. For others, one for each core is enough.
    """
    n_waiting = 2 * capabilities.together if capabilities.together > 1 else 1
    return max(1, min(capabilities.max_concurrency, max(n_waiting, usable_cores())))


def _most(counts: Counter[str]) -> str | None:
    return counts.most_common(1)[0][0] if counts else None
