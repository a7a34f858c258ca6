"""Names that a section holds and nothing else has: known keys, without effect as they stand."""

from __future__ import annotations

from collections.abc import Mapping

from irene.config.origins import Origin, dotted
from irene.config.problems import nearest
from irene.config.sections import (
    AlertRule,
    AsrSection,
    PerformanceSection,
    PluginsSection,
    Routing,
    VoiceTriggerSection,
)
from irene.config.tables import TableReader
from irene.plugin.host import installed_plugins
from irene.plugin.local import OWN_FILES
from irene.providers.voice_trigger import VoiceTrigger
from irene.telemetry.catalogue import METRICS
from irene.telemetry.metrics import MetricKind


def check_names(reader: TableReader, name: str, section: object) -> None:
    """Warn of names that nothing has, and of a strategy that is another one here.

    The names are those of disabled plugins, and of words with a threshold; single-file plugins that
    are broken have no effect either. An alert about a metric
    that there is not is an error: somebody relies on it.
    """
    if isinstance(section, PluginsSection):
        _check_disabled(reader, section)
        _check_own_files(reader)
    elif isinstance(section, PerformanceSection):
        for number, rule in enumerate(section.alerts):
            _check_alert(reader, f"performance.alerts.{number}", rule)
    elif isinstance(section, VoiceTriggerSection) and section.enabled:
        _check_thresholds(reader, section)
    if isinstance(section, Routing) and not isinstance(section, AsrSection):
        _check_strategy(reader, name, section)


def _check_strategy(reader: TableReader, name: str, section: Routing) -> None:
    if section.strategy == "hedged":
        message = "only asr asks a second provider; this is latency_weighted here"
        reader.warn(reader.origins[dotted((name, "strategy"))], message)


_STATISTICS = {
    MetricKind.GAUGE: ("value",),
    MetricKind.COUNTER: ("value", "rate", "share"),
    MetricKind.HISTOGRAM: ("mean", "p50", "p95", "p99", "max"),
}


def _check_alert(reader: TableReader, place: str, rule: AlertRule) -> None:
    """Refuse a rule about what is never measured."""
    metrics = {metric.name: metric for metric in METRICS}
    metric = metrics.get(rule.metric)
    if metric is None:
        near = nearest(rule.metric, metrics)
        reader.report(reader.origins[f"{place}.metric"], f"no metric {rule.metric!r}", "", near)
        return
    statistics = _STATISTICS[metric.kind]
    if rule.statistic not in statistics:
        origin = reader.origins.get(f"{place}.statistic", reader.origins[f"{place}.metric"])
        message = f"a {metric.kind.value} such as {metric.name} has no {rule.statistic}"
        reader.report(origin, message, f"one of {', '.join(statistics)}")
    for label in set(rule.labels) - set(metric.labels):
        origin = reader.origins[f"{place}.labels"]
        message = f"{metric.name} has no label {label!r}"
        reader.report(origin, message, "", nearest(label, metric.labels))


def _check_own_files(reader: TableReader) -> None:
    """Warn of single-file plugins that are broken: whoever wrote the configuration mends them."""
    for plugin in reader.known.registry.plugins:
        if plugin.error and plugin.distribution == OWN_FILES:
            origin = reader.origins.get("plugins.paths", Origin())
            cure = f"; {plugin.failure.cure}" if plugin.failure.cure else ""
            reader.warn(origin, f"plugin {plugin.name!r} is broken: {plugin.error}{cure}")


def _check_disabled(reader: TableReader, section: PluginsSection) -> None:
    if not section.disabled:
        return
    known = {
        name
        for found in (reader.known.registry.plugins, installed_plugins())
        for one in found
        for name in (one.name, one.distribution)
    }
    for name in section.disabled:
        if name not in known:
            origin = reader.origins["plugins.disabled"]
            reader.warn(origin, f"no plugin is called {name!r}", nearest(name, sorted(known)))


def _check_thresholds(reader: TableReader, section: VoiceTriggerSection) -> None:
    if not isinstance(section.confidence_threshold, Mapping):
        return
    heard = {
        VoiceTrigger.word_name(word): word for word in (*section.wake_words, *section.stop_words)
    }
    for word in section.confidence_threshold:
        name = VoiceTrigger.word_name(word)
        if name not in heard:
            origin = reader.origins[dotted(("voice_trigger", "confidence_threshold", word))]
            message = (
                "has no effect: neither wake_words nor stop_words of voice_trigger names this word"
            )
            reader.warn(origin, message, heard.get(nearest(name, heard), ""))
