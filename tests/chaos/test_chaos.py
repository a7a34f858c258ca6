"""Parts go wrong: every command is answered once, none is lost, nothing leaks."""

import pytest

from irene.testing.chaos.reporting import problems_of, summary_of
from irene.testing.chaos.trial import Chaos

AGAIN = "pytest tests/chaos --chaos-seed {0.seed} --chaos-commands {0.commands}"


def require_order(settings):
    """Run a trial; when a promise was broken, say how to run it again."""
    report = Chaos(settings).run()
    problems = problems_of(report)
    assert not problems, f"{summary_of(report)}\n{AGAIN.format(settings)}"
    return report


@pytest.mark.measures
def test_every_command_is_answered_once_whatever_goes_wrong(trial):
    """Ten minutes of audio, with faults in every kind of provider."""
    settings = trial(0, 120, shift=60)
    report = require_order(settings)
    assert report.n_commands == settings.commands
    assert report.reached["spoken"] > settings.commands / 2
    assert len({kind for kind, _ in report.faults}) >= 8
    assert len({fault for _, fault in report.faults}) >= 8


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_minutes_of_it_leave_nothing_behind(trial):
    """Nothing is held that is not needed; hours of it are a command of their own."""
    report = require_order(trial(1, 200))
    assert report.audio_s > 1000
