"""Speaking an answer: synthesis and playback on one thread, stopped within one block."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from irene.components.chain import ProviderChain
from irene.components.voice import Utterance
from irene.domain.audio import Samples
from irene.errors import IreneError
from irene.providers.border import ForeignCode
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
        self._ending = threading.Lock()
        self.progress = 0
        """samples written so far"""

    def run(self) -> None:
        """Speak the whole text; blocks until it has been heard.

        Raises:
            ProviderFailedError: no voice could speak the text.
            DeviceError: every output failed.
        """
        try:
            for block in self._utterance.blocks():
                if self._stopped.is_set():
                    break
                if self.progress == 0:
                    self._on_synthesis()
                self._write(block)
            self._finish()
        finally:
            self._abort()

    def stop(self) -> None:
        """Stop speaking at once; may be called from any thread."""
        self._stopped.set()
        self._abort()

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
        for tries_left in reversed(range(max(1, len(self._outputs)))):
            serving = self._outputs.current
            try:
                with ForeignCode():
                    self._play(serving.provider, piece)
                return
            except IreneError as error:
                if self._stopped.is_set():
                    return  # it was aborted in the middle of a write
                self._abort()
                self._outputs.failed(serving.name, error)
                if not tries_left:
                    raise

    def _play(self, output: Output[Any], piece: Samples) -> None:
        stream = self._stream
        if stream is None:
            stream = self._stream = output.open_stream(self._utterance.sample_rate)
        if self._stopped.is_set():
            return
        stream.write(piece)
        if self.progress == 0:
            self._on_audio()
        self.progress += piece.shape[0]

    def _finish(self) -> None:
        """Wait until everything has been heard; whoever aborts meanwhile ends the wait."""
        stream = self._stream
        if stream is None or self._stopped.is_set():
            return
        with ForeignCode():
            stream.finish()
        with self._ending:
            self._stream = None

    def _abort(self) -> None:
        """End the stream that is open, if one is; its failure to end is nobody's concern."""
        with self._ending:
            stream, self._stream = self._stream, None
        if stream is not None:
            with suppress(IreneError), ForeignCode():
                stream.abort()
