"""Silero VAD under onnxruntime: the model inside openWakeWord's package, or one given by path."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    READY,
    Availability,
    ConfigurationError,
    Licence,
    Samples,
    Vad,
    VadCapabilities,
    VadStream,
    find_model,
    hookimpl,
    needs_package,
)
from irene_plugins.onnx_runtime import quiet_onnxruntime

_RATE = 16000
_WINDOW = 512
_SETTLING_WINDOWS = 1
"""windows of silence that the network hears first: cold, it misses a word that begins the stream
(6 of 30 trimmed spoken digits without, 2 with one; with two, hiss counts as speech)"""
_SPEECH = 0.5


@dataclass(frozen=True)
class SileroOptions:
    """The `[vad.providers.silero]` table."""

    model: str = field(default="", metadata={"path": "model"})
    """path or name of a Silero ONNX file (version 4 or 5); empty: the one in `openwakeword`"""
    level_dbfs: float = -24.0
    """level (RMS, dBFS) to which quieter audio is raised before the model hears it"""
    max_gain_db: float = 30.0
    """most that audio is raised, dB; 0 feeds the model untouched audio"""
    vowel_hold_ms: int = 4000
    """longest stretch of a steady vowel that keeps speech alive when the model gives it up"""


@dataclass(frozen=True)
class _Signature:
    """How one generation of the model wants to be called."""

    states: Mapping[str, tuple[int, int, int]]
    """shape of each recurrent input, in the order of the outputs after the first"""
    context: int
    """samples of the previous window that precede each window"""


_SIGNATURES = (
    _Signature({"h": (2, 1, 64), "c": (2, 1, 64)}, context=0),
    _Signature({"state": (2, 1, 128)}, context=64),
)


class _Leveller:
    """Raises quiet audio towards the level that the model was trained on.

    The loudest recent window decides, and is forgotten at 3 dB a second: the model hears the
    pauses of quiet speech as quietly as its words are, and loud audio passes unchanged.
    """

    def __init__(self, level_dbfs: float, max_gain_db: float) -> None:
        self._level = 10.0 ** (level_dbfs / 20.0)
        self._max_gain = 10.0 ** (max_gain_db / 20.0)
        self._decay = 10.0 ** (-3.0 * _WINDOW / _RATE / 20.0)
        self._loudest = 1e-9

    def apply(self, window: Samples, rms: float) -> Samples:
        """Return the window, raised if what was heard lately is quiet."""
        self._loudest = max(rms, self._loudest * self._decay, 1e-9)
        gain = min(self._max_gain, max(1.0, self._level / self._loudest))
        if gain == 1.0:
            return window
        raised: Samples = np.clip(window * np.float32(gain), -1.0, 1.0)
        return raised


class _VowelHold:
    """Keeps speech alive through a steady vowel, which the model takes for a tone after a while.

    It never starts speech. It goes on from windows that the model called speech as long as the
    sound stays voiced, about as loud as that speech, and well above what was heard before it.
    """

    def __init__(self, longest_ms: int) -> None:
        self._longest = longest_ms * _RATE // 1000 // _WINDOW
        self._recent = np.zeros(2 * _WINDOW, dtype=np.float32)
        self._background: float | None = None
        self._speech_rms = 0.0
        self._last = 0.0
        self._held = 0

    def extend(self, window: Samples, rms: float, probability: float) -> float:
        """Return the model's probability, or that of the speech which this window goes on with."""
        self._recent[:_WINDOW] = self._recent[_WINDOW:]
        self._recent[_WINDOW:] = window
        if probability >= _SPEECH:
            self._speech_rms = max(rms, 0.97 * self._speech_rms) if self._last else rms
            self._last, self._held = probability, 0
            return probability
        if self._last and self._goes_on(rms):
            self._held += 1
            return self._last
        self._last = 0.0
        self._listen_to_background(rms)
        return probability

    def _listen_to_background(self, rms: float) -> None:
        """Follow the level down at once and up within seconds: words must not raise it."""
        if self._background is None or rms < self._background:
            self._background = rms
        else:
            self._background += 0.02 * (rms - self._background)

    def _goes_on(self, rms: float) -> bool:
        if self._background is None or self._held >= self._longest:
            return False
        loud = rms > 0.25 * self._speech_rms and rms > 2.8 * self._background
        return loud and _voicing(self._recent) >= 0.7


