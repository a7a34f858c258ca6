"""How records are written, and that no secret is among them."""

import json
import logging
import sys

import pytest

from irene.cli.logs.events import log_event
from irene.cli.logs.formats import JournalFormat, JsonFormat, TextFormat
from irene.cli.logs.secrecy import masking
from irene.config.loading import load_config
from irene.config.rendering import render_effective
from irene.config.secrets import is_secret
from irene.domain.events import ErrorRaised, SpeechEnded, TranscriptPartial
from irene.domain.kinds import Kind
from irene.plugin.registry import ComponentRegistry


def plain(text):
    """Mask nothing."""
    return text


def record(text="hello", level=logging.WARNING, **more):
    """Return a record of the first second of 1970."""
    made = logging.LogRecord("irene.test", level, __file__, 1, text, None, more.pop("exc", None))
    made.created = 0.25
    vars(made).update(more)
    return made


def failure():
    """Return what `logging.exception` knows of an error."""
    try:
        raise ValueError('no "such" thing')
    except ValueError:
        return sys.exc_info()


def test_a_line_says_when_how_grave_who_and_what():
    """Time is UTC, to the millisecond."""
    line = TextFormat(plain).format(record())
    assert line == "1970-01-01T00:00:00.250+00:00 warning  irene.test: hello"


def test_an_event_names_its_session():
    """In brackets, so that the lines of one are found."""
    event = SpeechEnded(start_s=0.0, session=3, end_s=1.5)
    line = TextFormat(plain, has_time=False).format(record(event=event))
    assert line == "warning  irene.test [3]: hello"


def test_further_lines_are_indented():
    """Whoever said them: nobody can forge the beginning of a record."""
    text = TextFormat(plain).format(record("one\n1970-01-01 error x: two", exc=failure()))
    first, *others = text.split("\n")
    assert first.endswith("one")
    assert len(others) > 3
    assert all(line.startswith("    ") for line in others)


def test_json_is_one_line_with_everything():
    """The event as in `irene run --json`, a traceback as a text."""
    event = SpeechEnded(start_s=0.0, session=3, end_s=1.5)
    text = JsonFormat(plain).format(record("a\nb", exc=failure(), event=event))
    assert "\n" not in text
    said = json.loads(text)
    assert list(said) == ["time", "level", "logger", "message", "session", "event", "exception"]
    assert (said["message"], said["session"], said["event"]) == ("a\nb", 3, event.to_dict())
    assert said["exception"].endswith('ValueError: no "such" thing')


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3)],
)
def test_the_journal_reads_a_priority_before_every_line(level, priority):
    """As syslog counts them."""
    inner = TextFormat(plain, has_time=False)
    text = JournalFormat(inner).format(record("one\ntwo", level))
    assert [line[:3] for line in text.split("\n")] == [f"<{priority}>"] * 2


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (ErrorRaised(code="device", message="gone"), "ERROR"),
        (TranscriptPartial(text="wha"), "DEBUG"),
        (SpeechEnded(start_s=0.0, end_s=1.0), "INFO"),
    ],
)
def test_how_grave_an_event_is(caplog, event, level):
    """Each goes to a logger of its own name."""
    with caplog.at_level("DEBUG", "irene"):
        log_event(event)
    (found,) = caplog.records
    assert (found.levelname, found.name) == (level, f"irene.events.{event.event}")
    assert found.event is event


SECRET = 'hush"hush'


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A configuration with a secret in each of the places where there may be one."""
    monkeypatch.setenv("LLM_API_KEY", f"{SECRET}-key")
    (tmp_path / "own.token").write_text(f"{SECRET}-file\n")
    file = tmp_path / "irene.toml"
    file.write_text(
        """
[performance]
otel_endpoint = "http://ann:pass-word@collector.local/?key=query-secret"
[intents]
handlers = ["time", "webhook"]
fallback = ["llm"]
[intents.providers.llm]
url = "http://llm.local/v1"
model = "x"
api_key = "${LLM_API_KEY}"
[intents.providers.webhook]
url = "http://hook.local/"
token_file = "own.token"
"""
    )
    return load_config(file, registry=ComponentRegistry.installed())


def test_secrets_are_masked_wherever_they_come_from(config):
    """In messages, tracebacks and events, as text and as JSON."""
    masked = masking(config)
    secrets = (f"{SECRET}-key", f"{SECRET}-file", "pass-word", "query-secret")
    said = f"refused {secrets[0]} and {secrets[1]} at {config.intents.providers['webhook'].options}"
    text = f"http://ann:pass-word@x/?key=query-secret {SECRET}-file"
    event = TranscriptPartial(text=text)
    try:
        raise ValueError(said)
    except ValueError:
        found = record(said, exc=sys.exc_info(), event=event)
    for written in (
        TextFormat(masked).format(found),
        JsonFormat(masked).format(found),
        render_effective(config, origin=True),
    ):
        text = written.replace("\\", "")
        assert not [one for one in secrets if one in text]
        assert "***" in text


def test_no_option_of_a_secret_name_shows_when_options_are_printed():
    """A traceback or a debugger may print them."""
    registry = ComponentRegistry.installed()
    shown = [
        (kind, name, field.name)
        for kind in Kind
        for name, entry in registry.entries(kind).items()
        for field in getattr(entry.cls.Options, "__dataclass_fields__", {}).values()
        if is_secret(field.name) and field.repr
    ]
    assert shown == []


def test_a_configuration_without_secrets_masks_addresses_alone():
    """Short values of secret keys are no secrets: they would be found everywhere."""
    config = load_config({}, registry=ComponentRegistry.installed())
    assert masking(config)("a: http://u:p@h/") == "a: http://***@h/"
