"""`pytest tests/chaos --chaos-seed N --chaos-commands M` runs a trial again, or a longer one."""

import os

import pytest


def pytest_addoption(parser):
    """Let the seed and the length be chosen."""
    parser.addoption("--chaos-seed", type=int, help="seed of the chaos trials")
    parser.addoption("--chaos-commands", type=int, help="commands of each chaos trial")


def chosen(config, option, usual):
    """Return an option, else the environment's value, else the usual one."""
    name = "IRENE_" + option.lstrip("-").replace("-", "_").upper()
    given = config.getoption(option, None)
    return int(os.environ.get(name, usual)) if given is None else given


@pytest.fixture
def trial(request):
    """Return a function that gives settings for a seed and a number of commands."""
    from irene.testing.chaos.report import ChaosSettings

    def settings(seed, commands, **others):
        return ChaosSettings(
            seed=chosen(request.config, "--chaos-seed", seed),
            commands=chosen(request.config, "--chaos-commands", commands),
            **others,
        )

    return settings
