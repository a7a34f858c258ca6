"""`python -m whisper_model.recordings FOLDER`: the frozen recordings that tests hear.

Voices that nothing is trained on say single commands of each language, several in one breath, a
minute with pauses, three languages one after the other, and what is no command.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import soundfile

from synthesis.voices import HELD_OUT, RATE
from synthesis.word_times import Manner
from whisper_model.corpus import ACCENTS, Clip, say
from whisper_model.texts import COMMANDS, LANGUAGES, Text, strange_texts

MANIFEST = "manifest.csv"
_SEED = 20
_PEAK = 9000
_ROOM = 1.2
"""standard deviation of a very quiet room's noise, of 32768"""
_N_SINGLE = 10
_MINUTE_PAUSES_S = (2.5, 1.2, 4.0, 0.8, 6.5, 3.0, 1.5, 9.0, 2.0, 0.6, 5.0, 3.5, 2.5, 7.0, 1.0, 2.0)
_SWITCHED = (
    Text("en", "Turn on the kitchen light."),
    Text("en", "What time is it?"),
    Text("de", "Schalte das Licht in der Küche ein."),
    Text("de", "Wie spät ist es?"),
    Text("fr", "Allume la lumière de la cuisine."),
    Text("fr", "Quelle heure est-il ?"),
)


@dataclass(frozen=True)
class Recording:
    """One file."""

    name: str
    kind: str
    samples: np.ndarray
    """int16, 16 kHz"""
    voices: tuple[str, ...]
    segments: tuple[tuple[float, float, Text], ...]
    """start and end in seconds, and what is said"""

    def row(self) -> dict[str, str]:
        """Return the line of the manifest."""
        texts = [text for _, _, text in self.segments]
        places = [
            {"start_s": round(start, 3), "end_s": round(end, 3), "language": text.language}
            | {"text": text.words}
            for start, end, text in self.segments
        ]
        return {
            "file": self.name,
            "kind": self.kind,
            "transcript_or_label": " ".join(text.words for text in texts),
            "language": " ".join(dict.fromkeys(text.language for text in texts)),
            "seconds": f"{len(self.samples) / RATE:.3f}",
            "voices": " ".join(dict.fromkeys(self.voices)),
            "segments": json.dumps(places, ensure_ascii=False),
        }


def recordings() -> Iterator[Recording]:
    """Yield all of them; always the same."""
    random, rng = Random(_SEED), np.random.default_rng(_SEED)
    for language in LANGUAGES:
        of_language = [text for text in COMMANDS if text.language == language]
        for number, text in enumerate(random.sample(of_language, _N_SINGLE), 1):
            yield _joined(f"{language}-{number:02}", "command", [text], (), random, rng)
    for language in ("en", "de"):
        of_language = [text for text in COMMANDS if text.language == language]
        texts = random.sample(of_language, 3)
        yield _joined(f"{language}-several", "several", texts, (0.5, 0.8), random, rng)
    english = [text for text in COMMANDS if text.language == "en"]
    texts = random.sample(english, len(_MINUTE_PAUSES_S) + 1)
    yield _joined("en-minute", "long", texts, _MINUTE_PAUSES_S, random, rng)
    yield _joined("en-de-fr", "code-switched", _SWITCHED, (0.5, 0.7, 0.5, 0.7, 0.5), random, rng)
    other = {text.language: text for text in strange_texts(3, random) if text.words.count(" ") > 1}
    for language, text in other.items():
        yield _joined(f"{language}-other", "other", [text], (), random, rng)


def _joined(
    name: str,
    kind: str,
    texts: Sequence[Text],
    pauses_s: Sequence[float],
    random: Random,
    rng: np.random.Generator,
) -> Recording:
    """Return texts spoken one after the other in one variant, in a very quiet room."""
    variant = random.choice(HELD_OUT)
    rate, pitch = random.randint(145, 190), random.randint(35, 65)
    parts, segments, voices = [np.zeros(round(0.4 * RATE))], list[tuple[float, float, Text]](), []
    for text, pause_s in zip(texts, [*pauses_s, 0.6], strict=True):
        voices.append(f"{ACCENTS[text.language][0]}+{variant}")
        clip: Clip = say(text, Manner(voices[-1], rate, pitch))
        start = sum(len(part) for part in parts) / RATE
        segments.append((start, start + clip.seconds, text))
        parts += [clip.samples * (_PEAK / 20000), np.zeros(round(pause_s * RATE))]
    heard = np.concatenate(parts)
    heard = np.round(heard + rng.standard_normal(len(heard)) * _ROOM).astype(np.int16)
    return Recording(f"{name}.flac", kind, heard, tuple(voices), tuple(segments))


def main() -> None:
    """Write the recordings and their manifest into the folder of a command line."""
    parser = argparse.ArgumentParser(description="Write the recordings that tests hear.")
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    made = list(recordings())
    for recording in made:
        soundfile.write(folder / recording.name, recording.samples, RATE, subtype="PCM_16")
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="") as file:
        rows = [recording.row() for recording in made]
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
