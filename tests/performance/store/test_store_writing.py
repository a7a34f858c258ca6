"""What is put comes back from the file; whoever puts never waits, whatever the disk does."""

import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import kept
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import DEPTH, FOREVER, NOW, facts, sample, utterance, wait_for, writer_of, written

from irene.errors import ConfigurationError
from irene.performance.store.layout import LAYOUT, open_to_read, open_to_write
from irene.performance.store.reading import Extent, reading
from irene.performance.store.retention import Retention
from irene.performance.store.rows import AlertRow, ProvidersRow, SampleRow, SeriesKey

EVERYTHING = 0.0


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "performance.db"


def everything(reader):
    return Extent([run.number for run in reader.runs()], EVERYTHING)


def test_an_utterance_comes_back_with_its_stages(path):
    """Each stage names the one that it is a part of."""
    written(path, utterance(session=7))
    with reading(path) as reader:
        (command,) = reader.utterances(everything(reader))
        spans = reader.spans(everything(reader))
    assert (command.reason, command.speech_s, command.provider) == ("answered", 2.0, "pocketsphinx")
    assert [(span.name, span.parent, span.duration_ms) for span in spans] == [
        ("session", "", 900.0),
        ("listening", "session", 500.0),
        ("vad", "listening", 20.0),
        ("asr", "session", 300.0),
    ]


def test_a_value_that_does_not_change_is_written_once_a_minute(path):
    """An idle assistant fills no disk, and a gap still shows."""
    written(path, *(sample(3.0, NOW + second) for second in range(121)))
    with reading(path) as reader:
        points = reader.samples(everything(reader))[DEPTH]
    assert points == [(NOW, 3.0), (NOW + 60, 3.0), (NOW + 120, 3.0)]


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
@settings(max_examples=20, deadline=None)
def test_the_value_at_every_moment_can_be_told(tmp_path_factory, values):
    """What was left out is what was there before."""
    path = tmp_path_factory.mktemp("store") / "performance.db"
    written(path, *(sample(value, NOW + second) for second, value in enumerate(values)))
    with reading(path) as reader:
        points = reader.samples(everything(reader))[DEPTH]
    for second, value in enumerate(values):
        assert [kept for at, kept in points if at <= NOW + second][-1] == value


def test_series_with_other_labels_are_others(path):
    """The same metric of two providers is two series."""
    first = SeriesKey("calls", (("provider", "a"),), kind="counter")
    second = SeriesKey("calls", (("provider", "b"),), kind="counter")
    written(path, SampleRow(NOW, {first: 1.0, second: 2.0}))
    with reading(path) as reader:
        assert reader.samples(everything(reader)) == {first: [(NOW, 1.0)], second: [(NOW, 2.0)]}


def test_an_alert_is_closed_where_it_was_opened(path):
    """Another one of the same rule, about another series, stays open."""
    rows = [
        AlertRow("slow", series, "p95", 500.0, 700.0, NOW + at, is_over)
        for series, at, is_over in [("a", 1, False), ("b", 2, False), ("a", 3, True)]
    ]
    written(path, *rows)
    with reading(path) as reader:
        alerts = reader.alerts(everything(reader))
    assert [(one.series, one.raised, one.cleared) for one in alerts] == [
        ("a", NOW + 1, NOW + 3),
        ("b", NOW + 2, None),
    ]


def test_of_the_providers_the_latest_is_kept(path):
    """They tell their whole history themselves."""
    written(path, ProvidersRow(NOW, [{"calls": 1}]), ProvidersRow(NOW + 1, [{"calls": 2}]))
    with reading(path) as reader:
        assert reader.providers(reader.runs()[0].number) == [{"calls": 2}]


def test_a_run_is_kept_with_its_end(path):
    """Who it was, from when to when, and why it ended."""
    written(path, sample(1.0, NOW + 5))
    with reading(path) as reader:
        (run,) = reader.runs()
    assert run.facts == facts()
    assert run.ended == "stopped"
    assert run.seen >= NOW + 5


