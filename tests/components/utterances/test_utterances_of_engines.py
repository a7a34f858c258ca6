"""Real engines that break in the middle of recorded commands: the other one loses nothing."""

import threading
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from utterance_bench import DEADLINE_S, LONGEST_WAIT_S, Bench, Hang

from irene import Asr, AsrRequest, AsrStream, Grammar
from irene_plugins.asr.pocketsphinx import PocketSphinxAsr
from irene_plugins.asr.vosk import VoskAsr, VoskOptions

pytest.importorskip("pocketsphinx", reason="the engine of the pocketsphinx ASR is not installed")
pytest.importorskip("vosk", reason="the engine of the vosk ASR is not installed")

TESTS = Path(__file__).parents[2]
MODEL = TESTS / "models" / "vosk" / "irene-commands-en"
COMMANDS = ("rhasspy3__what_time_is_it.wav", "s2p_en__lock_the_Front_Door.wav")
WINDOW = 3200
SENTENCES = Grammar.of_sentences(["what time is it", "lock the front door", "stop"])
NOT_THESE = Grammar.of_sentences(["stop", "yes"])


class Breaking(Asr[None]):
    """A real engine that breaks in one of the calls of an utterance."""

    name = "breaking"

    def __init__(self, engine):
        super().__init__(None)
        self._engine = engine
        self.capabilities = engine.capabilities
        self.fault = lambda number, name, block: None

    def prepare(self, grammar):
        """Compile."""
        self._engine.prepare(grammar)

    def open_stream(self, request):
        """Open, which is call 0."""
        self.fault(0, "open_stream", None)
        return _BreakingStream(self, self._engine.open_stream(request))


class _BreakingStream(AsrStream):
    def __init__(self, asr, stream):
        self._asr, self._stream, self._n_calls = asr, stream, 0

    def _break(self, name, block=None):
        self._n_calls += 1
        self._asr.fault(self._n_calls, name, block)

    def accept(self, samples):
        """Hear, and perhaps break."""
        self._break("accept", samples)
        return self._stream.accept(samples)

    def finish(self):
        """Decide, and perhaps break."""
        self._break("finish")
        return self._stream.finish()

    def close(self):
        """Free the engine's state."""
        self._stream.close()


@pytest.fixture(scope="module")
def engines():
    """Both engines, loaded."""
    loaded = {
        "pocketsphinx": PocketSphinxAsr(),
        "vosk": VoskAsr(VoskOptions(model=str(MODEL))),
    }
    for engine in loaded.values():
        engine.load()
    yield loaded
    for engine in loaded.values():
        engine.close()


def windows_of(command):
    """Return a recorded command in windows of a fifth of a second."""
    with wave.open(str(TESTS / "data" / "commands" / command)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return [samples[start : start + WINDOW] for start in range(0, len(samples), WINDOW)]


def exploding(call):
    """Return a fault that raises in one call."""

    def fault(number, name, block):
        if number == call:
            raise RuntimeError("engine gave up")

    return fault


def hear(bench, windows, grammar=None, meanwhile=lambda: None):
    """Return what is recognised."""
    utterance = bench.open(grammar=grammar)
    for window in windows:
        utterance.feed(window)
    utterance.end()
    meanwhile()
    return utterance.text.result(LONGEST_WAIT_S)


def hear_directly(engine, windows, grammar=None):
    """Return what an engine makes of these windows; what fits no grammar is heard freely."""
    stream = engine.open_stream(AsrRequest(16000, grammar=grammar))
    for window in windows:
        stream.accept(window)
    heard = stream.finish()
    stream.close()
    if heard.in_grammar is False:
        return replace(hear_directly(engine, windows), in_grammar=False)
    return heard


def check(engines, command, grammar, calls):
    """Break one engine in each of these calls: the other one hears what it would have heard."""
    windows = windows_of(command)
    alone = hear_directly(engines["vosk"], windows, grammar)
    for call in calls(len(windows)):
        breaking = Breaking(engines["pocketsphinx"])
        breaking.fault = exploding(call)
        bench = Bench(providers={"breaking": breaking, "vosk": engines["vosk"]})
        heard = hear(bench, windows, grammar)
        assert (heard.provider, heard.hypothesis) == ("vosk", alone), call
    assert alone.words


def test_whenever_one_breaks_the_other_hears_the_whole_command(engines):
    """Text, words, times and confidence are those of an undisturbed run."""
    check(engines, COMMANDS[0], SENTENCES, lambda n_windows: (0, 1, n_windows // 2, n_windows + 1))


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "grammar", [None, SENTENCES, NOT_THESE], ids=["freely", "guided", "guided in vain"]
)
def test_that_holds_for_every_window_with_and_without_a_grammar(engines, command, grammar):
    """Also where everything is heard a second time, because no sentence of the grammar fits."""
    check(engines, command, grammar, lambda n_windows: range(n_windows + 2))


def test_the_other_way_round(engines):
    """PocketSphinx stands in for Vosk."""
    windows = windows_of(COMMANDS[0])
    engine = engines["pocketsphinx"]
    alone = hear_directly(engine, windows)
    breaking = Breaking(engines["vosk"])
    breaking.fault = exploding(len(windows) // 2)
    bench = Bench(providers={"breaking": breaking, "pocketsphinx": engine})
    assert hear(bench, windows).hypothesis == alone
    assert alone.text == "what time is it"


def test_an_engine_that_hangs_is_left_for_the_other(engines):
    """In the first window, in the middle, and at the end."""
    windows = windows_of(COMMANDS[0])
    alone = hear_directly(engines["vosk"], windows)
    for call in (1, len(windows) // 2, len(windows) + 1):
        breaking = Breaking(engines["pocketsphinx"])
        hang = breaking.fault = Hang(call)
        bench = Bench(providers={"breaking": breaking, "vosk": engines["vosk"]})

        def wait_for_it(hang=hang, bench=bench):
            assert hang.reached.wait(LONGEST_WAIT_S)
            bench.clock.advance(DEADLINE_S)

        heard = hear(bench, windows, meanwhile=wait_for_it)
        assert (heard.provider, heard.hypothesis) == ("vosk", alone)
        assert bench.named("call_abandoned")
        hang.release.set()
        while bench.recognisers.abandoned.running:
            threading.Event().wait(0.001)  # its decoder is free again


def test_the_same_engine_hears_again_what_it_stumbled_over(engines):
    """With no other provider, a stumble costs a pass, and no word."""
    windows = windows_of(COMMANDS[0])
    alone = hear_directly(engines["vosk"], windows)
    for call in (0, 3, len(windows) + 1):
        stumbles = iter([True])

        def fault(number, name, block, call=call, stumbles=stumbles):
            if number == call and next(stumbles, False):
                raise RuntimeError("engine stumbled")

        breaking = Breaking(engines["vosk"])
        breaking.fault = fault
        heard = hear(Bench(providers={"breaking": breaking}), windows)
        assert heard.hypothesis == alone
