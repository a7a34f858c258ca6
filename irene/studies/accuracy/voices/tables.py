"""Tables of voices: right and accepted by accent and size of the grammar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from irene.performance.publishing.markdown import table
from irene.studies.accuracy.grammar_trial import Heard, count_sentences
from irene.studies.accuracy.voices.trial import Size, Spoken, VoiceScore, score

Results = Sequence[tuple[Size, Sequence[Heard]]]
"""what was heard within each grammar, in the order of what was said"""
Same = Callable[[str, str], bool]
"""whether two sentences mean the same"""


def describe(spoken: Sequence[Spoken], results: Results, is_same: Same) -> str:
    """Return the tables: by accent, and by grammar."""
    accents: dict[str, list[int]] = {}
    for index, one in enumerate(spoken):
        accents.setdefault(one.accent, []).append(index)
    rows = []
    for accent, places in accents.items():
        scores = [score([h[at] for at in places], size.grammar, is_same) for size, h in results]
        rows.append(_accent_row(accent, len({spoken[at].voice for at in places}), scores))
    names = [size.name for size, _ in results]
    header = (
        "voices",
        "number",
        "commands",
        *(f"right: {name}" for name in names),
        "others",
        *(f"accepted: {name}" for name in names),
    )
    return f"{table(header, rows)}\n\n{_by_grammar(results, is_same)}"


def _accent_row(accent: str, n_voices: int, scores: Sequence[VoiceScore]) -> tuple[object, ...]:
    return (
        accent,
        n_voices,
        scores[0].n_commands,
        *(_share(one.n_right, one.n_commands) for one in scores),
        scores[0].n_others,
        *(one.n_accepted for one in scores),
    )


def _by_grammar(results: Results, is_same: Same) -> str:
    header = (
        "grammar",
        "sentences",
        "commands",
        "right in every word",
        "right in meaning",
        "taken for another",
        "others",
        "of these accepted",
        "CPU ms per second of audio",
    )
    scores = [(size, score(heard, size.grammar, is_same)) for size, heard in results]
    return table(header, [_grammar_row(size, found) for size, found in scores])


def _grammar_row(size: Size, found: VoiceScore) -> tuple[object, ...]:
    return (
        size.name,
        _count(size),
        found.n_commands,
        _share(found.n_right, found.n_commands),
        _share(found.n_meant, found.n_commands),
        found.n_wrong,
        found.n_others,
        _share(found.n_accepted, found.n_others),
        round(1000 * found.cpu_per_s),
    )


def _count(size: Size) -> str:
    count = count_sentences(size.grammar)
    return str(count) if count < 100_000 else f"{count:.0e}"


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part / whole:.0f} %)" if whole else "-"


def as_json(spoken: Sequence[Spoken], results: Results) -> list[Mapping[str, object]]:
    """Return what became of every utterance."""
    return [
        {
            "grammar": size.name,
            "voice": said.voice,
            "accent": said.accent,
            "said": said.text,
            "heard": one.hypothesis.text,
            "confidence": one.hypothesis.confidence,
            "accepted": one.is_accepted,
        }
        for size, heard in results
        for said, one in zip(spoken, heard, strict=True)
    ]
