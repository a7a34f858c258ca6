"""Real programs are run when an alert begins and ends; nothing that they do holds anybody up."""

import os
import sys
import time
from pathlib import Path

from irene.config.sections import AlertRule
from irene.performance.alerts.commands import MOST_WAITING, AlertCommands
from irene.performance.alerts.evaluation import Change


def change(*command, is_over=False, timeout_s=10.0, value=0.75, series="irene_x"):
    rule = AlertRule(
        name="slow $(reboot)",
        metric="irene_x",
        threshold=0.5,
        command=command,
        command_timeout_s=timeout_s,
    )
    return Change(rule, series, value, is_over=is_over)


def wait_for(condition, limit_s=20.0):
    until = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.005)


WRITE = (
    "import os, sys\n"
    "with open(sys.argv[1], 'a') as file:\n"
    "    told = {k: v for k, v in os.environ.items() if k.startswith('IRENE_ALERT_')}\n"
    "    print(sorted(told.items()), sys.argv[2:], file=file)\n"
)


def test_a_program_is_told_what_happened(tmp_path):
    """In its environment; its words are not read by a shell."""
    path, problems = tmp_path / "told", []
    commands = AlertCommands("kitchen", problems.append)
    words = (sys.executable, "-c", WRITE, str(path), "$HOME; echo *")
    commands.run(change(*words))
    commands.run(change(*words, is_over=True, value=None))
    wait_for(lambda: path.exists() and len(path.read_text().splitlines()) == 2)
    raised, cleared = path.read_text().splitlines()
    assert raised.endswith("['$HOME; echo *']")
    for pair in (
        ("STATE", "raised"),
        ("NAME", "slow $(reboot)"),
        ("METRIC", "irene_x"),
        ("STATISTIC", "value"),
        ("VALUE", "0.75"),
        ("THRESHOLD", "0.5"),
        ("ASSISTANT", "kitchen"),
    ):
        assert str((f"IRENE_ALERT_{pair[0]}", pair[1])) in raised
    assert "('IRENE_ALERT_STATE', 'cleared')" in cleared
    assert "('IRENE_ALERT_VALUE', '')" in cleared
    assert problems == []


def test_a_program_that_does_not_exist_is_told_of():
    """In one line with the name of the alert."""
    problems = []
    AlertCommands("irene", problems.append).run(change("no-such-program"))
    wait_for(lambda: problems)
    assert problems == [
        "command 'no-such-program' of alert 'slow $(reboot)': no such file or directory"
    ]


def test_a_program_that_fails_is_told_of_with_its_last_words():
    """Its status, and the last line that it wrote."""
    problems = []
    code = "import sys; print('first', file=sys.stderr); sys.exit('no network')"
    AlertCommands("irene", problems.append).run(change(sys.executable, "-c", code))
    wait_for(lambda: problems)
    assert problems[0].endswith(": exit status 1: no network")


def test_a_program_that_hangs_is_killed_with_what_it_started(tmp_path):
    """The next one runs all the same."""
    path, problems = tmp_path / "child", []
    commands = AlertCommands("irene", problems.append)
    hang = f'sleep 600 & echo $! > "{path}.new"; mv "{path}.new" "{path}"; wait'
    commands.run(change("sh", "-c", hang, timeout_s=1.5))
    commands.run(change(sys.executable, "-c", WRITE, str(tmp_path / "next")))
    wait_for((tmp_path / "next").exists)
    assert problems[0].endswith("took longer than 1.5 s and was killed")
    wait_for(lambda: not _lives(int(path.read_text())))


def _lives(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False


def test_programs_do_not_pile_up(tmp_path):
    """Beyond a limit they are not run, and that is told."""
    problems = []
    commands = AlertCommands("irene", problems.append)
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    commands.run(change("sh", "-c", f'read line < "{gate}"'))
    wait_for(lambda: not commands._waiting)
    for _ in range(MOST_WAITING + 3):
        commands.run(change("true"))
    gate.write_text("go\n")
    wait_for(lambda: not commands._is_running)
    assert len([line for line in problems if "wait already" in line]) == 3


def test_a_rule_without_a_program_runs_none():
    """Nothing is started."""
    commands = AlertCommands("irene", lambda line: None)
    commands.run(change())
    assert not commands._is_running
