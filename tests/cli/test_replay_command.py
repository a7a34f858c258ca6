"""`irene replay`: recorded sessions once more, with the same configuration or another."""

import json
import zipfile

import pytest

from irene.cli.main import main

pytestmark = pytest.mark.usefixtures("kept_decoders")

QUESTION = ("what", "time", "is", "it")


def keep(folder):
    """Return the options that record into a folder."""
    return ("--set", "recorder.enabled=true", "--set", f"recorder.folder={folder}")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with the recording of a question in writing."""
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        assert main(["ask", *keep(folder), *QUESTION]) == 0
    return folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The recording of a run of the demonstration."""
    for package in ("pocketsphinx", "pymicro_wakeword", "espeakng_loader", "hassil"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        command = ["run", "--config", "demo", "--output", "none", "--json", *keep(folder)]
        assert main(command) == 0
    (path,) = folder.iterdir()
    return path


@pytest.fixture
def config(own_folder, kept):
    """A configuration whose recordings lie in that folder."""
    (own_folder / "irene.toml").write_text(f'[recorder]\nfolder = "{kept}"\n')
    return own_folder / "irene.toml"


def altered(path, target, before, after):
    """Return a copy of a recording in which something else has happened."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(before, after))
    return target


def test_the_same_configuration_gives_the_same_events_with_the_real_engines(irene, demo):
    """One line says so, with the number of events."""
    done = irene("replay", str(demo))
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{demo.name.split('.')[0]}  3.1 s, 1 turn: the same 7 events\n"


@pytest.mark.slow
def test_another_wake_word_is_a_readable_difference(irene, demo):
    """It was asked for: the status is 0."""
    done = irene("replay", str(demo), "--set", 'voice_trigger.wake_words=["okay_nabu"]')
    assert done.code == 0
    assert "1 different with the recorded configuration voice_trigger.wake_words" in done.out
    assert '"what time is it", answered  ->  no such turn' in done.out


@pytest.mark.slow
def test_spoken_commands_are_compared_in_a_table(irene, demo, own_folder):
    """Every turn with what each configuration made of it, and how fast."""
    (own_folder / "free.toml").write_text('[asr]\ngrammar = "off"\n')
    done = irene("replay", "--compare", "minimal", "free.toml", str(demo))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["recorded", "minimal", "free.toml"]
    assert all(line.endswith(" ms") for line in lines[1:4])


@pytest.mark.slow
def test_the_table_is_one_object_for_programs(irene, kept, own_folder):
    """With the figures of each configuration, and what each recording came to."""
    (own_folder / "b.toml").write_text('[intents]\nhandlers = ["date"]\n')
    done = irene("replay", "--json", "--compare", "default", "b.toml", str(kept))
    (told,) = map(json.loads, done.out.splitlines())
    assert [one["n_understood_alike"] for one in told["configurations"]] == [1, 0]
    assert told["understood_alike"] == {"n": 0, "of": 1}
    assert list(told["recordings"][0]) == ["default", "b.toml"]


def test_what_was_asked_in_writing_is_repeated(irene, config):
    """Without any engine."""
    done = irene("replay", "last")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("  1 turn: the same 3 events\n")


def test_another_configuration_gives_a_readable_difference(irene, config):
    """It was asked for: the status is 0."""
    done = irene("replay", "last", "--set", 'intents.handlers=["date"]')
    assert done.code == 0
    assert "1 different with the recorded configuration intents.handlers" in done.out
    assert "    understood  HassGetCurrentTime  ->  nothing\n" in done.out


def test_a_difference_that_nobody_asked_for_is_a_check_that_did_not_pass(irene, kept, tmp_path):
    """As when irene itself has changed."""
    (path,) = kept.iterdir()
    changed = altered(path, tmp_path / "x.irene.zip", b"It is", b"It was")
    done = irene("replay", "--json", str(changed))
    assert done.code == 6
    told = json.loads(done.out)
    assert (told["same"], told["same_config"]) == (False, True)
    (turn,) = told["turns"]
    (change,) = turn["changes"]
    assert change["what"] == "answered"
    assert (change["before"][:8], change["after"][:7]) == ('"It was ', '"It is ')
    assert told["events"][-1]["event"] == "session_ended"


def test_two_configurations_are_compared_in_a_table(irene, kept, own_folder):
    """Every turn with what each made of it, marked where it is another, and the figures of both."""
    (own_folder / "a.toml").write_text("")
    (own_folder / "b.toml").write_text('[intents]\nhandlers = ["date"]\n')
    done = irene("replay", "--compare", "a.toml", "b.toml", str(kept))
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[1:4] == [
        '  recorded    "what time is it"  HassGetCurrentTime  -',
        '  a.toml      "what time is it"  HassGetCurrentTime  -',
        '  b.toml    * "what time is it"  (not understood)  -',
    ]
    assert "both understood the same in 0 of 1 turn" in done.out


def test_recordings_are_listed(irene, kept, config):
    """With when, how large, and which file to send with a bug report."""
    (path,) = kept.iterdir()
    done = irene("replay", "--list")
    assert done.code == 0
    assert str(path) in done.out
    (listed,) = map(json.loads, irene("replay", "--list", "--json").out.splitlines())
    assert listed["path"] == str(path)
    assert listed["pace"] == "typed"


def test_where_nothing_is_recorded_the_list_says_what_would_record(irene):
    """And where it would lie."""
    done = irene("replay", "--list")
    assert (done.code, done.out) == (0, "")
    assert "[recorder] enabled = true" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay",), "missing argument"),
        (("replay", "--list", "x"), "--list goes without SESSION"),
        (("replay", "--compare", "a", "b", "--set", "a.b=1"), "without --config and --set"),
    ],
)
def test_replay_used_wrongly_is_one_line(irene, arguments, said):
    """With status 2."""
    done = irene(*arguments)
    assert done.code == 2
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_configuration_that_is_missing_is_told_once(irene, config, kept):
    """Not for each recording, and before anything is repeated."""
    for arguments in (("--config", "no.toml"), ("--compare", str(config), "no.toml")):
        done = irene("replay", *arguments, str(kept))
        assert (done.code, done.out, done.err) == (2, "", "irene: no.toml: no such file\n")


def test_what_is_no_recording_is_one_line(irene, demo_wav, config):
    """With the status of unreadable input; those that are go on."""
    done = irene("replay", str(demo_wav), "missing", "last")
    assert done.code == 4
    assert done.err.count("\n") == 2
    assert "demo.wav" in done.err
    assert "missing: there is no such recording" in done.err
    assert "the same 3 events" in done.out