def _voicing(samples: Samples) -> float:
    """Return the highest normalised autocorrelation at the lags of a voice (70 to 400 Hz), 0 to 1.

    P. Boersma, "Accurate short-term analysis of the fundamental frequency and the
    harmonics-to-noise ratio of a sampled sound", 1993, without its window.
    """
    n = len(samples)
    spectrum = np.fft.rfft(samples - samples.mean(), 2 * n)
    correlation = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[:n]
    lags = np.arange(_RATE // 400, _RATE // 70)
    scale = correlation[0] * (n - lags) / n
    return float(np.max(correlation[lags] / (scale + 1e-9)))


class SileroStream(VadStream):
    """The recurrent state of one listener."""

    def __init__(self, session: Any, signature: _Signature, options: SileroOptions) -> None:
        self._session = session
        self._signature = signature
        self._options = options
        self._input = np.zeros((1, signature.context + _WINDOW), dtype=np.float32)
        self._rate = np.array(_RATE, dtype=np.int64)
        self.reset()

    def process(self, window: Samples) -> float:
        """Take 512 float32 samples and return the probability of speech."""
        rms = float(np.sqrt(np.dot(window, window) / _WINDOW))
        probability = self._infer(self._leveller.apply(window, rms))
        return self._hold.extend(window, rms, probability)

    def reset(self) -> None:
        """Forget all audio."""
        self._input.fill(0.0)
        shapes = self._signature.states.items()
        self._states = {name: np.zeros(shape, dtype=np.float32) for name, shape in shapes}
        self._leveller = _Leveller(self._options.level_dbfs, self._options.max_gain_db)
        self._hold = _VowelHold(self._options.vowel_hold_ms)
        for _ in range(_SETTLING_WINDOWS):
            self._infer(np.zeros(_WINDOW, dtype=np.float32))

    def _infer(self, window: Samples) -> float:
        context = self._signature.context
        if context:
            self._input[0, :context] = self._input[0, -context:]
        self._input[0, context:] = window
        feed = {"input": self._input, "sr": self._rate, **self._states}
        output, *states = self._session.run(None, feed)
        self._states = dict(zip(self._states, states, strict=True))
        return float(output[0, 0])


class SileroVad(Vad[SileroOptions]):
    """Silero's recurrent network: hears speech in noise, rejects hiss and hum.

    The network alone misses speech 30 dB below the usual level and gives up steady vowels; a
    leveller in front and a hold behind it, both with options, cure that.
    """

    name = "silero"
    summary = "Silero's neural network under onnxruntime, one thread"
    licence = Licence("MIT", "MIT")
    Options = SileroOptions
    capabilities = VadCapabilities((_RATE,), "float32", _WINDOW)

    def _check(self) -> Availability:
        engine = needs_package("onnxruntime", "openwakeword")
        if not engine.ready or self._model_path() is not None:
            return engine
        if self.options.model:
            missing = f"model {self.options.model!r} is not there"
            cure = "set vad.providers.silero.model to the path of a Silero ONNX file"
            return Availability(False, missing, cure, is_model=True)
        bundled = needs_package("openwakeword", "openwakeword")
        missing = bundled.missing or "package 'openwakeword' carries no silero_vad.onnx"
        cure = 'pip install "irene-voice[openwakeword]" (0.4.0), or set vad.providers.silero.model'
        return Availability(False, missing, cure, is_model=bundled is READY)

    def _model_path(self) -> Path | None:
        if self.options.model:
            return find_model("silero", self.options.model, ("", ".onnx"))
        spec = importlib.util.find_spec("openwakeword")
        folders = (spec.submodule_search_locations or []) if spec is not None else []
        paths = (Path(folder, "resources", "models", "silero_vad.onnx") for folder in folders)
        return next((path for path in paths if path.is_file()), None)

    def _load(self) -> None:
        onnxruntime = quiet_onnxruntime()
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = 1
        settings.inter_op_num_threads = 1
        settings.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(self._model_path()), settings, providers=["CPUExecutionProvider"]
        )
        self._signature = self._signature_of(self._session)

    def _signature_of(self, session: Any) -> _Signature:
        names = {node.name for node in session.get_inputs()}
        for signature in _SIGNATURES:
            if names == {"input", "sr", *signature.states}:
                return signature
        raise ConfigurationError(
            f"vad.providers.silero.model: {self._model_path()} has inputs {sorted(names)}; "
            "a Silero VAD of version 4 (input, sr, h, c) or 5 (input, sr, state) would be right"
        )

    def _warm_up(self) -> None:
        self.open_stream().process(np.zeros(_WINDOW, dtype=np.float32))

    def _close(self) -> None:
        del self._session

    def open_stream(self) -> SileroStream:
        """Start on a new stream of audio; the session is shared, the state is not."""
        self.load()
        return SileroStream(self._session, self._signature, self.options)


@hookimpl
def irene_vads() -> list[type[Vad[SileroOptions]]]:
    """Offer this plugin's voice activity detector."""
    return [SileroVad]
