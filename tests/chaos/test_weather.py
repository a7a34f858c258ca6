"""What goes wrong is chosen by chance, but by the same chance for the same seed."""

from collections import Counter
from itertools import pairwise

from irene.testing import EVERY_CALL, Fault
from irene.testing.chaos.configuration import SLOTS
from irene.testing.chaos.weather import SITES, Weather

MANY = 3000


def plans_of(seed, **options):
    """Return the plans of many commands."""
    weather = Weather(seed, SLOTS, **options)
    return [weather.faults(number) for number in range(MANY)]


def test_the_same_seed_plans_the_same_faults():
    """A trial can be run again; another seed is another trial."""
    assert plans_of(1) == plans_of(1)
    assert plans_of(1) != plans_of(2)


def test_a_command_goes_wrong_alike_whatever_came_before():
    """A trial can be run again from its middle."""
    assert Weather(5, SLOTS).faults(1234) == plans_of(5)[1234]


def test_every_site_and_every_fault_has_its_turn():
    """Nothing that may go wrong is left out."""
    planned = [fault for plan in plans_of(0) for fault in plan]
    sites = {(fault.site.split(".")[0], fault.site.split(".", 2)[2]) for fault in planned}
    assert sites == {(site.kind, site.call) for site in SITES}
    assert {fault.fault for fault in planned} == {one for one in Fault if one is not Fault.TWICE}


def test_every_provider_has_its_turn():
    """First ones and stand-ins."""
    planned = {tuple(fault.site.split(".")[:2]) for plan in plans_of(0) for fault in plan}
    for kind, names in SLOTS.items():
        assert {(kind, name) for name in (*names, "*")} <= planned


def test_many_commands_have_no_fault_at_all():
    """Else nobody would notice that the assistant recovers."""
    calm = sum(not plan for plan in plans_of(0))
    assert MANY / 10 < calm < MANY / 2


def test_brown_outs_last_for_several_commands_and_hit_all_providers():
    """One after the other, the same kind."""
    plans = plans_of(0)
    outs = [plan[0].site for plan in plans if plan and "*" in plan[0].site and not plan[0].number]
    assert len(outs) > MANY / 50
    assert len({site.split(".")[0] for site in outs}) >= 6
    following = sum(a == b != () and "*" in a[0].site for a, b in pairwise(plans))
    assert following > 10


def test_storms_leave_one_provider_of_each_kind():
    """All of one kind that has a stand-in are never hit by a storm."""
    for plan in plans_of(3):
        steady = [one.site for one in plan if one.number == EVERY_CALL and "*" not in one.site]
        hit = Counter(site.split(".")[0] for site in {s.rsplit(".", 1)[0] for s in steady})
        names = {(s.split(".")[0], s.split(".")[1]) for s in steady}
        for kind in hit:
            if len(plan) < len(SLOTS[kind]):
                assert len({name for k, name in names if k == kind}) < len(SLOTS[kind])


def test_calls_hang_only_where_that_is_got_over():
    """Not in a microphone that is the only one; not at all when that is wanted."""
    hung = {
        f.site.split(".")[0] for p in plans_of(0, hangs=5.0) for f in p if f.fault is Fault.HANG
    }
    listening = {"voice_trigger", "vad", "resampling", "echo_cancellation"}
    assert hung == {"asr", "intents", "intent_recognition", "tts", "outputs"} | listening
    assert not [f for p in plans_of(0, hangs=0.0) for f in p if f.fault is Fault.HANG]
