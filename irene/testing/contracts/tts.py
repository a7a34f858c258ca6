"""The contract of voices, as tests."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, ClassVar

import numpy as np

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.providers.tts import SpeechRequest
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract

_ODD_TEXTS = ("", " ", "?!", "\n", "1234567890", "naïve café, 東京, Москва", "<b>&amp;</b>", "🙂")
_WAVERING = 1.2
"""how much longer or louder the same text may be said the next time"""
_FASTER = 1.1
"""share of its length that a text may have at twice the rate: voices that know no rate leave it"""


class TtsContract(ProviderContract):
    """Checks a `Tts`: set `provider`."""

    kind = Kind.TTS
    texts: ClassVar[tuple[str, str]] = ("one", "twenty two")
    """what it is asked to say"""

    def use(self, provider: Any, number: int) -> Any:
        """Say one of two texts and return the samples."""
        return self.said(provider, SpeechRequest(self.texts[number]))

    def same(self, one: Any, other: Any) -> bool:
        """Return whether two answers are about as long and as loud: voices waver a little."""
        lengths = [samples.size for samples in (one, other)]
        levels = [float(np.sqrt(np.sum(samples**2.0))) for samples in (one, other)]
        return all(max(pair) <= _WAVERING * min(pair) for pair in (lengths, levels))

    def said(self, provider: Any, request: SpeechRequest) -> Samples:
        """Return everything that is synthesised; int16 mono, shape (n,)."""
        blocks = [block.copy() for block in self.blocks(provider, request)]
        return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)

    def blocks(self, provider: Any, request: SpeechRequest) -> Iterator[Samples]:
        """Yield what is synthesised, each block held to the contract."""
        for block in provider.synthesize(request):
            is_mono = isinstance(block, np.ndarray) and block.ndim == 1
            shown = f"{block.dtype}, {block.shape}" if is_mono else repr(type(block))
            require(
                is_mono and block.dtype == np.int16,
                f"synthesize yielded {shown}",
                "yield int16 numpy arrays of shape (n,)",
            )
            yield block

    def test_its_sample_rate_is_known_once_it_is_loaded(self) -> None:
        """`sample_rate` is a number of Hz that does not change; `expected_rate` agrees with it."""
        expected = self.new_provider().expected_rate()
        rate = self.loaded.sample_rate
        self.use(self.loaded, 0)
        require(
            isinstance(rate, int) and 4000 <= rate <= 192000 and self.loaded.sample_rate == rate,
            f"sample_rate is {rate!r}",
            "return the engine's rate in Hz",
        )
        require(
            expected in (None, rate),
            f"expected_rate() is {expected!r}, sample_rate is {rate}",
            "return None where the rate is not known before `load`",
        )

    def test_a_word_gives_sound(self) -> None:
        """A short text becomes samples that are not all zero."""
        samples = self.use(self.loaded, 0)
        require(
            bool(np.any(samples)),
            f"{len(samples)} samples without any sound",
            "yield the audio of the text",
        )

    def test_it_bears_any_text(self) -> None:
        """Nothing at all, punctuation, digits, other scripts and markup are said or passed over."""
        for text in _ODD_TEXTS:
            self.said(self.loaded, SpeechRequest(text))

    def test_a_longer_text_takes_longer(self) -> None:
        """Nothing of a text is left out."""
        short, long = (
            len(self.said(self.loaded, SpeechRequest(self.texts[0] * n))) for n in (1, 4)
        )
        require(long > short, f"{long} samples, not more than {short}", "say the whole text")

    def test_it_can_be_stopped_at_any_block(self) -> None:
        """Whoever listens may go away after a block: the next text is said as ever."""
        provider = self.loaded
        fresh = self.use(provider, 0)
        speaking = iter(provider.synthesize(SpeechRequest(self.texts[1] * 20)))
        next(speaking, None)
        close = getattr(speaking, "close", None)
        if close is not None:
            self.on_thread(close)
        del speaking
        cure = "free in a `finally` what the generator holds"
        self.require_same(fresh, self.use(provider, 0), cure)

    def test_a_request_that_is_not_begun_holds_nothing(self) -> None:
        """An iterator that nobody reads keeps no lock: others are served meanwhile."""
        provider = self.loaded
        waiting = provider.synthesize(SpeechRequest(self.texts[1]))
        self.on_thread(lambda: self.use(provider, 0))
        del waiting

    def test_twice_the_rate_is_not_slower(self) -> None:
        """`rate` is relative to the voice's own; a voice that knows none leaves it."""
        text = self.texts[1]
        normal, fast = (len(self.said(self.loaded, SpeechRequest(text, rate=r))) for r in (1, 2))
        require(
            fast <= normal * _FASTER,
            f"{fast} samples at rate 2, {normal} at rate 1",
            "speak faster where `request.rate` is above 1",
        )

    def test_volume_0_is_silent(self) -> None:
        """`volume` goes from 0 (silent) to 1; irene itself asks for 1 and turns down what comes."""
        loud, quiet = (self._peak(SpeechRequest(self.texts[0], volume=v)) for v in (1.0, 0.0))
        require(
            quiet <= loud,
            f"the peak is {quiet} at volume 0, {loud} at 1",
            "multiply the samples by `request.volume`",
        )

    def test_an_unknown_voice_or_language_is_an_expected_error(self) -> None:
        """It is refused with `ConfigurationError`, or spoken with the voice that there is."""
        for request in (SpeechRequest("one", voice="no-such-voice"), SpeechRequest("one", "xx")):
            for work in (self._check_voice, self.said):
                answer = self.expected(partial(work, self.loaded, request))
                require(
                    not isinstance(answer, IreneError) or isinstance(answer, ConfigurationError),
                    f"{type(answer).__name__}: {answer}",
                    "raise `ConfigurationError` and name the voices that there are",
                )

    def test_every_language_that_it_declares_is_spoken(self) -> None:
        """`check_voice` takes each of `capabilities.languages`."""
        provider = self.new_provider()
        for tag in provider.capabilities.languages[:8]:
            provider.check_voice(None, tag)

    def _check_voice(self, provider: Any, request: SpeechRequest) -> object:
        return provider.check_voice(request.voice, request.language)

    def _peak(self, request: SpeechRequest) -> int:
        samples = self.said(self.loaded, request)
        return int(np.abs(samples.astype(np.int32)).max()) if samples.size else 0
