"""A model on CTranslate2: whether it is there, and one engine for all who ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irene import Availability, Borrowed, Kind, ProviderFailedError, SharedEngines, needs_package

if TYPE_CHECKING:
    from irene_plugins.asr.whisper.faster.device import Device
    from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine, Share


def availability(kind: Kind, model: str) -> Availability:
    """Return whether package and model are there, or what is missing for a slot of this kind."""
    from irene_plugins.asr.whisper.faster.folder import cure, find_folder

    engine = needs_package("faster_whisper", "faster-whisper")
    folder = find_folder(model) if engine.ready else None
    if not engine.ready or (folder is not None and not folder.missing()):
        return engine
    missing = f"model {model!r} is not installed"
    if folder is not None:
        missing = f"{folder.path} is no Whisper model for CTranslate2 (no {folder.missing()})"
    return Availability(False, missing, cure(model, kind), is_model=True)


def borrowed(
    engines: SharedEngines, model: str, device: Device, share: Share
) -> Borrowed[FasterWhisperEngine]:
    """Return the use of a loaded model; equal arguments share one engine.

    Raises:
        ProviderFailedError: the model is not there any more.
    """
    from irene_plugins.asr.whisper.faster.engine import FasterWhisperEngine
    from irene_plugins.asr.whisper.faster.folder import find_folder

    folder = find_folder(model)
    if folder is None:
        raise ProviderFailedError(f"model {model!r} is not there any more")
    return engines.borrow(
        ("faster-whisper", str(folder.path), device, share),
        lambda: FasterWhisperEngine.load(folder, device, share),
        FasterWhisperEngine.close,
    )
