"""`irene wake`: which wake words are heard in recordings, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.cli.terminal.standard_streams import Write, reserved_stdout

if TYPE_CHECKING:
    from irene.domain.events import Event, StreamWakeWordDetected

_EXAMPLES = """\b
Examples:
  irene wake hello.wav
  irene wake *.flac --provider openwakeword --wake-word alexa --wake-word hey_mycroft
  irene wake positives/*.wav --expect          status 6 if it is not heard in one of them
  irene wake *.wav --json | jq -r '[.stream, .time_s, .score] | @tsv'
"""


@click.command(name="wake", epilog=_EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@takes_config
@click.option("--provider", metavar="NAME", help="Wake-word engine to use, and no other.")
@click.option(
    "--wake-word",
    "wake_words",
    metavar="WORD",
    multiple=True,
    help="Wake word to listen for; may be repeated.",
)
@click.option("--realtime", is_flag=True, help="Hear the recordings as fast as they were spoken.")
@click.option("--expect", is_flag=True, help="Fail when a recording has no wake word.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each wake word.")
def command(
    chosen: ChosenConfig,
    files: tuple[str, ...],
    provider: str | None,
    wake_words: tuple[str, ...],
    **options: bool,
) -> int:
    """Tell which wake words are heard in recordings.

    FILE is a recording of any length (WAV, FLAC, OGG, MP3), or - for a pipe. All of them are heard
    at once, as the assistant would hear them. A line tells where, how far into the recording the
    word was decided, which word and with what score. A file that cannot be read is reported; the
    others go on, and the exit status is 4 in the end.
    """
    wanted = _with_wake_words(_with_provider(chosen, provider), wake_words)
    with reserved_stdout() as write:
        return _Job(wanted, write, **options).run(files)


def _with_provider(chosen: ChosenConfig, provider: str | None) -> ChosenConfig:
    from irene.config.toml_text import format_value

    if provider is None:
        return chosen
    section = "voice_trigger"
    only = (
        f"{section}.default_provider={format_value(provider)}",
        f"{section}.fallback_providers=[]",
    )
    return chosen.preceded_by(*only, option="--provider")


def _with_wake_words(chosen: ChosenConfig, wake_words: tuple[str, ...]) -> ChosenConfig:
    from irene.config.toml_text import format_value

    if not wake_words:
        return chosen
    words = ", ".join(map(format_value, wake_words))
    return chosen.preceded_by(f"voice_trigger.wake_words=[{words}]", option="--wake-word")


class _Job:
    """All files of one command line: each is a stream of one hub."""

    def __init__(
        self,
        chosen: ChosenConfig,
        write: Write,
        *,
        realtime: bool,
        expect: bool,
        as_json: bool,
    ) -> None:
        from irene.cli.trouble_reporter import TroubleReporter
        from irene.components.voice_trigger.wake_hub.hub import WakeWordHub
        from irene.domain.clock import SystemClock

        self._expect = expect
        self._as_json = as_json
        self._write = write
        self._troubles: TroubleReporter = TroubleReporter(tell)
        self._clock = SystemClock() if realtime else None
        self._registry = chosen.registry()
        self._config = chosen.load(self._registry)
        for warning in self._config.warnings:
            tell(str(warning))
        self._hub = WakeWordHub(self._config, self._registry, on_event=self._take, max_delay_s=None)
        self._heard_in: set[str] = set()

    def run(self, files: tuple[str, ...]) -> int:
        """Hear every file; return the exit status of the first error, else 0 or 6.

        Raises:
            ConfigurationError: the configuration forbids what a file needs.
        """
        from irene.errors import IreneError
        from irene.pipeline.many_recordings import ManyRecordings

        recordings = ManyRecordings(self._hub, self._config, self._registry, self._clock)
        try:
            self._hub.warm_up()
            recordings.hear(files, self._troubles.fail)
        except IreneError as error:
            self._troubles.fail(error)
        finally:
            self._troubles.survived()
            self._hub.close()
        return self._troubles.exit_code or self._missing(files)

    def _missing(self, files: tuple[str, ...]) -> int:
        from irene.errors import CheckFailedError

        silent = [file for file in files if file not in self._heard_in]
        if not self._expect or not silent:
            return 0
        for file in silent:
            tell(f"{file}: no wake word was heard")
        return CheckFailedError.exit_code

    def _take(self, event: Event) -> None:
        from irene.domain.events import StreamWakeWordDetected

        if isinstance(event, StreamWakeWordDetected):
            self._heard_in.add(event.stream)
            self._tell(event)
        else:
            self._troubles.take(event)

    def _tell(self, event: StreamWakeWordDetected) -> None:
        import json

        if self._as_json:
            line = json.dumps(event.to_dict(), ensure_ascii=False)
        else:
            place = f"{event.stream}: {event.time_s:.2f} s"
            line = f"{place}  {event.wake_word}  {event.score:.2f}  ({event.provider})"
        self._write((line + "\n").encode(errors="backslashreplace"))
