"""The files of a configuration are looked at; a change counts once it is quiet."""

import asyncio
import os
import threading

import pytest
from reload_bench import Bench

from irene import Assistant
from irene.config.loading import load_config
from irene.pipeline.reloading.watching import EVERY_S, Watcher
from irene.plugin.registry import ComponentRegistry
from irene.testing import VirtualClock, silence

REGISTRY = ComponentRegistry.installed()


@pytest.fixture
def file(tmp_path):
    """A configuration file with a folder of sentences."""
    (tmp_path / "sentences" / "en").mkdir(parents=True)
    path = tmp_path / "irene.toml"
    path.write_text('[intents]\nsentences = "sentences"\n')
    return path


@pytest.fixture
def watched(file):
    """A watcher that has seen the file, and the list of what it told."""
    told = []
    config = load_config(file, registry=REGISTRY)
    watcher = Watcher(lambda: config, lambda: told.append(1), VirtualClock())
    watcher.take()
    return watcher, told


def looked(watched, times):
    """Look so many times; return how often a change was told so far."""
    watcher, told = watched
    for _ in range(times):
        watcher.look()
    return len(told)


def test_nothing_is_told_while_nothing_changes(watched):
    """However often it looks."""
    assert looked(watched, 5) == 0


def test_a_change_is_told_once_two_looks_see_the_same(watched, file):
    """Not at the first one: more may be written."""
    file.write_text("# other")
    assert looked(watched, 1) == 0
    assert looked(watched, 1) == 1
    assert looked(watched, 5) == 1


def test_a_file_that_is_written_in_pieces_is_told_when_it_is_whole(watched, file):
    """As long as it grows, nobody reads it."""
    for number in range(4):
        file.write_text("# other\n" * (number + 1))
        assert looked(watched, 1) == 0
    assert looked(watched, 1) == 1


def test_an_editor_that_saves_by_renaming_is_one_change(watched, file):
    """The file is gone for a moment, and then another one."""
    new = file.with_suffix(".new")
    new.write_text("# another file\n")
    file.unlink()
    assert looked(watched, 1) == 0
    new.rename(file)
    assert looked(watched, 1) == 0
    assert looked(watched, 1) == 1


def test_a_file_that_is_only_touched_is_no_change(watched, file):
    """Its content is what counts."""
    os.utime(file, (1, 1))
    assert looked(watched, 4) == 0


def test_a_change_that_is_taken_back_is_no_change(watched, file):
    """Before anybody looked twice."""
    text = file.read_text()
    file.write_text("# other")
    assert looked(watched, 1) == 0
    file.write_text(text)
    assert looked(watched, 4) == 0


def test_sentences_are_watched_with_their_folder(watched, file):
    """A new file, and a file in a new folder."""
    folder = file.parent / "sentences"
    (folder / "en" / "lamp.yaml").write_text("language: en\n")
    assert looked(watched, 2) == 1
    (folder / "de").mkdir()
    (folder / "de" / "lampe.yaml").write_text("language: de\n")
    assert looked(watched, 2) == 2


def test_a_file_that_is_gone_is_told_and_told_again_when_it_is_back(watched, file):
    """Whoever reads it says what is wrong."""
    text = file.read_text()
    file.unlink()
    assert looked(watched, 2) == 1
    file.write_text(text)
    assert looked(watched, 2) == 2


def test_files_that_are_named_later_are_watched_from_then_on(file, tmp_path):
    """That they are named is the change; they themselves are none."""
    told, current = [], [load_config(file, registry=REGISTRY)]
    watcher = Watcher(lambda: current[0], lambda: told.append(1), VirtualClock())
    watcher.take()
    (tmp_path / "ding.wav").write_bytes(b"RIFF")
    file.write_text(file.read_text() + '[sounds]\nalarm = "ding.wav"\n')
    assert looked((watcher, told), 2) == 1
    current[0] = load_config(file, registry=REGISTRY)
    assert looked((watcher, told), 4) == 1
    (tmp_path / "ding.wav").write_bytes(b"RIFX")
    assert looked((watcher, told), 2) == 2


