"""What several recognisers made of the same recordings: a table for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from irene.cli.terminal.layout import columns
from irene.performance.speech.word_errors import PLAIN_NORMALISER, WordErrors
from irene.studies.accuracy.transcript_trial import Transcript, Trial

References = Mapping[str, str] | None
"""What each file says; None where nobody knows."""

_COSTS = ("RTF", "CPU s/s", "load s", "loaded MB", "peak MB")
_ERRORS = ("WER", "subst.", "missing", "extra", "words")


def comparison_lines(trials: Sequence[Trial], references: References) -> Iterator[str]:
    """Yield every file with what each recogniser wrote, then a line of figures for each."""
    for number in range(len(trials[0].transcripts) if trials else 0):
        yield from _file_lines([trial.transcripts[number] for trial in trials], trials, references)
        yield ""
    heads = ("recogniser", *(_ERRORS if references is not None else ()), *_COSTS)
    yield from columns(heads, [_figures(trial, references) for trial in trials])
    yield ""
    if references is not None:
        yield f"WER: {PLAIN_NORMALISER}."
    yield "RTF: processing per second of audio. MB: what its process took beyond irene and the VAD."


def comparison_object(trials: Sequence[Trial], references: References) -> dict[str, Any]:
    """Return the same as one object."""
    return {
        "normaliser": PLAIN_NORMALISER,
        "recognisers": [_trial_object(trial, references) for trial in trials],
    }


def _file_lines(
    transcripts: Sequence[Transcript], trials: Sequence[Trial], references: References
) -> Iterator[str]:
    seconds = max(one.seconds for one in transcripts)
    yield f"{transcripts[0].file} ({seconds:.1f} s)" if seconds else transcripts[0].file
    names = [trial.provider for trial in trials]
    width = max(map(len, (*names, "reference")))
    if references is not None:
        yield f"  {'reference':{width}}  {'':8}  {references[transcripts[0].file]}"
    for name, one in zip(names, transcripts, strict=True):
        known = "" if references is None else f"{_rate(one, references):>8}  "
        yield f"  {name:{width}}  {known}{_written(one)}"


def _rate(one: Transcript, references: Mapping[str, str]) -> str:
    """Return the rate of one recording; what could not be read counts for nobody."""
    return "-" if one.error is not None else _percent(one.errors(references[one.file]))


def _written(one: Transcript) -> str:
    if one.error is None:
        return one.text or "(nothing)"
    return f"{one.text} (it could not go on)" if one.text else "(could not be read)"


def _figures(trial: Trial, references: References) -> list[str]:
    cost = trial.cost
    speeds = (trial.rtf, cost.cpu_per_s)
    costs = [f"{speed:.3f}" if trial.has_audio else "-" for speed in speeds]
    costs += [f"{cost.load_s:.2f}"]
    costs += [f"{cost.loaded_mb:.0f}", f"{cost.most_mb:.0f}"]
    if references is None:
        return [trial.provider, *costs]
    errors = trial.errors(references)
    counts = (errors.substitutions, errors.deletions, errors.insertions, errors.n_reference)
    return [trial.provider, _percent(errors), *map(str, counts), *costs]


def _percent(errors: WordErrors) -> str:
    """Return a rate for people; there is none without words to get wrong."""
    return f"{100 * errors.rate:.1f} %" if errors.n_reference else "-"


def _trial_object(trial: Trial, references: References) -> dict[str, Any]:
    cost = trial.cost
    found: dict[str, Any] = {"provider": trial.provider}
    if references is not None:
        found["errors"] = _errors_object(trial.errors(references))
    return found | {
        "rtf": round(trial.rtf, 4),
        "cpu_per_s": round(cost.cpu_per_s, 4),
        "load_s": round(cost.load_s, 3),
        "loaded_mb": round(cost.loaded_mb, 1),
        "peak_mb": round(cost.most_mb, 1),
        "files": [_transcript_object(one, references) for one in trial.transcripts],
    }


def _transcript_object(one: Transcript, references: References) -> dict[str, Any]:
    found: dict[str, Any] = {"file": one.file, "text": one.text, "language": one.language}
    if references is not None:
        reference = references[one.file]
        found |= {"reference": reference, "errors": _errors_object(one.errors(reference))}
    found |= {"seconds": round(one.seconds, 3), "rtf": round(one.rtf, 4)}
    if one.error is not None:
        found["error"] = {"code": one.error.code, "message": str(one.error)}
    return found


def _errors_object(errors: WordErrors) -> dict[str, Any]:
    return asdict(errors) | {"wer": round(errors.rate, 4) if errors.n_reference else None}
