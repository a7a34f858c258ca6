"""The training set: commands and other speech in many voices, with the times of their words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from synthesis.voices import HELD_OUT, RATE, TRAINED
from synthesis.word_times import Manner, speak_marked
from whisper_model.plan import Plan
from whisper_model.texts import COMMANDS, LANGUAGES, Text, strange_texts

Report = Callable[[str], None]
ACCENTS = {
    "en": ("en-us", "en-us", "en-gb", "en-gb-scotland", "en-029", "en-gb-x-gbclan", "en-gb-x-rp"),
    "de": ("de",),
    "ru": ("ru",),
    "fr": ("fr-fr", "fr-be", "fr-ch"),
}
"""voices of each language, to which variants are added"""


@dataclass(frozen=True)
class Clip:
    """One text, spoken once."""

    text: Text
    samples: np.ndarray
    """int16, 16 kHz, shape (n,)"""
    starts: np.ndarray
    """seconds at which each word begins, and where the last one ends, shape (words + 1,)"""

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / RATE


@dataclass(frozen=True)
class Corpus:
    """Everything that is heard in training."""

    commands: dict[str, list[Clip]]
    """by language"""
    strange: dict[str, list[Clip]]
    """speech that is no command, by language"""


def training_set(plan: Plan, report: Report) -> Corpus:
    """Speak the commands and as much other speech as a plan says."""
    random = Random(plan.seed)
    commands = list(_spoken(_repeated(plan), TRAINED, random))
    report(f"{len(commands)} commands, {sum(clip.seconds for clip in commands) / 60:.0f} minutes")
    strange = list(_spoken(strange_texts(plan.n_strange, random), TRAINED, random))
    return Corpus(_by_language(commands), _by_language(strange))


def held_out(texts: Sequence[Text], random: Random) -> Iterator[Clip]:
    """Yield texts in voices that nothing is trained on."""
    return _spoken(texts, HELD_OUT, random)


def say(text: Text, manner: Manner) -> Clip:
    """Return a text spoken in a manner."""
    marked = speak_marked(text.words.split(), manner)
    peak = max(float(np.abs(marked.samples).max()), 1e-4)
    return Clip(text, np.round(marked.samples / peak * 20000).astype(np.int16), marked.starts)


def _repeated(plan: Plan) -> Iterator[Text]:
    for text in COMMANDS:
        yield from [text] * (plan.n_english if text.language == "en" else plan.n_others)


def _spoken(texts: Sequence[Text] | Iterator[Text], voices: tuple[str, ...], random: Random):
    for text in texts:
        accent = random.choice(ACCENTS[text.language])
        yield say(
            text,
            Manner(
                f"{accent}+{random.choice(voices)}",
                rate_wpm=random.randint(125, 215),
                pitch=random.randint(20, 80),
                pitch_range=random.randint(25, 75),
            ),
        )


def _by_language(clips: Sequence[Clip]) -> dict[str, list[Clip]]:
    return {
        language: [clip for clip in clips if clip.text.language == language]
        for language in LANGUAGES
    }
