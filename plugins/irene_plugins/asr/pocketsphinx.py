"""PocketSphinx: streaming recognition with an open model that its package carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata

import numpy as np

from irene import (
    Asr,
    AsrCapabilities,
    AsrRequest,
    AsrStream,
    Availability,
    Grammar,
    Licence,
    hookimpl,
    needs_package,
)
from irene_plugins.asr.pocketsphinx_commands import CommandDecoders
from irene_plugins.asr.pocketsphinx_decoder import (
    DecoderPool,
    PocketSphinxOptions,
    locate_model,
    new_decoder,
)
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon
from irene_plugins.asr.pocketsphinx_streams import CommandStream, OpenStream

_RATE = 16000


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

    @property
    def version(self) -> str:
        """Version of the package, which brings the engine and its own model."""
        return metadata.version("pocketsphinx")

    def _load(self) -> None:
        files, options = locate_model(self.options), self.options
        self._pool = DecoderPool(
            lambda: new_decoder(files, options), self.capabilities.max_concurrency
        )
        lexicon = Lexicon(files.dictionary, options.language)
        self._commands = CommandDecoders(files.acoustic, lexicon, options)

    def _warm_up(self) -> None:
        stream = self.open_stream(AsrRequest())
        stream.accept(np.zeros(_RATE // 4, dtype=np.int16))
        stream.finish()

    def _close(self) -> None:
        del self._pool, self._commands

    def open_stream(self, request: AsrRequest) -> AsrStream:
        """Start on a new utterance, within the sentences of a grammar if the request has one.

        Sentences with a word that cannot be pronounced are left out: `unknown_words` names them.

        Raises:
            ConfigurationError: the grammar has no words, or none that can be pronounced.
            ProviderFailedError: every decoder is busy.
        """
        self.load()
        if request.grammar is not None:
            return CommandStream(self._commands, request.grammar, self.options)
        return OpenStream(self._pool, self.options)

    def prepare(self, grammar: Grammar) -> None:
        """Compile a grammar: 0.3 s for 2400 arcs, 1 s for 52000; the last four are kept.

        Raises:
            ConfigurationError: the grammar has no words, or none that can be pronounced.
        """
        self.load()
        self._commands.prepare(grammar)

    def unknown_words(self, words: Iterable[str]) -> tuple[str, ...]:
        """Return the words that have no pronunciation; needs the dictionary, not the engine."""
        try:
            files = locate_model(self.options)
        except FileNotFoundError:
            return ()
        return Lexicon(files.dictionary, self.options.language).unknown(words)


@hookimpl
def irene_asrs() -> list[type[Asr[PocketSphinxOptions]]]:
    """Offer this plugin's recogniser."""
    return [PocketSphinxAsr]
