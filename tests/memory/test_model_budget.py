"""What loaded models may take, and who gives way."""

import gc
import random
import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from irene.errors import ProviderUnavailableError
from irene.memory.budget.footprint import Footprint, memory_in_use
from irene.memory.budget.models import BudgetLimits, ModelBudget
from irene.memory.budget.residence import Tenancy
from irene.testing import VirtualClock

MB = 1_000_000


class Model:
    """A model that takes what it takes, and is at work when the test says so."""

    def __init__(self, budget, name, declared_mb=0, **tenancy):
        self.loaded = False
        self.calls = 0
        self.residence = budget.enrol(
            self, Tenancy(name, Footprint(declared_mb * MB), **tenancy), self.unload
        )
        self.residence.used_by(self)

    def in_use(self, model):
        """Say how many calls it works on."""
        assert model is self
        return self.calls

    def unload(self):
        """Be unloaded."""
        assert self.loaded
        assert not self.calls
        self.loaded = False

    def load(self):
        """Be loaded, as a provider is."""
        with self.residence.loading():
            self.loaded = True

    def serve(self):
        """Be loaded unless it is."""
        if not self.residence.take_up(lambda: self.loaded):
            self.load()


class Bench:
    """A budget whose measurements the test sets."""

    def __init__(self, ram_mb=None, vram_mb=None):
        self.told, self.clock, self.in_use = [], VirtualClock(), Footprint(500 * MB, None)
        limits = BudgetLimits.of_mb(ram_mb, vram_mb)
        self.budget = ModelBudget(limits, self.told.append, self.clock, lambda: self.in_use)

    def model(self, name, declared_mb=0, **tenancy):
        """Return a model with a place in the budget."""
        return Model(self.budget, name, declared_mb, **tenancy)

    def names(self):
        """Return who is loaded, who would go first first."""
        return [one.name for one in self.budget.residents()]


def test_a_budget_of_one_serves_two_in_turn():
    """Each makes room for the other, as often as they are needed."""
    bench = Bench(ram_mb=100)
    one, other = bench.model("one", 80), bench.model("other", 80)
    for _ in range(3):
        for model, idle in ((one, other), (other, one)):
            model.serve()
            assert (model.loaded, idle.loaded) == (True, False)
    assert [pressure.unloaded for pressure in bench.told] == [("one",), ("other",)] * 2 + [("one",)]
    assert bench.told[0].freed == Footprint(80 * MB)


def test_what_fits_stays():
    """Nobody gives way without need."""
    bench = Bench(ram_mb=200)
    models = [bench.model(name, 100) for name in "ab"]
    for model in models * 2:
        model.serve()
    assert all(model.loaded for model in models)
    assert bench.told == []


def test_the_least_valuable_goes_first():
    """By priority, then by the time of the last use."""
    bench = Bench(ram_mb=300)
    dear = bench.model("dear", 100, priority=8)
    old, recent = bench.model("old", 100), bench.model("recent", 100)
    for model in (dear, recent, old, recent):
        bench.clock.advance(1)
        model.serve()
    assert bench.names() == ["old", "recent", "dear"]
    bench.model("new", 200).serve()
    assert bench.told[0].unloaded == ("old", "recent")
    assert bench.names() == ["new", "dear"]


def test_what_is_at_work_is_not_unloaded():
    """The budget is exceeded rather, which is told; and kept as soon as somebody is idle."""
    bench = Bench(ram_mb=100)
    busy, needed = bench.model("busy", 80), bench.model("needed", 80)
    busy.serve()
    busy.calls = 1
    needed.serve()
    assert busy.loaded
    assert (bench.told[0].unloaded, bench.told[0].excess) == ((), Footprint(60 * MB))
    needed.serve()
    assert len(bench.told) == 1
    busy.calls = 0
    needed.serve()
    assert not busy.loaded
    assert bench.told[1].unloaded == ("busy",)


@pytest.mark.parametrize("how", ["held", "stays"])
def test_what_is_needed_without_a_call_is_not_unloaded(how):
    """Somebody holds it, or it listens all the time."""
    bench = Bench(ram_mb=100)
    needed = bench.model("needed", 80, stays=how == "stays")
    needed.serve()
    other = bench.model("other", 80)
    if how == "held":
        with needed.residence.held():
            other.serve()
    else:
        other.serve()
    assert needed.loaded


