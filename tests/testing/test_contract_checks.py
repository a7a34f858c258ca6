"""The checks of the contracts find what they are for, and say how it is cured."""

import threading
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np
import pytest

from irene import (
    Availability,
    EchoCanceller,
    EchoCancellerStream,
    Hypothesis,
    InputPlace,
    Intent,
    IntentHandler,
    IntentInfo,
    IntentMatcher,
    IntentRecognizer,
    LanguageCapabilities,
    LanguageIdentifier,
    ProviderUnavailableError,
    Resampler,
    ResampleStream,
    Response,
    Tts,
    TtsCapabilities,
    Vad,
    VadCapabilities,
    VadStream,
    VoiceTrigger,
    VoiceTriggerCapabilities,
    VoiceTriggerStream,
    Word,
)
from irene.providers.asr import AsrCapabilities, AsrStream
from irene.testing import (
    CONTRACT_SUITES,
    ContractBrokenError,
    ScriptedAsr,
    ScriptedInput,
    ScriptedLanguage,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    contract_of,
    run_suite,
)


def broken(provider, check, **settings):
    """Run one check on a provider and return what it says."""
    suite = contract_of(provider, **settings)
    try:
        with pytest.raises(ContractBrokenError) as found:
            getattr(suite(), f"test_{check}")()
    finally:
        suite.teardown_class()
    assert found.value.happened
    assert found.value.cure
    assert "\n" not in str(found.value)
    return str(found.value)


class Level(Vad[None]):
    """A VAD that does all that it must: the loudest sample of a window."""

    name = "level"
    capabilities = VadCapabilities(dtype="int16", window=160)

    def open_stream(self):
        return LevelStream()


class LevelStream(VadStream):
    def __init__(self):
        self.peak = 0.0

    def process(self, window):
        self.peak = float(np.abs(window / 32768).max())
        return min(1.0, 5 * self.peak)

    def reset(self):
        self.peak = 0.0


def vad(stream=LevelStream, **members):
    """Return a VAD with other members, whose streams are of this class."""
    return type("Odd", (Level,), {"open_stream": lambda self: stream(), **members})


class TooMuch(LevelStream):
    def process(self, window):
        return 1.7


class NoNumber(LevelStream):
    def process(self, window):
        return float("nan")


class Wordy(LevelStream):
    def process(self, window):
        return "0.7"


class Deaf(LevelStream):
    def process(self, window):
        return 0.0


class Nervous(LevelStream):
    def process(self, window):
        return 1.0


class Borrowing(LevelStream):
    """Compares with the window before, of which it has kept a view."""

    def __init__(self):
        self.before = np.zeros(160, np.int16)

    def process(self, window):
        changed = float(np.abs(window - 1.0 * self.before).mean() / 65536)
        self.before = window
        return min(1.0, 5 * changed)


class Smoothing(LevelStream):
    """Mixes in what was before; `reset` is forgotten."""

    def process(self, window):
        self.peak = 0.9 * self.peak + 0.1 * float(np.abs(window / 32768).max())
        return min(1.0, 5 * self.peak)

    def reset(self):
        pass


class Sharing(Smoothing):
    """Keeps what it hears for all streams."""

    heard = [0.0]

    def process(self, window):
        self.heard[0] = 0.9 * self.heard[0] + 0.1 * float(np.abs(window / 32768).max())
        return min(1.0, 5 * self.heard[0])


class Hoarding(LevelStream):
    kept = []

    def process(self, window):
        self.kept.append(np.array(window, np.float64))
        return super().process(window)


@dataclass
class Changing:
    """Options that can be changed."""

    level: float = 1.0


@dataclass(frozen=True)
class OutOfRange:
    level: float = field(default=5.0, metadata={"range": (0.0, 1.0)})


@dataclass(frozen=True)
class Reserved:
    weight: float = 1.0


@dataclass(frozen=True)
class Unsendable:
    work: Any = field(default_factory=lambda: lambda: None)


class Early(Level):
    def __init__(self, options=None):
        super().__init__(options)
        self.load()


