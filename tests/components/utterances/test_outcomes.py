"""What counts as a failure of a recogniser, and what does not."""

import threading
from dataclasses import replace

import numpy as np
import pytest
from utterance_bench import (
    DEADLINE_S,
    LONGEST_WAIT_S,
    Bench,
    Digesting,
    Hang,
    blocks_of,
    undisturbed,
)

from irene import (
    AsrCapabilities,
    AsrRequest,
    ConfigurationError,
    Hypothesis,
    Kind,
    ModelMissingError,
    ProviderFailedError,
    ProviderUnavailableError,
)
from irene.components.calls.abandoned import AbandonedCalls
from irene.components.routing.outcome import Outcome
from irene.components.routing.settings import RoutingSettings
from irene.components.routing.snapshot import Circuit
from irene.components.utterances.callbacks import UtteranceCallbacks
from irene.components.utterances.time_limits import TimeLimits

BLOCKS = blocks_of(1600, 800, 1600)
SILENCE = [np.zeros(1600, np.int16), np.ones(800, np.int16)]


def outcomes(bench, name="first"):
    """Return how the calls of a recogniser ended."""
    (stats,) = (one for one in bench.chain.router.stats().providers if one.snapshot.name == name)
    return stats.outcomes


def saying(text):
    """Return a fault that makes a final hypothesis of this text."""
    return lambda number, name, block: Hypothesis(text, True) if name == "finish" else None


def raising_at(call, error):
    """Return a fault that raises whenever this call is made."""

    def fault(number, name, block):
        if call in (name, "any"):
            raise error

    return fault


def over(utterance):
    """Wait until no thread works on an utterance."""
    assert utterance.wait_over(LONGEST_WAIT_S)


def test_a_text_without_words_is_an_answer():
    """Somebody coughed: nobody is at fault, and nobody else is asked."""
    bench = Bench()
    bench["first"].fault = saying("")
    utterance, heard = bench.hear(BLOCKS)
    over(utterance)
    assert (heard.hypothesis.text, heard.provider) == ("", "first")
    assert (bench["second"].streams, bench.events) == ([], [])
    assert outcomes(bench) == {"empty": 1}


def test_a_text_is_a_success():
    """And its time is measured from the end of speech."""
    bench = Bench()
    bench["first"].fault = lambda number, name, block: (
        bench.clock.advance(0.5) if name in ("accept", "finish") else None
    )
    utterance, _ = bench.hear(BLOCKS)
    over(utterance)
    assert outcomes(bench) == {"success": 1}
    assert bench.chain.router.snapshots()[0].latency_s == 0.5


@pytest.mark.parametrize("call", ["open_stream", "accept", "finish", "close"])
def test_who_is_cancelled_has_not_failed(call):
    """An engine that raises because its utterance was given up is as well as before."""
    bench = Bench()
    reached, released = threading.Event(), threading.Event()

    def fault(number, name, block):
        if name == call:
            reached.set()
            released.wait(LONGEST_WAIT_S)
        if name == call or (released.is_set() and name == "close"):
            raise RuntimeError("the stream is closed")

    bench["first"].fault = fault
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    if call == "finish":
        utterance.end()
    if call == "close":
        assert utterance.wait_idle(LONGEST_WAIT_S)
    else:
        assert reached.wait(LONGEST_WAIT_S)
    utterance.stop("somebody pressed a button")
    assert all(attempt.is_unwanted for attempt in utterance._supervisor.attempts)
    released.set()
    with pytest.raises(ProviderFailedError, match="somebody pressed a button"):
        utterance.text.result(LONGEST_WAIT_S)
    over(utterance)
    assert (bench.events, outcomes(bench)) == ([], {"cancelled": 1})
    assert bench["second"].streams == []


def test_who_is_torn_down_has_not_failed():
    """The assistant ends while an engine works; that it raises then is nobody's fault."""
    bench = Bench()
    hang = bench["first"].fault = Hang("accept")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    assert hang.reached.wait(LONGEST_WAIT_S)
    utterance.stop("the assistant ends", Outcome.TORN_DOWN)
    bench["first"].fault = raising_at("any", OSError("closed"))
    hang.release.set()
    over(utterance)
    assert (bench.events, outcomes(bench)) == ([], {"torn_down": 1})


