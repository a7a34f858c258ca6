"""The `openwakeword` voice trigger: openWakeWord's ONNX models under onnxruntime."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from irene import (
    READY,
    Availability,
    ConfigurationError,
    Licence,
    Samples,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    find_model,
    hookimpl,
    install_hint,
    needs_package,
)
from irene_plugins.onnx_file import onnx_fault
from irene_plugins.onnx_runtime import quiet_onnxruntime

_PACKAGE = "openwakeword"
_WINDOW = 1280
_OVERLAP = 480
"""samples of earlier audio that the first spectra of a window reach back to"""
_NEW_SPECTRA = 8
"""spectra (one per 10 ms) that a window adds"""
_N_SPECTRA = 76
"""spectra that one embedding sees"""
_N_BANDS = 32
_N_EMBEDDING = 96
_SETTLING_WINDOWS = 5
"""windows without scores after opening; the package holds its own back as long"""
_PAST_LEVEL = 100.0
"""RMS of the noise before the first window, in int16 steps (-50 dBFS)"""
_SHARED_MODELS = ("melspectrogram", "embedding_model")
_VERSION = re.compile(r"_v\d+(\.\d+)*$")

Floats = npt.NDArray[np.float32]
Run = Callable[[Floats], Floats]


@dataclass(frozen=True)
class OpenWakeWordOptions:
    """Which models to offer beside those of the package."""

    model_paths: tuple[str, ...] = field(default=(), metadata={"path": "model"})
    """more wake words: paths or names of openWakeWord models (.onnx)"""
    inference_framework: Literal["onnx", "tflite"] = field(
        default="onnx",
        metadata={"no_effect": "openWakeWord 0.4.0 carries ONNX models only; they are used"},
    )
    """accepted because tuning guides name it"""


@dataclass(frozen=True)
class WakeWordModel:
    """The last stage: embeddings of the last seconds in, a score out."""

    run: Run
    """takes embeddings, shape (1, `n_embeddings`, 96)"""
    n_embeddings: int
    """how many embeddings (one per 80 ms) it looks back"""

    def score(self, embeddings: Floats) -> float:
        """Return the score, 0 to 1; the most likely phrase counts where a model knows several."""
        outputs = self.run(embeddings[None, -self.n_embeddings :])[0]
        # Models of several phrases (`timer`) give a softmax whose first class means "none".
        return float(outputs[0] if outputs.shape[0] == 1 else outputs[1:].max())


@dataclass(frozen=True)
class Past:
    """What a stream is told it has heard before its first window."""

    audio: Floats
    """last 480 samples, in int16 steps"""
    spectra: Floats
    """last 76 mel spectra, shape (76, 32)"""
    embeddings: Floats
    """last embeddings, oldest first, shape (n, 96)"""


class AcousticModel:
    """The stages that all wake words share: audio to mel spectra to speech embeddings.

    The spectra are those of openWakeWord (32 bands, one every 10 ms, divided by ten and raised by
    two); the embedding is Google's `speech_embedding` (arXiv 2002.01322), one every 80 ms.
    """

    def __init__(self, spectra: Run, embedding: Run) -> None:
        self._spectra = spectra
        self._embedding = embedding

    def spectra(self, audio: Floats) -> Floats:
        """Return the spectra of n samples in int16 steps, shape (n // 160 - 3, 32)."""
        spectra = self._spectra(audio[None]).reshape(-1, _N_BANDS)
        spectra /= 10.0
        spectra += 2.0
        return spectra

    def embedding(self, spectra: Floats) -> Floats:
        """Return the embedding of 76 spectra, shape (96,)."""
        return self._embedding(spectra[None, :, :, None]).reshape(_N_EMBEDDING)

    def past(self, n_embeddings: int) -> Past:
        """Return a past of faint noise, long enough for models of so many embeddings.

        A past that no microphone can deliver (zeros, say) makes the wake-word models fire as soon
        as real noise follows it.
        """
        n_spectra = _N_SPECTRA + _NEW_SPECTRA * (n_embeddings - 1)
        noise = np.random.default_rng(0).normal(0.0, _PAST_LEVEL, 160 * n_spectra + _OVERLAP)
        audio = noise.astype(np.float32)
        spectra = self.spectra(audio)
        starts = range(0, n_spectra - _N_SPECTRA + 1, _NEW_SPECTRA)
        embeddings = [self.embedding(spectra[start : start + _N_SPECTRA]) for start in starts]
        return Past(audio[-_OVERLAP:], spectra[-_N_SPECTRA:], np.stack(embeddings))


class OpenWakeWordStream(VoiceTriggerStream):
    """The last audio, spectra and embeddings of one listener."""

    def __init__(
        self, acoustics: AcousticModel, words: Mapping[str, WakeWordModel], past: Past
    ) -> None:
        self._acoustics = acoustics
        self._words = words
        self._past = past
        self._audio = np.zeros(_OVERLAP + _WINDOW, np.float32)
        self.reset()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 80 ms; there are no scores in the first 0.4 s."""
        _push(self._audio, window)
        _push(self._spectra, self._acoustics.spectra(self._audio))
        _push(self._embeddings, self._acoustics.embedding(self._spectra)[None])
        self._n_windows += 1
        if self._n_windows <= _SETTLING_WINDOWS:
            return {}
        return {name: model.score(self._embeddings) for name, model in self._words.items()}

    def reset(self) -> None:
        """Forget all audio."""
        self._audio[-_OVERLAP:] = self._past.audio
        self._spectra = self._past.spectra.copy()
        self._embeddings = self._past.embeddings.copy()
        self._n_windows = 0


def _push(buffer: Floats, new: Samples) -> None:
    """Append to a buffer of fixed length in place; the oldest entries fall out."""
    n_new = new.shape[0]
    buffer[:-n_new] = buffer[n_new:]
    buffer[-n_new:] = new


class OpenWakeWord(VoiceTrigger[OpenWakeWordOptions]):
    """Wake words of openWakeWord (https://github.com/dscripka/openWakeWord).

    Uses the models inside the package without importing it (1.2 s, 100 MB) and gives the
    package's scores. Sessions are shared by all streams, each runs on one thread.
    """

    name = "openwakeword"
    summary = "openWakeWord 0.4.0; models inside, for non-commercial use"
    licence = Licence("Apache-2.0", "CC-BY-NC-SA-4.0")
    Options = OpenWakeWordOptions
    capabilities = VoiceTriggerCapabilities(
        window=_WINDOW,
        wake_words=("alexa", "hey_jarvis", "hey_marvin", "hey_mycroft", "timer", "weather"),
        phrase_end_s=(-0.15, 0.35),
        default_threshold=0.5,
    )

    def __init__(self, options: OpenWakeWordOptions | None = None) -> None:
        super().__init__(options)
        self._opening = threading.Lock()
        self._words: dict[str, WakeWordModel] = {}
        self._pasts: dict[int, Past] = {}

    def available_wake_words(self) -> tuple[str, ...]:
        """Return the words of the package's models and of `model_paths`."""
        return tuple(self._paths)

    def open_stream(self, wake_words: Sequence[str]) -> OpenWakeWordStream:
        """Start listening for these wake words; a word's model is loaded when first asked for.

        Raises:
            ConfigurationError: a wake word is not known; the message names the known ones.
        """
        names = self.known_words(wake_words)
        self.load()
        with self._opening:
            words = {name: self._word(name) for name in names}
            longest = max(model.n_embeddings for model in words.values())
            if longest not in self._pasts:
                self._pasts[longest] = self._acoustics.past(longest)
        return OpenWakeWordStream(self._acoustics, words, self._pasts[longest])

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """The model of each wake word; later ones replace earlier ones."""
        paths = [
            path for path in _package_models() if path.stem not in (*_SHARED_MODELS, "silero_vad")
        ]
        paths += filter(None, self._own_models().values())
        return {self._word_of(path): path for path in paths}

    def _own_models(self) -> dict[str, Path | None]:
        """The file of each entry of `model_paths`, None where there is none."""
        listed = self.options.model_paths
        return {entry: find_model(self.name, entry, (".onnx",)) for entry in listed}

    def _word_of(self, path: Path) -> str:
        return self.word_name(_VERSION.sub("", path.stem))

    def _word(self, name: str) -> WakeWordModel:
        if name not in self._words:
            self._words[name] = self._load_word(self._paths[name])
        return self._words[name]

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return why a file is no ONNX model."""
        return onnx_fault(path)

    def _check(self) -> Availability:
        for package in (_PACKAGE, "onnxruntime"):
            found = needs_package(package, "openwakeword")
            if not found.ready:
                return found
        stems = {path.stem for path in _package_models()}
        if not stems.issuperset(_SHARED_MODELS):
            cure = 'pip install "irene-voice[openwakeword]"'
            return Availability(False, "openwakeword 0.4.0's models are not there", cure)
        for entry, path in self._own_models().items():
            if path is None:
                otherwise = "give model_paths the path of an openWakeWord model (.onnx)"
                cure = install_hint(self.name, entry, otherwise)
                return Availability(False, f"model {entry!r} is not there", cure, is_model=True)
        return READY

    def _load(self) -> None:
        self._runtime = quiet_onnxruntime()
        shared = {path.stem: path for path in _package_models()}
        spectra, embedding = (self._session(shared[stem]) for stem in _SHARED_MODELS)
        self._acoustics = AcousticModel(_runner(spectra), _runner(embedding))
        for path in filter(None, self._own_models().values()):
            self._word(self._word_of(path))

    def _warm_up(self) -> None:
        self._acoustics.spectra(np.zeros(_OVERLAP + _WINDOW, np.float32))
        self._acoustics.embedding(np.zeros((_N_SPECTRA, _N_BANDS), np.float32))

    def _close(self) -> None:
        self._words.clear()
        self._pasts.clear()
        del self._acoustics

    def _load_word(self, path: Path) -> WakeWordModel:
        session = self._session(path)
        shape = session.get_inputs()[0].shape
        if len(shape) != 3 or not isinstance(shape[1], int) or shape[2] != _N_EMBEDDING:
            raise ConfigurationError(
                f"voice_trigger provider {self.name!r}: {path} takes input of shape {shape}; "
                f"a wake-word model takes [1, n, {_N_EMBEDDING}]"
            )
        return WakeWordModel(_runner(session), shape[1])

    def _session(self, path: Path) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        return self._runtime.InferenceSession(str(path), options, providers=providers)


def _runner(session: Any) -> Run:
    """Return the function that runs a model of one input and one output."""
    name = session.get_inputs()[0].name

    return lambda values: session.run(None, {name: values})[0]


def _package_models() -> list[Path]:
    """Return the models inside the package, without importing it."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    return sorted(Path(folders[0], "resources", "models").glob("*.onnx")) if folders else []


@hookimpl
def irene_voice_triggers() -> list[type[OpenWakeWord]]:
    """Offer openWakeWord."""
    return [OpenWakeWord]
