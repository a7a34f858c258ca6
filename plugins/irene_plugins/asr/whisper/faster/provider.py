"""faster-whisper: OpenAI's models on CTranslate2, which computes in 8 bits where it can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irene import Asr, Availability, Borrowed, hookimpl
from irene_plugins.asr.whisper.faster.device import ComputeType, choose
from irene_plugins.asr.whisper.faster.sharing import availability, borrowed
from irene_plugins.asr.whisper.options import HearingOptions, usable_cores
from irene_plugins.asr.whisper.recogniser import WhisperRecogniser

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.faster.engine import Share

_UTTERANCES = 4
"""that may be open at the same time whatever is decoded at once: most of the time, one only
listens"""


@dataclass(frozen=True)
class FasterWhisperOptions(HearingOptions):
    """The `[asr.providers.faster-whisper]` table."""

    compute_type: ComputeType = "auto"
    """type of the numbers that the model computes with; auto takes int8 on a processor and float16
    on a GPU, where they have it"""
    parallel: int = 1
    """windows of different utterances that are worked on at the same time; each takes `threads`
    cores"""
    batch: int = 4
    """windows of different utterances that are decoded together at most, when several wait"""

    def __post_init__(self) -> None:
        """Refuse what no model could use."""
        super().__post_init__()
        for name, highest in (("parallel", 64), ("batch", 256)):
            if not 1 <= getattr(self, name) <= highest:
                raise ValueError(f"{name} = {getattr(self, name)}: use 1 to {highest}")

    @property
    def share(self) -> Share:
        """How much of the machine the model takes."""
        from irene_plugins.asr.whisper.faster.engine import Share

        cores = max(1, usable_cores() // self.parallel)
        return Share(self.n_threads(cores), self.parallel, self.batch)


class FasterWhisperAsr(WhisperRecogniser[FasterWhisperOptions]):
    """One model in memory for all utterances; they share nothing else.

    The engine is safe in threads. Utterances that want a window decoded at the same time get it
    side by side (`parallel`) or together (`batch`).
    """

    name = "faster-whisper"
    summary = "OpenAI Whisper on CTranslate2, 99 languages, models from 75 MB"
    Options = FasterWhisperOptions

    def __init__(self, options: FasterWhisperOptions | None = None) -> None:
        super().__init__(options)
        together = self.options.parallel * self.options.batch
        self.capabilities = replace(
            self.capabilities, max_concurrency=max(_UTTERANCES, 2 * together), together=together
        )

    @classmethod
    def model_fault(cls, path: Path) -> str:
        """Return what the folder of a converted model lacks."""
        from irene_plugins.asr.whisper.faster.folder import ModelFolder

        folder = path if path.is_dir() else path.parent
        return ModelFolder(folder).fault()

    def _check(self) -> Availability:
        return availability(self.kind, self.options.wanted)

    def _borrow(self) -> Borrowed[Any]:
        options = self.options
        device = choose(options.device, options.compute_type)
        return borrowed(self.engines, options.wanted, device, options.share)


@hookimpl
def irene_asrs() -> list[type[Asr[Any]]]:
    """Offer this plugin's recogniser."""
    return [FasterWhisperAsr]
