"""All that is known of an assistant's audio before it flows: for `irene audio plan`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from irene.audio.conversion_cost import ConversionCost, measure_conversion
from irene.audio.plan import AudioPlan, Consumer, Fallback
from irene.config.sections import Config
from irene.domain.audio import AudioFormat, ResampleQuality
from irene.domain.clock import Clock
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.pipeline.input_plan import expected_plan
from irene.pipeline.parts import Parts
from irene.pipeline.plan_problems import plan_problems
from irene.providers.border import ForeignCode

_DIGITS = 3


@dataclass(frozen=True, kw_only=True)
class SourceOutline:
    """What the input brings."""

    provider: str
    """name of the input"""
    sample_rate: int
    """Hz"""
    channels: int
    """interleaved channels"""
    sample_type: str
    """`int16` or `float32`"""
    known_from: str
    """`input` (it was looked at or opened), `configuration`, or `option` (of the command line)"""
    block_frames: int | None
    """frames per read, where the configuration says it; else null"""


@dataclass(frozen=True, kw_only=True)
class FallbackOutline:
    """A provider that stands in."""

    provider: str
    """its name"""
    sample_rates: tuple[int, ...]
    """Hz that it takes; empty for any"""
    fits: bool
    """whether it takes the audio of the consumer; else it is left out"""


@dataclass(frozen=True, kw_only=True)
class ConsumerOutline:
    """How one consumer is fed."""

    name: str
    """`voice_trigger`, `stop_words`, `vad` or `asr`"""
    provider: str
    """provider that would serve"""
    sample_rate: int
    """Hz"""
    channels: int
    """always 1"""
    sample_type: str
    """`int16` or `float32`"""
    window_samples: int | None
    """samples that it is fed at a time; null for any number"""
    pre_roll_ms: int | None
    """audio from before that it is fed first; null where there is none"""
    quality: str | None
    """quality of the conversion; null when the rate stays as it is"""
    asked_quality: str | None
    """quality that it would have by itself; null when the rate stays as it is"""
    shared_with: tuple[str, ...]
    """consumers that get the same audio"""
    decided_by: str | None
    """consumer whose wish the quality is; null when the rate stays as it is"""
    delay_mean_ms: float
    """sound that its conversion holds back, on average"""
    delay_max_ms: float
    """sound that its conversion holds back, at most"""
    fallbacks: tuple[FallbackOutline, ...]
    """providers that stand in, in their order"""


@dataclass(frozen=True, kw_only=True)
class ConversionOutline:
    """One conversion of the sample rate."""

    from_hz: int
    """Hz of the input"""
    to_hz: int
    """Hz of the consumers"""
    quality: str
    """soxr's name of the recipe"""
    provider: str
    """resampler"""
    consumers: tuple[str, ...]
    """who is fed from it"""
    delay_mean_ms: float
    """sound that is held back, on average"""
    delay_max_ms: float
    """sound that is held back, at most"""
    work_ms_per_s: float
    """processing time for a second of audio, measured on this machine just now"""


@dataclass(frozen=True, kw_only=True)
class EchoOutline:
    """What keeps the assistant's own voice out of the microphone, before all consumers."""

    mode: str
    """`cancel`, `gate`, `mute` or `off`, as it comes to be with this input"""
    provider: str | None
    """echo canceller; null without one"""
    sample_rate: int
    """Hz at which it works: those of the input"""


@dataclass(frozen=True, kw_only=True)
class VoiceOutline:
    """The way out: from the voice to the loudspeaker."""

    provider: str
    """voice"""
    sample_rate: int | None
    """Hz; null when that shows only once the voice is loaded"""
    output: str
    """where it goes; the output converts to what its device takes"""


@dataclass(frozen=True, kw_only=True)
class ConflictOutline:
    """A key that cannot be followed."""

    key: str
    """dotted key"""
    message: str
    """one line: what it says, why that does not fit, what would be right"""
    level: str
    """`error` (strict: the assistant does not start) or `warning`"""
    file: str
    """file, variable or option that says it; name of the profile for a default"""
    line: int | None
    """line of the file, from 1"""
    cures: tuple[str, ...]
    """lines of TOML, each of which alone cures it"""


@dataclass(frozen=True, kw_only=True)
class AudioOutline:
    """The whole plan, as data."""

    source: SourceOutline
    consumers: tuple[ConsumerOutline, ...]
    """in the order in which audio reaches them"""
    conversions: tuple[ConversionOutline, ...]
    """one per rate"""
    echo: EchoOutline | None
    """null for an input that does not hear the loudspeaker"""
    voice: VoiceOutline | None
    """null when answers are only written"""
    conflicts: tuple[ConflictOutline, ...]