def test_it_looks_once_a_second_on_a_thread_until_it_is_told_to_stop(file):
    """No time passes but the clock's."""
    clock, changed = VirtualClock(), threading.Event()
    config = load_config(file, registry=REGISTRY)
    watcher = Watcher(lambda: config, changed.set, clock)
    watcher.watch(True)
    watcher.watch(True)
    file.write_text("# other")
    for _ in range(2000):
        clock.advance(EVERY_S)
        if changed.wait(0.005):
            break
    assert changed.is_set()
    watcher.watch(False)
    watcher.watch(False)
    clock.advance(EVERY_S)
    threads = [one for one in threading.enumerate() if one.name == "irene-watch"]
    for one in threads:
        one.join(10)
    assert not any(one.is_alive() for one in threads)


WATCHING = (
    '[assistant]\nwatch = true\napology = "Pardon?"\n'
    '[voice_trigger]\ndefault_provider = "scripted"\nfallback_providers = []\n'
    'wake_words = ["hello"]\n[vad]\ndefault_provider = "scripted"\nfallback_providers = []\n'
    '[asr]\ndefault_provider = "first"\n[tts]\ndefault_provider = "scripted"\n'
    '[intent_recognition]\ndefault_provider = "anything"\ntiers = []\n'
    '[intents]\nhandlers = ["answer"]\nsentences = "sentences"\n'
    '[inputs]\ndefault_provider = "stepped"\n'
    '[outputs]\ndefault_provider = "scripted"\nfallback_providers = []\n'
)


@pytest.fixture
def watching(file):
    """The registry of an assistant that watches this file."""
    file.write_text(WATCHING)
    bench = Bench()
    registry = bench.registry()
    bench.input.audio = silence(0.1)
    return registry


def test_an_assistant_that_watches_follows_its_file(file, watching, tmp_path):
    """A bad file is refused, the next good one is taken; sentences count, too."""
    clock = VirtualClock()

    async def run():
        config = load_config(file, registry=watching)
        events = []
        async with Assistant(config, watching, clock) as assistant:
            edits = (
                lambda: file.write_text(WATCHING + "[asr"),
                lambda: file.write_text(WATCHING.replace("Pardon?", "Sorry?")),
                lambda: (tmp_path / "sentences/en/a.yaml").write_text("language: en\n"),
            )
            for number, edit in enumerate(edits):
                edit()
                for _ in range(2000):
                    clock.advance(EVERY_S)
                    await asyncio.sleep(0.005)
                    events += [await assistant._queue.get()] if assistant._queue.n_waiting else []
                    if len(events) > number:
                        break
            return events, assistant.config.assistant.apology

    events, apology = asyncio.run(run())
    assert [event.event for event in events] == [
        "configuration_refused",
        "configuration_reloaded",
        "configuration_reloaded",
    ]
    assert events[1].changed == ("assistant.apology",)
    assert events[2].changed == ("intents.sentences",)
    assert apology == "Sorry?"


def test_what_is_still_wrong_is_told_again_only_to_who_asks(file, watching):
    """Another save with the same mistake brings no news; a reload by hand is answered."""
    clock, reads = VirtualClock(), []

    def read():
        try:
            return load_config(file, registry=watching)
        finally:
            reads.append(1)

    async def save(text):
        before = len(reads)
        file.write_text(text)
        for _ in range(2000):
            clock.advance(EVERY_S)
            await asyncio.sleep(0.005)
            if len(reads) > before:
                return
        raise AssertionError("nobody has read the file")

    async def run():
        config = load_config(file, registry=watching)
        async with Assistant(config, watching, clock, read) as assistant:
            await save(WATCHING + "[asrr]")
            await save(WATCHING + "[asrr]  # in a moment")
            assert (await assistant.reload()).refused
            await save(WATCHING + "\n[asrr]")
            await assistant.reload(config)
            return [await assistant._queue.get() for _ in range(4)]

    told = asyncio.run(run())
    lines = [problem.rpartition("irene.toml:")[2] for one in told[:-1] for problem in one.problems]
    assert [line.partition(":")[0] for line in lines] == ["26", "26", "27"]
    assert told[-1].event == "configuration_reloaded"