class Restless(Level):
    """Starts a thread that nobody ends."""

    ended = threading.Event()

    def _load(self):
        threading.Thread(target=self.ended.wait, name="restless", daemon=True).start()


class Forgetful(Level):
    """Counts how often it was loaded, and answers by that."""

    def _load(self):
        self.n_loads = getattr(self, "n_loads", 0) + 1

    def open_stream(self):
        stream = LevelStream()
        n_loads = self.n_loads
        stream.process = lambda window: min(1.0, n_loads / 4)
        return stream


VADS = {
    "describes itself": (vad(name="Level"), "it_describes_itself", "lower-case"),
    "summary": (vad(summary="two\nlines"), "it_describes_itself", "one line"),
    "licence": (vad(licence="MIT"), "it_describes_itself", "Licence("),
    "frozen": (vad(Options=Changing), "its_options_are_a_frozen_dataclass", "frozen=True"),
    "reserved": (vad(Options=Reserved), "its_options_are_a_frozen_dataclass", "other names"),
    "range": (vad(Options=OutOfRange), "its_options_have_values_that_it_takes", "from 0 to 1"),
    "pickle": (vad(Options=Unsendable), "its_options_can_go_to_another_process", "tuples"),
    "early": (Early, "it_is_not_loaded_when_it_is_made", "_load"),
    "cure": (
        vad(_check=lambda self: Availability(False, "it is not there")),
        "check_says_what_is_missing_and_the_cure",
        "the command that brings it",
    ),
    "no answer": (
        vad(_check=lambda self: True),
        "check_says_what_is_missing_and_the_cure",
        "READY",
    ),
    "reload": (Forgetful, "load_and_close_may_be_called_twice", "_close"),
    "window": (vad(capabilities=VadCapabilities(window=0)), "its_windows_make_sense", "window = 0"),
    "rate": (vad(capabilities=VadCapabilities(())), "its_windows_make_sense", "in Hz"),
    "1.7": (vad(TooMuch), "scores_lie_between_0_and_1", "silence scores from 1.7"),
    "NaN": (vad(NoNumber), "scores_lie_between_0_and_1", "finite"),
    "a text": (vad(Wordy), "one_use_does_not_change_the_next", "process returned '0.7'"),
    "deaf": (vad(Deaf), "a_spoken_command_is_speech", "sample type and scale"),
    "nervous": (vad(Nervous), "silence_is_no_speech", "probability 1.00"),
    "borrowing": (vad(Borrowing), "a_window_is_only_lent", "copy"),
    "reset": (vad(Smoothing), "reset_is_as_good_as_a_new_stream", "`reset`"),
    "sharing": (vad(Sharing), "streams_do_not_hear_each_other", "none in the model"),
    "sharing in turn": (vad(Sharing), "one_use_does_not_change_the_next", "the object"),
    "hoarding": (vad(Hoarding), "many_uses_keep_nothing", "KiB"),
}


@pytest.mark.parametrize("case", VADS)
def test_a_broken_vad_is_found(case):
    """One thing is wrong with each, and the check that it is for says so."""
    provider, check, told = VADS[case]
    assert told in broken(provider, check)


def test_a_sound_vad_passes():
    """What the broken ones were made from."""
    results = list(run_suite(contract_of(Level, speech_from=0.2), 60.0))
    assert [one.check for one in results if one.outcome != "passed"] == []


def test_a_thread_that_is_left_is_found(monkeypatch):
    """It is named."""
    from irene.testing.contracts import growth

    monkeypatch.setattr(growth, "_PATIENCE_S", 0.01)
    try:
        assert "restless" in broken(Restless, "it_leaves_no_thread_behind")
    finally:
        Restless.ended.set()


class Writing(ScriptedAsr):
    """A recogniser whose final hypothesis is `final`."""

    final = Hypothesis("", is_final=True)
    partial = None

    def open_stream(self, request):
        return WritingStream(self)


class WritingStream(AsrStream):
    def __init__(self, owner):
        self.owner = owner

    def accept(self, samples):
        return self.owner.partial

    def finish(self):
        return self.owner.final


def asr(final=Writing.final, **members):
    return type("OddAsr", (Writing,), {"final": final, **members})


