"""`irene models` from the command line: through a mirror on this machine, as any user would."""

import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from file_server import breaks_off, stalls
from test_pickles import EVIL, checkpoint

from irene import find_model
from irene.cli.main import main

VOICE = Path(__file__).parents[1] / "data" / "piper" / "tones.onnx"
WEIGHTS = {"dims": {"n_mels": 80}, "model_state_dict": {"encoder.conv1.weight": 0}}
"""what stands in every checkpoint of Whisper"""
TURKISH = "vosk-model-small-tr-0.3"
URL = f"/alphacephei.com/vosk/models/{TURKISH}.zip"
CONFIG = f"""\
[asr]
default_provider = "vosk"
fallback_providers = []
[asr.providers.vosk]
model = "{TURKISH}"
language = "tr"
[voice_trigger]
enabled = false
[tts]
enabled = false
[intents]
handlers = []
[inputs]
default_provider = "stdin"
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch, server):
    """An empty folder, the mirror, and a download that fails at once."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("IRENE_MODELS_MIRROR", server.url)
    monkeypatch.setattr("irene.models.download._FIRST_WAIT_S", 0.0)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def irene(capfd):
    def run(*args):
        capfd.readouterr()
        code = main(args)
        out, err = capfd.readouterr()
        return code, out, err

    return run


