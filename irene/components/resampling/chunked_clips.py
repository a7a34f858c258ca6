"""Chunks of one recording: joined for one conversion, and cut again where they met."""

from __future__ import annotations

from collections.abc import Sequence

from irene.domain.audio import AudioData
from irene.domain.pcm import check_frames, pcm_format
from irene.errors import AudioFormatError
from irene.providers.resampling import converted_length


def joined(chunks: Sequence[AudioData]) -> AudioData:
    """Return consecutive chunks as one clip; at least one.

    Raises:
        AudioFormatError: a chunk is damaged, or has another layout than the first.
    """
    first = chunks[0]
    for number, chunk in enumerate(chunks):
        if _layout(chunk) != _layout(first):
            raise AudioFormatError(
                f"chunk {number} has {_described(chunk)}, the first one {_described(first)}: "
                "chunks of one stream have one layout"
            )
        try:
            check_frames(chunk.data, chunk.format, chunk.channels)
        except ValueError as error:
            raise AudioFormatError(f"chunk {number}: {error}") from error
    return AudioData(
        b"".join([chunk.data for chunk in chunks]),
        first.timestamp,
        first.sample_rate,
        first.channels,
        first.format,
    )


def cut_alike(whole: AudioData, chunks: Sequence[AudioData]) -> list[AudioData]:
    """Cut a converted clip at the times at which the chunks met that it was made of.

    Each piece keeps the time stamp and the metadata of its chunk, and has those of the clip, too.
    A border lies at the number that a stream which ends there is rounded to.
    """
    width = pcm_format(whole.format).width * whole.channels
    source, target = chunks[0].sample_rate, whole.sample_rate
    frame = pcm_format(chunks[0].format).width * chunks[0].channels
    pieces, start, n_bytes = [], 0, 0
    for chunk in chunks:
        n_bytes += len(chunk.data)
        end = converted_length(n_bytes // frame, source, target) * width
        metadata = chunk.metadata | whole.metadata
        pieces.append(
            AudioData(
                whole.data[start:end],
                chunk.timestamp,
                target,
                whole.channels,
                whole.format,
                metadata,
            )
        )
        start = end
    return pieces


def _layout(chunk: AudioData) -> tuple[int, int, str]:
    return chunk.sample_rate, chunk.channels, chunk.format


def _described(chunk: AudioData) -> str:
    return f"{chunk.sample_rate} Hz, {chunk.channels} channel(s), {chunk.format}"