def said(text, **more):
    return Hypothesis(text, is_final=True, **more)


ASRS = {
    "no hypothesis": (asr("yes"), "silence_has_no_words", "return `Hypothesis"),
    "not final": (asr(Hypothesis("", False)), "silence_has_no_words", "is_final=True"),
    "inventing": (asr(said("thank you")), "silence_has_no_words", "nobody speaks"),
    "something of nothing": (
        asr(said("hm")),
        "an_utterance_without_audio_has_no_text",
        "empty text",
    ),
    "confidence": (asr(said("", confidence=3.0)), "it_bears_any_sound", "share of 1"),
    "two lines": (asr(said("a\nb")), "it_bears_any_sound", "one line"),
    "late word": (asr(said("a", words=(Word("a", 0.0, 9.0),))), "it_bears_any_sound", "in order"),
    "word order": (
        asr(said("a b", words=(Word("a", 0.3, 0.4), Word("b", 0.1, 0.2)))),
        "it_bears_any_sound",
        "in order",
    ),
    "final too early": (asr(partial=said("")), "it_bears_any_sound", "accept returned"),
    "not stable": (
        asr(said("b"), partial=Hypothesis("a", False, stable=1)),
        "it_bears_any_sound",
        "'a' was stable",
    ),
    "too stable": (
        asr(partial=Hypothesis("a", False, stable=2)),
        "it_bears_any_sound",
        "count characters",
    ),
    "concurrency": (
        asr(capabilities=AsrCapabilities(max_concurrency=0)),
        "what_it_declares_makes_sense",
        "1 at least",
    ),
}


@pytest.mark.parametrize("case", ASRS)
def test_a_broken_recogniser_is_found(case):
    """Each hypothesis breaks one promise."""
    provider, check, told = ASRS[case]
    assert told in broken(provider, check)


class Voice(Tts[None]):
    """Says a constant for each letter."""

    name = "voice"
    sample_rate = 16000
    capabilities = TtsCapabilities(max_concurrency=2)
    sample: Any = np.int16(500)

    def synthesize(self, request):
        for _ in request.text:
            yield np.full(80, self.sample)


class Locking(Voice):
    """Holds its lock until it has been read to the end, or collected."""

    busy = threading.Lock()

    def synthesize(self, request):
        if not self.busy.acquire(timeout=0.01):
            raise ContractBrokenError("it waits for itself", "unlock")
        return iter([np.full(80, 1, np.int16)] * len(request.text))


class Choosy(Voice):
    def check_voice(self, voice, language):
        raise ProviderUnavailableError("no")


class Slowing(Voice):
    def synthesize(self, request):
        yield np.full(round(80 * request.rate * max(1, len(request.text))), 500, np.int16)


class Wavering(Voice):
    turn = [0]

    def synthesize(self, request):
        self.turn[0] += 1
        yield np.full(80 * self.turn[0], 500, np.int16)


VOICES = {
    "floats": (type("V", (Voice,), {"sample": 0.5}), "a_word_gives_sound", "int16"),
    "mute": (type("V", (Voice,), {"sample": np.int16(0)}), "a_word_gives_sound", "audio"),
    "rate": (type("V", (Voice,), {"sample_rate": 3}), None, "in Hz"),
    "locking": (Locking, "a_request_that_is_not_begun_holds_nothing", "waits for itself"),
    "choosy": (Choosy, "an_unknown_voice_or_language_is_an_expected_error", "ConfigurationError"),
    "slowing": (Slowing, "twice_the_rate_is_not_slower", "speak faster"),
    "wavering": (Wavering, "one_use_does_not_change_the_next", "keep the state"),
}


@pytest.mark.parametrize("case", VOICES)
def test_a_broken_voice_is_found(case):
    """Each breaks one promise."""
    provider, check, told = VOICES[case]
    assert told in broken(provider, check or "its_sample_rate_is_known_once_it_is_loaded")


class Ear(VoiceTrigger[None]):
    """Hears `hello` in anything loud."""

    name = "ear"
    capabilities = VoiceTriggerCapabilities(window=160, wake_words=("hello",))
    scores: Any = {"hello": 0.1}

    def open_stream(self, wake_words):
        self.known_words(wake_words)
        return EarStream(self.scores)


