"""Transcribing recordings: real files and engines, and bounded memory on a long one."""

import gc
import wave
from pathlib import Path

import numpy as np
import psutil
import pytest

from irene import (
    Asr,
    AsrCapabilities,
    AsrStream,
    AudioFormatError,
    ConfigurationError,
    Hypothesis,
    ProviderFailedError,
    ProviderUnavailableError,
    Word,
)
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.events import ProviderSwitched, Warned
from irene.pipeline.transcribing.transcriber import Transcriber
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.testing import ScriptedAsr, ScriptedVad, VirtualClock, noise, plugin_of

DATA = Path(__file__).parents[2] / "data"
RATE = 16000
WHAT_TIME = DATA / "commands" / "rhasspy3__what_time_is_it.wav"
LAMP = DATA / "commands" / "rhasspy3__turn_on_the_lamp.wav"
MP3 = DATA / "formats" / "whisper.cpp__jfk.mp3"


class LoudAsr(Asr[None]):
    """Recognises every 100 ms that are loud as the word `loud`, and keeps nothing."""

    name = "loud"
    capabilities = AsrCapabilities(languages=("en-GB", "de"), max_concurrency=1)

    def open_stream(self, request):
        """Start on a new utterance."""
        return _LoudStream(request.language)


class _LoudStream(AsrStream):
    def __init__(self, language):
        self._language = language
        self._position = 0
        self._words = []

    def accept(self, samples):
        for start in range(0, len(samples), 1600):
            if np.abs(samples[start : start + 1600].astype(np.int32)).max() > 2000:
                begin_s = (self._position + start) / RATE
                self._words.append(Word("loud", begin_s, begin_s + 0.1))
        self._position += len(samples)
        return None

    def finish(self):
        text = " ".join(word.text for word in self._words)
        return Hypothesis(text, True, tuple(self._words), self._language)


class BrokenAsr(Asr[None]):
    """Raises on every utterance."""

    name = "broken"

    def open_stream(self, request):
        """Fail as an engine does."""
        raise RuntimeError("the engine broke")


class TickingAsr(LoudAsr):
    """Takes two seconds of the clock for every utterance."""

    name = "ticking"
    clock = VirtualClock()

    def open_stream(self, request):
        """Let time pass."""
        self.clock.advance(2.0)
        return super().open_stream(request)


@pytest.fixture(scope="module")
def registry():
    """Every installed plugin, and the recognisers of this file."""
    bench = plugin_of("bench", LoudAsr, BrokenAsr, TickingAsr, ScriptedAsr, ScriptedVad)
    return ComponentRegistry(PluginHost([*installed_plugins(), bench]))


@pytest.fixture
def open_transcriber(registry):
    """Return a function that makes a loaded transcriber of configuration keys."""
    opened = []

    def make(report=lambda event: None, clock=None, **sections):
        config = load_config(sections, registry=registry, environ={})
        transcriber = Transcriber(Assembly(config, registry, report), clock)
        opened.append(transcriber)
        transcriber.load()
        return transcriber

    yield make
    for transcriber in opened:
        transcriber.close()


def asr(name, *fallback, **keys):
    return {"default_provider": name, "fallback_providers": list(fallback), **keys}


