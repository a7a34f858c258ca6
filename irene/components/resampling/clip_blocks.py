"""A long clip, converted piece by piece: in the memory of a short one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

from irene.components.resampling.clip_conversion import RESAMPLING_WORK, ClipConversion, peak_of
from irene.domain.audio import Samples
from irene.errors import ProviderFailedError
from irene.memory.pool import AudioBufferPool
from irene.providers.resampling import Resampler, ResampleStream

BLOCK_VALUES = 192_000
"""samples times channels that are converted at once: of fewer, soxr makes more work"""


class Block(NamedTuple):
    """A piece of a clip."""

    start: int
    """number of its first frame"""
    data: memoryview
    """whole frames"""


def converted_in_blocks(
    clip: ClipConversion,
    resampler: Resampler[Any],
    scratch: AudioBufferPool,
    done: list[bytes] | None = None,
) -> bytes:
    """Return bit for bit what `clip.by(resampler)` returns; blocks.

    Whoever wants to know how far it is looks at `done`, which takes the pieces. A resampler may
    keep the samples that it is given: `scratch` does not lend memory again that somebody still
    sees.

    Raises:
        AudioFormatError: the clip holds a sample that is no number.
        ProviderFailedError: the resampler raised, or returned something else than it must.
    """
    pieces = [] if done is None else done
    n_done, scale = 0, clip.scale(resampler.linear)
    for converted in _converted(clip, resampler, scratch):
        n_done += len(converted)
        pieces.append(clip.write(converted, scale))
    if n_done != clip.n_converted:
        raise ProviderFailedError(
            f"{resampler.name} made {n_done} samples; {clip.n_converted} is right"
        )
    return b"".join(pieces)


def _converted(
    clip: ClipConversion, resampler: Resampler[Any], scratch: AudioBufferPool
) -> Iterator[Samples]:
    source, target = clip.source, clip.target
    with ExitStack() as stack:
        with RESAMPLING_WORK:
            stream = resampler.open_stream(
                source.sample_rate, target.sample_rate, clip.channels, clip.quality
            )
        stack.callback(_close, stream)
        for block in _blocks(clip):
            with ExitStack() as lent:
                samples = _read(clip, resampler.linear, block, lent, scratch)
                with RESAMPLING_WORK:
                    ready = _checked(stream.process(samples), clip, resampler)
                del samples
            yield ready
        with RESAMPLING_WORK:
            rest = _checked(stream.flush(), clip, resampler)
        yield rest


def _close(stream: ResampleStream) -> None:
    with RESAMPLING_WORK:
        stream.close()


def _read(
    clip: ClipConversion, raw: bool, block: Block, lent: ExitStack, scratch: AudioBufferPool
) -> Samples:
    """Return a block as floats, in memory that is lent until the stack is closed."""
    channels = clip.source.channels
    n_values = len(block.data) // clip.source_pcm.width
    values = lent.enter_context(scratch.acquire(n_values))
    if clip.channels == channels:
        return clip.read(block.data, raw, block.start, (values.data, None))
    mean = lent.enter_context(scratch.acquire(n_values // channels))
    return clip.read(block.data, raw, block.start, (values.data, mean.data))


def _checked(converted: Samples, clip: ClipConversion, resampler: Resampler[Any]) -> Samples:
    peak_of(converted, len(converted), clip.channels, resampler.name)
    return converted


def _blocks(clip: ClipConversion) -> Iterator[Block]:
    width = clip.source_pcm.width * clip.source.channels
    n_frames = max(1, BLOCK_VALUES // clip.source.channels)
    data = memoryview(clip.data)
    for start in range(0, clip.n_frames, n_frames):
        yield Block(start, data[start * width : (start + n_frames) * width])