def test_an_engine_that_hangs_while_the_assistant_ends_is_left_without_a_word():
    """It is counted, so that nobody pulls its memory from under it; it is not told as failed."""
    bench = Bench()
    hang = bench["first"].fault = Hang("accept")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    assert hang.reached.wait(LONGEST_WAIT_S)
    utterance.stop("the assistant ends", Outcome.TORN_DOWN)
    with pytest.raises(ProviderFailedError):
        utterance.text.result(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    over(utterance)
    assert [event.event for event in bench.events] == ["call_abandoned"]
    hang.release.set()


def test_nothing_said_is_nothing_heard_and_nobody_is_asked():
    """An utterance without a sample has no words."""
    bench = Bench()
    utterance = bench.open()
    utterance.end()
    assert utterance.text.result(LONGEST_WAIT_S).hypothesis == Hypothesis("", True)
    assert bench["first"].streams == []


def test_an_engine_that_raises_on_silence_has_not_failed():
    """There was nothing to hear: the circuit stays closed, and the next one says so, too."""
    bench = Bench()
    bench["first"].fault = raising_at("finish", ZeroDivisionError("energy is 0"))
    utterance, heard = bench.hear(SILENCE)
    over(utterance)
    assert heard.provider == "second"
    assert (bench.events, outcomes(bench)) == ([], {"silence": 1})


def test_silence_that_every_engine_raises_on_has_no_text():
    """That is no error, and nothing is lost."""
    bench = Bench()
    for name in ("first", "second"):
        bench[name].fault = raising_at("finish", ZeroDivisionError("energy is 0"))
    utterance, heard = bench.hear(SILENCE)
    over(utterance)
    assert heard.hypothesis == Hypothesis("", True)
    assert bench.events == []


def test_a_late_result_is_discarded_and_counted():
    """The utterance has its text from the second one; what comes then changes nothing."""
    bench = Bench()
    hang = bench["first"].fault = Hang("finish")
    utterance = bench.open()
    for block in BLOCKS:
        utterance.feed(block)
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    heard = utterance.text.result(LONGEST_WAIT_S)
    over(utterance)
    assert outcomes(bench) == {"late": 1}
    bench.clock.advance(4.0)
    returned = threading.Event()
    bench.recognisers.abandoned._report = lambda event: (bench.events.append(event), returned.set())
    hang.release.set()
    assert returned.wait(LONGEST_WAIT_S)
    assert (heard.provider, heard.hypothesis.text) == ("second", undisturbed(BLOCKS))
    assert utterance.text.result().provider == "second"
    (late,) = bench.named("late_result")
    assert (late.provider, late.seconds) == ("first", DEADLINE_S + 4.0)
    abandoned = bench.recognisers.abandoned
    assert (abandoned.running, abandoned.n_given_up, abandoned.n_late) == ((), 1, 1)
    assert bench.chain.router.stats().providers[0].late_results == 1


def test_a_call_that_comes_back_as_it_is_given_up_is_not_counted_for_ever():
    """At the very moment between the decision and its being told."""
    bench = Bench()
    hang = bench["first"].fault = Hang("finish")

    class Meanwhile(AbandonedCalls):
        """Lets the thread come back, and end, before its call counts as given up."""

        def give_up(self, call, now_s):
            working = [one for one in threading.enumerate() if one.name == "irene-asr"]
            hang.release.set()
            for thread in working:
                thread.join(LONGEST_WAIT_S)
            super().give_up(call, now_s)

    abandoned = Meanwhile(Kind.ASR, bench.events.append)
    bench.recognisers = replace(bench.recognisers, abandoned=abandoned)
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    assert utterance.text.result(LONGEST_WAIT_S).provider == "second"
    over(utterance)
    assert (abandoned.running, abandoned.n_given_up, abandoned.n_late) == ((), 1, 1)


def test_a_call_that_comes_back_late_without_a_text_is_no_late_result():
    """It only is no longer counted as hanging."""
    bench = Bench()
    hang = bench["first"].fault = Hang("accept")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    utterance.end()
    utterance.text.result(LONGEST_WAIT_S)
    hang.release.set()
    while bench.recognisers.abandoned.running:
        threading.Event().wait(0.001)
    assert bench.named("late_result") == []


def test_a_deadline_counts_from_the_end_of_speech():
    """However long somebody speaks; at the deadline, not before it, the next one is asked."""
    bench = Bench()
    hang = bench["first"].fault = Hang("finish")
    utterance = bench.open()
    for block in BLOCKS:
        utterance.feed(block)
        assert utterance.wait_idle(LONGEST_WAIT_S)
        bench.clock.advance(DEADLINE_S - 0.1)
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S - 0.1)
    assert bench.events == []
    bench.clock.advance(0.1)
    assert utterance.text.result(LONGEST_WAIT_S).provider == "second"
    (failed,) = bench.named("provider_failed")
    assert failed.reason == "asr provider 'first' did not answer `finish` within 3 s"
    hang.release.set()