@pytest.fixture
def turkish(server):
    """What the mirror has under the name of a Vosk model."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"{TURKISH}/am/final.mdl", b"\x00\x01" * 5000)
        archive.writestr(f"{TURKISH}/conf/mfcc.conf", b"--x\n")
    server.serve(URL, content.getvalue())
    return content.getvalue()


@pytest.fixture
def config(turkish, irene):
    """A configuration whose model is installed and locked."""
    Path("irene.toml").write_text(CONFIG)
    assert irene("models", "install", TURKISH)[0] == 0
    assert irene("models", "lock")[0] == 0
    return Path("irene.toml")


def final_mdl():
    return find_model("vosk", TURKISH) / "am" / "final.mdl"


def test_install_fetches_through_the_mirror_and_says_where_it_is(irene, turkish):
    """The address and the size go to standard error and standard output."""
    code, out, err = irene("models", "install", TURKISH)
    assert code == 0
    assert out == f"vosk/{TURKISH} is installed: {find_model('vosk', TURKISH)} (10 kB)\n"
    assert err == f"fetching https://alphacephei.com/vosk/models/{TURKISH}.zip\n"
    assert "was there already" in irene("models", "install", TURKISH)[1]


def test_install_prints_objects(irene, turkish):
    """One for each model."""
    _, out, _ = irene("models", "install", TURKISH, "--json")
    assert json.loads(out) == {
        "model": f"vosk/{TURKISH}",
        "path": str(find_model("vosk", TURKISH)),
        "installed": True,
        "bytes": 10_004,
    }


def test_list_shows_what_there_is_for_a_language(irene, turkish):
    """Its own models, and those for many languages."""
    irene("models", "install", TURKISH)
    _, out, _ = irene("models", "list", "--language", "TR", "--kind", "vosk")
    (head, row) = out.splitlines()
    assert head.split() == ["NAME", "KIND", "LANGUAGE", "SIZE", "LICENCE", "ABOUT", "STATUS"]
    assert row.split() == [TURKISH, "vosk", "tr", "35", "MB", "Apache-2.0", "small", "installed"]
    _, out, _ = irene("models", "list", "--language", "tr", "--json")
    assert {"whisper/tiny", TURKISH} <= {row["name"] for row in json.loads(out)}
    _, out, _ = irene("models", "list", "--installed", "--json")
    assert [row["path"] for row in json.loads(out)] == [str(find_model("vosk", TURKISH))]
    code, out, err = irene("models", "list", "--kind", "Vosk")
    assert (code, out) == (2, "")
    assert "did you mean 'vosk'?" in err


def test_what_is_no_model_of_the_kind_is_not_imported(irene, tmp_path):
    """A file is no Vosk model, a folder no checkpoint; nothing is installed."""
    (tmp_path / "notes.md").write_text("no model")
    code, _, err = irene("models", "import", str(tmp_path / "notes.md"), "--kind", "vosk")
    assert code == 6
    assert "is no model for vosk: that is a folder" in err
    (tmp_path / "a").mkdir()
    code, _, err = irene("models", "import", str(tmp_path / "a"), "--kind", "whisper")
    assert code == 6
    assert "is no model for whisper: that is NAME.pt" in err
    assert irene("models", "list", "--installed")[1].startswith("no such model is installed")


def test_a_folder_that_holds_the_store_is_no_model(irene, tmp_path):
    """It would be copied into itself, for ever."""
    code, _, err = irene("models", "import", str(tmp_path), "--kind", "vosk")
    assert code == 6
    assert "is no model: it holds the folder that models are installed in" in err


def test_what_was_imported_has_its_facts_as_well(irene, tmp_path):
    """By its receipt; a name that nobody installed is told as such."""
    voice = shutil.copy(VOICE, tmp_path / "mine.onnx")
    shutil.copy(f"{VOICE}.json", f"{voice}.json")
    irene("models", "import", str(voice), "--kind", "piper")
    code, out, _ = irene("models", "info", "mine")
    assert code == 0
    assert out.startswith(f"piper/mine: from {voice}\n")
    code, _, err = irene("models", "remove", "mind", "--yes")
    assert code == 3
    assert "no model that is installed is called 'mind'; did you mean 'mine'?" in err


def test_info_tells_addresses_and_digests(irene):
    """And what nobody published."""
    _, out, _ = irene("models", "info", "whisper/tiny")
    assert "sha256 65147644" in out
    assert "MIT" in out
    _, out, _ = irene("models", "info", TURKISH)
    assert "no digest is published" in out
    _, out, _ = irene("models", "info", TURKISH, "--json")
    assert json.loads(out)["files"][0]["sha256"] is None


def test_verify_finds_what_has_changed(irene, turkish):
    """The exit status is that of a check that did not pass, and the cure is named."""
    irene("models", "install", TURKISH)
    assert irene("models", "verify") == (0, f"vosk/{TURKISH}: ok\n", "")
    final_mdl().write_bytes(bytes(10_000))
    code, out, _ = irene("models", "verify", TURKISH)
    assert code == 6
    assert "has changed since it was installed; irene models install --again" in out
    _, out, _ = irene("models", "verify", "--json")
    assert len(json.loads(out)[0]["faults"]) == 1
    irene("models", "install", "--again", TURKISH)
    assert irene("models", "verify")[0] == 0


def test_verify_looks_into_checkpoints(irene, tmp_path):
    """Those, too, that were let in."""
    evil = checkpoint(tmp_path / "mine.pt", pickle.dumps(WEIGHTS | EVIL, protocol=2))
    code, _, err = irene("models", "import", str(evil), "--kind", "whisper")
    assert (code, "not safe to load" in err) == (6, True)
    assert irene("models", "import", str(evil), "--kind", "whisper", "--allow-pickle")[0] == 0
    code, out, _ = irene("models", "verify")
    assert code == 6
    assert "whisper/mine: mine.pt is not safe to load" in out


def test_remove_asks_or_is_told_yes(irene, turkish):
    """Without a terminal it has to be told."""
    irene("models", "install", TURKISH)
    code, _, err = irene("models", "remove", TURKISH)
    assert (code, "needs --yes" in err) == (2, True)
    code, out, _ = irene("models", "remove", TURKISH, "--yes")
    assert (code, out) == (0, f"vosk/{TURKISH} is removed (10 kB)\n")
    assert find_model("vosk", TURKISH) is None
    code, _, err = irene("models", "remove", TURKISH, "--yes")
    assert (code, "is not installed" in err) == (3, True)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["install"], 2, "give NAME, or else --locked"),
        (["install", "tiny"], 2, "say whisper/tiny or faster-whisper/tiny"),
        (["install", "whisper/tinny"], 3, "did you mean 'whisper/tiny'?"),
        (["install", TURKISH, "--offline"], 3, "offline"),
        (["install", "whisper/tiny"], 3, "answers 404"),
        (["lock"], 2, "irene init"),
        (["verify", "--locked"], 2, "irene init"),
        (["verify", TURKISH, "--locked"], 2, "goes without NAME"),
        (["bundle", "x.tar", TURKISH], 3, f"irene models install {TURKISH}"),
        (["import", ".", "--kind", "parrot"], 2, "no engine is called 'parrot'"),
        (["import", "."], 2, "is no bundle; --kind"),
        (["import", ".", "--kind", "vosk", "--name", "../x"], 2, "is no name for a model"),
        (["verfy"], 2, "did you mean 'verify'?"),
    ],
)
def test_mistakes_are_one_line(irene, args, code, says):
    """With the exit status that the reference gives."""
    status, out, err = irene("models", *args)
    assert status == code
    assert out == ""
    assert says in err.splitlines()[-1]


def test_a_folder_that_cannot_be_written_is_one_line(irene, turkish, tmp_path, monkeypatch):
    """With the variable that chooses another."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("IRENE_MODELS", str(tmp_path / "file" / "models"))
    code, _, err = irene("models", "install", TURKISH)
    assert (code, "set IRENE_MODELS to another one" in err) == (3, True)


