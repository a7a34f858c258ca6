"""What the values of keys are held to: metadata that the fields of the sections share."""

from __future__ import annotations

_HOUR_MS = 3_600_000

TIME_MS = {"range": (0, _HOUR_MS)}
HOLD_MS = {"range": (100, _HOUR_MS)}
"""What is shorter than a window of an engine ends before that has heard any."""
TIMEOUT_MS = {"range": (1, _HOUR_MS)}
RISE_DB = {"range": (0, 60)}
MEMORY_MB = {"range": (0, 1_000_000)}
WORKER_MB = {"range": (64, 1_000_000)}
WORKERS = {"range": (1, 64)}
RATE_HZ = {"range": (1000, 384_000)}
CHANNELS = {"range": (1, 64)}
SHARE = {"range": (0, 1)}
FACTOR = {"range": (0.1, 10)}
BUFFER = {"range": (1000, 10_000_000)}
NOT_NEGATIVE = {"range": (0, None)}
POSITIVE = {"range": (1, None)}

LANGUAGE = {
    "pattern": "^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$",
    "takes": "a BCP 47 tag, such as en or en-US",
}
"""The shape of a tag; whether anybody speaks the language is for the providers to say."""

NOT_EMPTY = {"pattern": r"\S", "takes": "a text that is not empty"}
