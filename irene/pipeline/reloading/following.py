"""Going by the files of a configuration as they change, where it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from irene.config.sections import Config
from irene.domain.clock import Clock
from irene.pipeline.reloading.reloader import Reloader
from irene.pipeline.reloading.watching import Watcher


class Following:
    """Reloads an assistant when its files have changed, while `assistant.watch` is true."""

    def __init__(
        self,
        reloader: Reloader,
        current: Callable[[], Config],
        loop: Callable[[], asyncio.AbstractEventLoop | None],
        clock: Clock,
    ) -> None:
        """`current` is the configuration as it is now, `loop` where it is reloaded, if anywhere."""
        self._reloader = reloader
        self._current = current
        self._loop = loop
        self._watcher = Watcher(current, self._changed, clock)
        self._reloads: set[asyncio.Task[object]] = set()

    def begin(self) -> None:
        """Take the files as they are now for those that the assistant runs on; blocks."""
        self._reloader.note_files()
        self.renew()

    def renew(self) -> None:
        """Watch the files or not, as the configuration says that is there now."""
        self._watcher.watch(self._current().assistant.watch)

    def end(self) -> None:
        """Reload nothing any more, and watch no file."""
        self._reloader.end()
        self._watcher.watch(False)

    def _changed(self) -> None:
        if (loop := self._loop()) is not None:
            loop.call_soon_threadsafe(self._begin_reload)

    def _begin_reload(self) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(self._reloader.follow())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)
