"""Providers that do what a script says, for testing everything around providers.

They hear a simple code instead of speech: the level of a window tells what it stands for. Anything
above `SPEECH_LEVEL` is speech; a window whose loudest sample is `WAKE_LEVEL` is the wake word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irene.domain.audio import AudioFormat, Samples
from irene.domain.speech import Hypothesis, Word
from irene.providers.asr import Asr, AsrCapabilities, AsrRequest, AsrStream
from irene.providers.input import Input, InputStream
from irene.providers.language import LanguageCapabilities, LanguageIdentifier
from irene.providers.output import Output, OutputStream
from irene.providers.tts import SpeechRequest, Tts
from irene.providers.vad import Vad, VadCapabilities, VadStream
from irene.providers.voice_trigger import VoiceTrigger, VoiceTriggerCapabilities, VoiceTriggerStream

SPEECH_LEVEL = 1000
"""a window whose loudest sample reaches this is speech"""
WAKE_LEVEL = 20000
"""a window whose loudest sample reaches this holds the wake word"""

Fault = Callable[[], None]
"""Raises, or hangs, when a script wants it to."""


def no_fault() -> None:
    """Do nothing: the provider works."""


def _peak(window: Samples) -> int:
    return int(np.abs(window.astype(np.int32)).max()) if window.size else 0


class ScriptedVoiceTrigger(VoiceTrigger[None]):
    """Hears the wake word `hello` in any window that reaches `WAKE_LEVEL`."""

    name = "scripted"
    capabilities = VoiceTriggerCapabilities(
        window=160, wake_words=("hello", "goodbye"), phrase_end_s=(0.05, 0.2)
    )
    fault: Fault = staticmethod(no_fault)

    def open_stream(self, wake_words: Sequence[str]) -> VoiceTriggerStream:
        """Listen for the first of these words."""
        return _WakeStream(wake_words[0] if wake_words else "hello", type(self).fault)


class _WakeStream(VoiceTriggerStream):
    def __init__(self, word: str, fault: Fault) -> None:
        self._word = word
        self._fault = fault

    def process(self, window: Samples) -> Mapping[str, float]:
        self._fault()
        return {self._word: 0.9 if _peak(window) >= WAKE_LEVEL else 0.1}

    def reset(self) -> None:
        """Keep nothing."""


class ScriptedVad(Vad[None]):
    """Takes every window that reaches `SPEECH_LEVEL` for speech."""

    name = "scripted"
    capabilities = VadCapabilities(dtype="int16", window=160)
    fault: Fault = staticmethod(no_fault)

    def open_stream(self) -> VadStream:
        """Start on a new stream."""
        return _VadStream(type(self).fault)


class _VadStream(VadStream):
    def __init__(self, fault: Fault) -> None:
        self._fault = fault

    def process(self, window: Samples) -> float:
        self._fault()
        return 0.95 if _peak(window) >= SPEECH_LEVEL else 0.02

    def reset(self) -> None:
        """Keep nothing."""


LANGUAGE_LEVELS = {"en": 2000, "de": 4000, "fr": 6000}
"""a sample this loud is spoken in this language"""


class ScriptedLanguage(LanguageIdentifier[None]):
    """Takes loud samples for the language whose level they have; silence gives no opinion."""

    name = "scripted"
    capabilities = LanguageCapabilities(
        dtype="int16", window=3200, languages=tuple(LANGUAGE_LEVELS), max_concurrency=8
    )
    fault: Fault = staticmethod(no_fault)

    def __init__(self, options: None = None) -> None:
        super().__init__(options)
        self.windows: list[Samples] = []
        """what it was asked about"""

    def identify(self, window: Samples, live: bool = False) -> Mapping[str, float]:
        """Return the share of the loud samples that each language has."""
        type(self).fault()
        self.windows.append(window.copy())
        levels = np.abs(window.astype(np.int32))
        counts = {name: int((levels == level).sum()) for name, level in LANGUAGE_LEVELS.items()}
        total = sum(counts.values())
        return {name: n / total for name, n in counts.items()} if total else {}


@dataclass
class AsrScript:
    """What the scripted recogniser does, and what it was given."""

    text: str = "what time is it"
    fault: Fault = no_fault
    """called with every block"""
    finish_fault: Fault = no_fault
    """called before the final hypothesis"""


class ScriptedAsr(Asr[None]):
    """Recognises its script's text in any audio, and remembers the audio it was given."""

    name = "scripted"
    capabilities = AsrCapabilities(max_concurrency=8)
    script = AsrScript()

    def __init__(self, options: None = None) -> None:
        super().__init__(options)
        self.utterances: list[ScriptedAsrStream] = []
        """every stream that was opened"""

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a new utterance."""
        stream = ScriptedAsrStream(type(self).script, request.sample_rate)
        stream.request = request
        self.utterances.append(stream)
        return stream


class ScriptedAsrStream(AsrStream):
    """One utterance of the scripted recogniser."""

    def __init__(self, script: AsrScript, sample_rate: int) -> None:
        self._script = script
        self._rate = sample_rate
        self.blocks: list[Samples] = []
        """what it was given"""
        self.closed = False
        self.request = AsrRequest()
        """what was asked for"""

    @property
    def audio(self) -> Samples:
        """Everything it was given, joined."""
        return np.concatenate(self.blocks) if self.blocks else np.zeros(0, np.int16)

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Believe in one more word with every block, and take none back."""
        self._script.fault()
        self.blocks.append(samples.copy())
        words = self._script.text.split()[: len(self.blocks)]
        text = " ".join(words)
        return Hypothesis(text, is_final=False, stable=len(text))

    def finish(self) -> Hypothesis:
        """Return the script's text, its words spread evenly over the audio."""
        self._script.finish_fault()
        words = self._script.text.split()
        share_s = self.audio.size / self._rate / max(1, len(words))
        placed = [Word(word, i * share_s, (i + 1) * share_s) for i, word in enumerate(words)]
        return Hypothesis(self._script.text, True, tuple(placed), "en", 0.8)

    def close(self) -> None:
        """Note that it was closed."""
        self.closed = True


