"""A buffer lent by a pool: samples as an array, and the same memory as a torch tensor."""

from __future__ import annotations

import importlib
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from irene.errors import ProviderUnavailableError
from irene.memory.slab import Slab


class AudioBuffer:
    """Memory on loan from an `AudioBufferPool`, until `release`.

    It is the handle of one holder, who uses it in one thread at a time: `retain` makes another for
    somebody else, and the memory goes back when each has released his own. After that a handle is
    good for nothing: using it, or releasing it again, is an error. As a context manager it
    releases itself.

    What is in it at first is whatever was there before.
    """

    __slots__ = ("_slab",)

    _slab: Slab | None  # there is no __init__: calling one would cost more than all the rest

    @property
    def data(self) -> npt.NDArray[Any]:
        """The samples, shape (size,), writable.

        Raises:
            RuntimeError: the buffer has been released.
        """
        return self._lent().view

    def get_tensor(self) -> Any:
        """Return the samples as a torch tensor that shares their memory.

        Raises:
            ProviderUnavailableError: torch is not installed.
            RuntimeError: the buffer has been released.
        """
        data = self.data
        try:
            torch = importlib.import_module("torch")
        except ImportError as error:
            raise ProviderUnavailableError(
                "a buffer's tensor needs torch, which is not installed: pip install torch"
            ) from error
        return torch.from_numpy(data)

    def update_from_tensor(self, tensor: Any) -> None:
        """Copy a torch tensor with as many elements into the samples, from whatever device.

        Raises:
            ValueError: it has another number of elements, or a dtype that would lose them.
            RuntimeError: the buffer has been released.
        """
        data = self.data
        values = np.asarray(tensor.detach().cpu().numpy()).reshape(-1)
        if values.size != data.size or not np.can_cast(values.dtype, data.dtype, "same_kind"):
            raise ValueError(
                f"a tensor of {values.size} {values.dtype} does not fit into a buffer of "
                f"{data.size} {data.dtype}"
            )
        np.copyto(data, values, casting="same_kind")

    def retain(self) -> AudioBuffer:
        """Return another handle on the same memory, which its holder has to release.

        Raises:
            RuntimeError: the buffer has been released.
        """
        slab = self._lent()
        if slab.others is None:
            slab.others = []
        slab.others.append(None)
        other = AudioBuffer()
        other._slab = slab
        return other

    def release(self) -> None:
        """Give this handle back; the memory goes back with the last one.

        Raises:
            RuntimeError: it has been released before.
        """
        self._lent().give_back(self)

    def _lent(self) -> Slab:
        if self._slab is None:
            raise RuntimeError("this buffer has been released: its memory may be somebody else's")
        return self._slab

    def __len__(self) -> int:
        return self._lent().size

    def __enter__(self) -> AudioBuffer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lent().give_back(self)

    def __repr__(self) -> str:
        if self._slab is None:
            return "<AudioBuffer, released>"
        return f"<AudioBuffer of {self._slab.size} {self._slab.array.dtype}>"
