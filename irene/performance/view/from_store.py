"""The report of what is kept in a file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from irene.errors import RequestError
from irene.performance.store.layout import open_to_read as open_to_read
from irene.performance.store.reading import (
    Extent,
    KeptRun,
    KeptSpan,
    KeptUtterance,
    Points,
    StoreReader,
)
from irene.performance.store.rows import SeriesKey
from irene.performance.view.components import of_stage
from irene.performance.view.material import (
    RESULT,
    hit_rates_of,
    level_of,
    recorded_spread,
    spread_of,
)
from irene.performance.view.report import Report, SeenAlert, Spread, Subject, Window

EVERY = "every command of the window"
_ROOT = "session"
_RECOGNISING = ("asr", "asr_streaming")


class NothingKept(RequestError):
    """Nothing was measured yet; the message says how to begin."""
