"""Audio that a command line names: files, and what is piped in."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from math import inf
from typing import Any, cast

import numpy as np

from irene.config.sections import Config
from irene.domain.audio import AudioChunk
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry
from irene.providers.input import Input

STDIN = "-"
"""name of the recording that is piped in"""


def recording(file: str, config: Config, registry: ComponentRegistry) -> Input[Any]:
    """Return the `file` or `stdin` input with the options of its table; nothing is opened yet."""
    name = "stdin" if file == STDIN else "file"
    tables = config.inputs.providers
    options = tables[name].options if name in tables else None
    if options is None:
        options = registry.find(Kind.INPUT, name).cls.Options()
    if file != STDIN:
        options = replace(cast("Any", options), path=file)
    return cast("Input[Any]", registry.create(Kind.INPUT, name, options))


def read_whole(source: Input[Any], longest_s: float = inf) -> AudioChunk:
    """Return all of a recording as it is stored; of a longer one little more than so many seconds.

    Raises:
        AudioFormatError: it is missing, or no audio.
    """
    blocks, n_samples = [], 0
    with closing(source.open_stream()) as stream:
        rate = stream.format.sample_rate
        while n_samples <= longest_s * rate and (block := stream.read()) is not None:
            blocks.append(block)
            n_samples += block.shape[0]
    return AudioChunk(np.concatenate(blocks) if blocks else np.zeros(0, np.int16), rate)
