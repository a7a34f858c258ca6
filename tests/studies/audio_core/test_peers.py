"""The scripts for other interpreters: they import nothing of irene and answer in our protocol."""

import ast
import sys
from pathlib import Path

import pytest

from irene.performance import peers
from irene.performance.benchmark.peer import Peer
from irene.performance.benchmark.rounds import Pace, in_turns
from irene.performance.peers import PIPECAT, RESAMPLERS, resamplers
from irene.studies.audio_core.listening import AT_WORK

PEERS = Path(__file__).parents[3] / ".venv-peers" / "bin" / "python"
SCRIPTS = sorted(Path(peers.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_knows_nothing_of_irene(script):
    """Another interpreter does not have it."""
    nodes = list(ast.walk(ast.parse(script.read_text())))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for n in nodes if isinstance(n, ast.Import) for name in n.names}
    assert [name for name in modules if name.startswith("irene")] == []


@pytest.mark.slow
def test_resamplers_answer_from_another_process():
    """The same names as in this one, per five seconds of audio."""
    with Peer(sys.executable, RESAMPLERS) as peer:
        assert set(peer.probes) == set(resamplers.probes([b"\0\0" * 48000]))
        assert peer.about.startswith("numpy ")
        found = in_turns([peer.probes["np.interp (no filter)"]], Pace(2, 0.001))
    assert found["np.interp (no filter)"].n_operations == 5.0


def test_every_resampler_gives_a_third_of_the_samples():
    """They do what they are timed for."""
    clip = resamplers.clips()[0]
    for name, convert in resamplers.conversions():
        assert len(convert(resamplers.np.frombuffer(clip, "int16"))) == 80000, name


def test_clips_differ():
    """None can be in a cache because of another."""
    assert len(set(resamplers.clips(20))) == 20


@pytest.mark.slow
@pytest.mark.skipif(not PEERS.is_file(), reason="other packages are not here: make bench-peers")
def test_pipecat_passes_frames_on():
    """Every pipeline, with work in its stages and without."""
    with Peer(PEERS, PIPECAT) as peer:
        assert "pipecat-ai" in peer.about
        found = in_turns(peer.probes.values(), Pace(2, 0.001))
    assert set(found) == set(peer.probes)
    assert AT_WORK in found
    assert all(series.seconds.least > 0 for series in found.values())
