"""`irene run --metrics-port`: Prometheus reads the figures of a run."""

import socket
import subprocess
import sys
import urllib.request
import wave

import pytest
from quick_start import ONE_HANDLER

from irene.config.sources import profile_folder

for engine in ("pymicro_wakeword", "pocketsphinx", "espeakng_loader", "hassil", "soundfile"):
    pytest.importorskip(engine, reason=f"a whole run needs {engine}")
parser = pytest.importorskip("prometheus_client.parser", reason="metrics need prometheus_client")

DEMO = profile_folder() / "demo.wav"


@pytest.fixture
def port():
    """Return a port that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_an_address_without_a_port_is_a_mistake(irene):
    """It would be ignored in silence; nothing is loaded for it."""
    done = irene("run", "--config", "demo", "--metrics-host", "0.0.0.0")
    assert (done.code, done.out) == (2, "")
    assert "--metrics-host: there is no port to open there; give --metrics-port, too" in done.err
    assert done.err.count("\n") == 1


def test_the_figures_of_a_run_can_be_read_while_it_goes_on(port, tmp_path):
    """After the question on standard input, which stays open, the figures are there.

    Bare samples: a WAV header would say where the input ends, and the run would end there, too.
    """
    args = ["--config", "default", "--input", "-", "--output", "none", "--json", *ONE_HANDLER]
    program = [sys.executable, "-m", "irene", "run", *args, "--metrics-port", str(port)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(program, cwd=tmp_path, **pipes) as run:
        with wave.open(str(DEMO)) as recording:
            run.stdin.write(recording.readframes(recording.getnframes()))
        run.stdin.write(bytes(2 * 16000 * 2))
        run.stdin.flush()
        assert any(b'"session_ended"' in line for line in run.stdout)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        run.stdin.close()
        assert run.wait(60) == 0
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    (ended,) = families["irene_session_ended"].samples
    assert (ended.labels, ended.value) == ({"outcome": "answered"}, 1)
    stages = {one.labels["stage"] for one in families["irene_stage_duration_seconds"].samples}
    assert {"wake", "vad", "endpoint", "asr", "intent", "tts", "playback"} <= stages


def test_a_port_in_use_ends_the_run_with_one_line(irene):
    """Before anything is loaded."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        args = ["--config", "default", "--input", str(DEMO), "--output", "none"]
        done = irene("run", *args, "--metrics-port", str(port))
    assert done.code == 2
    assert f"performance.metrics_port = {port} is in use on 127.0.0.1" in done.err
    assert "Traceback" not in done.err


def test_a_port_without_monitoring_is_refused(irene):
    """There would be nothing to read."""
    done = irene("run", "--set", "performance.enable_monitoring=false", "--metrics-port", "9999")
    assert done.code == 2
    assert "enable_monitoring" in done.err


def test_a_conversation_in_writing_has_no_port(irene):
    """It has no stages that could be read."""
    assert irene("run", "--text", "--metrics-port", "9999").code == 2
