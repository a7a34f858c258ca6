"""The voices of eSpeak NG, spoken by the library inside the `espeakng-loader` package."""

from __future__ import annotations

import difflib
import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TypeVar

from irene import (
    Availability,
    ConfigurationError,
    Licence,
    ProviderFailedError,
    Samples,
    SpeechRequest,
    Tts,
    TtsCapabilities,
    hookimpl,
    needs_package,
)
from irene_plugins.tts.espeak_library import (
    PITCH,
    PITCH_RANGE,
    RATE,
    WORD_GAP,
    Library,
    Utterance,
    Voice,
    shared_library,
)

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class EspeakOptions:
    """How eSpeak NG speaks when the request says nothing else."""

    voice: str = "en-us+f2"
    """name (`German`), identifier (`gmw/de`) or language (`de`); `+` adds a variant such as `f2`"""
    rate_wpm: int = 175
    """words per minute, 80 to 450"""
    pitch: float = 1.0
    """relative to the voice's own; takes effect from about 0.7 to 1.7"""
    pitch_range: int = 50
    """liveliness of the melody: 0 is monotone, 50 normal, 99 the most"""
    volume: float = 1.0
    """0 (silent) to 1 (normal)"""
    word_gap_ms: int = 0
    """about how much pause to add between words, ms at the normal rate"""

    def __post_init__(self) -> None:
        """Refuse what the engine would silently clip."""
        limits = {"rate_wpm": (80, 450), "pitch": (0.5, 2.0), "pitch_range": (0, 99)}
        limits |= {"volume": (0, 1), "word_gap_ms": (0, 1000)}
        for key, (low, high) in limits.items():
            if not low <= getattr(self, key) <= high:
                raise ValueError(f"{key} = {getattr(self, key)}: use {low} to {high}")


class Catalogue:
    """Every voice and variant of the installed library, found by name or by language."""

    def __init__(self, voices: list[Voice], variants: list[Voice]) -> None:
        self._by_language: dict[str, Voice] = {}
        ranked = [(rank, tag, voice) for voice in voices for rank, tag in voice.languages]
        for _, tag, voice in sorted(ranked, key=lambda entry: entry[0]):
            self._by_language.setdefault(tag, voice)
        self._by_name = self._by_language | {
            key.lower(): voice
            for voice in voices
            for key in (voice.name, _last_part(voice), voice.identifier)
        }
        self._variants = {
            key.lower(): _last_part(variant)
            for variant in variants
            for key in (variant.name, _last_part(variant))
        }

    def named(self, name: str) -> Voice:
        """Return the voice with this name, identifier or language, `+variant` allowed."""
        plain, _, variant = name.partition("+")
        voice = _look_up(self._by_name, plain, "voice")
        if variant:
            variant = _look_up(self._variants, variant, "voice variant")
        return _varied(voice, variant)

    def speaking(self, language: str, preferred: Voice) -> Voice:
        """Return a voice for a BCP 47 tag: the preferred one where it fits, else the best.

        The best one takes over the variant of the preferred one.
        """
        tag = language.lower().replace("_", "-")
        variant = preferred.identifier.partition("+")[2]
        for candidate in (tag, tag.partition("-")[0]):
            if any(candidate == spoken for _, spoken in preferred.languages):
                return preferred
            if candidate in self._by_language:
                return _varied(self._by_language[candidate], variant)
        return _look_up(self._by_language, tag, "language")


def _last_part(voice: Voice) -> str:
    return voice.identifier.rpartition("/")[2]


def _varied(voice: Voice, variant: str) -> Voice:
    """Return the voice with the sound of a variant; an empty one leaves it as it is."""
    return replace(voice, identifier=f"{voice.identifier}+{variant}") if variant else voice


def _look_up(known: dict[str, _Entry], name: str, what: str) -> _Entry:
    """Return the entry of that name, or raise naming the nearest ones, if any is near."""
    if name.lower() in known:
        return known[name.lower()]
    nearest = difflib.get_close_matches(name.lower(), known, n=3)
    hint = f"; it has, for example, {', '.join(nearest)}" if nearest else ""
    raise ConfigurationError(f"tts provider 'espeak' has no {what} {name!r}{hint}")


