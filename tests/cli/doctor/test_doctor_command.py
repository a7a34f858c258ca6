"""`irene doctor`: the whole installation looked over."""

import json
import os

import pytest

pytest.importorskip("pymicro_wakeword", reason="the self-test needs the embedded engines")
pytest.importorskip("pocketsphinx", reason="the self-test needs the embedded engines")


@pytest.fixture(autouse=True)
def packages_fit(monkeypatch):
    """Asking pip takes a second, and is tested where it is asked."""
    monkeypatch.setattr("irene.cli.doctor.machine.packages", lambda: iter(()))


def findings(done, topic):
    """Return the findings of a topic."""
    return [one for one in json.loads(done.out) if one["topic"] == topic]


def test_engines_answer_a_recorded_question(irene, own_folder):
    """From the wake word to the voice, and nothing is changed."""
    done = irene("doctor", "-c", "demo", "--json")
    assert (done.code, done.err) == (0, "")
    found = findings(done, "self-test")
    assert [one["level"] for one in found] == ["ok"] * 4
    text = " ".join(one["text"] for one in found)
    assert "'hey_jarvis'" in text
    assert "'what time is it'" in text
    assert "It is " in text
    assert not list(own_folder.glob("*.wav"))


def test_people_read_lines_with_cures(irene):
    """A missing model is an error, and the command that installs it stands below."""
    done = irene("doctor", "-c", "demo", "--no-self-test", "--set", "asr.default_provider=vosk")
    assert done.code == 6
    lines = done.out.splitlines()
    at = next(at for at, line in enumerate(lines) if "asr.vosk" in line)
    assert lines[at + 1].split() == ["->", *lines[at + 1].split()[1:]]
    assert "1 error" in lines[-1]


def test_a_wrong_configuration_is_told_and_what_depends_on_it_waits(irene):
    """The place of the mistake, and no traceback."""
    done = irene("doctor", "--json", "--set", "asr.nope=1")
    assert done.code == 6
    found = findings(done, "configuration")
    assert [one["level"] for one in found] == ["error", "note"]
    assert "asr.nope" in found[0]["text"]


def test_a_configuration_that_is_not_there_is_one_error(irene):
    """With the profiles that there are."""
    done = irene("doctor", "--json", "-c", "nowhere.toml")
    (found,) = findings(done, "configuration")
    assert found["level"] == "error"
    assert done.code == 6


def test_a_broken_plugin_is_named(irene, install_plugin):
    """Its reason, and how to leave it out."""
    install_plugin("ailing", "raise RuntimeError('no licence')")
    done = irene("doctor", "-c", "demo", "--no-self-test", "--json")
    (found,) = findings(done, "plugins")
    assert found["level"] == "error"
    assert "no licence" in found["text"]
    assert "ailing" in found["cure"]


def test_a_broken_file_of_ones_own_is_mended_and_not_reported(irene, own_folder):
    """There is nobody else to mend it; its folder stands for its package."""
    (own_folder / "mine").mkdir()
    (own_folder / "mine" / "tea.py").write_text("def f(:")
    (own_folder / "irene.toml").write_text('[plugins]\npaths = ["mine"]\n')
    (found,) = findings(irene("doctor", "--no-self-test", "--json"), "plugins")
    assert found["text"].startswith("tea (plugins.paths) is broken: SyntaxError")
    assert found["cure"].startswith("correct the line")


def test_a_secret_in_a_file_that_others_may_read_is_told_and_not_shown(irene, own_folder):
    """One that a variable holds is nobody's concern."""
    path = own_folder / "irene.toml"
    path.write_text('[intents.providers.webhook]\ntoken = "hunter2"\n')
    path.chmod(0o644)
    done = irene("doctor", "--no-self-test", "--json")
    assert "hunter2" not in done.out
    assert any("others may read it" in one["text"] for one in findings(done, "folders"))
    path.write_text('[intents.providers.webhook]\ntoken = "${TOKEN}"\n')
    os.environ["TOKEN"] = "hunter2"
    try:
        done = irene("doctor", "--no-self-test", "--json")
    finally:
        del os.environ["TOKEN"]
    assert not any("others may read it" in one["text"] for one in findings(done, "folders"))


def test_a_file_of_a_secret_that_others_may_read_is_told(irene, own_folder):
    """Kept outside of the configuration, it is no better off when everybody can read it."""
    token = own_folder / "hook.token"
    token.write_text("hunter2\n")
    config = '[intents.providers.webhook]\ntoken = "${file:hook.token}"\n'
    (own_folder / "irene.toml").write_text(config)
    said = {}
    for mode in (0o644, 0o600):
        token.chmod(mode)
        found = findings(irene("doctor", "--no-self-test", "--json"), "folders")
        said[mode] = [one for one in found if "others may read it" in one["text"]]
    assert [token.name in one["cure"] for one in said[0o644]] == [True]
    assert said[0o600] == []


def test_an_assistant_of_another_language_is_not_asked_in_english(irene):
    """The self-test says so, and loads nothing."""
    done = irene("doctor", "-c", "demo", "--json", "--set", "assistant.language=de")
    (found,) = findings(done, "self-test")
    assert found["level"] == "note"
    assert "English" in found["text"]
