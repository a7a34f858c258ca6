"""The contract of outputs, as tests."""

from __future__ import annotations

import threading
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np

from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, DeviceError, IreneError
from irene.providers.input import Device
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract
from irene.testing.signals import silence, tone


class OutputContract(ProviderContract):
    """Checks an `Output`: set `provider`, and `options` where it needs a place to write to."""

    kind = Kind.OUTPUT
    rates: ClassVar[tuple[int, ...]] = (8000, 16000, 22050, 24000, 48000)
    """rates (Hz) of the answers that are played"""

    def use(self, provider: Any, number: int) -> object:
        """Play a short answer to its end."""
        stream = self.open_stream(provider, self.rates[number])
        stream.write(tone(0.02, sample_rate=self.rates[number]))
        stream.finish()
        return None

    def concurrency(self, provider: Any) -> int:
        """Irene speaks one answer at a time."""
        return 1

    def open_stream(self, provider: Any, sample_rate: int) -> Any:
        """Open a stream.

        Raises:
            SkipTest: there is no device, or no options say where to write.
        """
        try:
            return provider.open_stream(sample_rate)
        except DeviceError as error:
            raise SkipTest(f"{provider.kind} provider {provider.name!r}: {error}") from error
        except ConfigurationError as error:
            if self.options is not None:
                raise
            raise SkipTest(f"no `options` say where to write: {error}") from error

    def test_answers_of_any_rate_are_taken(self) -> None:
        """Voices have rates of their own."""
        for rate in self.rates:
            stream = self.open_stream(self.loaded, rate)
            stream.write(tone(0.02, sample_rate=rate))
            self.on_thread(stream.finish)

    def test_blocks_may_have_any_length(self) -> None:
        """None, one and odd numbers of samples are taken."""
        stream = self.open_stream(self.loaded, 16000)
        for n_samples in (0, 1, 3, 159, 320):
            stream.write(np.zeros(n_samples, np.int16))
        self.on_thread(stream.finish)

    def test_an_answer_without_samples_can_be_finished(self) -> None:
        """Nothing is written, and `finish` returns at once."""
        self.on_thread(self.open_stream(self.loaded, 16000).finish)

    def test_samples_are_only_lent(self) -> None:
        """`write` leaves them as they are; they cannot be written."""
        samples = tone(0.02)
        samples.flags.writeable = False
        stream = self.open_stream(self.loaded, 16000)
        stream.write(samples)
        self.on_thread(stream.finish)

    def test_abort_may_come_at_any_moment(self) -> None:
        """Another thread aborts while one writes, and a `write` after it does nothing."""
        stream = self.open_stream(self.loaded, 16000)
        aborted = threading.Event()

        def write() -> None:
            for _ in range(50):
                stream.write(silence(0.02))
                if aborted.is_set():
                    return

        def abort() -> None:
            stream.abort()
            aborted.set()

        self.at_once([write, abort])
        self.on_thread(lambda: stream.write(silence(0.02)))
        self.on_thread(lambda: self.use(self.loaded, 0))

    def test_one_answer_follows_the_other(self) -> None:
        """After an answer that was finished, and one that was aborted, comes the next."""
        for ends in ("finish", "abort", "finish"):
            stream = self.open_stream(self.loaded, 16000)
            stream.write(tone(0.01))
            self.on_thread(getattr(stream, ends))

    def test_it_can_be_closed_while_an_answer_is_open(self) -> None:
        """Closing the provider does not hang; the stream can still be aborted."""
        provider = self.new_loaded()
        stream = self.open_stream(provider, 16000)
        stream.write(tone(0.01))
        self.on_thread(provider.close)
        answer = self.expected(lambda: self.on_thread(stream.abort))
        require(
            answer is None or isinstance(answer, IreneError),
            f"abort returned {answer!r}",
            "return nothing",
        )

    def test_devices_are_devices(self) -> None:
        """`devices()` lists what `device =` may name; outputs without devices list none."""
        answer = self.expected(self.loaded.devices)
        is_list = isinstance(answer, IreneError) or all(isinstance(one, Device) for one in answer)
        require(is_list, f"devices() returned {answer!r}", "return a tuple of `irene.Device`")
