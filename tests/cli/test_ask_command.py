"""Asking in writing: `irene ask`, and `irene run --text`."""

import asyncio
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from quick_start import ONE_HANDLER

from irene import NO_CONTEXT, Intent, IntentHandler, IntentMatcher, IntentRecognizer
from irene.cli.runs.typed_run import AnswerPrinter, TypedRun
from irene.config.loading import load_config
from irene.domain.events import ErrorRaised, Warned
from irene.plugin.host import installed_plugins
from irene.testing import registry_of


@pytest.fixture
def typed(irene, monkeypatch):
    """Return a function that runs `irene run --text` on these lines."""

    def run(lines, *arguments):
        Path("lines.txt").write_text(lines, encoding="utf-8")
        with Path("lines.txt").open(encoding="utf-8") as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            return irene("run", "--text", *arguments)

    return run


def start(*arguments, **options):
    """Start the command in a process of its own, with bytes on its pipes."""
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    return subprocess.Popen([sys.executable, "-m", "irene", *arguments], **{**pipes, **options})


def said(process, line):
    """Type a line and return the first line of its answer."""
    process.stdin.write(line)
    process.stdin.flush()
    return process.stdout.readline()


def ended(process):
    """Return the exit status of a process that should be about to end, and its last words."""
    status = process.wait(20)
    with process.stderr as stderr:
        return status, stderr.read()


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


HOOK = ("--set", 'intents.handlers=["time", "webhook"]', "--set", 'intents.sentences=["hook"]')
OPEN_SESAME = """
language: en
intents:
  OpenSesame:
    data:
      - sentences: ["open sesame"]
"""


@pytest.fixture
def closed_port():
    """A port of this machine at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture
def open_sesame(own_folder, closed_port):
    """Return the options of a sentence that is posted to nobody."""
    (own_folder / "hook" / "en").mkdir(parents=True)
    (own_folder / "hook" / "en" / "cave.yaml").write_text(OPEN_SESAME)
    url = f'intents.providers.webhook.url="http://127.0.0.1:{closed_port}/"'
    wanted = 'intents.providers.webhook.intents=["OpenSesame"]'
    return (*HOOK, "--set", url, "--set", wanted)


def test_an_apology_for_a_server_that_is_down_is_a_failure(irene, open_sesame):
    """The apology is the answer, why is told once, and the status is that of the error."""
    done = irene("ask", *open_sesame, "open sesame")
    assert (done.code, done.out) == (3, "Sorry, that did not work.\n")
    assert done.err.startswith("irene: webhook: the webhook at http://127.0.0.1:")
    assert done.err.count("\n") == 1


def test_a_broker_that_cannot_be_reached_is_told_once(irene, open_sesame, closed_port):
    """The warning of the start says why the command fails."""
    pytest.importorskip("paho.mqtt", reason="the extra `mqtt` is not installed")
    settings = ("host='127.0.0.1'", f"port={closed_port}", "intents=['OpenSesame']")
    broker = (part for one in settings for part in ("--set", f"intents.providers.mqtt.{one}"))
    handlers = ("--set", "intents.handlers=['mqtt']")
    done = irene("ask", *open_sesame, *handlers, *broker, "open sesame")
    assert (done.code, done.out) == (3, "Sorry, that did not work.\n")
    assert done.err.count("cannot be reached") == 1


def test_every_question_that_fails_says_why(capsysbinary):
    """Only what was told just before is not repeated."""
    printer = AnswerPrinter()
    for event in (Warned, ErrorRaised, ErrorRaised):
        fields = {"code": "provider_failed"} if event is ErrorRaised else {}
        printer.show(event(message="no broker", **fields))
    assert capsysbinary.readouterr().err == b"irene: no broker\n" * 2


def test_programs_are_told_the_failure_as_an_error(irene, open_sesame):
    """An `error` event of the session, between the intent and the apology."""
    done = irene("ask", "--json", *open_sesame, "open sesame")
    events = [json.loads(line) for line in done.out.splitlines()]
    names = [event["event"] for event in events]
    assert names == ["intent_recognized", "error", "response", "session_ended"]
    assert (events[1]["code"], events[1]["session"]) == ("provider_failed", 1)


def test_one_of_several_commands_that_fails_fails_the_question(irene, open_sesame):
    """What was done is told, and a script learns that not all was."""
    done = irene("ask", *open_sesame, "what time is it and open sesame")
    assert done.code == 3
    assert done.out.startswith("It is ")


def test_a_conversation_that_answered_anything_succeeds(typed, open_sesame):
    """One failure among several lines does not make all of them fail."""
    done = typed("open sesame\nwhat time is it\n", *open_sesame)
    assert done.code == 0
    assert typed("open sesame\n", *open_sesame).code == 3


BROKEN_HANDLER = """
from irene import IntentHandler, hookimpl


class Broken(IntentHandler[None]):
    name = "broken"
    intents = ("OpenSesame",)

    def handle(self, intent, context):
        return {}["treasure"]


@hookimpl
def irene_intent_handlers():
    return [Broken]
"""


def test_what_a_handler_raises_is_told_once_with_its_place(irene, open_sesame, own_folder):
    """File and line are the plugin's own; the status is that of a provider that failed."""
    (own_folder / "extra").mkdir()
    (own_folder / "extra" / "broken.py").write_text(BROKEN_HANDLER)
    found = f'plugins.paths=["{own_folder}/extra"]'
    options = ("--set", found, "--set", 'intents.handlers=["broken"]')
    done = irene("ask", *HOOK[2:], *options, "open sesame")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        "irene: intents provider 'broken' failed: KeyError: 'treasure' (broken.py:10)\n"
    )


