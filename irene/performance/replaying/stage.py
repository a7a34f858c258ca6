"""The stage of a repeated session: a recording in, nothing out, and nobody acts on the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, cast

from irene.domain.audio import AudioFormat, LostAudio, Samples
from irene.domain.intents import Intent, Response
from irene.domain.kinds import Kind
from irene.performance.replaying.pace import RecordedClock, RecordedPace, Sounding
from irene.performance.replaying.recorded_answers import RecordedAnswers
from irene.pipeline.recording.reading import Recording
from irene.plugin.host import PluginReport, ProviderClass
from irene.plugin.registry import ComponentRegistry, ProviderEntry
from irene.providers.input import Input, InputStream
from irene.providers.intents import HandlerContext, IntentHandler, Services
from irene.providers.output import Output, OutputStream

REPLAYED = "replayed"
"""name of the input and of the output"""

_SOUNDS = ("listening", "done", "error", "alarm")
"""they are played while the input goes on: nobody could say where they would fall"""

OnPosition = Callable[[float], None]


class RecordedStream(InputStream):
    """A recording, read chunk by chunk as it came then."""

    def __init__(self, recording: Recording, pace: RecordedPace, clock: RecordedClock) -> None:
        self._recording = recording
        self._pace = pace
        self._clock = clock
        self._next = 0
        self._read = 0
        first = recording.chunks[0].first_sample if recording.chunks else 0
        self._origin = self._due = first
        self._lost: tuple[LostAudio, ...] = ()
        self.on_position: OnPosition = lambda position_s: None
        """told, before a chunk is heard, where it begins"""

    @property
    def format(self) -> AudioFormat:
        """Format of the recording."""
        audio = self._recording.audio
        return AudioFormat(16000) if audio is None else audio

    def read(self) -> Samples | None:
        """Return the next chunk, as soon as the pace allows it."""
        if self._next == len(self._recording.chunks):
            self._pace.end()
            return None
        chunk = self._recording.chunks[self._next]
        rate = self.format.sample_rate
        self._next += 1
        missing = chunk.first_sample - self._due
        reason = "it was lost then, or not recorded"
        self._lost = (LostAudio(missing, reason),) if missing > 0 else ()
        self._due = chunk.first_sample + chunk.n_samples
        self.on_position((chunk.first_sample - self._origin) / rate)
        end_s = (self._due - self._origin) / rate
        self._pace.go_on(end_s)
        self._clock.wake(end_s)
        samples = self._recording.samples[self._read : self._read + chunk.n_samples]
        self._read += chunk.n_samples
        return samples

    def lost(self) -> tuple[LostAudio, ...]:
        """Return what is missing before the newest chunk."""
        lost, self._lost = self._lost, ()
        return lost

    def length_s(self) -> float:
        """Return the length of the recording."""
        return self._recording.seconds

    def close(self) -> None:
        """Wake whoever waits."""
        self._pace.end()


class _SoundingStream(OutputStream):
    """An answer that takes as long as its sound, on the clock of the recording."""

    def __init__(self, sounding: Sounding, sample_rate: int) -> None:
        self._sounding = sounding
        self._sample_rate = sample_rate

    def write(self, samples: Samples) -> None:
        self._sounding.play(len(samples) / self._sample_rate)

    def finish(self) -> None:
        self._sounding.finish()

    def abort(self) -> None:
        self._sounding.end()


class _SilentStream(OutputStream):
    """An answer that takes no time."""

    def write(self, samples: Samples) -> None:
        """Forget the samples."""

    def finish(self) -> None:
        """Return at once."""

    def abort(self) -> None:
        """Return at once."""


class StageRegistry(ComponentRegistry):
    """The providers that there are, with the input and the output of a repeated session.

    Of the handlers, those that are `repeatable` answer themselves; others say what they said then.
    """

    def __init__(self, registry: ComponentRegistry, answers: RecordedAnswers) -> None:
        self.plugins = registry.plugins
        self.left_out = registry.left_out
        self._entries = {kind: dict(registry.entries(kind)) for kind in Kind}
        handlers = self._entries[Kind.INTENTS]
        for name, entry in handlers.items():
            if not getattr(entry.cls, "repeatable", False):
                handlers[name] = _reciting(entry, answers)

    def offer(self, *classes: ProviderClass) -> None:
        """Put providers into the slots of their kinds."""
        report = PluginReport(REPLAYED, __name__, providers=classes)
        for cls in classes:
            self._entries[cls.kind][cls.name] = ProviderEntry(cls, report)


def recorded_input(stream: RecordedStream) -> ProviderClass:
    """Return an input that brings a recording."""

    class RecordedInput(Input[None]):
        name: ClassVar[str] = REPLAYED
        summary: ClassVar[str] = "a recorded session"

        def open_stream(self) -> InputStream:
            return stream

        def expected_format(self) -> AudioFormat | None:
            return stream.format

    return cast("ProviderClass", RecordedInput)


def timed_output(pace: RecordedPace | None) -> ProviderClass:
    """Return an output whose sound takes time on the clock of a recording; None: it takes none."""

    class RecordedOutput(Output[None]):
        name: ClassVar[str] = REPLAYED
        summary: ClassVar[str] = "answers of a repeated session are not played"
        live: ClassVar[bool] = pace is not None

        def open_stream(self, sample_rate: int) -> OutputStream:
            if pace is None:
                return _SilentStream()
            return _SoundingStream(pace.begin_sound(), sample_rate)

    return cast("ProviderClass", RecordedOutput)


def stage_settings(state_folder: str, is_heard: bool) -> Mapping[str, Any]:
    """Return what is set on every stage: nothing is played, sent, watched or left behind."""
    inputs = {"inputs.default_provider": REPLAYED, "inputs.fallback_providers": []}
    return {
        **(inputs if is_heard else {}),
        **dict.fromkeys((f"sounds.{name}" for name in _SOUNDS), False),
        "outputs.default_provider": REPLAYED,
        "outputs.fallback_providers": [],
        "assistant.state_folder": state_folder,
        "assistant.control": False,
        "assistant.watch": False,
        "asr.keep_failed": 0,
        "recorder.enabled": False,
        "performance.store": False,
        "performance.metrics_port": 0,
        "performance.otel_endpoint": "",
    }


def _reciting(entry: ProviderEntry, answers: RecordedAnswers) -> ProviderEntry:
    """Return a handler that understands as ever, and says what it said when it was recorded."""

    def handle(
        self: IntentHandler[Any], intent: Intent, context: HandlerContext
    ) -> Response | None:
        return answers.take(entry.name, intent.text, context.language)

    def start(self: IntentHandler[Any], services: Services) -> None:
        """Nothing goes on."""

    acting = cast("type[Any]", entry.cls)
    reciting = type(acting.__name__, (acting,), {"handle": handle, "start": start})
    return replace(entry, cls=cast("ProviderClass", reciting))
