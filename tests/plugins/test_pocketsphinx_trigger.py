"""The pocketsphinx voice trigger on recorded speech: any phrase that is given in words."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import ConfigurationError, ModelMissingError
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon
from irene_plugins.voice_trigger.pocketsphinx import (
    PocketSphinxTrigger,
    PocketSphinxTriggerOptions,
)
from irene_plugins.voice_trigger.pocketsphinx_phrases import (
    MOST_VARIANTS,
    SpokenPhrases,
    evidence_for,
    spoken_words,
)

pytest.importorskip("pocketsphinx", reason="the engine of this plugin is not installed")

DATA = Path(__file__).parent.parent / "data"
PHRASES = {
    "alexa": "wake/openWakeWord__alexa_test.wav",
    "hey_jarvis": "wake/wyoming-openwakeword__hey_jarvis.wav",
    "turn_on_the_lamp": "commands/rhasspy3__turn_on_the_lamp.wav",
    "what_time_is_it": "commands/rhasspy3__what_time_is_it.wav",
    "play_the_beatles": "commands/rhasspy3__play_the_beatles.wav",
}
OTHERS = [
    "wake/precise_near_chatterbox_72af624dd4a3.wav",
    "wake/speechbrain__spk1_snt5.wav",
    "speech/speechbrain__spk1_snt3.wav",
    "nonspeech/rhasspy3__beep_hi.wav",
]
SNOWBOY = {"snowboy": "S N OW B OY"}
WINDOW = 640


@pytest.fixture(scope="module")
def engine():
    provider = PocketSphinxTrigger(PocketSphinxTriggerOptions(pronunciations=SNOWBOY))
    provider.warm_up()
    return provider


def recording(name, lead_s=1.0, tail_s=0.6):
    """A clip between stretches of faint noise, cut to whole windows."""
    with wave.open(str(DATA / name)) as clip:
        speech = np.frombuffer(clip.readframes(clip.getnframes()), "<i2")
    noise = np.random.default_rng(1).normal(0, 3, int((lead_s + tail_s) * 16000)).astype(np.int16)
    n_lead = int(lead_s * 16000)
    audio = np.concatenate((noise[:n_lead], speech, noise[n_lead:]))
    return audio[: len(audio) // WINDOW * WINDOW]


def scores_of(stream, audio):
    return [dict(stream.process(window)) for window in audio.reshape(-1, WINDOW)]


def peak(scores, name):
    return max(score[name] for score in scores)


@pytest.mark.parametrize("name", PHRASES)
def test_a_phrase_that_is_said_is_heard_without_training(engine, name):
    """Wake words and whole commands alike."""
    scores = scores_of(engine.open_stream([name]), recording(PHRASES[name]))
    assert peak(scores, name) >= engine.threshold(name)


@pytest.mark.parametrize("name", PHRASES)
def test_one_phrase_is_not_taken_for_another(engine, name):
    """With all phrases open, only the spoken one is heard."""
    scores = scores_of(engine.open_stream(tuple(PHRASES)), recording(PHRASES[name]))
    assert [one for one in PHRASES if peak(scores, one) >= engine.threshold(one)] == [name]


@pytest.mark.parametrize("name", OTHERS)
def test_other_sound_is_not_taken_for_a_phrase(engine, name):
    """Read speech, a near miss and a beep stay below every threshold."""
    scores = scores_of(engine.open_stream(tuple(PHRASES)), recording(name))
    assert all(peak(scores, one) < engine.threshold(one) for one in PHRASES)


def test_the_decision_comes_soon_after_the_phrase_and_its_end_lies_where_it_is_said_to(engine):
    """The command is cut off between these two times."""
    audio = recording(PHRASES["alexa"])
    power = np.convolve(audio.astype(float) ** 2, np.ones(320) / 320, "same")
    spoken_until_s = np.flatnonzero(power > power.max() / 1000)[-1] / 16000
    scores = scores_of(engine.open_stream(["alexa"]), audio)
    first = next(i for i, score in enumerate(scores) if score["alexa"] >= 0.5)
    decided_s = (first + 1) * WINDOW / 16000
    earliest_s, latest_s = engine.capabilities.phrase_end_s
    assert decided_s + earliest_s <= spoken_until_s <= decided_s + latest_s


def test_names_are_normalised_however_a_phrase_is_written(engine):
    """`Hey  Jarvis!` is scored as `hey_jarvis`."""
    scores = scores_of(engine.open_stream(["Hey  Jarvis!"]), recording(PHRASES["hey_jarvis"]))
    assert peak(scores, "hey_jarvis") >= 0.5


def test_a_word_of_ones_own_is_heard_by_its_pronunciation(engine):
    """`snowboy` stands in no dictionary."""
    audio = recording("wake/wyoming-openwakeword__snowboy.wav")
    assert peak(scores_of(engine.open_stream(["snowboy"]), audio), "snowboy") >= 0.5


def test_words_without_a_known_sound_are_named_all_at_once():
    """The message says which words, and how to add them."""
    with pytest.raises(ConfigurationError, match=r"say '66', '7'; write numbers.*ARPABET"):
        PocketSphinxTrigger().open_stream(["route 66", "7"])


def test_a_word_that_stands_in_no_dictionary_is_pronounced_by_the_voice(engine):
    """`mycroft` and `snowboy` are no words of CMU's; eSpeak NG says them."""
    pytest.importorskip("espeakng_loader", reason="the voice is not installed")
    plain = PocketSphinxTrigger()
    audio = recording("wake/wyoming-openwakeword__snowboy.wav")
    assert plain.hears("hey mycroft")
    assert peak(scores_of(plain.open_stream(["snowboy"]), audio), "snowboy") >= 0.5


