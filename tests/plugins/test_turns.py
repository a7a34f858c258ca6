"""Programs that share a state folder: one changes it at a time, and one announces what is due."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from irene import HandlerContext, Intent
from irene.testing import ScriptedServices, VirtualClock
from irene_plugins.intents.agenda.timers import TimerHandler
from irene_plugins.intents.agenda.turns import Presence, Turn

pytest.importorskip("yaml", reason="the extra `intents` is not installed")
pytest.importorskip("fcntl", reason="files cannot be locked here")

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from irene.testing import ScriptedServices, VirtualClock
from irene_plugins.intents.agenda.timers import TimerHandler

class Services(ScriptedServices):
    def announce(self, response, *, rings=False):
        if sys.argv[2] == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().announce(response, rings=rings)

class RealPauses(VirtualClock):
    def sleep(self, seconds):
        time.sleep(seconds)

services = Services(Path(sys.argv[1]), RealPauses())
handler = TimerHandler()
handler.start(services)
print("ready", flush=True)
sys.stdin.readline()
services.advance(60)
print(len(services.announced), flush=True)
"""
HOLDER = """
import sys
from pathlib import Path
from irene.domain.clock import SystemClock
from irene_plugins.intents.agenda.turns import Presence, Turn
folder = Path(sys.argv[1])
presence = Presence(folder / "speakers", SystemClock())
presence.enter()
with Turn(folder / "x.lock", SystemClock()).taken():
    print("ready", flush=True)
    sys.stdin.readline()
"""