def test_a_command_that_fails_after_another_is_regretted(irene, open_sesame, own_folder):
    """It was understood; only what it asked for did not work."""
    (own_folder / "extra").mkdir()
    (own_folder / "extra" / "broken.py").write_text(BROKEN_HANDLER)
    found = f'plugins.paths=["{own_folder}/extra"]'
    options = ("--set", found, "--set", 'intents.handlers=["time", "broken"]')
    done = irene("ask", *HOOK[2:], *options, "what time is it and open sesame")
    assert done.code == 3
    assert done.out.startswith("It is ")
    assert done.out.endswith(" Sorry, that did not work.\n")


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


def test_lines_of_text_are_a_conversation(typed):
    """Each line has its answer; the memory reaches from one to the next."""
    done = typed("what time is it\n\nsay that again\n")
    first, second = done.out.splitlines()
    assert first == second
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("lines", ["", "\n  \n"])
def test_the_end_of_the_lines_ends_the_conversation(typed, lines):
    """Nothing was asked, nothing was answered: one line says why the status is 6."""
    done = typed(lines)
    assert (done.code, done.out) == (6, "")
    assert done.err.startswith("irene: nothing was typed: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "option",
    [
        ("--input", "x.wav"),
        ("--output", "none"),
        ("--realtime",),
        ("--metrics-port", "9"),
        ("--metrics-host", "::1"),
    ],
)
def test_text_goes_without_sound(irene, option):
    """Options of sound beside `--text` are a mistake that is named."""
    done = irene("run", "--text", *option)
    assert done.code == 2
    assert "--text goes without" in done.err


def test_what_is_no_text_is_not_understood_and_the_next_line_is():
    """Bytes that are no UTF-8 neither hang nor end the conversation."""
    run = start("run", "--text", *ONE_HANDLER)
    assert said(run, b"\xff\xfe\n") == b"Sorry, I did not understand.\n"
    assert said(run, b"what time is it\n").startswith(b"It is ")
    run.stdin.close()
    assert ended(run) == (0, b"")


def test_bytes_that_are_no_text_hurt_neither_handlers_nor_programs():
    """A handler may write down what it was asked, and each event stays one JSON object."""
    question = b"set a \xff timer for five minutes"
    process = start("ask", "--json", "--set", 'intents.handlers=["timers"]', question)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    events = [json.loads(line) for line in out.splitlines()]
    assert "5 minutes" in next(one["text"] for one in events if one["event"] == "response")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_conversation_cleanly(number):
    """Also while it waits for a line; exit status 0, nothing on standard error."""
    run = start("run", "--text", *ONE_HANDLER)
    assert said(run, b"what time is it\n").startswith(b"It is ")
    run.send_signal(number)
    assert ended(run) == (0, b"")


def test_a_signal_ends_a_conversation_at_a_terminal():
    """The thread that waits for the keyboard does not hold the end up, or crash in it."""
    keyboard, terminal = pty.openpty()
    run = start("run", "--text", *ONE_HANDLER, stdin=terminal)
    try:
        os.write(keyboard, b"what time is it\n")
        assert run.stdout.readline().startswith(b"It is ")
        run.send_signal(signal.SIGINT)
        status, prompts = ended(run)
        assert status == 0
        assert prompts in (b"> \n", b"> > \n")  # the signal may come before the next prompt
    finally:
        os.close(keyboard)
        os.close(terminal)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_question_cleanly(number, signalled):
    """While a handler is at work: the session ends, the status is the shell's for the signal."""
    told, held = [], threading.Event()

    class Slow(IntentHandler):
        """Is interrupted in the middle of an answer."""

        name = "slow"
        intents = ("Anything",)

        def handle(self, intent, context):
            """Answer late."""
            signalled(number)
            held.wait(5)

    class Anything(IntentRecognizer):
        """Understands everything."""

        name = "anything"

        def open_matcher(self, sources):
            """Compile nothing."""
            return _Anything()

    registry = registry_of(Anything, Slow, installed=installed_plugins())
    settings = {
        "intent_recognition": {"default_provider": "anything"},
        "intents": {"handlers": ["slow"]},
    }
    printer = SimpleNamespace(show=told.append)
    run = TypedRun(load_config(settings, registry=registry), registry, printer)
    asyncio.run(run.ask("hello"))
    held.set()
    assert run.exit_code == 128 + number
    assert told[-1].reason == "cancelled"


class _Anything(IntentMatcher):
    def match(self, text, language, context=NO_CONTEXT):
        return Intent("Anything", text)


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_reader_that_goes_away_ends_a_conversation_quietly(options):
    """As in `irene run --text | head -1`."""
    run = start("run", "--text", *ONE_HANDLER, *options)
    assert said(run, b"what time is it\n")
    run.stdout.close()
    run.stdin.write(b"what time is it\n")
    run.stdin.flush()
    assert ended(run) == (1, b"")


def test_an_answer_that_nobody_reads_is_told_by_the_status():
    """As in `irene ask what time is it | true`."""
    run = start("ask", *ONE_HANDLER, "what", "time", "is", "it")
    run.stdout.close()
    assert ended(run) == (1, b"")