def test_sounds_that_the_model_lacks_are_refused():
    """A slip in a pronunciation is no crash in the engine."""
    options = PocketSphinxTriggerOptions(pronunciations={"zorbit": "Z OX"})
    with pytest.raises(ConfigurationError, match="zorbit = 'Z OX'"):
        PocketSphinxTrigger(options).open_stream(["zorbit"])


@pytest.mark.parametrize("phrases", [[], ["!"], ["_"]])
def test_a_phrase_without_words_is_refused(engine, phrases):
    """There is nothing to listen for."""
    with pytest.raises(ConfigurationError, match="no phrase is given"):
        engine.open_stream(phrases)


def test_which_phrases_can_be_heard_is_known_without_loading_the_engine():
    """The answer is in the dictionary."""
    provider = PocketSphinxTrigger()
    assert provider.hears("Hey Computer")
    assert not provider.hears("route 66")
    assert not provider.hears("")
    assert not provider.is_loaded


def test_after_a_reset_it_hears_as_after_opening(engine):
    """Nothing is left of what was heard before."""
    audio = recording(PHRASES["alexa"])
    fresh = scores_of(engine.open_stream(["alexa"]), audio)
    used = engine.open_stream(["alexa"])
    scores_of(used, recording(OTHERS[1]))
    used.reset()
    assert scores_of(used, audio) == fresh


def test_two_streams_do_not_disturb_each_other(engine):
    """Each has a decoder of its own."""
    audio = recording(PHRASES["alexa"])
    alone = scores_of(engine.open_stream(["alexa"]), audio)
    first, second = engine.open_stream(["alexa"]), engine.open_stream(["hey jarvis"])
    both = []
    for window in audio.reshape(-1, WINDOW):
        both.append(dict(first.process(window)))
        second.process(window)
    assert both == alone


def test_a_phrase_is_heard_however_much_was_said_before(engine):
    """The search starts anew from time to time, and loses nothing by it."""
    speech = recording(PHRASES["alexa"], lead_s=0.3, tail_s=0.3)
    scores = scores_of(engine.open_stream(["alexa"]), np.tile(speech, 25))
    heard = [i for i, score in enumerate(scores) if score["alexa"] >= 0.5]
    assert len(heard) >= 24


def test_a_missing_model_is_named():
    """The cure is a path."""
    provider = PocketSphinxTrigger(PocketSphinxTriggerOptions(model="nowhere"))
    with pytest.raises(ModelMissingError, match="nowhere"):
        provider.load()
    assert not provider.hears("computer")


def test_a_closed_stream_is_closed_twice_without_harm(engine):
    """As every stream."""
    stream = engine.open_stream(["alexa"])
    stream.close()
    stream.close()


@given(st.integers(1, 40))
def test_longer_phrases_need_no_more_evidence_than_shorter_ones(n_sounds):
    """The bound falls with every sound, within limits."""
    assert evidence_for(n_sounds + 1) <= evidence_for(n_sounds) <= 8
    assert evidence_for(n_sounds) >= -32


@given(st.text(max_size=30))
def test_words_of_a_phrase_are_plain_and_stay_the_same_when_read_again(phrase):
    """A name gives the same words as the phrase it comes from."""
    words = spoken_words(phrase)
    assert spoken_words(" ".join(words)) == words
    assert all(word == word.strip() and word for word in words)


def test_own_pronunciations_come_before_those_of_the_dictionary(tmp_path):
    """Whoever says a word otherwise may say so."""
    path = tmp_path / "words.dict"
    path.write_text("tomato T AH M EY T OW\ntomato(2) T AH M AA T OW\nhey HH EY\n")
    lexicon = SpokenPhrases(Lexicon(path, "xx"), {"Tomato": "T AA"})
    assert lexicon.sounds(["hey", "tomato", "x"]) == {
        "hey": ("HH EY",),
        "tomato": ("T AA",),
        "x": (),
    }


def test_every_way_to_say_a_phrase_is_followed_up_to_a_few(tmp_path):
    """The first pronunciations come first."""
    path = tmp_path / "words.dict"
    path.write_text("a AH\na(2) EY\nb B IY\nb(2) B AH\nb(3) B\n")
    phrases = SpokenPhrases(Lexicon(path, "xx"), {}).phrases(["a b"], "here")
    assert [one.keyphrase for one in phrases] == ["a b", "a b(2)", "a b(3)", "a(2) b"]
    assert [one.n_sounds for one in phrases] == [3, 3, 2, 3]
    assert len(phrases) == MOST_VARIANTS
