"""ONNX models written and read without the package `onnx`."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irene_plugins.onnx_graph import GraphWriter, _field, float_tensors
from irene_plugins.onnx_runtime import quiet_onnxruntime

SHAPES = arrays.array_shapes(min_dims=0, max_dims=4, min_side=1, max_side=200)
WEIGHTS = arrays.arrays(np.float32, SHAPES.filter(lambda shape: np.prod(shape) < 2000))


@settings(deadline=None)
@given(weights=st.lists(WEIGHTS, max_size=4))
def test_weights_are_read_as_they_were_written(tmp_path_factory, weights):
    """Names, shapes and every bit of float32 weights come back; whole numbers are no weights."""
    graph = GraphWriter()
    graph.constant([1, -1, 2**40])
    written = {graph.constant(array): array for array in weights}
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    path.write_bytes(graph.model())
    read = float_tensors(path)
    assert list(read) == list(written)
    for name, array in written.items():
        assert read[name].shape == array.shape
        assert read[name].tobytes() == array.tobytes()


def test_a_written_graph_computes_what_it_says():
    """onnxruntime runs it: inputs, constants, attributes of every kind, and a named output."""
    pytest.importorskip("onnxruntime", reason="the engine of this test is not installed")
    graph = GraphWriter()
    steps = graph.input("steps", (1, 1, 4, 5))
    kernel = graph.constant(np.ones((1, 1, 3, 1), np.float32))
    sums = graph.node("Conv", steps, kernel, kernel_shape=(3, 1), pads=(0, 0, 0, 0))
    leaky = graph.node("LeakyRelu", sums, alpha=0.25)
    rows = [graph.constant([number]) for number in (-1, 2**31 - 1, 2)]
    graph.output(graph.node("Slice", leaky, *rows, to="last"), (1, 1, 1, 5))
    runtime = quiet_onnxruntime()
    session = runtime.InferenceSession(graph.model(), providers=["CPUExecutionProvider"])
    values = np.arange(-10, 10, dtype=np.float32).reshape(1, 1, 4, 5)
    (last,) = session.run(["last"], {"steps": values})
    expected = values[0, 0, 1:].sum(axis=0)
    np.testing.assert_allclose(last[0, 0, 0], np.where(expected < 0, expected / 4, expected))


@pytest.mark.parametrize("length", [1, 30, 100])
def test_a_file_that_ends_too_early_is_no_model(tmp_path, length):
    """A model that was cut off is refused, not read in part."""
    graph = GraphWriter()
    graph.constant(np.ones(100, np.float32))
    path = tmp_path / "model.onnx"
    path.write_bytes(graph.model()[:length])
    with pytest.raises(ValueError, match="it ends too early"):
        float_tensors(path)


def test_a_text_is_no_model(tmp_path):
    """What stands in for a model, such as the page of a server, is refused."""
    path = tmp_path / "model.onnx"
    path.write_text("<html>Please log in</html>")
    with pytest.raises(ValueError, match="no ONNX model"):
        float_tensors(path)


@settings(deadline=None, max_examples=100)
@given(place=st.integers(0, 10**6), value=st.integers(0, 255), data=st.binary(max_size=60))
def test_a_damaged_file_is_read_or_is_no_model(tmp_path_factory, place, value, data):
    """Whatever one byte, or all of them, are: no other error."""
    graph = GraphWriter()
    graph.constant(np.ones((3, 4), np.float32))
    whole = bytearray(graph.model())
    whole[place % len(whole)] = value
    for damaged in (bytes(whole), data):
        path = tmp_path_factory.mktemp("onnx") / "model.onnx"
        path.write_bytes(damaged)
        with suppress(ValueError):
            assert all(one.dtype == np.float32 for one in float_tensors(path).values())


def test_weights_that_do_not_fill_their_shape_are_no_model(tmp_path):
    """A dimension of -1 is no invitation to guess, and a huge one no overflow."""
    for dims, n_bytes in (([5], 48), ([-1], 48), ([2**63, 0], 0), ([2**64 - 1, 12], 48)):
        shape = b"".join(_field(1, dim) for dim in dims)
        tensor = shape + _field(2, 1) + _field(8, b"w") + _field(9, bytes(n_bytes))
        path = tmp_path / "model.onnx"
        path.write_bytes(_field(7, _field(5, tensor)))
        with pytest.raises(ValueError, match="are not of shape"):
            float_tensors(path)


def test_a_number_has_an_end(tmp_path):
    """A megabyte of bytes that all say that more follows is refused at the tenth."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\xff" * 1_000_000)
    with pytest.raises(ValueError, match="a number of more than 10 bytes"):
        float_tensors(path)
