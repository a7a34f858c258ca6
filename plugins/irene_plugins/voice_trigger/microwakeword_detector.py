"""Wake words in microWakeWord's models: a model is read once, every stream has its own state."""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Iterable
from functools import partial
from struct import Struct
from typing import Any

import numpy as np

N_FEATURES = 40
"""of 10 ms, from the engine's front end"""
_ROW = Struct(f"{N_FEATURES}d")
_pack = _ROW.pack_into


class WakeWordNet:
    """A model in memory, from which any number of streams make detectors.

    The package reads it and says how its numbers are to be taken. It would have every stream read
    it again, and again to forget: here streams share it, each with an interpreter of its own.
    """

    def __init__(self, engine: Any) -> None:
        """Take what the package has opened: a `pymicro_wakeword.MicroWakeWord`.

        Raises:
            AttributeError: package or library lack what this relies on.
        """
        self.lib = engine.lib
        self._engine = engine  # which frees the model when the last detector is gone
        self.n_values = engine.stride * N_FEATURES
        self.n_recent = engine.sliding_window_size
        # Arrays, which numpy would otherwise make of these numbers in every call.
        self.scale = np.array(engine.input_scale, np.float64)
        self.zero_point = np.array(engine.input_zero_point, np.float64)
        self.dtype = np.dtype(engine.input_dtype)
        self.probabilities: list[float] = _probabilities(engine)
        # The package's functions let other threads run meanwhile, and then wait for them: longer
        # than it takes to infer (10 to 50 µs), which may as well hold them up.
        held = ctypes.PyDLL(None, handle=self.lib._handle)
        self.invoke = held.TfLiteInterpreterInvoke
        self._data = held.TfLiteTensorData
        self._data.argtypes, self._data.restype = [ctypes.c_void_p], ctypes.c_void_p
        # The package's own interpreter is of no use here: 110 kB.
        self.lib.TfLiteInterpreterDelete(engine.interpreter)
        engine.interpreter = None

    def interpreter(self) -> int:
        """Return the address of a new interpreter; the caller frees it.

        Raises:
            RuntimeError: TFLite cannot run the model, or has no memory for it.
        """
        made = self.lib.TfLiteInterpreterCreate(self._engine.model, None)
        if made and self.lib.TfLiteInterpreterAllocateTensors(made) == 0:
            return int(made)
        self.lib.TfLiteInterpreterDelete(made)
        raise RuntimeError(f"TFLite makes no interpreter of {self._engine.tflite_model}")

    def memory(self, tensor: int) -> Any:
        """Return the bytes of a tensor, valid as long as its interpreter."""
        n_bytes = self.lib.TfLiteTensorByteSize(tensor)
        return (ctypes.c_uint8 * n_bytes).from_address(self._data(tensor))


class WordDetector:
    """One wake word on one stream: an interpreter, and its last probabilities.

    Takes the place of the package's own streaming method, with the same scores for a third of its
    time: numbers are written into the interpreter's own memory. That stays where it is: these
    models are made for TFLite Micro, which knows no tensors whose size is found while it runs.

    It does not forget; whoever wants that makes another one of its `net`.
    """

    _interpreter = 0

    def __init__(self, net: WakeWordNet) -> None:
        self.net = net
        self._values = np.zeros(net.n_values)
        self._packed = self._values.data.cast("B")  # is written faster than an array
        self._n_bytes = self._packed.nbytes
        self._n_packed = 0
        self._recent: deque[float] = deque(maxlen=net.n_recent)
        self._interpreter = net.interpreter()
        lib = net.lib
        inputs = net.memory(lib.TfLiteInterpreterGetInputTensor(self._interpreter, 0))
        outputs = net.memory(lib.TfLiteInterpreterGetOutputTensor(self._interpreter, 0))
        self._input: Any = np.frombuffer(inputs, net.dtype)
        self._output: Any = ctypes.c_uint8.from_buffer(outputs)
        self._invoke: Any = partial(net.invoke, ctypes.c_void_p(self._interpreter))

    def score(self, rows: Iterable[list[float]]) -> float:
        """Return the highest mean probability within a window, 0 when there is none yet.

        Args:
            rows: for each 10 ms, `N_FEATURES` numbers of the engine's front end.

        Raises:
            TypeError: it is closed.
        """
        highest = 0.0
        for features in rows:
            _pack(self._packed, self._n_packed, *features)
            self._n_packed += _ROW.size
            if self._n_packed == self._n_bytes:
                self._n_packed = 0
                highest = max(highest, self._mean())
        return highest

    def close(self) -> None:
        """Free the interpreter at once, whoever still refers to this; harmless twice."""
        interpreter, self._interpreter = self._interpreter, 0
        self._input = self._output = self._invoke = None  # they lead into its memory
        if interpreter:
            self.net.lib.TfLiteInterpreterDelete(interpreter)

    def __del__(self) -> None:
        self.close()

    def _mean(self) -> float:
        recent = self._recent
        recent.append(self._infer())
        n_recent = len(recent)
        return sum(recent) / n_recent if n_recent == self.net.n_recent else 0.0

    def _infer(self) -> float:
        net, values = self.net, self._values
        np.divide(values, net.scale, values)
        np.add(values, net.zero_point, values)
        np.rint(values, values)
        self._input[...] = values
        self._invoke()
        answer: int = self._output.value
        return net.probabilities[answer]


def _probabilities(engine: Any) -> list[float]:
    """Return what each byte that a model answers stands for, rounded as the package does it."""
    answers = np.arange(256, dtype=np.uint8).view(engine.output_dtype)
    values = (answers.astype(np.float32) - engine.output_zero_point) * engine.output_scale
    return [float(value) for value in values]
