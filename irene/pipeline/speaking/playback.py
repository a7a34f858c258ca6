"""Playing sound on one thread, at the volume that is wanted now, stopped within one slice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from irene.audio.loudness import Volume
from irene.components.calls.deadline import LateError, Limit, timed
from irene.components.calls.thread import CallThread
from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.routing.lease import UNTIMED, Lease
from irene.components.routing.outcome import Outcome
from irene.domain.audio import Samples
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.output import Output, OutputStream

OutputLease = Lease[Candidate[Output[Any]]]

_SLICE_S = 0.1
"""longest piece written at once: an interruption takes effect after at most this much"""
_ABORT_S = 1.0
"""longest wait for an output to stop: whoever wants it to be quiet has more to do"""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of what is played."""

    samples: Samples
    """int16 mono, shape (n,)"""
    sample_rate: int
    """Hz"""
    says: str = ""
    """the sentence that begins with it; empty when none does"""

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.sample_rate


class SoundSource(Protocol):
    """Where sound comes from."""

    @property
    def progress(self) -> int:
        """A number that grows while it works towards more sound."""
        ...

    def sounds(self) -> Iterator[Sound]:
        """Yield the pieces, waiting for each; called once, on the thread that plays."""
        ...

    def stop(self) -> None:
        """Yield no more; may be called from any thread."""
        ...

    def blame(self, late: IreneError) -> bool:
        """Note that nothing came any more; return False when only the output can be to blame."""
        ...


class Stages(Protocol):
    """Whoever measures how long an answer takes to be heard."""

    def synthesized(self) -> None:
        """The voice has given its first block."""
        ...

    def heard(self) -> None:
        """The first piece has been written to the output."""
        ...


