"""Asking in writing: `irene ask`, and `irene run --text`."""

import json
import subprocess
import sys

import pytest


def typed(lines, *arguments):
    """Run `irene run --text` on these lines in a process of its own."""
    command = [sys.executable, "-m", "irene", "run", "--text", *arguments]
    return subprocess.run(
        command, input=lines, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_question_is_answered(irene):
    """The answer alone is on standard output."""
    done = irene("ask", "what", "time", "is", "it")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("It is ")
    assert done.out.count("\n") == 1


def test_several_commands_are_answered_in_one_line(irene):
    """As in one breath."""
    done = irene("ask", "what time is it and what day is it")
    assert "It is " in done.out
    assert "Today is " in done.out


def test_what_is_not_understood_has_an_exit_status(irene):
    """The apology is the answer, and the status is 6."""
    done = irene("ask", "colourless", "green", "ideas")
    assert (done.code, done.out) == (6, "Sorry, I did not understand.\n")


def test_events_can_be_read_as_json(irene):
    """One object a line: intent, response, end of session."""
    done = irene("ask", "--json", "what time is it")
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["event"] for event in events] == [
        "intent_recognized",
        "response",
        "session_ended",
    ]


def test_an_empty_question_is_refused(irene):
    """With one line that says so."""
    done = irene("ask", "  ")
    assert (done.code, done.out) == (2, "")
    assert done.err == "irene ask: the text is empty\n"


def test_a_wrong_configuration_is_told_in_one_line(irene):
    """As for every command."""
    done = irene("ask", "hello", "--set", "assistant.langage=de")
    assert done.code == 2
    assert "did you mean" in done.err


def test_neither_ears_nor_mouth_are_needed(irene):
    """Providers of sound that are missing do not matter."""
    done = irene("ask", "--set", "asr.default_provider=vosk", "what time is it")
    assert done.code == 0


def test_lines_of_text_are_a_conversation():
    """Each line has its answer; the memory reaches from one to the next."""
    done = typed("what time is it\n\nsay that again\n")
    first, second = done.stdout.splitlines()
    assert first == second
    assert (done.returncode, done.stderr) == (0, "")


def test_the_end_of_the_lines_ends_the_conversation():
    """Nothing was asked: nothing was answered."""
    done = typed("")
    assert (done.returncode, done.stdout) == (6, "")


@pytest.mark.parametrize("option", [("--input", "x.wav"), ("--output", "none"), ("--realtime",)])
def test_text_goes_without_sound(irene, option):
    """Options of sound beside `--text` are a mistake that is named."""
    done = irene("run", "--text", *option)
    assert done.code == 2
    assert "--text goes without" in done.err
