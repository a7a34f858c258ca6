"""One recording on its way to text: read, cut into segments, recognised, in its order."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing

from irene.domain.audio import AudioChunk
from irene.domain.clock import Clock
from irene.errors import AudioFormatError, IreneError
from irene.pipeline.listening.segmentation import Segmenter
from irene.pipeline.transcribing.recognising import Recognising
from irene.pipeline.transcribing.segment import Piece, Segment
from irene.providers.input import InputStream

OnProgress = Callable[[float, float | None], None]
"""Takes the position in a recording and its length, in seconds; the length may be unknown."""


def unwatched(position_s: float, length_s: float | None) -> None:
    """Take progress that nobody watches."""


class Transcription:
    """One recording that is being transcribed: iterate it, once, for its segments.

    No more segments of audio are kept than are recognised at a time, however long the recording is.
    A recording that turns out to be damaged is transcribed up to there before the error is raised.
    """

    def __init__(
        self,
        stream: InputStream,
        segmenter: Segmenter,
        recognising: Recognising,
        read_on: Callable[[Transcription], None],
        clock: Clock,
    ) -> None:
        """`read_on` starts on as many pieces as there are to be at a time."""
        self.on_progress: OnProgress = unwatched
        """told of every block that was read"""
        self.may_be_ahead = False
        """whether more may be read than is recognised"""
        self._stream = stream
        self._segmenter = segmenter
        self._recognising = recognising
        self._read_on = read_on
        self._clock = clock
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
        return _most(self._languages) or self._recognising.asr.slot.section.language

    @property
    def is_multilingual(self) -> bool:
        """Whether the language of each segment was identified."""
        return self._recognising.language is not None

    @property
    def provider(self) -> str:
        """Recogniser of most segments so far; else the one that would serve."""
        return _most(self._providers) or self._recognising.asr.slot.chain.current.name

    def __iter__(self) -> Iterator[Segment]:
        """Yield the segments that hold words, in order.

        Raises:
            AudioFormatError: the recording is damaged or truncated; everything before is out.
            ProviderFailedError: every recogniser has failed.
        """
        with closing(self):
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
        began = self._clock.monotonic()
        try:
            piece = next(self._pieces, None)
            if piece is not None:
                self._heard.append(self._recognising.begun(piece))
            return piece is not None
        except IreneError as error:  # its turn comes after what was heard before
            self._failure = error
            return False
        finally:
            self._processing_s += self._clock.monotonic() - began

    def close(self) -> None:
        """Read no more of it, and free what it was listened to with."""
        self._stream.close()
        self._segmenter.close()

    def _segments(self) -> Iterator[Segment]:
        while True:
            if not self._heard or not self._heard[0].done():
                self._read_on(self)
            if not self._heard:
                break
            segment = self._taken()
            if segment is not None:
                yield segment
        if self._failure is not None:
            raise self._failure

    def _taken(self) -> Segment | None:
        """Wait for the first segment in progress; the time of its consumer is not counted."""
        began = self._clock.monotonic()
        try:
            return self._heard[0].result()
        finally:
            self._processing_s += self._clock.monotonic() - began
            self._heard.popleft()

    def _read_pieces(self) -> Iterator[Piece]:
        for clip in self._clips():
            yield from self._recognising.pieces(clip)

    def _clips(self) -> Iterator[AudioChunk]:
        while (chunk := self._read()) is not None:
            yield from self._segmenter.feed(chunk)
            self.on_progress(self.seconds, self._stream.length_s())
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


def _most(counts: Counter[str]) -> str | None:
    return counts.most_common(1)[0][0] if counts else None
