"""Peers: probes in another interpreter, here our own with scripts made up for the purpose."""

import sys

import pytest

from irene.errors import ProviderFailedError, ProviderUnavailableError
from irene.performance.benchmark.peer import Peer
from irene.performance.benchmark.probe import Probe
from irene.performance.benchmark.rounds import Pace, in_turns

GOOD = """
import sys
print("a library says hello")
def busy(n):
    print("and talks while it works")
    for _ in range(n):
        sum(range(2000))
def failing(n):
    raise OSError("no such thing")
def dying(n):
    sys.exit("it was too much")
def probes():
    return {"busy": (busy, 2.0), "failing": (failing, 1.0), "dying": (dying, 1.0)}
def about():
    return "made up 1.0"
"""


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "made_up.py"
        path.write_text(text)
        return path

    return write


def test_a_peer_tells_what_it_is_and_takes_its_turns(script):
    """Whatever it prints does not get into the conversation."""
    with Peer(sys.executable, script(GOOD)) as peer:
        assert peer.about == "made up 1.0"
        ours = Probe.of("ours", lambda: sum(range(2000)))
        found = in_turns([ours, peer.probes["busy"]], Pace(3, 0.001))
    assert found["busy"].n_operations == 2.0
    assert len(found["busy"].samples) == 3
    assert all(0 < sample.cpu_s < sample.wall_s * 2 for sample in found["busy"].samples)


def test_a_probe_that_fails_is_told_and_the_peer_lives(script):
    """Its reason comes with it."""
    with Peer(sys.executable, script(GOOD)) as peer:
        with pytest.raises(ProviderFailedError, match="failing: OSError: no such thing"):
            peer.probes["failing"].sample(1)
        assert peer.probes["busy"].sample(1).wall_s > 0


def test_a_peer_that_dies_leaves_its_last_words(script):
    """And the next sample says so again."""
    with Peer(sys.executable, script(GOOD)) as peer:
        with pytest.raises(ProviderFailedError, match="status 1: it was too much"):
            peer.probes["dying"].sample(1)
        with pytest.raises(ProviderFailedError, match="it was too much"):
            peer.probes["busy"].sample(1)


def test_a_missing_package_is_named(script):
    """The peer is unavailable, and the reason is the import's own."""
    path = script("import no_such_package")
    with pytest.raises(ProviderUnavailableError, match="no_such_package"):
        Peer(sys.executable, path)


def test_a_missing_interpreter_is_named(script, tmp_path):
    """One line, no traceback of the subprocess."""
    with pytest.raises(ProviderUnavailableError, match="nowhere"):
        Peer(tmp_path / "nowhere", script(GOOD))


def test_a_peer_that_never_answers_is_given_up(script):
    """It is ended, and told of."""
    path = script("import signal\nsignal.pause()")
    with pytest.raises(ProviderUnavailableError, match=r"no answer within 0\.05 s"):
        Peer(sys.executable, path, start_s=0.05)
