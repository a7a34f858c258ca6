"""Work in a process of its own ends with whoever waits for it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest
from waiting import until

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


BUSY = """
import os, sys
from pathlib import Path
from irene.performance.measuring.fresh_process import run_isolated
from irene.performance.optimising.trial_process import fresh_trial

def work(told):
    Path(told).write_text(str(os.getpid()))
    while True:
        pass

if __name__ == "__main__":
    how, told = sys.argv[1:]
    run_isolated(work, told) if how == "run_isolated" else fresh_trial(told, work, 60)
"""


@pytest.mark.parametrize("how", ["run_isolated", "fresh_trial"])
def test_a_process_that_works_ends_with_whoever_is_killed_while_waiting_for_it(how, tmp_path):
    """It would take a whole processor, for nobody."""
    script, told = tmp_path / "busy.py", tmp_path / "pid"
    script.write_text(BUSY)
    with subprocess.Popen([sys.executable, str(script), how, str(told)]) as waiting:
        until(lambda: told.exists() and told.read_text())
        waiting.kill()
    worker = int(told.read_text())
    try:
        until(lambda: not psutil.pid_exists(worker))
    except AssertionError:
        os.kill(worker, signal.SIGKILL)
        raise


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
