"""Fault injection: what is planned comes, once, and nothing else."""

import threading

import numpy as np
import pytest

from irene import AsrRequest, Hypothesis, SpeechRequest
from irene.testing import (
    EVERY_CALL,
    AsrScript,
    Fault,
    FaultInjector,
    PlannedFault,
    ScriptedAsr,
    ScriptedInput,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
    ScriptedVoiceTrigger,
)
from irene.testing.faults.fault import ODD_ERRORS
from irene.testing.faults.spoiling import emptied, spoiled

LONGEST_WAIT_S = 10.0
WINDOW = np.zeros(160, np.int16)


@pytest.fixture
def faults():
    """An injector that has planned nothing."""
    return FaultInjector()


def opened(faults, cls=ScriptedVad, *arguments):
    """Return a stream of a wrapped provider."""
    return faults.wrap(cls)().open_stream(*arguments)


def test_a_wrapped_provider_does_what_it_did(faults):
    """Without a plan nothing is changed, and it is still a provider of its class."""
    cls = faults.wrap(ScriptedAsr)
    assert issubclass(cls, ScriptedAsr)
    assert (cls.name, cls.kind, cls.capabilities) == ("scripted", "asr", ScriptedAsr.capabilities)
    stream = cls().open_stream(AsrRequest())
    stream.accept(WINDOW)
    assert stream.finish().text == AsrScript().text
    assert faults.injected == ()


def test_a_wrapped_provider_may_have_another_name(faults):
    """Two of one class fill one slot, each with its own faults."""
    assert faults.wrap(ScriptedVad, "other").name == "other"


def test_a_fault_comes_in_the_call_that_it_was_planned_for(faults):
    """The third window, and no other."""
    faults.plan(PlannedFault("vad.scripted.stream.process", Fault.RAISE, 3))
    stream = opened(faults)
    assert [stream.process(WINDOW), stream.process(WINDOW)] == [0.02, 0.02]
    with pytest.raises(RuntimeError, match=r"planned for vad\.scripted\.stream\.process"):
        stream.process(WINDOW)
    assert stream.process(WINDOW) == 0.02
    assert [(one.provider, one.fault, one.number) for one in faults.injected] == [
        ("scripted", Fault.RAISE, 3)
    ]


def test_a_fault_may_come_in_every_call_of_every_provider(faults):
    """A brown-out: `*` stands for all of them."""
    faults.plan(PlannedFault("vad.*.stream.process", Fault.RAISE, EVERY_CALL))
    streams = [faults.wrap(ScriptedVad, name)().open_stream() for name in ("one", "two")]
    for stream in streams * 2:
        with pytest.raises(RuntimeError):
            stream.process(WINDOW)


def test_a_new_plan_counts_from_the_beginning(faults):
    """What was planned before does not come any more."""
    first = PlannedFault("vad.scripted.stream.process", Fault.RAISE)
    stream = opened(faults)
    for _ in range(2):
        faults.plan(first)
        with pytest.raises(RuntimeError):
            stream.process(WINDOW)
    faults.plan()
    assert stream.process(WINDOW) == 0.02


@pytest.mark.parametrize("call", ["check", "load", "warm_up", "close"])
def test_the_life_of_a_provider_may_go_wrong(faults, call):
    """Checking, loading, warming up, closing."""
    from irene import IreneError

    faults.plan(PlannedFault(f"vad.scripted.{call}", Fault.RAISE))
    provider = faults.wrap(ScriptedVad)()

    def live():
        provider.check()
        provider.warm_up()
        provider.close()

    with pytest.raises((RuntimeError, IreneError), match="planned for"):
        live()


def test_a_call_that_hangs_goes_on_when_it_is_released(faults):
    """Until then it is among those that hang; afterwards its result comes, late."""
    faults.plan(PlannedFault("vad.scripted.stream.process", Fault.HANG))
    stream, results, hung = opened(faults), [], threading.Event()
    faults.on_hang = lambda site: hung.set()
    thread = threading.Thread(target=lambda: results.append(stream.process(WINDOW)))
    thread.start()
    assert hung.wait(LONGEST_WAIT_S)
    assert (faults.hanging, results) == (("vad.scripted.stream.process",), [])
    faults.release()
    thread.join(LONGEST_WAIT_S)
    assert (faults.hanging, results) == ((), [0.02])


def test_sys_exit_comes_out_of_a_call(faults):
    """As of an engine that thinks it owns the process."""
    faults.plan(PlannedFault("vad.scripted.stream.process", Fault.EXIT))
    with pytest.raises(SystemExit):
        opened(faults).process(WINDOW)


def test_a_voice_may_fail_in_the_middle_of_a_sentence(faults):
    """Each block is a call of its own."""
    faults.plan(PlannedFault("tts.scripted.block", Fault.RAISE, 3))
    blocks = faults.wrap(ScriptedTts)().synthesize(SpeechRequest("abcdef"))
    assert [next(blocks).size, next(blocks).size] == [800, 800]
    with pytest.raises(RuntimeError):
        next(blocks)


