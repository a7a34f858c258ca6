"""Recordings that parts are measured on: the one that irene comes with, or the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irene.config.sections import Config
from irene.domain.audio import AudioChunk
from irene.errors import AudioFormatError, RequestError
from irene.performance.speech.demo_question import demo_recording
from irene.performance.speech.references import read_references
from irene.pipeline.audio_files import STDIN, read_whole, recording
from irene.plugin.registry import ComponentRegistry

_DEMO_TEXT = "hey jarvis what time is it"


@dataclass(frozen=True)
class Clip:
    """A recording that is worked on again and again."""

    name: str
    """as on the command line"""
    path: Path
    """its file"""
    audio: AudioChunk
    """all of it, as it is stored"""
    text: str | None = None
    """what is said, word for word; None where that is not known"""


def bundled_clips(config: Config, registry: ComponentRegistry) -> list[Clip]:
    """Return the demo's recording: a wake word and a question.

    Raises:
        AudioFormatError: it is missing.
    """
    path = Path(demo_recording())
    return [Clip(path.name, path, _read(str(path), config, registry), _DEMO_TEXT)]


def read_clips(
    files: Sequence[str], reference: Path | None, config: Config, registry: ComponentRegistry
) -> list[Clip]:
    """Return the recordings that a command line names; those that irene comes with without any.

    Args:
        files: paths.
        reference: what they say, see `references.read_references`; None: it is not known.
        config: says what raw files hold.
        registry: offers the input that reads them.

    Raises:
        AudioFormatError: a file is missing, no audio, or holds none.
        ConfigurationError: the reference cannot be read, or says nothing about a recording.
        RequestError: standard input is among them, or there is a reference without a recording.
    """
    if STDIN in files:
        raise RequestError("a recording is read several times: - can be read once only")
    if not files:
        if reference is not None:
            raise RequestError("--reference goes with recordings: name them, too")
        return bundled_clips(config, registry)
    texts = {} if reference is None else read_references(reference, files)
    return [
        Clip(file, Path(file).resolve(), _read(file, config, registry), texts.get(file))
        for file in files
    ]


def _read(file: str, config: Config, registry: ComponentRegistry) -> AudioChunk:
    clip = read_whole(recording(file, config, registry))
    if not clip.n_samples:
        raise AudioFormatError(f"{file}: it holds no audio; name a recording with some")
    return clip
