"""The slot of spoken language identification."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from irene.audio.samples import as_type
from irene.components.chain.attempts import Attempts
from irene.components.chain.candidate import Candidate
from irene.components.chain.news import Report
from irene.components.language.runs import Heard, LanguageRun, runs_of
from irene.components.language.sustained import Firmness
from irene.components.language.utterances import utterances_of
from irene.components.language.windows import Pace, among, together, window_at
from irene.components.routing.in_time import in_time
from irene.components.routing.outcome import Outcome
from irene.components.slot import AudioSlot
from irene.config.sections import LanguageSection
from irene.domain.audio import AudioChunk, Samples
from irene.domain.clock import Clock, SystemClock
from irene.domain.events import Warned
from irene.domain.languages import is_same_language
from irene.errors import IreneError
from irene.providers.border import ForeignCode
from irene.providers.language import LanguageCapabilities, LanguageIdentifier
from irene.providers.results import shares
from irene.telemetry.performance_metrics import PerformanceMetrics

_MARGIN_S = 0.25
"""what is heard of the pauses around an utterance: sounds that are weak belong to it"""

LanguageSlot = AudioSlot[LanguageIdentifier[Any], LanguageSection]


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is known of the language of a stretch of audio."""

    shares: dict[str, float] = field(default_factory=dict)
    """probability of each language that may be spoken; empty: no opinion"""
    provider: str = ""
    """name of the identifier"""

    @property
    def language(self) -> str:
        """The likeliest language; empty without an opinion."""
        return max(self.shares, key=lambda one: self.shares[one]) if self.shares else ""

    @property
    def probability(self) -> float:
        """Its probability, 0 to 1."""
        return self.shares.get(self.language, 0.0)


