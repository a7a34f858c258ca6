"""What runs in a worker is a provider like any other: it answers as it would in this process."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from faulty_providers import FaultyAsr, FaultyOptions, FaultyTts, FaultyVad
from worker_bench import SOON, descriptors, is_gone, wait_until

from irene import (
    AsrRequest,
    ConfigurationError,
    Grammar,
    ModelMissingError,
    ProviderFailedError,
    SpeechRequest,
    VadCapabilities,
)
from irene.testing import LANGUAGE_LEVELS, ScriptedLanguage

QUIET = np.full(160, 3277, np.int16)
LOUD = np.full(160, 32767, np.int16)
GRAMMAR = Grammar.of_sentences(["turn on the light", "turn off the light"])


def heard(stream):
    """Return what the recogniser of the bench says: sum, process, grammar."""
    total, pid, grammar = stream.finish().text.split()
    return int(total), int(pid), grammar


def test_before_it_is_loaded_the_provider_answers_here(bench):
    """Name, options, capabilities and the check need no worker, and start none."""
    vad = bench.isolated(FaultyVad(FaultyOptions(once="x")))
    assert (vad.name, vad.summary, vad.options.once) == ("faulty", "breaks", "x")
    assert vad.capabilities == VadCapabilities(dtype="int16", window=160)
    assert vad.check().ready
    assert vad.pool.pids == ()


def test_a_model_that_is_missing_starts_no_worker(bench):
    """The check says so, and `load` raises what it would raise here."""
    vad = bench.isolated(FaultyVad(FaultyOptions(missing=True)))
    assert not vad.check().ready
    with pytest.raises(ModelMissingError, match="vad provider 'faulty': model 'x' is not"):
        vad.load()
    assert vad.pool.pids == ()


def test_windows_arrive_as_they_are(bench):
    """Read-only, of any layout, longer than the shared memory was at first; also empty ones."""
    vad = bench.isolated(FaultyVad())
    vad.load()
    stream = vad.open_stream()
    for window in (QUIET, QUIET[::-3], np.tile(QUIET, 2000), QUIET[:0], QUIET):
        assert stream.process(window) == float(window.max(initial=0)) / 32768
    stream.reset()
    stream.close()


def test_a_recogniser_may_keep_the_blocks_that_it_is_given(bench):
    """What is put into shared memory next does not change them."""
    asr = bench.isolated(FaultyAsr())
    asr.load()
    stream = asr.open_stream(AsrRequest())
    blocks = [np.full(size, value, np.int16) for size, value in ((400, 3), (100, 7), (90_000, 11))]
    assert [stream.accept(block).text for block in blocks] == ["400", "500", "90500"]
    assert heard(stream)[0] == sum(int(block.sum(dtype=np.int64)) for block in blocks)
    stream.close()


def test_wrong_settings_are_told_as_such(bench):
    """An error of the configuration stays one, and the lane is free again."""
    asr = bench.isolated(FaultyAsr())
    asr.load()
    for _ in range(3):
        with pytest.raises(ConfigurationError, match="language 'xx' is not spoken here"):
            asr.open_stream(AsrRequest(language="xx"))
    stream = asr.open_stream(AsrRequest())
    assert heard(stream)[1:] == (asr.pool.pids[0], "free")
    stream.close()


def test_a_grammar_is_sent_once_and_understood_ever_after(bench, monkeypatch):
    """A second utterance with the same grammar names it only; so does one after many others."""
    asr = bench.isolated(FaultyAsr())
    asr.load()
    asr.prepare(GRAMMAR)
    sentences = ([f"say {word}"] for word in "abcdefghijklmnopqrst")
    others = [Grammar.of_sentences(sentence) for sentence in sentences]
    for grammar in (GRAMMAR, GRAMMAR, *others, GRAMMAR, others[0], others[-1]):
        stream = asr.open_stream(AsrRequest(grammar=grammar))
        assert heard(stream)[2] == grammar.digest
        stream.close()


def test_every_worker_prepares_a_grammar(bench):
    """Whoever gets the utterance has it."""
    asr = bench.isolated(FaultyAsr(), workers=2)
    asr.load()
    asr.prepare(GRAMMAR)
    told = {lease.provider("unknown_words", ("six", "two")) for lease in asr.pool.each()}
    assert told == {("six", GRAMMAR.digest)}
    assert asr.unknown_words(iter(["ox", "cow"])) == ("ox", GRAMMAR.digest)


def test_a_worker_that_is_started_again_prepares_what_it_had_prepared(bench, tmp_path):
    """So no utterance waits for a grammar that was compiled before; a few are kept."""
    options = FaultyOptions("abort", once=str(tmp_path / "once"))
    asr = bench.isolated(FaultyAsr(options), restarts=SOON)
    asr.warm_up()
    grammars = [Grammar.of_sentences([f"number {number}"]) for number in range(6)]
    for grammar in (*grammars, grammars[3]):
        asr.prepare(grammar)
    stream = asr.open_stream(AsrRequest())
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        stream.accept(LOUD)
    stream.close()
    prepared = [grammars[number].digest for number in (2, 4, 5, 3)]
    assert list(asr.unknown_words(())) == prepared


@pytest.mark.slow
def test_a_grammar_may_take_longer_than_anything_else(bench):
    """Also when the engine holds the interpreter meanwhile, so that there is no sign of life."""
    asr = bench.isolated(FaultyAsr(FaultyOptions("nap")), silence_s=1.5, call_s=1.0)
    asr.load()
    asr.prepare(GRAMMAR)
    assert bench.events == []


@pytest.mark.slow
def test_a_long_recording_may_take_longer(bench):
    """Two seconds for each that was heard; what hears nothing is given up sooner."""
    asr = bench.isolated(FaultyAsr(FaultyOptions("hang")), call_s=1.0, restarts=SOON)
    asr.load()
    stream = asr.open_stream(AsrRequest())
    stream.accept(np.zeros(16_000, np.int16))
    with pytest.raises(ProviderFailedError, match="has not answered within 5 s"):
        stream.accept(np.tile(LOUD, 100))
    stream.close()


def test_several_workers_take_several_times_as_many_utterances(bench):
    """Each stream goes to the worker that has the fewest."""
    asr = bench.isolated(FaultyAsr(), workers=2)
    assert asr.capabilities.max_concurrency == 4
    asr.load()
    assert asr.capabilities.max_concurrency == 4
    streams = [asr.open_stream(AsrRequest()) for _ in range(4)]
    served = [heard(stream)[1] for stream in streams]
    assert sorted(served) == sorted(asr.pool.pids * 2)
    streams.pop(served.index(asr.pool.pids[0])).close()
    again = asr.open_stream(AsrRequest())
    assert heard(again)[1] == asr.pool.pids[0]
    for stream in (*streams, again):
        stream.close()


def test_while_one_worker_is_away_the_other_one_serves(bench):
    """A death takes the streams of its own worker only."""
    asr = bench.isolated(FaultyAsr(FaultyOptions("abort")), workers=2, restarts=SOON)
    asr.load()
    doomed, safe = (asr.open_stream(AsrRequest()) for _ in range(2))
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        doomed.accept(LOUD)
    doomed.close()
    safe.accept(QUIET)
    assert heard(safe)[0] == int(QUIET.sum())
    safe.close()
    bench.first("worker_restarted")
    assert len(asr.pool.pids) == 2


def test_what_is_no_hypothesis_never_reaches_the_assistant(bench):
    """An object of the engine's own is refused by its name; its class is not imported here."""
    asr = bench.isolated(FaultyAsr(FaultyOptions("nonsense")))
    asr.load()
    stream = asr.open_stream(AsrRequest())
    with pytest.raises(ProviderFailedError, match=r"an object of faulty_providers\.Engines"):
        stream.finish()
    stream.close()


