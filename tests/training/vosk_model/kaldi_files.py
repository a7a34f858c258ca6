"""The acoustic model as Kaldi writes it: transition model and nnet3 network in one binary file."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from vosk_model.features import N_CEPSTRA
from vosk_model.graphs import Durations
from vosk_model.network import CONTEXT, LAYERS, Trained
from vosk_model.topology import Topology


def final_mdl(topology: Topology, durations: Durations, trained: Trained) -> bytes:
    """Return the content of `am/final.mdl`."""
    parts = [
        b"\0B",
        _transition_model(topology, durations),
        b"<Nnet3> \n",
        *(line.encode() + b"\n" for line in _wiring()),
        b"\n",
        _token("<NumComponents>"),
        _int(2 * len(LAYERS) + 2),
        *_components(trained),
        _token("</Nnet3>"),
        _token("<LeftContext>") + _int(CONTEXT),
        _token("<RightContext>") + _int(CONTEXT),
        _token("<Priors>") + _vector(trained.priors),
    ]
    return b"".join(parts)


def _token(name: str) -> bytes:
    return name.encode() + b" "


def _int(value: int) -> bytes:
    return b"\x04" + struct.pack("<i", value)


def _float(value: float) -> bytes:
    return b"\x04" + struct.pack("<f", value)


def _ints(values: Sequence[int]) -> bytes:
    return _int(len(values)) + struct.pack(f"<{len(values)}i", *values)


def _vector(values: np.ndarray) -> bytes:
    return _token("FV") + _int(len(values)) + np.asarray(values, "<f4").tobytes()


def _matrix(values: np.ndarray) -> bytes:
    rows, columns = values.shape
    return _token("FM") + _int(rows) + _int(columns) + np.asarray(values, "<f4").tobytes()


def _transition_model(topology: Topology, durations: Durations) -> bytes:
    triples = [
        (phone, place, start + place)
        for phone, (start, length) in enumerate(
            zip(topology.starts, topology.lengths, strict=True), 1
        )
        for place in range(length)
    ]
    staying = [(np.log(stay), np.log(1 - stay)) for stay in durations.stay]
    log_probabilities = np.concatenate([[0.0], np.ravel(staying)])
    return b"".join(
        [
            _token("<TransitionModel>"),
            _topology(topology),
            _token("<Triples>"),
            _int(len(triples)),
            *(_int(value) for triple in triples for value in triple),
            _token("</Triples>"),
            _token("<LogProbs>"),
            _vector(log_probabilities),
            _token("</LogProbs>"),
            _token("</TransitionModel>"),
        ]
    )


def _topology(topology: Topology) -> bytes:
    """Return one entry for each length of a word, and which phone has which."""
    lengths = sorted(set(topology.lengths))
    phones = range(1, len(topology.lengths) + 1)
    entries = [-1, *(lengths.index(topology.lengths[phone - 1]) for phone in phones)]
    parts = [_token("<Topology>"), _ints(list(phones)), _ints(entries), _int(len(lengths))]
    for length in lengths:
        parts.append(_int(length + 1))
        for state in range(length):
            parts += [_int(state), _int(2), _int(state), _float(0.5), _int(state + 1), _float(0.5)]
        parts += [_int(-1), _int(0)]
    return b"".join([*parts, _token("</Topology>")])


def _wiring() -> list[str]:
    """Return the configuration lines of the network, which are text."""
    lines, heard = [f"input-node name=input dim={N_CEPSTRA}"], "input"
    for number, (taps, distance) in enumerate(LAYERS, 1):
        offsets = [(tap - (taps - 1) // 2) * distance for tap in range(taps)]
        spliced = ", ".join(f"Offset({heard}, {offset})" if offset else heard for offset in offsets)
        lines.append(_node(f"tdnn{number}.affine", f"Append({spliced})"))
        lines.append(_node(f"tdnn{number}.relu", f"tdnn{number}.affine"))
        heard = f"tdnn{number}.relu"
    lines.append(_node("output.affine", heard))
    lines.append(_node("output.log-softmax", "output.affine"))
    lines.append("output-node name=output input=output.log-softmax objective=linear")
    return lines


def _node(name: str, heard: str) -> str:
    return f"component-node name={name} component={name} input={heard}"


def _components(trained: Trained) -> list[bytes]:
    parts = []
    for number, (weights, bias) in enumerate(folded(trained), 1):
        is_last = number > len(LAYERS)
        name = "output" if is_last else f"tdnn{number}"
        parts += [
            _token("<ComponentName>") + _token(f"{name}.affine"),
            _token("<FixedAffineComponent>") + _token("<LinearParams>") + _matrix(weights),
            _token("<BiasParams>") + _vector(bias) + _token("</FixedAffineComponent>"),
            _token("<ComponentName>"),
            _token(f"{name}.log-softmax" if is_last else f"{name}.relu"),
            _elementwise(
                "LogSoftmaxComponent" if is_last else "RectifiedLinearComponent", len(bias)
            ),
        ]
    return parts


def _elementwise(kind: str, width: int) -> bytes:
    nothing = _vector(np.zeros(0))
    return b"".join(
        [
            _token(f"<{kind}>") + _token("<Dim>") + _int(width),
            _token("<ValueAvg>") + nothing + _token("<DerivAvg>") + nothing,
            _token("<Count>") + _float(0.0) + _token(f"</{kind}>"),
        ]
    )


def folded(trained: Trained) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights and bias of each affine layer, what is before it (a scale) worked into it.

    Normalisations come before convolutions without padding, so this is exact.
    """
    network = trained.network
    scale, shift = _numpy(network.scale), -_numpy(network.mean) * _numpy(network.scale)
    layers = []
    for affine, norm in zip([*network.affine, network.output], [*network.norm, None], strict=True):
        weights, bias = _numpy(affine.weight), _numpy(affine.bias)
        bias = bias + np.einsum("oik,i->o", weights, shift)
        weights = weights * scale[None, :, None]
        layers.append((weights.transpose(0, 2, 1).reshape(len(weights), -1), bias))
        if norm is not None:
            scale = _numpy(norm.weight) / np.sqrt(_numpy(norm.running_var) + norm.eps)
            shift = _numpy(norm.bias) - _numpy(norm.running_mean) * scale
    return layers


def _numpy(tensor) -> np.ndarray:
    return tensor.detach().numpy().astype(np.float64)