class EarStream(VoiceTriggerStream):
    def __init__(self, scores):
        self.scores = scores

    def process(self, window):
        return self.scores

    def reset(self):
        pass


def ear(**members):
    return type("OddEar", (Ear,), members)


TRIGGERS = {
    "no mapping": (ear(scores=0.3), "scores_lie_between_0_and_1", "mapping"),
    "a score that is a text": (
        ear(scores={"hello": "much"}),
        "scores_lie_between_0_and_1",
        "returned 'much'",
    ),
    "other word": (ear(scores={"hi": 0.3}), "scores_lie_between_0_and_1", "word_name"),
    "silence": (ear(scores={"hello": 0.9}), "silence_wakes_nobody", "silence scores 0.90"),
    "threshold": (ear(threshold=lambda self, word: 0.0), "thresholds_are_scores", "above 0"),
    "time": (
        ear(capabilities=VoiceTriggerCapabilities(wake_words=("hello",), phrase_end_s=(1, 0))),
        "its_decisions_lie_in_time",
        "(earliest, latest)",
    ),
    "names": (
        ear(capabilities=VoiceTriggerCapabilities(wake_words=("Hey You",))),
        "its_words_are_known_before_it_is_loaded",
        "hey_jarvis",
    ),
}


@pytest.mark.parametrize("case", TRIGGERS)
def test_a_broken_voice_trigger_is_found(case):
    """Each breaks one promise."""
    provider, check, told = TRIGGERS[case]
    assert told in broken(provider, check)


def test_a_trigger_that_misses_its_word_is_found():
    """A recording of the word stays below the threshold."""
    wakes = {"hello": np.full(1600, 9000, np.int16)}
    assert "scores 0.10" in broken(Ear, "it_hears_its_wake_words", wakes=wakes)


class Guess(LanguageIdentifier[None]):
    name = "guess"
    capabilities = LanguageCapabilities(window=1600, languages=("en",))
    opinion: Any = {"en": 1.0}

    def identify(self, window, live=False):
        return self.opinion


@pytest.mark.parametrize(
    ("opinion", "check", "told"),
    [
        ({"en": 2.0}, "probabilities_lie_between_0_and_1", "from 0 to 1"),
        ({"en": float("nan")}, "probabilities_lie_between_0_and_1", "finite"),
        ("en", "probabilities_lie_between_0_and_1", "mapping"),
        ({"de": 1.0}, "it_names_languages_that_it_declares", "['de']"),
    ],
    ids=["2", "NaN", "text", "undeclared"],
)
def test_a_broken_identifier_is_found(opinion, check, told):
    """Each opinion breaks one promise."""
    assert told in broken(type("OddGuess", (Guess,), {"opinion": opinion}), check)


class Nearest(Resampler[None]):
    """Takes the nearest sample, piece by piece."""

    name = "nearest"

    def open_stream(self, source_rate, target_rate, channels, quality):
        return NearestStream(source_rate, target_rate)


class NearestStream(ResampleStream):
    """Forgets at each border where it was."""

    def __init__(self, source_rate, target_rate):
        self.ratio = source_rate / target_rate

    def process(self, samples):
        places = (np.arange(int(len(samples) / self.ratio)) * self.ratio).astype(int)
        return samples[places]

    def flush(self):
        return np.zeros(0, np.float32)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("n_samples_become_as_many_as_the_rates_say", "converted_length"),
        ("pieces_join_to_the_same_samples", "count positions in integers"),
    ],
)
def test_a_broken_converter_is_found(check, told):
    """One that clicks at every border."""
    assert told in broken(Nearest, check)


def test_a_converter_that_wants_too_much_is_found():
    """Samples come though more were announced to be needed."""
    stream = type("Greedy", (NearestStream,), {"wanted": 480})
    greedy = type(
        "GreedyResampler",
        (Nearest,),
        {"open_stream": lambda self, source, target, channels, quality: stream(source, target)},
    )
    assert "never say more" in broken(greedy, "it_asks_for_no_more_than_it_needs")


