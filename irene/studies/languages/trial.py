"""How well languages are told apart in labelled recordings, and what that costs.

Recordings are those of a folder with a `manifest.csv` whose `segments` say, as JSON, where which
language is spoken: a list of objects with `start_s`, `end_s` and `language`.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from irene.cache.encoder import Asked, EncoderCache
from irene.components.asr.component import ASRComponent
from irene.components.assembly import Assembly
from irene.components.language.component import LanguageComponent
from irene.components.language.listening import LanguageListener
from irene.components.language.windows import window_at
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, Samples
from irene.errors import ConfigurationError
from irene.performance.measuring.machine import Machine
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import BUNDLED
from irene.pipeline.audio_files import read_whole, recording
from irene.plugin.registry import ComponentRegistry
from irene.studies.languages.code_switching import halves
from irene.studies.languages.labelled import Labelled
from irene.studies.languages.switches import Switches, SwitchTrial, choosing_table, judged_table

RECORDINGS = BUNDLED / "whisper"
"""commands in four languages"""
_BLOCK_S = 0.1
_PATIENCE_S = 60.0
_COMPOSED = 60
"""recordings of several utterances in each half"""
_WINDOWS_MS = (2000, 1500, 1000)
"""windows that are compared"""
_TIMED = 12
"""windows that are timed"""


@dataclass(frozen=True)
class Accuracy:
    """How many recordings of one language were told to be that."""

    language: str
    n_clips: int
    n_whole: int
    """heard as a whole"""
    n_recordings: int
    """heard as recordings, cut at their pauses"""


class Trial:
    """One identifier and one recogniser, which share their engine, and labelled recordings."""

    def __init__(
        self, assembly: Assembly, folder: Path, sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """Read and convert the recordings; the engines are loaded when they are needed.

        `sleep` waits so many seconds while somebody speaks.

        Raises:
            ConfigurationError: there is no such folder, or languages are not identified.
        """
        component = assembly.language()
        if component is None:
            raise ConfigurationError("language.enabled = false: set it to true")
        self.component: LanguageComponent = component
        self.asr: ASRComponent = assembly.asr()
        self.encodings: EncoderCache[Any] = assembly.engines.encodings
        self._assembly = assembly
        self._sleep = sleep
        self.recordings = list(self._read(folder))

    @property
    def commands(self) -> list[Labelled]:
        """The recordings of one utterance each."""
        return [one for one in self.recordings if one.kind == "command"]

    def accuracy(self) -> list[Accuracy]:
        """Return how many commands were told to be of their language, by language."""
        clips, whole, cut = Counter[str](), Counter[str](), Counter[str]()
        for one in self.commands:
            samples = one.clip.samples
            opinion = self.component.whole(samples) or self.component.opinion(samples)
            runs = self.component.runs_of_clip(one.clip)
            longest = max(runs, key=lambda run: run.length_s).language if runs else ""
            clips[one.language] += 1
            whole[one.language] += opinion.language == one.language
            cut[one.language] += longest == one.language
        return [Accuracy(one, n, whole[one], cut[one]) for one, n in clips.items()]

    def switches(self) -> list[Switches]:
        """Return what was found in the recordings in which the language changes."""
        mixed = [one for one in self.recordings if one.kind == "code-switched"]
        return [Switches.between(one, self.component.runs_of_clip(one.clip)) for one in mixed]

    def window_times_ms(self) -> list[float]:
        """Return what some windows cost that nobody has heard, wall milliseconds of each."""
        self.encodings.clear()
        length, times = self.component.capabilities.window, []
        for one in self.recordings[:_TIMED]:
            window = window_at(one.clip.samples, 0, length)
            began = time.perf_counter()
            self.component.opinion(window)
            times.append(1000 * (time.perf_counter() - began))
        return times

    def live(self) -> tuple[Asked, Asked]:
        """Return the encoder passes of live commands: identified only, and recognised as well.

        Each is spoken once, in blocks of 100 ms; nobody is hurried. What is recognised is spoken in
        real time: in pauses, and every second, a recogniser may work ahead.
        """
        alone = self._spoken(recognised=False)
        return alone, self._spoken(recognised=True)

    def repeated(self) -> Asked:
        """Return the encoder passes of recordings of which each comes a second time at once."""
        self.encodings.clear()
        before = self.encodings.stats().repeated
        for one in self.commands:
            for _ in range(2):
                self.component.whole(one.clip.samples)
        return _since(before, self.encodings.stats().repeated)

    def close(self) -> None:
        """Free the engines."""
        self.asr.close()
        self.component.slot.chain.close()

    def _spoken(self, recognised: bool) -> Asked:
        self.encodings.clear()
        before = self.encodings.stats().live
        listener = LanguageListener(self.component)
        for one in self.commands:
            self._speak(listener, one, recognised)
        return _since(before, self.encodings.stats().live)

    def _speak(self, listener: LanguageListener, one: Labelled, recognised: bool) -> None:
        spoken = listener.open()
        utterance = self.asr.open(one.clip.sample_rate, one.language) if recognised else None
        for block in _blocks(one.clip):
            if utterance is not None:
                self._sleep(_BLOCK_S)  # what comes faster is a recording
                utterance.feed(block)
            spoken.feed(block)
            spoken.wait_idle(_PATIENCE_S)
            if utterance is not None:
                utterance.wait_idle(_PATIENCE_S)
        spoken.end()
        spoken.opinion.result(_PATIENCE_S)
        if utterance is not None:
            utterance.end()
            utterance.wait()

    def _read(self, folder: Path) -> Iterator[Labelled]:
        manifest = folder / "manifest.csv"
        if not manifest.is_file():
            raise ConfigurationError(
                f"{manifest}: no such file; name a folder of recordings with a manifest.csv"
            )
        with manifest.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                clip = self._clip(folder / row["file"])
                segments = json.loads(row.get("segments") or "[]")
                yield Labelled(row["file"], row["kind"], row["language"], clip, segments)

    def _clip(self, path: Path) -> AudioChunk:
        assembly = self._assembly
        whole = read_whole(recording(str(path), assembly.config, assembly.registry))
        track = self.component.slot.clip_track(whole)
        return AudioChunk(track.history.view(0, track.history.end), track.sample_rate)


def measure(trial: Trial) -> dict[str, str]:
    """Return what is measured, as Markdown, by the block of the page: `accuracy` and `passes`."""
    found = trial.accuracy()
    rows = [[one.language, one.n_clips, one.n_whole, one.n_recordings] for one in found]
    sums = [sum(row[column] for row in rows) for column in (1, 2, 3)]  # type: ignore[misc] # numbers
    accuracy_lines = [
        table(
            ("commands in", "recordings", "right as a whole", "right cut at pauses"),
            rows,
        ),
        f"Altogether {sums[1]} of {sums[0]} as a whole, {sums[2]} of {sums[0]} cut at pauses.",
        *_switch_lines(trial.switches()),
    ]
    cost = (
        f"A window costs {min(trial.window_times_ms()):.0f} ms on one core, the least of "
        f"{_TIMED}, of {Machine.here()}."
    )
    return {
        "accuracy": "\n\n".join(accuracy_lines),
        "passes": f"{_passes(trial)}\n\n{cost}",
    }


def _passes(trial: Trial) -> str:
    alone, both = trial.live()
    rows = [
        [what, asked.hits + asked.misses, asked.hits, f"{100 * asked.hit_rate:.0f} %"]
        for what, asked in (
            ("live, identified only", alone),
            ("live, identified and recognised", both),
            ("recordings that come twice", trial.repeated()),
        )
    ]
    return table(("audio", "encoder passes asked for", "saved", "share saved"), rows)


def _switch_lines(found: Sequence[Switches]) -> Iterator[str]:
    for one in found:
        heard = " → ".join(one.heard) or "nothing"
        if one.is_right:
            yield f"`{one.file}`: {heard}; every change in its pause."
        else:
            yield f"`{one.file}`: {' → '.join(one.spoken)} is spoken, {heard} was heard."


def _blocks(clip: AudioChunk) -> Iterator[Samples]:
    for piece in clip.pieces(_BLOCK_S):
        yield piece.samples


def _since(before: Asked, after: Asked) -> Asked:
    return Asked(after.hits - before.hits, after.misses - before.misses)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write into a page if one is named; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m irene.studies.languages", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--model", default="base", help="Whisper model, by name or path")
    parser.add_argument("--folder", type=Path, default=RECORDINGS, help="labelled recordings")
    parser.add_argument("--languages", default="en,de,ru,fr", help="those that may be spoken")
    parser.add_argument("--write", metavar="PAGE", help="page whose figures are replaced")
    wanted = parser.parse_args(arguments)
    languages = wanted.languages.split(",")
    return publish(lambda: _measured(wanted.model, languages, wanted.folder), wanted.write)


def _measured(model: str, languages: Sequence[str], folder: Path) -> dict[str, str]:
    trial = trial_of(model, languages, folder)
    try:
        blocks = measure(trial)
        made = halves(trial.commands, _COMPOSED)
        verdict = judged_table(trial.component, made)
        tried = [("as a whole", SwitchTrial(trial.component, made.choosing))]
    finally:
        trial.close()
    for window_ms in _WINDOWS_MS:
        other = trial_of(model, languages, folder, {"whole": False, "window_ms": window_ms})
        try:
            name = f"in windows of {window_ms} ms"
            tried.append((name, SwitchTrial(other.component, made.choosing)))
        finally:
            other.close()
    n_changes = sum(len(one.changes_s) for one in made.choosing)
    default_ms = 1000 * trial.component.dwell_s
    choice = f"Right of {_COMPOSED} recordings with {n_changes} changes, by `expected_dwell_ms`:"
    other_half = f"The other half, with the default of {default_ms:.0f} ms:"
    parts = [choice, choosing_table(tried), other_half, verdict]
    return {**blocks, "switches": "\n\n".join(parts)}


def trial_of(
    model: str, languages: Sequence[str], folder: Path, hearing: Mapping[str, Any] | None = None
) -> Trial:
    """Return a trial with a Whisper model that identifies and recognises, on one thread.

    Args:
        model: name or path.
        languages: those that may be spoken.
        folder: labelled recordings.
        hearing: further options of the identifier.

    Raises:
        ConfigurationError: there are no such recordings, or an option makes no sense.
    """
    registry = ComponentRegistry.installed()
    engine = {"model": model, "threads": 1}
    identifier = {"whisper": {**engine, **(hearing or {})}}
    recogniser = {"whisper": {**engine, "temperature_fallback": False, "word_times": False}}
    tables = {
        "assistant": {"transcribe_timeout_ms": 60_000},
        "language": {"enabled": True, "languages": list(languages), "providers": identifier},
        "asr": {"default_provider": "whisper", "grammar": "off", "providers": recogniser},
    }
    return Trial(Assembly(load_config(tables, registry=registry, environ={}), registry), folder)
