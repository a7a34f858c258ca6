"""How well changes of language are found in recordings of which it is known where they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irene.components.language.component import LanguageComponent
from irene.components.language.runs import Heard, LanguageRun, runs_of
from irene.performance.publishing.markdown import table
from irene.studies.languages.code_switching import Halves, in_noise
from irene.studies.languages.labelled import Labelled

DWELLS_S = (1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
"""values of `expected_dwell_ms` that are compared, in seconds"""
TOLERANCE_S = 0.1
"""how far from its pause a change may be found"""

NOISES_DB = (30.0, 25.0, 20.0, 15.0, 10.0)
"""levels of white noise, dB below speech"""


@dataclass(frozen=True)
class Switches:
    """Where the language changes in one recording."""

    file: str
    spoken: tuple[str, ...]
    heard: tuple[str, ...]
    n_found: int
    """changes that were heard within 0.1 s of the pause between the same two languages"""

    @property
    def n_missed(self) -> int:
        """Changes that were not found, or not there."""
        return len(self.spoken) - 1 - self.n_found

    @property
    def n_invented(self) -> int:
        """Changes that were heard where none is."""
        return max(0, len(self.heard) - 1) - self.n_found

    @property
    def is_right(self) -> bool:
        """Whether every change was found, and no other."""
        return self.heard == self.spoken and not self.n_missed

    @classmethod
    def between(cls, one: Labelled, runs: Sequence[LanguageRun]) -> Switches:
        """Hold what was heard to what is spoken."""
        spoken, heard = one.languages, tuple(run.language for run in runs)
        changes = zip(spoken, spoken[1:], one.changes_s, strict=False)
        found = [
            any(
                (runs[place - 1].language, run.language) == (before, after)
                and start_s - TOLERANCE_S <= run.start_s <= end_s + TOLERANCE_S
                for place, run in enumerate(runs)
                if place
            )
            for before, after, (start_s, end_s) in changes
        ]
        return cls(one.file, spoken, heard, sum(found))


@dataclass(frozen=True)
class Score:
    """What was found in several recordings."""

    n_recordings: int
    n_right: int
    """recordings in which every change was found, and no other"""
    n_changes: int
    n_found: int
    n_invented: int

    @classmethod
    def of(cls, each: Sequence[Switches]) -> Score:
        """Add up."""
        return cls(
            len(each),
            sum(one.is_right for one in each),
            sum(len(one.spoken) - 1 for one in each),
            sum(one.n_found for one in each),
            sum(one.n_invented for one in each),
        )


class SwitchTrial:
    """An identifier, and what it makes of composed recordings; each is heard once."""

    def __init__(self, component: LanguageComponent, recordings: Sequence[Labelled]) -> None:
        self._languages = component.languages
        self._heard: list[tuple[Labelled, Heard]] = [
            (one, component.heard_in(one.clip)) for one in recordings
        ]

    def score(self, dwell_s: float) -> Score:
        """Return what is found when one language is spoken for so long on average, seconds."""
        return Score.of(
            [
                Switches.between(one, runs_of(heard, self._languages, dwell_s))
                for one, heard in self._heard
            ]
        )


def choosing_table(trials: Sequence[tuple[str, SwitchTrial]]) -> str:
    """Return how many recordings are right, by how they are heard and by the expected dwell."""
    rows = [
        [name, *(trial.score(dwell_s).n_right for dwell_s in DWELLS_S)] for name, trial in trials
    ]
    return table(("utterances heard", *(f"{1000 * one:.0f} ms" for one in DWELLS_S)), rows)


def judged_table(component: LanguageComponent, made: Halves) -> str:
    """Return what is found in the half that nothing was chosen with, in quiet and in noise."""
    rows = [_judged("none", component, made.judging)]
    for ratio_db in NOISES_DB:
        noisy = in_noise(made.judging, ratio_db)
        rows.append(_judged(f"{ratio_db:.0f} dB below speech", component, noisy))
    tolerance = f"found within {1000 * TOLERANCE_S:.0f} ms of the pause"
    columns = ("noise", "recordings", "right", "changes", tolerance, "found where none is")
    return table(columns, rows)


def _judged(
    name: str, component: LanguageComponent, recordings: Sequence[Labelled]
) -> list[str | int]:
    found = SwitchTrial(component, recordings).score(component.dwell_s)
    counts = (found.n_recordings, found.n_right, found.n_changes, found.n_found, found.n_invented)
    return [name, *counts]
