"""Why a text file that somebody wrote cannot be read, and what would be right."""

from __future__ import annotations

import codecs

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def why_unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return the reason as part of a message, without the name of the file."""
    if isinstance(error, UnicodeDecodeError):
        return f"line {undecodable_line(error)}: {why_undecodable(error)}"
    return (error.strerror or str(error)).lower()


def undecodable_line(error: UnicodeDecodeError) -> int:
    """Return the line of the first byte that is no UTF-8, from 1; the file was decoded as one."""
    return error.object.count(b"\n", 0, error.start) + 1


def why_undecodable(error: UnicodeDecodeError) -> str:
    """Return what is wrong with a text that is no UTF-8, and the cure."""
    if error.object.startswith(_UTF16):
        return "it is UTF-16; save it as UTF-8"
    return f"byte 0x{error.object[error.start]:02x} is no UTF-8 text; save the file as UTF-8"
