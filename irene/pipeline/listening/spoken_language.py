"""The language of one utterance, and its audio until that is known."""

from __future__ import annotations

import asyncio

from irene.components.language.component import Opinion
from irene.components.language.listening import Identified, LanguageListener
from irene.domain.audio import Samples


class SpokenLanguage:
    """Finds out the language of one utterance, and keeps what was said until then."""

    def __init__(self, languages: LanguageListener) -> None:
        self._languages = languages
        self._utterance = languages.open()
        self._wait_s = languages.component.slot.section.wait_ms / 1000
        self._speech_s = 0.0
        self.begins_at_once = languages.component.slot.section.parallel
        """whether recognition begins before the language is known"""
        self.expected = languages.language
        """the language that was spoken before"""
        self.kept: list[Samples] = []
        """everything that was said, as the recogniser hears it"""
        self.identified: Identified | None = None
        """what was found out; None before `settled`"""

    def keep(self, block: Samples) -> None:
        """Keep a block of what was said."""
        self.kept.append(block)

    def feed(self, block: Samples) -> None:
        """Hear a block, which nobody changes any more."""
        self._utterance.feed(block)

    def end(self, speech_s: float) -> None:
        """Say that the utterance is over, and how much speech there was in it, seconds."""
        self._speech_s = speech_s
        self._utterance.end()

    def stop(self) -> None:
        """Give up; returns at once."""
        self._utterance.stop()

    def wait_idle(self, timeout_s: float) -> bool:
        """Block until all whole windows so far were heard; return False if that takes longer."""
        return self._utterance.wait_idle(timeout_s)

    async def settled(self) -> str:
        """Wait for the language that the utterance is taken for, but not for ever."""
        opinion = asyncio.wrap_future(self._utterance.opinion)
        await asyncio.wait({opinion}, timeout=self._wait_s)
        heard = opinion.result() if opinion.done() else Opinion()
        self._utterance.stop()
        self.identified = self._languages.settle(heard, self._speech_s)
        return self.identified.language
