"""`irene install-service`: what is written, and what is left alone."""

import plistlib
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from irene.cli.service.launchd import property_list_of
from irene.cli.service.managers import service_file
from irene.cli.service.placing import is_ours, marked, place
from irene.cli.service.unit import quoted, unit_of
from irene.cli.service.wanted import WantedService, out_of_reach, run_command, service_name
from irene.errors import ConfigurationError

SYSTEMD = 253
linux = pytest.mark.skipif(sys.platform != "linux", reason="systemd is for Linux")


def wanted(**options):
    """Return a service with a harmless program."""
    return WantedService(**{"name": "irene", "command": ("/usr/bin/true",), **options})


def lines_of(text):
    """Return the settings of a unit, by key; the last one of several counts."""
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def unquoted(text):
    """Read a command line as systemd does, once `%%` and `$$` are resolved."""
    words = shlex.split(text.replace("%%", "%").replace("$$", "$"))
    return tuple(word.replace("\\n", "\n").replace("\\t", "\t") for word in words)


@pytest.mark.parametrize(
    "word",
    ["plain", "two words", "100%", "%h", "$HOME", 'a "quoted" one', "back\\slash", "", "é", "a;b"],
)
def test_a_word_of_a_command_stands_for_itself(word):
    """Whatever it would mean to systemd."""
    assert unquoted(f"/bin/echo {quoted(word)} end") == ("/bin/echo", word, "end")


def test_percent_and_dollar_are_doubled():
    """They begin specifiers and variables, in quotes as well."""
    assert quoted("/a b/100%/$x") == '"/a b/100%%/$$x"'


@linux
@pytest.mark.parametrize("for_system", [False, True])
@pytest.mark.parametrize("path", ["/etc/irene.toml", "/srv/my files/100% $irene.toml"])
def test_systemd_finds_nothing_wrong_with_a_unit(tmp_path, monkeypatch, for_system, path):
    """`systemd-analyze verify` reads it as the manager would."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze here")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    command = ("/usr/bin/true", "run", "--config", path)
    service = service_file(wanted(command=command, for_system=for_system))
    unit = tmp_path / "irene.service"
    unit.write_text(service.text)
    scope = "--system" if for_system else "--user"
    done = subprocess.run(
        [program, scope, "verify", unit], check=False, capture_output=True, text=True
    )
    if "Failed to initialize manager" in done.stderr:
        pytest.skip("systemd-analyze cannot work here")
    assert [line for line in done.stderr.splitlines() if "irene" in line] == []
    assert done.returncode == 0


def test_a_unit_waits_for_readiness_and_watches():
    """A new systemd reloads by signal itself, an older one is told how."""
    new, old = (lines_of(unit_of(wanted(), version)) for version in (SYSTEMD, 252))
    assert (new["Type"], "ExecReload" in new) == ("notify-reload", False)
    assert (old["Type"], old["ExecReload"]) == ("notify", "kill -HUP $MAINPID")
    assert new["WatchdogSec"] == old["WatchdogSec"] == "60"
    assert (new["Restart"], new["RestartPreventExitStatus"]) == ("on-failure", "2 3 4")
    assert new["StartLimitIntervalSec"] == "0"
    assert "RestartSteps" not in new
    assert lines_of(unit_of(wanted(), 254))["RestartSteps"] == "5"


def test_a_service_of_the_system_has_a_user_of_its_own_and_the_sound_devices():
    """Its folders are systemd's; a home is only reachable when something of it is needed."""
    unit = lines_of(unit_of(wanted(for_system=True), SYSTEMD))
    assert (unit["DynamicUser"], unit["SupplementaryGroups"]) == ("yes", "audio")
    assert (unit["ProtectHome"], unit["StateDirectory"]) == ("yes", "irene")
    assert unit.keys().isdisjoint({"PrivateDevices", "DeviceAllow", "DevicePolicy", "ProtectClock"})
    at_home = wanted(for_system=True, reads=(Path("/home/ann/irene.toml"),))
    assert lines_of(unit_of(at_home, SYSTEMD))["ProtectHome"] == "read-only"


