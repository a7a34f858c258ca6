"""The neural voices of Piper: one ONNX file and its JSON beside it are one voice."""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from irene import (
    READY,
    Availability,
    ConfigurationError,
    Licence,
    ModelMissingError,
    ProviderFailedError,
    Samples,
    SpeechRequest,
    Tts,
    TtsCapabilities,
    find_model,
    hookimpl,
    install_hint,
    needs_package,
)
from irene_plugins.onnx_file import onnx_fault
from irene_plugins.onnx_runtime import quiet_onnxruntime

_CURE = (
    "put NAME.onnx and NAME.onnx.json side by side, or give a voice that "
    "`irene models list --kind piper` names"
)


@dataclass(frozen=True)
class PiperOptions:
    """Which voice speaks, and how."""

    model: str = field(default="en_US-lessac-medium", metadata={"path": "model"})
    """path of an .onnx file, or the name of a voice in the folder `piper` of the models"""
    speaker: str = ""
    """name or number of a speaker of a voice that has several; empty takes its default"""
    rate: float = 1.0
    """speaking rate relative to the voice's own"""
    volume: float = 1.0
    """0 (silent) to 1 (normal)"""
    noise_scale: float | None = None
    """variation of the sound; None takes the voice's own"""
    noise_w_scale: float | None = None
    """variation of the durations; None takes the voice's own"""

    def __post_init__(self) -> None:
        """Refuse values without meaning."""
        if self.rate <= 0:
            raise ValueError(f"rate = {self.rate}: use a number above 0, such as 1.0")
        if not 0 <= self.volume <= 1:
            raise ValueError(f"volume = {self.volume}: use 0 to 1")


class PiperVoice(Tts[PiperOptions]):
    """Neural synthesis by Piper, sentence by sentence: audio comes after the first sentence.

    The pitch of a request has no effect, its `voice` is a speaker of this voice. Text between
    double square brackets is spoken as text, not taken for phonemes.
    """

    name = "piper"
    summary = "Piper, neural voices that sound like people"
    licence = Licence("GPL-3.0-or-later", "each voice its own, see its MODEL_CARD")
    capabilities = TtsCapabilities(languages=(), streaming=True)
    Options = PiperOptions

    _voice: Any = None

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return what the two files of a voice lack."""
        if not (described := _description(path)).is_file():
            return f"no {described.name} beside it, which says how the voice was trained"
        try:
            facts = json.loads(described.read_text(encoding="utf-8"))
            _ = int(facts["audio"]["sample_rate"]), dict(facts["phoneme_id_map"])
        except (OSError, ValueError, KeyError, TypeError):
            return f"{described.name} is no description of a voice (JSON with audio.sample_rate)"
        return onnx_fault(path)

    def _check(self) -> Availability:
        package = needs_package("piper", "piper")
        if not package.ready:
            return package
        name = self.options.model.removesuffix(".onnx")
        cure = install_hint("piper", name, _CURE)
        model = self._model()
        if model is None:
            return Availability(False, f"voice {self.options.model!r} is not there", cure, True)
        if not _description(model).exists():
            missing = f"voice {self.options.model!r} lacks its {_description(model)}"
            return Availability(False, missing, cure, True)
        return READY

    def _model(self) -> Path | None:
        return find_model("piper", self.options.model, (".onnx", ""))

    def _load(self) -> None:
        quiet_onnxruntime()  # before piper imports it
        import piper

        model = self._model()
        if model is None:
            raise ModelMissingError(f"tts provider 'piper': {self.check()}")
        voice = piper.PiperVoice.load(model, _description(model))
        self._speaker_id(voice, self.options.speaker)
        language = voice.config.espeak_voice
        self.capabilities = TtsCapabilities((language, language.partition("-")[0]), True)
        digest = hashlib.sha256(_description(model).read_bytes()).hexdigest()[:16]
        package = importlib.metadata.version("piper-tts")
        self._version = f"{package} {model.name} {model.stat().st_size} {digest}"
        self._voice = voice

    def _warm_up(self) -> None:
        for _ in self.synthesize(SpeechRequest("hello", volume=0.0)):
            pass

    def _close(self) -> None:
        self._voice = None

    @property
    def version(self) -> str:
        """Version of the package, and what tells this model from others; known after `load()`."""
        self._loaded_voice()
        return self._version

    @property
    def sample_rate(self) -> int:
        """Hz, as the voice was trained; known after `load()`."""
        return int(self._loaded_voice().config.sample_rate)

    def expected_rate(self) -> int | None:
        """Return the Hz that the JSON beside the model says; None when there is none."""
        rate = self._described().get("audio", {}).get("sample_rate")
        return rate if isinstance(rate, int) else None

    def check_voice(self, voice: str | None, language: str | None) -> None:
        """Look the voice, which is a speaker here, up in the JSON beside the model.

        Raises:
            ConfigurationError: the model has no such speaker.
        """
        described = self._described()
        if described:
            speakers = described.get("speaker_id_map") or {}
            self._number(speakers, int(described.get("num_speakers", 1)), voice)

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield one int16 mono block per sentence, shape (n,), until the whole text is said.

        Raises:
            ConfigurationError: the voice has no such speaker.
            ProviderFailedError: not loaded.
        """
        from piper import SynthesisConfig

        voice = self._loaded_voice()
        text = request.text.replace("[[", "[ [").strip()
        if not text:
            return iter(())
        config = SynthesisConfig(
            speaker_id=self._speaker_id(voice, request.voice),
            length_scale=voice.config.length_scale / max(self.options.rate * request.rate, 0.1),
            noise_scale=self.options.noise_scale,
            noise_w_scale=self.options.noise_w_scale,
            volume=min(max(self.options.volume * request.volume, 0.0), 1.0),
        )
        return (chunk.audio_int16_array for chunk in voice.synthesize(text, config))

    def _loaded_voice(self) -> Any:
        if self._voice is None:
            raise ProviderFailedError("tts provider 'piper' is not loaded: call load() first")
        return self._voice

    def _described(self) -> dict[str, Any]:
        """Return the JSON beside the model; empty when it is missing or damaged."""
        model = self._model()
        try:
            text = "{}" if model is None else _description(model).read_text(encoding="utf-8")
            described = json.loads(text)
        except (OSError, ValueError):
            return {}  # loading the model says what is wrong
        return described if isinstance(described, dict) else {}

    def _speaker_id(self, voice: Any, speaker: str | None) -> int | None:
        return self._number(dict(voice.config.speaker_id_map), voice.config.num_speakers, speaker)

    def _number(self, known: Mapping[str, int], n_speakers: int, speaker: str | None) -> int | None:
        """Return the number of a speaker given by name or number, None for the default."""
        speaker = speaker or self.options.speaker
        if not speaker:
            return None
        if speaker in known:
            return known[speaker]
        if speaker.isdecimal() and int(speaker) < n_speakers:
            return int(speaker)
        nearest = difflib.get_close_matches(speaker, known, n=3) or sorted(known)[:3]
        names = ", ".join(nearest) or "only one"
        raise ConfigurationError(
            f"tts provider 'piper', voice {self.options.model!r}: no speaker {speaker!r};"
            f" it has {names} ({n_speakers} in all)"
        )


def _description(model: Path) -> Path:
    """Return the path of the JSON file that belongs to a voice."""
    return model.with_name(f"{model.name}.json")


@hookimpl
def irene_voices() -> list[type[PiperVoice]]:
    """Offer Piper."""
    return [PiperVoice]
