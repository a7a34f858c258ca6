"""A resampler of the user's own: a file in a folder, chosen by name in TOML."""

import asyncio
import json
from pathlib import Path

import pytest
import soundfile

from irene import ConfigurationError
from irene.components.asr_component import ASRComponent
from irene.components.assembly import Assembly
from irene.components.resampling.clip_conversion import ClipConversion
from irene.config.loading import load_config, registry_for
from irene.domain.audio import AudioData, ResampleQuality
from irene.pipeline.assistant import Assistant

PLUGIN = '''
"""Conversion by a windowed sinc in numpy, once for the whole clip: slow, short and exact."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from irene import Resampler, ResampleStream, hookimpl


class SincStream(ResampleStream):
    def __init__(self, source_rate, target_rate, half):
        self._rates, self._half, self._parts = (source_rate, target_rate), half, []

    def process(self, samples):
        self._parts.append(np.array(samples))
        return np.zeros(0, np.float32)

    def flush(self):
        source, target = self._rates
        samples = np.concatenate([*self._parts, np.zeros(0, np.float32)])
        n = (2 * len(samples) * target + source) // (2 * source)
        cutoff, half = 0.95 * min(1.0, target / source), self._half
        padded = np.pad(samples, half)
        at = np.arange(n) * source / target
        left = np.floor(at).astype(int)
        offsets = np.arange(-half + 1, half + 1)
        distance = at[:, None] - (left[:, None] + offsets)
        window = np.cos(np.pi * distance / (2 * half + 2)) ** 2
        kernel = cutoff * np.sinc(cutoff * distance) * window
        taken = padded[np.minimum(left[:, None] + offsets + half, len(padded) - 1)]
        return np.einsum("ij,ij->i", taken, kernel).astype(np.float32)


@dataclass(frozen=True)
class SincOptions:
    half_width: int = 24
    """source samples on each side"""
    log: str = ""
    """file that is told of every stream"""


class SincResampler(Resampler):
    name = "sinc"
    Options = SincOptions

    def open_stream(self, source_rate, target_rate, channels, quality):
        if self.options.log:
            with Path(self.options.log).open("a") as file:
                file.write(json.dumps([source_rate, target_rate, quality.value]) + "\\n")
        return SincStream(source_rate, target_rate, self.options.half_width)


@hookimpl
def irene_resamplers():
    return [SincResampler]
'''

CONFIG = """
[plugins]
paths = ["my_plugins"]

[resampling]
default_provider = "my sinc"
fallback_providers = ["soxr"]
cache_size = 5

[resampling.providers."my sinc"]
type = "sinc"
half_width = 32
log = "{log}"

[voice_trigger]
enabled = false

[tts]
enabled = false

[intent_recognition]
enabled = false

[asr]
grammar = "off"

[inputs]
default_provider = "file"

[inputs.providers.file]
path = "{audio}"

[outputs]
default_provider = "none"
"""


@pytest.fixture
def house(tmp_path, data_folder):
    """A folder with a configuration, a plugin and a recording at 48 kHz."""
    soxr = pytest.importorskip("soxr", reason="the recording is made with it")
    pytest.importorskip("pocketsphinx", reason="the recogniser is not installed")
    speech, rate = soundfile.read(data_folder / "commands" / "rhasspy3__what_time_is_it.wav")
    soundfile.write(tmp_path / "question.wav", soxr.resample(speech, rate, 48_000), 48_000)
    (tmp_path / "my_plugins").mkdir()
    (tmp_path / "my_plugins" / "sinc.py").write_text(PLUGIN)
    config = CONFIG.format(log=tmp_path / "streams.log", audio=tmp_path / "question.wav")
    (tmp_path / "irene.toml").write_text(config)
    return tmp_path


def assembly_of(house: Path) -> Assembly:
    registry = registry_for(house / "irene.toml")
    return Assembly(load_config(house / "irene.toml", registry=registry), registry)


def streams_of(house):
    """Return (source rate, target rate, quality) of every stream that the plugin opened."""
    return [json.loads(line) for line in (house / "streams.log").read_text().splitlines()]


def clip(house):
    samples, rate = soundfile.read(house / "question.wav", dtype="int16")
    return AudioData(samples.tobytes(), 0.0, rate)


def test_it_serves_the_assistant(house):
    """What is said in a 48 kHz recording is heard through it, and nothing else converts."""

    async def main():
        async with Assistant.from_config(house / "irene.toml") as assistant:
            return [event async for event in assistant.run()]

    events = asyncio.run(main())
    (transcript,) = [event for event in events if event.event == "transcript"]
    assert transcript.text == "what time is it"
    assert [48_000, 16_000, "HQ"] in streams_of(house)
    assert not [event for event in events if event.event == "provider_failed"]


def test_it_serves_a_component_and_its_cache(house):
    """A clip that is recognised twice is converted once."""
    assembly = assembly_of(house)
    asr = ASRComponent(assembly.asr_slot())
    texts = [asyncio.run(asr.process_audio(clip(house))).text for _ in range(2)]
    assert texts == ["what time is it"] * 2
    assert streams_of(house) == [[48_000, 16_000, "HQ"]]
    assert assembly.resampling.stats().clip.hits == 1
    assert assembly.resampling.stats().max_entries == 5


def test_its_name_is_the_one_of_its_table(house):
    """Two tables of one plugin are two resamplers."""
    resampling = assembly_of(house).resampling
    wanted = ClipConversion.of(clip(house), 16_000, ResampleQuality.HQ)
    assert resampling.convert(wanted).provider == "my sinc"


def test_a_name_that_nobody_offers_is_refused_before_anything_starts(house):
    """With the nearest one that there is."""
    text = (house / "irene.toml").read_text().replace('type = "sinc"', 'type = "sing"')
    (house / "irene.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="'sing'; did you mean 'sinc'"):
        assembly_of(house)
