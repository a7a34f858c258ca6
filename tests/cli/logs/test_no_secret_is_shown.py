"""One configuration full of secrets, and everything that irene prints or keeps about it."""

import io
import json
import re
import socket

import pytest

from irene.pipeline.assistant import Assistant

for engine in ("hassil", "yaml"):
    pytest.importorskip(engine, reason=f"an assistant in writing needs {engine}")

SECRETS = {
    "file": "s3cr3t-of-a-file",
    "variable": "s3cr3t-of-a-variable",
    "header": "s3cr3t-of-a-header",
    "plain": "s3cr3t-in-plain-text",
    "address": "s3cr3t-in-an-address",
}
LEAK = re.compile("s3cr3t")
CONFIG = """
[assistant]
name = "secretive"
apology = "Pardon?"
[performance]
store = false
otel_endpoint = "http://me:{address}@127.0.0.1:{port}/?key={address}"
[intent_recognition]
tiers = []
[intents]
sentences = ["sentences"]
handlers = ["help", "hook", "plain"]
[intents.providers.hook]
type = "webhook"
url = "http://127.0.0.1:{port}/hook"
intents = ["CallTheHook"]
token = "${{file:hook.token}}"
headers = {{ X-One = "${{HOOK_TOKEN}}", X-Two = "Bearer ${{file:header}}" }}
[intents.providers.plain]
type = "webhook"
url = "http://127.0.0.1:{port}/plain"
intents = ["CallAnother"]
token = "{plain}"
[logging]
file = "irene.log"
level = "debug"
levels = {{ "" = "debug" }}
"""
SENTENCES = """
language: en
intents:
  CallTheHook:
    data: [{sentences: [call the hook]}]
  CallAnother:
    data: [{sentences: [call another]}]
"""


@pytest.fixture
def secretive(own_folder, monkeypatch):
    """A configuration with a secret in each place where there may be one; nobody answers it."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    (own_folder / "hook.token").write_text(SECRETS["file"])
    (own_folder / "header").write_text(SECRETS["header"])
    monkeypatch.setenv("HOOK_TOKEN", SECRETS["variable"])
    (own_folder / "sentences" / "en").mkdir(parents=True)
    (own_folder / "sentences" / "en" / "mine.yaml").write_text(SENTENCES)
    (own_folder / "irene.toml").write_text(CONFIG.format(port=port, **SECRETS))
    return own_folder


def printed(outcome):
    """Return everything that a command has printed."""
    return outcome.out + outcome.err


@pytest.mark.parametrize(
    "command",
    [
        ("config", "show", "--origin"),
        ("config", "check"),
        ("config", "migrate"),
        pytest.param(("doctor", "--no-self-test", "--json"), marks=pytest.mark.slow),
        ("providers", "--json"),
        ("install-service", "--dry-run"),
    ],
    ids=" ".join,
)
def test_no_command_shows_a_secret(irene, secretive, command):
    """But for what stands in the very lines that a diff shows, which is whose secret it was."""
    text = printed(irene(*command))
    assert text
    assert not LEAK.search(text)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_neither_events_nor_the_log_of_a_run_hold_a_secret(irene, secretive, monkeypatch, format_):
    """Though every handler fails while it sends one."""
    monkeypatch.setattr("sys.stdin", io.StringIO("call the hook\ncall another\n"))
    outcome = irene("run", "--text", "--json", "--set", f"logging.format={format_}")
    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert len([one for one in events if one["event"] == "error"]) == 2
    log = (secretive / "irene.log").read_text()
    assert "irene.events.error" in log
    assert not LEAK.search(printed(outcome) + log)


def test_what_an_assistant_tells_about_itself_holds_no_secret(secretive):
    """`irene status` and `irene providers --live` print this."""
    assistant = Assistant.from_config()
    told = [assistant.status().to_dict(), *(one.to_dict() for one in assistant.providers())]
    text = json.dumps(told)
    assert "secretive" in text
    assert not LEAK.search(text)
    assert not LEAK.search(repr([one.options for one in options_of(assistant)]))


def options_of(assistant):
    """Return the tables of all handlers."""
    return assistant.config.intents.providers.values()
