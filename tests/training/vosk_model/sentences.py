"""What the model hears: its words, and the texts it is trained on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

UNKNOWN = "[unk]"
"""stands for every word that the model does not know"""


def listed(name: str) -> tuple[str, ...]:
    """Return the words of a file beside this one."""
    return tuple(Path(__file__).with_name(name).read_text("utf-8").split())


_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NUMBERS = (*_DIGITS, "ten", "eleven", "twelve", "fifteen", "twenty", "thirty", "forty", "fifty")
WORDS = (*sorted({*_NUMBERS, *listed("words.txt")}), UNKNOWN)
"""words in the order of their numbers; the last one is `[unk]`"""
OTHER_WORDS = listed("other_words.txt")
"""words that the model does not know; all of them are `[unk]` to it"""

TEMPLATES = (
    (6, "what time is it"),
    (2, "what is the time"),
    (2, "what's the time"),
    (2, "what's the date"),
    (2, "what is the date today"),
    (1, "what's the date today"),
    (2, "what day is it"),
    (1, "what day is it today"),
    (6, "{set} a timer for {duration}"),
    (2, "{set} a {number} minute timer"),
    (2, "{set} a {number} second timer"),
    (2, "cancel the timer"),
    (1, "cancel all timers"),
    (1, "pause the timer"),
    (1, "stop the timer"),
    (2, "how much time is left"),
    (1, "how many minutes are left"),
    (6, "{turn} {on} the {light}"),
    (4, "{turn} the {light} {on}"),
    (4, "{turn} {on} the {room} {light}"),
    (2, "{turn} {on} all lights"),
    (4, "{turn} {on} the {light} in the {room}"),
    (3, "set the {light} to {number} percent"),
    (3, "set {room} {light} brightness to {number} percent"),
    (2, "set the brightness to {number} percent"),
    (3, "set the volume to {number}"),
    (2, "set the volume to {number} percent"),
    (2, "volume {up}"),
    (2, "turn {up} the volume"),
    (2, "turn the volume {up}"),
    (1, "turn it {up}"),
    (2, "{level}"),
    (1, "{level} please"),
    (2, "{door} the front door"),
    (1, "{door} the door"),
    (3, "{word}"),
    (1, "{word} please"),
    (2, "play music"),
    (1, "play the next"),
    (1, "play that again"),
    (1, "repeat that"),
    (1, "thank you"),
    (1, "hello"),
    (3, "{figure} {figure} {figure} {figure}"),
)
"""weight and form of the commands; a name in braces stands for any of its choices"""
_CHOICES = {
    "set": ("set", "set", "start"),
    "duration": (
        "{number} minutes",
        "{number} minutes",
        "{number} seconds",
        "{number} hours",
        "one minute",
        "one hour",
        "half an hour",
        "one hour and {number} minutes",
        "{number} minutes and {number} seconds",
    ),
    "number": (*_NUMBERS[1:], "twenty five", "forty five", "thirty {digit}", "one hundred"),
    "digit": _DIGITS[1:],
    "figure": _DIGITS,
    "turn": ("turn", "turn", "switch"),
    "on": ("on", "off"),
    "light": ("light", "lights", "lamp"),
    "room": ("kitchen", "bedroom", "living room", "office", "bed"),
    "up": ("up", "down"),
    "level": ("louder", "quieter", "mute"),
    "door": ("open", "close", "lock"),
    "word": ("stop", "yes", "no", "next", "pause", "help", "repeat", "goodbye", "thanks", "play"),
}


def command(random: Random) -> str:
    """Return a command, as a person would say it."""
    text = random.choices(
        [form for _, form in TEMPLATES], weights=[weight for weight, _ in TEMPLATES]
    )[0]
    while "{" in text:
        before, _, rest = text.partition("{")
        name, _, after = rest.partition("}")
        text = f"{before}{random.choice(_CHOICES[name])}{after}"
    return text


def training_texts(n_texts: int, random: Random) -> Iterator[str]:
    """Yield commands, words in no order, words the model does not know, and mixtures.

    Words in no order keep the network from learning the commands' grammar along with the sounds.
    """
    for _ in range(n_texts):
        kind = random.random()
        if kind < 0.40:
            yield command(random)
        elif kind < 0.76:
            yield " ".join(random.choices(WORDS[:-1], k=random.randint(1, 6)))
        elif kind < 0.88:
            yield " ".join(random.choices(OTHER_WORDS, k=random.randint(1, 5)))
        else:
            pool = (WORDS[:-1], OTHER_WORDS)
            yield " ".join(random.choice(random.choice(pool)) for _ in range(random.randint(2, 6)))


def test_texts(n_texts: int, random: Random) -> Iterator[str]:
    """Yield commands (70 %), strings of digits, and words in no order, which nothing predicts."""
    for _ in range(n_texts):
        kind = random.random()
        if kind < 0.70:
            yield " ".join(as_labels(command(random)))
        elif kind < 0.85:
            yield " ".join(random.choices(_DIGITS, k=random.randint(2, 6)))
        else:
            yield " ".join(random.choices(WORDS[:-1], k=random.randint(1, 5)))


def as_labels(text: str) -> list[str]:
    """Return the words of a text as the model writes them."""
    return [word if word in WORDS else UNKNOWN for word in text.split()]
