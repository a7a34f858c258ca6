"""What a window of the training holds: sounds, and what there is to write about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import soxr

from synthesis.rooms import coloured, in_room, noise
from synthesis.voices import RATE
from whisper_model.corpus import Clip, Corpus
from whisper_model.texts import LANGUAGES, WINDOW_S, bare

_STARTS_LATE = 0.2
_N_NOISES, _NOISE_S = 40, 31
_SILENT_ENDS = 0.4
"""share of the windows that end in silence as a recogniser adds it, not in empty frames"""


@dataclass(frozen=True)
class Word:
    """A word of a target, and when it is heard."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Segment:
    """A command within a window, whole or cut off."""

    words: tuple[Word, ...]
    end_s: float

    @property
    def start_s(self) -> float:
        """Seconds from the start of the window."""
        return self.words[0].start_s


@dataclass
class Scene:
    """A window and what is to be written about it."""

    samples: np.ndarray
    """float32, 16 kHz; what comes after it is padding"""
    language: str | None
    """of most of the speech; None where there is no speech"""
    segments: list[Segment] = field(default_factory=list)
    next_start_s: float | None = None
    """where a command begins that the end of the window cuts off"""
    unknown_from_s: float | None = None
    """from where on it is not said what is heard: words that are cut off"""
    is_strange: bool = False
    """speech that is no command"""
    only_language: bool = False
    """nothing is learnt from it but the language"""
    is_silent_after: bool = False
    """padded with silence rather than with empty frames"""


@dataclass(frozen=True)
class Mixture:
    """Shares of the kinds of scene; the rest are single commands."""

    several: float
    cut_off: float
    language_only: float
    strange: float
    nothing: float


