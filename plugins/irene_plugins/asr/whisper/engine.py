"""A Whisper model on openai-whisper (PyTorch): encoded once, asked several questions."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

from xxhash import xxh3_128

from irene import ProviderFailedError, ProviderUnavailableError, Samples, Word
from irene_plugins.asr.whisper.checkpoint import official_name
from irene_plugins.asr.whisper.log_mel import LogMel
from irene_plugins.asr.whisper.options import ComputeType
from irene_plugins.asr.whisper.passages import (
    LONGEST_WINDOW_S,
    RATE,
    Passage,
    most_tokens,
    timed_words,
)
from irene_plugins.asr.whisper.query import Query

_WINDOW = round(LONGEST_WINDOW_S * RATE)
_STEP_S = 0.02
"""seconds that a timestamp counts"""
IN_WORDS = frozenset("0123456789%$€£¥°²³½¼¾№&+=")
"""characters that stand for words"""
_FRAMES_PER_S = 100
_BLOCK = 2**20
_PACKAGES = ("openai-whisper", "torch")


@dataclass(frozen=True)
class Features:
    """A window of audio as the encoder sees it; any number of questions may be asked about it."""

    tensor: Any
    """torch, shape (n_audio_ctx, n_audio_state), on the model's device and in its type"""
    n_samples: int
    """samples of the window without padding"""

    @property
    def nbytes(self) -> int:
        """Bytes of the tensor."""
        return int(self.tensor.nbytes)


