"""`python -m irene.studies.languages.waits`: how long the text waits for its language.

Recordings are spoken in real time to an assistant's recogniser: with the language given,
identified beside recognition (`language.parallel = true`), and identified before it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from irene.audio.samples import as_type, to_mono
from irene.domain.languages import is_same_language
from irene.errors import ConfigurationError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED, Group, Recording, read_manifest
from irene.plugin.registry import ComponentRegistry
from irene.studies.languages.hearers import (
    BEFORE,
    BESIDE,
    GIVEN,
    RATE,
    WAYS,
    Engine,
    Hearer,
    Said,
    Wait,
    Way,
)

FOLDERS = (BUNDLED / "whisper", BUNDLED)
"""commands by voices in four languages; the commands of people are among the others"""
_HEAD = (
    *("recogniser: language", "recordings"),
    *(f"{way.name}, ms" for way in WAYS),
    *("before ÷ beside", "work beside ÷ given", "work before ÷ given", "same text"),
)

MakeHearer = Callable[[Engine, Way], Hearer]
"""Returns a recogniser and an identifier, loaded."""


@dataclass(frozen=True)
class Situation:
    """A recogniser, and whether the utterance is in the language of the one before."""

    recogniser: str
    is_as_before: bool

    def __str__(self) -> str:
        return f"{self.recogniser}: {'as before' if self.is_as_before else 'another'}"


class Waits:
    """The least of several rounds, by situation, way and recording."""

    def __init__(self) -> None:
        self._found: dict[Situation, dict[str, dict[str, list[Wait]]]] = {}

    def note(self, situation: Situation, way: Way, said: Said, wait: Wait) -> None:
        """Take one."""
        ways = self._found.setdefault(situation, {})
        ways.setdefault(way.name, {}).setdefault(said.name, []).append(wait)

    def table(self) -> str:
        """Return the table: medians over the recordings, and of the ratios of each of them."""
        return table(_HEAD, [self._row(one) for one in self._found])

    def _row(self, situation: Situation) -> list[object]:
        ways = self._found[situation]
        plain = self._found[Situation(situation.recogniser, True)][GIVEN.name]
        beside, before = ways[BESIDE.name], ways[BEFORE.name]
        n_same = sum(
            len({wait.text for wait in (*beside[name], *before[name])}) == 1 for name in beside
        )
        return [
            situation,
            len(beside),
            *(_ms(ways.get(way.name)) for way in WAYS),
            f"{_ratio(before, beside, 'wait_s'):.2f}",
            f"{_ratio(beside, plain, 'cpu_s'):.2f}",
            f"{_ratio(before, plain, 'cpu_s'):.2f}",
            f"{n_same} of {len(beside)}",
        ]


class Trial:
    """Recordings, and the languages that may be spoken; the ways are taken in turn.

    So a slow minute of the machine hits all of them alike.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        languages: Sequence[str],
        rounds: int,
        *,
        changes: bool = True,
        registry: ComponentRegistry | None = None,
    ) -> None:
        """Set what is heard.

        Args:
            recordings: of one utterance each, at 16 kHz; others are left out.
            languages: two or more that may be spoken.
            rounds: how often each is heard.
            changes: whether utterances come after another language, too.
            registry: providers; those that are installed unless given.

        Raises:
            ConfigurationError: there is one language only.
        """
        if len(languages) < 2:
            raise ConfigurationError(f"--languages {','.join(languages)}: name two or more")
        self._recordings = recordings
        self._languages = languages
        self._rounds = rounds
        self._changes = changes
        self._registry = registry or ComponentRegistry.installed()

    def compare(self, recognisers: Sequence[Engine], make: MakeHearer) -> Waits:
        """Return how long the text took with each recogniser in each way.

        Raises:
            IreneError: engines, models or recordings cannot be used.
        """
        found = Waits()
        for recogniser in recognisers:
            hearers = [make(recogniser, way) for way in WAYS]
            try:
                for _ in range(self._rounds):
                    self._hear_all(found, recogniser.name, hearers)
            finally:
                for hearer in hearers:
                    hearer.close()
        return found

    def _hear_all(self, found: Waits, recogniser: str, hearers: Sequence[Hearer]) -> None:
        for said in self._said(hearers[0]):
            for before in self._befores(said.language, hearers[0]):
                situation = Situation(recogniser, before == said.language)
                for hearer in hearers:
                    if hearer.way.identifies or situation.is_as_before:
                        found.note(situation, hearer.way, said, hearer.hear(said, before))

    def _befores(self, language: str, hearer: Hearer) -> Iterator[str]:
        """Yield the languages that may have been spoken before one; others need not be known."""
        yield language
        others = (one for one in self._languages if not is_same_language(one, language))
        other = next((one for one in others if hearer.knows(one)), None)
        if self._changes and other is not None:
            yield other

    def _said(self, hearer: Hearer) -> Iterator[Said]:
        for one in self._recordings:
            if hearer.knows(one.language):
                clip = one.read(self._registry)
                if clip.sample_rate == RATE:
                    samples = as_type(to_mono(clip.samples), "int16")
                    yield Said.of(one, samples, hearer.end_silence_s)