class SceneMaker:
    """Draws scenes from a corpus, each another way; the same ones for the same generator."""

    def __init__(self, corpus: Corpus, rng: np.random.Generator) -> None:
        self._corpus = corpus
        self._rng = rng
        size = _NOISE_S * RATE
        self._noises = [noise(size, rng).astype(np.float32) for _ in range(_N_NOISES)]

    def scene(self, window_s: float, mixture: Mixture) -> Scene:
        """Return a scene of at most so many seconds."""
        kinds = (self._several, self._cut_off, self._language_only, self._strange, self._nothing)
        shares = (mixture.several, mixture.cut_off, mixture.language_only)
        shares += (mixture.strange, mixture.nothing)
        place = int(np.searchsorted(np.cumsum(shares), self._rng.random(), side="right"))
        make = kinds[place] if place < len(kinds) else self._single
        scene = make(window_s)
        scene.is_silent_after = bool(self._rng.random() < _SILENT_ENDS)
        scene.samples = self._heard_here(scene.samples)
        return scene

    def _single(self, window_s: float) -> Scene:
        return self._timeline([self._command(self._language())], window_s)

    def _several(self, window_s: float) -> Scene:
        languages = [self._language()] * 9
        if self._rng.random() < 0.2:
            languages = [self._language() for _ in languages]
        most = int(self._rng.integers(2, 3 + round(window_s / 4.5)))
        return self._timeline([self._command(each) for each in languages[:most]], window_s)

    def _cut_off(self, window_s: float) -> Scene:
        """Return speech that ends in the middle of a command, as live audio does."""
        before = [self._command(self._language())] if self._rng.random() < 0.3 else []
        language = before[0].text.language if before else self._language()
        scene = self._timeline([*before, self._command(language)], window_s, tail=False)
        last = scene.segments.pop()
        cut_s = self._rng.uniform(last.start_s + 0.15, last.end_s)
        words = tuple(word for word in last.words if word.end_s <= cut_s + 0.03)
        scene.samples = scene.samples[: round(cut_s * RATE)]
        if words and len(words) < len(last.words):
            words = (*words[:-1], Word(bare(words[-1].text), words[-1].start_s, words[-1].end_s))
        if words:
            scene.segments.append(Segment(words, min(cut_s, last.end_s)))
        scene.unknown_from_s = words[-1].end_s if words else last.start_s
        scene.only_language = not scene.segments
        return scene

    def _language_only(self, window_s: float) -> Scene:
        """Return a piece of speech that begins and ends anywhere."""
        language = self._language()
        pool = self._corpus.strange if self._rng.random() < 0.4 else self._corpus.commands
        clips = [self._any(pool[language]) for _ in range(3)]
        scene = self._timeline(clips, 30.0, pauses_s=(0.05, 0.6))
        length = round(self._rng.uniform(1.0, min(window_s, 4.0)) * RATE)
        first = int(self._rng.integers(0, max(1, len(scene.samples) - length)))
        return Scene(scene.samples[first : first + length], language, only_language=True)

    def _strange(self, window_s: float) -> Scene:
        language = self._language()
        scene = self._timeline([self._any(self._corpus.strange[language])], window_s)
        return Scene(scene.samples, language, is_strange=True)

    def _nothing(self, window_s: float) -> Scene:
        n_samples = round(self._rng.uniform(0.1, window_s) * RATE)
        level = 0.0 if self._rng.random() < 0.25 else 10 ** self._rng.uniform(-4, -0.7)
        return Scene(self._noise(n_samples) * level, None)

    def _language(self) -> str:
        return str(self._rng.choice(LANGUAGES, p=(0.31, 0.23, 0.23, 0.23)))

    def _command(self, language: str) -> Clip:
        return self._any(self._corpus.commands[language])

    def _any(self, clips: Sequence[Clip]) -> Clip:
        return clips[int(self._rng.integers(len(clips)))]

    def _timeline(
        self,
        clips: Sequence[Clip],
        window_s: float,
        tail: bool = True,
        pauses_s: tuple[float, float] = (0.25, 2.5),
    ) -> Scene:
        """Place clips one after the other as long as they fit; the first one always does."""
        spoken = [self._varied(clip) for clip in clips]
        place_s = self._lead(window_s - len(spoken[0][0]) / RATE)
        parts, segments, lengths = [np.zeros(round(place_s * RATE), np.float32)], [], {}
        next_start_s = None
        for number, (samples, starts) in enumerate(spoken):
            seconds = len(samples) / RATE
            if number and place_s + seconds > window_s:
                cut = round((window_s - place_s) * RATE)
                if window_s == WINDOW_S and cut > RATE // 3 and self._rng.random() < 0.5:
                    next_start_s = place_s
                    parts.append(samples[:cut])
                break
            words = clips[number].text.words.split()
            segments.append(_segment(words, starts + place_s))
            language = clips[number].text.language
            lengths[language] = lengths.get(language, 0.0) + seconds
            pause_s = self._rng.uniform(*pauses_s)
            if number + 1 == len(spoken):
                pause_s = self._rng.uniform(0.0, 1.5) if tail else 0.0
            parts += [samples, np.zeros(round(pause_s * RATE), np.float32)]
            place_s = sum(len(part) for part in parts) / RATE
        joined = np.concatenate(parts)[: round(window_s * RATE)]
        scene = Scene(joined, max(lengths, key=lengths.__getitem__), segments)
        scene.next_start_s = scene.unknown_from_s = next_start_s
        return scene

    def _lead(self, room_s: float) -> float:
        """Return seconds of silence before speech: mostly little, sometimes any amount."""
        room_s = max(0.0, room_s - 0.05)
        if self._rng.random() < _STARTS_LATE:
            return float(self._rng.uniform(0.0, room_s))
        return float(min(room_s, self._rng.uniform(0.0, 1.0)))

    def _varied(self, clip: Clip) -> tuple[np.ndarray, np.ndarray]:
        """Return samples of another height, loudness and colour, and the starts of the words."""
        samples, starts = clip.samples.astype(np.float32) / 32768, clip.starts
        if self._rng.random() < 0.4:
            factor = self._rng.uniform(0.88, 1.12)
            samples = soxr.resample(samples, RATE, RATE * factor, quality="LQ")
            starts = starts * factor
        if self._rng.random() < 0.35:
            samples = coloured(samples, self._rng)
        if self._rng.random() < 0.25:
            samples = in_room(samples, self._rng)
        level = 10 ** self._rng.uniform(-1.3, 0.0)
        return (samples * level).astype(np.float32), starts

    def _noise(self, n_samples: int) -> np.ndarray:
        bank = self._noises[int(self._rng.integers(len(self._noises)))]
        first = int(self._rng.integers(0, len(bank) - n_samples + 1))
        return bank[first : first + n_samples]

    def _heard_here(self, samples: np.ndarray) -> np.ndarray:
        """Add the noise of a room, 9 to 50 dB below the speech, every other time."""
        level = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
        if self._rng.random() < 0.5 or level == 0.0:
            return samples
        return samples + self._noise(len(samples)) * level * 10 ** (-self._rng.uniform(9, 50) / 20)


def _segment(words: Sequence[str], starts: np.ndarray) -> Segment:
    times = zip(words, starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    return Segment(tuple(Word(*each) for each in times), float(starts[-1]))