class Passing(EchoCanceller[None]):
    """Leaves the echo where it is."""

    name = "passing"
    made: Any = staticmethod(np.array)

    def open_stream(self, sample_rate):
        return PassingStream(self.made)


class PassingStream(EchoCancellerStream):
    def __init__(self, made):
        self.made = made

    def process(self, captured, played):
        return self.made(captured)


@pytest.mark.parametrize(
    ("made", "check", "told"),
    [
        (np.array, "an_echo_becomes_quieter", "0.0 dB quieter"),
        (lambda captured: captured / 32768, "it_bears_any_sound", "int16 mono"),
        (lambda captured: captured[1:], "it_bears_any_sound", "shape"),
        (lambda captured: captured + np.int16(999), "silence_stays_silent", "peak of 999"),
    ],
    ids=["passing", "floats", "shorter", "humming"],
)
def test_a_broken_canceller_is_found(made, check, told):
    """Each breaks one promise."""
    assert told in broken(type("Odd", (Passing,), {"made": staticmethod(made)}), check)


class Understanding(IntentRecognizer[None]):
    """Understands everything as `found`."""

    name = "understanding"
    found: Any = None

    def open_matcher(self, sources):
        return Understood(self.found)


class Understood(IntentMatcher):
    def __init__(self, found):
        self.found = found

    def match(self, text, language, context=()):
        return self.found


@pytest.mark.parametrize(
    ("found", "check", "told"),
    [
        (None, "it_understands_its_sentences", "is understood as None"),
        (Intent("Ask", ""), "without_sentences_nothing_is_understood", "where nothing fits"),
        (Intent("Ask", "", confidence=3), "it_bears_any_text", "confidence from 0 to 1"),
        ("Ask", "it_bears_any_text", "return an `Intent`"),
    ],
    ids=["nothing", "everything", "confidence", "text"],
)
def test_a_broken_intent_recogniser_is_found(found, check, told):
    """Each breaks one promise."""
    assert told in broken(type("Odd", (Understanding,), {"found": found}), check)


class Answering(IntentHandler[None]):
    """Answers `answer`."""

    name = "answering"
    intents = ("Ask",)
    answer: Any = Response("yes")

    def handle(self, intent, context):
        return self.answer


class Announcing(Answering):
    """Says something later, closed or not."""

    def start(self, services):
        self.services = services

    def handle(self, intent, context):
        from datetime import timedelta

        due = self.services.clock.now() + timedelta(minutes=1)
        self.services.call_at(due, lambda: self.services.announce(Response("late")))
        return Response("later")


def asking(template):
    """Return members of a handler to which somebody may say "ask away", if the template fits."""
    said = {"language": "en", "intents": {"Ask": {"data": [{"sentences": [template]}]}}}
    return {"examples": lambda self, _: ["ask away"], "sentences": lambda self, _: said}


class Particular(Answering):
    """Returns a text where it is asked as its example says."""

    def handle(self, intent, context):
        return "a text" if intent.text == "ask away" else Response("yes")


HANDLERS = {
    "no intent": ({"intents": ()}, "it_names_its_intents", "MakeTea"),
    "text": ({"answer": "yes"}, "every_intent_has_an_answer", "return a `Response`"),
    "data": ({"answer": Response("", data={"a": {1}})}, "every_intent_has_an_answer", "JSON"),
    "describes": (
        {"describe": lambda self: [IntentInfo("Other")]},
        "it_describes_its_intents",
        "['Other']",
    ),
    "required": (
        {"describe": lambda self: [IntentInfo("Ask", required=("tea",))]},
        "it_describes_its_intents",
        "['tea'] is required",
    ),
    "sentences": (
        {"sentences": lambda self, language: {"intents": {"Other": {}}}},
        "its_sentences_lead_to_its_intents",
        "name these",
    ),
    "examples": (
        {"examples": lambda self, language: [""]},
        "its_examples_are_understood",
        "return sentences",
    ),
}


