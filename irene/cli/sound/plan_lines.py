"""The audio plan as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from irene.cli.terminal.layout import columns
from irene.domain.audio import AudioFormat

if TYPE_CHECKING:
    from irene.pipeline.audio_outline import (
        AudioOutline,
        ConsumerOutline,
        ConversionOutline,
        SourceOutline,
    )

_TITLES = ("who", "provider", "is fed", "at a time", "conversion", "delay", "pre-roll")
_KNOWN = {
    "input": "as it is",
    "configuration": "as configured",
    "option": "as the options say",
}


def plan_lines(outline: AudioOutline) -> Iterator[str]:
    """Yield the lines of a plan."""
    yield f"input: {_source(outline.source)}"
    if outline.echo is not None:
        by = f" by {outline.echo.provider}" if outline.echo.provider else ""
        yield f"echo: {outline.echo.mode}{by} at {outline.echo.sample_rate} Hz"
    yield ""
    yield from columns(_TITLES, [_row(one) for one in outline.consumers])
    yield ""
    yield from map(_conversion, outline.conversions)
    if not outline.conversions:
        yield "nothing is resampled"
    for consumer in outline.consumers:
        yield from _fallbacks(consumer)
    if (voice := outline.voice) is not None:
        rate = f"{voice.sample_rate} Hz mono int16" if voice.sample_rate else "a rate of its own"
        yield f"voice: {voice.provider}, {rate} -> {voice.output}, which converts if it must"
    else:
        yield "voice: none"
    yield from _conflicts(outline)


def _source(source: SourceOutline) -> str:
    form = _form(source.sample_rate, source.channels, source.sample_type)
    frames = source.block_frames
    block = (
        "" if frames is None else f", {frames} frames ({_ms(frames, source.sample_rate)}) a read"
    )
    return f"{source.provider}, {form}{block}, {_KNOWN[source.known_from]}"


def _row(one: ConsumerOutline) -> tuple[str, ...]:
    window = one.window_samples
    return (
        one.name,
        one.provider,
        _form(one.sample_rate, one.channels, one.sample_type),
        "any" if window is None else f"{window} ({_ms(window, one.sample_rate)})",
        _how(one),
        f"{one.delay_mean_ms:.0f} ms, most {one.delay_max_ms:.0f}" if one.quality else "none",
        "-" if one.pre_roll_ms is None else f"{one.pre_roll_ms} ms",
    )


def _how(one: ConsumerOutline) -> str:
    if one.quality is None:
        return "as it is"
    if one.decided_by == one.name:
        return one.quality
    return f"{one.quality}, shared with {one.decided_by}"


def _conversion(one: ConversionOutline) -> str:
    return (
        f"conversion: {one.from_hz} -> {one.to_hz} Hz, {one.quality}, by {one.provider} for "
        f"{', '.join(one.consumers)}: {one.work_ms_per_s:.2f} ms of work per second"
    )


def _fallbacks(consumer: ConsumerOutline) -> Iterator[str]:
    for one in consumer.fallbacks:
        takes = ", ".join(map(str, one.sample_rates))
        fits = "stands in" if one.fits else f"left out, since it takes {takes} Hz"
        yield f"fallback: {consumer.name}, {one.provider}: {fits}"


def _conflicts(outline: AudioOutline) -> Iterator[str]:
    for one in outline.conflicts:
        place = one.file if one.line is None else f"{one.file}:{one.line}"
        level = "warning: " if one.level == "warning" else ""
        yield f"{place}: {level}{one.message}"


def _form(sample_rate: int, channels: int, sample_type: str) -> str:
    layout = AudioFormat(sample_rate, channels)
    return f"{str(layout).rpartition(' ')[0]} {sample_type}"


def _ms(n_samples: int, sample_rate: int) -> str:
    return f"{1000 * n_samples / sample_rate:.3g} ms"
