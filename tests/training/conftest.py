"""What the tests of the training share."""

from random import Random

import numpy as np
import pytest

from whisper_model.corpus import Clip, Corpus
from whisper_model.texts import COMMANDS, LANGUAGES, strange_texts


@pytest.fixture(scope="module")
def corpus():
    """Every command and some other texts, with noise instead of voices: four words a second."""
    rng = np.random.default_rng(1)

    def clip(text):
        words = len(text.words.split())
        samples = (rng.standard_normal(words * 4000) * 3000).astype(np.int16)
        return Clip(text, samples, np.linspace(0, words / 4, words + 1))

    of = {language: [t for t in COMMANDS if t.language == language] for language in LANGUAGES}
    strange = list(strange_texts(2, Random(1)))
    return Corpus(
        {language: [clip(text) for text in texts] for language, texts in of.items()},
        {language: [clip(t) for t in strange if t.language == language] for language in LANGUAGES},
    )
