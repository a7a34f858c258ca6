"""However the assistant ends, no process of its workers is left."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from worker_bench import is_gone, wait_until

from irene.components.isolation import warden

SCRIPT = Path(__file__).with_name("assistant_script.py")
SLOW = pytest.mark.slow


class Assistant:
    """A process with two workers, one of which may hang; and what these have started."""

    def __init__(self, folder, fault, end):
        children = folder / "children"
        path = os.pathsep.join(map(os.path.abspath, [*sys.path, str(SCRIPT.parent)]))
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(children), fault, end],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )
        self.workers = [int(pid) for pid in self.process.stdout.readline().split()]
        assert len(self.workers) == 2
        family = psutil.Process(self.process.pid).children(recursive=True)
        daemons = [psutil.Process(int(pid)) for pid in children.read_text().split()]
        self.family = [*family, *daemons]
        self.pids = {one.pid for one in self.family}
        assert set(self.workers) < self.pids

    def go_on(self):
        """Let it do what it was asked for."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def is_gone_entirely(self):
        """Whether nothing of it is left."""
        return all(is_gone(pid) or _is_zombie(pid) for pid in self.pids)

    def close(self):
        """Leave nothing behind, whatever the test did."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        for one in self.family:
            with suppress(psutil.NoSuchProcess):
                one.kill()


def _is_zombie(pid):
    """Whether only a parent that does not ask keeps a process: init of a bare container."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def start(tmp_path):
    """Start assistants that are gone after the test."""
    made = []

    def start(fault, end=""):
        made.append(Assistant(tmp_path, fault, end))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (signal.SIGKILL, "spin"),
        pytest.param(signal.SIGKILL, "", marks=SLOW),
        pytest.param(signal.SIGKILL, "defy", marks=SLOW),
        pytest.param(signal.SIGTERM, "spin", marks=SLOW),
        pytest.param(signal.SIGINT, "spin", marks=SLOW),
        pytest.param(signal.SIGSEGV, "spin", marks=SLOW),
        pytest.param(signal.SIGABRT, "sleep", marks=SLOW),
        pytest.param(signal.SIGHUP, "hang", marks=SLOW),
    ],
)
def test_no_worker_survives_a_signal_to_the_assistant(start, number, fault):
    """Idle, hanging, or holding the interpreter: workers and all they started end with it."""
    assistant = start(fault)
    os.kill(assistant.process.pid, number)
    assistant.process.wait()
    wait_until(assistant.is_gone_entirely)


def test_a_worker_whose_assistant_ended_while_it_was_started_ends_at_once():
    """The signal of its parent's end comes to those only who have asked for it in time."""
    command = [sys.executable, "-I", warden.__file__, "label", str(os.getpid() + 1), "0", "0", "0"]
    assert subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 1


@pytest.mark.slow
@pytest.mark.parametrize("end", ["raise", "crash", "close"])
def test_no_worker_survives_the_end_of_the_assistant(start, end):
    """An exception that nobody expected, a crash, or a proper end."""
    assistant = start("spin", end)
    assistant.go_on()
    if end == "close":
        wait_until(lambda: not psutil.Process(assistant.process.pid).children())
    else:
        assistant.process.wait()
    wait_until(assistant.is_gone_entirely)


@pytest.mark.slow
def test_a_warden_that_is_killed_takes_its_worker_along(start):
    """The assistant sees its worker die, and starts another one.

    What has left session and parent behind is found by nobody then: the test itself ends it.
    """
    assistant = start("")
    parent = psutil.Process(assistant.process.pid)
    warden = psutil.Process(assistant.workers[0]).parent()
    assert warden in parent.children()
    warden.kill()
    wait_until(lambda: is_gone(assistant.workers[0]) or _is_zombie(assistant.workers[0]))
    wait_until(lambda: len(parent.children()) == 2)


@pytest.mark.slow
def test_ctrl_c_at_the_terminal_is_for_the_assistant_alone(start):
    """Workers stand in a session of their own: they end when the assistant says so."""
    assistant = start("")
    for pid in assistant.workers:
        assert os.getsid(pid) != os.getsid(assistant.process.pid)