def write_wav(path, *parts, rate=RATE):
    """Write int16 pieces as one mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        for part in parts:
            file.writeframes(part.astype("<i2").tobytes())
    return path


def samples_of(path):
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@pytest.fixture
def fast_file(tmp_path):
    """Return a recording of 48 kHz."""
    return write_wav(tmp_path / "fast.wav", np.repeat(samples_of(WHAT_TIME), 3), rate=48000)


def text_of(transcription):
    return " ".join(segment.text for segment in transcription)


def test_a_recording_becomes_text(open_transcriber):
    """A real command through the default VAD and recogniser."""
    pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")
    transcription = open_transcriber().open(str(WHAT_TIME))
    assert text_of(transcription) == "what time is it"
    assert transcription.provider == "pocketsphinx"
    assert transcription.language == "en"
    assert transcription.seconds == pytest.approx(2.0)
    assert 0 < transcription.rtf < 5


def test_what_listened_to_a_recording_is_given_back(open_transcriber, tmp_path):
    """Also where nobody reads it to its end."""
    vad = {"default_provider": "scripted", "fallback_providers": []}
    transcriber = open_transcriber(vad=vad, asr=asr("loud"))
    chain = transcriber._vad.chain
    parts = [noise(1, -75), noise(1, -10), noise(2, -75), noise(1, -10)]
    file = str(write_wav(tmp_path / "loud.wav", *parts))
    assert len(list(transcriber.open(file))) == 2
    assert chain.in_use(chain.current.made) == 0
    for segment in transcriber.open(file):
        assert segment.text
        assert chain.in_use(chain.current.made) == 1
        break
    gc.collect()
    assert chain.in_use(chain.current.made) == 0


def test_words_have_the_times_of_the_file(open_transcriber, tmp_path):
    """A pause in front of a command moves its words by just that much."""
    pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")
    speech, lead_s = samples_of(WHAT_TIME), 20.0
    later = write_wav(tmp_path / "later.wav", noise(lead_s, -75), speech)
    transcriber = open_transcriber()
    (early,), (late,) = transcriber.open(str(WHAT_TIME)), transcriber.open(str(later))
    assert early.text == late.text
    assert [word.start_s + lead_s for word in early.words] == pytest.approx(
        [word.start_s for word in late.words], abs=0.1
    )


def test_long_pauses_cut_and_each_part_is_recognised(open_transcriber, tmp_path):
    """Two commands in one file are two segments, in order."""
    pytest.importorskip("pocketsphinx", reason="the extra 'pocketsphinx' is not installed")
    parts = (samples_of(WHAT_TIME), noise(3, -75), samples_of(LAMP))
    both = write_wav(tmp_path / "both.wav", *parts)
    first, second = open_transcriber().open(str(both))
    assert first.text == "what time is it"
    assert second.text.startswith("turn on the lam")
    assert first.end_s <= second.start_s
    assert second.words[0].start_s > 5.0


def test_compressed_recordings_are_read(open_transcriber):
    """An MP3 is decoded on the way."""
    transcription = open_transcriber(asr=asr("loud")).open(str(MP3))
    assert "loud loud loud" in text_of(transcription)
    assert transcription.seconds == pytest.approx(11, abs=0.1)


def test_another_rate_is_converted_and_times_stay_those_of_the_file(open_transcriber, fast_file):
    """A recording of 48 kHz is heard at 16 kHz, at the same times."""
    transcriber = open_transcriber(asr=asr("loud"))
    (fast,), (plain,) = transcriber.open(str(fast_file)), transcriber.open(str(WHAT_TIME))
    assert len(fast.words) > 3
    assert fast.words[0].start_s == pytest.approx(plain.words[0].start_s, abs=0.15)
    assert fast.end_s == pytest.approx(plain.end_s, abs=0.1)


@pytest.mark.parametrize("level_db", [-120, -60])
def test_a_recording_without_speech_has_no_text(open_transcriber, tmp_path, level_db):
    """Silence and quiet noise give no segment, though the recording was read to its end."""
    quiet = write_wav(tmp_path / "quiet.wav", noise(5, level_db))
    transcription = open_transcriber(asr=asr("scripted")).open(str(quiet))
    assert list(transcription) == []
    assert transcription.seconds == 5.0
    assert transcription.provider == "scripted"


def test_segments_in_which_nothing_is_recognised_are_left_out(open_transcriber, registry):
    """A cough is speech to the VAD and no text to the recogniser."""
    silent = type("Silent", (ScriptedAsr,), {"name": "silent", "script": type("S", (), {})})
    silent.script.text = "  "
    silent.script.fault = silent.script.finish_fault = staticmethod(lambda: None)
    both = ComponentRegistry(PluginHost([*installed_plugins(), plugin_of("silent", silent)]))
    config = load_config({"asr": asr("silent")}, registry=both, environ={})
    assert list(Transcriber(Assembly(config, both)).open(str(LAMP))) == []


def test_a_truncated_recording_is_transcribed_as_far_as_it_goes(open_transcriber, tmp_path):
    """What can be read comes first, then the error."""
    whole = WHAT_TIME.read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    transcription = open_transcriber(asr=asr("loud")).open(str(cut))
    segments = iter(transcription)
    assert "loud" in next(segments).text
    with pytest.raises(AudioFormatError, match="truncated"):
        next(segments)
    assert transcription.seconds == pytest.approx(1.33, abs=0.1)


def test_a_missing_file_is_refused_when_it_is_opened(open_transcriber):
    """Nothing has to be iterated to learn that there is nothing."""
    with pytest.raises(AudioFormatError, match=r"nowhere\.wav: no such file"):
        open_transcriber(asr=asr("loud")).open("nowhere.wav")


def test_the_file_input_keeps_the_options_of_its_table(open_transcriber, tmp_path):
    """Raw PCM is described in `[inputs.providers.file]`; only the path is replaced."""
    raw = tmp_path / "talk.bin"
    raw.write_bytes(np.repeat(samples_of(WHAT_TIME), 3).tobytes())
    table = {"encoding": "s16le", "rate": 48000, "path": "other.wav"}
    transcriber = open_transcriber(asr=asr("loud"), inputs={"providers": {"file": table}})
    transcription = transcriber.open(str(raw))
    assert list(transcription)
    assert transcription.seconds == pytest.approx(2.0)


def test_a_failing_recogniser_is_replaced(open_transcriber):
    """The next provider gets the same audio; the event says so."""
    events = []
    transcriber = open_transcriber(events.append, asr=asr("broken", "loud"))
    transcription = transcriber.open(str(LAMP))
    assert "loud" in text_of(transcription)
    assert transcription.provider == "loud"
    assert [event.to for event in events if isinstance(event, ProviderSwitched)] == ["loud"]


def test_without_a_working_recogniser_the_error_comes_out(open_transcriber):
    """A recogniser that always raises ends the transcription with one line."""
    transcription = open_transcriber(asr=asr("broken")).open(str(LAMP))
    with pytest.raises(ProviderFailedError, match="the engine broke"):
        list(transcription)


def test_a_recogniser_that_cannot_be_loaded_is_an_error_at_once(open_transcriber):
    """`load` fails before any file is touched."""
    vosk = {**asr("vosk"), "providers": {"vosk": {"model": "/no/such/model"}}}
    with pytest.raises(ProviderUnavailableError):
        open_transcriber(asr=vosk)


def test_a_language_that_the_recogniser_does_not_know_is_refused(open_transcriber):
    """No English words are made of French speech."""
    with pytest.raises(ConfigurationError, match=r"asr.language = 'fr': .* knows en-GB, de"):
        open_transcriber(asr=asr("loud", language="fr"))


@pytest.mark.parametrize("tag", ["en", "en-US", "DE", "de_AT"])
def test_a_region_does_not_matter_for_the_language(open_transcriber, tag):
    """The engine that knows British English is asked for any English."""
    transcription = open_transcriber(asr=asr("loud", language=tag)).open(str(LAMP))
    assert list(transcription)
    assert transcription.language == tag


def test_conflicts_with_the_format_are_told_once_per_recording(open_transcriber, fast_file):
    """What strict validation would refuse is a warning otherwise."""
    events = []
    keys = {"allow_resampling": False}
    transcriber = open_transcriber(events.append, asr=asr("loud", **keys))
    transcriber.open(str(fast_file))
    warnings = [event.message for event in events if isinstance(event, Warned)]
    assert len(warnings) == 1
    assert "asr.allow_resampling" in warnings[0]


def test_strict_validation_refuses_a_conversion(open_transcriber, fast_file):
    """The message names the key."""
    keys = {"allow_resampling": False, "strict_validation": True}
    with pytest.raises(ConfigurationError, match=r"asr\.allow_resampling"):
        open_transcriber(asr=asr("loud", **keys)).open(str(fast_file))


def test_rtf_is_processing_time_per_second_of_audio(open_transcriber):
    """The engine's time counts, that of the consumer does not."""
    transcriber = open_transcriber(clock=TickingAsr.clock, asr=asr("ticking"))
    transcription = transcriber.open(str(WHAT_TIME))
    for _ in transcription:
        TickingAsr.clock.advance(100.0)
    assert transcription.rtf == pytest.approx(2.0 / 2.0)


