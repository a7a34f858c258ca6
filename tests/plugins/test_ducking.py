"""Ducking through `pactl`: a scripted one, and a real PulseAudio where there is one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace

import psutil
import pytest

from irene import ConfigurationError, DeviceError
from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.own_voice.overheard_output import OverheardOutput
from irene.domain.kinds import Kind
from irene.pipeline.speaking.ducking import Ducking
from irene.testing import ScriptedOutput
from irene_plugins.outputs.speaker import SpeakerOptions, SpeakerOutput
from irene_plugins.sound.ducking import PulseDucking

FULL = 65536
PACTL = """\
import json, pathlib, sys
store = pathlib.Path({store!r})
streams = json.loads(store.read_text())
if (store.parent / "broken").exists():
    sys.exit("Connection refused")
if "list" in sys.argv:
    print(json.dumps(streams))
else:
    index, volumes = int(sys.argv[2]), [int(value) for value in sys.argv[3:]]
    found = [one for one in streams if one["index"] == index]
    if not found:
        sys.exit("No such entity")
    for channel, value in zip(found[0]["volume"].values(), volumes, strict=True):
        channel["value"] = value
    store.write_text(json.dumps(streams))
"""


class ScriptedServer:
    """A `pactl` that keeps its streams in a file."""

    def __init__(self, folder):
        self.folder = folder
        self.store = folder / "streams.json"
        self.store.write_text("[]")
        program = folder / "bin" / "pactl"
        program.parent.mkdir()
        program.write_text(f"#!{sys.executable}\n{PACTL.format(store=str(self.store))}")
        program.chmod(0o755)
        self.next = 0

    def play(self, name="music", process=1, volumes=(FULL, FULL)):
        """Start a stream and return its number."""
        self.next += 1
        streams = json.loads(self.store.read_text())
        streams.append(
            {
                "index": self.next,
                "volume": {f"channel-{n}": {"value": one} for n, one in enumerate(volumes)},
                "properties": {
                    "application.name": name,
                    "application.process.id": str(process),
                },
            }
        )
        self.store.write_text(json.dumps(streams))
        return self.next

    def stop(self, index):
        streams = json.loads(self.store.read_text())
        self.store.write_text(json.dumps([one for one in streams if one["index"] != index]))

    def volumes(self, index):
        """Return the volumes of a stream."""
        found = next(one for one in self.streams() if one["index"] == index)
        return [channel["value"] for channel in found["volume"].values()]

    def streams(self):
        return json.loads(self.store.read_text())

    def set(self, index, *volumes):
        subprocess.run(
            ["pactl", "set-sink-input-volume", str(index), *map(str, volumes)], check=True
        )


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A scripted server; its `pactl` is the only one on the PATH."""
    scripted = ScriptedServer(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return scripted


def lowered(volume, share=0.2):
    return round(volume * share ** (1 / 3))


def test_other_programs_are_lowered_and_raised_again_exactly(server):
    """Each channel by itself; twice asked is once done."""
    first, second = server.play(volumes=(FULL, 30001)), server.play("film", volumes=(12345,))
    ducking = PulseDucking(0.2)
    ducking.duck()
    ducking.duck()
    assert server.volumes(first) == [lowered(FULL), lowered(30001)]
    assert server.volumes(second) == [lowered(12345)]
    ducking.unduck()
    assert server.volumes(first) == [FULL, 30001]
    assert server.volumes(second) == [12345]
    ducking.unduck()
    assert server.volumes(second) == [12345]


def test_what_it_plays_itself_stays_as_loud_as_it_is(server):
    """Also through a program of its own."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    own = [server.play(process=os.getpid()), server.play(process=child.pid)]
    PulseDucking(0.2).duck()
    assert [server.volumes(index) for index in own] == [[FULL, FULL]] * 2
    child.communicate(b"\n")


def test_what_begins_meanwhile_is_lowered_when_it_is_asked_again(server):
    """And raised with the others."""
    ducking = PulseDucking(0.2)
    ducking.duck()
    late = server.play()
    ducking.duck()
    assert server.volumes(late) == [lowered(FULL)] * 2
    ducking.unduck()
    assert server.volumes(late) == [FULL, FULL]


def test_a_volume_that_somebody_changed_is_left_alone(server):
    """A person's wish counts more."""
    index = server.play()
    ducking = PulseDucking(0.2)
    ducking.duck()
    server.set(index, 50000, 50000)
    ducking.unduck()
    assert server.volumes(index) == [50000, 50000]


def test_a_program_that_stopped_while_it_was_low_gets_its_volume_back_later(server):
    """Servers remember volumes: its next stream begins low, and is raised at the next chance."""
    index = server.play("radio")
    ducking = PulseDucking(0.2)
    ducking.duck()
    server.stop(index)
    ducking.unduck()
    heir = server.play("radio", volumes=(lowered(FULL), lowered(FULL)))
    other = server.play("film", volumes=(lowered(FULL), lowered(FULL)))
    ducking.unduck()
    assert server.volumes(heir) == [FULL, FULL]
    assert server.volumes(other) == [lowered(FULL), lowered(FULL)]


def test_a_process_that_died_is_made_good_by_the_next_one(server):
    """What it owed stands in a file, which is gone afterwards."""
    index = server.play()
    code = (
        "import os, signal\n"
        "from irene_plugins.sound.ducking import PulseDucking\n"
        "PulseDucking(0.2).duck()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    died = subprocess.run([sys.executable, "-c", code], check=False)
    assert died.returncode == -signal.SIGKILL
    assert server.volumes(index) == [lowered(FULL)] * 2
    PulseDucking(0.2).adopt()
    assert server.volumes(index) == [FULL, FULL]
    assert list((server.folder / "state" / "irene").iterdir()) == []


def test_a_process_that_lives_keeps_its_debts(server):
    """A second assistant does not raise what the first one wants low."""
    index = server.play()
    first = PulseDucking(0.2)
    first.duck()
    PulseDucking(0.2).adopt()
    assert server.volumes(index) == [lowered(FULL)] * 2
    first.unduck()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"began": 1, "streams": [{"index": 1}]}'])
def test_a_damaged_file_of_debts_is_dropped(server, content):
    """It cannot be paid, and harms nobody."""
    folder = server.folder / "state" / "irene"
    folder.mkdir(parents=True)
    (folder / "lowered-999999.json").write_text(content)
    PulseDucking(0.2).adopt()
    assert list(folder.iterdir()) == []


def test_without_a_server_nothing_is_lowered(server):
    """That is no error: there is nothing to hear."""
    (server.folder / "broken").touch()
    ducking = PulseDucking(0.2)
    ducking.duck()
    ducking.unduck()


def test_a_server_that_goes_away_keeps_its_debts(server):
    """They are paid when it is back."""
    index = server.play()
    ducking = PulseDucking(0.2)
    ducking.duck()
    (server.folder / "broken").touch()
    ducking.unduck()
    (server.folder / "broken").unlink()
    ducking.unduck()
    assert server.volumes(index) == [FULL, FULL]


def test_nothing_is_lowered_that_cannot_be_remembered(server):
    """Better loud than low for ever."""
    index = server.play()
    (server.folder / "state").write_text("a file, not a folder")
    with pytest.raises(DeviceError, match="cannot be written"):
        PulseDucking(0.2).duck()
    assert server.volumes(index) == [FULL, FULL]


def test_the_speaker_ducks_where_it_can(server):
    """Its option says how far; closing it raises everything."""
    index = server.play()
    output = SpeakerOutput(SpeakerOptions(duck_to=0.5))
    output.load()
    output.duck()
    assert server.volumes(index) == [lowered(FULL, 0.5)] * 2
    output.close()
    assert server.volumes(index) == [FULL, FULL]


@pytest.mark.parametrize("options", [{"duck_to": 1.0}, {"backend": "null"}])
def test_the_speaker_leaves_others_alone_when_it_is_told_to(server, options):
    """`duck_to = 1`, and a backend that plays to nobody."""
    index = server.play()
    output = SpeakerOutput(SpeakerOptions(**options))
    output.load()
    output.duck()
    assert server.volumes(index) == [FULL, FULL]
    output.unduck()


def test_a_share_that_is_none_is_refused():
    """More than all is not less."""
    with pytest.raises(ValueError, match=r"duck_to = 2: use 0 to 1"):
        SpeakerOptions(duck_to=2)
    assert issubclass(ConfigurationError, Exception)


class DuckingOutput(ScriptedOutput):
    """Notes what it is asked, and can fail or wait."""

    def __init__(self):
        super().__init__(None)
        self.asked = []
        self.changed = threading.Condition()
        self.on_duck = lambda: None

    def duck(self):
        with self.changed:
            self.asked.append("duck")
            self.changed.notify_all()
        self.on_duck()

    def unduck(self):
        with self.changed:
            self.asked.append("unduck")
            self.changed.notify_all()

    def wait_for(self, *asked):
        with self.changed:
            assert self.changed.wait_for(lambda: self.asked == list(asked), 5), self.asked


def overheard(output):
    """Return the output as the assistant puts it together."""
    return OverheardOutput(output, lambda: None)


@pytest.fixture
def scene(monkeypatch):
    """Ducking with a scripted output; what is reported is kept."""
    monkeypatch.setattr("irene.pipeline.speaking.ducking._LINGER_S", 0.01)
    output, events = DuckingOutput(), []
    chain = ProviderChain(Kind.OUTPUT, [Candidate("output", output)], events.append)
    ducking = Ducking(chain, events.append)
    yield SimpleNamespace(output=output, ducking=ducking, events=events)
    ducking.close()


def test_it_is_low_while_anybody_wants_it(scene):
    """Who listens and who speaks may overlap."""
    scene.ducking.lower("listening")
    scene.output.wait_for("duck")
    scene.ducking.lower("speaking")
    scene.output.wait_for("duck", "duck")
    scene.ducking.restore("listening")
    scene.ducking.restore("speaking")
    scene.output.wait_for("duck", "duck", "unduck")


def test_it_stays_low_between_listening_and_speaking(scene, monkeypatch):
    """A short gap is not heard as one."""
    monkeypatch.setattr("irene.pipeline.speaking.ducking._LINGER_S", 5)
    scene.ducking.lower("listening")
    scene.output.wait_for("duck")
    scene.ducking.restore("listening")
    scene.ducking.lower("speaking")
    scene.output.wait_for("duck", "duck")
    assert "unduck" not in scene.output.asked


def test_closing_raises_what_is_low(scene):
    """Whoever still wants it."""
    scene.ducking.lower("listening")
    scene.output.wait_for("duck")
    scene.ducking.close()
    assert scene.output.asked == ["duck", "unduck"]
    scene.ducking.lower("late")
    assert scene.output.asked == ["duck", "unduck"]


def test_an_output_that_cannot_duck_is_a_warning(scene):
    """It is raised again all the same."""

    def fail():
        raise DeviceError("pactl: no")

    scene.output.on_duck = fail
    scene.ducking.lower("listening")
    scene.output.wait_for("duck")
    scene.ducking.close()
    assert [event.message for event in scene.events] == ["pactl: no"]
    assert scene.output.asked == ["duck", "unduck"]


def test_an_output_that_hangs_holds_nobody_up(scene, monkeypatch):
    """Not at the end either."""
    monkeypatch.setattr("irene.pipeline.speaking.ducking._LAST_WAIT_S", 0.01)
    held = threading.Event()
    scene.output.on_duck = lambda: held.wait(5)
    scene.ducking.lower("listening")
    scene.output.wait_for("duck")
    scene.ducking.close()
    assert scene.output.asked == ["duck"]
    held.set()
    scene.output.wait_for("duck", "unduck")


@pytest.mark.parametrize("wrap", [lambda output: output, overheard])
def test_an_output_that_knows_nothing_of_it_costs_no_thread(wrap):
    """Most outputs have nobody beside them; who overhears one changes nothing."""
    chain = ProviderChain(Kind.OUTPUT, [Candidate("output", wrap(ScriptedOutput(None)))], print)
    before = set(threading.enumerate())
    ducking = Ducking(chain, print)
    ducking.lower("listening")
    assert set(threading.enumerate()) <= before
    ducking.close()


def test_an_output_that_is_overheard_ducks_as_before():
    """It can what the output can."""
    output = DuckingOutput()
    chain = ProviderChain(Kind.OUTPUT, [Candidate("output", overheard(output))], print)
    ducking = Ducking(chain, print)
    ducking.lower("listening")
    output.wait_for("duck")
    ducking.close()
    assert output.asked == ["duck", "unduck"]


class RealServer:
    """A PulseAudio of its own with one sink that nobody hears."""

    def __init__(self, folder):
        self.folder = folder
        self.players = []
        socket = f"{folder}/native"
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1"]
        command += ["--use-pid-file=no", "--disable-shm=yes"]
        command += ["-L", f"module-native-protocol-unix socket={socket} auth-anonymous=1"]
        command += ["-L", "module-null-sink sink_name=nowhere"]
        env = {**os.environ, "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
        self.process = subprocess.Popen(
            command, env=env, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self.address = f"unix:{socket}"
        question = ["pactl", "-s", self.address, "info"]
        for _ in range(500):
            if subprocess.run(question, capture_output=True, check=False).returncode == 0:
                return
            threading.Event().wait(0.01)
        raise AssertionError("PulseAudio does not answer")

    def play(self, name):
        """Start a program that plays silence, in no relation to this process."""
        command = f"paplay --raw --client-name={name} /dev/zero >/dev/null 2>&1 & echo $!"
        done = subprocess.run(["sh", "-c", command], capture_output=True, check=True, text=True)
        self.players.append(int(done.stdout))

    def volumes(self):
        """Return the volumes of every stream by the name of its program."""
        listed = subprocess.run(
            ["pactl", "-f", "json", "list", "sink-inputs"],
            capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
        streams = json.loads(listed.stdout or "[]")
        return {
            one["properties"]["application.name"]: [
                channel["value"] for channel in one["volume"].values()
            ]
            for one in streams
        }

    def wait_for(self, *names):
        for _ in range(500):
            if set(self.volumes()) == set(names):
                return
            threading.Event().wait(0.01)
        raise AssertionError(self.volumes())

    def stop(self):
        for player in self.players:
            if psutil.pid_exists(player):
                os.kill(player, signal.SIGKILL)
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def pulse(tmp_path, monkeypatch):
    """A real PulseAudio server."""
    if not all(map(shutil.which, ("pulseaudio", "pactl", "paplay"))):
        pytest.skip("pulseaudio and pulseaudio-utils are not installed")
    real = RealServer(tmp_path)
    monkeypatch.setenv("PULSE_SERVER", real.address)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield real
    real.stop()


def test_a_real_pulseaudio_is_lowered_and_raised_exactly(pulse):
    """Two programs, one of which somebody had turned down unevenly."""
    pulse.play("music")
    pulse.play("film")
    pulse.wait_for("music", "film")
    index = json.loads(
        subprocess.run(
            ["pactl", "-f", "json", "list", "sink-inputs"],
            capture_output=True, check=True, env={**os.environ, "LC_ALL": "C"},
        ).stdout
    )[0]["index"]  # fmt: skip
    subprocess.run(["pactl", "set-sink-input-volume", str(index), "40001", "30002"], check=True)
    before = pulse.volumes()
    output = SpeakerOutput(SpeakerOptions(backend="pulse"))
    output.load()
    output.duck()
    assert pulse.volumes() == {
        name: [lowered(volume) for volume in volumes] for name, volumes in before.items()
    }
    output.unduck()
    assert pulse.volumes() == before
    output.close()


def test_on_a_real_pulseaudio_its_own_voice_is_not_lowered(pulse):
    """Only the others are, while it plays through a program of its own."""
    pulse.play("music")
    pulse.wait_for("music")
    output = SpeakerOutput(SpeakerOptions(backend="pulse"))
    stream = output.open_stream(16000)
    pulse.wait_for("music", "irene")
    output.duck()
    assert pulse.volumes() == {"music": [lowered(FULL)] * 2, "irene": [FULL]}
    stream.abort()
    output.close()
    assert pulse.volumes()["music"] == [FULL, FULL]
