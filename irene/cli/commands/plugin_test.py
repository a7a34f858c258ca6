"""`irene plugin test`: the checks of the contracts, run on the providers of a plugin."""

from __future__ import annotations

import difflib
import json
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from irene.cli.arguments import FiniteRange
from irene.cli.configuration import ChosenConfig, takes_config
from irene.errors import CheckFailedError, ConfigurationError

if TYPE_CHECKING:
    from irene.config.sections import Config
    from irene.plugin.host import PluginReport, ProviderClass
    from irene.testing.contracts.running import CheckResult


@click.command(name="test")
@click.argument("dist", metavar="DIST")
@takes_config
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option(
    "--time-limit",
    metavar="S",
    type=FiniteRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Seconds after which a check that has not come back has failed.",
)
def command(chosen: ChosenConfig, dist: str, as_json: bool, time_limit: float) -> None:
    """Check the providers of a plugin.

    DIST is an installed distribution, such as irene-vad-loudness, or the name of a plugin, as
    'irene plugins' lists it. Each provider is checked against the contract of its kind, with the
    options that the configuration gives it. What cannot be checked, because an engine, a model or
    a device is missing, is skipped and told. The exit status is 6 when a check fails.
    """
    registry = chosen.registry()
    plugins = _plugins_of(dist, registry.plugins)
    config = chosen.load(registry)
    results = []
    for row in _checked(plugins, config, time_limit):
        results.append(row)
        if not as_json:
            click.echo(_line(row))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in results], ensure_ascii=False).encode())
    else:
        click.echo(_summary(results))
    failed = [row for row in results if row.outcome == "failed"]
    if failed:
        first = failed[0]
        raise CheckFailedError(
            f"{dist}: {len(failed)} of {len(results)} checks failed, first"
            f" {first.kind}.{first.provider}: {first.check}"
        )


@dataclass(frozen=True)
class _Row:
    """What is told of one check."""

    kind: str
    provider: str
    check: str
    contract: str
    """what the provider has to keep, a sentence"""
    outcome: str
    """`passed`, `failed` or `skipped`"""
    happened: str | None
    """what was wrong, or why it was skipped"""
    cure: str | None
    """what its author can do"""


def _plugins_of(dist: str, plugins: tuple[PluginReport, ...]) -> list[PluginReport]:
    """Return the plugins of a distribution, or the one of this name.

    Raises:
        ConfigurationError: there is none; the message names the nearest, or that a folder of
            this name waits to be installed.
    """
    found = [one for one in plugins if _plain(one.distribution) == _plain(dist)]
    found = found or [one for one in plugins if one.name == dist]
    if found:
        return found
    if (Path(dist) / "pyproject.toml").is_file():
        raise ConfigurationError(
            f"the package in {dist!r} is not installed; pip install -e {shlex.quote(dist)}"
        )
    known = {name for one in plugins for name in (one.distribution, one.name) if name}
    near = difflib.get_close_matches(dist, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`irene plugins` lists them"
    raise ConfigurationError(f"no distribution and no plugin is called {dist!r}; {hint}")


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _checked(plugins: list[PluginReport], config: Config, limit_s: float) -> Iterator[_Row]:
    from irene.testing.contracts.running import run_suite
    from irene.testing.contracts.suites import contract_of

    for plugin in plugins:
        if plugin.error:
            cure = f"`irene plugins --why {plugin.name}` tells more"
            yield _Row("plugin", plugin.name, "loads", "It loads.", "failed", plugin.error, cure)
        for cls in plugin.providers:
            suite = contract_of(cls, _options(cls, config))
            for result in run_suite(suite, limit_s, partial(_tell_slow, cls)):
                yield _row(cls, result)


def _tell_slow(cls: ProviderClass, line: str) -> None:
    """Say on standard error what is waited for: a hang would be silent for all of its limit."""
    click.echo(f"irene: {cls.kind}.{cls.name}: {line}", err=True)


def _options(cls: ProviderClass, config: Config) -> Any:
    """Return the options that the configuration gives a provider; None for its defaults."""
    tables = getattr(config, str(cls.kind)).providers.values()
    return next((table.options for table in tables if table.type == cls.name), None)


def _row(cls: ProviderClass, result: CheckResult) -> _Row:
    return _Row(
        str(cls.kind),
        cls.name,
        result.check,
        result.contract,
        result.outcome,
        result.happened or None,
        result.cure or None,
    )


def _line(row: _Row) -> str:
    line = f"{row.outcome:<8}{row.kind}.{row.provider}  {row.check}"
    if row.outcome == "failed":
        return "\n".join(
            [
                line,
                f"        contract: {row.contract}",
                f"        happened: {row.happened}",
                f"        cure: {row.cure}",
            ]
        )
    return f"{line}: {row.happened}" if row.happened else line


def _summary(rows: list[_Row]) -> str:
    counts = Counter(row.outcome for row in rows)
    told = ", ".join(f"{counts[name]} {name}" for name in ("passed", "skipped", "failed"))
    return f"{len(rows)} checks: {told}"
