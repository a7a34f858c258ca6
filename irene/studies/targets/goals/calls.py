"""irene's own goals for what surrounds a call: measuring it, routing it, keeping its figures."""

from __future__ import annotations

from irene.studies.targets.limit import at_most
from irene.studies.targets.target import Source, Target

TARGETS = (
    Target("measure", "one measured block", at_most(0.6, "µs"), Source.IRENE, "measuring"),
    Target(
        "measure-against-clock",
        "one measured block, against the bare clock",
        at_most(8, "times as long"),
        Source.IRENE,
        "measuring",
    ),
    Target(
        "measure-nested",
        "one of two nested measured blocks",
        at_most(0.6, "µs"),
        Source.IRENE,
        "measuring",
    ),
    Target(
        "router-call",
        "router's share of a call, all providers well, deadline included",
        at_most(5, "µs"),
        Source.IRENE,
        "router",
    ),
    Target(
        "router-call-timer",
        "the same, with a timer of the event loop",
        at_most(5, "µs"),
        Source.IRENE,
        "router",
    ),
    Target(
        "telemetry-share",
        "share of a recorded question's processor time that goes into measuring it",
        at_most(1, "%"),
        Source.IRENE,
        "question",
    ),
    Target(
        "store-note",
        "what the event loop pays to have a command kept",
        at_most(100, "µs"),
        Source.IRENE,
        "keeping",
    ),
    Target(
        "store-look",
        "a look at every figure and alert rule, once a second",
        at_most(10_000, "µs"),
        Source.IRENE,
        "keeping",
    ),
)
