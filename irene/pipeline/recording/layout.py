"""What a recorded session consists of: the names and forms of the parts of its file."""

from __future__ import annotations

from typing import Literal

FORMAT = 1
"""version of the form; a reader refuses newer ones"""
SUFFIX = ".irene.zip"
"""how the file of a session ends"""
UNFINISHED = ".unfinished"
"""how the folder of a session ends that is being recorded, or whose assistant was killed"""

FACTS = "session.json"
"""what is known of the recording: versions, providers, form of the audio, how it ended"""
CONFIG = "config.toml"
"""the configuration, without secrets"""
EVENTS = "events.jsonl"
"""one event a line, as `irene run --json` prints it, with `at`: local date and time"""
TYPED = "typed.jsonl"
"""one request a line that was typed: `session`, `time_s`, `text`, `at`"""
CHUNKS = "chunks.csv"
"""how the audio came: `first_sample,n_samples,count`, a line for chunks of one length in a row"""
AUDIO = "audio.wav"
"""the audio as the input brought it"""
RAW_AUDIO = "audio.pcm"
"""the same in an unfinished session, without a header"""
SENTENCES = "sentences"
"""folder of the files of `intents.sentences`, below the number of their place in that list"""

Pace = Literal["live", "in_step", "typed"]
"""How time went: as for a microphone, as fast as everything was answered, or nothing was heard."""

WAV_HEADER = 44
"""bytes before the samples"""
MOST_AUDIO = 2**32 - 1 - WAV_HEADER
"""bytes that a WAV file holds at most"""


def wav_header(sample_rate: int, channels: int, dtype: str, n_bytes: int) -> bytes:
    """Return the header of a WAV file (RIFF, Microsoft 1991) of int16 or float32 samples."""
    code, width = (3, 4) if dtype == "float32" else (1, 2)
    frame = channels * width

    def numbers(*pairs: tuple[int, int]) -> bytes:
        return b"".join(value.to_bytes(size, "little") for value, size in pairs)

    form = numbers((code, 2), (channels, 2), (sample_rate, 4), (sample_rate * frame, 4))
    form += numbers((frame, 2), (8 * width, 2))
    riff = b"RIFF" + numbers((36 + n_bytes, 4)) + b"WAVEfmt " + numbers((16, 4)) + form
    return riff + b"data" + numbers((n_bytes, 4))