def test_two_assistants_write_one_file(path):
    """Each run keeps its own series."""
    writers = [writer_of(path, run=facts(assistant=name)) for name in ("kitchen", "hall")]
    for writer in writers:
        writer.start()
    for number in range(50):
        for value, writer in enumerate(writers):
            writer.put(sample(float(value), NOW + 100 * number))
    for writer in writers:
        writer.close()
    with reading(path) as reader:
        runs = {run.facts.assistant: run.number for run in reader.runs()}
        for value, name in enumerate(("kitchen", "hall")):
            (points,) = reader.samples(Extent([runs[name]], EVERYTHING)).values()
            assert [at for at, _ in points] == [NOW + 100 * number for number in range(50)]
            assert {kept for _, kept in points} == {float(value)}


def test_when_too_much_waits_the_oldest_is_dropped_and_counted(path):
    """The number stands in the file."""
    writer = writer_of(path, most_waiting=3)
    for second in range(10):
        writer.put(sample(float(second), NOW + second))
    assert (writer.waiting, writer.dropped) == (3, 7)
    writer.start()
    writer.close()
    with reading(path) as reader:
        assert reader.runs()[0].dropped == 7
        assert [value for _, value in reader.samples(everything(reader))[DEPTH]] == [7, 8, 9]


def test_rows_come_from_any_thread(path):
    """None is lost."""
    writer = writer_of(path)
    writer.start()

    def put(lane):
        key = SeriesKey("lane", (("number", str(lane)),))
        for second in range(100):
            writer.put(SampleRow(NOW + second, {key: float(second)}))

    threads = [threading.Thread(target=put, args=(lane,)) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writer.close()
    with reading(path) as reader:
        assert [len(points) for points in reader.samples(everything(reader)).values()] == [100] * 4


def test_nothing_is_taken_after_the_end(path):
    """It is counted as lost, and nobody fails."""
    writer = written(path, sample(1.0))
    writer.put(sample(2.0))
    assert (writer.written, writer.dropped) == (1, 1)


KILLED = """
import sys, itertools
from pathlib import Path
from kept import *
writer = writer_of(Path(sys.argv[1]))
writer.start()
for number in itertools.count():
    writer.put(utterance(number, NOW + number))
    writer.put(sample(float(number), NOW + number))
    print(number, flush=True)
    time.sleep(0.001)
"""


def test_a_process_that_is_killed_loses_its_last_second_and_never_the_file(path):
    """A real process, killed while it writes."""
    command = [sys.executable, "-c", KILLED, str(path)]
    folder = Path(kept.__file__).parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        early = 0
        for line in process.stdout:
            number = int(line)
            if number % 50 == 0 and path.exists() and _kept_in(path) > 100:
                break
            early = number
        process.send_signal(signal.SIGKILL)
        process.stdout.read()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with reading(path) as reader:
        sessions = len(reader.utterances(everything(reader)))
        (run,) = reader.runs()
        points = reader.samples(everything(reader))[DEPTH]
    assert run.ended is None
    assert 100 < sessions == len(points)  # what was put together is kept together
    assert sessions <= early + 200
    written(path, sample(5.0), run=facts(NOW + 1e6))  # and the next run goes on in the same file
    with reading(path) as reader:
        assert [run.ended for run in reader.runs()] == ["stopped", None]


def _kept_in(path):
    try:
        with reading(path) as reader:
            return len(reader.utterances(everything(reader)))
    except ConfigurationError:
        return 0


def test_another_process_reads_while_it_is_written(path):
    """It sees what was written up to now, and holds nobody up."""
    writer = writer_of(path)
    writer.start()
    writer.put(utterance(1))
    wait_for(lambda: writer.written == 1)
    code = (
        "import sys; from irene.performance.store.reading import *;"
        "reader = StoreReader(Path(sys.argv[1]));"
        "print(len(reader.utterances(Extent([1], 0))))"
    )
    command = [sys.executable, "-c", code, str(path)]
    read = subprocess.run(command, capture_output=True, text=True, check=False)
    writer.put(utterance(2))
    writer.close()
    assert (read.stdout.strip(), read.stderr) == ("1", "")
    assert writer.written == 2


def test_a_file_that_is_locked_is_tried_again(path):
    """One line says so; when it is free, everything that waited is written."""
    open_to_write(path).close()
    lines = []
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        writer = writer_of(path, report=lines.append)
        writer.start()
        writer.put(sample(1.0))
        wait_for(lambda: lines)
        other.execute("ROLLBACK")
        writer.close()
    assert len(lines) == 1
    assert "locked" in lines[0]


def test_a_damaged_file_is_told_of_and_left_alone(path):
    """The assistant goes on without it."""
    content = b"this is no database, it is a letter" * 100
    path.parent.mkdir()
    path.write_bytes(content)
    lines = []
    writer = written(path, sample(1.0), report=lines.append)
    assert len(lines) == 1
    assert f"{path}: is damaged" in lines[0]
    assert path.read_bytes() == content
    assert (writer.written, writer.dropped) == (0, 1)


def test_a_file_that_is_damaged_while_it_is_written_is_given_up(path):
    """Pages are overwritten behind its back."""
    written(path, *(utterance(number) for number in range(200)))
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    lines = []
    written(path, *(utterance(number) for number in range(10)), report=lines.append)
    assert len(lines) == 1
    assert "damaged" in lines[0]


def test_a_file_of_a_later_irene_is_left_alone(path):
    """Nothing is written into a layout that is not known."""
    with open_to_write(path) as connection:
        connection.execute(f"PRAGMA user_version = {LAYOUT + 1}")
    lines = []
    written(path, sample(1.0), report=lines.append)
    assert len(lines) == 1
    assert "a later irene wrote it" in lines[0]
    with pytest.raises(ConfigurationError, match="a later irene"):
        open_to_read(path)


def test_a_folder_that_cannot_be_made_is_told_of(tmp_path):
    """A file lies where the folder would be."""
    (tmp_path / "state").write_text("")
    lines = []
    written(tmp_path / "state" / "performance.db", sample(1.0), report=lines.append)
    assert len(lines) == 1
    assert "performance.store_path" in lines[0]


def test_a_file_that_may_only_be_read_is_told_of(path, monkeypatch):
    """A system that is mounted so; SQLite is told the same by the way the file is opened."""
    open_to_write(path).close()
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda to, **how: connect(f"file:{to}?mode=ro", uri=True, **how)
    )
    lines = []
    written(path, sample(1.0), report=lines.append)
    assert len(lines) == 1
    assert "readonly" in lines[0]