class WhisperEngine:
    """One model in memory; a lock makes it safe in threads, one call at a time.

    The library keeps the state of the decoder in hooks of the model: without the lock, threads
    read each other's text.
    """

    _aligning: ClassVar[threading.Lock] = threading.Lock()
    """times of words are found while a switch of the library's class is off, for all models"""

    def __init__(self, model: Any, digest: str, is_half: bool = False) -> None:
        """`model` is one of the library's, on its device; `is_half`: it computes in float16."""
        self._model = model
        self._lock = threading.RLock()
        self._is_half = is_half
        self.digest = digest
        """of the checkpoint: what two engines of equal digests encode is equal (XXH3-128)"""

    @classmethod
    def load(
        cls, checkpoint: Path, device: str, n_threads: int, compute_type: ComputeType = "auto"
    ) -> WhisperEngine:
        """Return the engine for a checkpoint; whatever is pickled in it is not executed.

        Args:
            checkpoint: file of weights as openai-whisper publishes them.
            device: auto, cpu or cuda.
            n_threads: cores that a window may take, of all that runs on PyTorch in this process:
                the last model that is loaded decides.
            compute_type: type of the numbers; auto takes float16 on a GPU, float32 elsewhere.

        Raises:
            ProviderUnavailableError: there is no such device.
            ProviderFailedError: the file is damaged, or something else.
        """
        import torch
        import whisper

        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise ProviderUnavailableError(
                'asr.providers.whisper.device = "cuda": PyTorch finds no CUDA device; "auto" or '
                '"cpu" would be right'
            )
        torch.set_num_threads(n_threads)
        try:
            # it unpickles weights only, and takes an absolute path for no name to be downloaded
            model = whisper.load_model(str(checkpoint.absolute()), device=device)
            name = official_name(checkpoint)
            heads = whisper._ALIGNMENT_HEADS.get(name) if name else None
            if heads is not None:
                model.set_alignment_heads(heads)
            digest = _digest(checkpoint)
        except Exception as error:  # unpickling raises whatever it stumbles over
            raise _damaged(checkpoint, error) from error
        model.eval()
        is_half = compute_type == "float16" or (compute_type == "auto" and device == "cuda")
        return cls(_with_half_weights(model) if is_half else model, digest, is_half)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that the model knows."""
        return tuple(self._tokenizer("en").all_language_codes) if self.is_multilingual else ("en",)

    @property
    def is_multilingual(self) -> bool:
        """Whether the model knows more languages than English."""
        return bool(self._model.is_multilingual)

    @property
    def device(self) -> str:
        """Where the model is: `cpu`, or `cuda:0`."""
        return str(self._model.device)

    @property
    def configuration(self) -> tuple[str, ...]:
        """What decides on the output of the encoder, beside the model and the samples."""
        return ("log-mel 30 s", self.device, "float16" if self._is_half else "float32")

    @property
    def version(self) -> str:
        """Packages, model and how it computes: another version may hear another text."""
        packages = " ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
        return f"{packages} {self.digest} {' '.join(self.configuration)}"

    @property
    def prompt_budget(self) -> int:
        """Most tokens of a prompt."""
        return int(self._model.dims.n_text_ctx) // 2 - 1

    def n_tokens(self, text: str) -> int:
        """Return how many tokens the model writes a text with, a space before it included."""
        return len(self._tokenizer("en").encode(f" {text.strip()}"))

    def encode(self, samples: Samples) -> Features:
        """Return a window as the encoder sees it, padded with silence to 30 s.

        Args:
            samples: float32 from -1 to 1 at 16 kHz, shape (n,), up to 30 s.

        Raises:
            ProviderFailedError: the window is longer.
        """
        import torch

        if len(samples) > _WINDOW:
            raise ProviderFailedError(f"{len(samples)} samples are no window of {_WINDOW}")
        heard = self._log_mel.of(samples)
        with self._lock, torch.no_grad():
            mel = torch.from_numpy(heard).to(self._model.device)
            mel = mel.half() if self._is_half else mel
            return Features(self._model.encoder(mel[None])[0], len(samples))

    def detect(self, features: Features) -> dict[str, float]:
        """Return the probability of each language, 0 to 1; they sum up to 1."""
        if not self.is_multilingual:
            return {"en": 1.0}
        with self._lock:
            _, shares = self._model.detect_language(features.tensor)
        return dict(shares)

    def decode(self, features: Features, query: Query) -> tuple[Passage, float | None]:
        """Return what is said in a window, and from when on (s) it is still to be recognised.

        Models write at most half of their tokens, and may leave the last sentence to the next
        window; None: nothing is left.
        """
        if query.language is None:
            shares = self.detect(features)
            query = replace(query, language=max(shares, key=lambda code: shares[code]))
        guards = query.effort.guards
        for temperature in query.effort.temperatures:
            result = self._decoded(features, query, temperature)
            passage = _passage(result)
            if not guards.is_doubtful(passage):
                break
        tokenizer = self._tokenizer(query.language)
        tokens, next_s = finished(result.tokens, tokenizer.timestamp_begin)
        text = tokenizer.decode([token for token in tokens if token < tokenizer.eot]).strip()
        words: tuple[Word, ...] = ()
        if query.word_times and text and not guards.is_silence(passage):
            words = self._words(features, tokens, tokenizer)
        return replace(passage, text=text, words=words), next_s

    def warm_up(self, samples: Samples, word_times: bool) -> None:
        """Do everything once that takes longer the first time.

        The times of words are found by code that is compiled when it is used (numba): 2 s.
        """
        features = self.encode(samples)
        self.detect(features)
        for in_words in (False, True):
            query = Query("en", "One.", word_times=False, in_words=in_words)
            self.decode(features, query)
        if word_times:
            tokenizer = self._tokenizer("en")
            self._words(features, tokenizer.encode(" One two"), tokenizer)

    def close(self) -> None:
        """Let go of the model."""
        with self._lock:
            self._model = None

    def _tokenizer(self, language: str | None) -> Any:
        from whisper.tokenizer import get_tokenizer

        return get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=language,
            task="transcribe",
        )

    def _decoded(self, features: Features, query: Query, temperature: float) -> Any:
        from whisper.decoding import DecodingOptions

        is_beam = temperature == 0 and query.effort.beam_size > 1
        options = DecodingOptions(
            language=query.language,
            temperature=temperature,
            beam_size=query.effort.beam_size if is_beam else None,
            prompt=query.prompt or None,
            sample_len=self._most_tokens(features),
            suppress_tokens=[-1, *self._signs] if query.in_words else "-1",
            fp16=self._is_half,
        )
        with self._lock:
            return self._model.decode(features.tensor, options)

    def _most_tokens(self, features: Features) -> int:
        """Return how many tokens may be written: an invention goes on until it is stopped."""
        return min(int(self._model.dims.n_text_ctx) // 2, most_tokens(features.n_samples))

    @cached_property
    def _log_mel(self) -> LogMel:
        from whisper.audio import mel_filters

        return LogMel(mel_filters("cpu", self._model.dims.n_mels).numpy())

    @cached_property
    def _signs(self) -> list[int]:
        """Tokens of digits, and of signs that stand for words."""
        tokenizer = self._tokenizer("en")
        texts = ((token, tokenizer.encoding.decode([token])) for token in range(tokenizer.eot))
        return [token for token, text in texts if not IN_WORDS.isdisjoint(text)]

    def _words(self, features: Features, tokens: Sequence[int], tokenizer: Any) -> tuple[Word, ...]:
        """Return the words of a text with their times, from the attention of the decoder."""
        from whisper.timing import add_word_timestamps

        duration_s = features.n_samples / RATE
        segment = {"seek": 0, "start": 0.0, "end": duration_s, "tokens": list(tokens)}
        with self._lock, self._aligning:
            add_word_timestamps(
                segments=[segment],
                model=_Encoded(self._model),
                tokenizer=tokenizer,
                mel=features.tensor,
                num_frames=max(2, round(duration_s * _FRAMES_PER_S)),
                last_speech_timestamp=0.0,
            )
        found: Sequence[dict[str, Any]] = segment.get("words", ())  # type: ignore[assignment] # added
        return timed_words(found, duration_s)


def _with_half_weights(model: Any) -> Any:
    """Return a model whose large weights are float16, in place.

    The library keeps them in float32 and casts them each time that it computes in float16: this is
    the same numbers for half of the memory. What it adds and normalises with stays float32.
    """
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv1d | nn.Embedding):
            module.half()
    return model


class _Encoded:
    """A model whose input has been encoded, for code of the library that would do it again."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, features: Any, tokens: Any) -> Any:
        return self._model.decoder(tokens, features)


