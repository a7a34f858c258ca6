"""The assistant's mouth: one text after another is spoken, and anybody may interrupt."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Protocol

from irene.components.chain import ProviderChain
from irene.components.threads import in_thread
from irene.components.voice import Utterance, VoiceComponent
from irene.domain.intents import Response
from irene.errors import ProviderFailedError
from irene.pipeline.speaking import Playback
from irene.providers.output import Output


class SpeechStages(Protocol):
    """Whoever measures how long an answer takes to be heard."""

    def synthesized(self) -> None:
        """The voice has given its first block."""
        ...

    def heard(self) -> None:
        """The first piece has been written to the output."""
        ...

    def finish(self) -> None:
        """Everything has been said."""
        ...


class Unmeasured:
    """Takes the stages of what nobody waits for."""

    def synthesized(self) -> None:
        """Nobody measures it."""

    def heard(self) -> None:
        """Nobody measures it."""

    def finish(self) -> None:
        """Nobody measures it."""


@dataclass(frozen=True)
class Spoken:
    """What became of a text."""

    seconds: float
    """length of the audio"""
    provider: str
    """the voice that spoke"""
    cached: bool
    """whether the audio came from the phrase cache"""
    to_end: bool
    """whether nobody interrupted it"""


class Mouth:
    """Says one text at a time, the next one when the one before is over.

    Whoever wants to speak notes `interruptions` when the wish comes up: `say` says nothing if
    somebody has interrupted since then.
    """

    def __init__(
        self, voice: VoiceComponent | None, outputs: ProviderChain[Output[Any]], timeout_s: float
    ) -> None:
        """Without a voice nothing is spoken; `timeout_s` is the longest time without progress."""
        self.voice = voice
        self.outputs = outputs
        self._timeout_s = timeout_s
        self._one_at_a_time = asyncio.Lock()
        self._playback: Playback | None = None
        self.interruptions = 0
        """how often somebody interrupted so far"""
        self.volume = 1.0
        """loudness, 0 (silent) to 1 (full)"""

    @property
    def is_speaking(self) -> bool:
        """Whether something is being said now."""
        return self._playback is not None

    def interrupt(self) -> None:
        """Stop speaking, and do not begin to; may be called from any thread."""
        self.interruptions += 1
        if self._playback is not None:
            self._playback.stop()

    def hush(self) -> None:
        """Stop what is being said; what is still to be said comes. From any thread."""
        if self._playback is not None:
            self._playback.stop()

    async def say(self, response: Response, since: int, stages: SpeechStages) -> Spoken | None:
        """Speak a response; None when it was not begun.

        Args:
            response: what is said.
            since: `interruptions` when the wish to say it came up.
            stages: told when the first audio comes.

        Raises:
            ProviderFailedError: no voice could speak it, or voice or output made no progress.
            DeviceError: every output failed.
        """
        if self.voice is None:
            return None
        async with self._one_at_a_time:
            if since != self.interruptions:
                return None
            utterance = self.voice.say(response.text, response.language)
            await self._play(utterance, since, stages)
        return Spoken(
            seconds=utterance.n_samples / (utterance.sample_rate or 1),
            provider=utterance.provider,
            cached=utterance.cached,
            to_end=since == self.interruptions,
        )

    async def _play(self, utterance: Utterance, since: int, stages: SpeechStages) -> None:
        playback = Playback(utterance, self.outputs, stages.synthesized, stages.heard)
        self._playback = playback
        if since != self.interruptions:
            playback.stop()
        speaking = asyncio.ensure_future(in_thread("speak", playback.run))
        try:
            await self._watch(playback, utterance, speaking)
        finally:
            playback.stop()  # does nothing after the end
            self._playback = None
        stages.finish()

    async def _watch(
        self, playback: Playback, utterance: Utterance, speaking: asyncio.Future[None]
    ) -> None:
        """Wait while there is progress; give up on a voice or output that hangs."""
        while not speaking.done():
            before = playback.progress
            await asyncio.wait([speaking], timeout=self._timeout_s)
            if not speaking.done() and playback.progress == before:
                speaking.cancel()
                late = ProviderFailedError(
                    f"no speech within assistant.response_timeout_ms = {self._timeout_s * 1000:g}"
                )
                self._tell_hang(utterance, late)
                raise late
        await speaking

    def _tell_hang(self, utterance: Utterance, late: ProviderFailedError) -> None:
        """Let the next text be spoken by another voice, or played on another output."""
        if self.voice is not None and not utterance.n_samples:
            self.voice.chain.failed(utterance.provider, late)
        else:
            self.outputs.failed(self.outputs.current.name, late)
