"""The `microwakeword` voice trigger: microWakeWord's small streaming models (TFLite)."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    READY,
    Availability,
    ConfigurationError,
    Licence,
    ProviderUnavailableError,
    Samples,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    find_model,
    hookimpl,
    install_hint,
    needs_package,
)
from irene_plugins.voice_trigger.microwakeword_detector import WakeWordNet, WordDetector

_PACKAGE = "pymicro_wakeword"
_OLDEST = (2, 5)
"""release that brought the present models; pip takes 1.0 where glibc is older than 2.35"""
_WINDOW = 1280
_FEATURE_STEP_BYTES = 320
"""10 ms of int16 at 16 kHz: what the engine's front end takes at a time"""


@dataclass(frozen=True)
class MicroWakeWordOptions:
    """Which models to offer beside those of the package."""

    model_paths: tuple[str, ...] = field(default=(), metadata={"path": "model"})
    """more wake words: paths or names of model descriptions (.json beside their .tflite)"""
    chunk_size: int | None = field(
        default=None,
        metadata={"no_effect": "the engine takes 10 ms at a time, whatever the blocks"},
    )
    """samples per block; accepted because tuning guides name it"""


@dataclass(frozen=True)
class WakeWordModel:
    """What a model description says that is needed before the model is loaded."""

    path: Path
    """the description (.json)"""
    cutoff: float
    """mean probability (0 to 1) that the engine wants exceeded"""

    @property
    def threshold(self) -> float:
        """Least score above the cutoff: the engine asks for more, the framework for as much."""
        return math.nextafter(self.cutoff, math.inf)

    @classmethod
    def read(cls, path: Path) -> WakeWordModel:
        """Read a model description.

        Raises:
            ConfigurationError: the file is no description of a microWakeWord model.
        """
        try:
            description = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, float(description["micro"]["probability_cutoff"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"voice_trigger provider 'microwakeword': {path} is no model description "
                f"(JSON with micro.probability_cutoff): {type(error).__name__}: {error}"
            ) from error


class MicroWakeWordStream(VoiceTriggerStream):
    """One front end for all words, one detector for each."""

    def __init__(self, front_end: Any, nets: Mapping[str, WakeWordNet]) -> None:
        self._front_end = front_end
        self._process_samples: Callable[..., tuple[list[float], int]] = front_end.process_samples
        self._detectors = {word: WordDetector(net) for word, net in nets.items()}
        self._state = front_end.create_frontend()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 80 ms; a score is the highest mean probability within them."""
        rows = self._features(window.tobytes())
        return {word: detector.score(rows) for word, detector in self._detectors.items()}

    def reset(self) -> None:
        """Forget all audio; an interpreter can only do so by being replaced."""
        self._state = self._front_end.create_frontend()
        for word, detector in self._detectors.items():
            self._detectors[word] = WordDetector(detector.net)
            detector.close()

    def close(self) -> None:
        """Free the interpreters; a second call does nothing."""
        while self._detectors:
            self._detectors.popitem()[1].close()

    def _features(self, audio: bytes) -> list[list[float]]:
        """Return what the front end makes of each 10 ms; nothing of the first 20 ms of a stream."""
        take, state = self._process_samples, self._state
        starts = range(0, len(audio), _FEATURE_STEP_BYTES)
        rows = [take(state, audio[start : start + _FEATURE_STEP_BYTES])[0] for start in starts]
        return [row for row in rows if row]


class MicroWakeWord(VoiceTrigger[MicroWakeWordOptions]):
    """Wake words of microWakeWord (https://github.com/OHF-Voice/micro-wake-word).

    A word counts as heard exactly when the engine's own rule says so: the mean of its last
    probabilities exceeds the cutoff in the model's description.
    """

    name = "microwakeword"
    summary = "microWakeWord; models inside, 1.5 ms of CPU per second of audio"
    licence = Licence("Apache-2.0", "Apache-2.0")
    Options = MicroWakeWordOptions
    capabilities = VoiceTriggerCapabilities(
        window=_WINDOW,
        wake_words=("alexa", "hey_jarvis", "hey_mycroft", "okay_nabu"),
        phrase_end_s=(-0.3, 0.2),
        default_threshold=0.9,
    )

    def available_wake_words(self) -> tuple[str, ...]:
        """Return the words of the package's models and of `model_paths`."""
        return tuple(self._models)

    def threshold(self, wake_word: str) -> float:
        """Return the cutoff of the word's own model."""
        model = self._models.get(wake_word) or self._models.get(self.word_name(wake_word))
        return model.threshold if model else self.capabilities.default_threshold

    def open_stream(self, wake_words: Sequence[str]) -> MicroWakeWordStream:
        """Start listening for these wake words; about 0.2 ms and 130 kB for each.

        Raises:
            ConfigurationError: a wake word is not known; the message names the known ones.
            ProviderUnavailableError: the package has changed too much.
        """
        words = self.known_words(wake_words)
        self.load()
        nets = {word: self._net(word) for word in words}
        return MicroWakeWordStream(self._front_end, nets)

    @cached_property
    def _models(self) -> dict[str, WakeWordModel]:
        """Every model that is there, by wake word; later ones replace earlier ones."""
        paths = [*_package_models(), *(path for path in self._own_models().values() if path)]
        return {self.word_name(path.stem): WakeWordModel.read(path) for path in paths}

    def _own_models(self) -> dict[str, Path | None]:
        """The file of each entry of `model_paths`, None where there is none."""
        listed = self.options.model_paths
        return {entry: find_model(self.name, entry, (".json",)) for entry in listed}

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return what the description of a model, or the file that it names, lacks."""
        try:
            described = json.loads(path.read_text(encoding="utf-8"))
            model = path.parent / str(described["model"])
            _ = float(described["micro"]["probability_cutoff"])
        except (OSError, ValueError, KeyError, TypeError):
            return f"{path.name} is no description (JSON with model and micro.probability_cutoff)"
        return "" if model.is_file() else f"no {model.name} beside it, which {path.name} names"

    def _check(self) -> Availability:
        package = needs_package(_PACKAGE, "microwakeword")
        if not package.ready:
            return package
        version = importlib.metadata.version("pymicro-wakeword")
        if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < _OLDEST:
            cure = 'pip install "pymicro-wakeword>=2.5" (its wheels need glibc 2.35 or later)'
            return Availability(False, f"pymicro-wakeword {version} is too old", cure)
        for entry, path in self._own_models().items():
            if path is None:
                otherwise = "give model_paths the path of a model description (.json)"
                cure = install_hint(self.name, entry, otherwise)
                return Availability(False, f"model {entry!r} is not there", cure, is_model=True)
        return READY

    def _load(self) -> None:
        package = importlib.import_module(_PACKAGE)
        # The extension behind pymicro_features: its Python wrapper costs as much as the features.
        self._front_end = importlib.import_module("micro_features_cpp")
        self._open = package.MicroWakeWord.from_config
        self._nets: dict[str, WakeWordNet] = {}

    def _warm_up(self) -> None:
        stream = self.open_stream(self.available_wake_words())
        for _ in range(3):
            stream.process(np.zeros(_WINDOW, np.int16))
        stream.close()

    def _close(self) -> None:
        self._nets = {}  # streams that are still open keep theirs

    def _net(self, word: str) -> WakeWordNet:
        """Return a word's model, which is read when it is first listened for.

        Raises:
            ProviderUnavailableError: the package, or its library, lacks what is needed of it.
        """
        nets = self._nets
        try:
            return nets.get(word) or nets.setdefault(
                word, WakeWordNet(self._open(self._models[word].path))
            )
        except AttributeError as error:
            raise ProviderUnavailableError(
                f"voice_trigger provider 'microwakeword': {_PACKAGE} has changed ({error}); "
                'pip install "pymicro-wakeword==2.5"'
            ) from error


def _package_models() -> list[Path]:
    """Return the model descriptions inside the package, without importing it."""
    spec = importlib.util.find_spec(_PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    return sorted(Path(folders[0], "models").glob("*.json")) if folders else []


@hookimpl
def irene_voice_triggers() -> list[type[MicroWakeWord]]:
    """Offer microWakeWord."""
    return [MicroWakeWord]