class EspeakVoice(Tts[EspeakOptions]):
    """Formant synthesis by eSpeak NG: a hundred languages, a robot's charm, no model files.

    The library is initialised once in a process and shared by all instances; texts are spoken one
    at a time, 1000 times faster than they are heard. Its vibrato runs on from text to text, so
    a repeated text sounds the same but is not the same samples; the same texts in the same order
    from the start of a process are. Markup is not interpreted: `<` is spoken.

    The default is the variant `f2` because it is the easiest to understand for a recogniser
    trained on people: PocketSphinx got 60 of 60 spoken digit strings right, 44 from plain `en-us`.
    """

    name = "espeak"
    summary = "eSpeak NG, a hundred languages without any model file"
    licence = Licence("GPL-3.0-or-later")
    capabilities = TtsCapabilities(languages=(), streaming=True)
    Options = EspeakOptions

    _engine: Library | None = None

    def _check(self) -> Availability:
        return needs_package("espeakng_loader", "espeak")

    def _load(self) -> None:
        engine = shared_library()
        self._catalogue = Catalogue(engine.voices, engine.variants)
        self._voice = self._catalogue.named(self.options.voice)
        self._engine = engine

    def _warm_up(self) -> None:
        # One sentence is not enough: the second one still takes twice as long as the third.
        for text in ("This is said to nobody, at 12:30,", "so that the first answer is quick."):
            for _ in self.synthesize(SpeechRequest(text)):
                pass

    def _close(self) -> None:
        self._engine = None

    @property
    def version(self) -> str:
        """Version of the library, whose voices are part of it; known after `load()`."""
        return self._loaded_engine().version

    @property
    def sample_rate(self) -> int:
        """Hz; known after `load()`."""
        return self._loaded_engine().sample_rate

    def expected_rate(self) -> int:
        """Return the Hz of the library, which is loaded in a moment: it has no model."""
        self.load()
        return self.sample_rate

    def check_voice(self, voice: str | None, language: str | None) -> None:
        """Look the voice up in the installed library's list, which is loaded in a moment.

        Raises:
            ConfigurationError: there is no such voice, or none for the language.
            ProviderUnavailableError: the library is not installed.
        """
        self.load()
        self._voice_for(SpeechRequest("", language, voice))

    def synthesize(self, request: SpeechRequest) -> Iterator[Samples]:
        """Yield int16 mono blocks of at most 50 ms, shape (n,), until the whole text is said.

        Raises:
            ConfigurationError: there is no such voice, or none for the language.
            ProviderFailedError: not loaded, or the library reports an error.
        """
        engine = self._loaded_engine()
        text = request.text.replace("\0", " ").strip()
        if not text:
            return iter(())
        utterance = Utterance(
            text,
            self._voice_for(request),
            _settings(self.options, request),
            gain=min(max(self.options.volume * request.volume, 0.0), 1.0),
        )
        return _blocks(engine, utterance)

    def _loaded_engine(self) -> Library:
        if self._engine is None:
            raise ProviderFailedError("tts provider 'espeak' is not loaded: call load() first")
        return self._engine

    def _voice_for(self, request: SpeechRequest) -> Voice:
        if request.voice is not None:
            return self._catalogue.named(request.voice)
        if request.language is not None:
            return self._catalogue.speaking(request.language, self._voice)
        return self._voice


def _settings(options: EspeakOptions, request: SpeechRequest) -> dict[int, int]:
    """Combine options and request into parameters of the library."""
    rate_wpm = min(max(options.rate_wpm * request.rate, 80), 450)
    # Measured: factors from 0.7 to 1.6 change the median F0 by that much, within 9 %.
    pitch = 50 + 80 * math.log2(max(options.pitch * request.pitch, 0.1))
    return {
        RATE: round(rate_wpm),
        PITCH: min(max(round(pitch), 0), 99),
        PITCH_RANGE: options.pitch_range,
        WORD_GAP: round(options.word_gap_ms / 10),
    }


def _blocks(engine: Library, utterance: Utterance) -> Iterator[Samples]:
    """Yield blocks while a thread of this iterator synthesises; closing it ends the thread.

    The queue has no limit on purpose: a slow reader must not keep the library from other texts.
    """
    ready: SimpleQueue[Samples | Exception | None] = SimpleQueue()
    stop = threading.Event()

    def speak() -> None:
        try:
            engine.speak(utterance, ready.put, stop)
            ready.put(None)
        except Exception as error:  # noqa: BLE001 - border: goes to the reader's thread
            ready.put(error)

    thread = threading.Thread(target=speak, name="irene-espeak")
    thread.start()
    try:
        while (block := ready.get()) is not None:
            if isinstance(block, Exception):
                raise block
            yield block
    finally:
        stop.set()
        thread.join()


@hookimpl
def irene_voices() -> list[type[EspeakVoice]]:
    """Offer eSpeak NG."""
    return [EspeakVoice]
