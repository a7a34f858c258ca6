"""Keeping the assistant from hearing itself, as `audio.echo` says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irene.audio.plan import Conflict, echo_conflict
from irene.audio.played import PlayedSound
from irene.audio.streams import OpenConverter
from irene.components.calls.watch import CallWatch
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.own_voice.cancelling import Cancelling
from irene.components.own_voice.echo_removal import EchoRemoval
from irene.components.own_voice.overheard_output import OverheardOutput
from irene.config.sections import EchoMode
from irene.domain.audio import AudioChunk
from irene.providers.echo_cancellation import EchoCanceller
from irene.providers.output import Output


class OwnVoice:
    """Stands between the microphone and the ear; changes nothing while the assistant is silent.

    Outputs are `overheard` when the assistant is put together; each run says with `begin` what its
    input is. Only a live input can hear the loudspeaker, so files are left alone.
    """

    def __init__(
        self,
        mode: EchoMode,
        cancellers: ProviderChain[EchoCanceller[Any]] | None,
        open_converter: OpenConverter,
    ) -> None:
        """`cancellers` is None unless the mode is `cancel`."""
        self.cancellers = cancellers
        """the providers that subtract the voice"""
        self._mode = mode
        self._open_converter = open_converter
        self._removal: EchoRemoval | None = None
        self.clean: Callable[[AudioChunk], AudioChunk] = _as_it_is
        """returns a chunk without the assistant's own voice; for the capture thread"""
        self.pass_over: Callable[[int, float], bool] = _always
        """leaves out a block of so many samples, from this audio time (seconds) on, as there can be
        nothing to clean in it, or returns False; for the capture thread"""

    def overhear(self, output: Output[Any]) -> Output[Any]:
        """Return an output that plays the same and lets the microphone know what."""
        if self._mode == "off" or not output.live:
            return output
        return OverheardOutput(output, self._played)

    def begin(self, sample_rate: int, live: bool) -> None:
        """Get ready for a run with an input of this rate (Hz)."""
        self.end()
        if live and self._mode != "off":
            played = PlayedSound(sample_rate, self._open_converter)
            cancelling = self._cancelling(sample_rate)
            self._removal = EchoRemoval(played, self._mode == "mute", cancelling)
            self.clean, self.pass_over = self._removal.clean, self._removal.pass_over

    def follow(self, arrived: Callable[[], int], watch: CallWatch) -> None:
        """Be in step with whoever captures, and let somebody see the calls of that thread.

        `arrived` tells how many samples the microphone has brought; it is asked on any thread.
        """
        removal = self._removal
        if removal is None:
            return
        removal.played.arrived = arrived
        if removal.cancelling is not None:
            removal.cancelling.watch = watch

    def miss(self, seconds: float) -> None:
        """Leave out so much of what was played: the microphone was away meanwhile."""
        if self._removal is not None:
            self._removal.played.miss(seconds)

    def go_on(self, hung: object) -> AudioChunk | None:
        """Return what `clean` would: it hangs in a call of `hung`, on a thread that was left.

        None when it does not.
        """
        removal = self._removal
        return removal.go_on() if removal and removal.cancelling is hung else None

    def end(self) -> None:
        """Free what the run needed."""
        removal, self._removal = self._removal, None
        self.clean, self.pass_over = _as_it_is, _always
        if removal is not None:
            removal.close()

    def _played(self) -> PlayedSound | None:
        return None if self._removal is None else self._removal.played

    def _cancelling(self, sample_rate: int) -> Cancelling | None:
        if self.cancellers is None:
            return None
        serving = self.cancellers.current
        if self._misfit(serving, sample_rate, "") is not None:
            return None  # the audio plan tells
        return Cancelling(self.cancellers, sample_rate)

    def conflict(self, sample_rate: int, source_table: str, live: bool) -> Conflict | None:
        """Return why the echo of an input cannot be cancelled, without loading the canceller.

        Args:
            sample_rate: the input's, in Hz.
            source_table: TOML table in which it can be chosen; empty where it cannot.
            live: whether the input can hear the loudspeaker.
        """
        expected = self.cancellers.expected if self.cancellers is not None and live else None
        return None if expected is None else self._misfit(expected, sample_rate, source_table)

    def _misfit(
        self, canceller: Candidate[EchoCanceller[Any]], sample_rate: int, source_table: str
    ) -> Conflict | None:
        rates = canceller.provider.capabilities.sample_rates
        return echo_conflict(canceller.name, rates, sample_rate, source_table)


def _as_it_is(chunk: AudioChunk) -> AudioChunk:
    return chunk


def _always(n_samples: int, start_s: float) -> bool:
    return True
