"""How carefully a rate is converted: names of the configuration, and the choice of `adaptive`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from irene.domain.audio import ResampleQuality

Use = Literal["voice_trigger", "vad", "asr", "playback", "clip"]
"""Who gets the converted audio: a slot that listens live, a loudspeaker, or whoever has a clip."""

USES: dict[str, Use] = {use: use for use in get_args(Use)}
"""Every use by its name, which for a slot is that of its section."""

QUALITIES = {
    "fast": ResampleQuality.LQ,
    "medium": ResampleQuality.MQ,
    "high": ResampleQuality.HQ,
    **{quality.value: quality for quality in ResampleQuality},
}
"""Every fixed quality by its name in the configuration."""

BUSY = 0.85
"""share of the machine's cores in use from which `adaptive` saves work"""
_LATE_RATIO = 6
"""source rate over target rate from which HQ holds back twice as much as MQ"""
_CHEAPER = {ResampleQuality.HQ: ResampleQuality.MQ, ResampleQuality.MQ: ResampleQuality.LQ}


@dataclass(frozen=True, slots=True)
class QualityChoice:
    """A quality and why it is the right one."""

    quality: ResampleQuality
    reason: str
    """one line for people"""


def adapt(
    source_rate: int, target_rate: int, use: Use = "clip", load: float | None = None
) -> QualityChoice:
    """Choose a quality by what the audio is for, the ratio of the rates, and the machine's load.

    The figures behind it are in `docs/explanation/audio.md`.

    Args:
        source_rate: Hz.
        target_rate: Hz.
        use: what the audio is for.
        load: share of the machine's cores in use, 0 to 1; None where nobody measured it.
    """
    choice = _by_use(source_rate, target_rate, use)
    if load is None or load < BUSY or choice.quality not in _CHEAPER:
        return choice
    cheaper = _CHEAPER[choice.quality]
    reason = f"{choice.reason}; one step cheaper, as the machine is {load:.0%} busy"
    return QualityChoice(cheaper, reason)


def _by_use(source_rate: int, target_rate: int, use: Use) -> QualityChoice:
    if use in ("voice_trigger", "vad"):
        return QualityChoice(ResampleQuality.LQ, f"{use} needs little of the band and no delay")
    if use == "playback":
        high, low = max(source_rate, target_rate), min(source_rate, target_rate)
        if high % low == 0:
            return QualityChoice(ResampleQuality.MQ, "whole-number ratio: no image is audible")
        return QualityChoice(ResampleQuality.HQ, "a loudspeaker gives all of the band")
    if use == "asr" and source_rate >= _LATE_RATIO * target_rate:
        return QualityChoice(
            ResampleQuality.MQ, "from so high a rate, HQ would hold back twice as much"
        )
    whose = "recognition" if use == "asr" else "a clip"
    return QualityChoice(ResampleQuality.HQ, f"{whose} gets all of the band")
