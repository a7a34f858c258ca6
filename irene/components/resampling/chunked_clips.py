"""Chunks of one recording: joined for one conversion, and cut again where they met."""

from __future__ import annotations

from collections.abc import Sequence

from irene.components.clip_checks import Layout, layout_of_clip
from irene.domain.audio import AudioData
from irene.domain.pcm import check_frames, pcm_format
from irene.errors import AudioFormatError
from irene.providers.resampling import converted_length


def joined(chunks: Sequence[AudioData]) -> AudioData:
    """Return consecutive chunks as one clip; at least one.

    Raises:
        AudioFormatError: a chunk is damaged, or has another layout than the first.
    """
    first = layout_of_clip(chunks[0])
    for number, chunk in enumerate(chunks):
        layout = layout_of_clip(chunk)
        if layout != first:
            raise AudioFormatError(
                f"chunk {number} has {_described(layout)}, the first one {_described(first)}: "
                "chunks of one stream have one layout"
            )
        try:
            check_frames(chunk.data, layout.format, layout.channels)
        except ValueError as error:
            raise AudioFormatError(f"chunk {number}: {error}") from error
    return AudioData(b"".join([chunk.data for chunk in chunks]), chunks[0].timestamp, *first)


def cut_alike(whole: AudioData, chunks: Sequence[AudioData]) -> list[AudioData]:
    """Cut a converted clip at the times at which the chunks met that it was made of.

    Each piece keeps the time stamp and the metadata of its chunk, and has those of the clip, too.
    A border lies at the number that a stream which ends there is rounded to.
    """
    width = pcm_format(whole.format).width * whole.channels
    first, target = layout_of_clip(chunks[0]), whole.sample_rate
    frame = pcm_format(first.format).width * first.channels
    pieces, start, n_bytes = [], 0, 0
    for chunk in chunks:
        n_bytes += len(chunk.data)
        end = converted_length(n_bytes // frame, first.sample_rate, target) * width
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


def _described(layout: Layout) -> str:
    return f"{layout.sample_rate} Hz, {layout.channels} channel(s), {layout.format}"
