"""The section of what is measured while the assistant runs, what is kept of it, and alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from irene.config.sections.limits import MEMORY_MB, NOT_EMPTY, NOT_NEGATIVE, POSITIVE

Statistic = Literal["value", "rate", "share", "mean", "p50", "p95", "p99", "max"]
"""What of a metric is looked at."""


@dataclass(frozen=True, kw_only=True)
class AlertRule:
    """When something that is measured counts as wrong, and what is done then."""

    name: str = field(metadata=NOT_EMPTY)
    """what it is called; the name of an alert that irene comes with replaces that one"""
    metric: str = field(metadata=NOT_EMPTY)
    """what is looked at: the name of a metric"""
    labels: Mapping[str, str] = field(default_factory=dict)
    """only its series with these labels, such as `{ component = "asr" }`; unless given, each series
    by itself"""
    statistic: Statistic = "value"
    """what of it: value; rate (growth per second); share (of a counter with the label `result`, how
    much of it is hits); of what is timed or sized mean, p50, p95, p99 or max"""
    threshold: float
    """value beyond which it is wrong, in the metric's own unit"""
    when: Literal["above", "below"] = "above"
    """on which side of the threshold it is wrong"""
    clear: float | None = field(default=None, metadata={"example": 0.4})
    """value back at which the alert is over; the threshold unless given; between the two nothing
    changes, so that it does not come and go"""
    for_s: float = field(default=0.0, metadata=NOT_NEGATIVE)
    """how long it has to be wrong without a break until there is an alert"""
    min_n: int = field(default=1, metadata=POSITIVE)
    """measurements below which the statistic of a time, a size or a share says nothing"""
    command: tuple[str, ...] = field(default=(), metadata={"one": True})
    """program and its arguments, run when the alert begins and when it is over; no shell reads
    them; IRENE_ALERT_* variables say what happened"""
    command_timeout_s: float = field(default=10.0, metadata={"range": (0.1, 3600)})
    """longest time for it; then it is killed"""
    enabled: bool = True
    """whether it is looked at"""

    def __post_init__(self) -> None:
        """Refuse an end of the alert that lies beyond its beginning."""
        if self.clear is None:
            return
        is_beyond = self.clear > self.threshold if self.is_above else self.clear < self.threshold
        if is_beyond:
            raise ValueError(
                f"clear {self.clear:g} lies on the wrong side of threshold {self.threshold:g}"
            )

    @property
    def is_above(self) -> bool:
        """Whether it is what is above the threshold that is wrong."""
        return self.when == "above"


@dataclass(frozen=True, kw_only=True)
class PerformanceSection:
    """Measurements: how much of them is kept, and what they raise an alert about."""

    enable_monitoring: bool = True
    """whether figures are taken: times of stages, counts, health, memory; costs less than 1 %"""
    monitoring_interval: float = field(default=1.0, metadata={"range": (0.1, 3600)})
    """seconds from one look at the figures to the next, for the file and the alerts; at least 5
    while nothing happens and nothing is wrong"""
    max_metrics_history: int = field(default=1000, metadata={"range": (10, 100_000)})
    """latest values of each time that its percentiles are of"""
    enable_profiling: bool = False
    """whether the assistant is profiled while it runs, now and then, and what is kept of that in
    the file; also whether operations of other programs are that ask for it"""
    enable_memory_profiling: bool = False
    """whether profiles follow allocations, too; that makes Python code about a half slower"""
    profiling_sample_rate: float = field(default=0.1, metadata={"range": (0.001, 1)})
    """share of the time, and of operations that ask for it, of which profiles are taken"""
    default_benchmark_iterations: int = field(default=100, metadata={"range": (1, 1_000_000)})
    """repeats of a benchmark for which nothing else is asked"""
    benchmark_timeout: float = field(default=300.0, metadata={"range": (1, 86_400)})
    """seconds after which a benchmark ends, with the repeats that it has"""
    enable_auto_optimization: bool = False
    """whether the assistant tries other settings now and then, as `irene optimize` does, and
    proposes those that are proven better; it changes nothing. Trials take up to five minutes of
    processors with the least priority, while nobody has spoken for a minute"""
    optimization_interval: float = field(default=3600.0, metadata={"range": (10, 604_800)})
    """seconds from one such search to the next"""
    metrics_port: int = field(default=0, metadata={"range": (0, 65535)})
    """port at which Prometheus can read the figures (http://127.0.0.1:PORT/metrics); 0: none"""
    metrics_host: str = field(default="127.0.0.1", metadata=NOT_EMPTY)
    """address that the port is opened at; only this machine can reach the default"""
    otel_endpoint: str = ""
    """OpenTelemetry collector (OTLP over HTTP) that gets figures and span trees, such as
    http://127.0.0.1:4318; empty: none"""
    store: bool = True
    """whether measurements outlive the run, for `irene performance`; never what was said"""
    store_path: str = field(default="", metadata={"path": True})
    """file that they are kept in (SQLite); empty: performance/performance.db in
    assistant.state_folder"""
    store_days: float = field(default=30.0, metadata={"range": (0.01, 3650)})
    """age in days at which they are deleted"""
    store_max_mb: float = field(default=64.0, metadata=MEMORY_MB)
    """size of the file from which on the oldest are deleted; 0 sets no limit"""
    default_alerts: bool = True
    """whether the alerts that irene comes with are looked at"""
    alerts: tuple[AlertRule, ...] = ()
    """further alerts, each a table [[performance.alerts]]"""

    def __post_init__(self) -> None:
        """Refuse two alerts of one name, and a port at which there is nothing to read."""
        if self.metrics_port and not self.enable_monitoring:
            raise ValueError(
                "metrics_port has nothing to show with enable_monitoring = false: set it to true"
            )
        if self.otel_endpoint and not self.enable_monitoring:
            raise ValueError(
                "otel_endpoint has nothing to send with enable_monitoring = false: set it to true"
            )
        if self.otel_endpoint and (why := _no_address(self.otel_endpoint)):
            raise ValueError(f"otel_endpoint {why}, as in http://127.0.0.1:4318")
        names = [rule.name for rule in self.alerts]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two alerts are called {twice!r}")


def _no_address(endpoint: str) -> str:
    """Return what an address of a collector lacks, or has too much; empty where it is right."""
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError as error:
        return f"{endpoint!r} is no address ({error}): give one"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{endpoint!r} is no web address: begin it with http:// or https://"
    if parts.path.rstrip("/").endswith(("/v1/traces", "/v1/metrics")):
        return f"{endpoint!r} is given with the path of one signal: leave /v1 and the rest out"
    return ""


PerformanceConfig = PerformanceSection
"""what the guides call it"""