def test_a_short_deadline_is_told_as_it_is():
    """Thousandths of a second are no zero."""
    bench = Bench(routing=RoutingSettings(deadline_s=0.004))
    hang = bench["first"].fault = Hang("finish")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(0.004)
    utterance.text.result(LONGEST_WAIT_S)
    (failed,) = bench.named("provider_failed")
    assert failed.reason.endswith("within 0.004 s")
    hang.release.set()


def test_a_recogniser_that_falls_behind_is_late_although_no_call_hangs():
    """Each of its calls is short, and there are too many of them."""
    bench = Bench()
    speech = blocks_of(*[1600] * 20)
    has_ended = threading.Event()

    def slow(number, name, block):
        has_ended.wait(LONGEST_WAIT_S)
        if name == "accept":
            bench.clock.advance(0.9)
        while bench.clock.monotonic() >= DEADLINE_S and not bench.events:
            threading.Event().wait(0.001)  # in real life, time passes while nobody looks

    bench["first"].fault = slow
    utterance = bench.open()
    for block in speech:
        utterance.feed(block)
    utterance.end()
    has_ended.set()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert (heard.provider, heard.hypothesis.text) == ("second", undisturbed(speech))
    assert outcomes(bench) == {"late": 1}


def test_a_refusal_is_told_once_and_not_asked_for_again():
    """A language that is not known will not be known for the next utterance: no storm."""
    bench = Bench()
    bench["first"].fault = raising_at("open_stream", ConfigurationError("language: not this one"))
    calls = []
    for _ in range(3):
        _, heard = bench.hear(BLOCKS)
        assert heard.provider == "second"
        calls.append(outcomes(bench).get("refused"))
    assert calls == [1, 1, 1]
    assert [event.reason for event in bench.named("provider_failed")] == ["language: not this one"]
    assert bench.chain.router.snapshots()[0].circuit is Circuit.CLOSED


def test_another_request_is_asked_for_all_the_same():
    """What was refused is this language, not every one."""
    bench = Bench()
    opened = bench["first"].open_stream

    def choosy(request):
        if request.language == "de":
            raise ConfigurationError("language: no German")
        return opened(request)

    bench["first"].open_stream = choosy
    served = []
    for language in ("de", "en", "de"):
        utterance = bench.open(language=language)
        utterance.feed(BLOCKS[0])
        utterance.end()
        served.append(utterance.text.result(LONGEST_WAIT_S).provider)
    assert served == ["second", "first", "second"]


def test_what_everybody_refuses_is_the_users_to_cure():
    """The refusal itself is raised, and nobody is asked a second time."""
    bench = Bench()
    for name in ("first", "second"):
        bench[name].fault = raising_at("open_stream", ConfigurationError(f"language: not {name}"))
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="language: not first"):
            bench.hear(BLOCKS)
    assert outcomes(bench) == outcomes(bench, "second") == {"refused": 1}


def test_a_single_recogniser_that_raises_is_asked_once_more():
    """It hears the utterance from its beginning; a stumble costs no speech."""
    bench = Bench("only")
    stumbles = iter([True])

    def fault(number, name, block):
        if number == 2 and next(stumbles, False):
            raise OSError("stumbled")

    bench["only"].fault = fault
    _, heard = bench.hear(BLOCKS)
    assert heard.hypothesis.text == undisturbed(BLOCKS)
    assert len(bench["only"].streams) == 2