def test_progress_is_the_position_in_the_recording(open_transcriber):
    """It grows to the length of the file."""
    seen = []
    transcriber = open_transcriber(asr=asr("loud"))
    list(transcriber.open(str(LAMP), lambda position_s, length_s: seen.append(position_s)))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(3.0, abs=0.01)
    assert len(seen) > 10


def test_memory_does_not_grow_with_the_recording(open_transcriber, tmp_path):
    """Half an hour of speech and pauses (58 MB of samples) is never held in memory."""
    speech = np.concatenate([samples_of(LAMP), samples_of(WHAT_TIME), noise(4, -75)])
    repeats = 30 * 60 * RATE // len(speech)
    long = write_wav(tmp_path / "long.wav", *[speech] * repeats)
    energy = {"default_provider": "energy", "fallback_providers": []}
    transcription = open_transcriber(asr=asr("loud"), vad=energy).open(str(long))
    process, resident, n_segments = psutil.Process(), [], 0
    for n_segments, segment in enumerate(transcription, 1):  # noqa: B007 - counted
        if segment.start_s > 60:
            resident.append(process.memory_info().rss)
    assert n_segments >= repeats
    assert transcription.seconds == pytest.approx(1800, abs=10)
    assert long.stat().st_size > 50e6
    assert max(resident) - resident[0] < 25e6
