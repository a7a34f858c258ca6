"""A checkpoint on openai-whisper: whether it is there, and one engine for all who ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irene import Availability, Borrowed, Kind, ProviderFailedError, SharedEngines, needs_package
from irene_plugins.asr.whisper.checkpoint import cure, find_checkpoint

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.engine import WhisperEngine
    from irene_plugins.asr.whisper.options import ComputeType


def availability(kind: Kind, model: str) -> Availability:
    """Return whether package and model are there, or what is missing for a slot of this kind."""
    engine = needs_package("whisper", "whisper")
    if not engine.ready or find_checkpoint(model) is not None:
        return engine
    missing = f"model {model!r} is not installed"
    return Availability(False, missing, cure(model, kind), is_model=True)


def borrowed(
    engines: SharedEngines, model: str, device: str, n_threads: int, compute_type: ComputeType
) -> Borrowed[WhisperEngine]:
    """Return the use of a loaded model; equal arguments share one engine.

    Raises:
        ProviderFailedError: the model is not there any more.
    """
    from irene_plugins.asr.whisper.engine import WhisperEngine

    checkpoint = find_checkpoint(model)
    if checkpoint is None:
        raise ProviderFailedError(f"model {model!r} is not there any more")
    return engines.borrow(
        ("openai-whisper", str(checkpoint), device, n_threads, compute_type),
        lambda: WhisperEngine.load(checkpoint, device, n_threads, compute_type),
        WhisperEngine.close,
    )
