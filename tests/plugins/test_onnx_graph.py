"""ONNX models written and read without the package `onnx`."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from irene_plugins.onnx_graph import GraphWriter, float_tensors
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
