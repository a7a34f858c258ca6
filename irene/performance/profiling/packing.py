"""A profile as bytes: for the file of measurements, and for the control socket."""

from __future__ import annotations

import base64
import binascii
import json
import zlib

from irene.errors import ConfigurationError
from irene.performance.profiling.profile import Profile

_DAMAGED = "the profile is damaged"


def packed(profile: Profile) -> bytes:
    """Return a profile as compressed JSON (zlib, RFC 1950)."""
    return zlib.compress(json.dumps(profile.to_dict()).encode(), level=6)


def unpacked(body: bytes) -> Profile:
    """Return what was packed.

    Raises:
        ConfigurationError: it is damaged, or of another version.
    """
    try:
        data = json.loads(zlib.decompress(body))
    except (zlib.error, ValueError):
        raise ConfigurationError(_DAMAGED) from None
    if not isinstance(data, dict):
        raise ConfigurationError(_DAMAGED)
    return Profile.from_dict(data)


def to_text(profile: Profile) -> str:
    """Return it as a text of one line (Base64 of the above)."""
    return base64.b64encode(packed(profile)).decode()


def from_text(text: str) -> Profile:
    """Return what `to_text` gave.

    Raises:
        ConfigurationError: it is damaged, or of another version.
    """
    try:
        return unpacked(base64.b64decode(text, validate=True))
    except binascii.Error:
        raise ConfigurationError(_DAMAGED) from None
