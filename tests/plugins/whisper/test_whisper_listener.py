"""Windows on an engine that leaves the end of them to the next one."""

import numpy as np

from irene import EncoderCache, Word
from irene_plugins.asr.whisper.passages import Passage
from irene_plugins.asr.whisper.query import Query
from irene_plugins.asr.whisper.window_listener import WindowListener

RATE = 16000


class Encoder:
    """Its decoder answers with what it is told to; encodings are lengths in seconds."""

    digest = "weights"
    configuration = ()

    def __init__(self, *decoded):
        self._decoded = list(decoded)
        self.windows = []

    def encode(self, samples):
        return np.array([len(samples) / RATE])

    def decode(self, features, query):
        self.windows.append(float(features[0]))
        return self._decoded.pop(0)


def recognise(encoder, seconds):
    silence = np.arange(round(seconds * RATE), dtype=np.float32)
    return WindowListener(encoder, EncoderCache()).recognise(silence, Query("en"))


def said(text, start_s, end_s):
    return Passage(text, (Word(text, start_s, end_s),), "en", -0.1)


def test_what_is_left_of_a_window_is_one_of_its_own():
    """Its times are those of the whole."""
    encoder = Encoder((said("one", 1, 2), 4.0), (said("two", 0.5, 1), None))
    passage = recognise(encoder, 10)
    assert encoder.windows == [10, 6]
    assert [(word.text, word.start_s) for word in passage.words] == [("one", 1), ("two", 4.5)]


def test_no_word_is_later_than_its_window():
    """Engines look for words in all of 30 s; what follows would seem to come before."""
    encoder = Encoder((said("one", 3.5, 9), 4.0), (said("two", 7, 29), None))
    words = recognise(encoder, 10).words
    assert [(word.start_s, word.end_s) for word in words] == [(3.5, 4), (10, 10)]


def test_an_engine_that_leaves_everything_is_not_asked_for_ever():
    """Less than half a second is no progress."""
    encoder = Encoder((said("one", 1, 2), 0.2))
    assert recognise(encoder, 10).text == "one"
