"""What the host does for its handlers: sentences that change, and the end of the run."""

from __future__ import annotations

import threading

import pytest
from waiting import until

from irene import ConfigurationError, ProviderUnavailableError, Response
from irene.config.sections import Config
from irene.pipeline.answering.handler_host import HandlerHost
from irene.testing import VirtualClock

HANDLER_HOST = "irene.pipeline.answering.handler_host"


class Reader:
    """Stands for understanding: counts how often sentences are read, and may fail."""

    def __init__(self):
        self.n_read, self.error, self.meanwhile = 0, None, lambda: None
        self.handlers = {}

    def read_sentences(self, language):
        self.n_read += 1
        self.meanwhile()
        if self.error is not None:
            raise self.error


class Announcements:
    """Takes announcements."""

    def __init__(self):
        self.responses = []

    def announce(self, response, rings):
        self.responses.append(response)


class Stage:
    """A host whose threads run when they are told to."""

    def __init__(self, monkeypatch):
        self.threads, self.events, self.guided = [], [], []
        self.reader, self.announcer = Reader(), Announcements()
        monkeypatch.setattr(
            f"{HANDLER_HOST}.start_daemon", lambda name, work: self.threads.append(work)
        )
        self.host = HandlerHost(
            Config(), self.reader, self.announcer, self.events.append, VirtualClock()
        )
        self.host.on_sentences = lambda: self.guided.append(self.reader.n_read)

    def run(self):
        """Run the threads that were started; return how many these were."""
        threads, self.threads = self.threads, []
        for work in threads:
            work()
        return len(threads)

    def warnings(self):
        return [event.message for event in self.events]


@pytest.fixture
def stage(monkeypatch):
    stage = Stage(monkeypatch)
    yield stage
    stage.host.close()


def test_changes_before_a_reading_are_read_together(stage):
    """Ten lists that change at once are one reading on one thread."""
    for _ in range(10):
        stage.host.sentences_changed()
    assert stage.run() == 1
    assert stage.reader.n_read == 1
    assert stage.guided == [1]


def test_a_change_during_a_reading_is_read_after_it(stage):
    """The reading may have missed it; the same thread reads once more, and only once."""
    changes = [stage.host.sentences_changed] * 3

    def change():
        while changes:
            changes.pop()()

    stage.reader.meanwhile = change
    stage.host.sentences_changed()
    assert stage.run() == 1
    assert stage.run() == 0
    assert stage.reader.n_read == 2
    assert stage.guided == [1, 2]


def test_a_change_after_a_reading_is_read_anew(stage):
    """Nothing is lost when the thread has ended."""
    for n_read in (1, 2):
        stage.host.sentences_changed()
        assert stage.run() == 1
        assert stage.reader.n_read == n_read


def test_sentences_that_are_being_read_are_waited_for(stage):
    """Until they are read, or as long as somebody likes to wait; without any, not at all."""
    assert not stage.host.has_read(60)
    stage.host.sentences_changed()
    assert not stage.host.has_read(0.001)

    def read_once_somebody_waits():
        until(lambda: stage.host._was_read._waiters)
        stage.run()

    reading = threading.Thread(target=read_once_somebody_waits)
    reading.start()
    assert stage.host.has_read(60)
    reading.join()
    assert stage.reader.n_read == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConfigurationError("a.yaml: wrong"), "a.yaml: wrong"),
        (KeyError("x"), "KeyError: 'x'"),
    ],
)
def test_a_reading_that_fails_is_a_warning_and_the_next_change_is_read(stage, error, reason):
    """Recognition is not told of sentences that are not there."""
    stage.reader.error = error
    stage.host.sentences_changed()
    stage.run()
    assert stage.warnings() == [f"the sentences stay as they were: {reason}"]
    assert stage.guided == []
    stage.reader.error = None
    stage.host.sentences_changed()
    stage.run()
    assert stage.guided == [2]


def test_recognition_that_cannot_be_guided_is_a_warning(stage):
    """The sentences are the new ones all the same, and the next change is read."""

    def refuse():
        raise ProviderUnavailableError("no asr")

    stage.host.on_sentences = refuse
    for _ in range(2):
        stage.host.sentences_changed()
        assert stage.run() == 1
    assert stage.warnings() == ["recognition is guided as it was: no asr"] * 2


def test_a_closed_host_reads_nothing(stage):
    """Neither when a change comes, nor when the thread had not begun yet."""
    stage.host.sentences_changed()
    stage.host.close()
    stage.host.sentences_changed()
    assert stage.run() == 1
    assert stage.reader.n_read == 0


def test_a_host_that_closes_during_a_reading_guides_nobody(stage):
    """The recogniser is closed by then, and must not be loaded again."""
    stage.reader.meanwhile = stage.host.close
    stage.host.sentences_changed()
    stage.run()
    assert (stage.reader.n_read, stage.guided) == (1, [])


def test_a_closed_host_announces_nothing(stage):
    """A timer that comes due while everything ends is silent; its handler learns that."""
    assert stage.host.announce(Response("before"), rings=False)
    stage.host.close()
    assert not stage.host.announce(Response("after"), rings=True)
    assert [one.text for one in stage.announcer.responses] == ["before"]


def test_changes_from_many_threads_are_all_read(monkeypatch):
    """With real threads: the last reading begins after the last change."""
    changes = [0]
    seen = []
    reader = Reader()
    reader.meanwhile = lambda: seen.append(changes[0])
    host = HandlerHost(Config(), reader, Announcements(), lambda event: None, VirtualClock())
    lock = threading.Lock()

    def change():
        for _ in range(50):
            with lock:
                changes[0] += 1
            host.sentences_changed()

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    pause = threading.Event()
    for _ in range(5000):
        if seen and seen[-1] == 200 and not host._is_reading:
            break
        pause.wait(0.001)
    host.close()
    assert seen[-1] == 200
    assert len(seen) <= 200


def test_the_start_is_over_when_what_handlers_changed_is_understood(stage):
    """A home whose names are known from the last time is understood from the first sentence on."""
    order = []

    def start(services_of, without):
        stage.host.sentences_changed()
        threading.Thread(target=lambda: (order.append("read"), stage.run())).start()

    stage.reader.start = start
    stage.host.start()
    assert order == ["read"]
    assert stage.reader.n_read == 1
