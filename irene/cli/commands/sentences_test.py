"""`irene sentences test`: whether sentences are understood as their tables say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.errors import CheckFailedError

if TYPE_CHECKING:
    from irene.components.assembly import Assembly
    from irene.components.understanding.component import UnderstandingComponent
    from irene.components.understanding.sentence_checks import Collision, SentenceResult
    from irene.domain.events import Event
    from irene.providers.intent_recognition import SentenceTest

_EXAMPLES = """\b
Examples:
  irene sentences test tests/en/lights.yaml
  irene sentences test --language de
  irene sentences test tables/*.yaml --json | jq '.tests[] | select(.problems != [])'
"""


@click.command(name="test", epilog=_EXAMPLES)
@click.argument("files", metavar="[FILE]...", nargs=-1)
@takes_config
@click.option("--language", metavar="TAG", help="Language to check, as in en; else all of FILE.")
@click.option(
    "--samples",
    metavar="N",
    type=click.IntRange(min=0),
    help="Sentences of each template that are tried for collisions; 0 tries none.  [default: 5]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def command(
    chosen: ChosenConfig,
    files: tuple[str, ...],
    language: str | None,
    samples: int | None,
    as_json: bool,
) -> int:
    """Check sentences and their tables.

    Every sentence in a FILE is understood as the running assistant would, and what is not as the
    file says is told. Sentences that templates of two intents allow are told, too; without a FILE
    that is all. Exit status 6 when something is not as it should be.
    """
    report = _Report()
    assembly = _assembly(chosen, report)
    tables = _read(assembly, files, report)
    wanted = [language] if language else sorted({test.language for test in tables})
    for tag in wanted or [assembly.config.assistant.language]:
        tests = [test for test in tables if _is_part_of(test.language, tag)]
        _check(assembly, tag, tests, samples, report)
    for line in [json.dumps(report.to_dict(), ensure_ascii=False)] if as_json else report.lines():
        click.echo(line)
    return 0 if report.passed else CheckFailedError.exit_code


@dataclass
class _Report:
    """What was found out."""

    results: list[SentenceResult] = field(default_factory=list)
    n_samples: int = 0
    """sentences of templates that were tried for collisions"""
    collisions: list[Collision] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Keep what the recogniser warns of; tell what fails."""
        from irene.cli.runs.event_lines import failure
        from irene.domain.events import ProviderFailed, Warned

        if isinstance(event, Warned) and event.message not in self.warnings:
            self.warnings.append(event.message)
        elif isinstance(event, ProviderFailed):
            tell(failure(event))

    @property
    def failed(self) -> list[SentenceResult]:
        """The sentences that are not understood as expected."""
        return [result for result in self.results if result.problems]

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be; warnings do not count."""
        return not self.failed and not self.collisions

    def lines(self) -> Iterator[str]:
        """Yield a line for each problem, and the sum."""
        for warning in self.warnings:
            yield f"warning: {warning}"
        for result in self.failed:
            for problem in result.problems:
                yield f'{result.test.origin}: "{result.test.sentence}": {problem}'
        yield from map(str, self.collisions)
        yield "; ".join(self._sums())

    def _sums(self) -> Iterator[str]:
        """Yield what was tried, and what came of it."""
        if self.results:
            yield f"{len(self.results)} sentences, {len(self.failed)} not as expected"
        if self.n_samples:
            yield f"{self.n_samples} samples of templates, {len(self.collisions)} collisions"
        yield f"{len(self.warnings)} warnings"

    def to_dict(self) -> dict[str, Any]:
        """Return everything for programs."""
        return {
            "passed": self.passed,
            "samples": self.n_samples,
            "tests": [_result_dict(result) for result in self.results],
            "collisions": [
                {
                    "sentence": one.sentence,
                    "language": one.language,
                    "intents": list(one.intents),
                    "origin": one.origin,
                }
                for one in self.collisions
            ],
            "warnings": self.warnings,
        }


def _result_dict(result: SentenceResult) -> dict[str, Any]:
    test, found = result.test, result.found
    return {
        "origin": test.origin,
        "sentence": test.sentence,
        "language": test.language,
        "expected": test.intent and {"intent": test.intent, "slots": dict(test.slots)},
        "found": found and {"intent": found.name, "slots": dict(found.slots)},
        "problems": list(result.problems),
    }


def _assembly(chosen: ChosenConfig, report: _Report) -> Assembly:
    from irene.components.assembly import Assembly

    registry = chosen.registry()
    config = chosen.load(registry)
    for warning in config.warnings:
        tell(str(warning))
    return Assembly(config, registry, report.take)


def _understanding(assembly: Assembly) -> UnderstandingComponent:
    from irene.errors import ConfigurationError

    understanding = assembly.understanding()
    if understanding is None:
        raise ConfigurationError(
            "intent_recognition.enabled = false: nothing is understood; set it to true"
        )
    return understanding


def _read(assembly: Assembly, files: Sequence[str], report: _Report) -> list[SentenceTest]:
    """Return the tests of all files, read by the recogniser that serves."""
    if not files:
        return []
    understanding = _understanding(assembly)
    try:
        reader = understanding.provider
        return [test for file in files for test in reader.read_tests(file)]
    finally:
        understanding.close()


def _check(
    assembly: Assembly,
    language: str,
    tests: Sequence[SentenceTest],
    samples: int | None,
    report: _Report,
) -> None:
    from irene.components.understanding.sentence_checks import SAMPLES, collisions, try_sentences

    understanding = _understanding(assembly)
    try:
        understanding.load(language)
        matcher = understanding.matcher
        assert matcher is not None
        context = assembly.config.intents.context
        report.results.extend(try_sentences(matcher, tests, context))
        most = SAMPLES if samples is None else samples
        tried = list(matcher.samples(language, most)) if most else []
        report.n_samples += len(tried)
        report.collisions.extend(collisions(matcher, language, tried, context))
    finally:
        understanding.close()


def _is_part_of(language: str, family: str) -> bool:
    """Whether a tag such as `en-US` belongs to a language such as `en`."""
    tag, wider = (name.replace("_", "-").lower() for name in (language, family))
    return tag == wider or tag.startswith(f"{wider}-")
