"""What happens to an assistant from outside, and the configurations that it is given."""

import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from irene.config.loading import load_config
from irene.testing import Fault, FaultInjector
from irene.testing.chaos.configuration import ISOLATED, SLOTS, Configurations
from irene.testing.chaos.disturbing import Disturbance, disturbances, strike
from irene.testing.chaos.microphone import SAMPLE_RATE, Command, Scene
from irene.testing.chaos.registry import registry_of_all

LONGEST_WAIT_S = 10.0


@pytest.fixture(scope="module")
def registry():
    """Every provider of a trial."""
    return registry_of_all(FaultInjector())


def test_every_disturbance_has_its_turn_and_most_commands_have_none():
    """The same for the same seed."""
    happened = [disturbances(1, number) for number in range(3000)]
    assert happened == [disturbances(1, number) for number in range(3000)]
    counts = Counter(one for each in happened for one in each.values())
    assert set(counts) == set(Disturbance)
    assert sum(counts.values()) < 1000


def test_a_struck_process_is_gone():
    """Any of those below this one."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        struck = strike(Disturbance.KILL, Random(0))
        assert struck is not None
        assert struck.fault is Fault.EXIT
        assert sleeper.wait(LONGEST_WAIT_S) < 0
    finally:
        sleeper.kill()
        sleeper.wait()


def test_every_configuration_can_be_loaded(registry, tmp_path):
    """One that cannot would end a trial in its middle."""
    configurations = Configurations(0, str(tmp_path), 1000)
    for number in range(60):
        config = load_config(configurations.of(number), registry=registry, environ={})
        assert config.voice_trigger.default_provider in SLOTS["voice_trigger"]


def test_configurations_differ_in_order_strategy_and_isolation(tmp_path):
    """And number 0 is the plainest one."""
    configurations = Configurations(0, str(tmp_path), 1000)
    assert configurations.slots(0) == SLOTS
    orders = {configurations.slots(number)["asr"] for number in range(50)}
    assert len(orders) > 10
    assert any(ISOLATED in order for order in orders)
    strategies = {configurations.of(number)["asr"].get("strategy") for number in range(50)}
    assert strategies == {None, "round_robin", "least_loaded", "latency_weighted", "hedged"}
    plain = Configurations(0, str(tmp_path), 1000, isolates=False)
    assert not any(ISOLATED in plain.slots(number)["asr"] for number in range(50))


def scene_of(*numbers, settled=lambda: True, **options):
    """Return a scene of these commands, and the disturbances that it lets happen."""
    commands, happened = iter([Command.of(0, number) for number in numbers]), []
    scene = Scene(lambda: next(commands, None), settled, 0.05, happened.append)
    return scene, happened


def test_the_next_command_comes_when_the_one_before_is_over():
    """Its session has ended: nothing is waited for."""
    scene, _ = scene_of(1, 2)
    n_blocks = 0
    while scene.read() is not None:
        n_blocks += 1
        if scene._position >= scene._audio.shape[0] and not scene._ended:
            scene.session_began()
            scene.session_ended()
    heard_s = n_blocks * 0.02
    assert heard_s == pytest.approx(
        sum(len(Command.of(0, n).audio()) for n in (1, 2)) / 48000, abs=0.1
    )


def test_a_command_that_nobody_hears_is_left_after_a_while():
    """Silence follows, then the next command."""
    scene, _ = scene_of(1)
    while scene.read() is not None:
        pass
    assert scene.n_heard > 9 * SAMPLE_RATE
    assert scene.is_over


def test_a_session_that_never_ends_is_noticed():
    """The trial goes on, and says so."""
    stuck = []
    commands = iter([Command.of(0, 1)])
    scene = Scene(lambda: stuck.append(scene.is_stuck) or next(commands, None), lambda: True, 0.05)
    scene.read()
    scene.session_began()
    while scene.read() is not None:
        pass
    assert stuck == [False, True]


def test_what_is_lost_is_told_once():
    """Before the audio that follows it."""
    number = next(n for n in range(1000) if Command.of(0, n).n_lost)
    scene, _ = scene_of(number)
    scene.read()
    assert [one.n_samples for one in scene.lost()] == [Command.of(0, number).n_lost]
    assert scene.lost() == ()