def test_a_voice_says_its_blocks_one_by_one(bench, tmp_path):
    """Rate and version are the loaded engine's; blocks may grow, and are the caller's own."""
    tts = bench.isolated(FaultyTts(FaultyOptions(once=str(tmp_path / "told"))))
    assert (tts.version, tts.expected_rate()) == ("", None)
    with pytest.raises(ProviderFailedError, match="not loaded"):
        _ = tts.sample_rate
    tts.load()
    assert (tts.version, tts.sample_rate, tts.expected_rate()) == ("2.1", 12345, 12345)
    blocks = list(tts.synthesize(SpeechRequest("one two three four five")))
    assert [(block.size, set(block)) for block in blocks] == [
        (10_000 * number, {number}) for number in range(1, 6)
    ]


def test_a_voice_that_is_stopped_in_the_middle_stops_in_the_worker(bench, tmp_path):
    """The provider's own clean-up runs there at once, and the next text can be said."""
    told = tmp_path / "told"
    tts = bench.isolated(FaultyTts(FaultyOptions(once=str(told))))
    tts.load()
    spoken = tts.synthesize(SpeechRequest("one two three"))
    assert next(spoken).size == 10_000
    assert not told.exists()
    spoken.close()
    assert told.read_text() == "stopped"
    assert len(list(tts.synthesize(SpeechRequest("one two")))) == 2


