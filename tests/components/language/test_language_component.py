"""The slot of language identification: opinions, fail-over, stretches of a recording."""

import numpy as np
import pytest
from language_bench import RATE, Bench, speech, spoken

from irene import LanguageCapabilities, ProviderFailedError
from irene.components.language.pauses import pauses_of
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


def test_windows_slide_to_the_end():
    """Hop by hop; the last one ends with the recording."""
    opinions = Bench().component.opinions(speech("en", 0.55))
    assert [one.start for one in opinions] == [0, 1600, 3200, 4800, 5600]


def test_windows_end_when_nobody_wants_them():
    """A command that is interrupted does not hear an hour to its end."""
    wanted = iter([True, True, False])
    assert len(Bench().component.opinions(speech("en", 5), lambda: next(wanted))) == 2


def test_a_code_switched_recording_is_one_stretch_per_language():
    """In order, each change in the pause where it is."""
    audio = spoken(("en", 2.0), ("", 0.3), ("de", 1.5), ("", 0.3), ("fr", 1.8))
    component = Bench(expected_dwell_ms=2000).component
    runs = component.runs(component.opinions(audio), audio.shape[0], pauses_of(audio, RATE))
    assert [run.language for run in runs] == ["en", "de", "fr"]
    assert [run.start_s for run in runs] == pytest.approx([0.0, 2.15, 3.95], abs=0.05)
    assert runs[-1].end_s == pytest.approx(5.9, abs=0.1)


def test_an_interjection_is_no_stretch():
    """What is shorter than the dwell belongs to what is around it."""
    audio = spoken(("en", 2.0), ("fr", 0.3), ("en", 2.0))
    component = Bench(min_dwell_ms=600).component
    runs = component.runs(component.opinions(audio), audio.shape[0], [])
    assert [run.language for run in runs] == ["en"]


def test_a_slow_identifier_is_asked_less_often_and_that_is_told_once():
    """10 Hz where the cost allows, otherwise the measured rate."""
    bench = Bench(type("Slow", (ScriptedLanguage,), {"fault": lambda: bench.clock.advance(0.12)}))
    opinions = bench.component.opinions(speech("en", 2.0))
    gaps = np.diff([one.start for one in opinions])[:-1]
    assert set(gaps.tolist()) == {4800}
    assert bench.told() == ["warning"]
    assert "120 ms a window: it is done every 300 ms instead of 100" in bench.events[0].message


def test_the_assistants_language_is_spoken_first():
    """Unless the section says another."""
    assert Bench().component.default == "en"
    assert Bench(default="de").component.default == "de"