class Outliner:
    """Describes the audio of an assistant whose engines are not loaded."""

    def __init__(self, parts: Parts, config: Config, clock: Clock) -> None:
        self._parts = parts
        self._config = config
        self._clock = clock

    def outline(self, source: AudioFormat, known_from: str) -> AudioOutline:
        """Return everything about an input of this format.

        Args:
            source: the input's format.
            known_from: see `SourceOutline`.

        Raises:
            ProviderUnavailableError: there is no resampler that could be measured.
        """
        plan = expected_plan(self._parts, source)
        costs = self._costs(plan)
        return AudioOutline(
            source=self._source(source, known_from),
            consumers=tuple(self._consumer(plan, one, costs) for one in plan.consumers),
            conversions=tuple(self._conversion(plan, rate, cost) for rate, cost in costs.items()),
            echo=self._echo(source.sample_rate),
            voice=self._voice(),
            conflicts=tuple(self._conflicts(plan)),
        )

    def _costs(self, plan: AudioPlan) -> dict[int, ConversionCost]:
        """Return what each conversion costs, by its target rate in Hz."""
        wanted: dict[int, ResampleQuality] = {
            route.target.sample_rate: route.quality
            for route in plan.routes.values()
            if route.quality is not None
        }
        source_rate = plan.source.sample_rate
        return {
            rate: measure_conversion(
                self._parts.open_converter, (source_rate, rate), quality, self._clock
            )
            for rate, quality in wanted.items()
        }

    def _source(self, source: AudioFormat, known_from: str) -> SourceOutline:
        taken = self._parts.inputs.expected
        options = taken.provider.options if taken is not None else None
        return SourceOutline(
            provider=taken.name if taken is not None else "",
            sample_rate=source.sample_rate,
            channels=source.channels,
            sample_type=source.dtype,
            known_from=known_from,
            block_frames=_block_frames(options, source.sample_rate),
        )

    def _consumer(
        self, plan: AudioPlan, consumer: Consumer, costs: dict[int, ConversionCost]
    ) -> ConsumerOutline:
        route = plan.routes[consumer.section]
        rate = route.target.sample_rate
        cost = costs.get(rate)
        return ConsumerOutline(
            name=consumer.section,
            provider=consumer.provider,
            sample_rate=rate,
            channels=route.target.channels,
            sample_type=consumer.dtype,
            window_samples=consumer.window or None,
            pre_roll_ms=self._pre_roll_ms(consumer.section),
            quality=route.quality.value if route.quality else None,
            asked_quality=route.asked.value if route.asked else None,
            shared_with=route.shared_with,
            decided_by=route.decided_by or None,
            delay_mean_ms=round(cost.delay_mean_ms, _DIGITS) if cost else 0.0,
            delay_max_ms=round(cost.delay_most_ms, _DIGITS) if cost else 0.0,
            fallbacks=tuple(_fallback(one, rate) for one in consumer.fallbacks),
        )

    def _conversion(self, plan: AudioPlan, rate: int, cost: ConversionCost) -> ConversionOutline:
        routes = [one for one in plan.routes.values() if one.target.sample_rate == rate]
        resampler = self._parts.resampling.chain.expected
        return ConversionOutline(
            from_hz=plan.source.sample_rate,
            to_hz=rate,
            quality=next(route.quality.value for route in routes if route.quality),
            provider=resampler.name if resampler is not None else "",
            consumers=tuple(route.section for route in routes),
            delay_mean_ms=round(cost.delay_mean_ms, _DIGITS),
            delay_max_ms=round(cost.delay_most_ms, _DIGITS),
            work_ms_per_s=round(cost.work_ms_per_s, _DIGITS),
        )

    def _pre_roll_ms(self, section: str) -> int | None:
        if section == Kind.VOICE_TRIGGER:
            return self._config.voice_trigger.pre_roll_ms
        return self._config.vad.pre_roll_ms if section == Kind.ASR else None

    def _echo(self, sample_rate: int) -> EchoOutline | None:
        taken, own_voice = self._parts.inputs.expected, self._parts.own_voice
        if taken is None or not taken.provider.live:
            return None
        cancels = own_voice.cancellers is not None and own_voice.cancellers.expected is not None
        fits = cancels and own_voice.conflict(sample_rate, "", live=True) is None
        expected = own_voice.cancellers.expected if own_voice.cancellers and fits else None
        mode = self._config.audio.echo
        return EchoOutline(
            mode="gate" if mode == "cancel" and expected is None else mode,
            provider=None if expected is None else expected.name,
            sample_rate=sample_rate,
        )

    def _voice(self) -> VoiceOutline | None:
        voice, output = self._parts.mouth.voice, self._parts.mouth.outputs.expected
        speaking = None if voice is None else voice.chain.expected
        if speaking is None or output is None:
            return None
        try:
            with ForeignCode():
                rate = speaking.provider.expected_rate()
        except IreneError:
            rate = None  # `irene run` says what is wrong with the voice
        return VoiceOutline(provider=speaking.name, sample_rate=rate, output=output.name)

    def _conflicts(self, plan: AudioPlan) -> Iterator[ConflictOutline]:
        problems = plan_problems(plan, self._config)
        for conflict, problem in zip(plan.conflicts, problems, strict=True):
            yield ConflictOutline(
                key=conflict.key,
                message=str(conflict),
                level=problem.level,
                file=problem.file,
                line=problem.line,
                cures=tuple(f"{key} = {value}" for key, value in conflict.cures),
            )


def _fallback(fallback: Fallback, rate: int) -> FallbackOutline:
    return FallbackOutline(
        provider=fallback.provider, sample_rates=fallback.accepted_rates, fits=fallback.takes(rate)
    )


def _block_frames(options: object, sample_rate: int) -> int | None:
    """Return how much is read at a time, where the options of the input say so."""
    frames = getattr(options, "chunk_size", None)
    if isinstance(frames, int):
        return frames
    block_ms = getattr(options, "block_ms", None)
    return sample_rate * block_ms // 1000 if isinstance(block_ms, int) else None
