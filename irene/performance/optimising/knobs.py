"""What is tried: keys of the configuration, with values from what sections and plugins declare."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from irene.components.threads import usable_cores
from irene.config.fields import Field, descriptions_of, fields_of
from irene.config.origins import dotted
from irene.config.sections import Config
from irene.config.sections.providers import ProviderTable
from irene.domain.kinds import Kind
from irene.errors import IreneError
from irene.models.store import model_folders
from irene.performance.optimising.goals import Goal
from irene.performance.optimising.questions import device_options
from irene.plugin.registry import ComponentRegistry, ProviderEntry

_ALL = frozenset(Goal)
_SPEED = frozenset((Goal.LATENCY, Goal.CPU))
_DELAY = frozenset((Goal.LATENCY, Goal.ACCURACY))
_HEARD = frozenset((Goal.LATENCY, Goal.CPU, Goal.ACCURACY))
_SIZE = frozenset((Goal.MEMORY,))
_LOAD = frozenset((Goal.CPU, Goal.MEMORY))
_PAUSES = "whoever pauses for longer in the middle of a command is cut off"
_FALSE_WAKES = "what sounds like the wake word and is none should be among the recordings"

_NO_OTHERS = "false alarms would not show: add recordings without the wake word (--reference)"


@dataclass(frozen=True)
class Scene:
    """What the recordings are good for."""

    wakes: bool
    """whether the wake word is in them"""
    has_others: bool
    """whether some are not meant for the assistant, so that false alarms show"""
    sample_rates: frozenset[int]
    """Hz, as they reach the assistant"""


@dataclass(frozen=True)
class Knob:
    """One key that may be turned."""

    key: str
    """dotted, as TOML writes it"""
    before: Any
    """its value now"""
    values: tuple[Any, ...]
    """others to try"""
    why: str
    """what it is about: the first sentence of its own documentation"""
    caution: str = ""
    """what recordings do not show; empty when there is nothing"""


@dataclass(frozen=True)
class _Row:
    """A key of a section: the values that make sense, where its declared type does not say."""

    section: str
    key: str
    goals: frozenset[Goal]
    values: tuple[Any, ...] = ()
    """candidates; empty: every value of its type, where those are few"""
    caution: str = ""
    needs: Literal["", "wake", "others", "conversion"] = ""
    """what the recordings must have: the wake word; others that are not for the assistant; a
    sample rate that has to be converted"""


@dataclass(frozen=True)
class _Engine:
    """A slot whose engine may be another one of those that are there."""

    kind: Kind
    goals: frozenset[Goal]
    caution: str = ""
    needs_wake_word: bool = False
    """whether the wake word must be in some recordings, and others be not for the assistant"""


ROWS = (
    _Row("vad", "end_silence_ms", _DELAY, (400, 500, 600, 700, 900), _PAUSES),
    _Row("asr", "partials", _ALL),
    _Row("asr", "grammar", _ALL, ("auto", "off")),
    _Row("vad", "threshold", _DELAY, (0.35, 0.5, 0.65)),
    _Row("vad", "threshold_end", _DELAY, (0.2, 0.35, 0.5)),
    _Row("vad", "onset_ms", _DELAY, (32, 64, 96, 160)),
    _Row("voice_trigger", "gate_db", _SPEED, (0.0, 3.0, 6.0, 9.0, 12.0), "", "wake"),
    _Row("voice_trigger", "gate_hold_ms", _SPEED, (500, 1000, 1500), "", "wake"),
    _Row("voice_trigger", "confidence_threshold", _DELAY, (0.5, 0.7, 0.9), _FALSE_WAKES, "others"),
    _Row("asr", "resample_quality", _HEARD, ("fast", "medium", "high"), "", "conversion"),
    _Row("vad", "resample_quality", _SPEED, ("fast", "medium"), "", "conversion"),
    _Row("voice_trigger", "resample_quality", _SPEED, ("fast", "medium"), "", "conversion"),
    _Row("tts", "cache_max_mb", _SIZE, (0.0, 4.0, 16.0)),
    _Row("resampling", "cache_max_mb", _SIZE, (0.0, 16.0, 64.0)),
    _Row("language", "encoder_cache_mb", _SIZE, (0.0, 32.0, 128.0)),
)
"""Keys of sections, in the order in which they are tried: the engines of `_ENGINES` come first."""
_ENGINES = (
    _Engine(Kind.ASR, _ALL),
    _Engine(Kind.VAD, _ALL, "how it copes with noise shows only if the recordings have some"),
    _Engine(Kind.VOICE_TRIGGER, _ALL, _FALSE_WAKES, needs_wake_word=True),
    _Engine(Kind.TTS, _ALL - {Goal.ACCURACY}, "how it sounds is for you to judge"),
)
_OPTIONS: dict[str, tuple[frozenset[Goal], Callable[[], Sequence[Any]]]] = {
    "compute_type": (_ALL, tuple),
    "threads": (_SPEED, lambda: sorted({1, 2, usable_cores()})),
    "parallel": (_LOAD, lambda: (1, 2)),
    "beam_size": (_ALL, lambda: (1, 2, 5)),
    "temperature_fallback": (_SPEED, lambda: (True, False)),
    "in_pauses": (_SPEED, lambda: (True, False)),
    "word_times": (_SPEED, lambda: (True, False)),
    "partial_every_s": (_SPEED, lambda: (0.0, 1.0, 2.0)),
    "second_pass": (_ALL, lambda: (True, False)),
    "max_hmms_per_frame": (_ALL, lambda: (1000, 3000, 10000)),
    "gaussians": (_ALL, lambda: (1, 2, 4)),
}
"""options of recognisers that cost time or words, by name, whoever declares them"""

_BLOCK_S = 0.04
"""audio that a device delivers at a time unless its options say otherwise"""
_BLOCKS_S = (0.01, 0.02, 0.04, 0.08)

Turn = Callable[[Config], "Knob | str | None"]
"""Returns what can be tried on top of a configuration; a text says why nothing can be."""


def turns(registry: ComponentRegistry, scene: Scene, goal: Goal) -> Iterator[tuple[str, Turn]]:
    """Yield what may be tried for a goal, with a name for each, what promises most first."""
    for engine in _ENGINES:
        if goal in engine.goals:
            turn = functools.partial(_engine, engine, registry, scene)
            yield f"{engine.kind}.default_provider", turn
    yield "asr model", functools.partial(_model, registry)
    for row in ROWS:
        if goal in row.goals:
            yield f"{row.section}.{row.key}", functools.partial(_section_key, row, scene)
    for name, (goals, values) in _OPTIONS.items():
        if goal in goals:
            yield f"asr option {name}", functools.partial(_option, registry, name, values)
    yield "asr isolation", _isolation
    yield "asr workers", _workers
    for key in ("chunk_size", "rate", "capture_channels"):
        yield f"input {key}", functools.partial(_device, registry, key)


def _engine(
    row: _Engine, registry: ComponentRegistry, scene: Scene, config: Config
) -> Knob | str | None:
    section = getattr(config, str(row.kind))
    if not section.enabled or (row.needs_wake_word and not scene.wakes):
        return None
    if row.needs_wake_word and not scene.has_others:
        return _NO_OTHERS
    now = section.default_provider
    names = dict.fromkeys((*section.providers, *registry.entries(row.kind)))
    others = tuple(
        one for one in names if one != now and _is_usable(row.kind, one, section, registry)
    )
    why = _why(type(section), "default_provider")
    return Knob(f"{row.kind}.default_provider", now, others, why, row.caution)


def _is_usable(kind: Kind, name: str, section: Any, registry: ComponentRegistry) -> bool:
    """Return whether a provider is there with all it needs; a wake word needs a model of it."""
    table = section.providers.get(name) or ProviderTable(name=name, type=name)
    entry = registry.entries(kind).get(table.type or name)
    if entry is None or not table.enabled:
        return False
    try:
        provider: Any = registry.create(kind, entry.name, table.options)
        ready: bool = provider.check().ready
    except (IreneError, ValueError):
        return False
    if kind is Kind.VOICE_TRIGGER:
        known = provider.capabilities
        return ready and (known.any_phrase or set(section.wake_words) <= set(known.wake_words))
    return ready


def _model(registry: ComponentRegistry, config: Config) -> Knob | None:
    """Return the other models of the recogniser that are installed."""
    found = _asr(config, registry)
    if found is None:
        return None
    name, entry, options = found
    known = fields_of(type(options))
    if "model" not in known or known["model"].metadata.get("path") != "model":
        return None
    files = [
        path.stem if path.is_file() else path.name
        for folder in model_folders()
        for path in sorted((folder / entry.name).glob("*"))
    ]
    key = "model_size" if getattr(options, "model_size", "") else "model"
    now = getattr(options, key)
    ready = [one for one in dict.fromkeys(files) if one != now and _takes(entry, options, key, one)]
    return Knob(_asr_key(name, key), now, tuple(ready), _why(type(options), key))


def _takes(entry: ProviderEntry, options: Any, key: str, value: Any) -> bool:
    try:
        provider: Any = entry.cls(dataclasses.replace(options, **{key: value}))
        return bool(provider.check().ready)
    except (IreneError, ValueError):
        return False


def _section_key(row: _Row, scene: Scene, config: Config) -> Knob | str | None:
    section = getattr(config, row.section)
    if not getattr(section, "enabled", True):
        return None
    if row.needs and not scene.wakes and row.needs != "conversion":
        return None
    if row.needs == "others" and not scene.has_others:
        return _NO_OTHERS
    if row.needs == "conversion" and scene.sample_rates <= {section.sample_rate}:
        return None
    declared = fields_of(type(section))[row.key]
    before = getattr(section, row.key)
    values = _others(declared, row.values, before)
    why = _why(type(section), row.key)
    return Knob(f"{row.section}.{row.key}", before, values, why, row.caution)


def _option(
    registry: ComponentRegistry, name: str, values: Callable[[], Sequence[Any]], config: Config
) -> Knob | None:
    found = _asr(config, registry)
    declared = fields_of(type(found[2])).get(name) if found else None
    if found is None or declared is None or declared.metadata.get("no_effect"):
        return None
    options = found[2]
    before = getattr(options, name)
    others = [one for one in _others(declared, values(), before) if _may_be(options, name, one)]
    return Knob(_asr_key(found[0], name), before, tuple(others), _why(type(options), name))


def _may_be(options: Any, name: str, value: Any) -> bool:
    try:
        dataclasses.replace(options, **{name: value})
    except ValueError:
        return False
    return True


def _isolation(config: Config) -> Knob:
    name = config.asr.default_provider
    table = config.asr.providers.get(name) or ProviderTable(name=name)
    other = "thread" if table.isolation == "process" else "process"
    caution = "a crash of the engine ends the assistant" if other == "thread" else ""
    key = _asr_key(name, "isolation")
    return Knob(key, table.isolation, (other,), _why(ProviderTable, "isolation"), caution)


def _workers(config: Config) -> Knob | None:
    name = config.asr.default_provider
    table = config.asr.providers.get(name)
    if table is None or table.isolation != "process":
        return None
    before = table.workers or 1
    caution = "recordings come one after another: what several at a time take does not show"
    values = tuple(one for one in (1, 2) if one != before)
    return Knob(_asr_key(name, "workers"), before, values, _why(ProviderTable, "workers"), caution)


def _device(registry: ComponentRegistry, key: str, config: Config) -> Knob | None:
    """Return an option of the configured input, where it is a device that has it."""
    options = device_options(config, registry)
    rate = getattr(options, "rate", None)
    if rate is None or not hasattr(options, key):
        return None
    before = getattr(options, key) or round(_BLOCK_S * rate)
    values = {
        "chunk_size": tuple(round(seconds * rate) for seconds in _BLOCKS_S),
        "rate": (config.asr.sample_rate,),
        "capture_channels": (1,),
    }
    others = tuple(one for one in values[key] if one != before)
    why = _why(type(options), key)
    name = dotted((config.inputs.default_provider,))
    return Knob(f"inputs.providers.{name}.{key}", before, others, why)


def _asr(config: Config, registry: ComponentRegistry) -> tuple[str, ProviderEntry, Any] | None:
    """Return name, entry and options of the recogniser."""
    name = config.asr.default_provider
    table = config.asr.providers.get(name) or ProviderTable(name=name, type=name)
    entry = registry.entries(Kind.ASR).get(table.type or name)
    if entry is None:
        return None
    return name, entry, table.options if table.options is not None else entry.cls.Options()


def _asr_key(name: str, key: str) -> str:
    return f"asr.providers.{dotted((name,))}.{key}"


def _others(declared: Field, wanted: Sequence[Any], before: Any) -> tuple[Any, ...]:
    """Return the values to try: those wanted, else all of the type; only what is allowed."""
    values: Iterable[Any] = wanted or _all_of(declared.hint)
    return tuple(one for one in values if one != before and declared.allows(one))


def _all_of(hint: Any) -> tuple[Any, ...]:
    if hint is bool:
        return (True, False)
    return get_args(hint) if get_origin(hint) is Literal else ()


def _why(cls: Any, key: str) -> str:
    """Return what the documentation of a key says first."""
    return _documented(cls).get(key, "").partition(";")[0]


@functools.cache
def _documented(cls: type[Any]) -> dict[str, str]:
    """Return what the documentation of each key says; reading a source takes its time."""
    return descriptions_of(cls)