def test_a_model_that_is_larger_than_the_budget_is_refused():
    """In one line, which names the key; nobody gave way for it."""
    bench = Bench(ram_mb=100)
    small, large = bench.model("asr provider 'small'", 80), bench.model("asr provider 'large'", 120)
    small.serve()
    with pytest.raises(ProviderUnavailableError) as refused:
        large.load()
    assert str(refused.value) == (
        "asr provider 'large' takes 120 MB, more than all of memory.ram_budget_mb = 100: "
        "raise that, or use a smaller model"
    )
    assert (small.loaded, large.loaded) == (True, False)


def test_what_it_really_takes_counts():
    """More than was declared: the others give way when that is known, and before the next time."""
    bench = Bench(ram_mb=100)
    one, other = bench.model("one", 50), bench.model("other", 40)
    one.serve()
    with other.residence.loading():
        other.loaded = True
        bench.in_use = Footprint(570 * MB, None)
    assert other.residence.size == Footprint(70 * MB)
    assert not one.loaded
    one.serve()
    assert not other.loaded


def test_a_model_that_turns_out_too_large_is_refused_at_the_end_of_its_loading():
    """And before its loading the next time."""
    bench = Bench(ram_mb=100)
    large = bench.model("large")
    with pytest.raises(ProviderUnavailableError, match="takes 150 MB"), large.residence.loading():
        bench.in_use = Footprint(650 * MB, None)
    assert bench.names() == []
    with pytest.raises(ProviderUnavailableError), large.residence.loading():
        pytest.fail("it was loaded")


def test_graphics_memory_has_a_limit_of_its_own():
    """A model that takes none of it does not give way for it."""
    bench = Bench(vram_mb=1000)
    first, second = bench.model("first", 900), bench.model("second", 900)
    first.serve()
    bench.in_use = Footprint(500 * MB, 0)
    for model in (second, bench.model("third")):
        with model.residence.loading():
            model.loaded = True
            bench.in_use = Footprint(500 * MB, bench.in_use.vram + 600 * MB)
    assert (first.loaded, second.loaded) == (True, False)
    large = bench.model("large").residence.loading()
    with pytest.raises(ProviderUnavailableError, match=r"2000 MB.* memory\.vram_"), large:
        bench.in_use = Footprint(500 * MB, bench.in_use.vram + 2000 * MB)


def test_without_limits_nobody_gives_way_and_nothing_is_measured():
    """Asking the system costs time that nobody would gain from."""
    bench = Bench()
    bench.budget._measure = lambda: pytest.fail("it was measured")
    models = [bench.model(str(number), 10_000) for number in range(5)]
    for model in models:
        model.serve()
    assert len(bench.names()) == 5


def test_new_limits_hold_from_the_next_use_on():
    """Also for what is loaded already."""
    bench = Bench()
    models = [bench.model(name, 80) for name in "ab"]
    for model in models:
        bench.clock.advance(1)
        model.serve()
    bench.budget.limit(BudgetLimits.of_mb(100, None))
    models[0].serve()
    assert bench.names() == ["a"]


def test_when_memory_gets_scarce_what_stands_by_is_unloaded():
    """The watermark asks for it; what serves, or is at work, stays."""
    bench = Bench()
    first = bench.model("first")
    idle, busy = bench.model("idle", stands_by=True), bench.model("busy", stands_by=True)
    for model in (first, idle, busy):
        model.serve()
    busy.calls = 1
    bench.budget.shrink(0.5)
    for thread in threading.enumerate():
        if thread.name == "irene-unload":
            thread.join(10)
    assert [first.loaded, idle.loaded, busy.loaded] == [True, False, True]
    bench.budget.restore()
    idle.serve()
    assert idle.loaded


def test_a_model_that_nobody_has_any_more_does_not_count():
    """Such as one of a configuration that was replaced."""
    bench = Bench(ram_mb=100)
    bench.model("gone", 80).load()
    gc.collect()
    bench.model("new", 80).load()
    assert bench.told == []


