"""Every way for native code to break costs one call, one event and one restart; never more."""

import os
import signal

import numpy as np
import pytest
from faulty_providers import FaultyOptions, FaultyVad
from worker_bench import SOON, is_gone, wait_until

from irene import ProviderFailedError
from irene.components.isolation.restarts import RestartSettings

QUIET = np.full(160, 3277, np.int16)
LOUD = np.full(160, 32767, np.int16)

SLOW = pytest.mark.slow
DEATHS = [
    ("abort", r"SIGABRT \(aborted\)"),
    ("segfault", r"SIGSEGV \(segmentation fault\)"),
    ("kill", r"SIGKILL \(killed\)"),
    ("leave", "ended with status 3"),
    ("spin", "it has not answered within 3 s"),
    pytest.param("sleep", "it has not answered within 3 s", marks=SLOW),
    pytest.param("hang", "it has not answered within 3 s", marks=SLOW),
    pytest.param("stop", "it has not answered within 3 s", marks=SLOW),
    pytest.param("defy", "it has not answered within 3 s", marks=SLOW),
]


@pytest.mark.parametrize(("fault", "reason"), DEATHS)
def test_what_ends_a_worker_fails_one_stream_and_the_next_one_works(bench, tmp_path, fault, reason):
    """The caller is told why; the worker is back when the next stream is opened."""
    options = FaultyOptions(fault, once=str(tmp_path / "once"))
    vad = bench.isolated(FaultyVad(options), call_s=3.0, restarts=SOON)
    vad.load()
    (pid,) = vad.pool.pids
    stream = vad.open_stream()
    assert stream.process(QUIET) == 3277 / 32768
    with pytest.raises(ProviderFailedError, match=f"vad provider 'NAME': .*{reason}") as raised:
        stream.process(LOUD)
    assert raised.value.retryable
    with pytest.raises(ProviderFailedError, match=reason):
        stream.process(QUIET)
    stream.close()
    again = vad.open_stream()
    assert again.process(LOUD) == 32767 / 32768
    again.close()
    assert is_gone(pid)
    assert bench.names() == ["worker_died", "worker_restarted"]
    assert (bench.events[0].worker, bench.events[0].restart_s) == (1, 0.0)


def test_a_worker_that_takes_too_much_memory_is_ended(bench):
    """The limit is looked at while the call runs."""
    vad = bench.isolated(FaultyVad(FaultyOptions("memory")), memory_limit_mb=200.0, restarts=SOON)
    vad.load()
    stream = vad.open_stream()
    with pytest.raises(ProviderFailedError, match=r"it took 2\d\d MB; memory_limit_mb = 200"):
        stream.process(LOUD)
    stream.close()


@pytest.mark.slow
def test_a_stopped_worker_is_found_though_nobody_asks_it(bench):
    """Signs of life come from a thread of its own; without them it is started again."""
    vad = bench.isolated(FaultyVad(), silence_s=3.0, restarts=SOON)
    vad.load()
    (pid,) = vad.pool.pids
    os.kill(pid, signal.SIGSTOP)
    assert "no sign of life" in bench.first("worker_died").reason
    bench.first("worker_restarted")
    assert is_gone(pid)


def test_a_worker_that_reads_nothing_holds_up_nobody_whose_question_is_larger_than_a_pipe(bench):
    """It is stopped, the question fills the socket, and the call's limit ends the worker."""
    vad = bench.isolated(FaultyVad(), call_s=1.0, restarts=SOON)
    vad.load()
    (pid,) = vad.pool.pids
    lease = vad.pool.lease()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(ProviderFailedError, match="it has not answered within 1 s"):
        lease.provider("check_form", b"x" * 50_000_000)
    lease.close()
    bench.first("worker_restarted")
    assert bench.names() == ["worker_died", "worker_restarted"]
    assert is_gone(pid)
    again = vad.open_stream()
    assert again.process(QUIET) == 3277 / 32768
    again.close()


