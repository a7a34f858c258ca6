"""`irene transcribe`: what recordings say, as text, JSON or subtitles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from irene.cli.configuration import ChosenConfig, takes_config
from irene.cli.error_border import tell
from irene.cli.terminal.standard_streams import Write, reserved_stdout

if TYPE_CHECKING:
    from irene.cli.terminal.progress_line import ProgressLine
    from irene.cli.transcripts.writers import TranscriptWriter
    from irene.cli.trouble_reporter import TroubleReporter
    from irene.components.assembly import Assembly
    from irene.pipeline.transcribing.reading_ahead import Opened
    from irene.pipeline.transcribing.segment import Segment
    from irene.pipeline.transcribing.transcriber import Transcriber
    from irene.pipeline.transcribing.transcription import OnProgress, Transcription

_FORMATS = ("text", "json", "srt", "vtt")
_SUBTITLES = ("srt", "vtt")
_EXAMPLES = """\b
Examples:
  irene transcribe interview.mp3
  irene transcribe *.wav --format json | jq -r '.[] | [.file, .text] | @tsv'
  irene transcribe talk.flac --format srt > talk.srt
  ffmpeg -i film.mkv -f wav - | irene transcribe - --provider vosk
  irene transcribe --compare vosk,pocketsphinx *.wav --reference texts.csv
  irene transcribe --pending
