"""Work in a process of its own ends with whoever waits for it."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from irene.performance.fresh_process import run_isolated


def wait_for_ever(pid):
    """Press Ctrl-C for the one who waits, and never end."""
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    os.kill(pid, signal.SIGINT)
    threading.Event().wait()


def test_ctrl_c_ends_the_work_and_its_process():
    """The process itself does not hear it, so that it prints no traceback."""
    with pytest.raises(KeyboardInterrupt):
        run_isolated(wait_for_ever, os.getpid())


def test_sigterm_unwinds_a_command_and_is_its_exit_status(tmp_path):
    """What the block holds is put away."""
    code = (
        "import os, signal, sys, tempfile, time\nimport click\n"
        "from irene.cli.stop_signals import unwound_by_sigterm\n"
        "try:\n"
        "    with unwound_by_sigterm(), tempfile.TemporaryDirectory():\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "except click.exceptions.Exit as end:\n    sys.exit(end.exit_code)\n"
    )
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, check=False)
    assert (done.returncode, list(tmp_path.iterdir())) == (143, [])
