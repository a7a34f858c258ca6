"""The assistant's mouth: one text after another is spoken, and anybody may interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from irene.components.chain.provider_chain import ProviderChain
from irene.components.threads import in_thread
from irene.components.voice import VoiceComponent
from irene.domain.intents import Response
from irene.errors import IreneError, ProviderFailedError
from irene.pipeline.speaking.answer_text import AnswerText, OnSentence
from irene.pipeline.speaking.ducking import Ducking
from irene.pipeline.speaking.earcons import ClipSource, Earcon, Earcons
from irene.pipeline.speaking.look_ahead import LookAhead, Unspoken
from irene.pipeline.speaking.playback import Playback, SoundSource, Stages
from irene.pipeline.speaking.ring import LIMIT_S, Ring
from irene.providers.output import Output

_SIGNAL_PATIENCE_S = 0.5
"""an earcon that could not be played for so long would only confuse"""


class SpeechStages(Stages, Protocol):
    """Whoever measures how long an answer takes to be heard."""

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
    """length of the audio that was played"""
    provider: str
    """the voice that spoke; empty when none did"""
    cached: bool
    """whether the audio came from the phrase cache"""
    to_end: bool
    """whether nobody interrupted it"""
    text: str
    """the sentences that were begun to be heard"""
    written: str
    """the whole text as far as it became known"""


class Mouth:
    """Says one text at a time, the next one when the one before is over.

    Whoever wants to speak notes `interruptions` when the wish comes up: `say` says nothing if
    somebody has interrupted since then.
    """

    def __init__(
        self,
        voice: VoiceComponent | None,
        outputs: ProviderChain[Output[Any]],
        timeout_s: float,
        volume: float = 1.0,
        earcons: Earcons | None = None,
    ) -> None:
        """Without a voice nothing is spoken; `timeout_s` is the longest time without progress."""
        self.voice = voice
        self.outputs = outputs
        self.earcons = earcons or Earcons()
        self.ducking = Ducking(outputs, outputs.report)
        """lower it by the name of whoever needs quiet; while something is said, it is lowered"""
        self._timeout_s = timeout_s
        self._volume = volume
        self._one_at_a_time = asyncio.Lock()
        self._playback: Playback | None = None
        self._signals: set[asyncio.Task[None]] = set()
        self._is_ringing = False
        self.is_speaking = False
        """whether a text is being said now"""
        self.nobody_listens = False
        """whether the input is over, so that nobody could end a ring by voice"""
        self.interruptions = 0
        """how often somebody interrupted so far"""

    @property
    def volume(self) -> float:
        """Loudness, 0 (silent) to 1 (full); also of what is being said; set it from any thread."""
        return self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._volume = min(max(value, 0.0), 1.0)

    @property
    def is_heard(self) -> bool:
        """Whether somebody hears what is said while it is written."""
        candidates = self.outputs.candidates()
        return bool(candidates) and candidates[0].provider.live

    def renew(self, other: Mouth) -> None:
        """Speak with what another mouth has, from the next text on."""
        self.voice, self.earcons, self._timeout_s = other.voice, other.earcons, other._timeout_s
        if other.outputs is not self.outputs:
            self.outputs = other.outputs
            self.ducking.renew(other.outputs)

    async def wait_idle(self) -> None:
        """Wait until all that was to be said so far has been said."""
        async with self._one_at_a_time:
            return

    def interrupt(self) -> None:
        """Stop all sound, and do not begin to speak; may be called from any thread."""
        self.interruptions += 1
        playback = self._playback
        if playback is not None:
            playback.stop()

    def hush(self) -> None:
        """Stop what is being said; what is still to be said comes. From any thread."""
        playback = self._playback
        if playback is not None:
            playback.stop()

    async def say(
        self,
        response: Response,
        since: int,
        stages: SpeechStages,
        on_sentence: OnSentence | None = None,
    ) -> Spoken | None:
        """Speak a response, while the rest of it is being written; None when it was not begun.

        Args:
            response: what is said. Its pieces are read as they come, and closed at the end, or
                at once when somebody interrupts; without a voice they are read all the same.
            since: `interruptions` when the wish to say it came up.
            stages: told when the first audio comes.
            on_sentence: told each sentence when it becomes known, before it is spoken.

        Raises:
            ProviderFailedError: no voice could speak it, its pieces failed, or voice, output or
                pieces made no progress.
            DeviceError: every output failed.
        """
        text = AnswerText(response, on_sentence)
        source = Unspoken(text) if self.voice is None else LookAhead(self.voice, text)
        if self._is_ringing:
            self.hush()  # whoever is answered knows that it rings
        try:
            async with self._one_at_a_time:
                if since != self.interruptions:
                    return None
                playback = await self._speak(source, since, self._volume_now, stages)
        finally:
            text.stop()
        stages.finish()
        return self._spoken(playback, source, since, text)

    async def ring(self, response: Response, since: int, limit_s: float = LIMIT_S) -> Spoken | None:
        """Play the alarm sound and say a text, in turns, louder and louder, until `interrupt`.

        Where nobody listens while it is written (a file, say) both come once. None when it was
        not begun.

        Raises:
            DeviceError: every output failed.
        """
        text = AnswerText(response)
        voice = self.voice

        def speak() -> LookAhead | None:
            return LookAhead(voice, AnswerText(response)) if voice and response.text else None

        clip = self.earcons.of("alarm")
        has_sound = clip is not None or (voice is not None and bool(response.text))
        ring = Ring(clip, speak, limit_s if has_sound else 0.0, self._rings_once)
        async with self._one_at_a_time:
            if since != self.interruptions:
                return None
            self._is_ringing = True
            try:
                playback = await self._speak(ring, since, lambda: ring.volume(self._volume))
            finally:
                self._is_ringing = False
        return self._spoken(playback, ring, since, text)

    async def signal(self, name: Earcon) -> None:
        """Begin to play an earcon, and return at once; where it cannot be heard, do nothing."""
        clip = self.earcons.of(name)
        if clip is not None and self.is_heard:
            task = asyncio.ensure_future(self._signal(ClipSource(clip), self.interruptions))
            self._signals.add(task)
            task.add_done_callback(self._signals.discard)
            await asyncio.sleep(0)  # it has its turn now: what is said next comes after it

    async def close(self) -> None:
        """Be quiet, raise what was lowered, and free the voices."""
        self.interrupt()
        for task in self._signals:
            task.cancel()
        if self._signals:
            await asyncio.wait(self._signals)
        await in_thread("close", self._close)

    def _close(self) -> None:
        self.ducking.close()
        if self.voice is not None:
            self.voice.close()

    async def _signal(self, source: ClipSource, since: int) -> None:
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        async with self._one_at_a_time:
            is_late = loop.time() - asked_s > _SIGNAL_PATIENCE_S
            if since == self.interruptions and not is_late:
                with suppress(IreneError):
                    await self._play(source, since, self._volume_now)

    async def _speak(
        self,
        source: SoundSource,
        since: int,
        volume: Callable[[], float],
        stages: Stages | None = None,
    ) -> Playback:
        with self._speaking():
            return await self._play(source, since, volume, stages)

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        self.is_speaking = True
        self.ducking.lower(self)
        try:
            yield
        finally:
            self.ducking.restore(self)
            self.is_speaking = False

    async def _play(
        self,
        source: SoundSource,
        since: int,
        volume: Callable[[], float],
        stages: Stages | None = None,
    ) -> Playback:
        playback = Playback(source, self.outputs, volume, stages)
        self._playback = playback
        if since != self.interruptions:
            playback.stop()
        playing = asyncio.ensure_future(in_thread("speak", playback.run))
        try:
            await self._watch(playback, source, playing)
        finally:
            playback.stop()  # does nothing after the end
            self._playback = None
        return playback

    async def _watch(
        self, playback: Playback, source: SoundSource, playing: asyncio.Future[None]
    ) -> None:
        """Wait while there is progress; give up on a voice, an output or a text that hangs."""
        while not playing.done():
            before = playback.progress + source.progress
            await asyncio.wait([playing], timeout=self._timeout_s)
            if not playing.done() and playback.progress + source.progress == before:
                playing.cancel()
                late = ProviderFailedError(
                    f"no speech within assistant.response_timeout_ms = {self._timeout_s * 1000:g}"
                )
                if not source.blame(late):
                    playback.late(late)
                raise late
        await playing

    def _spoken(
        self, playback: Playback, source: LookAhead | Unspoken | Ring, since: int, text: AnswerText
    ) -> Spoken:
        return Spoken(
            seconds=playback.seconds,
            provider=source.provider,
            cached=source.cached,
            to_end=playback.is_complete and since == self.interruptions,
            text=" ".join(playback.said),
            written=text.written.strip(),
        )

    def _volume_now(self) -> float:
        return self._volume

    def _rings_once(self) -> bool:
        return self.nobody_listens or not self.is_heard