def chosen(folders: Sequence[Path], languages: Sequence[str], each: int) -> list[Recording]:
    """Return so many commands in each language from each folder that has some.

    Raises:
        ConfigurationError: a folder has no manifest, or there are no commands at all.
    """
    found: list[Recording] = []
    for folder in folders:
        commands = [one for one in read_manifest(folder) if one.group is Group.COMMAND]
        for language in languages:
            spoken = [one for one in commands if one.phrase and one.language == language]
            found += spoken[:each]
    if not found:
        places = ", ".join(map(str, folders))
        raise ConfigurationError(f"{places}: no commands in {', '.join(languages)}")
    return found


def whisper(model: str) -> Engine:
    """Return a Whisper model that identifies, on one thread."""
    return Engine("whisper", {"model": model, "threads": 1})


def recogniser(text: str) -> Engine:
    """Read NAME or NAME=MODEL."""
    name, _, model = text.partition("=")
    options: dict[str, object] = {"model": model} if model else {}
    if name == "whisper":
        options |= {"threads": 1, "temperature_fallback": False}
    return Engine(name, options)


def _ms(waits: Mapping[str, Sequence[Wait]] | None) -> str:
    return f"{1000 * median(_least(waits, 'wait_s').values()):.0f}" if waits else "-"


def _ratio(
    some: Mapping[str, Sequence[Wait]], others: Mapping[str, Sequence[Wait]], quantity: str
) -> float:
    least, other = _least(some, quantity), _least(others, quantity)
    return median(least[name] / other[name] for name in least)


def _least(waits: Mapping[str, Sequence[Wait]], quantity: str) -> dict[str, float]:
    return {name: min(getattr(wait, quantity) for wait in each) for name, each in waits.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write into a page if one is named; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.languages.waits",
        description=(__doc__ or "").splitlines()[0],
    )
    parser.add_argument("--model", default="base", help="Whisper model that identifies")
    parser.add_argument(
        "--recogniser",
        action="append",
        type=recogniser,
        metavar="NAME[=MODEL]",
        help="who recognises, once for each; whisper with the model that identifies unless given",
    )
    parser.add_argument("--folder", type=Path, action="append", help="recordings with a manifest")
    parser.add_argument("--languages", default="en,de,ru,fr", help="those that may be spoken")
    parser.add_argument("--each", type=int, default=3, help="recordings of a language and folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--untrained", action="store_true", help="the language is never another")
    parser.add_argument("--write", metavar="PAGE", help="page whose figures are replaced")
    parser.add_argument("--block", default="waits", help="the name of its block")
    wanted = parser.parse_args(arguments)
    languages = wanted.languages.split(",")

    def measure() -> Mapping[str, str]:
        said = chosen(wanted.folder or FOLDERS, languages, wanted.each)
        trial = Trial(said, languages, wanted.rounds, changes=not wanted.untrained)
        who = wanted.recogniser or [recogniser(f"whisper={wanted.model}")]
        waits = trial.compare(who, partial(_hearer, wanted.model, languages))
        return {wanted.block: f"{waits.table()}\n\nOn {Machine.here()}."}

    return publish(measure, wanted.write)


def _hearer(model: str, languages: Sequence[str], who: Engine, way: Way) -> Hearer:
    return Hearer(whisper(model), who, way, languages)


if __name__ == "__main__":
    sys.exit(main())