class Playback:
    """Sound on its way from a source to the loudspeaker.

    The output is called on a thread of its own, which is left when it hangs: the next output goes
    on with the same piece.
    """

    def __init__(
        self,
        source: SoundSource,
        outputs: ProviderChain[Output[Any]],
        volume: Callable[[], float],
        stages: Stages | None = None,
    ) -> None:
        """`volume` gives the loudness, 0 to 1; it is asked before every slice."""
        self._source = source
        self._outputs = outputs
        self._wanted_volume = volume
        self._stages = stages
        self._stopped = threading.Event()
        self._stream: OutputStream | None = None
        self._lease: OutputLease | None = None
        self._calls: CallThread | None = None
        self._is_proven = False
        self._sample_rate = 0
        self._volume: Volume | None = None
        self._ending = threading.Lock()
        self.progress = 0
        """samples written so far"""
        self.seconds = 0.0
        """seconds written so far"""
        self.is_complete = False
        """whether everything was played"""
        self.said: list[str] = []
        """the sentences of which something was written"""

    def late(self, error: IreneError) -> None:
        """Give up the output that is played on: nothing has come of it for too long."""
        if self._lease is not None:
            self._outputs.late(self._lease, error)

    def run(self) -> None:
        """Play everything; blocks until it has been heard.

        Raises:
            ProviderFailedError: the source failed.
            DeviceError: every output failed.
        """
        try:
            self._play_all()
        except IreneError:
            self._finish()  # what was said before is heard
            raise
        finally:
            self.stop()
            if self._calls is not None:
                self._calls.leave()

    def stop(self) -> None:
        """Stop at once; may be called from any thread."""
        self._stopped.set()
        self._source.stop()
        self._abort()

    def _play_all(self) -> None:
        is_first = True
        for sound in self._source.sounds():
            if self._stopped.is_set():
                return
            if is_first and self._stages is not None:
                self._stages.synthesized()
            is_first = False
            self._write(sound)
        self._finish()
        self.is_complete = not self._stopped.is_set()

    def _write(self, sound: Sound) -> None:
        volume = self._volume_for(sound.sample_rate)
        step = max(1, int(_SLICE_S * sound.sample_rate))
        for start in range(0, sound.samples.shape[0], step):
            if self._stopped.is_set():
                return
            before = self.progress
            self._write_slice(volume.apply(sound.samples[start : start + step]))
            if start == 0 and sound.says and self.progress > before:
                self.said.append(sound.says)

    def _volume_for(self, sample_rate: int) -> Volume:
        """Return what turns the samples up or down; another rate needs another stream."""
        if self._volume is None or sample_rate != self._sample_rate:
            self._finish()
            self._sample_rate = sample_rate
            self._volume = Volume(self._wanted_volume, sample_rate)
        return self._volume

    def _write_slice(self, piece: Samples) -> None:
        """Write to the serving output; a failing one is replaced, the answer goes on."""
        attempts: Attempts[Output[Any]] = Attempts(self._outputs, budgeted=False)
        while True:
            lease = self._lease if self._stream is not None else None
            lease = lease or attempts.lease()
            try:
                with ForeignCode():
                    self._play(lease, piece)
                return
            except LateError as error:
                attempts.failed(lease, error)
                if self._stopped.is_set():
                    return
            except IreneError as error:
                if self._stopped.is_set():
                    self._abort()
                    return  # it was aborted in the middle of a write
                attempts.failed(lease, error)
                self._abort()

    def _play(self, lease: OutputLease, piece: Samples) -> None:
        self._lease = lease
        stream = self._stream
        if stream is None:
            stream = self._opened(lease)
            self._stream = stream
        if self._stopped.is_set():
            return
        self._call("write", partial(stream.write, piece), self._limit(), stream)
        if self.progress == 0 and self._stages is not None:
            self._stages.heard()
        if not self._is_proven:
            self._is_proven = True
            lease.proven()
        self.progress += piece.shape[0]
        self.seconds += piece.shape[0] / self._sample_rate

    def _opened(self, lease: OutputLease) -> OutputStream:
        """Return a stream; one that comes too late is ended."""
        made: list[OutputStream] = []
        output, rate = lease.candidate.provider, self._sample_rate
        try:
            self._call("open_stream", lambda: made.append(output.open_stream(rate)), self._limit())
        except LateError as error:

            def end_all() -> None:
                for stream in made:
                    self._end(stream, lease.name)

            error.on_return(end_all)
            raise
        return made[0]

    def _limit(self) -> Limit:
        return self._outputs.sharing.limit()

    def _call(
        self,
        call: str,
        work: Callable[[], None],
        limit: Limit,
        stream: OutputStream | None = None,
    ) -> None:
        """Make a call of the output's; leave the stream to the thread that hangs in it.

        Raises:
            LateError: it hangs.
        """
        if limit.total_s is None:
            work()
            return
        if self._calls is None:
            self._calls = CallThread("output")
        try:
            self._calls.call(work, limit.total_s)
        except LateError as late:
            error = limit.error(late)
            error.call, lease = call, self._lease
            with self._ending:
                self._stream = self._lease = self._calls = None
                self._is_proven = False
            if lease is not None:
                error.on_return(partial(lease.end, Outcome.CANCELLED, UNTIMED))
                if stream is not None:
                    self._end(stream, lease.name)  # it may end the call that hangs
            raise error from None

    def _finish(self) -> None:
        """Wait until everything has been heard; whoever aborts meanwhile ends the wait."""
        stream, lease = self._stream, self._lease
        if stream is None or self._stopped.is_set():
            return
        try:
            with ForeignCode():
                self._call("finish", stream.finish, self._time_to_be_heard(), stream)
        except IreneError as error:
            if isinstance(error, LateError) and lease is not None:
                self._outputs.late(lease, error)
            if self._stopped.is_set():
                return  # it was aborted while it waited
            if self._lease is not None:
                self._outputs.give_up(self._lease, error)
            self._abort()
            raise
        with self._ending:
            self._stream = None
        self._release()

    def _time_to_be_heard(self) -> Limit:
        """Return how long it may take until all has been heard: nobody could say it again."""
        hung_s = self._outputs.sharing.hung_s
        return Limit(hung_s, self._outputs.sharing.hung_by, self.seconds)

    def _abort(self) -> None:
        """End the stream that is open, if one is; its failure to end is nobody's concern."""
        with self._ending:
            stream, self._stream = self._stream, None
            lease = self._lease
        if stream is not None:
            self._end(stream, "" if lease is None else lease.name)
        self._release()

    def _end(self, stream: OutputStream, output: str) -> None:
        """End a stream; one that hangs in that is counted and named, and not waited for."""
        limit = self._limit()
        if limit.seconds is not None:
            limit = Limit(min(limit.seconds, _ABORT_S))
        try:
            with ForeignCode():
                timed(stream.abort, "abort", limit)
        except LateError as error:
            self._outputs.abandon(output, error)
        except IreneError:
            pass

    def _release(self) -> None:
        """Give the output back; it counts as it was told before, if it was."""
        lease, self._is_proven = self._lease, False
        if lease is not None:
            lease.end(Outcome.TORN_DOWN, UNTIMED)
