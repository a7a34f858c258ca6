"""The state of one stream of a hub, used by the thread that works for the hub."""

from __future__ import annotations

import numpy as np

from irene.audio.gate import STEP_S, EnergyGate
from irene.audio.samples import INT16, clipped, to_mono, to_steps
from irene.audio.streams import Track
from irene.components.voice_trigger.ear import WakeWordEar, WakeWordEngine
from irene.components.voice_trigger.rule import WakeWordRule
from irene.components.voice_trigger.wake_hub.engines import EnginePool
from irene.components.voice_trigger.wake_hub.shedding import Claim
from irene.config.sections import VoiceTriggerSection
from irene.domain.audio import Samples
from irene.domain.speech import WakeWordDetection

_PAUSE_S = 1.0
"""silence after the end of a stream, in which engines decide"""


class StreamState:
    """A stream's last seconds, its gate and, while there is something to hear, its engine."""

    __slots__ = (
        "_ear",
        "_engine",
        "_gate",
        "_given_up",
        "_n_taken",
        "_pre_roll_s",
        "_source_rate",
        "_track",
        "_wanted",
        "is_aside",
        "is_ending",
        "is_open",
        "is_over",
        "lost_s",
        "n_ticketed",
        "name",
        "number",
        "opened_s",
        "skipped_s",
    )

    def __init__(
        self,
        number: int,
        name: str,
        track: Track,
        source_rate: int,
        *,
        section: VoiceTriggerSection,
        rule: WakeWordRule,
    ) -> None:
        self.number = number
        """order in which streams were opened"""
        self.name = name
        self.is_over = False
        """whether it takes no more audio; written by whoever feeds it, and by the hub at its end"""
        self.is_ending = False
        """whether all of its audio has been taken: what is taken now is the pause behind it"""
        self.is_open = False
        """whether there is something to hear"""
        self.is_aside = False
        """whether it is not heard although there is something to hear"""
        self.opened_s = 0.0
        """clock time at which the sound began"""
        self.n_ticketed = 0
        """windows for which the hub has a ticket"""
        self.skipped_s = 0.0
        """audio that no engine heard because there was too much to do, seconds"""
        self.lost_s = 0.0
        """audio that was dropped before it was even judged, seconds"""
        self._track = track
        self._source_rate = source_rate
        self._n_taken = 0  # samples of the source
        self._gate = EnergyGate(track.sample_rate, section.gate_db, section.gate_hold_ms)
        self._ear = WakeWordEar(rule, track)
        self._pre_roll_s = section.pre_roll_ms / 1000
        self._engine: WakeWordEngine | None = None
        self._wanted = 0  # the sample before which everything is to be heard
        self._given_up = 0  # the sample before which everything unheard counts as skipped

    @property
    def has_engine(self) -> bool:
        """Whether it has borrowed one."""
        return self._engine is not None

    def samples_in(self, seconds: float) -> int:
        """Return how many samples of the source last so many seconds."""
        return int(seconds * self._source_rate)

    def take(self, samples: Samples, pool: EnginePool, now_s: float) -> int:
        """Append audio; return how many windows are to be heard that have no ticket yet."""
        step, track = int(STEP_S * self._source_rate), self._track
        self._n_taken += samples.shape[0]
        new = 0
        for start in range(0, samples.shape[0], step):
            mono = to_mono(clipped(samples[start : start + step]))
            is_kept = mono.dtype == INT16 and not track.is_converted
            made = track.append(mono if is_kept else to_steps(mono))
            if made:
                new += self._follow(made, pool, now_s)
        return new

    def finish(self, pool: EnginePool, now_s: float) -> int:
        """Take what a sample rate conversion holds back; return how many windows that brings.

        Nothing is heard any more where it is set aside.
        """
        self.is_ending = True
        before = self._track.history.end
        self._track.flush()
        made = self._track.history.end - before
        new = self._follow(made, pool, now_s) if made else 0
        if self.is_aside:
            self.leave(pool)
            return 0
        return new

    def pause(self) -> list[Samples]:
        """Return the silence to be taken after `finish`, a second in short blocks."""
        silence = np.zeros(int(STEP_S * self._track.sample_rate), np.int16)
        return [silence] * round(_PAUSE_S / STEP_S)

    def lose(self, n_samples: int) -> None:
        """Leave out audio that came too late to be judged; what follows keeps its time."""
        seconds, track = n_samples / self._source_rate, self._track
        self.lost_s += seconds
        # what a conversion still holds back lies before the loss
        track.jump(round(self._n_taken * track.sample_rate / self._source_rate), seconds)

    def hear(self) -> WakeWordDetection | None:
        """Hear the window that the oldest ticket is for.

        Raises:
            ProviderFailedError: every provider has failed again and again.
        """
        self.n_ticketed -= 1
        engine = self._engine
        if engine is None:
            return None
        window = engine.serving.provider.capabilities.window
        if skipped := self._ear.skip_forgotten(window):
            self.skipped_s += skipped / self._track.sample_rate
        return self._ear.hear(engine) if self._ear.n_waiting(engine) > 0 else None

    def without_ticket(self) -> int:
        """Return how many windows are to be heard that have no ticket; now they have one.

        There are some while sound arrives, and when a provider has failed: the next one hears a
        second again, in windows of its own length.
        """
        engine = self._engine
        if engine is None:
            return 0
        new = max(0, self._ear.n_waiting(engine, self._wanted) - self.n_ticketed)
        self.n_ticketed += new
        return new

    def is_behind(self, seconds: float) -> bool:
        """Whether its engine has whole windows, and more audio than that, before it.

        Windows of a pause count: they have no ticket until the gate opens again before all is
        heard.
        """
        engine = self._engine
        if engine is None or self._ear.n_waiting(engine) < 1:
            return False
        return self._ear.n_unheard > seconds * self._track.sample_rate

    def set_aside(self, pool: EnginePool) -> None:
        """Stop hearing, although there is something to hear; there may be no more of it to come."""
        self.is_aside = True
        self.n_ticketed = 0
        self.release(pool)
        if not self.is_open:
            self._stay_unheard(self._wanted)

    def return_to(self, pool: EnginePool) -> int:
        """Hear again, from the pre-roll on; return how many windows are to be heard."""
        pre_roll = round(self._pre_roll_s * self._track.sample_rate)
        self._stay_unheard(self._track.history.end - pre_roll)
        return self._begin(pool)

    def leave(self, pool: EnginePool) -> None:
        """End: give the engine back, and count what was not heard as skipped."""
        if self.is_aside:
            self._stay_unheard(self._track.history.end)
        self.release(pool)
        self._track.close()

    def settle(self) -> None:
        """Make what counts as skipped final: a later pre-roll that covers it changes nothing."""
        self._given_up = 0

    def release(self, pool: EnginePool) -> None:
        """Give the engine back."""
        engine, self._engine = self._engine, None
        if engine is not None:
            pool.give_back(engine)

    def claim(self, now_s: float) -> Claim:
        """Return what the stream asks of the engines, to compare it with others."""
        ear = self._ear
        return Claim(self.number, self.n_ticketed, ear.margin, ear.rise, now_s - self.opened_s)

    def _follow(self, made: int, pool: EnginePool, now_s: float) -> int:
        was_open = self.is_open
        self.is_open = self._gate.follow(self._track.history)
        if self.is_open and not was_open:
            self.opened_s = now_s
            if self._engine is None:
                return self._begin(pool, made)
        elif not self.is_open:
            if was_open and self.is_aside:
                self._stay_unheard(self._gate.open_until)
            return 0
        if self._engine is None:
            return 0
        return self._want_all()

    def _begin(self, pool: EnginePool, made: int = 0) -> int:
        """Borrow an engine; the pre-roll ends where the newest `made` samples begin."""
        self.is_aside = False
        self._engine = engine = pool.lend()
        keep_s = self._pre_roll_s + made / self._track.sample_rate
        n_before = self._ear.n_unheard
        self._ear.go_to(keep_s, engine.serving.provider.capabilities.window)
        self._hear_after_all(min(n_before, self._ear.n_unheard))
        return self._want_all()

    def _want_all(self) -> int:
        """Want all audio so far to be heard; return how many windows of it have no ticket yet."""
        self._wanted = self._track.history.end
        return self.without_ticket()

    def _stay_unheard(self, end: int) -> None:
        """End being set aside: audio before this sample is skipped, unless a pre-roll covers it."""
        self.is_aside = False
        self._given_up = end
        behind = self._track.history.end - end
        self.skipped_s += max(0, self._ear.n_unheard - behind) / self._track.sample_rate

    def _hear_after_all(self, n_newest: int) -> None:
        """Take back that the newest samples were skipped: a pre-roll has them heard after all."""
        behind = self._track.history.end - self._given_up
        self.skipped_s -= max(0, n_newest - behind) / self._track.sample_rate
        self._given_up = 0
