"""Vosk: streaming recognition with Kaldi models that are installed one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Availability,
    ConfigurationError,
    Grammar,
    Hypothesis,
    Licence,
    ProviderFailedError,
    Samples,
    Word,
    find_model,
    hookimpl,
    needs_package,
)

_RATE = 16000
_ACOUSTIC = ("am/final.mdl", "final.mdl")
"""places of the acoustic model in a folder of either layout"""
_UNKNOWN = "[unk]"
"""what the engine writes for words that are not among those it is given"""
_CURE = (
    "get it from https://alphacephei.com/vosk/models and unpack it into "
    "~/.local/share/irene/models/vosk/, or set asr.providers.vosk.model to a path"
)


@dataclass(frozen=True)
class VoskOptions:
    """The `[asr.providers.vosk]` table."""

    model: str = field(default="vosk-model-small-en-us-0.15", metadata={"path": "model"})
    """path or name of a model folder"""
    language: str = "en"
    """BCP 47 tag of the model"""
    device: str = field(default="cpu", metadata={"no_effect": True})
    """accepted so that a recogniser is swapped by one word; Vosk always runs on the CPU"""


@dataclass(frozen=True)
class VoskResult:
    """One result object of the engine: `{"text": ..., "result": [{"word", "start", ...}]}`."""

    text: str = ""
    """words, separated by blanks; empty when nothing was said"""
    words: tuple[Word, ...] = ()
    """with times in seconds since the start of the stream"""

    @classmethod
    def parse(cls, answer: str) -> VoskResult:
        """Read what `Result()`, `PartialResult()` or `FinalResult()` returned.

        Raises:
            ProviderFailedError: the answer is not such an object.
        """
        try:
            content = json.loads(answer)
            words = tuple(_word(entry) for entry in content.get("result", ()))
            return cls(str(content.get("text", content.get("partial", ""))).strip(), words)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProviderFailedError(f"vosk answered {answer[:80]!r}: {error!r}") from error

    def joined(self, other: VoskResult) -> VoskResult:
        """Return this result followed by a later one."""
        text = f"{self.text} {other.text}".strip()
        return VoskResult(text, self.words + other.words)


def _word(entry: dict[str, Any]) -> Word:
    return Word(str(entry["word"]), entry["start"], entry["end"], entry.get("conf"))


class VoskStream(AsrStream):
    """One recogniser on the shared model.

    The engine closes a result at each pause that it hears; they are joined here, because it is
    the assistant's endpointing that decides when an utterance is over.
    """

    def __init__(self, recognizer: Any, language: str, grammar: Grammar | None = None) -> None:
        """Say of what is heard whether it is a sentence of the grammar, if there is one."""
        self._recognizer: Any = recognizer
        self._language = language
        self._grammar = grammar
        self._done = VoskResult()
        self._text = ""

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        if not len(samples):
            return None
        if self._recognizer.AcceptWaveform(np.ascontiguousarray(samples, dtype="<i2").tobytes()):
            self._done = self._done.joined(VoskResult.parse(self._recognizer.Result()))
            text = self._done.text
        else:
            partial = VoskResult.parse(self._recognizer.PartialResult())
            text = self._done.joined(partial).text
        text = _without_unknown(text)
        if text == self._text:
            return None
        self._text = text
        return Hypothesis(text, is_final=False, language=self._language)

    def finish(self) -> Hypothesis:
        """Return the final hypothesis with word times and confidences.

        The engine takes the words of a grammar, in any order, and `[unk]` for all others: what has
        one of those, or another order, is no sentence of it.
        """
        result = self._done.joined(VoskResult.parse(self._recognizer.FinalResult()))
        in_grammar = None
        if self._grammar is not None and result.text:
            in_grammar = self._grammar.accepts(result.text.split())
        words = tuple(word for word in result.words if word.text != _UNKNOWN)
        known = [word.confidence for word in words if word.confidence is not None]
        confidence = sum(known) / len(known) if known else None
        text = _without_unknown(result.text)
        return Hypothesis(text, True, words, self._language, confidence, in_grammar)

    def close(self) -> None:
        """Free the recogniser; a second call does nothing."""
        self._recognizer = None


def grammar_json(grammar: Grammar) -> str:
    """Return the words in the engine's form: a JSON list that ends with `[unk]`, for all others.

    The engine is not asked to judge it: an empty list or a broken one ends the whole process.

    Raises:
        ConfigurationError: there is no word in it.
    """
    if not grammar.vocabulary:
        raise ConfigurationError("grammar: no words in it; a list of sentences would be right")
    return json.dumps([*grammar.vocabulary, _UNKNOWN], ensure_ascii=False)


def _without_unknown(text: str) -> str:
    return " ".join(word for word in text.split() if word != _UNKNOWN)


def _lacks_endpointing(folder: Path) -> bool:
    """Whether the engine would end the whole process at the first sample for want of an option."""
    settings = folder / "conf" / "model.conf"
    return settings.is_file() and "--endpoint.silence-phones" not in settings.read_text("utf-8")


def _damaged(folder: Path | None, reason: str) -> ProviderFailedError:
    return ProviderFailedError(
        f"asr.providers.vosk.model: {folder} is damaged or incomplete ({reason}); {_CURE}"
    )


class VoskAsr(Asr[VoskOptions]):
    """Kaldi's streaming recogniser: one model in memory, one light recogniser per utterance."""

    name = "vosk"
    summary = "Vosk (Kaldi), models for some 20 languages from 40 MB"
    licence = Licence("Apache-2.0", "Apache-2.0 (most models)")
    Options = VoskOptions
    capabilities = AsrCapabilities((_RATE,), "int16", ("en",), grammar=True, max_concurrency=8)

    def __init__(self, options: VoskOptions | None = None) -> None:
        super().__init__(options)
        self.capabilities = AsrCapabilities(
            (_RATE,), "int16", (self.options.language,), grammar=True, max_concurrency=8
        )

    def _check(self) -> Availability:
        engine = needs_package("vosk", "vosk")
        folder = self._folder()
        if not engine.ready:
            return engine
        if folder is None:
            missing = f"model {self.options.model!r} is not installed"
            return Availability(False, missing, _CURE, is_model=True)
        if not any((folder / part).is_file() for part in _ACOUSTIC):
            missing = f"{folder} is no Vosk model (no am/final.mdl)"
            return Availability(False, missing, _CURE, is_model=True)
        return engine

    def unknown_words(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that the model lacks; none where only a loaded model could tell."""
        folder = self._folder()
        listed = folder / "graph" / "words.txt" if folder is not None else None
        if listed is not None and listed.is_file():
            lines = listed.read_text("utf-8").splitlines()
            known = {line.split()[0] for line in lines if line.strip()}
            return tuple(word for word in words if word not in known)
        if not self.is_loaded:
            return ()
        return tuple(word for word in words if self._model.vosk_model_find_word(word) < 0)

    def _folder(self) -> Path | None:
        return find_model("vosk", self.options.model)

    def _load(self) -> None:
        import vosk

        folder = self._folder()
        if folder is None or _lacks_endpointing(folder):
            raise _damaged(folder, "conf/model.conf lacks --endpoint.silence-phones")
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:  # the engine raises bare Exception, without its reason
            raise _damaged(folder, str(error)) from error
        self._vosk = vosk

    def _warm_up(self) -> None:
        stream = self.open_stream(AsrRequest())
        stream.accept(np.zeros(_RATE // 4, dtype=np.int16))
        stream.finish()
        stream.close()

    def _close(self) -> None:
        del self._model

    def open_stream(self, request: AsrRequest) -> VoskStream:
        """Start on a new utterance, with a recogniser of its own.

        Raises:
            ConfigurationError: the grammar has no words.
        """
        self.load()
        arguments: list[Any] = [self._model, float(request.sample_rate)]
        if request.grammar is not None:
            arguments.append(grammar_json(request.grammar))
        recognizer = self._vosk.KaldiRecognizer(*arguments)
        recognizer.SetWords(True)
        return VoskStream(recognizer, self.options.language, request.grammar)


@hookimpl
def irene_asrs() -> list[type[Asr[VoskOptions]]]:
    """Offer this plugin's recogniser."""
    return [VoskAsr]
