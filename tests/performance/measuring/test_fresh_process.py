"""Work in a process of its own ends with whoever waits for it."""

import os
import subprocess
import sys

WAITING = """
import os, signal, threading
from irene.performance.measuring.fresh_process import run_isolated

def wait_for_ever(pid):
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    os.kill(pid, signal.SIGINT)
    threading.Event().wait()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run_isolated(wait_for_ever, os.getpid())
    except KeyboardInterrupt:
        print("interrupted")
"""


def test_ctrl_c_ends_the_work_and_its_process(tmp_path):
    """The process itself does not hear it, so that it prints no traceback."""
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    command = [sys.executable, str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")


def test_sigterm_unwinds_a_command_and_is_its_exit_status(tmp_path):
    """What the block holds is put away."""
    code = (
        "import os, signal, sys, tempfile, time\nimport click\n"
        "from irene.cli.runs.stop_signals import unwound_by_sigterm\n"
        "try:\n"
        "    with unwound_by_sigterm(), tempfile.TemporaryDirectory():\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "except click.exceptions.Exit as end:\n    sys.exit(end.exit_code)\n"
    )
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (143, [])
