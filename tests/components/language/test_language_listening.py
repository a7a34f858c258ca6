"""The language of one utterance after another, found out while somebody speaks."""

import threading

import numpy as np
import pytest
from language_bench import RATE, Bench, speech, spoken
from test_language_component import Broken, Whole

from irene import LanguageCapabilities
from irene.components.language.component import Opinion
from irene.components.language.listening import LanguageListener
from irene.testing import ScriptedLanguage


def listener(*identifiers, **section):
    """Return a listener on a bench, and the bench."""
    bench = Bench(*identifiers, **section)
    bench.component.slot.chain.warm_up()
    return LanguageListener(bench.component), bench


def hear(listening, audio, block=1600):
    """Speak an utterance block by block; return what is known at its end."""
    utterance = listening.open()
    for start in range(0, audio.shape[0], block):
        utterance.feed(audio[start : start + block])
        assert utterance.wait_idle(10)
    utterance.end()
    return utterance.opinion.result(10)


def opinion(language, share=0.9):
    others = [one for one in ("en", "de", "fr") if one != language]
    return Opinion({language: share, **dict.fromkeys(others, (1 - share) / 2)}, "scripted")


def test_windows_are_heard_while_somebody_speaks():
    """Every hop that has become whole, before the end is known."""
    listening, bench = listener()
    utterance = listening.open()
    utterance.feed(speech("de", 0.5))
    assert utterance.wait_idle(10)
    assert len(bench.provider.windows) == 4
    utterance.stop()


def test_the_language_is_the_one_of_most_of_the_utterance():
    """By the mean of its windows, where no utterance can be heard as a whole."""
    listening, _ = listener()
    heard = hear(listening, spoken(("en", 0.6), ("de", 1.4)))
    assert heard.language == "de"
    assert heard.probability == pytest.approx(0.7, abs=0.08)


def test_the_last_window_ends_with_the_utterance():
    """What was said last is heard, too."""
    listening, bench = listener()
    hear(listening, speech("de", 0.53))
    assert np.array_equal(bench.provider.windows[-1], speech("de", 0.2))


def test_at_the_end_the_whole_utterance_is_heard():
    """The identical audio that the recogniser gets."""
    listening, bench = listener(Whole)
    audio = spoken(("", 0.1), ("de", 0.8))
    assert hear(listening, audio).language == "de"
    assert np.array_equal(bench.provider.windows[-1], audio)


def test_in_a_pause_the_language_is_found_out_before_the_end():
    """Everything so far is heard once; nothing is left to do when silence follows."""
    listening, bench = listener(Whole)
    audio = spoken(("de", 0.8), ("", 1.2))
    utterance = listening.open()
    for start in range(0, audio.shape[0], 1600):
        utterance.feed(audio[start : start + 1600])
        assert utterance.wait_idle(10)
    (in_pause,) = (one for one in bench.provider.windows if one.shape[0] > 3200)
    n_heard = len(bench.provider.windows)
    utterance.end()
    assert utterance.opinion.result(10).language == "de"
    assert np.array_equal(in_pause, audio[: round(1.1 * RATE)])
    assert len(bench.provider.windows) == n_heard


def test_the_silence_of_a_pause_is_not_heard_in_windows():
    """Nobody says anything in it; the engine may be needed for the text."""
    listening, bench = listener(Whole)
    utterance = listening.open()
    for block in np.split(spoken(("de", 0.8), ("", 3.2)), 40):
        utterance.feed(block)
        assert utterance.wait_idle(10)
    utterance.stop()
    assert len(bench.provider.windows) < 12


@pytest.mark.parametrize("seconds", [0.1, 0.5])
def test_what_is_said_after_a_pause_counts(seconds):
    """However short it is, the whole is heard again at the end."""
    listening, bench = listener(Whole)
    audio = spoken(("de", 0.8), ("", 0.5), ("fr", seconds))
    heard = hear(listening, audio)
    assert np.array_equal(bench.provider.windows[-1], audio)
    assert heard.shares["fr"] == pytest.approx(seconds / (0.8 + seconds), abs=0.01)


def test_every_pause_is_heard():
    """Each may be the end."""
    listening, bench = listener(Whole)
    audio = spoken(("de", 0.4), ("", 0.4), ("fr", 0.6), ("", 0.5))
    assert hear(listening, audio).language == "fr"
    lengths = [one.shape[0] / RATE for one in bench.provider.windows if one.shape[0] > 3200]
    assert lengths == pytest.approx([0.7, 1.7], abs=0.01)