def test_what_is_not_there_cannot_be_read(tmp_path):
    """And is not made by looking for it."""
    with pytest.raises(ConfigurationError, match="unable to open"):
        open_to_read(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_only_its_owner_may_read_it(path):
    """How often somebody spoke is nobody's business."""
    written(path, sample(1.0))
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_is_too_old_goes(path):
    """When the next run begins; runs without anything left go, too."""
    written(path, utterance(1, NOW - 40 * 86400), run=facts(NOW - 40 * 86400))
    _set_seen(path, NOW - 40 * 86400)
    written(path, utterance(2, NOW), run=facts(NOW), retention=Retention(30, 0), clock=_at(NOW))
    with reading(path) as reader:
        assert [run.facts.began for run in reader.runs()] == [NOW]
        assert [kept.at for kept in reader.utterances(everything(reader))] == [NOW]


def test_what_is_too_much_goes_from_its_oldest_end(path):
    """The file is cut to its size; the latest stays."""
    rows = [utterance(number, NOW - 20000 + number) for number in range(20000)]
    written(path, *rows, most_waiting=len(rows))
    assert path.stat().st_size > 2_000_000
    written(path, run=facts(NOW), retention=Retention(1e5, 1.0), clock=_at(NOW))
    with reading(path) as reader:
        left = reader.utterances(everything(reader))
    assert path.stat().st_size < 1_200_000
    assert 1000 < len(left) < 20000
    assert left[-1].at == NOW - 1
    assert left[0].at == NOW - len(left)


def _set_seen(path, seen):
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE runs SET seen = ?", (seen,))


def _at(seconds):
    from datetime import datetime, timezone

    from irene.testing import VirtualClock

    return VirtualClock(datetime.fromtimestamp(seconds, timezone.utc))


def test_an_empty_run_leaves_a_trace(path):
    """One that was started and measured nothing is known to have ended."""
    written(path, retention=FOREVER)
    with reading(path) as reader:
        assert [run.ended for run in reader.runs()] == ["stopped"]
