"""`python -m whisper_model.guidance`: what prompt and guards make of commands and other speech."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np

from irene import EncoderCache, Grammar
from irene.audio.samples import as_type, to_mono
from irene.performance.publishing.markdown import table
from irene.performance.publishing.publish import publish
from irene.performance.speech.recordings import read_manifest
from irene.performance.speech.word_errors import WordErrors, count_errors, plain_words
from irene.plugin.registry import ComponentRegistry
from irene_plugins.asr.whisper.audible import is_audible
from irene_plugins.asr.whisper.faster.device import choose
from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine, Share
from irene_plugins.asr.whisper.faster.folder import ModelFolder
from irene_plugins.asr.whisper.passages import Passage
from irene_plugins.asr.whisper.prompt import grammar_prompt
from irene_plugins.asr.whisper.query import Effort, Query
from irene_plugins.asr.whisper.sentences import is_sentence
from irene_plugins.asr.whisper.window_listener import WindowListener
from whisper_model.conversion import convert
from whisper_model.measuring import spoken
from whisper_model.texts import COMMANDS, LANGUAGES, strange_texts

_SEED = 7
_PROMPT_TOKENS = 200
_NO_GRAMMAR, _NO_PROMPT, _PROMPT = "free", "numbers in words, no prompt", "prompt"
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Clip:
    """Something to be heard."""

    kind: str
    """command, other, real command, real other"""
    language: str
    words: str
    """what is said; empty where nothing is, or nobody wrote it down"""
    samples: np.ndarray
    """float32, 16 kHz"""


@dataclass(frozen=True)
class Heard:
    """What a model made of a clip, asked in each way."""

    clip: Clip
    passages: dict[str, Passage]
    """by variant"""
    sentences: dict[str, bool]
    """whether the text is a sentence of the grammar, by variant"""

    def is_right(self, variant: str) -> bool:
        """Whether every word is."""
        said, text = plain_words(self.clip.words), plain_words(self.passages[variant].text)
        return count_errors(said, text).n_errors == 0


_WAYS = ("the whole again", "the rest, led by what was said before", "the rest, led by nothing")

Rule = Callable[[Heard], bool]
"""Says whether what was heard with a prompt is taken for a command; it is a sentence of one."""


def confidence_from(least: float) -> Rule:
    """Return the rule that wants the model to be so sure."""
    return lambda heard: heard.passages[_PROMPT].confidence >= least


def speech_from(most: float, least: float = 0.4) -> Rule:
    """Return the rule that the model gives no more than this to "nobody speaks"."""
    return lambda heard: (
        heard.passages[_PROMPT].no_speech <= most and heard.passages[_PROMPT].confidence >= least
    )


def heard_again(least: float = 0.4) -> Rule:
    """Return the rule that the text is the same without a prompt."""

    def rule(heard: Heard) -> bool:
        led, free = heard.passages[_PROMPT], heard.passages[_NO_PROMPT]
        return led.confidence >= least and plain_words(led.text) == plain_words(free.text)

    return rule


RULES: dict[str, Rule] = {
    "a sentence of the grammar": lambda heard: True,
    **{f"`least_confidence` {least:.1f}": confidence_from(least) for least in (0.4, 0.6, 0.8, 0.9)},
    "0.4, and no-speech at most 0.6": speech_from(0.6),
    "0.4, and no-speech at most 0.2": speech_from(0.2),
    "0.8, and no-speech at most 0.2": speech_from(0.2, 0.8),
    "0.4, and the same without prompt": heard_again(),
    "0.8, and the same without prompt": heard_again(0.8),
}


def clips(recordings: Path, n_renderings: int, n_strange: int) -> Iterator[Clip]:
    """Yield commands and other speech by voices that nothing was trained on, then recordings."""
    random, rng = Random(_SEED), np.random.default_rng(_SEED)
    commands = [(text,) for text in list(COMMANDS) * n_renderings]
    for kind, wanted in (
        ("command", commands),
        ("other", [(text,) for text in strange_texts(n_strange, random)]),
    ):
        for (text,), samples in spoken(wanted, random, rng):
            yield Clip(kind, text.language, text.words, samples.astype(np.float32) / 32768)
    registry = ComponentRegistry.installed()
    english = _grammar("en")
    for one in read_manifest(recordings):
        clip = one.read(registry)
        samples = as_type(to_mono(clip.samples), "float32").astype(np.float32)
        if clip.sample_rate != 16000 or clip.duration_s > 10 or one.language not in ("en", ""):
            continue
        is_command = bool(one.phrase) and is_sentence(english, one.phrase)
        if is_command or one.phrase or one.is_outside_any_grammar:
            yield Clip("real command" if is_command else "real other", "en", one.phrase, samples)


Piece = tuple[str, np.ndarray]
"""what is said, and float32 samples of it with a pause at its end"""


def several(n_of_each: int) -> Iterator[tuple[str, list[Piece]]]:
    """Yield three commands in a row, with the pauses that they are cut at, and their language."""
    random, rng = Random(_SEED), np.random.default_rng(_SEED)
    for language in LANGUAGES:
        own = [text for text in COMMANDS if text.language == language]
        for _ in range(n_of_each):
            drawn = [(text,) for text in random.sample(own, 3)]
            pieces = spoken(drawn, random, rng)
            yield (
                language,
                [(text.words, one.astype(np.float32) / 32768) for (text,), one in pieces],
            )


def hear_several(folder: Path, rows: Sequence[tuple[str, list[Piece]]]) -> dict[str, WordErrors]:
    """Return the errors when the whole is decoded at the end, and when only the rest is."""
    engine = FasterWhisperEngine.load(ModelFolder(folder), choose("cpu", "float32"), Share())
    listener = WindowListener(engine, EncoderCache())
    found = {way: WordErrors() for way in _WAYS}
    for language, pieces in rows:
        said = " ".join(words for words, _ in pieces)
        query = Query(language, "", False, False, Effort(_TEMPERATURES))
        whole = listener.recognise(np.concatenate([samples for _, samples in pieces]), query).text
        alone, led = [], []
        for _, samples in pieces:
            alone.append(listener.recognise(samples, query).text)
            before = replace(query, prompt=" ".join(led))
            led.append(listener.recognise(samples, before).text)
        texts = (whole, " ".join(led), " ".join(alone))
        for way, text in zip(_WAYS, texts, strict=True):
            found[way] += count_errors(plain_words(said), plain_words(text))
    return found


def describe_several(found: dict[str, WordErrors]) -> str:
    """Return the table of both."""
    rows = [[way, f"{100 * errors.rate:.1f} %"] for way, errors in found.items()]
    return table(["three commands, at the end", "WER"], rows)


def hear(folder: Path, heard: Sequence[Clip]) -> list[Heard]:
    """Return what a model makes of clips."""
    engine = FasterWhisperEngine.load(ModelFolder(folder), choose("cpu", "float32"), Share())
    listener = WindowListener(engine, EncoderCache())
    grammars = {language: _grammar(language) for language in LANGUAGES}
    prompts = {
        language: grammar_prompt(grammar, engine.n_tokens, _PROMPT_TOKENS)
        for language, grammar in grammars.items()
    }
    return [_hear_one(listener, clip, grammars, prompts) for clip in heard]


def _hear_one(
    listener: WindowListener[object],
    clip: Clip,
    grammars: dict[str, Grammar],
    prompts: dict[str, str],
) -> Heard:
    effort = Effort(_TEMPERATURES)
    queries = {
        _NO_GRAMMAR: Query(clip.language, "", False, False, effort),
        _NO_PROMPT: Query(clip.language, "", False, True, effort),
        _PROMPT: Query(clip.language, prompts[clip.language], False, True, effort),
    }
    passages = {
        name: effort.guards.cleaned(listener.recognise(clip.samples, query))
        if is_audible(clip.samples)
        else Passage(language=clip.language)
        for name, query in queries.items()
    }
    grammar = grammars[clip.language]
    known = {name: is_sentence(grammar, one.text) for name, one in passages.items()}
    return Heard(clip, passages, known)


def _grammar(language: str) -> Grammar:
    said = [text.words for text in COMMANDS if text.language == language]
    return Grammar.of_sentences([" ".join(plain_words(words)) for words in said], language)


def describe_prompt(heard: Sequence[Heard]) -> str:
    """Return the table of what the prompt changes."""
    rows = []
    for variant in (_NO_GRAMMAR, _NO_PROMPT, _PROMPT):
        row = [variant]
        for kind in ("command", "real command"):
            of_kind = [one for one in heard if one.clip.kind == kind]
            row.append(_of(sum(one.is_right(variant) for one in of_kind), of_kind))
        for kind in ("other", "real other"):
            of_kind = [one for one in heard if one.clip.kind == kind]
            row.append(_of(sum(one.sentences[variant] for one in of_kind), of_kind))
        rows.append(row)
    head = ["asked with", "commands right", "by people", "others a command", "by people"]
    return table(head, rows)


def describe_rules(heard: Sequence[Heard]) -> str:
    """Return the table of what each rule lets pass, of what the prompt led to a sentence."""
    rows = []
    for name, rule in RULES.items():
        row = [name]
        for kind in ("command", "real command", "other", "real other"):
            of_kind = [one for one in heard if one.clip.kind == kind]
            passed = [one for one in of_kind if one.sentences[_PROMPT] and rule(one)]
            right = [one for one in passed if "command" not in kind or one.is_right(_PROMPT)]
            row.append(_of(len(right), of_kind))
        rows.append(row)
    head = ["taken for a command", "commands right", "by people", "others", "by people"]
    return table(head, rows)


def _of(n: int, all_of_them: Sequence[object]) -> str:
    return f"{n} of {len(all_of_them)}"


def main() -> int:
    """Measure the model of a command line."""
    parser = argparse.ArgumentParser(description="Measure what a prompt is worth.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--recordings", type=Path, default=Path("tests/data"))
    parser.add_argument("--renderings", type=int, default=2, help="of each command")
    parser.add_argument("--others", type=int, default=15, help="of each language")
    parser.add_argument("--rows", type=int, default=5, help="of three commands, of each language")
    parser.add_argument("--page", type=Path, help="page whose blocks are replaced")
    options = parser.parse_args()

    def measure() -> dict[str, str]:
        with tempfile.TemporaryDirectory() as folder:
            convert(options.checkpoint, Path(folder))
            said = clips(options.recordings, options.renderings, options.others)
            heard = hear(Path(folder), list(said))
            found = hear_several(Path(folder), list(several(options.rows)))
        return {
            "prompt": describe_prompt(heard),
            "rules": describe_rules(heard),
            "several": describe_several(found),
        }

    return publish(measure, options.page)


if __name__ == "__main__":
    raise SystemExit(main())
