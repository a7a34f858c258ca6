"""`irene transcribe`: what recordings say, as text, JSON or subtitles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import error_lines, tell

if TYPE_CHECKING:
    from irene.cli.progress_line import ProgressLine
    from irene.cli.transcript_writers import TranscriptWriter
    from irene.domain.events import Event
    from irene.errors import IreneError
    from irene.pipeline.transcription import Segment, Transcriber, Transcription

_FORMATS = ("text", "json", "srt", "vtt")
_SUBTITLES = ("srt", "vtt")
_EXAMPLES = """\b
Examples:
  irene transcribe interview.mp3
  irene transcribe *.wav --format json | jq -r '.[] | [.file, .text] | @tsv'
  irene transcribe talk.flac --format srt > talk.srt
  ffmpeg -i film.mkv -f wav - | irene transcribe - --provider vosk
"""


@click.command(name="transcribe", epilog=_EXAMPLES)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@takes_config
@click.option("--provider", metavar="NAME", help="Recogniser to use, and no other.")
@click.option("--language", metavar="TAG", help="Language that is spoken, as in en or de-AT.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="text",
    show_default=True,
    help="text: a line per file; json: with words, times and speed; srt, vtt: subtitles.",
)
def command(
    chosen: ChosenConfig,
    files: tuple[str, ...],
    provider: str | None,
    language: str | None,
    form: str,
) -> int:
    """Write down what recordings say.

    FILE is a recording of any length (WAV, FLAC, OGG, MP3, raw PCM), or - for a pipe. A file that
    cannot be read is reported; the others go on, and the exit status is 4 in the end.
    """
    if form in _SUBTITLES and len(files) > 1:
        raise click.UsageError(f"--format {form} is for one file at a time, not {len(files)}")
    wanted = chosen.preceded_by(*_overrides(provider, language))
    return _Job(wanted, form, len(files) > 1).run(files)


def _overrides(provider: str | None, language: str | None) -> Iterator[str]:
    from irene.config.toml_text import format_value

    if provider is not None:
        yield f"asr.default_provider={format_value(provider)}"
        yield "asr.fallback_providers=[]"
    if language is not None:
        yield f"asr.language={format_value(language)}"


class _Job:
    """All files of one command line: writes what they say, tells what is wrong with them."""

    def __init__(self, chosen: ChosenConfig, form: str, is_one_of_several: bool) -> None:
        from irene.cli.progress_line import ProgressLine
        from irene.domain.clock import SystemClock

        self._progress: ProgressLine = ProgressLine(sys.stderr, SystemClock())
        self._writer = self._open_writer(form, is_one_of_several)
        self._transcriber = self._open_transcriber(chosen)
        self._told: set[str] = set()
        self._exit_code = 0

    def run(self, files: tuple[str, ...]) -> int:
        """Transcribe every file; return the exit status of the first that failed, else 0.

        Raises:
            IreneError: nothing at all can be transcribed.
        """
        self._transcriber.load()
        try:
            for file in files:
                self._transcribe(file)
        finally:
            self._progress.clear()
            self._writer.close()
            self._transcriber.close()
        return self._exit_code

    def _transcribe(self, file: str) -> None:
        from irene.errors import ConfigurationError, IreneError

        self._progress.begin(file)
        try:
            transcription = self._transcriber.open(file, self._progress.show)
        except ConfigurationError:
            raise
        except IreneError as error:
            self._report(error)
        else:
            self._writer.write(file, transcription, self._readable(transcription))

    def _readable(self, transcription: Transcription) -> Iterator[Segment]:
        """Yield segments up to the end, or to what is wrong."""
        from irene.errors import IreneError

        try:
            yield from transcription
        except IreneError as error:
            self._report(error)

    def _report(self, error: IreneError) -> None:
        self._exit_code = self._exit_code or error.exit_code
        for line in error_lines(error):
            self._tell(line)

    def _take_event(self, event: Event) -> None:
        """Tell what the engines report, each thing once."""
        from irene.domain.events import ProviderFailed, Warned

        if isinstance(event, Warned):
            line = f"warning: {event.message}"
        elif isinstance(event, ProviderFailed):
            line = f"warning: {event.kind} provider {event.provider!r} failed: {event.reason}"
        else:
            return
        if line not in self._told:
            self._tell(line)
        self._told.add(line)

    def _tell(self, line: str) -> None:
        self._progress.clear()
        tell(line)

    def _write(self, text: str) -> None:
        self._progress.clear()
        click.echo(text.encode(errors="backslashreplace"), nl=False)  # as `main` sets stdout

    def _open_writer(self, form: str, is_one_of_several: bool) -> TranscriptWriter:
        from irene.cli.transcript_writers import JsonWriter, SubtitleWriter, TextWriter

        if form == "text":
            return TextWriter(self._write, is_one_of_several)
        if form == "json":
            return JsonWriter(self._write)
        return SubtitleWriter(self._write, as_vtt=form == "vtt")

    def _open_transcriber(self, chosen: ChosenConfig) -> Transcriber:
        from irene.components.assembly import Assembly
        from irene.pipeline.transcription import Transcriber

        registry = chosen.registry()
        config = chosen.load(registry)
        for warning in config.warnings:
            tell(str(warning))
        return Transcriber(Assembly(config, registry, self._take_event))
