"""What all wake words of openWakeWord share, as one graph that computes only what is new.

Each window of 80 ms adds eight mel spectra to the 76 that an embedding sees; computed anew from
all of them, nine tenths of the work was done in the window before. No convolution is padded in
time, and all strides together are eight spectra, so a window's rows of each layer are the last
rows of the window before, and a few new ones. A convolution over three rows keeps the last two of
its input; everything else needs new rows only. The scores are those of the package: the weights
are read from its files, and nothing is rounded otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from irene import ConfigurationError
from irene_plugins.onnx_graph import Floats, GraphWriter, float_tensors

FRAME = 512
"""samples that one spectrum sees"""
NEW_SPECTRA = 8
"""spectra (one per 10 ms) that a window adds"""
N_BANDS = 32
N_EMBEDDING = 96
FRAMES, EMBEDDING = "frames", "embedding"
"""names of the input that brings the audio and of the output that is wanted"""

_LAYER = "model/conv2d"
_FIRST = f"{_LAYER}/StatefulPartitionedCall/StatefulPartitionedCall/Conv2D/ReadVariableOp:0"
_LAST = f"{_LAYER}_19/Conv2D/ReadVariableOp:0"
_NORM = "model/batch_normalization"
_NORMALISATION = (
    f"{_NORM}/ReadVariableOp:0",
    f"{_NORM}/ReadVariableOp_1:0",
    f"{_NORM}/FusedBatchNormV3/ReadVariableOp:0",
    f"{_NORM}/FusedBatchNormV3/ReadVariableOp_1:0",
)
"""scale, shift, mean and variance behind the first layer"""
_LAST_LAYER = 19
_POOLS = {2: (2, 2), 6: (1, 2), 10: (2, 2), 14: (1, 2), 18: (2, 2)}
"""rows and columns of which the largest remains, by the layer before"""
_SLOPE, _FLOOR = 0.2, -0.4
"""of what is negative behind a layer a fifth counts, but not below the floor"""


def acoustic_graph(melspectrogram: Path, embedding: Path) -> bytes:
    """Return the ONNX model of one window: frames in, embedding out, and what layers keep.

    Inputs: `frames`, shape (8, 512), in int16 steps, one every 160 samples; `kept_N`, what layer N
    kept of the window before. Outputs: `embedding`, shape (1, 96, 1, 1); `keep_N`, what is to be
    `kept_N` in the next window.

    Args:
        melspectrogram: the package's model from audio to spectra (32 bands, divided by ten and
            raised by two).
        embedding: the package's model from 76 spectra to Google's `speech_embedding`
            (arXiv 2002.01322).

    Raises:
        ConfigurationError: these are not the models of openWakeWord 0.4.0.
    """
    graph = GraphWriter()
    try:
        spectra = _spectra(graph, float_tensors(melspectrogram))
        _Embedding(graph, float_tensors(embedding)).write(spectra)
    except (LookupError, ValueError) as error:  # IndexError: weights of another shape
        what = f"there is no {error.args[0]}" if isinstance(error, KeyError) else error
        raise ConfigurationError(
            f"{melspectrogram.name} and {embedding.name} in {embedding.parent} are not those of "
            f"openWakeWord 0.4.0: {what}; install the package again"
        ) from None
    return graph.model()


def _spectra(graph: GraphWriter, weights: Mapping[str, Floats]) -> str:
    """Write the way from frames to mel spectra in bels plus two; return their name.

    Frequencies that no mel band contains (above 3.8 kHz: half of all) are left out. What is more
    than 80 dB below the loudest band of a window is raised to that.
    """
    mel = weights["1.melW"]
    used = mel.any(axis=1)
    parts = [weights[f"0.stft.conv_{part}.weight"][used, 0] for part in ("real", "imag")]
    frames = graph.input(FRAMES, (NEW_SPECTRA, FRAME))
    spectrum = graph.node("MatMul", frames, graph.constant(np.concatenate(parts).T))
    power = graph.node("Mul", spectrum, spectrum)
    energies = graph.node("MatMul", power, graph.constant(np.concatenate([mel[used]] * 2)))
    audible = graph.node("Max", energies, _number(graph, 1e-10))
    bels = graph.node("Mul", graph.node("Log", audible), _number(graph, 1 / np.log(10)))
    loudest = graph.node("ReduceMax", bels, keepdims=0)
    limited = graph.node("Max", bels, graph.node("Sub", loudest, _number(graph, 8)))
    raised = graph.node("Add", limited, _number(graph, 2))
    return graph.node("Reshape", raised, graph.constant([1, 1, NEW_SPECTRA, N_BANDS]))


class _Embedding:
    """The layers of the embedding, in order; a place in a graph, and what is there."""

    def __init__(self, graph: GraphWriter, weights: Mapping[str, Floats]) -> None:
        self._graph = graph
        self._weights = weights
        self._floor = _number(graph, _FLOOR)
        self._last_rows = [graph.constant([number]) for number in (-2, 2**31 - 1, 2)]
        """begin, end and axis of the two rows that are kept"""
        self._n_channels, self._n_columns = 1, N_BANDS

    def write(self, spectra: str) -> None:
        """Write all layers."""
        value = spectra
        for layer in range(_LAST_LAYER):
            value = self._activate(self._convolve(value, layer), layer)
        self._convolve(value, _LAST_LAYER, EMBEDDING)
        self._graph.output(EMBEDDING, (1, N_EMBEDDING, 1, 1))

    def _convolve(self, value: str, layer: int, to: str = "") -> str:
        weights, *bias = self._layer(layer)
        n_channels, _, n_rows, n_columns = weights.shape
        if n_rows > 1:
            value = self._after_kept(value, layer)
        self._n_channels = n_channels
        side = n_columns // 2
        inputs = [self._graph.constant(one) for one in (weights, *bias)]
        kernel, pads = (n_rows, n_columns), (0, side, 0, side)
        return self._graph.node("Conv", value, *inputs, to=to, kernel_shape=kernel, pads=pads)

    def _layer(self, layer: int) -> list[Floats]:
        """Return weights, and bias where there is one."""
        if layer in (0, _LAST_LAYER):
            return [self._weights[_LAST if layer else _FIRST]]
        names = [f"{_LAYER}_{layer}/Conv2D_{part}_fused_bn" for part in ("weights", "bias")]
        return [self._weights[name] for name in names]

    def _after_kept(self, value: str, layer: int) -> str:
        """Put what was kept before the new rows; keep the last two."""
        shape = (1, self._n_channels, 2, self._n_columns)
        kept = self._graph.input(f"kept_{layer}", shape)
        rows = self._graph.node("Concat", kept, value, axis=2)
        keep = self._graph.node("Slice", rows, *self._last_rows, to=f"keep_{layer}")
        self._graph.output(keep, shape)
        return rows

    def _activate(self, value: str, layer: int) -> str:
        """Write what follows a layer; pools come first where the order makes no difference."""
        graph = self._graph
        if layer == 0:
            numbers = [graph.constant(self._weights[name]) for name in _NORMALISATION]
            positive = graph.node("Relu", value)
            value = graph.node("BatchNormalization", positive, *numbers, epsilon=1e-3)
        value = graph.node("LeakyRelu", value, alpha=_SLOPE)
        if layer in _POOLS:
            size = _POOLS[layer]
            self._n_columns //= size[1]
            value = graph.node("MaxPool", value, kernel_shape=size, strides=size)
        return graph.node("Max", value, self._floor)


def _number(graph: GraphWriter, value: float) -> str:
    return graph.constant(np.float32(value))
