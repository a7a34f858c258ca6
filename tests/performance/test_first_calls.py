"""The first call after warming up is as fast as later ones."""

import pytest

from irene.performance.first_calls import first_calls

LARGEST_RATIO = 1.2
TRIES = 3
"""a machine that others use may be slow at the wrong moment"""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_first_call_costs_no_more_than_later_ones():
    """Within 20 % for every engine of the demo assistant, in the best of some tries."""
    best = {}
    for _ in range(TRIES):
        for one in first_calls(3):
            best[one.provider] = min(one.ratio, best.get(one.provider, one.ratio))
        if max(best.values()) <= LARGEST_RATIO:
            break
    assert len(best) == 4
    assert max(best.values()) <= LARGEST_RATIO, best
