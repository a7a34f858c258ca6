"""Vosk: streaming recognition with Kaldi models that are installed one by one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    Availability,
    Grammar,
    Licence,
    ProviderFailedError,
    find_model,
    hookimpl,
    install_hint,
    needs_package,
)
from irene_plugins.asr.vosk_folder import ModelFolder, with_pause
from irene_plugins.asr.vosk_grammar import GrammarTexts
from irene_plugins.asr.vosk_streams import GuidedStream, VoskStream

_CURE = "give the path of a whole model, or one that `irene models list --kind vosk` names"

_LOG_LEVEL = -3
"""that at which the engine does not write to the terminal what it also raises"""


@dataclass(frozen=True)
class VoskOptions:
    """The `[asr.providers.vosk]` table."""

    model: str = field(default="vosk-model-small-en-us-0.15", metadata={"path": "model"})
    """path or name of a model folder"""
    language: str = "en"
    """BCP 47 tag of the model"""
    device: str = field(default="cpu", metadata={"no_effect": "Vosk always runs on the CPU"})
    """accepted so that a recogniser is swapped by one word"""
    grammar_sentences: int = 4000
    """sentences of a grammar that the engine is given; of a larger one, so many are drawn, and one
    is added for each pair of words that is in none of them"""
    least_confidence: float = 0.5
    """sentences of a grammar with a word that is less sure, 0 to 1, count as something else"""
    pause_s: float = 0.0
    """silence after which the engine closes a part of an utterance and forgets it when it weighs
    what comes next, s; 0 leaves it to the model, most of which have 0.5"""

    def __post_init__(self) -> None:
        """Refuse what the engine could not use."""
        if self.grammar_sentences < 1:
            raise ValueError(f"grammar_sentences = {self.grammar_sentences}: use 1 or more")
        if not 0 <= self.least_confidence <= 1:
            raise ValueError(f"least_confidence = {self.least_confidence}: use 0 to 1")
        if not 0 <= self.pause_s <= 60:
            raise ValueError(f"pause_s = {self.pause_s}: use 0 to 60")


class VoskAsr(Asr[VoskOptions]):
    """Kaldi's streaming recogniser: one model in memory, one light recogniser per utterance.

    Utterances share nothing but the model, and the engine leaves the interpreter lock while it
    works, so several are recognised at a time on as many cores.
    """

    name = "vosk"
    summary = "Vosk (Kaldi), models for some 20 languages from 40 MB"
    licence = Licence("Apache-2.0", "Apache-2.0 (most models)")
    Options = VoskOptions
    capabilities = AsrCapabilities((16000,), "int16", ("en",), grammar=True, max_concurrency=8)

    def __init__(self, options: VoskOptions | None = None) -> None:
        super().__init__(options)
        self._model: Any = None
        self._overlay: tempfile.TemporaryDirectory[str] | None = None
        self.capabilities = replace(self.capabilities, languages=(self.options.language,))
        folder = self._folder()
        if folder is not None and not folder.fault():
            self.capabilities = replace(
                self.capabilities,
                sample_rates=(folder.sample_rate,),
                grammar=folder.takes_grammars,
            )

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return what the folder of a model lacks."""
        return ModelFolder(path).fault()

    def _check(self) -> Availability:
        engine = needs_package("vosk", "vosk")
        folder = self._folder()
        if not engine.ready:
            return engine
        if folder is None:
            missing = f"model {self.options.model!r} is not installed"
            return Availability(False, missing, self._cure(), is_model=True)
        if missing := folder.missing():
            missing = f"{folder.path} is no Vosk model (no {missing})"
            return Availability(False, missing, self._cure(), is_model=True)
        return engine

    def _cure(self) -> str:
        return install_hint("vosk", self.options.model, _CURE)

    def unknown_words(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that the model lacks; none where only a loaded model could tell."""
        folder = self._folder()
        known = folder.words() if folder is not None else None
        if known is not None:
            return tuple(word for word in words if word not in known)
        return tuple(word for word in words if not self._knows(word)) if self.is_loaded else ()

    @property
    def version(self) -> str:
        """Version of the package, and the model as it lies on the disk."""
        folder = self._folder()
        changed_ns = 0 if folder is None else folder.path.stat().st_mtime_ns
        return f"{metadata.version('vosk')} {self.options.model} {changed_ns}"

    def _folder(self) -> ModelFolder | None:
        path = find_model("vosk", self.options.model)
        return ModelFolder(path) if path is not None else None

    def _knows(self, word: str) -> bool:
        return bool(self._model.vosk_model_find_word(word) >= 0)

    def _load(self) -> None:
        import vosk

        folder = self._folder()
        if folder is None:
            raise _damaged(Path(self.options.model), "it is not there any more")
        if fault := folder.fault():
            raise _damaged(folder.path, fault)
        vosk.SetLogLevel(_LOG_LEVEL)
        self._vosk = vosk
        self._texts = GrammarTexts(self._knows, self.options.grammar_sentences)
        try:
            self._model = vosk.Model(str(self._to_be_loaded(folder)))
            # damaged graphs come to light only here
            vosk.KaldiRecognizer(self._model, float(self.capabilities.sample_rates[0]))
        except Exception as error:  # the engine raises bare Exception, without its reason
            self._close()
            raise _damaged(folder.path, str(error)) from error

    def _to_be_loaded(self, folder: ModelFolder) -> Path:
        """Return the model's folder, or one beside it whose settings have another pause."""
        if not self.options.pause_s or folder.is_flat:
            return folder.path
        self._overlay = tempfile.TemporaryDirectory(prefix="irene-vosk-")
        return with_pause(folder, self.options.pause_s, Path(self._overlay.name))

    def _warm_up(self) -> None:
        rate = self.capabilities.sample_rates[0]
        stream = self.open_stream(AsrRequest(rate))
        stream.accept(np.zeros(rate // 4, dtype=np.int16))
        stream.finish()
        stream.close()

    def _close(self) -> None:
        self._model = None
        if self._overlay is not None:
            self._overlay.cleanup()
            self._overlay = None

    def open_stream(self, request: AsrRequest) -> VoskStream:
        """Start on a new utterance, with a recogniser of its own.

        Sentences of the grammar with a word that the model lacks are left out: `unknown_words`
        names them.

        Raises:
            ConfigurationError: the grammar has no words, or no sentence that the model knows.
            ProviderFailedError: the audio has another rate than the model.
        """
        self.load()
        if request.sample_rate not in self.capabilities.sample_rates:
            raise ProviderFailedError(
                f"vosk: audio of {request.sample_rate} Hz; this model takes "
                f"{self.capabilities.sample_rates[0]} Hz"
            )
        rate, language = float(request.sample_rate), self.options.language
        if request.grammar is None or not self.capabilities.grammar:
            return VoskStream(self._vosk.KaldiRecognizer(self._model, rate), language)
        text = self._texts.text(request.grammar)
        recognizer = self._vosk.KaldiRecognizer(self._model, rate, text)
        least = self.options.least_confidence
        return GuidedStream(recognizer, language, request.grammar, least)

    def prepare(self, grammar: Grammar) -> None:
        """Write a grammar out: 1 s for 40000 arcs; the last four are kept.

        Raises:
            ConfigurationError: the grammar has no words, or no sentence that the model knows.
        """
        self.load()
        self._texts.text(grammar)


def _damaged(folder: Path, reason: str) -> ProviderFailedError:
    return ProviderFailedError(
        f"asr.providers.vosk.model: {folder} is damaged or incomplete ({reason}); {_CURE}"
    )


@hookimpl
def irene_asrs() -> list[type[Asr[VoskOptions]]]:
    """Offer this plugin's recogniser."""
    return [VoskAsr]
