"""Playing a WAV file where there is a loudspeaker."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import cast

import numpy as np

from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.plugin.registry import ComponentRegistry
from irene.providers.output import Output

SPEAKER = "speaker"
"""name of the output that plays on the machine's own sound device"""


def play_file(path: Path, registry: ComponentRegistry) -> bool:
    """Play a mono int16 WAV file; return whether it could be heard."""
    if SPEAKER not in registry.entries(Kind.OUTPUT):
        return False
    output = cast("Output[object]", registry.create(Kind.OUTPUT, SPEAKER))
    with wave.open(str(path), "rb") as file:
        sample_rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    try:
        output.load()
        stream = output.open_stream(sample_rate)
        try:
            stream.write(samples)
            stream.finish()
        except BaseException:
            stream.abort()
            raise
    except IreneError:
        return False  # a machine without sound is nothing to complain about here
    finally:
        output.close()
    return True
