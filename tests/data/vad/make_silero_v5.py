"""Makes silero_v5_signature.onnx: called like Silero VAD 5, but answers how it was called."""

from pathlib import Path

import onnx
from onnx import TensorProto, helper

FLOAT = TensorProto.FLOAT
graph = helper.make_graph(
    [
        helper.make_node("Slice", ["input", "from", "to", "axis"], ["output"]),
        helper.make_node("Add", ["state", "one"], ["stateN"]),
    ],
    "silero_v5_signature",
    [
        helper.make_tensor_value_info("input", FLOAT, [1, 576]),
        helper.make_tensor_value_info("state", FLOAT, [2, 1, 128]),
        helper.make_tensor_value_info("sr", TensorProto.INT64, []),
    ],
    [
        helper.make_tensor_value_info("output", FLOAT, [1, 1]),
        helper.make_tensor_value_info("stateN", FLOAT, [2, 1, 128]),
    ],
    [
        helper.make_tensor("from", TensorProto.INT64, [1], [63]),
        helper.make_tensor("to", TensorProto.INT64, [1], [64]),
        helper.make_tensor("axis", TensorProto.INT64, [1], [1]),
        helper.make_tensor("one", FLOAT, [1], [1.0]),
    ],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model)
Path(__file__).with_name("silero_v5_signature.onnx").write_bytes(model.SerializeToString())