def test_a_voice_that_dies_in_a_sentence_raises(bench):
    """What was said before stays said; the framework has the next voice begin again."""
    tts = bench.isolated(FaultyTts(FaultyOptions("segfault")), restarts=SOON)
    tts.load()
    spoken = tts.synthesize(SpeechRequest("one die three"))
    assert next(spoken).size == 10_000
    with pytest.raises(ProviderFailedError, match="SIGSEGV"):
        next(spoken)
    assert len(list(tts.synthesize(SpeechRequest("one two")))) == 2


@pytest.mark.slow
def test_a_call_that_was_given_up_does_not_hold_its_stream_up(bench, tmp_path):
    """Closing returns at once; the worker is ended when the call is too late."""
    told = tmp_path / "told"
    options = FaultyOptions("hang", once=str(told))
    vad = bench.isolated(FaultyVad(options), call_s=3.0, restarts=SOON)
    vad.load()
    stream = vad.open_stream()
    failed = threading.Event()

    def ask():
        with pytest.raises(ProviderFailedError, match="has not answered"):
            stream.process(LOUD)
        failed.set()

    caller = threading.Thread(target=ask)
    caller.start()
    wait_until(told.exists)
    stream.close()
    other = vad.open_stream()
    assert other.process(QUIET) == 3277 / 32768
    caller.join()
    assert failed.is_set()
    other.close()


def test_the_stream_of_a_call_that_was_given_up_is_closed_at_its_end(bench, tmp_path):
    """Its lane serves the next stream then."""
    told = tmp_path / "told"
    vad = bench.isolated(FaultyVad(FaultyOptions("flood", once=str(told))))
    vad.load()
    stream = vad.open_stream()
    caller = threading.Thread(target=stream.process, args=(LOUD,))
    caller.start()
    wait_until(told.exists)
    stream.close()
    caller.join()
    again = vad.open_stream()
    assert again.process(QUIET) == 3277 / 32768
    with pytest.raises(ProviderFailedError, match="the stream is closed"):
        stream.process(QUIET)
    again.close()


def test_closing_ends_workers_while_they_load(bench):
    """Whoever waits for them is told."""
    vad = bench.isolated(FaultyVad(FaultyOptions(load_fault="spin")))
    told = []

    def load():
        try:
            vad.load()
        except ProviderFailedError as error:
            told.append(str(error))

    loader = threading.Thread(target=load)
    loader.start()
    wait_until(lambda: vad.pool.pids)
    pids = vad.pool.pids
    vad.close()
    loader.join()
    assert told == ["vad provider 'faulty' did not load: it was closed"] or told == [
        "it was closed"
    ]
    assert all(map(is_gone, pids))


def test_a_provider_can_be_loaded_again_after_it_was_closed(bench):
    """As it can in this process."""
    vad = bench.isolated(FaultyVad())
    for _ in range(2):
        vad.load()
        stream = vad.open_stream()
        assert stream.process(QUIET) == 3277 / 32768
        stream.close()
        vad.close()
        assert vad.pool.pids == ()


def test_a_provider_that_was_closed_cannot_be_asked(bench):
    """One line says so, at once."""
    vad = bench.isolated(FaultyVad())
    vad.load()
    vad.close()
    with pytest.raises(ProviderFailedError, match="none of its processes could be asked"):
        vad.open_stream()


