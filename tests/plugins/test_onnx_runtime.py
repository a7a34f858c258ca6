"""onnxruntime reports nothing: no thread of a reporter, no identifier in the temporary folder."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

import irene_plugins
from irene_plugins.onnx_runtime import quiet_onnxruntime

PLUGINS = Path(irene_plugins.__file__).parent


def imported_by(path):
    """Return the modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_loading_a_model_leaves_no_identifier_and_starts_no_reporter(tmp_path):
    """A fresh process that loads Silero writes nothing into the folder of temporary files."""
    pytest.importorskip("onnxruntime", reason="the engine of the silero VAD is not installed")
    if importlib.util.find_spec("openwakeword") is None:
        pytest.skip("openwakeword, whose package carries the model, is not installed")
    code = (
        "import os\nfrom irene_plugins.vad.silero import SileroVad\nvad = SileroVad()\nvad.load()\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    environ = {key: text for key, text in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environ, "TMPDIR": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip(), list(tmp_path.iterdir())) == ("1", [])


def test_no_plugin_imports_onnxruntime_past_it():
    """Every bundled engine takes the module from the one place that quiets it first."""
    paths = [path for path in PLUGINS.rglob("*.py") if "onnxruntime" in imported_by(path)]
    assert paths == []


def test_who_has_decided_already_is_obeyed(monkeypatch):
    """A value of the environment stays as it is."""
    pytest.importorskip("onnxruntime", reason="the engine of the silero VAD is not installed")
    quiet_onnxruntime()  # the first import of this process stays quiet, too
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    assert quiet_onnxruntime().__name__ == "onnxruntime"
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "0"
