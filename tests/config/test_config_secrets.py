"""Secrets come from files and variables, and are shown nowhere."""

import pytest

from irene.config.checking import check_config
from irene.config.loading import load_config
from irene.config.rendering import render_effective
from irene.config.secrets import secret_texts
from irene.plugin.registry import ComponentRegistry

REGISTRY = ComponentRegistry.installed()
HOOK = '[intents]\nhandlers = ["webhook"]\n[intents.providers.webhook]\nurl = "http://h/"\n'


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a webhook's keys into a configuration, and gives its path."""

    def write(keys):
        path = tmp_path / "irene.toml"
        path.write_text(HOOK + keys)
        return path

    return write


def loaded(path, **environ):
    """Return the configuration and the webhook's options."""
    config = load_config(path, registry=REGISTRY, environ=environ)
    return config, config.intents.providers["webhook"].options


@pytest.mark.parametrize(
    ("content", "token"),
    [(b"abcd\n", "abcd"), (b"abcd\r\n", "abcd"), (b"\xef\xbb\xbfa b\n\n", "a b\n"), (b"12", "12")],
)
def test_a_file_is_what_it_holds_without_its_last_line_end(written, tmp_path, content, token):
    """Editors put one there; a number stays a text."""
    (tmp_path / "hook.token").write_bytes(content)
    _, options = loaded(written('token = "${file:hook.token}"\n'))
    assert options.token == token


def test_a_file_may_be_a_part_of_a_text(written, tmp_path):
    """In any key; the whole is secret then."""
    (tmp_path / "part").write_text("abcd")
    config, options = loaded(written('headers = { X-Auth = "Bearer ${file:part}" }\n'))
    assert options.headers == {"X-Auth": "Bearer abcd"}
    assert "abcd" not in render_effective(config, origin=True)


def test_a_name_alone_is_looked_for_among_systemd_s_credentials_first(written, tmp_path):
    """One that is not there lies beside the configuration."""
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "one").write_text("of the service")
    (tmp_path / "one").write_text("of the folder")
    (tmp_path / "two").write_text("second")
    path = written('token = "${file:one}"\nheaders = { a = "${file:two}" }\n')
    _, options = loaded(path, CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"))
    assert (options.token, options.headers["a"]) == ("of the service", "second")
    _, options = loaded(path)
    assert options.token == "of the folder"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "no such file or directory"),
        (lambda path: path.mkdir(), "is a directory"),
        (
            lambda path: path.write_bytes(b"\xff"),
            "line 1: byte 0xff is no UTF-8 text; save the file as UTF-8",
        ),
        (lambda path: path.write_bytes(b"x" * 100_001), "has more than 100000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_of_its_key(written, tmp_path, make, reason):
    """With the line of the key."""
    make(tmp_path / "hook.token")
    path = written('token = "${file:hook.token}"\n')
    (problem,) = check_config(path, registry=REGISTRY, environ={})
    assert (problem.line, problem.key) == (5, "intents.providers.webhook.token")
    assert problem.message == f"{tmp_path / 'hook.token'}: {reason}"


def test_an_escaped_reference_to_a_file_is_a_text(written):
    """As with variables."""
    _, options = loaded(written('headers = { a = "$${file:x}" }\n'))
    assert options.headers["a"] == "${file:x}"


@pytest.mark.parametrize(
    ("keys", "key"),
    [
        ('token = "hunter2"\n', "intents.providers.webhook.token"),
        (
            'headers = { Authorization = "hunter2" }\n',
            "intents.providers.webhook.headers.Authorization",
        ),
    ],
)
def test_a_secret_in_the_configuration_itself_is_a_warning_with_its_cure(written, keys, key):
    """It is not repeated."""
    (problem,) = check_config(written(keys), registry=REGISTRY, environ={})
    assert (problem.level, problem.line, problem.key) == ("warning", 5, key)
    assert "${file:PATH}" in problem.message
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize("keys", ['token = "${ANY}"\n', 'token = ""\n', 'token_file = "t"\n'])
def test_a_secret_that_comes_from_elsewhere_is_as_it_should_be(written, keys):
    """Whatever the variable is called."""
    assert check_config(written(keys), registry=REGISTRY, environ={"ANY": "hunter2"}) == []


def test_a_configuration_from_python_holds_what_its_program_has_read():
    """There is no file that could be copied."""
    config = {"intents": {"providers": {"webhook": {"url": "http://h/", "token": "hunter2"}}}}
    assert check_config(config, registry=REGISTRY, environ={}) == []


def test_all_secrets_of_a_configuration_are_known(written, tmp_path):
    """From keys, variables and files; short texts are none."""
    (tmp_path / "t").write_text("from-file\n")
    keys = 'token_file = "t"\nheaders = { a = "${SOME_TOKEN}", password = "abc" }\n'
    config, _ = loaded(written(keys), SOME_TOKEN="from-variable")
    assert secret_texts(config) == {"from-file", "from-variable"}
