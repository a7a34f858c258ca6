"""PocketSphinx: streaming recognition with an open model that its package carries."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Availability,
    ConfigurationError,
    Hypothesis,
    Licence,
    ProviderFailedError,
    Samples,
    Word,
    find_model,
    hookimpl,
    needs_package,
)

_RATE = 16000
_PIECE = 1600
"""samples per call of the engine: it holds the interpreter lock, so calls must be short"""
_FRAME_S = 0.01
_OPEN = "_default"
"""the engine's name of the search that its language model drives"""
_MEAN = "irene-mean"
_GRAMMAR = "irene-grammar"
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")
_PUNCTUATION = re.compile(r"[.,!?;:\"]")


@dataclass(frozen=True)
class PocketSphinxOptions:
    """The `[asr.providers.pocketsphinx]` table."""

    model: str = ""
    """path or name of a model folder; empty: US English, inside the package"""
    language: str = "en"
    """BCP 47 tag of the model"""
    dictionary: str = ""
    """path of a pronunciation dictionary; empty: the `*.dict` in the model folder"""
    language_model: str = ""
    """path of an n-gram model; empty: the `*.lm.bin` in the model folder"""
    mean_window_ms: int = 2000
    """audio heard before decoding begins, from which the microphone's colour is learnt, ms"""
    language_weight: float = 6.5
    """weight of the language model against the sound; higher prefers common phrases"""
    word_insertion_penalty: float = 0.65
    """below 1 prefers fewer, longer words"""
    beam: float = 1e-48
    """hypotheses less likely than this, relative to the best, are dropped"""
    word_beam: float = 7e-29
    """the same where words end"""
    max_hmms_per_frame: int = 30000
    """most sounds that are followed at a time; fewer is faster and less accurate"""
    second_pass: bool = True
    """whether the utterance is searched again among the words found, when it is over"""


@dataclass(frozen=True)
class _ModelFiles:
    """The three parts of a model."""

    acoustic: Path
    dictionary: Path
    language_model: Path


def _first(paths: Iterator[Path], unlike: str = "\0") -> Path | None:
    return next((path for path in sorted(paths) if unlike not in path.name), None)


def _find_files(folder: Path, options: PocketSphinxOptions) -> _ModelFiles | str:
    """Return the parts of the model in a folder, or what is missing there."""
    acoustic = _first(path.parent for path in (*folder.glob("mdef"), *folder.glob("*/mdef")))
    if acoustic is None:
        return f"{folder} holds no acoustic model (a file 'mdef')"
    dictionary = Path(options.dictionary).expanduser() if options.dictionary else None
    dictionary = dictionary or _first(folder.glob("*.dict"))
    model = Path(options.language_model).expanduser() if options.language_model else None
    model = model or _first(folder.glob("*.lm.bin"), unlike="phone")
    if dictionary is None or not dictionary.is_file():
        return f"pronunciation dictionary {dictionary or folder / '*.dict'} is not there"
    if model is None or not model.is_file():
        return f"language model {model or folder / '*.lm.bin'} is not there"
    return _ModelFiles(acoustic, dictionary, model)


class _DecoderPool:
    """Decoders (95 MB each for the bundled model), lent to one utterance at a time."""

    def __init__(self, create: Any, limit: int) -> None:
        self._create = create
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[Any] = [create()]
        self._lent = 0

    def take(self) -> Any:
        with self._lock:
            if self._lent >= self._limit:
                raise ProviderFailedError(
                    f"pocketsphinx: {self._limit} utterance(s) at once is its limit; "
                    "raise asr.providers.pocketsphinx.max_concurrency or wait"
                )
            self._lent += 1
            if self._idle:
                return self._idle.pop()
        try:
            return self._create()
        except Exception:
            with self._lock:
                self._lent -= 1
            raise

    def give_back(self, decoder: Any) -> None:
        with self._lock:
            self._lent -= 1
            self._idle.append(decoder)


