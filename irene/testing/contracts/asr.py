"""The contract of speech recognisers, as tests."""

from __future__ import annotations

import math
from contextlib import closing
from itertools import pairwise
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np

from irene.audio.samples import as_type
from irene.domain.audio import Samples
from irene.domain.grammar import Grammar
from irene.domain.kinds import Kind
from irene.domain.speech import Hypothesis
from irene.errors import ConfigurationError
from irene.providers.asr import AsrRequest
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import Signal, noise, signals, silence, speech

_BLOCK_S = 0.1
_USE_S = 0.8
"""how much of a recorded command is recognised again and again: slow engines are checked, too"""
_LATE_S = 0.5
"""time by which the last word may end behind the audio: engines round up to their windows"""


class AsrContract(ProviderContract):
    """Checks an `Asr`: set `provider`."""

    kind = Kind.ASR
    recordings: ClassVar[tuple[tuple[str, str], ...]] = ()
    """paths of recordings that it must recognise (WAV, 16 bit, mono), with what is said"""

    def use(self, provider: Any, number: int) -> Any:
        """Recognise a command, or noise, and return the text."""
        rate = self.rate(provider)
        audio = (
            noise(0.5, -30.0, rate) if number else speech(sample_rate=rate)[: round(_USE_S * rate)]
        )
        return self.recognised(provider, audio).text

    def rate(self, provider: Any) -> int:
        """Return the rate (Hz) that it prefers."""
        return int(provider.capabilities.sample_rates[0])

    def recognised(
        self, provider: Any, audio: Signal, request: AsrRequest | None = None
    ) -> Hypothesis:
        """Return the final hypothesis of a new utterance; what came on the way is checked."""
        request = request or AsrRequest(self.rate(provider))
        blocks = self.blocks(provider, audio, request.sample_rate)
        stable = ""
        with closing(provider.open_stream(request)) as stream:
            for block in blocks:
                partial = stream.accept(block)
                if partial is not None:
                    stable = self._partial(partial, stable)
            final: Hypothesis = stream.finish()
        self._final(final, stable, len(audio) / request.sample_rate)
        return final

    def blocks(self, provider: Any, audio: Signal, rate: int) -> list[Samples]:
        """Return audio in blocks of 100 ms of the declared type, which cannot be written."""
        samples = as_type(audio, provider.capabilities.dtype)
        step = round(_BLOCK_S * rate)
        cut = [samples[start : start + step] for start in range(0, len(samples), step)]
        for block in cut:
            block.flags.writeable = False
        return cut

    def _partial(self, partial: object, stable: str) -> str:
        """Hold a partial hypothesis to its contract; return what it promises to be stable."""
        require(
            isinstance(partial, Hypothesis) and not partial.is_final,
            f"accept returned {partial!r}",
            "return `Hypothesis(text, is_final=False)`, or None where nothing has changed",
        )
        assert isinstance(partial, Hypothesis)
        require(
            partial.text.startswith(stable),
            f"{stable!r} was stable, then came {partial.text!r}",
            "count as `stable` what no later hypothesis changes; 0 promises nothing",
        )
        require(
            0 <= partial.stable <= len(partial.text),
            f"stable = {partial.stable} of {len(partial.text)} characters",
            "count characters of the text",
        )
        return partial.text[: partial.stable]

    def _final(self, final: object, stable: str, length_s: float) -> None:
        """Hold the final hypothesis to its contract."""
        require(
            isinstance(final, Hypothesis) and final.is_final and isinstance(final.text, str),
            f"finish returned {final!r}",
            "return `Hypothesis(text, is_final=True)`; the text is empty when nothing was said",
        )
        assert isinstance(final, Hypothesis)
        require(
            final.text.startswith(stable),
            f"{stable!r} was stable, the end is {final.text!r}",
            "count as `stable` what no later hypothesis changes; 0 promises nothing",
        )
        require(
            final.text == final.text.strip() and "\n" not in final.text,
            f"the text is {final.text!r}",
            "return one line without blanks around it",
        )
        self._confidence(final.confidence)
        self._words(final, length_s)

    def _words(self, final: Hypothesis, length_s: float) -> None:
        end_s = 0.0
        for word in final.words:
            self._confidence(word.confidence)
            is_placed = end_s - 1e-3 <= word.start_s <= word.end_s <= length_s + _LATE_S
            require(
                is_placed,
                f"{word.text!r} lies from {word.start_s:.2f} to {word.end_s:.2f} s, behind"
                f" {end_s:.2f} s, in {length_s:.2f} s of audio",
                "give times in seconds since the first sample of the utterance, in order",
            )
            end_s = word.start_s

    def _confidence(self, confidence: float | None) -> None:
        require(
            confidence is None or (math.isfinite(confidence) and 0 <= confidence <= 1.001),
            f"confidence = {confidence!r}",
            "give a share of 1, or None where the engine has none",
        )

    def test_what_it_declares_makes_sense(self) -> None:
        """Rates, type, languages and concurrency are declared."""
        can = self.new_provider().capabilities
        require(
            bool(can.sample_rates) and all(8000 <= one <= 192000 for one in can.sample_rates),
            f"sample_rates = {can.sample_rates!r}",
            "name the rates that it takes in Hz, the best first",
        )
        require(
            can.dtype in ("int16", "float32"), f"dtype = {can.dtype!r}", 'use "int16" or "float32"'
        )
        require(
            can.max_concurrency >= 1,
            f"max_concurrency = {can.max_concurrency}",
            "name how many utterances may run at the same time, 1 at least",
        )

    def test_an_utterance_without_audio_has_no_text(self) -> None:
        """`finish` right after `open_stream`, or after an empty block, returns an empty text."""
        provider = self.loaded
        empty = as_type(silence(0.0), provider.capabilities.dtype)
        for blocks in ([], [empty]):
            with closing(provider.open_stream(AsrRequest(self.rate(provider)))) as stream:
                for block in blocks:
                    stream.accept(block)
                final = stream.finish()
            self._final(final, "", 0.0)
            require(not final.text, f"it heard {final.text!r}", "return an empty text")

    def test_it_bears_any_sound(self) -> None:
        """Silence, noise, a tone, clipped sound and speech each give a hypothesis in order."""
        provider = self.loaded
        for audio in signals(self.rate(provider), 0.4).values():
            self.recognised(provider, audio)

    def test_silence_has_no_words(self) -> None:
        """Digital silence is not made into words."""
        provider = self.loaded
        text = self.recognised(provider, silence(1.0, self.rate(provider))).text
        require(not text, f"silence became {text!r}", "return an empty text where nobody speaks")

    def test_every_rate_that_it_declares_is_taken(self) -> None:
        """A request may ask for any of `capabilities.sample_rates`."""
        provider = self.loaded
        for rate in provider.capabilities.sample_rates[1:]:
            self.recognised(provider, speech(sample_rate=rate), AsrRequest(rate))

    def test_every_language_that_it_declares_is_taken(self) -> None:
        """A request may ask for any of `capabilities.languages`."""
        provider = self.loaded
        for tag in provider.capabilities.languages[:8]:
            request = AsrRequest(self.rate(provider), tag)
            self.recognised(provider, silence(0.1, request.sample_rate), request)

    def test_blocks_may_have_any_length(self) -> None:
        """One sample, odd numbers and everything at once are taken."""
        provider = self.loaded
        rate = self.rate(provider)
        samples = as_type(speech(sample_rate=rate), provider.capabilities.dtype)
        cuts = [0, 1, 2, 9, 160, 161, 1000, len(samples)]
        with closing(provider.open_stream(AsrRequest(rate))) as stream:
            for start, end in pairwise(cuts):
                stream.accept(samples[start:end])
            self._final(stream.finish(), "", len(samples) / rate)

    def test_a_block_is_only_lent(self) -> None:
        """A block is valid during the call: what it is overwritten with later changes nothing."""
        provider = self.loaded
        rate = self.rate(provider)
        audio = speech(sample_rate=rate)[: round(_USE_S * rate)]
        kept = self.recognised(provider, audio).text
        with closing(provider.open_stream(AsrRequest(rate))) as stream:
            for block in self.blocks(provider, audio, rate):
                lent = np.array(block)
                stream.accept(lent)
                lent[:] = 0
            found = stream.finish().text
        self.require_same(kept, found, "copy the samples that are needed in later calls")

    def test_an_utterance_that_is_left_changes_nothing(self) -> None:
        """A stream that is closed before `finish` leaves nothing behind."""
        provider = self.loaded
        fresh = self.use(provider, 0)
        rate = self.rate(provider)
        with closing(provider.open_stream(AsrRequest(rate))) as stream:
            stream.accept(as_type(speech(sample_rate=rate)[:rate], provider.capabilities.dtype))
        self.require_same(fresh, self.use(provider, 0), "keep all state in the stream")

    def test_it_can_be_closed_while_an_utterance_runs(self) -> None:
        """Closing the provider does not hang, and it can be loaded again afterwards."""
        provider = self.new_loaded()
        try:
            before = self.use(provider, 0)
            stream = provider.open_stream(AsrRequest(self.rate(provider)))
            stream.accept(as_type(silence(0.2), provider.capabilities.dtype))
            self.on_thread(provider.close)
            stream.close()
            provider.load()
            after = self.use(provider, 0)
        finally:
            provider.close()
        self.require_same(before, after, "let `_load` make everything anew")

    def test_a_grammar_guides_it(self) -> None:
        """Confined to sentences it answers with one of them, or says that it was none."""
        provider = self.loaded
        if not provider.capabilities.grammar:
            raise SkipTest("it declares no grammar")
        grammar = Grammar.of_sentences(["what time is it", "turn on the light"])
        request = AsrRequest(self.rate(provider), grammar=grammar)
        try:
            provider.prepare(grammar)
            final = self.recognised(provider, speech(sample_rate=request.sample_rate), request)
        except ConfigurationError:
            return  # it may refuse a grammar
        require(
            final.in_grammar is not True or grammar.accepts(final.text.split()),
            f"in_grammar is true of {final.text!r}",
            "say `in_grammar=False` of what is no sentence of the grammar, None if unknown",
        )

    def test_it_recognises_its_recordings(self) -> None:
        """What is said in the recordings of its author is recognised."""
        if not self.recordings:
            raise SkipTest("no `recordings` are given")
        provider = self.loaded
        for path, said in self.recordings:
            audio, rate = _read_wav(path)
            found = self.recognised(provider, audio, AsrRequest(rate)).text
            require(found == said, f"{path}: {found!r}, not {said!r}", "correct one of the two")


def _read_wav(path: str) -> tuple[Signal, int]:
    import wave

    with wave.open(path) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        return samples, file.getframerate()
