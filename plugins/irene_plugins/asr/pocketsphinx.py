"""PocketSphinx: streaming recognition with an open model that its package carries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Availability,
    Grammar,
    Hypothesis,
    Licence,
    Samples,
    Word,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.pocketsphinx_decoder import (
    GRAMMAR_SEARCH,
    OPEN_SEARCH,
    DecoderPool,
    PocketSphinxOptions,
    cepstral_mean,
    compile_grammar,
    locate_model,
    new_decoder,
)

_RATE = 16000
_PIECE = 1600
"""samples per call of the engine: it holds the interpreter lock, so calls must be short"""
_FRAME_S = 0.01
_FILLER = re.compile(r"^(<.*>|\[.*\]|\+\+.*\+\+)$")
_VARIANT = re.compile(r"\(\d+\)$")


class PocketSphinxStream(AsrStream):
    """One utterance on one decoder, which goes back to the pool when the utterance is over.

    The engine subtracts the mean of the cepstra, and starts with that of its last utterance. Here
    each utterance starts from its own first seconds: they are kept until the mean is known, and
    only then decoded, so an utterance gives the same text whatever was said before. The engine
    gets pieces of one length, so it gives the same text for any chunking, too.
    """

    def __init__(
        self, pool: DecoderPool, request: AsrRequest, options: PocketSphinxOptions
    ) -> None:
        self._pool = pool
        self._options = options
        self._search = OPEN_SEARCH
        self._pending: list[Samples] = []
        self._n_pending = 0
        self._started = False
        self._text = ""
        self._decoder: Any = pool.take()
        if request.grammar is not None:
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
        """Return the final hypothesis with word times and posterior probabilities.

        Its confidence is the mean of the words' ones, each weighted by its duration: the engine's
        own is the posterior of the whole sentence, such as 0.002 for one that it got right.
        """
        self._decode(self._take_pending())
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

    def _confine_to(self, grammar: Grammar) -> None:
        try:
            compile_grammar(self._decoder, grammar)
        except BaseException:
            self.close()
            raise
        self._search = GRAMMAR_SEARCH

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
        mean = cepstral_mean(self._decoder, head) if len(head) >= _PIECE else None
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
        text = " ".join(word.text for word in words)
        return Hypothesis(text, True, words, self._options.language, _confidence(words))


def _confidence(words: Sequence[Word]) -> float | None:
    """Return the mean confidence of the words weighted by duration, None without words."""
    total_s = sum(word.end_s - word.start_s for word in words)
    weighted = sum((word.confidence or 0.0) * (word.end_s - word.start_s) for word in words)
    return min(1.0, weighted / total_s) if words else None


def _clean(words: Sequence[str]) -> list[str]:
    """Drop fillers such as `<sil>` and marks of pronunciation such as `the(2)`."""
    return [_VARIANT.sub("", word) for word in words if not _FILLER.match(word)]


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
        try:
            locate_model(self.options)
        except FileNotFoundError as error:
            cure = "set model, dictionary, language_model of asr.providers.pocketsphinx to paths"
            return Availability(False, str(error), cure, is_model=True)
        return engine

    def _load(self) -> None:
        files, options = locate_model(self.options), self.options
        self._pool = DecoderPool(
            lambda: new_decoder(files, options), self.capabilities.max_concurrency
        )

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
