"""Windows that slide, as far as there is time for them, and what they say together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.language.windows import Pace, among, together, window_at

LANGUAGES = ("en", "de")


def test_only_what_may_be_spoken_counts():
    """Dutch is no choice here, so German has all that is left."""
    shares = among({"nl": 0.6, "de": 0.3, "en": 0.1}, LANGUAGES)
    assert shares == pytest.approx({"de": 0.75, "en": 0.25})


def test_what_is_surely_something_else_is_no_opinion():
    """Nobody is forced to be German."""
    assert among({"zh": 0.97, "de": 0.02, "en": 0.01}, LANGUAGES) == {}
    assert among({}, LANGUAGES) == {}


def test_a_region_is_given_what_is_known_of_its_language():
    """An identifier knows `de`, a person speaks `de-AT`."""
    assert among({"de": 0.9, "en": 0.1}, ("en", "de-AT"))["de-AT"] == pytest.approx(0.9)
    assert among({"pt-br": 0.9, "pt-BR": 0.5}, ("pt-BR",)) == {"pt-BR": 1.0}


@given(st.dictionaries(st.sampled_from(["en", "de", "fr", "nl"]), st.floats(-0.001, 1.001)))
def test_shares_sum_to_one_or_are_none(shares):
    """Whatever an identifier returns within its contract."""
    found = among(shares, LANGUAGES)
    assert found == {} or sum(found.values()) == pytest.approx(1.0)
    assert all(share >= 0.0 for share in found.values())


def test_a_window_that_is_not_whole_ends_in_zeros():
    """Its length is what the identifier declared."""
    samples = np.arange(1, 6, dtype=np.int16)
    assert window_at(samples, 1, 3).tolist() == [2, 3, 4]
    assert window_at(samples, 3, 4).tolist() == [4, 5, 0, 0]


def test_windows_of_one_utterance_have_one_opinion():
    """Their mean; one that heard silence says nothing."""
    windows = [{"de": 0.9, "en": 0.1}, {}, {"de": 0.5, "en": 0.5}]
    assert together(windows) == pytest.approx({"de": 0.7, "en": 0.3})
    assert together([{}, {}]) == together([]) == {}


def test_a_quick_identifier_is_asked_at_every_hop():
    """Up to half of the time may be spent on it."""
    pace = Pace(0.1)
    assert (pace.n_hops, pace.cost_s) == (1, 0.0)
    pace.note(0.05)
    assert pace.hop_s == pytest.approx(0.1)


def test_a_slow_identifier_is_asked_less_often():
    """At the measured rate, in whole hops."""
    pace = Pace(0.1)
    pace.note(0.12)
    assert (pace.n_hops, pace.hop_s) == (3, pytest.approx(0.3))


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=50))
def test_half_of_the_time_is_left(costs):
    """The hop is at least twice the smoothed cost, and no longer than needed."""
    pace = Pace(0.1)
    for cost in costs:
        pace.note(cost)
    assert pace.hop_s >= 2 * pace.cost_s - 1e-6
    assert pace.n_hops == 1 or pace.hop_s - 0.1 < 2 * pace.cost_s + 1e-6
    assert min(costs) - 1e-9 <= pace.cost_s <= max(costs) + 1e-9
