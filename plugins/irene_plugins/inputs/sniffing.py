"""What the first bytes of a file say that it is: audio that can be read, or something else."""

from __future__ import annotations

SNIFFED_BYTES = 4096
"""Bytes that the functions here want to see."""

READABLE = "WAV, FLAC, OGG (Vorbis, Opus), MP3, AIFF, AU, CAF, W64 and NIST SPHERE"
"""Containers that the `file` input reads."""

_CONTAINERS = (
    (0, b"fLaC", "FLAC"),
    (0, b"OggS", "OGG"),
    (0, b"ID3", "MP3"),
    (0, b"RF64", "WAV"),
    (0, b"riff", "W64"),
    (0, b".snd", "AU"),
    (0, b"caff", "CAF"),
    (0, b"NIST_1A", "NIST SPHERE"),
    (8, b"WAVE", "WAV"),
    (8, b"AIFF", "AIFF"),
    (8, b"AIFC", "AIFF"),
)
_FOREIGN = (
    (0, b"version https://git-lfs", "a Git LFS pointer, not the audio: run `git lfs pull`"),
    (28, b"\x7fFLAC", "Ogg FLAC, which is not supported"),
    (4, b"ftyp", "MPEG-4 audio (m4a), which is not supported"),
    (0, b"\x1aE\xdf\xa3", "WebM or Matroska, which is not supported"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "Windows Media audio, which is not supported"),
    (0, b"#!AMR", "AMR audio, which is not supported"),
    (0, b"PK\x03\x04", "a ZIP archive, not audio"),
    (0, b"\x1f\x8b", "a gzip archive, not audio"),
    (0, b"%PDF", "a PDF document, not audio"),
)
_MP3_KBPS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES_HZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_PRINTABLE = bytes(range(32, 127)) + b"\t\n\r\f"


def container_of(head: bytes) -> str:
    """Return the name of the audio container that starts with `head`; empty when none does."""
    for offset, magic, name in _CONTAINERS:
        if head.startswith(magic, offset):
            return name
    return "MP3" if _is_mp3(head) else ""


def foreign_content(head: bytes) -> str:
    """Say what this is when it is known not to be readable audio; empty when unknown."""
    for offset, magic, what in _FOREIGN:
        if head.startswith(magic, offset):
            return what
    is_text = len(head) >= 16 and not head.translate(None, _PRINTABLE)
    return "text, not audio" if is_text else ""


def _is_mp3(head: bytes) -> bool:
    """Tell an MPEG layer III stream from noise: one frame header must lead to the next."""
    length = _mp3_frame_bytes(head[:4])
    return length > 0 and _mp3_frame_bytes(head[length : length + 4]) > 0


def _mp3_frame_bytes(header: bytes) -> int:
    """Return the length of the frame that starts with these four bytes; 0 when none does.

    Source: ISO/IEC 11172-3 §2.4.2.3 and 13818-3 (fields of the frame header).
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version = header[1] >> 3 & 3
    rate_index, bitrate_index = header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or rate_index == 3 or bitrate_index in (0, 15):
        return 0
    kbps = _MP3_KBPS[3 if version == 3 else 2][bitrate_index]
    per_frame = 144_000 if version == 3 else 72_000
    return per_frame * kbps // _MP3_RATES_HZ[version][rate_index] + (header[2] >> 1 & 1)
