"""The contract of voice activity detectors, as tests."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from irene.domain.audio import Samples
from irene.domain.kinds import Kind
from irene.testing.contracts.breach import require
from irene.testing.contracts.windows import WindowContract, score_of
from irene.testing.signals import silence, speech


class VadContract(WindowContract):
    """Checks a `Vad`: set `provider`."""

    kind = Kind.VAD
    speech_from: ClassVar[float] = 0.5
    """probability that a recorded command must reach"""

    def open_stream(self, provider: Any) -> Any:
        """Open a stream."""
        return provider.open_stream()

    def score(self, stream: Any, window: Samples) -> float:
        """Return the probability."""
        return score_of(stream.process(window))

    def test_silence_is_no_speech(self) -> None:
        """Digital silence is no speech."""
        provider = self.loaded
        highest = self.heard(provider, silence(1.0, self.rate(provider))).max()
        require(
            highest < self.speech_from,
            f"silence has the probability {highest:.2f}",
            "answer 0 where nothing is heard",
        )

    def test_a_spoken_command_is_speech(self) -> None:
        """A recorded command after a second of silence stands out of it."""
        provider = self.loaded
        rate = self.rate(provider)
        audio = np.concatenate([silence(1.0, rate), speech(sample_rate=rate)])
        highest = self.heard(provider, audio).max()
        require(
            highest >= self.speech_from,
            f"a recorded command reaches the probability {highest:.2f}",
            "check sample type and scale: float32 lies between -1 and 1",
        )
