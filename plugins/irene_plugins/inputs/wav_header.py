"""The header of a WAV stream, read forward only, so that a pipe can be decoded as it arrives."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from irene import AudioFormatError
from irene_plugins.inputs.pcm import MAX_RATE_HZ, MIN_RATE_HZ, ByteSource, PcmLayout

UNKNOWN_BYTES = 0x7FFF0000
"""Data sizes from here on are what recorders write into a pipe when they cannot know the size."""
MAX_HEADER_BYTES = 1 << 20
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_ENCODINGS = {
    (_PCM, 8): "u8",
    (_PCM, 16): "s16le",
    (_PCM, 24): "s24le",
    (_PCM, 32): "s32le",
    (_FLOAT, 32): "f32le",
}
_KINDS = {_PCM: "integer", _FLOAT: "float"}


@dataclass(frozen=True)
class WavHeader:
    """What stands before the samples of a WAV stream."""

    layout: PcmLayout | None
    """how to decode the samples; None when they are compressed or of an unusual width"""
    samples: str
    """what they are in words, as in "16-bit float"; empty when the header does not say it"""
    n_bytes: int
    """length of the samples; -1 when the header does not know it"""
    raw: bytes
    """the bytes of the header itself"""


def read_wav_header(source: ByteSource, name: str) -> WavHeader:
    """Read everything before the first sample.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF), and Microsoft's
    WAVEFORMATEXTENSIBLE.

    Raises:
        AudioFormatError: the stream ends inside the header, or the header makes no sense.
    """
    raw = _exactly(source, 12, name)
    layout, samples = None, ""
    while len(raw) < MAX_HEADER_BYTES:
        head = _exactly(source, 8, name)
        raw += head
        chunk, size = head[:4], int(struct.unpack("<I", head[4:])[0])
        if chunk == b"data":
            n_bytes = -1 if size >= UNKNOWN_BYTES or size == 0 else size
            return WavHeader(layout, samples, n_bytes, raw)
        body = _exactly(source, min(size + size % 2, MAX_HEADER_BYTES), name)
        raw += body
        if chunk == b"fmt ":
            layout, samples = _layout(body, name)
    raise AudioFormatError(f"{name}: damaged WAV: no `data` chunk in the first megabyte")


def _exactly(source: ByteSource, size: int, name: str) -> bytes:
    data = source.read(size)
    if len(data) < size:
        raise AudioFormatError(f"{name}: damaged WAV: it ends inside its header; send all of it")
    return data


def _layout(body: bytes, name: str) -> tuple[PcmLayout | None, str]:
    """Return the layout of the samples, None if it is left to a real decoder; and what they are."""
    if len(body) < 16:
        raise AudioFormatError(f"{name}: damaged WAV: its `fmt ` chunk has {len(body)} bytes")
    tag, channels, rate, _, block, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = struct.unpack("<H", body[24:26])[0]
    if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ or channels < 1:
        raise AudioFormatError(
            f"{name}: damaged WAV: header says {rate} Hz, {channels} channels; "
            f"{MIN_RATE_HZ} to {MAX_RATE_HZ} Hz can be read"
        )
    samples = f"{bits}-bit {_KINDS.get(tag, f'format {tag:#06x}')}"
    encoding = _ENCODINGS.get((tag, bits))
    layout = PcmLayout(encoding, rate, channels) if encoding else None
    return (layout if layout and layout.frame_bytes == block else None), samples