@pytest.mark.parametrize("case", HANDLERS)
def test_a_broken_handler_is_found(case):
    """Each breaks one promise."""
    members, check, told = HANDLERS[case]
    assert told in broken(type("Odd", (Answering,), members), check)


def test_a_handler_is_asked_what_its_examples_say():
    """With the slots that they bring, which no intent without words has."""
    pytest.importorskip("hassil")
    told = broken(type("Odd", (Particular,), asking("ask away")), "its_examples_are_understood")
    assert told.startswith("handle returned 'a text'; return a `Response`")


def test_wrong_templates_are_told_as_what_they_are():
    """What is wrong with them, and no line of the recogniser that found it."""
    pytest.importorskip("hassil")
    told = broken(type("Odd", (Answering,), asking("(ask away")), "its_examples_are_understood")
    assert told.endswith("is never closed; correct the templates")


def test_a_handler_that_goes_on_after_close_is_found():
    """What is pending is announced by nobody."""
    assert "cancel in `_close`" in broken(Announcing, "nothing_happens_after_it_was_closed")


class Playing(ScriptedInput):
    """Plays a second of nothing."""

    audio = np.zeros(16000, np.int16)


class Piped(Playing):
    """The same, as if it were piped in."""

    reads_standard_input = True


def playing(made=Playing, **members):
    """Return an input whose streams have other members."""

    def open_stream(self):
        stream = ScriptedInput.open_stream(self)
        return type("OddStream", (type(stream),), members)(self.audio, 16000, 1600)

    return type("OddInput", (made,), {"open_stream": open_stream})


FALLING = count(9, -1)
INPUTS = {
    "floats": (
        playing(read=lambda self: np.zeros(10)),
        "one_use_does_not_change_the_next",
        "float64",
    ),
    "format": (
        playing(format=property(lambda self: object())),
        "its_format_is_announced",
        "AudioFormat",
    ),
    "length": (playing(length_s=lambda self: 9.0), "its_length_is_what_comes", "9.00 s"),
    "losses": (playing(lost=lambda self: "much"), "after_the_end_there_is_nothing", "LostAudio"),
    "close": (playing(close=lambda self: None), "close_ends_it_at_once", "return None"),
    "no place": (
        playing(Piped, place=lambda self: 7),
        "its_place_can_be_told_to_the_next_process",
        "place() returned [7, 7",
    ),
    "falling place": (
        playing(Piped, place=lambda self: InputPlace(next(FALLING))),
        "its_place_can_be_told_to_the_next_process",
        "place() returned [9, 8",
    ),
    "foreign state": (
        playing(Piped, place=lambda self: InputPlace(7, Fraction(1, 2))),
        "its_place_can_be_told_to_the_next_process",
        "object of fractions.Fraction",
    ),
    "devices": (
        type("I", (Playing,), {"devices": lambda self: ["mic"]}),
        "devices_are_devices",
        "irene.Device",
    ),
}


@pytest.mark.parametrize("case", INPUTS)
def test_a_broken_input_is_found(case):
    """Each breaks one promise."""
    provider, check, told = INPUTS[case]
    assert told in broken(provider, check)


def test_an_input_without_options_is_not_checked_for_what_needs_them():
    """It cannot know what to read; nothing of that counts as broken."""
    from irene_plugins.inputs.file import FileInput

    results = {one.check: one for one in run_suite(contract_of(FileInput), 60.0)}
    assert {one.outcome for one in results.values()} == {"passed", "skipped"}
    assert "no `options`" in results["its_format_is_announced"].happened


class Stuck(ScriptedOutput):
    """Never finishes."""

    ended = threading.Event()

    def open_stream(self, sample_rate):
        stream = super().open_stream(sample_rate)
        stream.finish = self.ended.wait
        return stream


def test_an_output_that_hangs_is_found():
    """What does not come back within the limit is told."""
    from irene.testing.contracts.contract import ProviderContract

    suite = contract_of(Stuck)
    suite.on_thread = lambda self, work, limit_s=0.05: ProviderContract.on_thread(self, work, 0.05)
    try:
        with pytest.raises(ContractBrokenError, match=r"had not returned after 0\.05 s"):
            suite().test_an_answer_without_samples_can_be_finished()
    finally:
        Stuck.ended.set()
        suite.teardown_class()


