"""Cutting a recording into stretches of speech, at its pauses."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from irene.audio.streams import StreamTracks
from irene.components.speech_activity import SpeechActivityListener, SpeechWindow
from irene.config.sections import VadSection
from irene.domain.audio import AudioChunk
from irene.pipeline.listening.endpointing import Endpointer, SpeechEnd

PAUSE_MS = 1200
"""shortest pause between segments: nobody waits for an answer here, and recognisers make fewer
errors on whole sentences"""
POST_ROLL_S = 0.3
"""audio after the last speech window that belongs to a segment: final consonants are quiet"""
_STEP_S = 0.1
"""longest stretch of audio that is processed at once, so that what is kept stays small"""
_SPLIT_SHARE = 3
"""a segment that is too long is cut in the last third of its length"""
_COLD_S = 0.5
"""speech that is heard this early may have begun with the recording: a VAD hears late at first"""
_VALLEY_S = 0.2
"""length of the stretch with the least speech in whose middle a segment is cut"""
_TAIL_S = 0.3
"""silence after the recording: a VAD that remembers needs it to decide on the last word"""
_MARGIN_S = 2.0
"""audio that is kept beyond the longest segment: converters and windows lag behind each other"""


class Segmenter:
    """Turns a recording into segments that hold speech, with a little of what is around them.

    A segment ends at a pause of `PAUSE_MS` or, if that is longer, `end_silence_ms`; one that
    reaches `max_utterance_ms` is cut at the likeliest pause in its last third and goes on in the
    next. Segments never overlap, no speech that the VAD hears falls between them, and no more than
    one of them is kept in memory.
    """

    def __init__(
        self, settings: VadSection, vad: SpeechActivityListener, tracks: StreamTracks
    ) -> None:
        self._settings = settings = self._unhurried(settings)
        self._vad = vad
        self._tracks = tracks
        self._track = tracks.of("asr")
        self._endpointer = Endpointer(settings)
        self._split_s = settings.max_utterance_ms / 1000 / _SPLIT_SHARE
        self._recent: deque[SpeechWindow] = deque()
        self._done = 0
        self._is_rest = False
        self._tail: AudioChunk | None = None
        self._over_s = float("inf")

    @staticmethod
    def keep_s(settings: VadSection) -> float:
        """Return how many seconds of audio the tracks have to keep."""
        settings = Segmenter._unhurried(settings)
        longest_ms = settings.pre_roll_ms + settings.max_utterance_ms + settings.end_silence_ms
        return longest_ms / 1000 + _MARGIN_S

    @staticmethod
    def _unhurried(settings: VadSection) -> VadSection:
        return replace(settings, end_silence_ms=max(settings.end_silence_ms, PAUSE_MS))

    def feed(self, chunk: AudioChunk) -> Iterator[AudioChunk]:
        """Take the next audio of any length; yield the segments that end in it.

        A segment is int16 mono at the rate of the `asr` track, stamped with its place.
        """
        for piece in chunk.pieces(_STEP_S):
            self._tracks.append(piece.samples)
            yield from self._advance()
        self._tail = AudioChunk(
            np.zeros(int(_TAIL_S * chunk.sample_rate), chunk.samples.dtype),
            chunk.sample_rate,
            chunk.end_s,
        )

    def finish(self) -> Iterator[AudioChunk]:
        """Yield what is left when the input is over."""
        if self._tail is not None:
            self._over_s = self._tail.start_s
            self._tracks.append(self._tail.samples)
        self._tracks.flush()
        yield from self._advance()
        end = self._endpointer.finish(self._track.end_s)
        if end is not None:
            yield from self._whole(end)

    def close(self) -> None:
        """Free what listens, and what converts for it."""
        self._vad.close()
        self._tracks.close()

    def _advance(self) -> Iterator[AudioChunk]:
        for window in self._vad.windows():
            end = self._decide(window)
            if end is None:
                continue
            if end.time_s - end.end_s < self._settings.end_silence_ms / 1000 - 1e-6:
                yield from self._split(end)
            else:
                yield from self._whole(end)

    def _decide(self, window: SpeechWindow) -> SpeechEnd | None:
        self._recent.append(window)
        while self._recent[0].start_s < window.end_s - self._split_s:
            self._recent.popleft()
        outcome = self._endpointer.feed(window)
        return outcome if isinstance(outcome, SpeechEnd) else None

    def _whole(self, end: SpeechEnd) -> Iterator[AudioChunk]:
        """Yield a segment that ends in a pause, unless it is too short to be speech."""
        if self._is_rest or end.voiced_s >= self._settings.min_speech_ms / 1000:
            yield self._take(end.start_s, end.end_s + POST_ROLL_S)
        self._is_rest = False

    def _split(self, end: SpeechEnd) -> Iterator[AudioChunk]:
        """Yield a segment that has become too long; what lies behind the cut begins the next."""
        cut_s = self._likeliest_pause()
        yield self._take(end.start_s, cut_s)
        self._is_rest = True
        for window in self._recent:
            if window.start_s >= cut_s:
                self._endpointer.feed(window)

    def _likeliest_pause(self) -> float:
        """Return the middle of the recent stretch of `_VALLEY_S` with the least speech in it."""
        windows = list(self._recent)
        length = round(_VALLEY_S / (windows[0].end_s - windows[0].start_s))
        length = min(max(1, length), len(windows))
        speech = [window.probability for window in windows]
        first = int(np.argmin(np.convolve(speech, np.ones(length), mode="valid")))
        return (windows[first].start_s + windows[first + length - 1].end_s) / 2

    def _take(self, start_s: float, end_s: float) -> AudioChunk:
        """Return a copy of the audio from the pre-roll on, but of none that was taken before."""
        track = self._track
        pre_roll_s = max(self._settings.pre_roll_ms / 1000, 0.0 if start_s > _COLD_S else _COLD_S)
        first = track.index(start_s - pre_roll_s)
        first = max(first, self._done, track.history.start)
        self._done = min(track.index(min(end_s, self._over_s)), track.history.end)
        samples = track.history.view(first, self._done).copy()
        return AudioChunk(samples, track.sample_rate, track.time_s(first))