def program(code, *arguments):
    """Start a program and wait until it is ready."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = subprocess.Popen(command, text=True, **pipes)
    assert started.stdout.readline() == "ready\n"
    return started


def went_on(started):
    """Let a program go on; return what it says and its status."""
    out, _ = started.communicate("\n", timeout=20)
    return out, started.returncode


class RealPauses(VirtualClock):
    """Virtual time, but who waits for a turn really does: other threads must get on."""

    def sleep(self, seconds):
        """Block the calling thread for as long; waits are 10 ms."""
        time.sleep(seconds)


def keeping(folder, clock, speaks=True):
    """Return a handler of timers that has begun to work, and its services."""
    services = ScriptedServices(folder, clock)
    services.speaks = speaks
    handler = TimerHandler()
    handler.start(services)
    return handler, services


def set_timer(handler, services, seconds=60):
    """Have a timer set."""
    intent = Intent("HassStartTimer", "", "en", {"seconds": seconds})
    handler.handle(intent, HandlerContext(services.clock.now()))


def with_a_timer(folder):
    """Leave a timer of a minute in the folder, as a program that has ended does."""
    handler, services = keeping(folder, VirtualClock())
    set_timer(handler, services)
    handler.close()


def all_at_once(work, working):
    """Do the work for each on a thread of its own, all at the same moment."""
    barrier = threading.Barrier(len(working))

    def one(each):
        barrier.wait()
        work(*each)

    threads = [threading.Thread(target=one, args=(each,)) for each in working]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_one_of_two_programs_announces(tmp_path):
    """Both are woken at the same time; the other keeps quiet."""
    with_a_timer(tmp_path)
    programs = [program(PROGRAM, tmp_path, "lives") for _ in range(2)]
    for one in programs:
        one.stdin.write("\n")
        one.stdin.flush()
    said = sorted(one.communicate(timeout=20)[0] for one in programs)
    assert said == ["0\n", "1\n"]


def test_another_program_takes_over_from_one_that_dies(tmp_path):
    """Killed while it announces: the entry was not written off yet, and the turn is free again."""
    with_a_timer(tmp_path)
    dying, living = (program(PROGRAM, tmp_path, how) for how in ("dies", "lives"))
    assert went_on(dying) == ("", -signal.SIGKILL)
    assert went_on(living) == ("1\n", 0)


def test_what_is_due_while_a_program_ends_is_left_to_the_next(tmp_path):
    """Nobody would hear it any more; what is asked for at that moment does not write it off."""
    clock = VirtualClock()
    handler, services = keeping(tmp_path, clock)
    set_timer(handler, services)
    set_timer(handler, services, 600)
    services.is_over = True
    services.advance(60)
    set_timer(handler, services, 600)
    assert services.announced == []
    _, services = keeping(tmp_path, clock)
    assert len(services.announced) == 1


def test_one_of_many_handlers_announces(tmp_path):
    """Handlers of one process are like programs: each has the file for itself."""
    clock = RealPauses()
    working = [keeping(tmp_path, clock) for _ in range(6)]
    set_timer(*working[0])
    clock.advance(60)
    all_at_once(lambda handler, services: handler._announce_due(), working)
    assert sum(len(services.announced) for _, services in working) == 1


def test_no_timer_is_lost_when_several_programs_set_one(tmp_path):
    """Numbers are given, and files written, one program after the other."""
    clock = RealPauses()
    working = [keeping(tmp_path, clock) for _ in range(6)]
    all_at_once(set_timer, working)
    assert [entry.number for entry in working[0][0].ledger.entries()] == [1, 2, 3, 4, 5, 6]


def test_what_is_due_is_left_to_whoever_speaks(tmp_path):
    """A conversation in writing beside it says nothing, unless the voice does not."""
    clock = VirtualClock()
    speaking, _ = keeping(tmp_path, clock)
    writing, services = keeping(tmp_path, clock, speaks=False)
    set_timer(writing, services)
    services.advance(64.9)
    assert services.announced == []
    services.advance(0.2)
    assert len(services.announced) == 1
    set_timer(writing, services)
    speaking.close()
    services.advance(60)
    assert len(services.announced) == 1, "it was to be looked at five seconds later"
    services.advance(5)
    assert len(services.announced) == 2


def test_who_writes_alone_announces_at_once(tmp_path):
    """Nobody speaks: nothing is left to anybody."""
    writing, services = keeping(tmp_path, VirtualClock(), speaks=False)
    set_timer(writing, services)
    services.advance(60)
    assert len(services.announced) == 1


class SlowAnnouncing(ScriptedServices):
    """Those of a program on a busy machine."""

    def __init__(self, folder, speaks):
        super().__init__(folder, VirtualClock())
        self.speaks = speaks
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def announce(self, response, *, rings=False):
        self.begun.set()
        assert self.may_go_on.wait(20)
        return super().announce(response, rings=rings)


class Busy(VirtualClock):
    """One whose other program is done with its announcement after so many seconds of waiting."""

    def __init__(self, other, done_after_s):
        super().__init__()
        self.other, self.left_s = other, done_after_s

    def sleep(self, seconds):
        self.left_s -= seconds
        if self.left_s <= 0:
            self.other.may_go_on.set()
            time.sleep(0.001)


def announced_beside(folder, done_after_s, one_speaks=True, other_speaks=True):
    """Let a second program find a timer due of which a first one tells slowly; return both."""
    folder.mkdir(exist_ok=True)
    with_a_timer(folder)
    slow, handler = SlowAnnouncing(folder, one_speaks), TimerHandler()
    handler.start(slow)
    thread = threading.Thread(target=slow.advance, args=(66,))
    thread.start()
    assert slow.begun.wait(20)
    clock = Busy(slow, done_after_s)
    clock.advance(66)  # what is left to those who speak is due by then, too
    _, second = keeping(folder, clock, other_speaks)
    slow.may_go_on.set()
    thread.join()
    second.advance(0)
    return slow.announced, second.announced


@pytest.mark.parametrize("one_speaks", [True, False])
@pytest.mark.parametrize("other_speaks", [True, False])
def test_what_another_program_announces_slowly_is_told_once(tmp_path, one_speaks, other_speaks):
    """A busy machine starts an assistant, say: five seconds are no hang."""
    first, second = announced_beside(tmp_path, 5, one_speaks, other_speaks)
    assert (len(first), second) == (1, [])


def test_a_voice_does_not_wait_for_ever_for_a_program_that_hangs(tmp_path):
    """After ten seconds the alarm rings all the same; a program that only writes tells nothing."""
    first, second = announced_beside(tmp_path / "a", 100)
    assert (len(first), len(second)) == (1, 1)
    first, second = announced_beside(tmp_path / "b", 100, one_speaks=False, other_speaks=False)
    assert (len(first), len(second)) == (1, 0)


def test_a_program_waits_for_its_turn(tmp_path):
    """Until the other one gives it back; a thread that has it may take it again."""
    turn = Turn(tmp_path / "x.lock", VirtualClock())
    order = []
    begun = threading.Event()

    def second():
        begun.wait()
        with turn.taken():
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with turn.taken(), turn.taken():
        begun.set()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_program_that_hangs_is_not_waited_for_for_ever(tmp_path):
    """Two seconds; then an alarm rings all the same."""
    holder = program(HOLDER, tmp_path)
    clock = VirtualClock()
    began_s = clock.monotonic()
    with Turn(tmp_path / "x.lock", clock).taken():
        assert clock.monotonic() - began_s == pytest.approx(2)
    went_on(holder)


def test_whoever_is_killed_is_there_no_more(tmp_path):
    """Neither its turn nor its presence outlives a program."""
    holder = program(HOLDER, tmp_path)
    clock = VirtualClock()
    began_s = clock.monotonic()
    presence = Presence(tmp_path / "speakers", clock)
    assert presence.is_anybody()
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate(timeout=20)
    assert not presence.is_anybody()
    with Turn(tmp_path / "x.lock", clock).taken():
        assert clock.monotonic() == began_s


def test_without_a_folder_everybody_is_on_their_own(tmp_path):
    """A disk that takes nothing costs nobody an alarm."""
    nowhere = tmp_path / "missing"
    presence = Presence(nowhere / "speakers", VirtualClock())
    presence.enter()
    assert not presence.is_anybody()
    with Turn(nowhere / "x.lock", VirtualClock()).taken():
        pass