@pytest.mark.parametrize("for_system", [False, True])
def test_engines_that_compile_code_are_not_kept_from_it(for_system):
    """ONNX Runtime and PyTorch write machine code into memory."""
    assert "MemoryDenyWriteExecute" not in unit_of(wanted(for_system=for_system), SYSTEMD)


def test_what_a_user_without_rights_may_not_read_is_found():
    """The first folder or file that is closed; what is not there counts as closed."""
    with TemporaryDirectory() as made:  # pytest's own folders are closed
        top = Path(made).resolve()
        if out_of_reach(top.parent):
            pytest.skip(f"{top.parent} is closed here")
        file = top / "irene.toml"
        file.write_text("")
        top.chmod(0o755)
        file.chmod(0o644)
        assert out_of_reach(file) is None
        file.chmod(0o600)
        assert out_of_reach(file) == file
        top.chmod(0o700)
        assert out_of_reach(file) == top
        top.chmod(0o755)
        assert out_of_reach(top / "nothing" / "deeper") == top / "nothing"


def test_names_are_those_that_systemd_takes():
    """A service is called after its assistant."""
    assert service_name(None, "irene") == "irene"
    assert service_name(None, "Küche 2") == "irene-K_che_2"
    assert service_name("kitchen", "irene") == "kitchen"
    assert service_name("kitchen.service", "irene") == "kitchen"
    assert service_name("--now", "irene") == "now"
    assert service_name(" ", "irene") == service_name("...", "irene") == "irene"


def test_the_interpreter_that_runs_now_is_the_one_that_will():
    """By its own path: a virtual environment is known by it."""
    program = run_command("/etc/irene.toml", ("a.b=1",))
    assert Path(program[0]).parent == Path(sys.executable).parent
    assert program[-4:] == ("run", "--config", "/etc/irene.toml", "--set=a.b=1")


def test_launchd_gets_a_property_list():
    """Restarted when it fails, not when it was stopped."""
    text = property_list_of(wanted(command=("/bin/irene", "run & <go>")), "/tmp/log")
    content = plistlib.loads(marked(text, ("<!--", " -->")).encode())
    assert content["Label"] == "irene.irene"
    assert content["ProgramArguments"] == ["/bin/irene", "run & <go>"]
    assert content["KeepAlive"] == {"SuccessfulExit": False}


def test_a_system_without_a_known_manager_is_told_what_to_run():
    """In one line."""
    with pytest.raises(ConfigurationError, match=r"of win32 .*'/usr/bin/true'"):
        service_file(wanted(), "win32")


def test_macos_has_its_own_place_and_commands(monkeypatch):
    """For a user, and for the machine."""
    monkeypatch.setenv("HOME", "/Users/ann")
    own, machine = (service_file(wanted(for_system=one), "darwin") for one in (False, True))
    assert own.path == Path("/Users/ann/Library/LaunchAgents/irene.irene.plist")
    assert own.after_install[0].startswith("launchctl bootstrap gui/")
    assert machine.path == Path("/Library/LaunchDaemons/irene.irene.plist")


def test_a_file_is_ours_until_somebody_changes_it():
    """Its last line says how it was written."""
    text = marked("[Unit]\nDescription=x\n", ("#", ""))
    assert is_ours(text)
    assert not is_ours(text.replace("=x", "=y"))
    assert not is_ours("[Unit]\n")


def test_our_own_file_is_replaced_and_others_are_not(tmp_path):
    """With force, what was there is put aside."""
    path = tmp_path / "units" / "irene.service"
    first, second = (marked(f"[Unit]\nDescription={n}\n", ("#", "")) for n in (1, 2))
    assert place(path, first, force=False) is None
    assert place(path, second, force=False) is None
    path.write_text(f"{second}Nice=-5\n")
    with pytest.raises(ConfigurationError, match="written or changed by somebody else; --force"):
        place(path, first, force=False)
    backup = place(path, first, force=True)
    assert backup.read_text().endswith("Nice=-5\n")
    assert path.read_text() == first


