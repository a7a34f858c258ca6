"""The contract of inputs, as tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any, ClassVar
from unittest import SkipTest

import numpy as np

from irene.components.isolation.messages import from_worker, packed
from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.kinds import Kind
from irene.errors import AudioFormatError, ConfigurationError, DeviceError, IreneError
from irene.providers.input import Device, InputPlace
from irene.testing.contracts.breach import require
from irene.testing.contracts.contract import ProviderContract


class InputContract(ProviderContract):
    """Checks an `Input`: set `provider`, and `options` where it needs to know what to read."""

    kind = Kind.INPUT
    blocks: ClassVar[int] = 20
    """how many blocks are read of an input that does not end"""
    options_of_none: ClassVar[Any] = None
    """options that lead to something that is not there, such as a missing file; None for none"""

    def use(self, provider: Any, number: int) -> Any:
        """Read from the beginning to the end, or so many blocks."""
        with closing(self.open_stream(provider)) as stream:
            return self.read(stream)

    def same(self, one: Any, other: Any) -> bool:
        """Return whether the same samples came; what is captured live never does."""
        return self.provider.live or bool(np.array_equal(one, other))

    def concurrency(self, provider: Any) -> int:
        """An input is opened once at a time."""
        return 1

    def open_stream(self, provider: Any) -> Any:
        """Open a stream.

        Raises:
            SkipTest: there is no device, or no options say what to read.
        """
        return self._available(provider, provider.open_stream)

    def _available(self, provider: Any, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except DeviceError as error:
            raise SkipTest(f"{provider.kind} provider {provider.name!r}: {error}") from error
        except (AudioFormatError, ConfigurationError) as error:
            if self.options is not None:
                raise
            raise SkipTest(f"no `options` say what to read: {error}") from error

    def read(self, stream: Any) -> Samples:
        """Return everything that comes, held to the contract; at most `blocks` of a live input."""
        found: list[Samples] = []
        announced = stream.format
        while len(found) < self.blocks or not self.provider.live:
            samples = self.on_thread(stream.read)
            if samples is None:
                break
            self._block(samples, announced)
            found.append(samples.copy())
            self._losses(stream.lost())
        empty = np.zeros((0, announced.channels)[: 1 if announced.channels == 1 else 2])
        return np.concatenate(found) if found else empty

    def _block(self, samples: object, announced: AudioFormat) -> None:
        if isinstance(samples, np.ndarray):
            shown = f"{samples.dtype} of shape {samples.shape}"
            is_announced = (
                samples.dtype == announced.dtype
                and samples.ndim in (1, 2)
                and (1 if samples.ndim == 1 else samples.shape[1]) == announced.channels
            )
        else:
            shown, is_announced = repr(samples), False
        require(
            is_announced,
            f"read returned {shown}, announced was {announced}",
            "return arrays of the format that `format` names: (n,) or (n, channels)",
        )

    def _losses(self, lost: object) -> None:
        is_list = isinstance(lost, (tuple, list)) and all(isinstance(o, LostAudio) for o in lost)
        require(is_list, f"lost() returned {lost!r}", "return a tuple of `irene.LostAudio`")

    def test_its_format_is_announced(self) -> None:
        """`format` names rate, channels and type before anything is read, and stays."""
        provider = self.loaded
        expected = self._available(provider, provider.expected_format)
        with closing(self.open_stream(provider)) as stream:
            announced = stream.format
            self.on_thread(stream.read)
            require(
                isinstance(announced, AudioFormat) and stream.format == announced,
                f"format is {announced!r}, then {stream.format!r}",
                "return an `AudioFormat` that never changes",
            )
        require(
            expected in (None, announced),
            f"expected_format() is {expected}, then comes {announced}",
            "return None where it is not known before",
        )

    def test_after_the_end_there_is_nothing(self) -> None:
        """`read` returns None at the end, and every time after it."""
        if self.provider.live:
            raise SkipTest("a live input has no end")
        with closing(self.open_stream(self.loaded)) as stream:
            self.read(stream)
            again = [self.on_thread(stream.read) for _ in range(2)]
        require(again == [None, None], "samples came after None", "go on returning None")

    def test_its_length_is_what_comes(self) -> None:
        """`length_s` is the length in seconds, where it is known."""
        with closing(self.open_stream(self.loaded)) as stream:
            promised = stream.length_s()
            if promised is None or self.provider.live:
                return
            came = len(self.read(stream)) / stream.format.sample_rate
        require(
            abs(promised - came) < 0.1,
            f"{promised:.2f} s were promised, {came:.2f} s came",
            "return None where the length is not known",
        )

    def test_close_ends_it_at_once(self) -> None:
        """After `close` a reader gets None, also one that was waiting; a second one is harmless."""
        stream = self.open_stream(self.loaded)
        self.on_thread(stream.read)
        stream.close()
        last = [self.on_thread(stream.read, 10.0) for _ in range(2)][-1]
        stream.close()
        require(last is None, "samples came after `close`", "return None when it is closed")

    def test_it_hears_what_blocks_are_preferred(self) -> None:
        """`prefer_block` is a wish: whatever is asked for, what comes is the same."""
        whole = self.use(self.loaded, 0)
        with closing(self.open_stream(self.loaded)) as stream:
            stream.prefer_block(0.1)
            self.on_thread(stream.read)
            stream.prefer_block(0.0)
        with closing(self.open_stream(self.loaded)) as stream:
            stream.prefer_block(0.5)
            found = self.read(stream)
        self.require_same(whole, found, "let `prefer_block` change how much comes at a time only")

    def test_its_place_can_be_told_to_the_next_process(self) -> None:
        """Of standard input: a number of bytes that never falls, and plain values."""
        if not self.provider.reads_standard_input:
            raise SkipTest("it does not read standard input")
        places: list[Any] = []
        with closing(self.open_stream(self.loaded)) as stream:
            while len(places) < self.blocks and self.on_thread(stream.read) is not None:
                places.append(stream.place())
        known = [one for one in places if one is not None]
        found = [one.n_bytes if isinstance(one, InputPlace) else one for one in known]
        require(
            all(isinstance(one, InputPlace) for one in known) and found == sorted(found),
            f"place() returned {found}",
            "return an `irene.InputPlace`, or None",
        )
        for place in known:
            answer = self.expected(partial(from_worker, packed(place)))
            require(answer == place, f"the state {place.state!r}: {answer}", "use plain values")

    def test_what_is_not_there_is_an_expected_error(self) -> None:
        """A missing file or device is one of irene's errors, before and when it is opened."""
        if self.options_of_none is None:
            raise SkipTest("no `options_of_none` are given")
        given = self.options_of_none
        provider = self.provider(
            self.provider.Options(**given) if isinstance(given, dict) else given
        )
        answer = self.expected(provider.open_stream)
        require(
            isinstance(answer, IreneError),
            f"open_stream returned {answer!r}",
            "raise `AudioFormatError` for a file, `DeviceError` for a device",
        )
        self.expected(provider.expected_format)

    def test_devices_are_devices(self) -> None:
        """`devices()` lists what `device =` may name; inputs without devices list none."""
        answer = self.expected(self.loaded.devices)
        is_list = isinstance(answer, IreneError) or all(isinstance(one, Device) for one in answer)
        require(is_list, f"devices() returned {answer!r}", "return a tuple of `irene.Device`")
