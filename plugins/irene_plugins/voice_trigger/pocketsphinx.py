"""The `pocketsphinx` voice trigger: any phrase that is given in words, without training."""

from __future__ import annotations

import math
import tempfile
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    Availability,
    ConfigurationError,
    Licence,
    Samples,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.pocketsphinx_decoder import PocketSphinxOptions, locate_model
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon
from irene_plugins.voice_trigger.pocketsphinx_phrases import (
    Phrase,
    SpokenPhrases,
    numbered,
    spoken_words,
)

_RATE = 16000
_WINDOW = 640
_SEARCH = "irene-phrases"
_LONGEST_S = 2.0
"""audio that is heard again when the search starts anew: more than a phrase takes"""
_MOST_FINDS = 20
"""finds after which the search starts anew: the engine keeps all and looks through all"""
_DELAY = 10
"""frames (10 ms) after the end of a phrase for which the engine waits for a better end"""
_LEEWAY = 20.0
"""how far (log10) below its bound a phrase is still scored, not only silence"""
_SCALE = 8.0
"""log10 by which the evidence must exceed the bound for a score of 0.73; as much less gives 0.27"""
_BEAM = 1e-100
"""the engine's own 1e-48 loses quiet and fast phrases half-way"""
_SPEECH_MEAN = "54.5,4.3,-1.6,5.1,-2.8,-3.2,-4,-6.1,-2.6,.3,-.6,.1,.7"
"""cepstral mean of speech alone: the median of 360 recordings by many people and microphones"""
_MEAN_WINDOWS = 50
"""windows (2 s) after which the cepstral mean is set again. The engine would move it towards all
that it hears, which before a wake word is the noise of the room: after ten seconds of that a phrase
had lost 9 of the decades that tell it from other speech"""
_KWS_MAX, _SENSCR_SHIFT = 1500, 10
"""how the engine stores a find's evidence: less 1500, in steps of 1024 of its logarithm"""


@dataclass(frozen=True)
class PocketSphinxTriggerOptions:
    """The model, and how unusual words sound."""

    model: str = field(default="", metadata={"path": "model"})
    """path or name of a model folder; empty: US English, inside the package"""
    language: str = "en"
    """BCP 47 tag of the model"""
    dictionary: str = field(default="", metadata={"path": "model"})
    """path of a pronunciation dictionary; empty: the `*.dict` in the model folder"""
    pronunciations: Mapping[str, str] = field(default_factory=dict)
    """how words sound, in the dictionary's notation (ARPABET), where it or eSpeak NG is wrong"""


class PhraseStream(VoiceTriggerStream):
    """One decoder that looks for phrases; its finds are judged as they become certain."""

    def __init__(self, decoder: Any, phrases: Sequence[Phrase], mean: str) -> None:
        self._decoder = decoder
        self._phrases = {phrase.keyphrase: phrase for phrase in phrases}
        self._names = tuple(dict.fromkeys(phrase.name for phrase in phrases))
        self._kept: deque[bytes] = deque(maxlen=math.ceil(_LONGEST_S * _RATE / _WINDOW))
        self._judged = 0
        self._mean = mean
        self._n_windows = 0
        decoder.start_utt()

    def process(self, window: Samples) -> Mapping[str, float]:
        """Take 40 ms; a score is that of the best find which has become certain within them."""
        audio = np.ascontiguousarray(window, dtype="<i2").tobytes()
        self._kept.append(audio)
        self._keep_mean()
        self._decoder.process_raw(audio)
        scores = dict.fromkeys(self._names, 0.0)
        finds = list(self._decoder.seg() or ())
        for find in finds:
            phrase = self._phrases.get(find.word.strip())
            if phrase is not None and find.end_frame >= self._judged:
                score = self._score(find.prob, phrase)
                scores[phrase.name] = max(scores[phrase.name], score)
        self._judged = self._certain()
        if len(finds) > _MOST_FINDS:
            self._start_anew()
        return scores

    def reset(self) -> None:
        """Forget all audio."""
        self._decoder.end_utt()
        self._decoder.reinit_feat()
        self._kept.clear()
        self._judged = self._n_windows = 0
        self._decoder.start_utt()

    def close(self) -> None:
        """Free the decoder; a second call does nothing."""
        self._decoder = None

    def _keep_mean(self) -> None:
        if self._n_windows % _MEAN_WINDOWS == 0:
            self._decoder.set_cmn(self._mean)
        self._n_windows += 1

    def _certain(self) -> int:
        """Return the frame before which every find has been told."""
        return max(0, int(self._decoder.n_frames()) - _DELAY)

    def _score(self, stored: float, phrase: Phrase) -> float:
        """Return the score of a find: 0.5 where its evidence is just what is asked for."""
        log = self._decoder.get_logmath()
        evidence = log.log_to_log10((log.log(stored) + _KWS_MAX) << _SENSCR_SHIFT)
        return 1.0 / (1.0 + math.exp((phrase.evidence - evidence) / _SCALE))

    def _start_anew(self) -> None:
        """Drop old finds; what may hold the beginning of a phrase is heard again."""
        self._decoder.end_utt()
        self._decoder.set_cmn(self._mean)
        self._decoder.start_utt()
        for audio in self._kept:
            self._decoder.process_raw(audio)
        self._judged = self._certain()