def test_a_backlog_is_searched_for_pauses_block_by_block():
    """What comes while the identifier works is divided as if it had been waited for."""
    listening, bench = listener(Whole)
    audio, at_once = spoken(("de", 0.8), ("", 1.2)), listening.open()
    for block in np.split(audio, 20):
        at_once.feed(block)
    assert at_once.wait_idle(10)
    at_once.end()
    assert at_once.opinion.result(10).language == "de"
    longest = max(bench.provider.windows, key=len)
    assert np.array_equal(longest, audio[: round(1.1 * RATE)])


def test_pauses_are_left_alone_where_no_utterance_is_heard_as_a_whole():
    """Its windows count, as many as it takes."""
    listening, bench = listener()
    hear(listening, spoken(("de", 0.8), ("", 0.8)))
    assert {one.shape[0] for one in bench.provider.windows} == {3200}


def test_an_utterance_that_is_too_long_for_a_pause_is_heard_in_windows():
    """As one without pauses."""

    class Short(ScriptedLanguage):
        capabilities = LanguageCapabilities(
            dtype="int16", window=3200, longest=16_000, max_concurrency=4
        )

    listening, bench = listener(Short)
    assert hear(listening, spoken(("de", 1.5), ("", 0.5))).language == "de"
    assert {one.shape[0] for one in bench.provider.windows} == {3200}


def test_it_may_wait_for_the_end():
    """Not in parallel: nothing is heard before, and only one pass is made."""
    listening, bench = listener(Whole, parallel=False)
    assert hear(listening, spoken(("fr", 1.0), ("", 0.7))).language == "fr"
    assert len(bench.provider.windows) == 1


def test_silence_has_no_language():
    """Nothing follows from it."""
    listening, _ = listener()
    heard = hear(listening, spoken(("", 1.0)))
    assert heard.language == ""
    assert listening.settle(heard, 1.0).language == "en"


def test_an_utterance_without_audio_has_no_language():
    """Nor is that an error."""
    listening, _ = listener()
    utterance = listening.open()
    utterance.end()
    assert utterance.opinion.result(10) == Opinion()


def test_identifiers_that_all_fail_are_no_opinion():
    """The assistant goes on in the language of before; the failures were told."""
    listening, bench = listener(Broken, Broken)
    assert hear(listening, speech("de", 1.0)) == Opinion()
    assert bench.told().count("provider_failed") >= 2


def test_an_utterance_that_nobody_wants_ends_its_thread():
    """As soon as the identifier comes back."""
    may_end = threading.Event()

    class Hangs(ScriptedLanguage):
        def identify(self, window, live=False):
            may_end.wait(10)
            return super().identify(window, live)

    listening, _ = listener(Hangs)
    utterance = listening.open()
    utterance.feed(speech("de", 0.5))
    utterance.stop()
    assert not utterance.opinion.done()
    may_end.set()
    assert utterance.opinion.result(10) == Opinion()


def test_the_language_changes_with_an_utterance_that_is_long_and_clear_enough():
    """Half a second at 0.6, as configured; otherwise nothing changes."""
    listening, _ = listener()
    assert listening.settle(opinion("de", 0.55), 2.0).language == "en"
    assert listening.settle(opinion("de"), 0.3).language == "en"
    changed = listening.settle(opinion("de"), 2.0)
    assert (changed.before, changed.language, changed.has_changed) == ("en", "de", True)
    assert listening.language == "de"
    assert not listening.settle(opinion("de"), 2.0).has_changed


def test_short_utterances_add_up():
    """Two short answers in German are German."""
    listening, _ = listener()
    languages = [listening.settle(opinion("de"), 0.3).language for _ in range(2)]
    assert languages == ["en", "de"]


def test_a_changed_configuration_goes_on_in_the_language_that_is_spoken():
    """If it may still be spoken; else in the default one."""
    before, _ = listener()
    before.settle(opinion("de"), 2.0)
    after, _ = listener()
    after.follow(before)
    assert after.language == "de"
    without, _ = listener(languages=["en", "fr"])
    without.follow(before)
    assert without.language == "en"
