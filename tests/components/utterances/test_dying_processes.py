"""A recogniser whose process dies in the middle of an utterance, with `isolation = "process"`."""

import sys

import pytest
from aborting_asr import AbortingAsr, AbortingOptions
from utterance_bench import Bench, blocks_of, undisturbed

from irene.components.isolation.isolating import isolated
from irene.components.isolation.reports import WorkerReports
from irene.components.isolation.settings import WorkerSettings
from irene.components.routing.settings import RoutingSettings
from irene.components.utterances.time_limits import TimeLimits
from irene.domain.clock import SystemClock

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="isolation needs POSIX")

BLOCKS = blocks_of(1600, 1, 333, 1600)
CALLS = range(len(BLOCKS) + 3)
"""open_stream, accept of each block, finish, close"""
CLOSE = CALLS[-1]
PATIENT = RoutingSettings(deadline_s=60.0)


@pytest.fixture
def in_process():
    """Return a function that puts a recogniser into a process of its own, until the test ends."""
    made = []

    def put(**options):
        reports = WorkerReports(AbortingAsr.kind, "aborting", lambda event: None)
        original = AbortingAsr(AbortingOptions(**options))
        made.append(isolated(original, WorkerSettings(), reports))
        return made[-1]

    yield put
    for provider in made:
        provider.close()


def bench_of(**providers):
    """Return a bench on the machine's clock."""
    limits = TimeLimits(total_s=120.0)
    return Bench(providers=providers, limits=limits, routing=PATIENT, clock=SystemClock())


def text_alone():
    """Return the text of a recogniser that hears the utterance without failure."""
    return undisturbed(BLOCKS, AbortingAsr)


def check(first, call):
    """Hear an utterance, with a second recogniser that stands in."""
    bench = bench_of(first=first, second=AbortingAsr())
    utterance, heard = bench.hear(BLOCKS)
    assert heard.hypothesis.text == text_alone()
    assert heard.provider == ("first" if call == CLOSE else "second")
    assert utterance.wait_over(60.0)
    failed = [event.provider for event in bench.named("provider_failed")]
    assert failed == ([] if call == CLOSE else ["first"])  # after the text it costs nobody anything


def test_a_process_that_dies_costs_no_speech(in_process):
    """The second recogniser hears everything from the first sample on."""
    check(in_process(call=3), 3)


def test_the_same_recogniser_hears_it_again_in_a_new_process(in_process, tmp_path):
    """Without anybody else: the worker is started again, and the utterance is replayed into it."""
    bench = bench_of(only=in_process(call=3, once=str(tmp_path / "died")))
    assert bench.hear(BLOCKS)[1].hypothesis.text == text_alone()
    (failed,) = bench.named("provider_failed")
    assert "SIGABRT" in failed.reason


@pytest.mark.slow
@pytest.mark.parametrize("way", ["abort", "segfault"])
@pytest.mark.parametrize("call", CALLS)
def test_a_process_may_die_in_every_call(in_process, call, way):
    """`open_stream`, each window, `finish`, `close`."""
    check(in_process(call=call, way=way), call)
