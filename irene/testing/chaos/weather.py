"""What goes wrong in each command: chosen by chance, but by the same chance for the same seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from irene.testing.faults.fault import EVERY_CALL, Fault, PlannedFault

_ANY = (Fault.RAISE, Fault.ODD, Fault.EXIT, Fault.SLOW, Fault.GARBAGE, Fault.WRONG_TYPE)
_RAISING = (Fault.RAISE, Fault.ODD, Fault.EXIT)
_LOOSE = (*_RAISING, Fault.SLOW, Fault.GROW)


@dataclass(frozen=True, slots=True)
class Site:
    """A call that may go wrong."""

    kind: str
    """kind of the provider"""
    call: str
    """its call"""
    faults: tuple[Fault, ...] = _ANY
    """what may come"""
    last: int = 1
    """about how many calls there are per command"""
    weight: int = 2
    """how often it is chosen, relative to the others"""
    hangs: bool = False
    """whether a hang is got over without isolation"""

    def planned(self, provider: str, random: Random, fault: Fault | None = None) -> PlannedFault:
        """Return a fault of this site, by chance: which one, unless it is given, and when."""
        site = f"{self.kind}.{provider}.{self.call}"
        number = random.randint(1, self.last)
        return PlannedFault(site, fault or random.choice(self.faults), number)


SITES = (
    Site("inputs", "stream.read", (*_LOOSE, Fault.GARBAGE, Fault.WRONG_TYPE, Fault.EMPTY), 200),
    Site("inputs", "stream.lost", (*_RAISING, Fault.WRONG_TYPE), 200, weight=1),
    Site("inputs", "stream.prefer_block", _LOOSE, 3, weight=1),
    Site("inputs", "stream.close", _RAISING, weight=1),
    Site("resampling", "stream.process", _ANY, 300, hangs=True),
    Site("resampling", "open_stream", _RAISING, 2, weight=1, hangs=True),
    Site("resampling", "stream.close", _RAISING, 2, weight=1, hangs=True),
    Site("voice_trigger", "open_stream", _RAISING, 2, weight=1, hangs=True),
    Site("voice_trigger", "stream.process", (*_ANY, Fault.GROW), 60, hangs=True),
    Site("voice_trigger", "stream.reset", _RAISING, 2, hangs=True),
    Site("voice_trigger", "stream.close", _RAISING, 2, weight=1, hangs=True),
    Site("vad", "open_stream", _RAISING, 2, weight=1, hangs=True),
    Site("vad", "stream.process", (*_ANY, Fault.GROW), 300, hangs=True),
    Site("vad", "stream.reset", _RAISING, 2, hangs=True),
    Site("vad", "stream.close", _RAISING, 2, weight=1, hangs=True),
    # A `ConfigurationError` here is a refusal, which holds as long as the assistant runs.
    Site("asr", "open_stream", (Fault.RAISE, Fault.EXIT, Fault.SLOW), 1, hangs=True),
    Site("asr", "stream.accept", (*_ANY, Fault.GROW), 12, weight=6, hangs=True),
    Site("asr", "stream.finish", (*_ANY, Fault.EMPTY), weight=6, hangs=True),
    Site("asr", "stream.close", _LOOSE, 2, hangs=True),
    Site("intent_recognition", "matcher.match", _ANY, hangs=True),
    Site("intents", "handle", _ANY, weight=1, hangs=True),
    Site("tts", "synthesize", (*_ANY, Fault.EMPTY), weight=4, hangs=True),
    Site("tts", "block", _ANY, 8, weight=4, hangs=True),
    Site("outputs", "open_stream", _RAISING, 2, hangs=True),
    Site("outputs", "stream.write", _LOOSE, 3, weight=4, hangs=True),
    Site("outputs", "stream.finish", _LOOSE, 2, hangs=True),
    Site("outputs", "stream.abort", _LOOSE, 2, weight=1, hangs=True),
    Site("echo_cancellation", "stream.process", _ANY, 60, hangs=True),
    Site("echo_cancellation", "stream.close", _RAISING, weight=1),
)
"""Every call that goes wrong, one or the other time."""

_WEIGHTS = tuple(site.weight for site in SITES)
_HANGING = tuple(site for site in SITES if site.hangs)
_WORST = (  # the call of each kind that no command does without
    Site("resampling", "stream.process"),
    Site("voice_trigger", "stream.process"),
    Site("vad", "stream.process"),
    Site("asr", "stream.finish"),
    Site("asr", "stream.accept"),
    Site("asr", "open_stream"),
    Site("intent_recognition", "matcher.match"),
    Site("tts", "synthesize"),
    Site("outputs", "stream.write"),
)
_BROWN_OUT_COMMANDS = 3
"""longest brown-out: as many commands in a row without a single provider of a kind"""
_BROWN_OUT_EVERY = 30
"""commands of which the first ones may be in a brown-out"""
_HANGS_SHARE = 0.05
"""share of the commands in which a call may hang: each takes the time of a deadline"""


class Weather:
    """Plans faults, command by command; the same seed plans the same ones."""

    def __init__(self, seed: int, slots: Mapping[str, Sequence[str]], hangs: float = 1.0) -> None:
        """Choose among providers.

        Args:
            seed: what chance begins with.
            slots: names of the providers of each kind.
            hangs: how often calls hang, relative to what is usual.
        """
        self._seed = seed
        self._slots = slots
        self._hangs = hangs * _HANGS_SHARE

    def faults(self, command: int) -> tuple[PlannedFault, ...]:
        """Return what goes wrong while a command of this number is heard and answered."""
        random = Random(f"{self._seed} command {command}")
        brown_out = self._brown_out(command)
        if brown_out is not None:
            return (brown_out,)
        if random.random() < self._hangs:
            return (self._hang(random), *self._some(random, 0, 2))
        weather = random.random()
        if weather < 0.85:
            return self._some(random, 0, 1) if weather < 0.6 else self._some(random, 1, 5)
        return self._storm(random) if weather < 0.93 else self._all_but_one(random)

    def _some(self, random: Random, least: int, most: int) -> tuple[PlannedFault, ...]:
        return tuple(self._one(random) for _ in range(random.randint(least, most)))

    def _one(self, random: Random) -> PlannedFault:
        (site,) = random.choices(SITES, _WEIGHTS)
        providers = (*self._slots.get(site.kind, ()), "*")
        return site.planned(random.choice(providers), random)

    def _hang(self, random: Random) -> PlannedFault:
        """A call of the provider that comes first does not return."""
        (site,) = random.choices(_HANGING, [site.weight for site in _HANGING])
        return site.planned(self._slots[site.kind][0], random, Fault.HANG)

    def _storm(self, random: Random) -> tuple[PlannedFault, ...]:
        """One provider of each kind does not work at all."""
        return tuple(
            PlannedFault(f"{site.kind}.{random.choice(names)}.{site.call}", Fault.RAISE, EVERY_CALL)
            for site in random.sample(_WORST, len(_WORST))
            if len(names := self._slots.get(site.kind, ())) > 1
        )

    def _all_but_one(self, random: Random) -> tuple[PlannedFault, ...]:
        """All providers of one kind but one do not work."""
        site = random.choice([one for one in _WORST if len(self._slots.get(one.kind, ())) > 1])
        names = list(self._slots[site.kind])
        names.remove(random.choice(names))
        faults = (random.choice((Fault.RAISE, Fault.EXIT)) for _ in names)
        return tuple(
            PlannedFault(f"{site.kind}.{name}.{site.call}", fault, EVERY_CALL)
            for name, fault in zip(names, faults, strict=True)
        )

    def _brown_out(self, command: int) -> PlannedFault | None:
        """No provider of one kind works, for one command or several in a row."""
        stretch, place = divmod(command, _BROWN_OUT_EVERY)
        random = Random(f"{self._seed} brown-out {stretch}")
        site, length = random.choice(_WORST), random.randint(0, _BROWN_OUT_COMMANDS)
        fault = random.choice((Fault.RAISE, Fault.EXIT) if "open" in site.call else _RAISING)
        if not stretch or place >= length:
            return None
        return PlannedFault(f"{site.kind}.*.{site.call}", fault, EVERY_CALL)
