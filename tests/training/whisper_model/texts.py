"""What the model hears: commands of four languages, and speech that is none of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

LANGUAGES = ("en", "de", "ru", "fr")
WINDOW_S = 30.0
"""what Whisper hears at once"""


@dataclass(frozen=True)
class Text:
    """Something to say."""

    language: str
    words: str
    """with capitals and punctuation, as the model writes it"""


def listed(name: str) -> tuple[Text, ...]:
    """Return the texts of a file beside this one: language, tab, words."""
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    return tuple(Text(*line.split("\t")) for line in lines)


COMMANDS = listed("commands.txt")
"""all that the model can write"""
_OTHER_WORDS = listed("other_words.txt")
_LINKING_SHARE = 0.35


def bare(words: str) -> str:
    """Return the beginning of a command as the model writes it: no sign at its end."""
    return words.rstrip(" .?,!")


def strange_texts(n_of_each: int, random: Random) -> Iterator[Text]:
    """Yield speech of each language that is no command: known words of it in no order."""
    for language in LANGUAGES:
        telling, linking = (
            text.words.split() for text in _OTHER_WORDS if text.language == language
        )
        for _ in range(n_of_each):
            pools = (linking if random.random() < _LINKING_SHARE else telling for _ in range(9))
            words = [random.choice(pool) for pool in pools][: random.randint(1, 9)]
            yield Text(language, " ".join(words))
