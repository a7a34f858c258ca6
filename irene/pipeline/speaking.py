"""Speaking an answer: synthesis and playback on one thread, stopped within one block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from irene.components.chain import ProviderChain
from irene.components.voice import Utterance
from irene.domain.audio import Samples
from irene.errors import DeviceError
from irene.providers.output import Output, OutputStream

_SLICE_S = 0.1
"""longest piece written at once: an interruption takes effect after at most this much"""


class Playback:
    """One answer on its way from the voice to the loudspeaker."""

    def __init__(
        self,
        utterance: Utterance,
        outputs: ProviderChain[Output[Any]],
        on_synthesis: Callable[[], None],
        on_audio: Callable[[], None],
    ) -> None:
        self._utterance = utterance
        self._outputs = outputs
        self._on_synthesis = on_synthesis
        self._on_audio = on_audio
        self._stopped = threading.Event()
        self._stream: OutputStream | None = None
        self.progress = 0
        """samples written so far"""

    def run(self) -> None:
        """Speak the whole text; blocks until it has been heard.

        Raises:
            ProviderFailedError: no voice could speak the text.
            DeviceError: every output failed.
        """
        for block in self._utterance.blocks():
            if self._stopped.is_set():
                break
            if self.progress == 0:
                self._on_synthesis()
            self._write(block)
        self._close()

    def stop(self) -> None:
        """Stop speaking at once; may be called from any thread."""
        self._stopped.set()
        if self._stream is not None:
            self._stream.abort()

    @property
    def stopped(self) -> bool:
        """Whether somebody stopped it."""
        return self._stopped.is_set()

    def _write(self, block: Samples) -> None:
        step = max(1, int(_SLICE_S * self._utterance.sample_rate))
        for start in range(0, block.shape[0], step):
            if self._stopped.is_set():
                return
            self._write_piece(block[start : start + step])

    def _write_piece(self, piece: Samples) -> None:
        """Write to the serving output; a failing one is replaced, the answer goes on."""
        for _ in range(max(1, len(self._outputs))):
            serving = self._outputs.current
            try:
                if self._stream is None:
                    self._stream = serving.provider.open_stream(self._utterance.sample_rate)
                self._stream.write(piece)
            except DeviceError as error:
                self._stream, failure = None, error
                self._outputs.failed(serving.name, error)
            else:
                self._note(piece)
                return
        raise failure

    def _note(self, piece: Samples) -> None:
        if self.progress == 0:
            self._on_audio()
        self.progress += piece.shape[0]

    def _close(self) -> None:
        if self._stream is not None and not self._stopped.is_set():
            self._stream.finish()
