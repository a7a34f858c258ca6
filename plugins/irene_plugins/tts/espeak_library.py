"""The shared library of eSpeak NG through ctypes: its voices, and text into samples."""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from irene import ProviderFailedError, Samples

# Constants of the library's public header, speak_lib.h.
RATE, PITCH, PITCH_RANGE, WORD_GAP = 1, 3, 4, 7
_SYNCHRONOUS, _DO_NOT_EXIT, _BY_CHARACTER, _UTF8 = 2, 0x8000, 1, 1
_AS_IPA = 2

_BLOCK_MS = 50
_LONGEST_PATH = 140
"""bytes; eSpeak NG 1.52 cuts paths off at 160 and appends up to 20 of its own"""


class _VoiceRecord(ctypes.Structure):
    """`espeak_VOICE` of speak_lib.h."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("internal", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_SynthCallback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


@dataclass(frozen=True)
class Voice:
    """One entry of eSpeak NG's list of voices."""

    name: str
    """for people, such as `English (America)`"""
    identifier: str
    """what selects it, such as `gmw/en-US`; `+` and a variant may follow"""
    languages: tuple[tuple[int, str], ...] = ()
    """priority (low is better) and lower-case BCP 47 tag of each language it speaks"""


@dataclass(frozen=True)
class Utterance:
    """A text with everything that decides how it sounds."""

    text: str
    voice: Voice
    settings: Mapping[int, int]
    """value of each parameter (RATE, PITCH ...) of `espeak_SetParameter`"""
    gain: float
    """factor for the samples, 0 to 1"""


class Library:
    """eSpeak NG, initialised once in a process: global state inside, one text at a time."""

    def __init__(self, library: str, data: Path) -> None:
        self._lock = threading.Lock()
        self._engine = _bind(ctypes.CDLL(library))
        if len(os.fsencode(data)) > _LONGEST_PATH:
            # the library reads voices from here as they are asked for, so the link has to stay
            self._link = tempfile.TemporaryDirectory(prefix="irene-espeak-")
            short = Path(self._link.name) / "data"
            short.symlink_to(data.absolute())
            data = short
        self.sample_rate = int(
            self._engine.espeak_Initialize(_SYNCHRONOUS, _BLOCK_MS, os.fsencode(data), _DO_NOT_EXIT)
        )
        if self.sample_rate <= 0:
            raise ProviderFailedError(f"eSpeak NG cannot read its data in {data}: reinstall it")
        self.version = str(self._engine.espeak_Info(None).decode())
        self.voices = self._list_voices(None)
        self.variants = self._list_voices(b"variant")

    def _list_voices(self, language: bytes | None) -> list[Voice]:
        wanted = ctypes.create_string_buffer(language) if language else None
        pattern = _VoiceRecord(languages=ctypes.addressof(wanted)) if wanted else None
        records = self._engine.espeak_ListVoices(ctypes.byref(pattern) if pattern else None)
        voices = []
        for record in records:
            if not record:
                break
            entry = record.contents
            languages = tuple(_languages(entry.languages))
            voices.append(Voice(entry.name.decode(), entry.identifier.decode(), languages))
        return voices

    def speak(
        self, utterance: Utterance, emit: Callable[[Samples], None], stop: threading.Event
    ) -> None:
        """Synthesise one text, handing over each block of samples, until done or stopped."""

        def on_block(samples: Any, n_samples: int, _events: int | None) -> int:
            if stop.is_set():
                return 1
            if samples and n_samples:
                block = np.ctypeslib.as_array(samples, (n_samples,))
                emit((block * utterance.gain).astype(np.int16))
            return 0

        text = utterance.text.encode("utf-8", "replace")
        callback = _SynthCallback(on_block)
        with self._lock:
            if stop.is_set():
                return
            self._select(utterance)
            self._engine.espeak_SetSynthCallback(callback)
            status = self._engine.espeak_Synth(
                text, len(text) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None
            )
        if status != 0:
            raise ProviderFailedError(f"eSpeak NG stopped with status {status}")

    def pronounce(self, words: Iterable[str], language: str) -> list[str]:
        """Return how each word is pronounced, in IPA, by the voice of a BCP 47 tag.

        Each is empty where the library has no voice for the language.
        """
        with self._lock:
            candidates = (language.lower(), language.lower().partition("-")[0])
            if not any(self._engine.espeak_SetVoiceByName(tag.encode()) == 0 for tag in candidates):
                return ["" for _ in words]
            return [self._ipa(word) for word in words]

    def _ipa(self, text: str) -> str:
        rest, clauses = ctypes.c_char_p(text.encode("utf-8", "replace")), list[str]()
        while rest.value:
            clause = self._engine.espeak_TextToPhonemes(ctypes.byref(rest), _UTF8, _AS_IPA)
            clauses.append((clause or b"").decode("utf-8", "replace"))
        return " ".join(clauses)

    def _select(self, utterance: Utterance) -> None:
        identifier = utterance.voice.identifier
        if self._engine.espeak_SetVoiceByName(identifier.encode()) != 0:
            raise ProviderFailedError(f"eSpeak NG cannot load its voice {identifier!r}")
        # the library seeds its breath noise with the time of day: runs would not be reproducible
        self._engine.espeak_ng_SetRandSeed(1)
        for parameter, value in utterance.settings.items():
            self._engine.espeak_SetParameter(parameter, value, 0)


_LOADING = threading.Lock()


def shared_library() -> Library:
    """Return the one library of this process, loaded at the first call.

    Raises:
        ImportError: the package `espeakng_loader` is not installed.
        ProviderFailedError: its data cannot be read.
    """
    with _LOADING:
        return _library()


@cache
def _library() -> Library:
    import espeakng_loader

    data = Path(espeakng_loader.get_data_path())
    return Library(espeakng_loader.get_library_path(), data.parent)


def _bind(engine: Any) -> Any:
    """Declare the C signatures of the functions in use."""
    integer, unsigned, text, pointer = (
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_char_p,
        ctypes.c_void_p,
    )
    record = ctypes.POINTER(_VoiceRecord)
    signatures: dict[str, tuple[Any, list[Any]]] = {
        "espeak_Initialize": (integer, [integer, integer, text, integer]),
        "espeak_Info": (text, [pointer]),
        "espeak_ListVoices": (ctypes.POINTER(record), [record]),
        "espeak_SetVoiceByName": (integer, [text]),
        "espeak_SetParameter": (integer, [integer, integer, integer]),
        "espeak_ng_SetRandSeed": (integer, [ctypes.c_long]),
        "espeak_TextToPhonemes": (text, [ctypes.POINTER(text), integer, integer]),
        "espeak_SetSynthCallback": (None, [_SynthCallback]),
        "espeak_Synth": (
            integer,
            [text, ctypes.c_size_t, unsigned, integer, unsigned, unsigned, pointer, pointer],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(engine, name)
        function.restype, function.argtypes = result, arguments
    return engine


def _languages(address: int) -> Iterator[tuple[int, str]]:
    """Read a sequence of a priority byte and a C string each, ended by a priority of zero."""
    while priority := ctypes.c_ubyte.from_address(address).value:
        tag = ctypes.string_at(address + 1)
        yield priority, tag.decode().lower()
        address += len(tag) + 2