def test_a_loading_that_hangs_does_not_stop_the_others(monkeypatch):
    """They wait for it a while, then load beside it."""
    monkeypatch.setattr("irene.memory.budget.models._PATIENCE_S", 0.005)
    bench = Bench(ram_mb=100)
    with bench.model("hangs", 10).residence.loading():
        other = bench.model("other", 10)
        thread = threading.Thread(target=other.serve)
        thread.start()
        thread.join(10)
        assert other.loaded


class Idle:
    """A user without work."""

    def in_use(self, model):
        """Say so."""
        return 0


class Preceding(Idle):
    """While it is asked, another user comes, on another thread."""

    def __init__(self, residence):
        self.residence, self.next = residence, Idle()

    def in_use(self, model):
        """Give the other one time to come."""
        coming = threading.Thread(target=self.residence.used_by, args=(self.next,))
        coming.start()
        coming.join(0.01)
        return 0


def test_who_comes_to_use_a_model_waits_while_its_users_are_asked():
    """A chain that is made for a reload has models in common with the one that runs."""
    bench = Bench(ram_mb=100)
    model = bench.model("a", 40)
    model.serve()
    users = [Preceding(model.residence) for _ in range(3)]
    for user in users:
        model.residence.used_by(user)
    with bench.budget.lock:
        assert model.residence.may_go


def test_many_threads_never_lose_a_model_that_they_use():
    """Each takes a place, then the model: whoever came first keeps it loaded."""
    bench = Bench(ram_mb=100)
    models = [bench.model(str(number), 40, priority=number) for number in range(5)]
    guard, troubles = threading.Lock(), []

    def work(seed):
        chance = random.Random(seed)
        for _ in range(300):
            model = chance.choice(models)
            with guard:
                model.calls += 1
            model.serve()
            if not model.loaded:
                troubles.append(model.residence.name)
            with guard:
                model.calls -= 1

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert troubles == []
    models[0].serve()
    assert bench.budget.taken().ram <= 100 * MB


class AgainstAPlainBudget(RuleBasedStateMachine):
    """Whatever is loaded in whatever order, those give way whom a search from end to end finds."""

    @initialize(limit=st.integers(60, 200))
    def start(self, limit):
        """Begin with eight models, none loaded."""
        self.limit, self.bench = limit, Bench(ram_mb=limit)
        chance = random.Random(limit)
        self.models = [
            self.bench.model(str(n), chance.randint(1, 60), priority=chance.randint(0, 3))
            for n in range(8)
        ]
        self.used = dict.fromkeys(self.models, 0.0)
        self.there = set()

    @rule(index=st.integers(0, 7))
    def serve(self, index):
        """Use a model."""
        self.bench.clock.advance(1)
        model = self.models[index]
        self.used[model] = self.bench.clock.monotonic()
        model.serve()
        self.there.add(model)
        while self.taken() > self.limit:
            idle = [one for one in self.there if not one.calls and one is not model]
            if not idle:
                break
            self.there.remove(min(idle, key=self.value))

    @rule(index=st.integers(0, 7))
    def begin_or_end_a_call(self, index):
        """Let a loaded model work, or be idle again."""
        model = self.models[index]
        model.calls = int(model in self.there and not model.calls)

    def taken(self):
        """Return what is loaded, 10^6 bytes."""
        return sum(one.residence.size.ram for one in self.there) / MB

    def value(self, model):
        """Return what is smallest for whoever gives way."""
        return model.residence.tenancy.priority, self.used[model], model.residence.name

    @invariant()
    def the_same_are_loaded(self):
        """And no more than the budget, as far as somebody idle could give way."""
        if hasattr(self, "there"):
            assert {one for one in self.models if one.loaded} == self.there


TestAgainstAPlainBudget = AgainstAPlainBudget.TestCase
TestAgainstAPlainBudget.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_memory_is_measured():
    """RAM as the system counts it; of a card that is not there, nothing is said."""
    before = memory_in_use()
    block = bytearray(30 * MB)
    block[::4096] = b"x" * len(block[::4096])
    assert (memory_in_use() - before).ram == pytest.approx(30 * MB, rel=0.2)
    assert before.vram is None or before.vram >= 0