def test_what_it_prints_never_holds_a_provider_up(bench, caplog):
    """Sixteen megabytes, from Python and from native code, on both streams: all is read."""
    vad = bench.isolated(FaultyVad(FaultyOptions("flood", load_fault="flood")))
    vad.load()
    stream = vad.open_stream()
    assert stream.process(LOUD) == 32767 / 32768
    stream.close()
    assert bench.events == []
    wait_until(lambda: caplog.messages)
    assert caplog.messages[0].startswith("vad.providers.NAME: xxx")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("abort", r"its process was ended by SIGABRT \(aborted\)"),
        ("leave", "its process ended with status 3"),
        ("foreign", "did not load: ZeroDivisionError: no such number"),
        ("exit", "did not load: SystemExit: 4"),
    ],
)
def test_an_engine_that_does_not_load_says_why_and_leaves_nothing(bench, fault, reason):
    """The chain passes it over, as it would any provider that cannot be loaded."""
    vad = bench.isolated(FaultyVad(FaultyOptions(load_fault=fault)))
    with pytest.raises(ProviderFailedError, match=reason):
        vad.load()
    assert not vad.is_loaded
    assert vad.pool.pids == ()
    assert bench.events == []


@pytest.mark.parametrize("fault", ["hang", "spin"])
def test_an_engine_that_loads_for_ever_is_given_up(bench, fault):
    """Also when it holds the interpreter meanwhile."""
    vad = bench.isolated(FaultyVad(FaultyOptions(load_fault=fault)), start_s=0.5)
    with pytest.raises(ProviderFailedError, match=r"it has not loaded within 0\.5 s"):
        vad.load()
    assert vad.pool.pids == ()


def test_errors_of_a_provider_arrive_as_they_are(bench):
    """Class, message, code and whether another try may help; the worker lives on."""
    vad = bench.isolated(FaultyVad(FaultyOptions("odd")))
    vad.load()
    stream = vad.open_stream()
    with pytest.raises(ProviderFailedError, match=r"^the engine is odd$") as raised:
        stream.process(LOUD)
    assert (raised.value.code, raised.value.retryable) == ("odd", False)
    assert stream.process(QUIET) == 3277 / 32768
    stream.close()
    assert bench.events == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [("foreign", "ZeroDivisionError: no such number"), ("exit", "SystemExit: 4")],
)
def test_what_is_no_expected_error_becomes_one_line(bench, fault, message):
    """As it would at the border to foreign code in this process."""
    vad = bench.isolated(FaultyVad(FaultyOptions(fault)))
    vad.load()
    stream = vad.open_stream()
    with pytest.raises(ProviderFailedError, match=f"^{message}$"):
        stream.process(LOUD)
    stream.close()


def test_a_provider_that_dies_again_and_again_is_left_alone(bench):
    """After several deaths it counts as failed, at once, until the quarantine is over."""
    rules = RestartSettings(first_delay_s=0.01, most_deaths=3, quarantine_s=3000.0)
    vad = bench.isolated(FaultyVad(FaultyOptions("abort")), restarts=rules)
    vad.load()
    for _ in range(3):
        assert vad.may_serve
        stream = vad.open_stream()
        with pytest.raises(ProviderFailedError, match="SIGABRT"):
            stream.process(LOUD)
        stream.close()
    told = bench.first("worker_quarantined")
    assert (told.deaths, told.seconds) == (3, 3000.0)
    assert not vad.may_serve
    with pytest.raises(ProviderFailedError, match="died too often; the next one is started in"):
        vad.open_stream()


def test_a_quarantine_ends(bench, tmp_path):
    """Then it is started again, and serves."""
    rules = RestartSettings(most_deaths=1, quarantine_s=0.05)
    options = FaultyOptions("abort", once=str(tmp_path / "once"))
    vad = bench.isolated(FaultyVad(options), restarts=rules)
    vad.load()
    stream = vad.open_stream()
    with pytest.raises(ProviderFailedError, match="SIGABRT"):
        stream.process(LOUD)
    stream.close()
    bench.first("worker_restarted")
    stream = vad.open_stream()
    assert stream.process(QUIET) == 3277 / 32768
    stream.close()
    assert bench.names() == ["worker_died", "worker_quarantined", "worker_restarted"]