class PocketSphinxTrigger(VoiceTrigger[PocketSphinxTriggerOptions]):
    """Listens for any phrase of known words: keyword search of CMU PocketSphinx.

    The acoustic model is the recogniser's; no language model is loaded. Each stream has a decoder
    of its own. A phrase of three syllables or more is heard best; short ones are found in other
    speech, too.
    """

    name = "pocketsphinx"
    summary = "CMU PocketSphinx; any phrase in words, 40 ms of CPU per second of audio"
    licence = Licence("BSD-2-Clause", "BSD-2-Clause")
    Options = PocketSphinxTriggerOptions
    capabilities = VoiceTriggerCapabilities(
        window=_WINDOW, any_phrase=True, phrase_end_s=(-0.3, 0.15)
    )

    def hears(self, phrase: str) -> bool:
        """Return whether it is known how every word of the phrase sounds."""
        if not self.check().ready:
            return False
        words = spoken_words(phrase)
        return bool(words) and all(self._spoken.sounds(words).values())

    def check_words(self, wake_words: Sequence[str]) -> None:
        """Look every word up.

        Raises:
            ConfigurationError: no phrase is given, or it is not known how a word sounds; all such
                words are named.
        """
        self._phrases_of(wake_words)

    def open_stream(self, wake_words: Sequence[str]) -> PhraseStream:
        """Start listening for these phrases.

        Raises:
            ConfigurationError: no phrase is given, or it is not known how a word sounds; all such
                words are named.
        """
        self.load()
        phrases = self._phrases_of(wake_words)
        words = {word for phrase in wake_words for word in spoken_words(phrase)}
        decoder = self._new_decoder(self._spoken.sounds(words))
        _look_for(decoder, phrases)
        mean = decoder.get_cmn() if self.options.model else _SPEECH_MEAN
        return PhraseStream(decoder, phrases, mean)

    def _phrases_of(self, wake_words: Sequence[str]) -> Sequence[Phrase]:
        title = f"voice_trigger provider {self.name!r}"
        spoken = {self.word_name(phrase): phrase for phrase in wake_words if spoken_words(phrase)}
        if not spoken:
            raise ConfigurationError(f"{title}: no phrase is given; such as `hey computer`")
        return self._spoken.phrases(tuple(spoken.values()), title)

    def _new_decoder(self, sounds: Mapping[str, Sequence[str]]) -> Any:
        """Return a decoder that knows these words only."""
        decoder = self._engine.Decoder(
            hmm=str(self._files.acoustic),
            dict=None,
            lm=None,
            beam=_BEAM,
            kws_delay=_DELAY,
            logfn="/dev/null",
            loglevel="FATAL",
        )
        for word, ways in sounds.items():
            for index, way in enumerate(ways):
                try:
                    decoder.add_word(numbered(word, index), way, True)
                except RuntimeError as error:
                    raise ConfigurationError(
                        f"voice_trigger.providers.{self.name}.pronunciations: {word} = {way!r} "
                        "has sounds that the model lacks; write ARPABET without stress marks, as "
                        "in 'K AH M P Y UW T ER'"
                    ) from error
        return decoder

    @cached_property
    def _files(self) -> Any:
        options = self.options
        return locate_model(PocketSphinxOptions(options.model, dictionary=options.dictionary))

    @cached_property
    def _spoken(self) -> SpokenPhrases:
        lexicon = Lexicon(self._files.dictionary, self.options.language)
        return SpokenPhrases(lexicon, self.options.pronunciations)

    def _check(self) -> Availability:
        engine = needs_package("pocketsphinx", "pocketsphinx")
        if not engine.ready:
            return engine
        try:
            _ = self._files
        except FileNotFoundError as error:
            cure = "set model, dictionary of voice_trigger.providers.pocketsphinx to paths"
            return Availability(False, str(error), cure, is_model=True)
        return engine

    def _load(self) -> None:
        import pocketsphinx

        self._engine = pocketsphinx

    def _warm_up(self) -> None:
        if not self.hears("computer"):
            return  # a model of another language; its first phrase takes a moment longer
        stream = self.open_stream(["computer"])
        for _ in range(10):
            stream.process(np.zeros(_WINDOW, np.int16))
        stream.close()


def _look_for(decoder: Any, phrases: Sequence[Phrase]) -> None:
    """Make the decoder look for these phrases; the engine takes them from a file only."""
    with tempfile.TemporaryDirectory(prefix="irene-") as folder:
        path = Path(folder, "phrases")
        lines = (f"{one.keyphrase} /1e{one.evidence - _LEEWAY:.0f}/\n" for one in phrases)
        path.write_text("".join(lines), encoding="utf-8")
        decoder.add_kws(_SEARCH, str(path))
    decoder.activate_search(_SEARCH)


@hookimpl
def irene_voice_triggers() -> list[type[PocketSphinxTrigger]]:
    """Offer the trigger for any phrase."""
    return [PocketSphinxTrigger]
