"""The slot of language identification: opinions, fail-over, stretches of a recording."""

import threading

import numpy as np
import pytest
from language_bench import RATE, Bench, speech, spoken

from irene import AudioChunk, LanguageCapabilities, ProviderFailedError
from irene.testing import ScriptedLanguage


class Whole(ScriptedLanguage):
    """Takes whole utterances of up to 2 s."""

    capabilities = LanguageCapabilities(dtype="int16", window=3200, longest=32000)


class Float(ScriptedLanguage):
    """Wants float32."""

    capabilities = LanguageCapabilities(dtype="float32", window=3200)
    types: tuple = ()

    def identify(self, window, live=False):
        """Note what came."""
        type(self).types = (*type(self).types, (window.dtype.name, live))
        return {"en": 1.0}


class Broken(ScriptedLanguage):
    """Raises."""

    def identify(self, window, live=False):
        """Fail."""
        raise RuntimeError("no weights")


class Nonsense(ScriptedLanguage):
    """Returns no shares."""

    def identify(self, window, live=False):
        """Return a probability above 1."""
        return {"en": 7.0}


def test_the_likeliest_language_is_told_with_its_probability():
    """Of those that may be spoken, with the name of who heard it."""
    opinion = Bench().component.opinion(spoken(("de", 0.15), ("en", 0.05)))
    assert (opinion.language, opinion.provider) == ("de", "scripted")
    assert opinion.probability == pytest.approx(0.75)


def test_languages_that_may_not_be_spoken_are_left_out():
    """What is configured is what can be answered."""
    bench = Bench(languages=["en", "de"])
    opinion = bench.component.opinion(spoken(("fr", 0.1), ("en", 0.06), ("de", 0.04)))
    assert opinion.shares == pytest.approx({"en": 0.6, "de": 0.4})


def test_silence_is_no_opinion():
    """It has no language, and no probability."""
    opinion = Bench().component.opinion(spoken(("", 0.2)))
    assert (opinion.language, opinion.probability, opinion.shares) == ("", 0.0, {})


def test_an_identifier_gets_the_sample_type_it_wants():
    """And is told what is spoken now."""
    component = Bench(Float).component
    component.opinion(speech("en", 0.2), live=True)
    component.opinion(speech("en", 0.2))
    assert Float.types == (("float32", True), ("float32", False))


@pytest.mark.parametrize("broken", [Broken, Nonsense])
def test_another_identifier_stands_in(broken):
    """One that fails, or returns nonsense, is replaced, and that is told."""
    bench = Bench(broken)
    opinion = bench.component.opinion(speech("fr", 0.2))
    assert (opinion.language, opinion.provider) == ("fr", "second")
    assert bench.told()[0] == "provider_failed"


def test_an_identifier_that_hangs_is_left_without_any_deadline():
    """Counted and named until it comes back."""
    released = threading.Event()

    class Hanging(ScriptedLanguage):
        fault = staticmethod(lambda: released.wait(30))

    bench = Bench(Hanging, assistant={"hang_timeout_ms": 50})
    opinion = bench.component.opinion(speech("fr", 0.2))
    assert (opinion.language, opinion.provider) == ("fr", "second")
    assert bench.told()[:2] == ["provider_failed", "call_abandoned"]
    assert bench.events[0].reason == "no answer within assistant.hang_timeout_ms = 50"
    (call,) = bench.component.slot.chain.abandoned.running
    assert (call.provider, call.call) == ("scripted", "identify")
    released.set()
    pause = threading.Event()
    while bench.component.slot.chain.abandoned.running:
        assert not pause.wait(0.01)


def test_when_every_identifier_fails_that_is_an_error():
    """With the reason of the last one."""
    bench = Bench(Broken, Broken)
    with pytest.raises(ProviderFailedError, match="no weights"):
        bench.component.opinion(speech("en", 0.2))


