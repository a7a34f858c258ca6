"""Making the plan from what the source brings and the consumers ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from irene.audio.plan.conflicts import conflicts_of
from irene.audio.plan.consumers import Consumer, best_quality, choose_quality, working_rate
from irene.audio.plan.routes import AudioPlan, Route
from irene.domain.audio import AudioFormat
from irene.errors import ConfigurationError


def make_plan(
    source: AudioFormat, consumers: Iterable[Consumer], source_table: str = ""
) -> AudioPlan:
    """Decide how each consumer gets its audio.

    Args:
        source: format of the input.
        consumers: what the components ask for.
        source_table: TOML table in which the input's rate can be chosen; empty where it cannot.

    Raises:
        ConfigurationError: consumers with `strict_validation` are in conflict with the source or
            their provider; every conflict is listed.
    """
    plan = draft_plan(source, consumers, source_table)
    if plan.errors:
        raise ConfigurationError("\n".join(plan.errors), plan.errors)
    return plan


def draft_plan(
    source: AudioFormat, consumers: Iterable[Consumer], source_table: str = ""
) -> AudioPlan:
    """Return the plan that `make_plan` makes, also when its conflicts forbid to run on it.

    Consumers of one rate share one conversion, of the best quality that any of them asks for: a
    second one would cost as much again, and what the others lose by it is a few milliseconds.
    """
    wanted = list(consumers)
    by_rate: dict[int, list[Consumer]] = {}
    for consumer in wanted:
        by_rate.setdefault(working_rate(consumer), []).append(consumer)
    routes = {
        consumer.section: _route(source, consumer, rate, sharing)
        for rate, sharing in by_rate.items()
        for consumer in sharing
    }
    return AudioPlan(
        source,
        {consumer.section: routes[consumer.section] for consumer in wanted},
        tuple(wanted),
        tuple(
            conflict
            for consumer in wanted
            for conflict in conflicts_of(source, consumer, working_rate(consumer), source_table)
        ),
    )


def _route(
    source: AudioFormat, consumer: Consumer, rate: int, sharing: Sequence[Consumer]
) -> Route:
    others = tuple(one.section for one in sharing if one is not consumer)
    target = AudioFormat(rate)
    if rate == source.sample_rate:
        return Route(consumer.section, source, target, None, shared_with=others)
    asked = {one.section: choose_quality(one, source, rate) for one in sharing}
    quality = best_quality(asked.values())
    own = asked[consumer.section]
    deciding = next(section for section, one in asked.items() if one is quality)
    return Route(
        section=consumer.section,
        source=source,
        target=target,
        quality=quality,
        asked=own,
        shared_with=others,
        decided_by=consumer.section if own is quality else deciding,
    )