def test_everybody_is_asked_twice_and_once_more_at_the_end_of_speech():
    """Then the utterance is lost: whoever keeps it gets all of it, also what came afterwards."""
    bench = Bench()
    for name in ("first", "second"):
        bench[name].fault = raising_at("accept", OSError(f"{name} is broken"))
    kept = []
    utterance = bench.open(UtteranceCallbacks(lost=lambda: kept.extend(utterance.audio)))
    for block in BLOCKS:
        utterance.feed(block)
        assert utterance.wait_idle(LONGEST_WAIT_S)
    utterance.end()
    with pytest.raises(ProviderFailedError, match=r"first is broken.*second is broken"):
        utterance.text.result(LONGEST_WAIT_S)
    assert [len(bench[name].streams) for name in ("first", "second")] == [3, 3]
    np.testing.assert_array_equal(np.concatenate(kept), np.concatenate(BLOCKS))
    assert utterance.reasons == {
        "first": "OSError: first is broken",
        "second": "OSError: second is broken",
    }


def test_after_the_end_of_speech_everybody_is_asked_twice_at_most():
    """Whoever raises every time is not asked for ever; every reason is given."""
    bench = Bench()
    for name in ("first", "second"):
        bench[name].fault = raising_at("finish", OSError(f"{name} is broken"))
    with pytest.raises(ProviderFailedError, match=r"first is broken.*second is broken"):
        bench.hear(BLOCKS)
    assert [len(bench[name].streams) for name in ("first", "second")] == [2, 2]


def test_who_works_again_at_the_end_of_speech_is_asked_then():
    """All had failed while somebody spoke; one was started again meanwhile."""
    bench = Bench()
    for name in ("first", "second"):
        bench[name].fault = raising_at("accept", OSError("it is down"))
    utterance = bench.open()
    for block in BLOCKS:
        utterance.feed(block)
        assert utterance.wait_idle(LONGEST_WAIT_S)
    bench["second"].fault = None
    utterance.end()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert (heard.provider, heard.hypothesis.text) == ("second", undisturbed(BLOCKS))


def test_a_recogniser_that_hung_is_not_asked_once_more():
    """Its thread is still in it."""
    bench = Bench("only")
    hang = bench["only"].fault = Hang("finish")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    with pytest.raises(ProviderFailedError, match="did not answer `finish`"):
        utterance.text.result(LONGEST_WAIT_S)
    assert len(bench["only"].streams) == 1
    hang.release.set()


def test_an_engine_that_hangs_is_given_no_more_than_it_can_take():
    """Its only place stays taken until its thread comes back: the next utterance passes it over."""
    single = type("Single", (Digesting,), {"capabilities": AsrCapabilities(max_concurrency=1)})
    bench = Bench(cls=single)
    hang = bench["first"].fault = Hang("finish")
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert hang.reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(DEADLINE_S)
    utterance.text.result(LONGEST_WAIT_S)
    assert bench.hear(BLOCKS)[1].provider == "second"
    assert bench.chain.router.snapshots()[0].in_flight == 1
    hang.release.set()
    while bench.chain.router.snapshots()[0].in_flight:
        threading.Event().wait(0.001)
    bench.clock.advance(60.0)
    assert bench.hear(BLOCKS)[1].provider == "first"


def hang_while_loading(provider):
    """Let a recogniser hang in `load`; return the events of that and of its end."""
    loading, release = threading.Event(), threading.Event()
    provider._load = lambda: loading.set() or release.wait(LONGEST_WAIT_S)
    return loading, release


def test_an_engine_that_does_not_load_in_time_loses_the_utterance_and_no_more():
    """Loading counts against the time of all together, told in round figures; the audio is kept."""
    bench = Bench("only", limits=TimeLimits(total_s=19.999_88))
    loading, release = hang_while_loading(bench["only"])
    kept = []
    utterance = bench.open(UtteranceCallbacks(lost=lambda: kept.extend(utterance.audio)))
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert loading.wait(LONGEST_WAIT_S)
    bench.clock.advance(19.999_9)
    with pytest.raises(ProviderFailedError, match="'only' did not answer `load` within 20 s"):
        utterance.text.result(LONGEST_WAIT_S)
    assert len(kept) == 1
    release.set()


