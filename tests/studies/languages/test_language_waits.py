"""How long the text waits for its language: what is heard in which way, and the table."""

import asyncio
import csv
import wave
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from irene import AsrCapabilities, LanguageCapabilities
from irene.errors import ConfigurationError
from irene.plugin.host import installed_plugins
from irene.studies.languages.hearers import (
    BEFORE,
    BESIDE,
    GIVEN,
    WAYS,
    Engine,
    Hearer,
    Said,
    Wait,
)
from irene.studies.languages.waits import (
    FOLDERS,
    Situation,
    Trial,
    Waits,
    chosen,
    main,
    recogniser,
    whisper,
)
from irene.testing import (
    LANGUAGE_LEVELS,
    ScriptedAsr,
    ScriptedLanguage,
    registry_of,
    silence,
)

RATE = 16000
LANGUAGES = ("en", "de")


class Identifier(ScriptedLanguage):
    """Hears windows of half a second, and whole utterances; remembers how many of each."""

    name = "heard"
    capabilities = LanguageCapabilities(
        dtype="int16", window=8000, longest=160_000, max_concurrency=4
    )


class Polyglot(ScriptedAsr):
    """Recognises in every language."""

    name = "polyglot"
    capabilities = AsrCapabilities(languages=(), max_concurrency=4)


async def at_once(seconds):
    """Wait no time, but let others work."""
    await asyncio.sleep(0)


def spoken(language, seconds):
    """Return speech of the level of a language; the signs of its samples are random."""
    signs = np.random.default_rng(4).choice([-1, 1], round(seconds * RATE))
    return (signs * LANGUAGE_LEVELS[language]).astype(np.int16)


def write(folder, rows):
    """Write a manifest and its recordings: speech of a level for each language."""
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "kind", "transcript_or_label", "language"])
        for name, kind, language in rows:
            writer.writerow([name, kind, "what time is it", language])
            with wave.open(str(folder / name), "wb") as sound:
                sound.setparams((1, 2, RATE, 0, "NONE", ""))
                samples = np.concatenate((silence(0.4), spoken(language, 1.0), silence(2.0)))
                sound.writeframes(samples.astype("<i2").tobytes())


@pytest.fixture
def folder(tmp_path):
    """A command in each of two languages, and a sentence that is none."""
    rows = [("one.wav", "command", "en"), ("two.wav", "command", "de"), ("3.wav", "speech", "en")]
    write(tmp_path, rows)
    return tmp_path


class Bench:
    """Scripted engines, and every request that reached the recogniser."""

    def __init__(self, *languages):
        self.opened = opened = []
        self.windows = windows = []

        class Asr(Polyglot):
            capabilities = replace(Polyglot.capabilities, languages=languages)

            def open_stream(self, request):
                opened.append(request.language)
                return super().open_stream(request)

        class Language(Identifier):
            def identify(self, window, live=False):
                windows.append(window.shape[0])
                return super().identify(window, live)

        self.registry = registry_of(Asr, Language, installed=installed_plugins())

    def hearer(self, who, way):
        return Hearer(
            Engine("heard", {}), who, way, LANGUAGES, registry=self.registry, sleep=at_once
        )

    def compare(self, folder, **options):
        recordings = chosen([folder], LANGUAGES, 3)
        trial = Trial(recordings, LANGUAGES, 1, registry=self.registry, **options)
        return trial.compare([Engine("polyglot", {})], self.hearer)


