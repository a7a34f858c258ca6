"""What a Whisper model leaves to the next window."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene_plugins.asr.whisper.engine import finished

TIME = 100
"""the token of 0.00 s in these tests; those below are text"""


@pytest.mark.parametrize(
    ("tokens", "kept", "next_s"),
    [
        ([], [], None),
        ([1, 2], [1, 2], None),
        ([100, 1, 150], [100, 1, 150], None),
        ([100, 1, 150, 150, 2, 200], [100, 1, 150, 150, 2, 200], None),
        ([100, 1, 150, 150], [100, 1, 150], 1.0),
        ([100, 1, 150, 150, 2, 3], [100, 1, 150], 1.0),
        ([100, 1, 150, 160, 2, 200, 210, 3], [100, 1, 150, 160, 2, 200], 2.0),
        ([100], [100], None),
    ],
    ids=[
        "nothing",
        "without times",
        "closed",
        "closed twice",
        "another sentence begins",
        "another sentence has begun",
        "two sentences and a third",
        "a time alone",
    ],
)
def test_what_is_whole_is_kept(tokens, kept, next_s):
    """A sentence that has only begun is recognised with the next window."""
    found, at = finished(tokens, TIME)
    assert found == kept
    assert at == (pytest.approx(next_s) if next_s is not None else None)


@given(st.lists(st.integers(90, 120), max_size=12))
def test_a_beginning_is_kept(tokens):
    """Whatever the model writes, what is kept is how it began; the time is one that it wrote."""
    kept, next_s = finished(tokens, TIME)
    assert tokens[: len(kept)] == kept
    if next_s is None:
        assert kept == tokens
    else:
        assert kept[-1] == TIME + round(next_s / 0.02)
