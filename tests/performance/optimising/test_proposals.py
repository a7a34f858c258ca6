"""A running assistant proposes settings that are proven better, and changes nothing."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace

from irene import ConfigurationError
from irene.config.loading import load_config
from irene.config.schema import bundled_providers
from irene.config.sections import Config
from irene.domain.events import SettingsProposed, Warned
from irene.performance.optimising.evidence import Evidence
from irene.performance.optimising.goals import Metric
from irene.performance.optimising.proposals import Proposals, proposing

REGISTRY = bundled_providers()


@dataclass
class House:
    """An assistant, as far as it matters; nights of sleep are counted, and pass at once."""

    config: Config = field(
        default_factory=lambda: load_config(
            {"performance": {"optimization_interval": 60}}, registry=REGISTRY
        )
    )
    told: list = field(default_factory=list)
    slept: list = field(default_factory=list)
    nights: int = 3

    async def sleep(self, seconds):
        self.slept.append(seconds)
        if len(self.slept) > self.nights:
            await asyncio.Event().wait()

    def run(self, search):
        async def main():
            proposals = Proposals(self, self.told.append, search=search, sleep=self.sleep)
            task = asyncio.ensure_future(proposals.run())
            while len(self.slept) <= self.nights and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())


def found(*changes):
    """Return an outcome with these changes proven."""
    evidence = Evidence(12, 0.73, 0.7, 0.76, 0.001, 0.025, True)
    proofs = [
        SimpleNamespace(
            change=change, decided=(Metric.LATENCY,), evidence={Metric.LATENCY: evidence}
        )
        for change in changes
    ]
    return SimpleNamespace(confirmation=SimpleNamespace(proofs=proofs))


def test_what_is_proven_better_is_proposed_once():
    """Every interval there is a search; the same result is no news."""
    house, results = House(), iter([found("a"), found("a"), found("b")])
    house.run(lambda config: next(results))
    assert house.slept == [60.0] * 4
    assert [type(event) for event in house.told] == [SettingsProposed] * 2
    assert [event.proposals[0].split()[0] for event in house.told] == ["a", "b"]


def test_nothing_better_is_nothing_to_tell():
    """Also when something was proposed before."""
    house, results = House(), iter([found(), found("a"), found()])
    house.run(lambda config: next(results))
    assert len(house.told) == 1


def test_a_search_that_is_not_possible_is_one_warning():
    """It would fail each time."""
    house = House()

    def search(config):
        raise ConfigurationError("write one")

    house.run(search)
    assert house.told == [
        Warned(message="performance.enable_auto_optimization: nothing is proposed: write one")
    ]
    assert len(house.slept) == 1


def test_the_configuration_in_force_is_searched():
    """After a reload it is another one."""
    house, seen = House(nights=2), []

    def search(config):
        seen.append(config)
        house.config = load_config(
            {"performance": {"optimization_interval": 90}}, registry=REGISTRY
        )
        return found()

    house.run(search)
    assert house.slept == [60.0, 90.0, 90.0]
    assert seen[0] is not seen[1]


def test_it_ends_with_the_run():
    """However long the interval is."""

    async def main():
        house = House()
        async with proposing(house, house.told.append):
            await asyncio.sleep(0)
        return house.told

    assert asyncio.run(main()) == []
