"""Hearing many recordings at once: each is a stream of one hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from irene.components.voice_trigger.wake_hub.hub import WakeWordHub
from irene.components.voice_trigger.wake_hub.stream import HubStream
from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.errors import AudioFormatError, IreneError
from irene.pipeline.audio_files import recording
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import InputStream

_STEP_S = 0.08
"""audio of every recording that is heard before the next one's turn"""

OnFailure = Callable[[IreneError, str], None]
"""Takes what is wrong with a file, and its name."""


@dataclass
class _Open:
    name: str
    source: InputStream
    stream: HubStream
    fed_s: float = 0.0


class ManyRecordings:
    """Feeds recordings into a hub side by side; memory does not grow with their length."""

    def __init__(
        self,
        hub: WakeWordHub,
        config: Config,
        registry: ComponentRegistry,
        clock: Clock | None = None,
    ) -> None:
        """With a clock, recordings take as long as they took to speak."""
        self._hub = hub
        self._config = config
        self._registry = registry
        self._clock = clock

    def hear(self, files: Sequence[str], on_failure: OnFailure) -> None:
        """Hear all of them to their end; one that cannot be read is left out, or off there.

        Raises:
            ConfigurationError: strict validation forbids a conversion.
            ProviderFailedError: every voice trigger has failed.
        """
        with ExitStack() as sources:
            opened = [self._open(file, sources, on_failure) for file in dict.fromkeys(files)]
            readers = [one for one in opened if one is not None]
            began_s = self._clock.monotonic() if self._clock else 0.0
            position_s = 0.0
            while readers:
                position_s += _STEP_S
                if self._clock:
                    self._clock.sleep(max(0.0, began_s + position_s - self._clock.monotonic()))
                readers = [one for one in readers if self._feed(one, position_s, on_failure)]
                self._hub.work()

    def _open(self, file: str, sources: ExitStack, on_failure: OnFailure) -> _Open | None:
        """Open a recording, for as long as `sources` are."""
        try:
            source = recording(file, self._config, self._registry).open_stream()
        except AudioFormatError as error:
            on_failure(error, file)
            return None
        sources.callback(source.close)
        return _Open(file, source, self._hub.open(file, source.format.sample_rate))

    def _feed(self, one: _Open, until_s: float, on_failure: OnFailure) -> bool:
        """Feed a recording up to there; return whether there is more of it."""
        try:
            while one.fed_s < until_s:
                samples = one.source.read()
                if samples is None:
                    break
                one.stream.feed(samples)
                one.fed_s += samples.shape[0] / one.source.format.sample_rate
            else:
                return True
        except AudioFormatError as error:
            on_failure(error, one.name)
        one.source.close()
        one.stream.close()
        return False
