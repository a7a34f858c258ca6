"""The options that all engines for Whisper models have."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.query import Effort
    from irene_plugins.asr.whisper.stream import Hearing

ComputeType = Literal["auto", "float32", "float16"]
"""types of numbers that a model on PyTorch may compute with"""

_MOST_THREADS = 4
"""more bring little: each step of a decoder is small"""
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class HearingOptions:
    """What is asked of a Whisper model, whichever engine runs it."""

    model: str = field(default="base", metadata={"path": "model"})
    """name of a model, such as `base` or `small.en`, or path of a file; nothing is downloaded"""
    model_size: str = ""
    """name of a model, as tuning guides write it; counts instead of `model` unless it is empty"""
    language: str = ""
    """empty: the language that the assistant is in; `auto`: found out for each utterance; a BCP 47
    tag: always this one"""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """where the model runs; auto takes a GPU if there is one"""
    threads: int = field(default=0, metadata={"minimum": 0})
    """processor cores that one window may take; 0: all, but at most four"""
    word_times: bool = True
    """whether words carry times, which takes a further pass of the decoder for each window"""
    beam_size: int = 1
    """texts that are followed at the same time; 5 is what the models were measured with, and takes
    a multiple of the time"""
    temperature_fallback: bool = True
    """whether a doubtful text is tried again, up to five times, at higher temperatures"""
    no_speech_threshold: float = 0.6
    """probability, 0 to 1, from which on nobody has spoken, if the text is not sure either; a sure
    one is no sentence that can be understood"""
    logprob_threshold: float = -1.0
    """mean natural logarithm of the probabilities of the tokens below which a text is not sure"""
    compression_ratio: float = 2.4
    """how many times shorter a text may become when it is compressed; one that repeats itself
    becomes shorter, is tried again, and loops that are left are cut"""
    least_confidence: float = 0.4
    """sentences that can be understood count as something else when the model is less sure, 0 to 1:
    the geometric mean of the probabilities of the tokens"""
    confirm: bool = False
    """whether a sentence that can be understood has to be heard without the prompt as well: less
    of what else is said is taken for a command, for a further pass of the decoder"""
    prompt_tokens: int = 200
    """tokens of the prompt that is made of the sentences that can be understood; half of what the
    model can write at most; 0 gives none"""
    hotwords: str = ""
    """names and rare words that may be said; they are put before every other prompt, and take up to
    half of its tokens"""
    carry_text: bool = True
    """whether the text of one window is the prompt of the next one, unless it is doubtful"""
    in_pauses: bool = True
    """whether what was said so far is recognised when somebody pauses, so that the text is there
    if nothing follows; takes a window for each pause"""
    partial_every_s: float = 1.0
    """seconds of live speech from one partial hypothesis to the next, each of which takes a window;
    0: in pauses only"""
    partial_share: float = 0.25
    """most of the time that partial hypotheses may take, above 0, up to 1: on a slow machine there
    are fewer"""

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        for name, lowest, highest in (
            ("threads", 0, 1024),
            ("beam_size", 1, 100),
            ("no_speech_threshold", 0, 1),
            ("logprob_threshold", -100, 0),
            ("compression_ratio", 1, 1000),
            ("least_confidence", 0, 1),
            ("prompt_tokens", 0, 1000),
            ("partial_every_s", 0, 60),
            ("partial_share", 0.01, 1),
        ):
            value = getattr(self, name)
            if not lowest <= value <= highest or not math.isfinite(value):
                raise ValueError(f"{name} = {value}: use {lowest} to {highest}")

    @property
    def wanted(self) -> str:
        """Name or path of the model."""
        return self.model_size or self.model

    @property
    def effort(self) -> Effort:
        """How hard the decoder tries."""
        from irene_plugins.asr.whisper.guards import Guards
        from irene_plugins.asr.whisper.query import Effort

        guards = Guards(self.no_speech_threshold, self.logprob_threshold, self.compression_ratio)
        temperatures = _TEMPERATURES if self.temperature_fallback else _TEMPERATURES[:1]
        return Effort(temperatures, self.beam_size, guards)

    @property
    def hearing(self) -> Hearing:
        """How utterances are recognised."""
        from irene_plugins.asr.whisper.stream import Hearing

        return Hearing(
            self.least_confidence,
            self.confirm,
            self.carry_text,
            self.in_pauses,
            self.partial_every_s,
            self.partial_share,
        )

    def n_threads(self, n_cores: int | None = None) -> int:
        """Return how many threads one window may take, of the cores that this process may use."""
        if self.threads:
            return self.threads
        return max(1, min(_MOST_THREADS, usable_cores() if n_cores is None else n_cores))


def usable_cores() -> int:
    """Return how many cores this process may use, as `OMP_NUM_THREADS` and the system say."""
    told = os.environ.get("OMP_NUM_THREADS", "")
    if told.isdigit() and int(told):
        return int(told)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