def test_a_whole_utterance_is_heard_as_it_is():
    """Where the identifier takes it: the recogniser hears the identical audio."""
    bench = Bench(Whole)
    assert bench.component.whole(speech("de", 1.5)).language == "de"
    assert [window.shape[0] for window in bench.provider.windows] == [24000]


def test_a_short_utterance_is_one_padded_window():
    """Where it does not."""
    bench = Bench()
    assert bench.component.whole(speech("de", 0.1)).language == "de"
    assert [window.shape[0] for window in bench.provider.windows] == [3200]


def test_what_is_too_long_has_to_be_heard_in_windows():
    """Neither as a whole nor as one window."""
    assert Bench().component.whole(speech("de", 1.5)) is None
    assert Bench(Whole).component.whole(speech("de", 3.0)) is None


def test_a_long_utterance_of_a_recording_is_heard_in_windows_to_its_end():
    """Each begins in the middle of the one before; the last one ends with the utterance."""
    bench, audio = Bench(), np.arange(8800, dtype=np.int16)
    bench.component.utterance(audio)
    starts = [int(window[0]) for window in bench.provider.windows]
    assert starts == [0, 1600, 3200, 4800, 5600]


def test_what_an_utterance_is_in_is_what_its_windows_say_on_average():
    """An opinion about the whole, by name of who heard it."""
    opinion = Bench().component.utterance(spoken(("en", 0.5), ("de", 1.5)))
    assert (opinion.language, opinion.provider) == ("de", "scripted")
    assert opinion.probability == pytest.approx(0.75, abs=0.05)


def test_a_code_switched_recording_is_one_stretch_per_language():
    """In order, each change in the middle of its pause."""
    audio = spoken(("en", 2.0), ("", 0.4), ("de", 1.5), ("", 0.4), ("fr", 1.8))
    runs = Bench().component.runs_of_clip(AudioChunk(audio, RATE))
    assert [run.language for run in runs] == ["en", "de", "fr"]
    assert [run.start_s for run in runs] == pytest.approx([0.0, 2.2, 4.1])
    assert runs[-1].end_s == pytest.approx(6.1)


def test_the_same_recording_has_the_same_stretches_on_every_machine():
    """What an answer costs does not decide about what is asked; nor is anybody warned."""
    bench = Bench(type("Slow", (ScriptedLanguage,), {"fault": lambda: bench.clock.advance(0.9)}))
    quick = Bench()
    pieces = [("en", 1.3), ("de", 0.9), ("", 0.5), ("de", 2.0), ("", 0.7), ("fr", 0.6)]
    clip = AudioChunk(spoken(*pieces), RATE)
    runs = [each.component.runs_of_clip(clip) for each in (quick, bench) for _ in range(2)]
    assert runs == [runs[0]] * 4
    asked = [[len(window) for window in each.provider.windows] for each in (quick, bench)]
    assert asked[0] == asked[1]
    assert bench.told() == []


def test_an_interjection_is_no_stretch():
    """A word of another language, without a pause around it, is in what is around it."""
    audio = spoken(("en", 2.0), ("fr", 0.3), ("en", 2.0))
    runs = Bench().component.runs_of_clip(AudioChunk(audio, RATE))
    assert [run.language for run in runs] == ["en"]


def test_a_slow_identifier_is_asked_less_often_and_that_is_told_once():
    """While somebody speaks: 10 Hz where the cost allows, otherwise the measured rate."""
    bench = Bench(type("Slow", (ScriptedLanguage,), {"fault": lambda: bench.clock.advance(0.12)}))
    hops = []
    for _ in range(3):
        hops.append(bench.component.hop)
        bench.component.opinion(speech("en", 0.2), live=True)
    assert hops == [1600, 4800, 4800]
    assert bench.told() == ["warning"]
    assert "120 ms a window: it is done every 300 ms instead of 100" in bench.events[0].message


def test_the_assistants_language_is_spoken_first():
    """Unless the section says another."""
    assert Bench().component.default == "en"
    assert Bench(default="de").component.default == "de"
