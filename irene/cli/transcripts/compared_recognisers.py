"""The run of `irene transcribe --compare`: one recogniser after the other, each on all files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from irene.cli.configuration import ChosenConfig
from irene.cli.terminal.standard_streams import Write
from irene.cli.transcripts.comparison_lines import References, comparison_lines, comparison_object
from irene.cli.trouble_reporter import TroubleReporter
from irene.domain.events import Warned
from irene.domain.kinds import Kind
from irene.errors import ConfigurationError, IreneError
from irene.performance.speech.references import read_references
from irene.studies.accuracy.transcript_trial import Trial, TrialRequest, try_recogniser

Choose = Callable[[ChosenConfig, str], ChosenConfig]
"""Returns a configuration with one recogniser and no other."""


class ComparedRecognisers:
    """Compares recognisers; one that is missing or fails is told, and the others go on."""

    def __init__(self, chosen: ChosenConfig, choose: Choose, troubles: TroubleReporter) -> None:
        self._chosen = chosen
        self._choose = choose
        self._troubles = troubles
        self._told: set[str] = set()

    def run(
        self,
        names: str,
        files: tuple[str, ...],
        reference: str | None,
        write: Write,
        as_json: bool = False,
    ) -> int:
        """Write the comparison; return the exit status of the first error, else 0.

        Raises:
            ConfigurationError: a name or the references are wrong.
        """
        providers = self._known(names)
        references = read_references(Path(reference), files) if reference else None
        trials = [trial for name in providers if (trial := self._tried(name, files)) is not None]
        if trials:
            write(_text(trials, references, as_json).encode(errors="backslashreplace"))
        return self._troubles.exit_code

    def _known(self, names: str) -> list[str]:
        """Return the recognisers that a list names; a name that nobody has is an error."""
        registry = self._chosen.registry()
        providers = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if not providers:
            raise ConfigurationError("--compare: name recognisers, as in vosk,pocketsphinx")
        types = self._chosen.load(registry).asr.providers
        for name in providers:
            if name not in types:
                registry.find(Kind.ASR, name)
        return providers

    def _tried(self, name: str, files: tuple[str, ...]) -> Trial | None:
        chosen = self._choose(self._chosen, name)
        config = chosen.load(chosen.registry())
        guided = chosen.source is not None or config.name != "default"
        request = TrialRequest(name, files, chosen.source, chosen.overrides, guided)
        try:
            trial = try_recogniser(request)
        except IreneError as error:
            self._troubles.fail(error)
            return None
        self._tell_troubles(trial)
        return trial

    def _tell_troubles(self, trial: Trial) -> None:
        for warning in trial.warnings:
            self._troubles.take(Warned(message=warning))
        for one in trial.transcripts:
            line = f"{one.file}: {one.error}"
            if one.error is not None and line not in self._told:
                self._told.add(line)
                self._troubles.fail(one.error, one.file)


def _text(trials: Sequence[Trial], references: References, as_json: bool) -> str:
    if as_json:
        return (
            json.dumps(comparison_object(trials, references), indent=2, ensure_ascii=False) + "\n"
        )
    return "\n".join(comparison_lines(trials, references)) + "\n"