class ScriptedTts(Tts[None]):
    """Says 0.05 s of a tone per character."""

    name = "scripted"
    fault: Fault = staticmethod(no_fault)
    sample_rate = 16000

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield one block per character."""
        for _ in request.text:
            type(self).fault()
            yield np.full(800, 500, np.int16)


class ScriptedInput(Input[None]):
    """Plays `audio`, in blocks of `block` frames."""

    name = "scripted"
    audio: Samples = np.zeros(0, np.int16)
    sample_rate = 16000
    block = 1600

    def open_stream(self) -> InputStream:
        """Start at the beginning."""
        cls = type(self)
        return _ArrayStream(cls.audio, cls.sample_rate, cls.block)


class _ArrayStream(InputStream):
    def __init__(self, audio: Samples, sample_rate: int, block: int) -> None:
        self._audio = audio
        self._rate = sample_rate
        self._block = block
        self._position = 0

    @property
    def format(self) -> AudioFormat:
        channels = 1 if self._audio.ndim == 1 else self._audio.shape[1]
        return AudioFormat(self._rate, channels)

    def read(self) -> Samples | None:
        start = self._position
        self._position += self._block
        piece = self._audio[start : start + self._block]
        return piece if piece.shape[0] else None

    def close(self) -> None:
        self._position = self._audio.shape[0]


class ScriptedOutput(Output[None]):
    """Keeps what it is told to play."""

    name = "scripted"
    fault: Fault = staticmethod(no_fault)

    def __init__(self, options: None = None) -> None:
        super().__init__(options)
        self.answers: list[list[Samples]] = []
        """the pieces of every answer"""

    def open_stream(self, sample_rate: int) -> OutputStream:
        """Start an answer."""
        self.answers.append([])
        return _KeepingStream(self.answers[-1], type(self).fault)


class _KeepingStream(OutputStream):
    def __init__(self, pieces: list[Samples], fault: Fault) -> None:
        self._pieces = pieces
        self._fault = fault

    def write(self, samples: Samples) -> None:
        self._fault()
        self._pieces.append(samples.copy())

    def finish(self) -> None:
        """Everything has been heard."""

    def abort(self) -> None:
        """Nothing is left to stop."""
