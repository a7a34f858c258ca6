"""Several segments are recognised at a time, of one recording or of several, and come in order."""

import threading

import numpy as np
import pytest

from irene.components.assembly import Assembly
from irene.components.utterances.time_limits import TimeLimits
from irene.config.loading import load_config
from irene.domain.speech import Hypothesis
from irene.errors import AudioFormatError, ConfigurationError, ProviderFailedError
from irene.pipeline.transcribing.reading_ahead import Recordings
from irene.pipeline.transcribing.recognising import gainful
from irene.pipeline.transcribing.transcriber import Transcriber
from irene.plugin.registry import ComponentRegistry
from irene.providers.asr import Asr, AsrCapabilities, AsrStream
from irene.testing import plugin_of
from irene.testing.scripted import ScriptedVad

RATE = 16000


class Recording:
    """Stands in for a recording: so many pieces, each done when it is let go."""

    def __init__(self, name, n_pieces, may_be_ahead=True):
        self.name, self.left, self.may_be_ahead = name, n_pieces, may_be_ahead
        self.n_in_progress = 0
        self.is_closed = False

    def start_next(self):
        """Start on a piece."""
        if not self.left:
            return False
        self.left -= 1
        self.n_in_progress += 1
        return True

    def close(self):
        """Note it."""
        self.is_closed = True


def opened(recordings, at_once):
    made = Recordings(at_once)
    by_name = {one.name: one for one in recordings}

    def open_one(name):
        if name == "bad":
            raise AudioFormatError("bad: no audio")
        return by_name[name]

    names = [one.name for one in recordings]
    return made, made.opened(names, open_one)


def test_one_at_a_time_reads_nothing_ahead():
    """The second recording is not opened before the first is done with."""
    first, second = Recording("a", 3), Recording("b", 3)
    made, files = opened([first, second], 1)
    assert next(files).recording is first
    made.read_on(first)
    assert (first.n_in_progress, first.left, second.left) == (1, 2, 3)


def test_the_rest_of_the_places_goes_to_those_that_follow():
    """First come the pieces of the recording that is read."""
    recordings = [Recording("a", 1), Recording("b", 1), Recording("c", 9)]
    made, files = opened(recordings, 4)
    next(files)
    made.read_on(recordings[0])
    assert [one.n_in_progress for one in recordings] == [1, 1, 2]
    made.read_on(recordings[0])
    assert recordings[2].n_in_progress == 2


def test_a_pipe_is_read_no_further_than_it_is_recognised():
    """It may be live: what was said in it is not held back; nor is it read before its turn."""
    pipe = Recording("pipe", 5, may_be_ahead=False)
    made, files = opened([pipe, Recording("b", 1)], 4)
    next(files)
    made.read_on(pipe)
    assert (pipe.n_in_progress, pipe.left) == (1, 4)
    before = Recording("a", 1)
    made, files = opened([before, pipe, Recording("c", 5)], 4)
    next(files)
    made.read_on(before)
    assert pipe.left == 4


def test_no_more_recordings_are_open_than_pieces_in_progress():
    """However many of them hold no speech."""
    silent = [Recording(str(number), 0) for number in range(100)]
    made, files = opened([Recording("a", 1), *silent], 4)
    first = next(files).recording
    made.read_on(first)
    files.close()
    assert sum(one.is_closed for one in silent) == 3


class NumberAsr(Asr[None]):
    """Hears how loud it is; the louder, the later it answers."""

    name = "number"
    capabilities = AsrCapabilities(max_concurrency=8, together=4)
    most = now = 0
    lock = threading.Lock()
    gathered = threading.Barrier(4)

    def open_stream(self, request):
        """Listen."""
        return _Stream()


class _Stream(AsrStream):
    def __init__(self):
        self.peak = 0

    def accept(self, samples):
        self.peak = max(self.peak, int(np.abs(samples).max()))

    def finish(self):
        if self.peak == 9000:
            raise RuntimeError("too loud")
        with NumberAsr.lock:
            NumberAsr.now += 1
            NumberAsr.most = max(NumberAsr.most, NumberAsr.now)
        if self.peak != 1000:
            NumberAsr.gathered.wait(timeout=10)  # only if four are at it is there an answer
        with NumberAsr.lock:
            NumberAsr.now -= 1
        return Hypothesis(f"level {self.peak}", True)


