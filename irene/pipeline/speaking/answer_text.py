"""The text of an answer, sentence by sentence, also while it is still being written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

from irene.components.spoken_text.sentences import sentences_of
from irene.components.threads import start_daemon
from irene.domain.intents import Response
from irene.errors import IreneError
from irene.providers.border import ForeignCode

OnSentence = Callable[[str], None]
"""Takes each sentence as soon as it is known, on any thread."""


class AnswerText:
    """Reads a response: its text, or its pieces, on a thread that waits for nobody."""

    def __init__(self, response: Response, on_sentence: OnSentence | None = None) -> None:
        """Read nothing yet; `on_sentence` is told what becomes known."""
        self._pieces: Iterator[Any] = iter([response.text])
        if response.pieces is not None:
            self._pieces = response.pieces
        self._is_written = response.pieces is None
        self._on_sentence = on_sentence
        self._known: SimpleQueue[str | IreneError | None] = SimpleQueue()
        self._stopped = threading.Event()
        self.language = response.language
        """BCP 47 tag"""
        self.written = ""
        """the text as far as it is known"""
        self.n_pieces = 0
        """pieces read so far"""
        self.is_awaited = False
        """whether somebody waits for the next sentence"""

    def sentences(self) -> Iterator[str]:
        """Yield each sentence, waiting for it to become known; call it once.

        Raises:
            ProviderFailedError: whoever writes the text failed; what is known has been yielded.
        """
        if self._is_written:
            self._read()
        else:
            start_daemon("read", self._read)
        while True:
            self.is_awaited = True
            known = self._known.get()
            self.is_awaited = False
            if known is None or self._stopped.is_set():
                return
            if isinstance(known, IreneError):
                raise known
            yield known

    def stop(self) -> None:
        """Read no more, and close the pieces; may be called from any thread."""
        self._stopped.set()
        self._known.put(None)
        self._close_pieces()

    def _read(self) -> None:
        end: IreneError | None = None
        try:
            with ForeignCode():
                self._read_pieces()
        except IreneError as error:
            end = error
        finally:
            self._close_pieces()  # a generator that was running could not be closed by `stop`
            self._known.put(end)

    def _read_pieces(self) -> None:
        for piece in self._pieces:
            if self._stopped.is_set():
                return
            self.written = _joined(self.written, piece)
            self.n_pieces += 1
            self._tell(sentences_of(piece, self.language))

    def _tell(self, sentences: list[str]) -> None:
        for sentence in sentences:
            if self._on_sentence is not None:
                self._on_sentence(sentence)
            self._known.put(sentence)

    def _close_pieces(self) -> None:
        close = getattr(self._pieces, "close", None)
        if close is not None:
            with suppress(IreneError), ForeignCode():
                close()


def _joined(before: str, piece: str) -> str:
    """Return two pieces with a blank between them, if they bring none."""
    is_apart = not before or before[-1].isspace() or piece[:1].isspace()
    return before + piece if is_apart else f"{before} {piece}"