def test_what_was_put_aside_stays(tmp_path):
    """Whoever changes a unit twice, and forces it twice, has lost neither."""
    path, ours = tmp_path / "irene.service", marked("[Unit]\n", ("#", ""))
    for change in ("Nice=-5\n", "Nice=-6\n"):
        path.write_text(ours + change)
        assert place(path, ours, force=True).read_text() == ours + change
    assert len(list(tmp_path.glob("irene.service.before*"))) == 2


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    """Here a file stands in the way."""
    (tmp_path / "units").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        place(tmp_path / "units" / "irene.service", "text", force=False)


@linux
class TestCommand:
    """On the command line."""

    def test_a_dry_run_prints_the_unit_and_writes_nothing(self, irene, own_folder):
        """What would be written goes to standard output alone."""
        (own_folder / "my irene.toml").write_text('[assistant]\nname = "kitchen"\n')
        outcome = irene("install-service", "--dry-run", "-c", "my irene.toml")
        assert outcome.code == 0
        assert f'--config "{own_folder}/my irene.toml"' in lines_of(outcome.out)["ExecStart"]
        assert "irene-kitchen.service" in outcome.err
        assert not (own_folder / "xdg" / "systemd").exists()

    def test_it_is_installed_enabled_by_hand_and_removed(self, irene, own_folder):
        """The commands are told; the link that enables it goes, too."""
        outcome = irene("install-service", "--config", "demo")
        unit = own_folder / "xdg/systemd/user/irene.service"
        assert lines_of(unit.read_text())["ExecStart"].endswith("run --config demo")
        assert "systemctl --user enable --now irene.service" in outcome.out
        link = unit.parent / "default.target.wants" / unit.name
        link.parent.mkdir()
        link.symlink_to(unit)
        outcome = irene("install-service", "--uninstall")
        assert "systemctl --user stop irene.service" in outcome.out
        assert not unit.exists()
        assert not link.is_symlink()
        again = irene("install-service", "--uninstall")
        assert (again.code, "there is no such service" in again.err) == (2, True)

    def test_a_second_assistant_of_the_same_name_is_told(self, irene, own_folder):
        """Its unit takes the place of the first one's; the same one again does not."""
        for name in ("a.toml", "b.toml"):
            (own_folder / name).write_text("")
        assert "replaces" not in irene("install-service", "-c", "a.toml").err
        assert "replaces" not in irene("install-service", "-c", "a.toml").err
        outcome = irene("install-service", "-c", "b.toml")
        assert (outcome.code, "it replaces another irene.service" in outcome.err) == (0, True)
        assert "--name" in outcome.err

    def test_a_changed_unit_is_left_alone(self, irene, own_folder):
        """The message says how to go on."""
        irene("install-service")
        unit = own_folder / "xdg/systemd/user/irene.service"
        unit.write_text(unit.read_text().replace("WatchdogSec=60", "WatchdogSec=5"))
        outcome = irene("install-service")
        assert (outcome.code, outcome.err.count("\n")) == (2, 1)
        assert "--force" in outcome.err
        assert irene("install-service", "--force").code == 0
        assert (unit.parent / "irene.service.before").exists()

    def test_what_is_wrong_with_the_configuration_is_a_warning(self, irene, own_folder):
        """A variable may be set where the service runs, and not here."""
        (own_folder / "irene.toml").write_text('[assistant]\napology = "${NOT_SET_HERE}"\n')
        outcome = irene("install-service", "--dry-run")
        assert outcome.code == 0
        assert "warning: irene.toml:2: assistant.apology: environment variable" in outcome.err

    def test_options_that_exclude_each_other_are_refused(self, irene):
        """Before anything is written."""
        assert irene("install-service", "--user", "--system").code == 2
        assert irene("install-service", "--dry-run", "--uninstall").code == 2
