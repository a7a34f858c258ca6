"""What other processes took while this one was profiled."""

import subprocess
import sys

from irene.components.isolation import warden
from irene.performance.profiling.child_processes import ChildProcesses, provider_of

WORKS = """
import sys, time
sys.stdin.readline()
while time.process_time() < 0.1:
    pass
print("done", flush=True)
sys.stdin.readline()
"""


def test_the_process_of_a_provider_is_known_by_the_name_of_its_table():
    """Its warden was started with it; any other process has its own name."""
    command = ["python", "-I", warden.__file__, "asr.providers.vosk", "42", "3", "4", "5"]
    assert provider_of(command) == "asr.providers.vosk"
    assert provider_of(command[:3]) == ""
    assert provider_of(["/usr/bin/parecord", "--rate=16000"]) == ""
    assert provider_of([]) == ""


def test_only_what_was_worked_meanwhile_is_told():
    """A process that ends meanwhile is left out: nobody can ask it any more."""
    children = ChildProcesses()
    worked = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", WORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        children.begin()
        before = {one.pid: one.cpu_s for one in children.end()}
        worked.stdin.write(b"\n")
        worked.stdin.flush()
        assert worked.stdout.readline() == b"done\n"
        after = {one.pid: one for one in children.end()}
        assert before[worked.pid] < 0.05
        assert after[worked.pid].cpu_s >= 0.05
        assert after[worked.pid].name
        assert [one.cpu_s for one in children.end()] == sorted(
            (one.cpu_s for one in children.end()), reverse=True
        )
        worked.communicate(b"\n")
        assert worked.pid not in {one.pid for one in children.end()}
    finally:
        worked.kill()
        worked.wait()
        worked.stdin.close()
        worked.stdout.close()
