"""The figures about the assistant's own voice come from the parts that it runs with."""

from __future__ import annotations

import pytest

from irene.performance.speech.recordings import BUNDLED
from irene.studies.accuracy import own_voice
from irene.studies.accuracy.own_voice import EchoScore, describe, measure

pytest.importorskip("pymicro_wakeword", reason="the wake word engine is not installed")
pytest.importorskip("espeakng_loader", reason="the voice is not installed")


@pytest.mark.slow
def test_without_cancelling_it_hears_itself_and_with_it_people(monkeypatch):
    """As loud as a person: both modes on the recordings of the repository."""
    monkeypatch.setattr(own_voice, "LEVELS_DB", (0.0,))
    scores = {(one.mode, one.loudspeaker): one for one in measure(BUNDLED, ("off", "kalman"))}
    plain, cancelled = scores["off", "good"], scores["kalman", "good"]
    assert plain.own_utterances > 0
    assert plain.n_heard <= 1
    assert cancelled.own_utterances == cancelled.own_wakes == 0
    assert cancelled.n_heard >= cancelled.n_people - 1
    assert cancelled.removed_db > 15


def test_the_table_has_a_row_for_each_score():
    """Cancellers are named, and have a figure of their own."""
    rows = [
        EchoScore("gate", "good", -10.0, 0, 0, 7, 5, None),
        EchoScore("kalman", "cheap", 10.0, 1, 2, 7, 3, 24.4),
    ]
    lines = describe(rows).splitlines()
    assert lines[2:] == [
        "| gate | good | -10 dB | 0 | 0 | 5 of 7 |  |",
        "| cancel, kalman | cheap | +10 dB | 1 | 2 | 3 of 7 | 24 dB |",
    ]