@pytest.mark.parametrize(
    "provider",
    [ScriptedVad, ScriptedTts, ScriptedOutput, ScriptedLanguage],
    ids=lambda c: c.__name__,
)
def test_scripted_providers_keep_the_contract(provider):
    """What stands in for others is no worse than they."""
    settings = {"rounds": 1}
    results = list(run_suite(contract_of(provider, **settings), 60.0))
    assert [one for one in results if one.outcome == "failed"] == []


def test_a_check_that_hangs_ends_the_suite():
    """It has failed, and those after it are skipped: they would wait for the same."""
    ended = threading.Event()
    suite = contract_of(Level)
    suite.test_it_describes_itself = lambda self: ended.wait()
    first, *others = run_suite(suite, 0.1)
    ended.set()
    assert (first.check, first.outcome) == ("it_describes_itself", "failed")
    assert first.happened.startswith("it had not come back after 0.1 s (test_contract_checks.py:")
    assert {one.outcome for one in others} == {"skipped"}


def test_a_check_that_takes_long_is_told_while_it_does():
    """Its name, the line that it is in, and when it will have failed; the quick ones are not."""
    ended, told = threading.Event(), []
    suite = contract_of(Level)
    suite.test_it_describes_itself = lambda self: ended.wait(10)

    def tell(line):
        told.append(line)
        ended.set()

    first = next(run_suite(suite, 60.0, tell, slow_s=0.01))
    assert (first.check, first.outcome) == ("it_describes_itself", "passed")
    (line,) = told
    assert line.startswith("it_describes_itself has not come back for 0.01 s (test_contract_checks")
    assert line.endswith("); after 60 s it has failed")


def test_what_foreign_code_raises_is_told_with_its_place():
    """File and line of the author's own code."""

    def explode(self):
        raise ZeroDivisionError("in the stream")

    results = run_suite(contract_of(type("Odd", (Level,), {"open_stream": explode})), 60.0)
    failed = next(one for one in results if one.outcome == "failed")
    assert failed.happened.startswith("ZeroDivisionError: in the stream (test_contract_checks.py:")


def test_of_what_goes_wrong_in_every_use_the_plainest_check_tells_first():
    """Others that use it fail as well, and their names would lead astray."""

    def explode(self):
        raise ZeroDivisionError("in the stream")

    results = run_suite(contract_of(type("Odd", (Level,), {"open_stream": explode})), 60.0)
    first, *others = [one for one in results if one.outcome == "failed"]
    assert first.check == "it_can_be_used"
    assert "makes most checks after it fail, too" in first.contract
    assert len(others) > 5


def test_a_missing_engine_skips_what_needs_it():
    """With the reason and the cure; the rest is checked."""
    missing = Availability(False, "package 'x' is not installed", "pip install x")
    provider = type("Odd", (Level,), {"_check": lambda self: missing})
    results = list(run_suite(contract_of(provider), 60.0))
    assert {one.outcome for one in results} == {"passed", "skipped"}
    skipped = [one for one in results if one.outcome == "skipped"]
    assert {one.happened for one in skipped} == {
        "vad provider 'level': package 'x' is not installed; pip install x"
    }


def test_a_check_that_returns_something_else_is_told_wherever_it_is_asked():
    """Whatever needs the provider says what to return, and not what irene trips over."""
    provider = type("Odd", (Level,), {"_check": lambda self: True})
    results = {one.check: one for one in run_suite(contract_of(provider), 60.0)}
    assert results["it_can_be_used"].outcome == "failed"
    assert "_check returned True" in results["it_can_be_used"].happened
    assert not [one for one in results.values() if "no attribute" in one.happened]


def test_every_check_has_a_sentence():
    """It is what a report tells of a contract."""
    from irene.testing.contracts.running import checks_of, sentence_of

    for suite in CONTRACT_SUITES.values():
        for name in checks_of(suite):
            sentence = sentence_of(getattr(suite, name))
            assert sentence[0].isupper() or sentence[0] in "`n", name
            assert sentence.endswith("."), name
