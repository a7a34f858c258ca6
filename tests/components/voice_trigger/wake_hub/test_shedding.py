"""What is given up first, as properties of the decision."""

from hypothesis import given
from hypothesis import strategies as st

from irene.components.voice_trigger.wake_hub.shedding import Claim, n_too_many, to_give_up

CLAIMS = st.lists(
    st.builds(
        Claim,
        stream=st.integers(0, 50),
        n_windows=st.integers(1, 13),
        margin=st.floats(-1, 0.3),
        rise=st.floats(-0.5, 0.5),
        open_s=st.floats(0, 60),
    ),
    max_size=20,
    unique_by=lambda claim: claim.stream,
)


@given(CLAIMS, st.integers(0, 100))
def test_a_rising_score_is_never_given_up(claims, too_many):
    """A wake word may be in it."""
    assert not [claim for claim in to_give_up(claims, too_many) if claim.is_rising]


@given(CLAIMS, st.integers(0, 100))
def test_enough_is_given_up_and_no_more(claims, too_many):
    """All that may go, or just as many windows as it takes."""
    given_up = to_give_up(claims, too_many)
    freed = sum(claim.n_windows for claim in given_up)
    may_go = [claim for claim in claims if not claim.is_rising]
    assert freed >= too_many or len(given_up) == len(may_go)
    if given_up:
        assert freed - given_up[-1].n_windows < too_many


@given(CLAIMS, st.integers(0, 100))
def test_nothing_that_is_kept_is_worth_less(claims, too_many):
    """Except for what is rising."""
    given_up = to_give_up(claims, too_many)
    kept = [claim for claim in claims if claim not in given_up and not claim.is_rising]
    if given_up and kept:
        assert max(one.value for one in given_up) < min(one.value for one in kept)


def claim(stream=1, margin=-0.9, rise=0.0, open_s=10.0):
    return Claim(stream, 1, margin, rise, open_s)


def test_a_television_goes_before_a_voice_that_has_just_begun():
    """What has made a sound for long without resembling a wake word is worth least."""
    television, voice = claim(1, open_s=600.0), claim(2, open_s=0.4)
    assert to_give_up([voice, television], 1) == [television]


def test_among_sounds_of_the_same_age_the_lower_score_goes():
    """A score that has come close is kept."""
    close, far = claim(1, margin=-0.2), claim(2, margin=-0.9)
    assert to_give_up([close, far], 1) == [far]


def test_how_many_windows_are_too_many():
    """Those that do not fit into the time that is left for them, and a quarter in any case."""
    assert n_too_many(100, window_s=0.001, allowed_s=0.25) == 25
    assert n_too_many(300, window_s=0.001, allowed_s=0.25) == 75
    assert n_too_many(1000, window_s=0.001, allowed_s=0.25) == 750
    assert n_too_many(7, window_s=0.0, allowed_s=0.25) == 2
