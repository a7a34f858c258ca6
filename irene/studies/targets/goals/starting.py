"""irene's own goals for starting, and for the first answer."""

from __future__ import annotations

from irene.studies.targets.limit import at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target(
        "import-irene",
        "`import irene`, against `import numpy`",
        at_most(1.3, "times as long"),
        Source.IRENE,
        "starting",
    ),
    Target("help", "`irene --help`", at_most(150, "ms"), Source.IRENE, "starting"),
    Target(
        "run-ready",
        "`irene run --config demo`, until it listens",
        at_most(2000, "ms"),
        Source.IRENE,
        "starting",
    ),
    Target(
        "first-call",
        "first call of an engine after warming up, against later ones",
        at_most(1.2, "times as long"),
        Source.IRENE,
        "first-call",
    ),
    Target(
        "answer-framework",
        "end of speech to transcript beyond the end silence, framework's share",
        at_most(60, "ms"),
        Source.IRENE,
        "answering",
    ),
    Target(
        "answer-framework-p95",
        "the same, 95th percentile",
        at_most(60, "ms"),
        Source.IRENE,
        "answering",
    ),
    Target(
        "demo-memory",
        'most memory of the demo assistant that recognises once (`asr.grammar = "off"`)',
        at_most(240, "MB"),
        Source.IRENE,
        "memory",
    ),
    Target(
        "demo-memory-twice",
        "the same as it comes, with a question that is recognised a second time",
        at_most(340, "MB"),
        Source.IRENE,
        "memory",
    ),
)
