"""Whole recordings are recognised with the same care as what is said live."""

import asyncio
import threading

import numpy as np
import pytest

from irene import AudioData, ConfigurationError, ProviderFailedError
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.plugin.host import installed_plugins
from irene.testing import AsrScript, ScriptedAsr, VirtualClock, registry_of

LONGEST_WAIT_S = 30.0
NOISE = np.random.default_rng(1).integers(-9000, 9000, 16000).astype(np.int16)
CLIP = AudioChunk(NOISE, 16000, 0.0)


class Bench:
    """Two scripted recognisers, the second of which says `right`."""

    def __init__(self, **section):
        self.first = type("First", (ScriptedAsr,), {"name": "first", "script": AsrScript("wrong")})
        self.second = type("Second", (ScriptedAsr,), {"name": "second"})
        self.second.script = AsrScript("right")
        registry = registry_of(self.first, self.second, installed=installed_plugins())
        asr = {"default_provider": "first", "fallback_providers": ["second"], **section}
        self.events, self.clock = [], VirtualClock()
        config = load_config({"asr": asr}, registry=registry)
        self.component = Assembly(config, registry, self.events.append, self.clock).asr()

    def heard(self, name):
        """Return the audio of every utterance that a recogniser was given."""
        chain = self.component.slot.chain
        (asr,) = (one.provider for one in chain.candidates() if one.name == name)
        return [stream.audio for stream in asr.utterances]


def boom():
    """Raise, as an engine may."""
    raise OSError("boom")


@pytest.mark.parametrize("fault", ["fault", "finish_fault"])
def test_a_recogniser_that_fails_on_a_recording_is_replaced(fault):
    """The second one hears all of it."""
    bench = Bench()
    bench.first.script = AsrScript("wrong", **{fault: boom})
    recognition = bench.component.recognize(CLIP)
    assert (recognition.provider, recognition.hypothesis.text) == ("second", "right")
    (audio,) = bench.heard("second")
    np.testing.assert_array_equal(audio, NOISE)


def test_a_program_gets_the_text_of_the_second_one_too():
    """`process_audio` is the same."""
    bench = Bench()
    bench.first.script = AsrScript("wrong", finish_fault=boom)
    audio = AudioData(NOISE.tobytes(), 0.0, 16000, 1)
    assert asyncio.run(bench.component.process_audio(audio)).text == "right"


def test_a_recogniser_that_hangs_on_a_recording_is_left_after_what_its_length_grants():
    """The deadline, and twenty seconds for each second of audio; not before."""
    bench = Bench(deadline_ms=3000)
    reached, release = threading.Event(), threading.Event()

    def hang():
        reached.set()
        release.wait(LONGEST_WAIT_S)

    bench.first.script = AsrScript("wrong", finish_fault=hang)
    found = []
    worker = threading.Thread(target=lambda: found.append(bench.component.recognize(CLIP)))
    worker.start()
    assert reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(22.9)
    assert bench.events == []
    bench.clock.advance(0.1)
    worker.join(LONGEST_WAIT_S)
    assert found[0].provider == "second"
    assert [call.provider for call in bench.component.abandoned.running] == ["first"]
    release.set()


def test_a_recogniser_that_was_asked_for_by_name_has_no_stand_in():
    """Who wants this one gets this one, or its error; it is asked once more."""
    bench = Bench()
    bench.first.script = AsrScript("wrong", finish_fault=boom)
    with pytest.raises(ProviderFailedError, match="'first': OSError: boom"):
        bench.component.recognize(CLIP, "first")
    assert (len(bench.heard("first")), bench.heard("second")) == (2, [])


def test_a_recording_may_be_in_another_language():
    """It is what the recogniser is asked for, and part of what a kept transcript is kept under."""
    bench = Bench(language="en", cache_size=9)
    asked = []
    opened = bench.first.open_stream

    def open_stream(self, request):
        asked.append(request.language)
        return opened(self, request)

    bench.first.open_stream = open_stream
    for language in (None, "de", "de", None):
        bench.component.recognize(CLIP, language=language)
    assert asked == ["en", "de"]


def test_nothing_of_a_recording_is_kept_when_everybody_fails(monkeypatch, tmp_path):
    """Whoever has the recording can try again."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    bench = Bench()
    bench.first.script = bench.second.script = AsrScript("wrong", fault=boom)
    with pytest.raises(ProviderFailedError):
        bench.component.recognize(CLIP)
    assert list(tmp_path.rglob("*")) == []


def test_closing_gives_up_what_is_being_recognised():
    """Whoever waits for it gets an error, and no recogniser is marked down."""
    bench = Bench()
    reached, release = threading.Event(), threading.Event()

    def hang():
        reached.set()
        release.wait(LONGEST_WAIT_S)
        boom()

    bench.first.script = AsrScript("wrong", finish_fault=hang)
    errors = []

    def recognise():
        try:
            bench.component.recognize(CLIP)
        except ProviderFailedError as error:
            errors.append(str(error))

    worker = threading.Thread(target=recognise)
    worker.start()
    assert reached.wait(LONGEST_WAIT_S)
    bench.component.close()
    release.set()
    worker.join(LONGEST_WAIT_S)
    assert errors == ["the utterance was given up: recognition is closed"]
    assert bench.events == []


def test_a_wrong_language_stays_the_users_to_cure():
    """What every recogniser refuses is a configuration error, and not a failure of theirs."""
    bench = Bench()

    def refuse(self, request):
        raise ConfigurationError("language: not this one")

    bench.first.open_stream = bench.second.open_stream = refuse
    with pytest.raises(ConfigurationError, match="language: not this one"):
        bench.component.recognize(CLIP)