@pytest.mark.slow
def test_many_deaths_leak_nothing(bench):
    """No descriptor, thread, process or zombie, however often a worker is started again."""
    vad = bench.isolated(FaultyVad(FaultyOptions("kill")), restarts=SOON)
    n_others = len(psutil.Process().children(recursive=True))
    other_threads = set(threading.enumerate())
    vad.load()

    def die(number):
        stream = vad.open_stream()
        with pytest.raises(ProviderFailedError, match="SIGKILL"):
            stream.process(LOUD)
        stream.close()
        wait_until(lambda: bench.names().count("worker_restarted") == number)

    def held():
        family = psutil.Process().children(recursive=True)
        return descriptors(), len(set(threading.enumerate()) - other_threads), len(family)

    die(1)
    before = held()
    for number in range(2, 7):
        die(number)
    assert held() == before
    assert before[2] == n_others + 2


def test_many_streams_leak_nothing(bench):
    """Lanes are used again: as many as there were streams at the same time."""
    vad = bench.isolated(FaultyVad())
    vad.load()
    for stream in [vad.open_stream() for _ in range(4)]:
        stream.close()
    before = descriptors()
    for _ in range(50):
        stream = vad.open_stream()
        stream.process(QUIET)
        stream.close()
    assert descriptors() == before


def test_what_a_provider_starts_ends_with_its_worker(bench, tmp_path):
    """A program, and a daemon that has left session and parent behind."""
    children = tmp_path / "children"
    vad = bench.isolated(FaultyVad(FaultyOptions("abort", children=str(children))), restarts=SOON)
    vad.load()
    started = [int(pid) for pid in children.read_text().split()]
    assert not any(map(is_gone, started))
    stream = vad.open_stream()
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        stream.process(LOUD)
    stream.close()
    wait_until(lambda: all(map(is_gone, started)))
    bench.first("worker_restarted")
    started = [int(pid) for pid in children.read_text().split()]
    vad.close()
    assert all(map(is_gone, started))


def test_audio_goes_through_memory_that_has_no_name(bench):
    """So nothing can be left behind in /dev/shm, whoever dies."""
    vad = bench.isolated(FaultyVad())
    vad.load()
    stream = vad.open_stream()
    stream.process(QUIET)
    regions = [
        line.split(maxsplit=5)[5]
        for line in Path(f"/proc/{vad.pool.pids[0]}/maps").read_text().splitlines()
        if "irene-audio" in line
    ]
    assert regions == ["/memfd:irene-audio (deleted)"]
    stream.close()


def test_a_class_inside_of_a_function_cannot_run_elsewhere(bench):
    """The line says where, why, and what would do."""

    class Local(FaultyVad):
        """A VAD that only this function knows."""

    with pytest.raises(ConfigurationError, match=r"^vad\.providers\.NAME: isolation = \"process\""):
        bench.isolated(Local())


def test_options_that_cannot_be_sent_are_refused(bench):
    """The line begins with the table."""
    options = replace(FaultyOptions(), fault=lambda: None)
    with pytest.raises(ConfigurationError, match=r"^vad\.providers\.NAME: its options cannot"):
        bench.isolated(FaultyVad(options))


def test_workers_are_of_another_process(bench):
    """Each has a parent of its own that ends it, and neither ends with the thread that wanted it:
    they are started by one that lives as long as they do."""
    vad = bench.isolated(FaultyVad(), workers=2)
    wanting = threading.Thread(target=vad.load)
    wanting.start()
    wanting.join()
    wardens = {psutil.Process(pid).ppid() for pid in vad.pool.pids}
    assert len(wardens) == 2
    assert {psutil.Process(pid).ppid() for pid in wardens} == {os.getpid()}
    stream = vad.open_stream()
    assert stream.process(QUIET) == 3277 / 32768
    stream.close()
    assert bench.events == []


def test_an_identifier_of_languages_answers_from_a_worker(bench):
    """With the probabilities that it gives here; a probe reaches it, too."""
    language = bench.isolated(ScriptedLanguage())
    language.load()
    window = np.full(language.capabilities.window, LANGUAGE_LEVELS["de"], np.int16)
    assert language.identify(window, live=True)["de"] == 1.0
    assert language.identify(np.zeros_like(window)) == {}
    language.probe()
