"""A flight recorder on a bench: audio and events in, what it hands to be written out."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np

from irene.config.loading import load_config
from irene.domain.audio import AudioChunk, AudioFormat
from irene.domain.events import (
    ResponseGiven,
    RunStarted,
    SessionEnded,
    SpeechStarted,
    WakeWordDetected,
)
from irene.pipeline.recording.flight import FlightRecorder
from irene.pipeline.recording.items import Begin, End, Happening, Piece
from irene.plugin.registry import ComponentRegistry
from irene.testing import VirtualClock

RATE = 1000
"""Hz: a sample is a millisecond"""
REGISTRY = ComponentRegistry.installed()


class Kept:
    """Takes what would be written."""

    def __init__(self):
        self.items = []
        self.is_closed = False

    def put(self, item):
        """Take an item."""
        self.items.append(item)

    def close(self, wait_s=0.0):
        """Note the end."""
        self.is_closed = True

    @property
    def recordings(self):
        """The items, recording by recording."""
        found = []
        for item in self.items:
            if isinstance(item, Begin):
                found.append([])
            found[-1].append(item)
        return found


@cache
def config_of(folder, **recorder):
    """Return a configuration that records into a folder."""
    section = {"enabled": True, "folder": str(folder), **recorder}
    return load_config({"recorder": section}, registry=REGISTRY)


class Bench:
    """A recorder whose audio time is moved on by hand."""

    def __init__(self, folder, pace="live", plays=True, audio=True, **recorder):
        self.clock = VirtualClock()
        self.told = []
        self.config = config_of(folder, **recorder)
        self.flight = FlightRecorder(self.config, REGISTRY, self.clock, self.told.append)
        self.kept = self.flight._writer = Kept()
        self.now_s = 0.0
        self._position = 0
        if audio:
            self.flight.begin_run(AudioFormat(RATE), pace, plays)

    def hear(self, seconds, block_s=0.1, level=1, muted=False):
        """Let so much audio come, each sample the number of its block unless a level is given."""
        for _ in range(round(seconds / block_s)):
            n_samples = round(block_s * RATE)
            samples = np.full(n_samples, level, np.int16)
            chunk = AudioChunk(samples, RATE, self._position / RATE)
            self._position += n_samples
            self.now_s = self._position / RATE
            self.clock.advance(block_s)
            self.flight.hear(chunk, muted)

    def tell(self, event):
        """Let an event come now, where it has no time."""
        self.flight.note(replace(event, time_s=self.now_s))

    def session(self, number, seconds=1.0):
        """Let a whole session come."""
        self.tell(WakeWordDetected(session=number, wake_word="hello", score=1.0, provider="x"))
        self.hear(seconds / 2)
        self.tell(SpeechStarted(session=number, start_s=self.now_s))
        self.hear(seconds / 2)
        self.tell(ResponseGiven(session=number, text="yes"))
        self.tell(SessionEnded(session=number, reason="answered"))

    def start(self):
        """Let the run begin."""
        self.tell(RunStarted(providers={"asr": "pocketsphinx", "vad": "silero"}))


def span_of(items):
    """Return from where to where the audio of a recording goes, seconds; it has no gap."""
    pieces = [item for item in items if isinstance(item, Piece)]
    for one, other in pairwise(pieces):
        assert other.first_sample == one.first_sample + one.n_samples
    if not pieces:
        return None
    last = pieces[-1]
    return pieces[0].first_sample / RATE, (last.first_sample + last.n_samples) / RATE


def events_in(items):
    """Return the names of the events of a recording."""
    return [item.event.event for item in items if isinstance(item, Happening)]


def ends_of(recordings):
    """Return how recordings ended."""
    return [item.reason for items in recordings for item in items if isinstance(item, End)]
