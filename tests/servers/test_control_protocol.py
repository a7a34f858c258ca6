"""The lines between a running assistant and its clients."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

import irene.errors
from irene.errors import ConfigurationError, IreneError, RequestError
from irene.servers.control.arguments import Arguments
from irene.servers.control.protocol import (
    VERSION,
    Request,
    encoded,
    error_in,
    read_request,
    refusal,
    success,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
ERRORS = [
    cls
    for cls in vars(irene.errors).values()
    if isinstance(cls, type) and issubclass(cls, IreneError)
]


@given(
    st.text(),
    st.dictionaries(st.text(), JSON),
    st.none() | st.integers() | st.text(),
)
def test_a_request_is_read_as_it_was_written(command, arguments, number):
    """On one line, whatever is in it."""
    request = Request(command, arguments, number)
    line = request.to_line()
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_request(line) == request


@given(st.binary())
def test_garbage_is_refused_and_never_anything_worse(line):
    """No bytes at all lead to another exception."""
    with suppress(RequestError):
        assert read_request(line).command is not None


@given(JSON)
def test_json_that_is_no_request_is_refused(message):
    """Of any shape."""
    try:
        request = read_request(json.dumps(message).encode())
    except RequestError:
        return
    assert isinstance(message, dict)
    assert request.command == message["command"]


@given(st.dictionaries(st.sampled_from(["version", "command", "arguments", "id", "x"]), JSON))
def test_what_is_accepted_has_the_form_that_is_documented(message):
    """Nobody behind it has to look again."""
    try:
        request = read_request(json.dumps(message).encode())
    except RequestError:
        return
    assert message.keys() <= {"version", "command", "arguments", "id"}
    assert message.get("version", VERSION) == VERSION
    assert isinstance(request.command, str)
    assert isinstance(request.arguments, dict)
    assert request.id is None or type(request.id) in (int, str)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"status", "no JSON object on one line"),
        (b"[]", "no JSON object"),
        (b"[" * 100_000, "no JSON object on one line"),
        (b"1" * 10_000, "no JSON object"),
        (b'{"command": "status", "arg": 1}', "unknown key 'arg'; known: arguments, command"),
        (b'{"command": 3}', '"command" is missing, or no text'),
        (b"{}", '"command" is missing, or no text'),
        (b'{"command": "say", "arguments": ["hello"]}', '"arguments" is no object'),
        (b'{"command": "status", "version": 2}', "version 2 is not spoken here; use 1"),
        (b'{"command": "status", "version": true}', "version True is not spoken here; use 1"),
        (b'{"command": "status", "id": {}}', '"id" is neither a text nor a whole number'),
    ],
)
def test_a_refusal_says_what_is_wrong(line, reason):
    """In one line, with what would be right where that is known."""
    with pytest.raises(RequestError, match=reason.replace("[", r"\[")):
        read_request(line)


def test_arguments_may_be_left_out():
    """Most commands have none."""
    assert read_request(b'{"command": "status"}') == Request("status")
    assert read_request(b'{"command": "status", "arguments": null}') == Request("status")


@given(st.text(alphabet=st.characters()), JSON)
def test_a_reply_is_one_line_of_json(text, result):
    """Also with halves of surrogate pairs, which no encoding has."""
    line = encoded(success({"text": text, "result": result}, Request("status")))
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"ok": True, "result": {"text": text, "result": result}}


def test_a_reply_has_the_id_of_its_request():
    """Where there is one; 0 is one."""
    assert success(None, Request("status", {}, 0))["id"] == 0
    assert refusal(RequestError("no"), Request("status", {}, "a"))["id"] == "a"
    assert "id" not in success(None, Request("status"))
    assert "id" not in refusal(RequestError("no"))


@pytest.mark.parametrize("cls", ERRORS, ids=lambda cls: cls.code)
def test_an_error_arrives_as_what_it_was(cls):
    """Its class, message and exit status."""
    reply = json.loads(encoded(refusal(cls("what, where"))))
    error = error_in(reply)
    assert (type(error), str(error), error.exit_code) == (cls, "what, where", cls.exit_code)


def test_every_problem_of_a_configuration_arrives():
    """Each is a line for people."""
    error = error_in(refusal(ConfigurationError("a\nb", ["a", "b"])))
    assert isinstance(error, ConfigurationError)
    assert error.problems == ("a", "b")


def test_an_error_of_a_later_irene_keeps_its_exit_status():
    """The class may be unknown here."""
    error = error_in({"ok": False, "error": "no", "code": "something_new", "exit_code": 9})
    assert (type(error), error.exit_code) == (IreneError, 9)
    assert IreneError.exit_code == 1


def test_a_misspelt_argument_is_refused_with_what_was_meant():
    """It is never ignored."""
    arguments = Arguments("stop", {"anwser": True})
    assert arguments.flag("answer") is False
    with pytest.raises(RequestError, match="no argument 'anwser'; did you mean 'answer'"):
        arguments.done()


@pytest.mark.parametrize("text", ["", "  \n", None, 3, ["hello"], "\ud800"])
def test_a_text_has_to_be_one(text):
    """Not empty, and nothing that a voice could choke on."""
    with pytest.raises(RequestError, match=r"^say: 'text' "):
        Arguments("say", {"text": text}).text("text")


def test_a_flag_is_true_or_false():
    """No word, no number."""
    assert Arguments("stop", {"answer": True}).flag("answer") is True
    for wrong in ("true", 1, None):
        with pytest.raises(RequestError, match="true or false"):
            Arguments("stop", {"answer": wrong}).flag("answer")