def test_a_plugin_adds_models(irene, server, tmp_path):
    """One file of the user's is enough."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "parrot.py").write_text(
        "from irene import CatalogueModel, ModelFile, hookimpl\n"
        "@hookimpl\n"
        "def irene_models():\n"
        "    files = (ModelFile('green.bin', 'https://parrots.invalid/green.bin'),)\n"
        "    return [CatalogueModel('parrot', 'green', files, 'MIT')]\n"
    )
    Path("irene.toml").write_text(f"[plugins]\npaths = ['{tmp_path / 'plugins'}']\n")
    server.serve("/parrots.invalid/green.bin", b"squawk")
    assert irene("models", "install", "green")[0] == 0
    assert find_model("parrot", "green", (".bin",)).read_bytes() == b"squawk"
    plugins = {row["name"]: row for row in json.loads(irene("plugins", "--json")[1])}
    assert plugins["parrot"]["models"] == ["parrot/green"]
    assert "model parrot/green" in irene("plugins")[1]


def test_a_locked_assistant_refuses_other_models(irene, config):
    """Before any engine is loaded; the line says what helps."""
    assert Path("irene.lock").read_text().count("path = ") == 2
    final_mdl().write_bytes(b"")
    code, _, err = irene("run")
    assert code == 6
    assert "final.mdl is another file; `irene models install --locked`" in err
    assert irene("models", "verify", "--locked")[0] == 6


def test_a_locked_assistant_refuses_a_model_that_is_not_in_the_lock(irene, config):
    """The configuration was changed, the lock was not."""
    config.write_text(CONFIG.replace(f'model = "{TURKISH}"', 'model = "other"'))
    code, out, _ = irene("config", "check")
    assert code == 6
    assert "vosk/other is not in it (asr.providers.vosk.model)" in out


def test_what_is_locked_is_installed_again_byte_for_byte(irene, config, server, turkish):
    """What the server has meanwhile is not taken."""
    final_mdl().write_bytes(b"")
    assert irene("models", "install", "--locked")[0] == 0
    assert irene("models", "verify", "--locked") == (0, f"vosk/{TURKISH}: ok\n", "")
    server.requests.clear()
    _, out, err = irene("models", "install", "--locked")
    assert (out, err) == ("", f"irene: vosk/{TURKISH} is there as it is pinned\n")
    final_mdl().write_bytes(b"")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr(f"{TURKISH}/am/final.mdl", b"new version")
    server.serve(URL, other.getvalue())
    code, _, err = irene("models", "install", "--locked")
    assert (code, "is not what irene.lock pins" in err) == (6, True)


def test_what_a_lock_pins_is_not_removed(irene, config):
    """Unless it is insisted on."""
    code, _, err = irene("models", "remove", TURKISH, "--yes")
    assert (code, "pins" in err) == (6, True)
    assert irene("models", "remove", TURKISH, "--yes", "--force")[0] == 0


def test_a_bundle_brings_an_assistant_to_a_machine_that_is_offline(irene, config, monkeypatch):
    """Models, receipts and the lock file, without a request."""
    assert irene("models", "bundle", "models.tar")[0] == 0
    with tarfile.open("models.tar") as tar:
        assert [info.name for info in tar][:2] == ["irene-bundle.json", "irene.lock"]
    irene("models", "remove", TURKISH, "--yes", "--force")
    Path("irene.lock").unlink()
    monkeypatch.setenv("IRENE_OFFLINE", "1")
    code, out, _ = irene("models", "import", "models.tar")
    assert code == 0
    assert out.splitlines() == [
        f"vosk/{TURKISH} is installed",
        f"{Path('irene.lock')} is its lock file",
    ]
    assert irene("models", "verify", "--locked")[0] == 0


def test_a_lock_of_a_bundle_replaces_no_other(irene, config):
    """It is left out, and that is said."""
    irene("models", "bundle", "models.tar")
    Path("irene.lock").write_text("format = 1\n")
    assert "left out" in irene("models", "import", "models.tar")[1]
    assert Path("irene.lock").read_text() == "format = 1\n"


def test_a_checkpoint_beside_its_name_in_the_catalogue_has_to_be_the_published_one(irene, tmp_path):
    """Somebody carries tiny.pt over on a stick, and it is another file."""
    mine = checkpoint(tmp_path / "tiny.pt", pickle.dumps(WEIGHTS, protocol=2))
    code, _, err = irene("models", "import", str(mine), "--kind", "whisper")
    assert (code, "is not the published tiny.pt" in err) == (6, True)
    assert irene("models", "import", str(mine), "--kind", "whisper", "--name", "mine")[0] == 0


def test_ctrl_c_ends_at_once_and_the_next_run_goes_on(server, turkish):
    """In a process of its own; what came so far is kept."""
    server.files[URL].faults.append(stalls(4000))
    command = [sys.executable, "-m", "irene", "models", "install", TURKISH]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ})
    store = Path(os.environ["XDG_DATA_HOME"]) / "irene" / "models"
    part = store / ".downloads" / "vosk" / TURKISH / f"{TURKISH}.part"
    while not (part.is_file() and part.stat().st_size >= 4000) and process.poll() is None:
        server.over.wait(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped; what came so far is kept" in err
    assert main(["models", "install", TURKISH]) == 0
    assert server.requests[-1][1]["Range"] == "bytes=4000-"


def test_progress_is_drawn_on_a_terminal_only():
    """A bar with bytes and pace there, a line at the beginning elsewhere."""
    from irene.cli.models.download_lines import DownloadLines
    from irene.testing import VirtualClock

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, drawn in ((Terminal(), True), (io.StringIO(), False)):
        clock = VirtualClock()
        tell = DownloadLines(stream, clock).began("https://models.invalid/x")
        for done in range(0, 101, 10):
            tell(done * 1_000_000, 100_000_000)
            clock.sleep(0.5)
        text = stream.getvalue()
        assert text.startswith("fetching https://models.invalid/x\n")
        assert (
            "[############------------]  50%  50 MB of 100 MB  20 MB/s, 2 s left" in text
        ) == drawn
        assert text.endswith("\n")


def test_breaking_off_for_good_leaves_the_part(irene, server, turkish):
    """The line says how far it came."""
    server.files[URL].faults.extend([breaks_off(10)] * 9)
    code, _, err = irene("models", "install", TURKISH)
    assert code == 3
    assert "broke off after" in err
    server.files[URL].faults.clear()
    assert irene("models", "install", TURKISH)[0] == 0


def test_offline_nothing_is_said_to_be_fetched(irene, turkish):
    """The line of the refusal stands alone."""
    code, out, err = irene("models", "install", TURKISH, "--offline")
    assert (code, out) == (3, "")
    (line,) = err.splitlines()
    assert line.endswith("is not here, and fetching is switched off (offline)")