def rows_of(waits):
    """Return the cells of the table's rows."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in waits.table().split("\n")]


def test_a_recording_ends_with_the_silence_that_ends_an_utterance(folder):
    """What is recorded after it is left out; what is not recorded is silence."""
    samples = np.concatenate((silence(0.4), spoken("en", 1.0), silence(0.1)))
    (one, _) = chosen([folder], LANGUAGES, 3)
    said = Said.of(one, samples, 0.7)
    assert (said.name, said.language) == ("one.wav", "en")
    assert said.speech_s == pytest.approx(1.0, abs=0.05)
    assert said.samples.shape[0] / RATE == pytest.approx(2.1, abs=0.05)
    assert not said.samples[-RATE // 2 :].any()
    assert Said.of(one, np.concatenate((samples, samples)), 0.1).speech_s > 2


def test_every_recording_is_heard_in_every_way(folder):
    """In its own language, after the same and after the other one; the text is the same."""
    bench = Bench()
    _, _, as_before, another = rows_of(bench.compare(folder))
    assert as_before[:2] == ["polyglot: as before", "2"]
    assert another[:3] == ["polyglot: another", "2", "-"]
    assert as_before[-1] == another[-1] == "2 of 2"
    # each recording: given, beside, before; after the other, beside may begin in vain
    for language, other in (("en", "de"), ("de", "en")):
        own = bench.opened[: len(bench.opened) // 2] if language == "en" else bench.opened
        assert own.count(language) >= 5
        assert {language, other} >= set(own)
    assert 10 <= len(bench.opened) <= 12


@pytest.mark.parametrize(("way", "n_least", "n_most"), [(GIVEN, 0, 0), (BEFORE, 1, 1)])
def test_the_language_is_identified_once_before_and_never_when_given(folder, way, n_least, n_most):
    """Only the whole utterance is."""
    bench = Bench()
    hearer = bench.hearer(Engine("polyglot", {}), way)
    said = Said("x", "de", spoken("de", 2.0), 2.0)
    bench.windows.clear()
    assert hearer.hear(said, "en").text == "what time is it"
    hearer.close()
    assert bench.windows == [2 * RATE] * n_least
    assert bench.opened[-1] == "de"


def test_beside_recognition_the_whole_is_identified_at_the_end():
    """Windows of what was said so far come before it, as many as there was time for."""
    bench = Bench()
    hearer = bench.hearer(Engine("polyglot", {}), BESIDE)
    said = Said("x", "de", spoken("de", 2.0), 2.0)
    bench.windows.clear()
    wait = hearer.hear(said, "en")
    hearer.close()
    assert bench.windows[-1] == 2 * RATE
    assert set(bench.windows[:-1]) <= {8000}
    assert bench.opened in (["en", "de"], ["de"])  # the first may be given up before it begins
    assert wait.wait_s > 0


def test_a_recogniser_of_one_language_hears_no_other(folder):
    """Neither recordings, nor utterances that come after another language."""
    bench = Bench("en")
    _, _, only = rows_of(bench.compare(folder))
    assert only[:2] == ["polyglot: as before", "1"]
    assert set(bench.opened) == {"en"}


def test_an_untrained_model_is_never_asked_about_another_language(folder):
    """What it would say means nothing."""
    bench = Bench()
    assert len(rows_of(bench.compare(folder, changes=False))) == 3
    assert bench.opened == ["en"] * 3 + ["de"] * 3


def test_the_table_has_the_least_of_the_rounds_and_medians_of_recordings():
    """Times in milliseconds, and ratios of each recording to itself."""
    waits, said = Waits(), partial(Said, language="en", samples=np.zeros(1), speech_s=1.0)
    seconds = {"given": (0.1, 0.2), "beside": (0.2, 0.4), "before": (0.6, 0.8)}
    for way in WAYS:
        for name, wait_s in zip("ab", seconds[way.name], strict=True):
            for slower, text in (
                (1, "yes"),
                (3, "no" if (way.name, name) == ("beside", "a") else "yes"),
            ):
                wait = Wait(wait_s * slower, wait_s * 2 * slower, text)
                waits.note(Situation("x", True), way, said(name), wait)
    row = rows_of(waits)[2]
    assert row == ["x: as before", "2", "150", "300", "700", "2.50", "2.00", "5.00", "1 of 2"]


def test_as_many_commands_of_each_language_are_chosen_as_are_wanted(folder):
    """From each folder."""
    assert [one.path.name for one in chosen([folder, folder], ("de",), 1)] == ["two.wav"] * 2
    with pytest.raises(ConfigurationError, match="no commands in fr"):
        chosen([folder], ("fr",), 1)


def test_commands_of_people_are_among_the_bundled_ones():
    """Beside those of voices in four languages."""
    found = chosen(FOLDERS, ("en", "de", "ru", "fr"), 2)
    folders = {one.path.parent.name for one in found}
    assert folders == {"whisper", "commands"}
    assert {one.language for one in found} == {"en", "de", "ru", "fr"}


def test_recognisers_are_named_with_their_models():
    """A Whisper model takes one thread, and is asked once."""
    assert recogniser("pocketsphinx") == Engine("pocketsphinx", {})
    assert recogniser("vosk=models/x") == Engine("vosk", {"model": "models/x"})
    assert recogniser("whisper=tiny").options == {
        "model": "tiny",
        "threads": 1,
        "temperature_fallback": False,
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--folder", "nowhere"], "manifest.csv"),
        (["--languages", "fr"], "--languages fr: name two or more"),
        (["--recogniser", "nobody"], "nobody"),
    ],
)
def test_what_cannot_be_measured_is_one_line(arguments, told, capsys):
    """With the exit status of the error."""
    assert main(arguments) in {2, 3}
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1 or "problems" in error


@pytest.mark.slow
def test_a_real_model_hears_the_same_in_every_way(micro_whisper):
    """German after English: identified, and recognised as it is when German is given."""
    (one,) = chosen(FOLDERS[:1], ("de",), 1)
    model = str(micro_whisper)
    who = Engine("whisper", {**recogniser(f"whisper={model}").options, "word_times": False})
    trial = Trial([one], ("en", "de"), 1)

    def make(who, way):
        return Hearer(whisper(model), who, way, ("en", "de"), sleep=at_once)

    waits = trial.compare([who], make)
    assert [row[-1] for row in rows_of(waits)[2:]] == ["1 of 1", "1 of 1"]
    texts = {
        wait.text
        for ways in waits._found.values()
        for each in ways.values()
        for heard in each.values()
        for wait in heard
    }
    assert texts == {one.phrase}