class PocketSphinxStream(AsrStream):
    """One utterance on one decoder, which goes back to the pool when the utterance is over.

    The engine subtracts the mean of the cepstra, and starts with that of its last utterance. Here
    each utterance starts from its own first seconds: they are kept until the mean is known, and
    only then decoded, so an utterance gives the same text whatever was said before. The engine
    gets pieces of one length, so it gives the same text for any chunking, too.
    """

    def __init__(self, pool: _DecoderPool, request: AsrRequest, options: PocketSphinxOptions):
        self._pool = pool
        self._options = options
        self._search = _OPEN
        self._pending: list[Samples] = []
        self._n_pending = 0
        self._started = False
        self._text = ""
        self._decoder: Any = pool.take()
        if request.grammar:
            self._confine_to(request.grammar)

    def accept(self, samples: Samples) -> Hypothesis | None:
        """Take int16 samples; return a partial hypothesis when its text has changed."""
        self._pending.append(samples.copy())
        self._n_pending += len(samples)
        head = self._options.mean_window_ms * _RATE // 1000
        if self._n_pending < (_PIECE if self._started else max(head, _PIECE)):
            return None
        self._decode(self._take_pending())
        return self._partial()

    def finish(self) -> Hypothesis:
        """Return the final hypothesis with word times and posterior probabilities."""
        rest = self._take_pending()
        self._decode(rest)
        if self._n_pending:
            self._feed(self._take_pending())
        self._started = False
        self._decoder.end_utt()
        final = self._final()
        self.close()
        return final

    def close(self) -> None:
        """Give the decoder back; a second call does nothing."""
        if self._decoder is None:
            return
        decoder, self._decoder = self._decoder, None
        if self._started:
            decoder.end_utt()
        self._pool.give_back(decoder)

    def _confine_to(self, sentences: Sequence[str]) -> None:
        try:
            _compile_grammar(self._decoder, sentences)
        except BaseException:
            self.close()
            raise
        self._search = _GRAMMAR

    def _take_pending(self) -> Samples:
        samples = np.concatenate(self._pending) if self._pending else np.zeros(0, dtype=np.int16)
        self._pending, self._n_pending = [], 0
        return samples

    def _decode(self, samples: Samples) -> None:
        """Decode whole pieces; what is left over waits for the next call."""
        if not self._started:
            self._start(samples)
        whole = len(samples) // _PIECE * _PIECE
        for start in range(0, whole, _PIECE):
            self._feed(samples[start : start + _PIECE])
        if whole < len(samples):
            self._pending, self._n_pending = [samples[whole:]], len(samples) - whole

    def _feed(self, piece: Samples) -> None:
        self._decoder.process_raw(np.ascontiguousarray(piece, dtype="<i2").tobytes())

    def _start(self, samples: Samples) -> None:
        """Begin the utterance with the cepstral mean of its first samples."""
        head = samples[: self._options.mean_window_ms * _RATE // 1000]
        mean = _cepstral_mean(self._decoder, head) if len(head) >= _PIECE else None
        self._decoder.activate_search(self._search)
        self._decoder.reinit_feat()
        if mean is not None:
            self._decoder.set_cmn(mean)
        self._decoder.start_utt()
        self._started = True

    def _partial(self) -> Hypothesis | None:
        best = self._decoder.hyp()
        text = " ".join(_clean(best.hypstr.split())) if best is not None else ""
        if text == self._text:
            return None
        self._text = text
        return Hypothesis(text, is_final=False, language=self._options.language)

    def _final(self) -> Hypothesis:
        segments = [s for s in self._decoder.seg() or () if not _FILLER.match(s.word)]
        words = tuple(
            Word(
                _VARIANT.sub("", segment.word),
                segment.start_frame * _FRAME_S,
                (segment.end_frame + 1) * _FRAME_S,
                min(1.0, segment.prob),
            )
            for segment in segments
        )
        best = self._decoder.hyp()
        confidence = min(1.0, best.prob) if best is not None and words else None
        text = " ".join(word.text for word in words)
        return Hypothesis(text, True, words, self._options.language, confidence)


def _clean(words: Sequence[str]) -> list[str]:
    """Drop fillers such as `<sil>` and marks of pronunciation such as `the(2)`."""
    return [_VARIANT.sub("", word) for word in words if not _FILLER.match(word)]


def _cepstral_mean(decoder: Any, samples: Samples) -> str:
    """Return the cepstral mean of the samples as the engine writes it.

    The engine's own front end computes it in batch mode; the search over silence alone, which the
    pass cannot do without, costs next to nothing.
    """
    decoder.activate_search(_MEAN)
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(
        np.ascontiguousarray(samples, dtype="<i2").tobytes(), no_search=True, full_utt=True
    )
    decoder.end_utt()
    return str(decoder.get_cmn())


def _compile_grammar(decoder: Any, sentences: Sequence[str]) -> None:
    """Make the decoder's grammar the choice between these sentences (JSGF)."""
    spoken = [_PUNCTUATION.sub(" ", sentence).lower().split() for sentence in sentences]
    spoken = [words for words in spoken if words]
    if not spoken:
        raise ConfigurationError("grammar: no words in it; a list of sentences would be right")
    vocabulary = sorted({word for words in spoken for word in words})
    if unknown := [word for word in vocabulary if decoder.lookup_word(word) is None]:
        raise ConfigurationError(
            f"grammar: not in the dictionary of pocketsphinx: {', '.join(unknown)}; "
            "write numbers as words, leave such sentences out, or extend the dictionary"
        )
    choices = " | ".join(" ".join(words) for words in spoken)
    decoder.add_jsgf_string(
        _GRAMMAR, f"#JSGF V1.0; grammar sentences; public <sentence> = {choices};"
    )


class PocketSphinxAsr(Asr[PocketSphinxOptions]):
    """CMU's recogniser: small, quick to load, needs no download; no match for larger models.

    Each utterance borrows a decoder; at most `capabilities.max_concurrency` are made, and an
    utterance beyond that is refused with a retryable `ProviderFailedError`. The engine holds the
    interpreter lock while it works, so more than one decoder serves interleaving, not speed.
    """

    name = "pocketsphinx"
    summary = "CMU PocketSphinx, US English model inside the package"
    licence = Licence("BSD-2-Clause", "BSD-2-Clause")
    Options = PocketSphinxOptions
    capabilities = AsrCapabilities((_RATE,), "int16", ("en",), grammar=True, max_concurrency=1)

    def __init__(self, options: PocketSphinxOptions | None = None) -> None:
        super().__init__(options)
        self.capabilities = replace(self.capabilities, languages=(self.options.language,))

    def _check(self) -> Availability:
        engine = needs_package("pocketsphinx", "pocketsphinx")
        if not engine.ready:
            return engine
        files = self._files()
        if isinstance(files, _ModelFiles):
            return engine
        cure = "set model, dictionary and language_model of asr.providers.pocketsphinx to paths"
        return Availability(False, files, cure, is_model=True)

    def _files(self) -> _ModelFiles | str:
        if self.options.model:
            folder = find_model("pocketsphinx", self.options.model)
            if folder is None:
                return f"model {self.options.model!r} is not installed"
            return _find_files(folder, self.options)
        spec = importlib.util.find_spec("pocketsphinx")
        places = (spec.submodule_search_locations or [""]) if spec is not None else [""]
        return _find_files(Path(places[0], "model", "en-us"), self.options)

    def _load(self) -> None:
        self._pool = _DecoderPool(self._new_decoder, self.capabilities.max_concurrency)

    def _new_decoder(self) -> Any:
        import pocketsphinx

        files = self._files()
        if not isinstance(files, _ModelFiles):
            raise ProviderFailedError(f"pocketsphinx: {files}")
        options = self.options
        decoder = pocketsphinx.Decoder(
            hmm=str(files.acoustic),
            dict=str(files.dictionary),
            lm=str(files.language_model),
            lw=options.language_weight,
            wip=options.word_insertion_penalty,
            beam=options.beam,
            pbeam=options.beam,
            wbeam=options.word_beam,
            maxhmmpf=options.max_hmms_per_frame,
            fwdflat=options.second_pass,
            logfn="/dev/null",
            loglevel="FATAL",
        )
        silence = decoder.create_fsg(_MEAN, 0, 1, [(0, 1, 1.0, "<sil>")])
        decoder.add_fsg(_MEAN, silence)
        decoder.activate_search(_OPEN)
        return decoder

    def _warm_up(self) -> None:
        stream = self.open_stream(AsrRequest())
        stream.accept(np.zeros(_RATE // 4, dtype=np.int16))
        stream.finish()

    def _close(self) -> None:
        del self._pool

    def open_stream(self, request: AsrRequest) -> PocketSphinxStream:
        """Start on a new utterance.

        Raises:
            ConfigurationError: the grammar has words that the dictionary lacks; all are named.
            ProviderFailedError: every decoder is busy.
        """
        self.load()
        return PocketSphinxStream(self._pool, request, self.options)


@hookimpl
def irene_asrs() -> list[type[Asr[PocketSphinxOptions]]]:
    """Offer this plugin's recogniser."""
    return [PocketSphinxAsr]
