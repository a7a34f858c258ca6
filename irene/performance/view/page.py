"""The report as a page of its own: one file, with plots, that asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from irene.performance.view.amounts import amount, clock_time, short
from irene.performance.view.plots import dot_plot, line_plot, share_bar, spread_bar
from irene.performance.view.report import HitRate, Level, Report, SeenAlert, Spread

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5d6778; --paper: #ffffff;
  --card: #f4f6f9; --edge: #d8dee8; --strong: #1f6feb; --weak: #a9c7f5; --bad: #c62839;
  --good: #1a7f4b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a2b3; --paper: #12161d;
  --card: #1b212b; --edge: #303947; --strong: #6ea8fe; --weak: #2f5488; --bad: #ff7b86;
  --good: #58c98f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p, dd { margin: 0; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem;
  margin: 1.2rem 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--edge); border-radius: .5rem;
  padding: .6rem .8rem; } .tiles dt { color: var(--soft); font-size: .82rem; }
.tiles dd { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--edge);
  font-variant-numeric: tabular-nums; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
td.text { text-align: left; white-space: normal; } svg { vertical-align: middle; }
.plot { width: 100%; height: auto; } .plots { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); } figure { margin: 0; }
figcaption { font-size: .85rem; color: var(--soft); }
.line { fill: none; stroke: var(--strong); stroke-width: 1.6; } .dot { fill: var(--strong); }
.grid { stroke: var(--edge); } .tick { fill: var(--soft); font: 11px system-ui, sans-serif; }
.bar { fill: var(--strong); } .thin { fill: var(--weak); } .mark { fill: var(--ink); }
.rest { fill: var(--edge); } .on { color: var(--bad); font-weight: 600; }
.over { color: var(--good); }
"""
_PLOTTED = {
    "irene_process_resident_bytes": "Resident memory",
    "irene_process_workers_resident_bytes": "Resident memory of workers",
    "irene_process_memory_ratio": "Memory, share of the limit",
    "irene_process_threads": "Threads",
    "irene_audio_waiting_seconds": "Audio captured and not heard yet",
    "irene_pipeline_events_waiting": "Events not read yet",
}


def page_of(report: Report) -> str:
    """Return the whole page."""
    name = escape(report.subject.name)
    parts = (
        _tiles(report),
        _alerts(report.alerts),
        _answers(report),
        _spreads("Stages", report.stages),
        _spreads("Real-time factor", report.factors),
        _hit_rates(report.hit_rates),
        _resources(report),
        _levels(report.levels),
        _spreads("Recorded", report.timings),
        _providers(report),
    )
    body = "\n".join(line for part in parts for line in part)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}: performance</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{name}</h1>\n{_subtitle(report)}\n{body}\n</body>\n</html>\n"
    )


def _subtitle(report: Report) -> str:
    subject, window = report.subject, report.window
    since, until = clock_time(window.since), clock_time(window.until, window.since)
    runs = f", {window.n_runs} runs" if window.n_runs != 1 else ""
    told = f"{since} to {until}{runs}; process {subject.pid}, irene {subject.version}, "
    return f'<p class="soft">{escape(told + "configuration " + subject.config)}</p>'


def _tiles(report: Report) -> Iterator[str]:
    outcomes = sorted(report.outcomes.items(), key=lambda one: -one[1])
    tiles = [("commands", str(report.window.n_commands))]
    tiles += [(reason.replace("_", " "), str(n)) for reason, n in outcomes]
    response = next((one for one in report.stages if one.name == "response"), None)
    if response is not None:
        tiles.append((f"answer, p95 of {response.n}", f"{short(response.p95)} ms"))
    tiles += [
        (f"real-time factor, p50 of {one.n}", f"{one.p50:.2f} x") for one in report.factors[:1]
    ]
    memory = next((one for one in report.levels if one.metric in _PLOTTED), None)
    if memory is not None:
        tiles.append(("memory, latest", amount(memory.last, memory.unit)))
    yield '<dl class="tiles">'
    for label, value in tiles:
        yield f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
    yield "</dl>"


