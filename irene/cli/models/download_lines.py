"""How far a download is: one line that is drawn over on a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import TextIO

from irene.cli.models.store import megabytes
from irene.cli.terminal.status_line import StatusLine, bar
from irene.domain.clock import Clock
from irene.models.download import Tell

_REFRESH_S = 0.2


class DownloadLines:
    """Tells of each file when it begins and when it is there, and on a terminal in between."""

    def __init__(self, stream: TextIO, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._drawn = StatusLine(stream)

    def began(self, url: str) -> Tell:
        """Say what is fetched; what is returned draws how far it is."""
        self._say(f"fetching {url}")
        began_s = self._clock.monotonic()
        due_s = began_s
        first: int | None = None

        def tell(done: int, total: int | None) -> None:
            nonlocal due_s, first
            first = done if first is None else first
            is_whole = total is not None and done >= total
            now_s = self._clock.monotonic()
            if not self._drawn.is_wanted or (now_s < due_s and not is_whole):
                return
            due_s = now_s + _REFRESH_S
            pace = (done - first) / max(now_s - began_s, 0.001)
            self._drawn.show(_line(done, total, pace))
            if is_whole:
                self._drawn.keep()

        return tell

    def waits(self, model_id: str) -> None:
        """Say that another process is at it."""
        self._say(f"waiting: {model_id} is being installed by another process")

    def _say(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


def _line(done: int, total: int | None, pace: float) -> str:
    speed = f"{megabytes(round(pace))}/s"
    if not total:
        return f"  {megabytes(done)}  {speed}"
    share = min(1.0, done / total)
    left = f", {round((total - done) / pace)} s left" if pace and done < total else ""
    return f"  {bar(share)}  {megabytes(done)} of {megabytes(total)}  {speed}{left}"
