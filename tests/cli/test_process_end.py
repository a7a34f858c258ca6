"""The end of a process whose engines do not return."""

import signal
import subprocess
import sys
from contextlib import suppress

import click
import pytest

from irene.cli.runs.stop_signals import unwound_by_sigterm

IRENE_RUN = [sys.executable, "-m", "irene", "run"]
HANGING = """
import atexit, threading
from irene.cli.runs.process_end import leave_hanging_threads

atexit.register(print, "finalised")
wait = threading.Event().wait
threading.Thread(target=lambda: wait({seconds}), name="irene-load", daemon=True).start()
print("said", end="")
leave_hanging_threads(3)
"""

READING = """
import atexit, threading
from irene import IntentRecognizer
from irene.cli.runs.process_end import leave_hanging_threads
from irene.components.chain.candidate import Candidate
from irene.components.understanding.tiers import Tier

class Reader(IntentRecognizer):
    name = "reader"

    def open_matcher(self, sources):
        begun.set()
        threading.Event().wait(0.4)

begun = threading.Event()
atexit.register(print, "finalised")
tier = Tier(Candidate("reader", Reader()), lambda name, error: None)
tier.read([])
tier.open()
begun.wait(30)
print("said", end="")
leave_hanging_threads(3)
"""

IMPATIENT = """
import signal, threading, time
from irene.cli.runs.process_end import leave_hanging_threads

wait = threading.Event().wait
threading.Thread(target=lambda: wait(60), name="irene-load", daemon=True).start()
main = threading.main_thread().ident
threading.Timer(0.1, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
leave_hanging_threads(130)
"""

SLOW = """
import time
from irene import hookimpl
from irene.testing import ScriptedAsr

class SlowAsr(ScriptedAsr):
    name = "slow"

    def _load(self):
        print("loading", flush=True)
        time.sleep(60)

@hookimpl
def irene_asrs():
    return [SlowAsr]
"""


@pytest.mark.parametrize(
    ("seconds", "code", "out"), [("60", 3, "said"), ("0", 0, "saidfinalised\n")]
)
def test_the_interpreter_is_not_finalised_over_a_hanging_thread(seconds, code, out):
    """It would take the thread down in the midst of an engine; what was printed is not lost."""
    code_text = HANGING.format(seconds=seconds)
    done = subprocess.run(
        [sys.executable, "-c", code_text], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (code, out)


def test_nobody_waits_for_sentences_about_which_nobody_will_ask():
    """A tier that is still being read is left at once, however short that would take."""
    code_text = READING
    done = subprocess.run(
        [sys.executable, "-c", code_text], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout) == (3, "said")


def test_a_second_ctrl_c_while_threads_are_waited_for_leaves_at_once():
    """With the status of the first one, and without a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", IMPATIENT], check=False, capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_while_an_engine_loads_ends_at_once(install_plugin):
    """With the status of a run that was stopped, though the engine does not return."""
    install_plugin("slow", SLOW)
    run = subprocess.Popen(
        [*IRENE_RUN, "--config", "minimal", "--input", "-", "--set", "asr.default_provider=slow"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout.readline() == "loading\n"
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (0, "")
    assert out.endswith("run over      stopped\n")


def test_a_command_that_sigterm_ended_says_so_even_if_it_ended_by_itself():
    """A benchmark shows what it has measured so far, and yet it was told to end: 143."""
    before = signal.getsignal(signal.SIGTERM)

    def measure():
        with unwound_by_sigterm(), suppress(KeyboardInterrupt):
            signal.getsignal(signal.SIGTERM)(signal.SIGTERM, None)

    with pytest.raises(click.exceptions.Exit) as end:
        measure()
    assert end.value.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) == before
