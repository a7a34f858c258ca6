"""The tables of the accuracy page."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from irene.performance.measuring.engine_cost import EngineCost
from irene.performance.publishing.markdown import table
from irene.performance.speech.recordings import Group
from irene.studies.accuracy.asr_trial import AsrTrial
from irene.studies.accuracy.grammar_trial import GrammarTrial
from irene.studies.accuracy.vad_trial import VadTrial
from irene.studies.accuracy.wake_trial import WakeTrial, WordScore

_NONE = "-"


@dataclass(frozen=True)
class SetTrial:
    """Everything that was measured with one set of recordings."""

    title: str
    sources: dict[str, int]
    """public repository: number of recordings"""
    wake: list[WakeTrial] = field(default_factory=list)
    vad: list[VadTrial] = field(default_factory=list)
    asr: list[AsrTrial] = field(default_factory=list)
    grammar: list[GrammarTrial] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)
    """`engine: why` for every engine that is not ready, or failed"""


def describe(trial: SetTrial) -> str:
    """Return the section of one set of recordings."""
    n_clips = sum(trial.sources.values())
    origins = ", ".join(f"{name} ({count})" for name, count in trial.sources.items())
    parts = [
        f"## {trial.title}",
        f"{n_clips} recordings from these public repositories: {origins}.",
        *_wake_part(trial.wake),
        *_vad_part(trial.vad),
        *_asr_part(trial.asr),
        *_grammar_part(trial.grammar),
        *_cost_part(trial),
    ]
    if trial.unmeasured:
        parts.append("Not measured:\n\n" + "\n".join(f"- {line}" for line in trial.unmeasured))
    return "\n\n".join(parts)


def _wake_part(trials: Sequence[WakeTrial]) -> Iterator[str]:
    trials = [trial for trial in trials if trial.words]
    if not trials:
        return
    yield "### Wake words"
    yield table(
        ("engine", "wake word", "threshold", "recordings", "heard", "heard behind the gate"),
        [(trial.provider, *_word_row(one)) for trial in trials for one in trial.words],
    )
    yield table(
        (
            "engine",
            "negatives",
            "hours",
            "false accepts",
            "behind the gate",
            "per hour",
            "wrong word",
            "only the end said",
            "of these heard",
        ),
        [_false_accept_row(trial) for trial in trials],
    )
    yield "\n".join(
        f"- {trial.provider} heard what nobody said: {', '.join(trial.false_accepts) or 'nothing'}."
        for trial in trials
    )
    bound = max(trial.surely_below_per_h for trial in trials)
    yield (
        f"With so few hours of negatives, zero false accepts would only show that the rate is "
        f"below {bound:.0f} an hour (95 % confidence)."
    )


def _word_row(score: WordScore) -> tuple[object, ...]:
    heard = (score.n_heard, score.n_heard_gated)
    return (score.word, f"{score.threshold:.2f}", score.n_clips, *heard)


def _false_accept_row(trial: WakeTrial) -> tuple[object, ...]:
    return (
        trial.provider,
        trial.n_negatives,
        f"{trial.negative_s / 3600:.3f}",
        len(trial.false_accepts),
        len(trial.false_accepts_gated),
        f"{trial.false_accepts_per_h:.1f}",
        len(trial.wrong_words),
        trial.n_parts,
        trial.n_parts_heard,
    )


def _vad_part(trials: Sequence[VadTrial]) -> Iterator[str]:
    if not trials:
        return
    yield "### Voice activity and endpointing"
    yield table(
        ("engine", "recordings of", "number", "speech found", "in several utterances"),
        [
            (trial.provider, one.group, one.n_clips, one.n_with_speech, one.n_split)
            for trial in trials
            for one in trial.groups
            if one.n_clips and one.group != Group.NON_SPEECH.value
        ],
    )
    yield table(
        (
            "engine",
            "non-speech rejected",
            "onset error, median (worst)",
            "end error, median (worst)",
            "CPU per window",
        ),
        [_vad_row(trial) for trial in trials],
    )
    yield "\n".join(
        f"- {trial.provider} took for speech: {', '.join(trial.false_speech) or 'nothing else'}."
        for trial in trials
    )


def _vad_row(trial: VadTrial) -> tuple[object, ...]:
    quiet = next(one for one in trial.groups if one.group == Group.NON_SPEECH.value)
    return (
        trial.provider,
        f"{quiet.n_clips - quiet.n_with_speech} of {quiet.n_clips}",
        _errors(trial.onset_errors_ms),
        _errors(trial.end_errors_ms),
        f"{trial.us_per_window:.0f} µs per {trial.window_ms:g} ms",
    )


def _errors(errors_ms: Sequence[float]) -> str:
    if not errors_ms:
        return _NONE
    worst = max(errors_ms, key=abs)
    return f"{statistics.median(errors_ms):+.0f} ms ({worst:+.0f} ms)"


def _asr_part(trials: Sequence[AsrTrial]) -> Iterator[str]:
    rows = [
        (
            trial.provider,
            trial.language,
            one.group,
            one.n_clips,
            one.errors.n_reference,
            f"{100 * one.errors.rate:.1f} %",
            f"{one.errors.substitutions} / {one.errors.deletions} / {one.errors.insertions}",
            one.n_right,
        )
        for trial in trials
        for one in trial.groups
        if one.n_clips
    ]
    if not rows:
        return
    yield "### Word errors"
    yield table(
        (
            "engine",
            "language",
            "recordings of",
            "number",
            "words",
            "WER",
            "wrong / missing / extra words",
            "without any error",
        ),
        rows,
    )


def _grammar_part(trials: Sequence[GrammarTrial]) -> Iterator[str]:
    if not trials:
        return
    yield "### Commands within a grammar, and everything else"
    yield table(
        (
            "engine",
            "sentences",
            "said",
            "right without the grammar",
            "right within it",
            "taken for another",
            "other recordings",
            "of these accepted",
        ),
        [_grammar_row(trial) for trial in trials],
    )
    yield table(
        (
            "engine",
            "CPU ms per second of audio",
            "without the grammar",
            "CPU ms after the end of 1 to 5 s, median (most)",
        ),
        [
            (
                trial.provider,
                f"{1000 * trial.cpu_per_s:.0f}",
                f"{1000 * trial.open_cpu_per_s:.0f}",
                f"{1000 * trial.end_cpu_s:.0f} ({1000 * trial.most_end_cpu_s:.0f})",
            )
            for trial in trials
        ],
    )
    for trial in trials:
        yield (
            f"- {trial.provider} took for another sentence: {', '.join(trial.wrong) or 'none'}.\n"
            f"- {trial.provider} took for a sentence: {', '.join(trial.accepted) or 'nothing'}."
        )


def _grammar_row(trial: GrammarTrial) -> tuple[object, ...]:
    return (
        trial.provider,
        trial.n_sentences,
        trial.n_inside,
        trial.n_right_open,
        trial.n_right,
        len(trial.wrong),
        trial.n_outside,
        f"{len(trial.accepted)} ({100 * len(trial.accepted) / max(1, trial.n_outside):.1f} %)",
    )


def _cost_part(trial: SetTrial) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [
        *(("wake word", _with_words(one), *_costs(one.cost)) for one in trial.wake),
        *(("VAD", one.provider, *_costs(one.cost)) for one in trial.vad),
        *(("ASR", one.provider, *_costs(one.cost)) for one in trial.asr),
    ]
    if not rows:
        return
    yield "### CPU and memory"
    yield table(
        (
            "slot",
            "engine",
            "CPU ms per second of audio",
            "loading, s",
            "memory after loading, MB",
            "most while it worked, MB",
            "audio, s",
        ),
        rows,
    )


def _with_words(trial: WakeTrial) -> str:
    count = len(trial.words)
    return f"{trial.provider} ({count} words at once)" if count > 1 else trial.provider


def _costs(cost: EngineCost) -> tuple[str, ...]:
    return (
        f"{1000 * cost.cpu_per_s:.2f}",
        f"{cost.load_s:.2f}",
        f"{cost.loaded_mb:.0f}",
        f"{cost.most_mb:.0f}",
        f"{cost.audio_s:.0f}",
    )