def test_an_engine_that_hangs_while_it_loads_does_not_stand_in_the_way():
    """The utterance that finds out is lost or waits; the next one is heard by another."""
    bench = Bench(limits=TimeLimits(total_s=20.0))
    loading, release = hang_while_loading(bench["first"])
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert loading.wait(LONGEST_WAIT_S)
    bench.clock.advance(20.0)
    with pytest.raises(ProviderFailedError):
        utterance.text.result(LONGEST_WAIT_S)
    assert bench.hear(BLOCKS)[1].provider == "second"
    assert bench.named("call_abandoned")[0].call == "load"
    release.set()


def test_loading_has_a_limit_of_its_own_while_somebody_speaks():
    """Then the next one hears everything."""
    bench = Bench(limits=TimeLimits(load_s=30.0))
    loading, release = hang_while_loading(bench["first"])
    utterance = bench.open()
    utterance.wait_over(0.01)  # whoever watches over it has nothing to do yet
    utterance.feed(BLOCKS[0])
    assert loading.wait(LONGEST_WAIT_S)
    bench.clock.advance(30.0)
    while not bench["second"].streams:
        utterance.wait_over(0.001)
    for block in BLOCKS[1:]:
        utterance.feed(block)
    utterance.end()
    heard = utterance.text.result(LONGEST_WAIT_S)
    assert (heard.provider, heard.hypothesis.text) == ("second", undisturbed(BLOCKS))
    release.set()


def test_an_engine_that_cannot_be_loaded_is_passed_over():
    """Its reason is told once, and every other one is asked."""
    bench = Bench()

    def explode():
        raise OSError("no such model")

    bench["first"]._load = explode
    for _ in range(2):
        assert bench.hear(BLOCKS)[1].provider == "second"
    (failed,) = bench.named("provider_failed")
    assert "no such model" in failed.reason


def test_without_any_engine_the_reasons_are_given():
    """As when the assistant starts."""
    bench = Bench("only")

    def explode():
        raise OSError("no such model")

    bench["only"]._load = explode
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError, match="no such model"):
            bench.hear(BLOCKS)


def test_without_a_deadline_the_time_is_shared():
    """Two recognisers have half of it each; what the first leaves goes to the second."""
    bench = Bench(routing=RoutingSettings())
    hangs = {name: Hang("finish") for name in ("first", "second")}
    for name, hang in hangs.items():
        bench[name].fault = hang
    utterance = bench.open()
    utterance.feed(BLOCKS[0])
    utterance.end()
    assert hangs["first"].reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(49.9)
    assert bench.events == []
    bench.clock.advance(0.1)
    assert hangs["second"].reached.wait(LONGEST_WAIT_S)
    bench.clock.advance(50.0)
    with pytest.raises(ProviderFailedError, match=r"within 50 s.*within 50 s"):
        utterance.text.result(LONGEST_WAIT_S)
    for hang in hangs.values():
        hang.release.set()


@pytest.mark.parametrize("call", ["accept", "finish"])
def test_what_a_recogniser_raises_at_audio_is_no_refusal(call):
    """A plugin that raises the wrong error once is asked again for a later utterance."""
    bench = Bench()
    bench["first"].fault = raising_at(call, ConfigurationError("odd"))
    _, heard = bench.hear(BLOCKS)
    assert heard.provider == "second"
    assert outcomes(bench) == {"failed": 1}
    assert bench.recognisers.refusal(AsrRequest(16000)) is None


def test_only_what_is_asked_can_be_refused():
    """A model that has gone while it was used is a failure: it may be back the next time."""
    bench = Bench()
    bench["first"].fault = raising_at("open_stream", ModelMissingError("the model has gone"))
    bench.hear(BLOCKS)
    assert outcomes(bench) == {"failed": 1}
    assert bench.recognisers.refusal(AsrRequest(16000)) is None