@pytest.fixture
def transcriber():
    """One that takes four at a time, and finds speech by its loudness."""
    NumberAsr.most = 0
    registry = ComponentRegistry.installed()
    registry = type(registry)(_host(registry))
    sections = {
        "asr": {"default_provider": "number", "fallback_providers": []},
        "vad": {"default_provider": "scripted", "fallback_providers": []},
    }
    config = load_config(sections, registry=registry, environ={})
    made = Transcriber(Assembly(config, registry, lambda event: None), at_once=4)
    made.load()
    yield made
    made.close()


def _host(registry):
    from irene.plugin.host import PluginHost, installed_plugins

    return PluginHost([*installed_plugins(), plugin_of("bench", NumberAsr, ScriptedVad)])


def recording_of(write_wav, path, *levels):
    """Write stretches of a tone, each after 1.5 s of silence."""
    tone = np.sign(np.sin(np.arange(RATE) * 0.3))
    silence = np.zeros(RATE * 3 // 2)
    parts = [part for level in levels for part in (silence, tone * level)]
    return write_wav(path, *parts, silence)


@pytest.fixture
def write():
    """Writes a WAV file and returns its path as text."""
    import wave

    def wav(path, *parts):
        with wave.open(str(path), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            for part in parts:
                file.writeframes(part.astype("<i2").tobytes())
        return str(path)

    return lambda path, *levels: recording_of(wav, path, *levels)


def texts(transcriber, files):
    return [
        (one.file, [segment.text for segment in one.recording] if one.recording else one.error)
        for one in transcriber.open_all(files, lambda file: lambda position, length: None)
    ]


def test_segments_of_several_recordings_are_recognised_together_and_come_in_order(
    transcriber, write, tmp_path
):
    """Each waits for three others here, so one at a time would not end."""
    one = write(tmp_path / "one.wav", 4000, 5000, 6000)
    two = write(tmp_path / "two.wav", 7000)
    heard = texts(transcriber, [one, two])
    assert heard == [(one, ["level 4000", "level 5000", "level 6000"]), (two, ["level 7000"])]
    assert NumberAsr.most == 4


def test_what_is_wrong_comes_when_its_turn_comes(transcriber, write, tmp_path):
    """A recording that is read ahead and is no audio spoils nothing of those before it."""
    one = write(tmp_path / "one.wav", 1000)
    bad = tmp_path / "bad.wav"
    bad.write_text("no audio")
    three = write(tmp_path / "three.wav", 1000)
    (first, second, third) = texts(transcriber, [one, str(bad), three])
    assert (first, third) == ((one, ["level 1000"]), (three, ["level 1000"]))
    assert isinstance(second[1], AudioFormatError)


def test_a_recogniser_that_fails_fails_the_recording_in_which_it_did(transcriber, write, tmp_path):
    """What was heard before comes first; the next recording is heard."""
    one = write(tmp_path / "one.wav", 1000, 9000)
    two = write(tmp_path / "two.wav", 1000)
    heard, failed = [], []
    for opened_one in transcriber.open_all([one, two], lambda file: lambda *position: None):
        try:
            heard += (segment.text for segment in opened_one.recording)
        except ProviderFailedError:
            failed.append(opened_one.file)
    assert (heard, failed) == (["level 1000", "level 1000"], [one])


@pytest.mark.parametrize(
    ("concurrency", "together", "expected"), [(1, 1, 1), (1, 4, 1), (16, 4, 8)]
)
def test_how_many_pay_is_up_to_the_recogniser(concurrency, together, expected, monkeypatch):
    """Twice those that it works on together, or one for each core; never more than it takes."""
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1}, raising=False)
    assert gainful(AsrCapabilities(max_concurrency=concurrency, together=together)) == expected
    assert gainful(AsrCapabilities(max_concurrency=8)) == 2


def test_a_configuration_that_forbids_a_recording_ends_all(
    transcriber, monkeypatch, write, tmp_path
):
    """The command raises it then."""

    def refuse(source):
        raise ConfigurationError("strict")

    monkeypatch.setattr(transcriber, "_segmenter", refuse)
    ((_, error),) = texts(transcriber, [write(tmp_path / "one.wav", 1000)])
    assert isinstance(error, ConfigurationError)


def test_of_several_at_once_each_may_take_as_many_times_as_long():
    """They share the recogniser: a slow one, which is asked for four, is not given up."""
    limits = TimeLimits(total_s=3.0).of_recordings(20.0, at_once=4)
    assert (limits.total_s, limits.granted_s(2.0)) == (12.0, 160.0)
    assert TimeLimits(total_s=3.0).of_recordings(20.0).granted_s(2.0) == 40.0
