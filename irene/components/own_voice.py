"""Keeping the assistant from hearing itself, as `audio.echo` says."""

from __future__ import annotations

from typing import Any

from irene.audio.played import PlayedSound
from irene.audio.streams import OpenConverter
from irene.components.chain import ProviderChain, Report
from irene.components.echo_removal import Cancelling, EchoRemoval
from irene.components.overheard_output import OverheardOutput
from irene.config.sections import EchoMode
from irene.domain.audio import AudioChunk
from irene.domain.events import Warned
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
        report: Report,
    ) -> None:
        """`cancellers` is None unless the mode is `cancel`."""
        self.cancellers = cancellers
        """the providers that subtract the voice"""
        self._mode = mode
        self._open_converter = open_converter
        self._report = report
        self._removal: EchoRemoval | None = None

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

    def clean(self, chunk: AudioChunk) -> AudioChunk:
        """Return the chunk without the assistant's own voice; called on the capture thread."""
        return chunk if self._removal is None else self._removal.clean(chunk)

    def end(self) -> None:
        """Free what the run needed."""
        removal, self._removal = self._removal, None
        if removal is not None:
            removal.close()

    def _played(self) -> PlayedSound | None:
        return None if self._removal is None else self._removal.played

    def _cancelling(self, sample_rate: int) -> Cancelling | None:
        if self.cancellers is None:
            return None
        serving = self.cancellers.current
        rates = serving.provider.capabilities.sample_rates
        if not rates or sample_rate in rates:
            return Cancelling(self.cancellers, sample_rate)
        known = ", ".join(map(str, rates))
        self._report(
            Warned(
                message=f'audio.echo = "cancel": {serving.name} takes {known} Hz, and the input '
                f'has {sample_rate}: it is "gate" instead; set inputs.microphone_config.sample_rate'
            )
        )
        return None