"""


@click.command(name="transcribe", epilog=_EXAMPLES)
@click.argument("files", metavar="[FILE...]", nargs=-1)
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
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "--compare",
    metavar="NAME,NAME...",
    help="Recognisers to set side by side: what they write, speed and memory.",
)
@click.option(
    "--reference",
    metavar="TEXT|CSV",
    help="With --compare: what is really said, for word error rates.",
)
@click.option(
    "--pending",
    is_flag=True,
    help="Write down what was said to the assistant while no recogniser worked.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Utterances recognised at a time, of one FILE or several; else as many as pay.",
)
@click.option("--keep", is_flag=True, help="With --pending: do not remove what succeeded.")
def command(
    chosen: ChosenConfig,
    files: tuple[str, ...],
    provider: str | None,
    language: str | None,
    form: str,
    **options: Any,
) -> int:
    """Write down what recordings say.

    FILE is a recording of any length (WAV, FLAC, OGG, MP3, raw PCM), or - for a pipe. A file that
    cannot be read is reported; the others go on, and the exit status is 4 in the end.

    With a configuration of your own, what its sentences say is recognised best, as by the
    assistant; everything else is recognised freely. --set asr.grammar=off leaves the sentences out.

    When every recogniser fails, the assistant keeps what was said. --pending tries again, writes
    the text after the time when it was said, and removes what succeeded.

    Where the recogniser gains from it, several stretches of speech are recognised at a time; the
    order and the texts stay the same.

    --compare lets several recognisers write down the same files, each in a process of its own.
    The reference is a text with a line for each FILE, or a table with columns `file` and `text`.
    """
    form = _form(form, options.pop("as_json"))
    pending, keep, compare = options["pending"], options["keep"], options["compare"]
    _check_usage(files, form, pending, keep)
    _check_comparison(files, form, provider, options)
    wanted = _with_language(_with_provider(chosen, provider), language)
    with reserved_stdout() as write:
        if compare is not None:
            return _compared(wanted, write, files, form == "json", options)
        job = _Job(wanted, form, len(files) > 1, write, options["at_once"])
        return job.run_pending(form == "json", language, keep) if pending else job.run(files)


def _form(form: str, as_json: bool) -> str:
    if as_json and form in _SUBTITLES:
        raise click.UsageError(f"--json is --format json: it does not go with --format {form}")
    return "json" if as_json else form


def _compared(
    chosen: ChosenConfig, write: Write, files: tuple[str, ...], as_json: bool, options: Any
) -> int:
    from irene.cli.transcripts.compared_recognisers import ComparedRecognisers
    from irene.cli.trouble_reporter import TroubleReporter

    job = ComparedRecognisers(chosen, _with_provider, TroubleReporter(tell))
    return job.run(options["compare"], files, options["reference"], write, as_json)


def _check_usage(files: tuple[str, ...], form: str, pending: bool, keep: bool) -> None:
    if pending and files:
        raise click.UsageError("--pending takes no FILE")
    if pending and form in _SUBTITLES:
        raise click.UsageError(f"--pending: --format is text or json, not {form}")
    if keep and not pending:
        raise click.UsageError("--keep goes with --pending")
    if not pending and not files:
        raise click.UsageError("Missing argument 'FILE...'.")
    if form in _SUBTITLES and len(files) > 1:
        raise click.UsageError(f"--format {form} is for one file at a time, not {len(files)}")


def _check_comparison(
    files: tuple[str, ...], form: str, provider: str | None, options: dict[str, Any]
) -> None:
    if options["compare"] is None:
        if options["reference"] is not None:
            raise click.UsageError("--reference goes with --compare")
        return
    others = {
        "--pending": options["pending"],
        "--provider": provider is not None,
        "--at-once": options["at_once"] is not None,
    }
    for other, is_given in others.items():
        if is_given:
            raise click.UsageError(f"--compare does not go with {other}")
    if form in _SUBTITLES:
        raise click.UsageError(f"--compare: --format is text or json, not {form}")
    if "-" in files:
        raise click.UsageError("--compare reads every FILE several times: - can be read once only")


def _with_provider(chosen: ChosenConfig, provider: str | None) -> ChosenConfig:
    from irene.config.toml_text import format_value

    if provider is None:
        return chosen
    only = (f"asr.default_provider={format_value(provider)}", "asr.fallback_providers=[]")
    return chosen.preceded_by(*only, option="--provider")


def _with_language(chosen: ChosenConfig, language: str | None) -> ChosenConfig:
    from irene.config.toml_text import format_value

    if language is None:
        return chosen
    return chosen.preceded_by(f"asr.language={format_value(language)}", option="--language")


class _Job:
    """All files of one command line: writes what they say, tells what is wrong with them."""

    def __init__(
        self,
        chosen: ChosenConfig,
        form: str,
        is_one_of_several: bool,
        write: Write,
        at_once: int | None,
    ) -> None:
        from irene.cli.terminal.progress_line import ProgressLine
        from irene.cli.trouble_reporter import TroubleReporter
        from irene.domain.clock import SystemClock

        self._write_bytes = write
        self._progress: ProgressLine = ProgressLine(sys.stderr, SystemClock())
        self._troubles: TroubleReporter = TroubleReporter(self._tell)
        self._writer = self._open_writer(form, is_one_of_several)
        self._assembly, self._transcriber = self._open_transcriber(chosen, at_once)

    def run_pending(self, as_json: bool, language: str | None, keep: bool) -> int:
        """Transcribe what is pending; return the exit status of the first error, else 0."""
        from irene.cli.transcripts.pending import PendingTranscripts
        from irene.components.utterances.spool import recover

        pending = self._assembly.pending_speech()
        recover(pending)
        if not pending.entries():
            self._tell(f"nothing is pending in {pending.folder}")
        elif not self._is_loaded():
            return self._troubles.exit_code
        try:
            PendingTranscripts(
                pending,
                self._transcriber,
                self._troubles,
                self._write,
                language=language,
                keep=keep,
            ).run(as_json=as_json)
        finally:
            self._troubles.survived()
            self._transcriber.close()
        return self._troubles.exit_code

    def run(self, files: tuple[str, ...]) -> int:
        """Transcribe every file; return the exit status of the first error, else 0.

        Raises:
            ConfigurationError: the configuration forbids what a file needs.
        """
        if not self._is_loaded():
            return self._troubles.exit_code
        try:
            for opened in self._transcriber.open_all(files, self._watched):
                self._troubles.survived()
                self._transcribe(opened)
        finally:
            self._progress.clear()
            self._writer.close()
            self._troubles.survived()
            self._transcriber.close()
        return self._troubles.exit_code

    def _is_loaded(self) -> bool:
        """Load the engines; what is missing is told."""
        from irene.errors import IreneError

        try:
            self._transcriber.load()
        except IreneError as error:
            self._troubles.fail(error)
            return False
        return True

    def _watched(self, file: str) -> OnProgress:
        self._progress.begin(file)
        return self._progress.show

    def _transcribe(self, opened: Opened[Transcription]) -> None:
        from irene.errors import ConfigurationError

        file, transcription = opened.file, opened.recording
        if isinstance(opened.error, ConfigurationError):
            raise opened.error
        if opened.error is not None:
            self._troubles.fail(opened.error, file)
        if transcription is not None:
            self._writer.write(file, transcription, _Readable(file, transcription, self._troubles))

    def _tell(self, line: str) -> None:
        self._progress.clear()
        tell(line)

    def _write(self, text: str) -> None:
        self._progress.clear()
        self._write_bytes(text.encode(errors="backslashreplace"))  # as `main` sets stdout

    def _open_writer(self, form: str, is_one_of_several: bool) -> TranscriptWriter:
        from irene.cli.transcripts.writers import JsonWriter, SubtitleWriter, TextWriter

        if form == "text":
            return TextWriter(self._write, is_one_of_several)
        if form == "json":
            return JsonWriter(self._write)
        return SubtitleWriter(self._write, as_vtt=form == "vtt")

    def _open_transcriber(
        self, chosen: ChosenConfig, at_once: int | None
    ) -> tuple[Assembly, Transcriber]:
        from irene.components.assembly import Assembly
        from irene.pipeline.transcribing.transcriber import Transcriber

        registry = chosen.registry()
        config = chosen.load(registry)
        for warning in config.warnings:
            tell(str(warning))
        has_own = chosen.source is not None or config.name != "default"
        assembly = Assembly(config, registry, self._troubles.take)
        return assembly, Transcriber(assembly, guided=has_own, at_once=at_once)


class _Readable:
    """The segments of a recording up to its end, or to what is wrong; that is told."""

    def __init__(self, file: str, transcription: Transcription, troubles: TroubleReporter) -> None:
        self._file = file
        self._transcription = transcription
        self._troubles = troubles
        self.is_whole = True

    def __iter__(self) -> Iterator[Segment]:
        from irene.errors import IreneError

        try:
            for segment in self._transcription:
                self._troubles.survived()
                yield segment
        except IreneError as error:
            self.is_whole = False
            self._troubles.fail(error, self._file)
