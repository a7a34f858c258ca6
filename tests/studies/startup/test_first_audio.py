"""Time to the first sound: every way is measured, and the fast ones are faster."""

import pytest

from irene.components.assembly import Assembly
from irene.studies.startup import first_audio
from irene.studies.startup.first_audio import WRITTEN_SENTENCES, WRITTEN_WHOLE


@pytest.mark.measures
def test_a_language_model_is_heard_before_it_has_finished():
    """The first sentence is a small part of the answer."""
    pytest.importorskip("espeakng_loader", reason="the voice espeak is not installed")
    voice = Assembly.default().voice()
    voice.load()
    measured = first_audio.first_audio(voice, rounds=1, words_per_s=500)
    voice.close()
    assert len(measured) == 5
    assert all(spread.median > 0 for spread in measured.values())
    assert measured[WRITTEN_SENTENCES].median < measured[WRITTEN_WHOLE].median / 2
