"""A Whisper model on CTranslate2 (faster-whisper): several windows at once, from any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from xxhash import xxh3_128

from irene import ProviderFailedError, Samples
from irene_plugins.asr.whisper.faster.decoding import Decoded, Decoder, Features, Question, as_input
from irene_plugins.asr.whisper.faster.device import Device
from irene_plugins.asr.whisper.faster.folder import ModelFolder
from irene_plugins.asr.whisper.faster.gathering import Gathering
from irene_plugins.asr.whisper.faster.tokens import Tokens
from irene_plugins.asr.whisper.passages import LONGEST_WINDOW_S, RATE
from irene_plugins.asr.whisper.query import Query

_WINDOW = round(LONGEST_WINDOW_S * RATE)
_BLOCK = 2**20
_PACKAGES = ("faster-whisper", "ctranslate2")


@dataclass(frozen=True)
class Share:
    """How much of the machine a model takes."""

    n_threads: int = 1
    """cores for one window"""
    parallel: int = 1
    """windows that are worked on at the same time"""
    batch: int = 1
    """windows of several utterances that are decoded together, in each of these"""


class FasterWhisperEngine:
    """One model in memory; any thread may call any method, several at the same time."""

    def __init__(self, model: Any, folder: ModelFolder, share: Share) -> None:
        """`model` is a `faster_whisper.WhisperModel`."""
        self._model = model
        self._n_text_ctx = folder.n_text_ctx
        self._tokens = Tokens(model.hf_tokenizer, model.model.is_multilingual)
        self._decoder = Decoder(model, self._tokens, self._n_text_ctx)
        self.digest = _digest(folder)
        """of the weights: what two engines of equal digests encode is equal (XXH3-128)"""
        self._encodings = Gathering(self._encode, lambda samples: None, share.batch, share.parallel)
        self._decodings: Gathering[Question, Decoded] = Gathering(
            self._decoder.decode, lambda question: question.key, share.batch, share.parallel
        )

    @classmethod
    def load(cls, folder: ModelFolder, device: Device, share: Share) -> FasterWhisperEngine:
        """Return the engine for a model; nothing is downloaded.

        Raises:
            ProviderFailedError: the folder is damaged, or holds something else.
        """
        from faster_whisper import WhisperModel
        from faster_whisper.feature_extractor import FeatureExtractor

        if fault := folder.fault():
            raise _damaged(folder, fault)
        try:
            model = WhisperModel(
                str(folder.path.absolute()),
                device=device.name,
                compute_type=device.compute_type,
                cpu_threads=share.n_threads,
                num_workers=share.parallel,
                local_files_only=True,
            )
            if len(model.feature_extractor.mel_filters) != model.model.n_mels:
                # models with 128 bands say so in a file that conversions often leave out
                model.feature_extractor = FeatureExtractor(feature_size=model.model.n_mels)
            return cls(model, folder, share)
        except Exception as error:  # both libraries raise bare Exception for what they cannot read
            raise _damaged(folder, str(error)) from error

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""
        return self._tokens.known(self._model.supported_languages)

    @property
    def is_multilingual(self) -> bool:
        """Whether the model knows more languages than English."""
        return bool(self._model.model.is_multilingual)

    @property
    def device(self) -> str:
        """Where the model is: cpu or cuda."""
        return str(self._model.model.device)

    @property
    def compute_type(self) -> str:
        """Type of the numbers that the model computes with."""
        return str(self._model.model.compute_type)

    @property
    def configuration(self) -> tuple[str, ...]:
        """What decides on the output of the encoder, beside the model and the samples."""
        return ("log-mel 30 s", self.device, f"ctranslate2 {self.compute_type}")

    @property
    def version(self) -> str:
        """Packages, model and how it computes: another version may hear another text."""
        packages = " ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
        return f"{packages} {self.digest} {' '.join(self.configuration)}"

    @property
    def prompt_budget(self) -> int:
        """Most tokens of a prompt."""
        return self._n_text_ctx // 2 - 1

    def n_tokens(self, text: str) -> int:
        """Return how many tokens the model writes a text with, a space before it included."""
        return len(self._tokens.written(text))

    def encode(self, samples: Samples) -> Features:
        """Return a window as the encoder sees it, padded with silence to 30 s.

        Args:
            samples: float32 from -1 to 1 at 16 kHz, shape (n,), up to 30 s.

        Raises:
            ProviderFailedError: the window is longer.
        """
        if len(samples) > _WINDOW:
            raise ProviderFailedError(f"{len(samples)} samples are no window of {_WINDOW}")
        return self._encodings.ask(samples)

    def detect(self, features: Features) -> dict[str, float]:
        """Return the probability of each language, 0 to 1; they sum up to 1."""
        return self._decoder.languages(features)

    def decode(self, features: Features, query: Query) -> Decoded:
        """Return what is said in a window, and from when on (s) it is still to be recognised.

        Models write at most half of their tokens, and may leave the last sentence to the next
        window; None: nothing is left. Windows that others ask about meanwhile are decoded together
        with this one, where the questions are alike and as many as `batch` allows.
        """
        prompt = self._tokens.prompt(query.prompt, self.prompt_budget)
        return self._decodings.ask(Question(features, query, tuple(prompt)))

    def warm_up(self, samples: Samples, word_times: bool) -> None:
        """Do everything once that takes longer the first time."""
        features = self.encode(samples)
        self.detect(features)
        for in_words in (False, True):
            self.decode(features, Query("en", "One.", word_times, in_words))
        if word_times:
            self._decoder.align([features], "en", [self._tokens.written("One two")])

    def close(self) -> None:
        """Free the model."""
        self._model.model.unload_model()

    def _encode(self, windows: Sequence[Samples]) -> list[Features]:
        """Return windows as the encoder sees them."""
        mels = []
        for samples in windows:
            padded = np.zeros(_WINDOW, dtype=np.float32)
            padded[: len(samples)] = samples
            mels.append(self._model.feature_extractor(padded, padding=0))
        encoded = self._model.model.encode(as_input(np.stack(mels)), to_cpu=True)
        rows = np.array(encoded)
        return [Features(row, len(samples)) for row, samples in zip(rows, windows, strict=True)]


def _digest(folder: ModelFolder) -> str:
    state = xxh3_128()
    with (folder.path / "model.bin").open("rb") as file:
        while block := file.read(_BLOCK):
            state.update(block)
    return state.hexdigest()


def _damaged(folder: ModelFolder, reason: str) -> ProviderFailedError:
    line = (reason.strip().splitlines() or ["no reason given"])[0][:150]
    return ProviderFailedError(
        f"asr.providers.faster-whisper.model: {folder.path} is damaged, or no Whisper model for "
        f"CTranslate2 ({line}); install it again"
    )
