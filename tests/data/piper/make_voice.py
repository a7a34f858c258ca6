"""Make `tones.onnx`, a Piper voice of a few kilobytes that says each phoneme as a tone.

It has the inputs (`input`, `input_lengths`, `scales`, `sid`) and the output of a two-speaker Piper
voice, so that Piper itself runs on it: phoneme number p sounds for 25 ms times the length scale as
a tone of 200 + 20 p Hz, twice as high for speaker 1. Needs `pip install onnx`; run it in this
folder. Licence of script and voice: Apache-2.0.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save

RATE_HZ = 16000
SAMPLES_PER_PHONEME = 400
SYMBOLS = "_^$ !'(),-.:;?abcdefghijklmnopqrstuvwxyzæðŋɐɑɔəɚɛɜɡɪɹɾʃʊʌʒʔˈˌːθᵻ"


def constant(name, value, dtype):
    return numpy_helper.from_array(np.array(value, dtype=dtype), name)


def graph():
    node = helper.make_node
    nodes = [
        node("Gather", ["scales", "one"], ["length_scale"]),
        node("Mul", ["length_scale", "phoneme_samples"], ["phoneme_samples_scaled"]),
        node("Size", ["input"], ["n_phonemes"]),
        node("Cast", ["n_phonemes"], ["n_phonemes_float"], to=TensorProto.FLOAT),
        node("Mul", ["n_phonemes_float", "phoneme_samples_scaled"], ["n_samples"]),
        node("Range", ["zero", "n_samples", "step"], ["times"]),
        node("Div", ["times", "phoneme_samples_scaled"], ["position"]),
        node("Floor", ["position"], ["position_floor"]),
        node("Cast", ["position_floor"], ["index"], to=TensorProto.INT64),
        node("Sub", ["n_phonemes", "one"], ["last"]),
        node("Min", ["index", "last"], ["index_in_range"]),
        node("Reshape", ["input", "flat"], ["phonemes"]),
        node("Gather", ["phonemes", "index_in_range"], ["sounding"]),
        node("Cast", ["sounding"], ["sounding_float"], to=TensorProto.FLOAT),
        node("Mul", ["sounding_float", "hz_per_phoneme"], ["above_lowest"]),
        node("Add", ["above_lowest", "lowest_hz"], ["frequency"]),
        node("Add", ["sid", "one"], ["octave"]),
        node("Cast", ["octave"], ["octave_float"], to=TensorProto.FLOAT),
        node("Mul", ["frequency", "octave_float"], ["frequency_of_speaker"]),
        node("Mul", ["frequency_of_speaker", "times"], ["cycles"]),
        node("Mul", ["cycles", "radians_per_sample"], ["phase"]),
        node("Sin", ["phase"], ["wave"]),
        node("Mul", ["wave", "amplitude"], ["soft_wave"]),
        node("Reshape", ["soft_wave", "output_shape"], ["output"]),
    ]
    constants = [
        constant("zero", 0, np.float32),
        constant("step", 1, np.float32),
        constant("one", 1, np.int64),
        constant("flat", [-1], np.int64),
        constant("output_shape", [1, 1, 1, -1], np.int64),
        constant("phoneme_samples", SAMPLES_PER_PHONEME, np.float32),
        constant("hz_per_phoneme", 20, np.float32),
        constant("lowest_hz", 200, np.float32),
        constant("amplitude", 0.5, np.float32),
        constant("radians_per_sample", 2 * np.pi / RATE_HZ, np.float32),
    ]
    value = helper.make_tensor_value_info
    inputs = [
        value("input", TensorProto.INT64, [1, "phonemes"]),
        value("input_lengths", TensorProto.INT64, [1]),
        value("scales", TensorProto.FLOAT, [3]),
        value("sid", TensorProto.INT64, [1]),
    ]
    outputs = [value("output", TensorProto.FLOAT, [1, 1, 1, "samples"])]
    return helper.make_graph(nodes, "tones", inputs, outputs, constants)


def main():
    folder = Path(__file__).parent
    model = helper.make_model(
        graph(), opset_imports=[helper.make_opsetid("", 15)], producer_name="irene", ir_version=8
    )
    checker.check_model(model)
    save(model, folder / "tones.onnx")
    config = {
        "audio": {"sample_rate": RATE_HZ},
        "espeak": {"voice": "en-us"},
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "num_symbols": len(SYMBOLS),
        "num_speakers": 2,
        "speaker_id_map": {"low": 0, "high": 1},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
    }
    text = json.dumps(config, ensure_ascii=False, indent=1)
    (folder / "tones.onnx.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
