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
from irene_plugins.onnx_graph import Floats
from irene_plugins.onnx_runtime import quiet_onnxruntime
from irene_plugins.voice_trigger.openwakeword_acoustics import WINDOW, AcousticStream, Past
from irene_plugins.voice_trigger.openwakeword_graph import N_EMBEDDING, acoustic_graph

_PACKAGE = "openwakeword"
_SETTLING_WINDOWS = 5
"""windows without scores after opening; the package holds its own back as long"""
_SHARED_MODELS = ("melspectrogram", "embedding_model")
_VERSION = re.compile(r"_v\d+(\.\d+)*$")

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


class OpenWakeWordStream(VoiceTriggerStream):
    """The acoustic memory and the last embeddings of one listener."""

    def __init__(
        self, acoustics: AcousticStream, words: Mapping[str, WakeWordModel], past: Past
    ) -> None:
        self._acoustics = acoustics
        self._words = words
        self._past = past
        self._embeddings = np.empty_like(past.embeddings)
        self.reset()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 80 ms; there are no scores in the first 0.4 s."""
        self._embeddings[:-1] = self._embeddings[1:]
        self._embeddings[-1] = self._acoustics.embedding(window)
        self._n_windows += 1
        if self._n_windows <= _SETTLING_WINDOWS:
            return {}
        return {name: model.score(self._embeddings) for name, model in self._words.items()}

    def reset(self) -> None:
        """Forget all audio."""
        self._acoustics.memory[:] = self._past.memory
        self._embeddings[:] = self._past.embeddings
        self._n_windows = 0


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
        window=WINDOW,
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
                self._pasts[longest] = Past.of_noise(AcousticStream(self._acoustics), longest)
        return OpenWakeWordStream(AcousticStream(self._acoustics), words, self._pasts[longest])

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
        graph = acoustic_graph(*(shared[stem] for stem in _SHARED_MODELS))
        self._acoustics = self._session(graph)
        for path in filter(None, self._own_models().values()):
            self._word(self._word_of(path))

    def _warm_up(self) -> None:
        AcousticStream(self._acoustics).embedding(np.zeros(WINDOW, np.int16))

    def _close(self) -> None:
        self._words.clear()
        self._pasts.clear()
        del self._acoustics

    def _load_word(self, path: Path) -> WakeWordModel:
        session = self._session(str(path))
        shape = session.get_inputs()[0].shape
        if len(shape) != 3 or not isinstance(shape[1], int) or shape[2] != N_EMBEDDING:
            raise ConfigurationError(
                f"voice_trigger provider {self.name!r}: {path} takes input of shape {shape}; "
                f"a wake-word model takes [1, n, {N_EMBEDDING}]"
            )
        return WakeWordModel(_runner(session), shape[1])

    def _session(self, model: str | bytes) -> Any:
        """Return a session of a model's path or content; without an arena, runs are quicker."""
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        return self._runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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