def _alerts(alerts: Sequence[SeenAlert]) -> Iterator[str]:
    if not alerts:
        return
    yield "<h2>Alerts</h2>"
    rows = []
    for one in alerts:
        state = '<span class="over">over</span>' if one.cleared else '<span class="on">on</span>'
        when = "" if one.raised is None else clock_time(one.raised)
        until = "" if one.cleared is None else f" to {clock_time(one.cleared, one.raised)}"
        what = f"{one.statistic} of {one.series}"
        values = (amount(value, one.unit) for value in (one.value, one.threshold))
        rows.append((state, *map(escape, (one.name, what, *values, when + until))))
    yield from _table(("", "rule", "what", "measured", "limit", "when"), rows)


def _answers(report: Report) -> Iterator[str]:
    if not report.answer_times:
        return
    window, n = report.window, len(report.answer_times)
    yield "<h2>From the end of speech to the answer</h2>"
    yield dot_plot(report.answer_times, "ms", window.since, window.until, "time of each answer")
    yield f'<p class="soft">every one of {n} commands</p>'


def _spreads(title: str, spreads: Sequence[Spread]) -> Iterator[str]:
    if not spreads:
        return
    yield f"<h2>{escape(title)}</h2>"
    longest = {
        unit: max(one.p99 for one in spreads if one.unit == unit) for unit in _units(spreads)
    }
    rows = [
        (
            "&ensp;" * 2 * one.depth + escape(one.name),
            escape(one.unit),
            str(one.n),
            *map(short, (one.mean, one.p50, one.p95, one.p99, one.high)),
            spread_bar(one, longest[one.unit]),
        )
        for one in spreads
    ]
    yield from _table(("", "unit", "n", "mean", "p50", "p95", "p99", "max", "to p99"), rows)
    for how in sorted({one.how for one in spreads}):
        yield f'<p class="soft">{escape(how)}</p>'


def _units(spreads: Sequence[Spread]) -> list[str]:
    return list(dict.fromkeys(one.unit for one in spreads))


def _hit_rates(rates: Sequence[HitRate]) -> Iterator[str]:
    if not rates:
        return
    yield "<h2>Caches and pools</h2>"
    rows = [
        (
            escape(one.cache),
            str(one.lookups),
            str(one.hits),
            f"{one.share:.0%}",
            share_bar(one.share),
        )
        for one in rates
    ]
    yield from _table(("", "look-ups", "hits", "rate", ""), rows)


def _resources(report: Report) -> Iterator[str]:
    window = report.window
    shown = [one for one in report.levels if one.metric in _PLOTTED and one.high > 0]
    if not shown:
        return
    yield '<h2>Resources of the process</h2>\n<div class="plots">'
    for one in shown:
        title = _PLOTTED[one.metric]
        plot = line_plot(one.points, one.unit, window.since, window.until, title)
        told = f"{title}: {amount(one.low, one.unit)} to {amount(one.high, one.unit)}, n = {one.n}"
        yield f"<figure>{plot}<figcaption>{escape(told)}</figcaption></figure>"
    yield "</div>"


def _levels(levels: Sequence[Level]) -> Iterator[str]:
    counters = [one for one in levels if one.kind == "counter" and one.last]
    gauges = [one for one in levels if one.kind == "gauge" and one.high]
    if gauges:
        yield "<h2>Levels</h2>"
        rows = [
            (
                escape(one.metric),
                *(escape(amount(value, one.unit)) for value in (one.last, one.low, one.high)),
                str(one.n),
            )
            for one in gauges
        ]
        yield from _table(("", "latest", "least", "most", "n"), rows)
    if counters:
        yield "<h2>Counted in this window</h2>"
        rows = [
            (escape(one.metric), escape(amount(one.last, one.unit)), str(one.n)) for one in counters
        ]
        yield from _table(("", "growth", "n"), rows)


def _providers(report: Report) -> Iterator[str]:
    if not report.providers:
        return
    yield "<h2>Providers</h2>"
    rows = []
    for one in report.providers:
        failure = one["last_failure"] or {}
        counts = (str(one[key]) for key in ("calls", "failed", "slow", "late"))
        p95 = "-" if one["p95_ms"] is None else f"{one['p95_ms']:.0f} ms"
        state = "serves" if one["serves"] and one["circuit"] == "closed" else one["circuit"]
        told = (f"{one['kind']} {one['name']}", *counts, p95, state, failure.get("reason", ""))
        rows.append(tuple(map(escape, told)))
    yield from _table(("", "calls", "failed", "slow", "late", "p95", "circuit", "failure"), rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table; its cells are HTML already."""
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{escape(head)}</th>" for head in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody></table></div>"