class LanguageComponent:
    """Identifies the language of windows and of whole recordings; any thread may ask.

    Who identifies is the router's choice, as in other slots: a provider that fails is replaced.
    """

    def __init__(
        self,
        slot: LanguageSlot,
        language: str,
        report: Report = lambda event: None,
        clock: Clock | None = None,
        metrics: PerformanceMetrics | None = None,
    ) -> None:
        """`language` is the assistant's; it is spoken first unless the section says another."""
        self.slot = slot
        self.metrics = metrics or PerformanceMetrics()
        """takes the times of the stages of identification"""
        section = slot.section
        self.languages = section.languages
        """languages that may be spoken"""
        self.default = section.default or language
        """language that is spoken until another one is identified"""
        self.firmness = Firmness(
            section.threshold, section.threshold_end, section.min_dwell_ms / 1000
        )
        """what it takes for the language to have changed"""
        self.dwell_s = section.expected_dwell_ms / 1000
        """how long one language of a recording is spoken on average, seconds"""
        self._report = report
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}
        self._told_hop_s = 0.0

    @property
    def capabilities(self) -> LanguageCapabilities:
        """What the identifier that serves wants to be fed."""
        return self.slot.chain.current.provider.capabilities

    @property
    def hop(self) -> int:
        """Samples between two windows of what is spoken now, as far as the measured cost allows."""
        serving = self.slot.chain.current
        capabilities = serving.provider.capabilities
        return capabilities.hop * self._pace_of(serving.name, capabilities).n_hops

    def warnings(self) -> list[str]:
        """Return a line when the identifier that would serve cannot hear some of the languages.

        Which ones it tells apart may be known only when it is loaded.
        """
        serving = self.slot.chain.expected
        known = () if serving is None else serving.provider.capabilities.languages
        deaf = [one for one in self.languages if known and not _is_among(one, known)]
        if serving is None or not deaf:
            return []
        return [
            f"language.languages: provider {serving.name!r} never hears {', '.join(deaf)}; "
            "what is said in it is taken for one of the others"
        ]

    def opinion(self, samples: Samples, live: bool = False) -> Opinion:
        """Return what is known of a window, or of a whole utterance; blocks.

        Args:
            samples: mono at the slot's rate, shape (n,), int16 or float32.
            live: whether it is spoken now.

        Raises:
            ProviderUnavailableError: no identifier can be loaded.
            ProviderFailedError: every one has failed.
        """
        attempts = Attempts(self.slot.chain, self.slot.section.wait_ms / 1000)
        while True:
            lease = attempts.lease()
            provider = lease.candidate.provider
            heard = as_type(samples, provider.capabilities.dtype)
            began_s = self._clock.monotonic()
            try:
                with self.metrics.measure("lid.total"), ForeignCode():
                    work = partial(self._asked, provider, heard, live)
                    found = in_time(lease, work, "identify", self.slot.chain.sharing.limit())
            except IreneError as error:
                attempts.failed(lease, error)
                continue
            lease.end(Outcome.SUCCESS)
            if live:
                self._note_cost(lease.candidate, self._clock.monotonic() - began_s)
            return Opinion(among(found, self.languages), lease.name)

    def whole(self, samples: Samples, live: bool = False) -> Opinion | None:
        """Return what is known of a whole utterance; None when it has to be heard in windows."""
        capabilities = self.capabilities
        n_samples = samples.shape[0]
        if n_samples <= capabilities.longest:
            return self.opinion(samples, live)
        if n_samples <= capabilities.window:
            return self.opinion(window_at(samples, 0, capabilities.window), live)
        return None

    def utterance(self, samples: Samples) -> Opinion:
        """Return what is known of one utterance of a recording, however long; blocks.

        What is too long to be heard as a whole is heard in windows of which each begins in the
        middle of the one before, whatever they cost: the same audio gets the same answer on every
        machine.

        Raises:
            ProviderUnavailableError: no identifier can be loaded.
            ProviderFailedError: every one has failed.
        """
        whole = self.whole(samples)
        if whole is not None:
            return whole
        length = self.capabilities.window
        last = samples.shape[0] - length
        starts = [*range(0, last, max(1, length // 2)), last]
        found = [self.opinion(window_at(samples, start, length)) for start in starts]
        return Opinion(together([one.shares for one in found]), found[-1].provider)

    def heard_in(self, clip: AudioChunk) -> Heard:
        """Return what is known of the utterances of a recording; blocks.

        Raises:
            ProviderUnavailableError: no identifier can be loaded.
            ProviderFailedError: every one has failed.
        """
        track = self.slot.clip_track(clip)
        samples, rate = track.history.view(0, track.history.end), track.sample_rate
        with self.metrics.measure("lid.frame_extract"):
            utterances = utterances_of(samples, rate)
            parts = [one.samples(samples, rate, _MARGIN_S) for one in utterances]
        opinions = [self.utterance(part).shares for part in parts]
        return Heard(utterances, opinions, samples.shape[0] / rate)

    def runs_of_clip(self, clip: AudioChunk) -> list[LanguageRun]:
        """Return the stretches of one language each of a recording, seconds from its start; blocks.

        They are the likeliest path (Viterbi) through its utterances, and change in its pauses.

        Raises:
            ProviderUnavailableError: no identifier can be loaded.
            ProviderFailedError: every one has failed.
        """
        heard = self.heard_in(clip)
        with self.metrics.measure("lid.smoothing"):
            return runs_of(heard, self.languages, self.dwell_s)

    def _asked(
        self, provider: LanguageIdentifier[Any], samples: Samples, live: bool
    ) -> Mapping[str, float]:
        return shares(provider.identify(samples, live))

    def _pace_of(self, name: str, capabilities: LanguageCapabilities) -> Pace:
        with self._lock:
            if name not in self._paces:
                self._paces[name] = Pace(capabilities.hop / capabilities.sample_rates[0])
            return self._paces[name]

    def _note_cost(self, serving: Candidate[LanguageIdentifier[Any]], cost_s: float) -> None:
        """Note what a window has cost; tell when that means fewer windows than are wanted."""
        pace = self._pace_of(serving.name, serving.provider.capabilities)
        with self._lock:
            pace.note(cost_s)
            hop_s, wanted_s = pace.hop_s, pace.wanted_s
            is_news = hop_s > wanted_s and hop_s > 1.5 * self._told_hop_s
            if is_news:
                self._told_hop_s = hop_s
        if is_news:
            message = (
                f"identifying the language takes {1000 * pace.cost_s:.0f} ms a window: it is done "
                f"every {1000 * hop_s:.0f} ms instead of {1000 * wanted_s:.0f}"
            )
            self._report(Warned(message=message))


def _is_among(language: str, known: Iterable[str]) -> bool:
    return any(is_same_language(language, one) for one in known)