def test_a_voice_that_is_not_read_to_the_end_is_closed(faults):
    """The provider frees what it holds."""
    closed = []

    class Closing(ScriptedTts):
        """Notes its end."""

        def synthesize(self, request):
            """Speak."""
            try:
                yield from super().synthesize(request)
            finally:
                closed.append(True)

    blocks = faults.wrap(Closing)().synthesize(SpeechRequest("abc"))
    next(blocks)
    blocks.close()
    assert closed == [True]


@pytest.mark.parametrize("fault", [Fault.GARBAGE, Fault.WRONG_TYPE, Fault.EMPTY])
def test_a_result_may_be_nonsense(faults, fault):
    """The same seed gives the same nonsense, another one another."""
    planned = PlannedFault("voice_trigger.scripted.stream.process", fault, EVERY_CALL)

    def nonsense(seed):
        faults = FaultInjector(seed)
        faults.plan(planned)
        stream = opened(faults, ScriptedVoiceTrigger, ["hello"])
        return [repr(stream.process(WINDOW)).split(" at ")[0] for _ in range(20)]

    assert nonsense(1) == nonsense(1)
    assert "0.9" not in str(nonsense(1))


def test_a_call_may_be_made_twice(faults):
    """As by an engine that closes itself before it is closed."""
    faults.plan(PlannedFault("asr.scripted.stream.accept", Fault.TWICE))
    cls = faults.wrap(ScriptedAsr)
    provider = cls()
    provider.open_stream(AsrRequest()).accept(WINDOW)
    assert len(provider.utterances[0].blocks) == 2


def test_memory_that_is_kept_is_freed_when_it_is_released(faults):
    """A leaking engine."""
    faults.plan(PlannedFault("vad.scripted.stream.process", Fault.GROW, EVERY_CALL))
    stream = opened(faults)
    for _ in range(3):
        stream.process(WINDOW)
    assert sum(map(len, faults._kept)) == 3 * 2**20
    faults.release()
    assert faults._kept == []


def test_an_input_and_an_output_may_fail(faults):
    """Devices are providers like all others."""
    sites = ("inputs.scripted.stream.read", "outputs.scripted.stream.write")
    faults.plan(*(PlannedFault(site, Fault.RAISE) for site in sites))
    ear, mouth = opened(faults, ScriptedInput), opened(faults, ScriptedOutput, 16000)
    assert ear.format.sample_rate == 16000
    for call in (ear.read, lambda: mouth.write(WINDOW)):
        with pytest.raises(RuntimeError):
            call()


def test_an_output_that_cannot_duck_is_not_said_to(faults):
    """Only what a class has of its own is wrapped."""
    assert not faults.wrap(ScriptedOutput)().can_duck


def test_whoever_closes_a_stream_twice_is_told(faults):
    """The framework is held to its own contract."""
    stream = opened(faults)
    stream.close()
    assert faults.breaches == []
    stream.close()
    assert "vad.scripted.stream.close was called after" in faults.breaches[0]


def test_whoever_calls_a_stream_from_two_threads_at_once_is_told(faults):
    """One call after the other is what a stream may rely on."""
    faults.plan(PlannedFault("vad.scripted.stream.process", Fault.HANG))
    stream, hung = opened(faults), threading.Event()
    faults.on_hang = lambda site: hung.set()
    thread = threading.Thread(target=lambda: stream.process(WINDOW))
    thread.start()
    assert hung.wait(LONGEST_WAIT_S)
    stream.process(WINDOW)
    faults.release()
    thread.join(LONGEST_WAIT_S)
    assert "while another call" in faults.breaches[0]


def test_streams_that_nobody_holds_are_not_counted(faults):
    """What is left over was forgotten by somebody."""
    provider = faults.wrap(ScriptedVad)()
    kept, dropped = provider.open_stream(), provider.open_stream()
    assert (faults.streams.n_alive, faults.streams.n_open) == (2, 2)
    kept.close()
    del dropped
    assert (faults.streams.n_alive, faults.streams.n_open) == (1, 0)


def test_a_plan_reads_as_a_sentence():
    """It stands in reports."""
    assert str(PlannedFault("asr.one.stream.finish", Fault.HANG, 2)) == (
        "asr.one.stream.finish: hang in call 2"
    )
    assert "every call" in str(PlannedFault("asr.one.load", Fault.RAISE, EVERY_CALL))


@pytest.mark.parametrize("make", ODD_ERRORS)
def test_odd_errors_are_exceptions(make):
    """Each can be raised."""
    assert isinstance(make(), BaseException)


@pytest.mark.parametrize(
    "result", [0.5, {"hello": 0.5}, np.ones(4, np.int16), Hypothesis("text", True), iter("ab"), "a"]
)
def test_what_is_empty_has_the_right_type(result):
    """Nothing in it, but nothing that a type check would find."""
    assert isinstance(emptied(result), (type(result), type(iter(()))))


def test_garbage_is_of_many_kinds():
    """Not the same every time."""
    from random import Random

    random = Random(0)
    assert len({repr(spoiled(0.5, random)) for _ in range(50)}) == 5
    assert len({repr(spoiled(Hypothesis("a", True), random)) for _ in range(50)}) == 4