def finished(tokens: Sequence[int], first_time: int) -> tuple[list[int], float | None]:
    """Return the tokens of whole sentences, and where in the window (s) the next one begins.

    Where a model writes two times next to each other, one sentence ends and another begins. If it
    stops there or in the middle of the other, that is left to the next window. If it closes
    the last sentence with one time, or writes no pair at all, nothing is left.

    Args:
        tokens: what the model wrote.
        first_time: the token that stands for 0 s; each further one for 0.02 s more.
    """
    if list(_is_time(tokens[-2:], first_time)) == [False, True]:
        return list(tokens), None
    are_times = list(_is_time(tokens, first_time))
    pairs = [place for place in range(1, len(tokens)) if are_times[place - 1] and are_times[place]]
    if not pairs:
        return list(tokens), None
    return list(tokens[: pairs[-1]]), (tokens[pairs[-1] - 1] - first_time) * _STEP_S


def _is_time(tokens: Sequence[int], first_time: int) -> list[bool]:
    return [token >= first_time for token in tokens]


def _passage(result: Any) -> Passage:
    no_speech = float(result.no_speech_prob)
    return Passage(
        text=result.text,
        language=result.language,
        log_probability=float(result.avg_logprob),
        no_speech=0.0 if math.isnan(no_speech) else no_speech,
        temperature=float(result.temperature),
    )


def _digest(checkpoint: Path) -> str:
    digest = xxh3_128()
    with checkpoint.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _damaged(checkpoint: Path, error: Exception) -> ProviderFailedError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:150]
    return ProviderFailedError(
        f"asr.providers.whisper.model: {checkpoint} is damaged, or no checkpoint of "
        f"openai-whisper ({type(error).__name__}: {reason}); install it again"
    )
