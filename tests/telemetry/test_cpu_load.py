"""How busy the machine is."""

from irene.telemetry.cpu_load import CpuLoad, _core_seconds
from irene.testing import VirtualClock


class Cores:
    """Two cores whose work a test decides."""

    def __init__(self):
        self.worked = 100.0
        self.had = 1000.0
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.worked, self.had

    def work(self, share, seconds=1.0):
        self.worked += 2 * share * seconds
        self.had += 2 * seconds


def test_it_is_unknown_until_there_is_something_to_compare_with():
    """A first look only begins."""
    assert CpuLoad(VirtualClock(), Cores()).share() is None


def test_it_is_the_share_since_the_last_look():
    """Neither an average since the machine started, nor a moment."""
    clock, cores = VirtualClock(), Cores()
    load = CpuLoad(clock, cores)
    load.share()
    for share in (0.25, 1.0, 0.0):
        cores.work(share)
        clock.sleep(1.0)
        assert round(load.share(), 6) == share


def test_within_half_a_second_it_is_not_measured_again():
    """Whoever asks often gets the same answer."""
    clock, cores = VirtualClock(), Cores()
    load = CpuLoad(clock, cores)
    for _ in range(5):
        load.share()
        clock.sleep(0.09)
    assert cores.asked == 1


def test_the_machine_itself_tells_both_figures():
    """They are seconds of all cores, and what worked is part of what there was."""
    worked, had = _core_seconds()
    assert 0 < worked < had
