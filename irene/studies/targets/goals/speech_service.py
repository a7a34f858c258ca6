"""Goals of a speech service that identifies languages."""

from __future__ import annotations

from irene.studies.targets.limit import at_least, at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "identification-time",
        "identifying the language of a window",
        at_most(3, "ms"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "identification-p95",
        "the same, 95th percentile",
        at_most(10, "ms"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "identification-rate",
        "windows identified one after another",
        at_least(10, "a second"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "identification-memory",
        "memory that the identifier adds",
        at_most(150, "MB"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-live",
        "encoder passes saved, live commands identified and recognised",
        at_least(40, "%"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-repeated",
        "encoder passes saved, recordings that come twice",
        at_least(50, "%"),
        Source.LANGUAGE,
        "identification",
    ),
    Target(
        "encoder-lookup",
        "finding what an encoder made of a window of 2 s",
        at_most(1, "ms"),
        Source.LANGUAGE,
        "look-up",
    ),
    Target(
        "service-append",
        "appending a chunk to the buffer",
        at_most(50, "µs"),
        Source.LANGUAGE,
        "append",
    ),
    Target(
        "service-append-ratio",
        "1000 appends, against np.concatenate",
        at_least(5, "times as fast"),
        Source.LANGUAGE,
        "append",
    ),
)
