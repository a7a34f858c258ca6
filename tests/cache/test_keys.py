"""Keys of contents."""

import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import datetime, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import AudioChunk, AudioData
from irene.cache.keys import digest
from irene.domain.kinds import Kind

SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=5)
VALUES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.frozensets(SIMPLE, max_size=3)
    ),
    max_leaves=8,
)


def typed(value):
    """Return a value in which True and 1 differ, as they do in a key."""
    if isinstance(value, dict):
        return "dict", frozenset((typed(key), typed(one)) for key, one in value.items())
    if isinstance(value, list):
        return "list", tuple(map(typed, value))
    if isinstance(value, frozenset):
        return "set", frozenset(map(typed, value))
    return type(value).__name__, value


@given(VALUES, VALUES)
def test_keys_are_equal_exactly_when_contents_are(one, other):
    """For any two values: nothing collides, and nothing equal is told apart."""
    assert (digest(one) == digest(other)) == (typed(one) == typed(other))


@given(st.lists(st.text(max_size=4), max_size=4), st.lists(st.text(max_size=4), max_size=4))
def test_where_one_part_ends_counts(one, other):
    """`("ab", "c")` is not `("a", "bc")`."""
    assert (digest(*one) == digest(*other)) == (one == other)


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=50), st.data())
def test_one_changed_sample_is_another_recording(samples, data):
    """Whichever it is."""
    first = np.array(samples, np.int16)
    other = first.copy()
    other[data.draw(st.integers(0, len(samples) - 1))] ^= 1
    assert digest(first) == digest(first.copy())
    assert digest(first) != digest(other)


def test_the_form_of_samples_counts():
    """The same bytes in another type, shape or order in memory."""
    samples = np.arange(6, dtype=np.int16)
    forms = [samples, samples.view(np.uint16), samples.reshape(2, 3), samples.reshape(3, 2)]
    assert len({digest(one) for one in forms}) == 4
    assert digest(samples.reshape(2, 3).T) == digest(np.ascontiguousarray(samples.reshape(2, 3).T))
    assert digest(samples[::2]) == digest(samples[::2].copy())


def test_of_audio_the_time_of_its_recording_does_not_count():
    """The rate does."""
    chunk = AudioChunk(np.arange(6, dtype=np.int16), 16000, 1.0)
    assert digest(chunk) == digest(replace(chunk, start_s=2.0))
    assert digest(chunk) != digest(replace(chunk, sample_rate=8000))
    data = AudioData(b"1234", 1.0, 16000)
    assert digest(data) == digest(replace(data, timestamp=2.0, metadata={"who": "me"}))
    assert digest(data) != digest(replace(data, data=b"1235"))
    assert digest(data) != digest(replace(data, channels=2))


@dataclass(frozen=True)
class Order:
    """One dataclass."""

    what: str


@dataclass(frozen=True)
class Wish:
    """Another one with the same fields."""

    what: str


def test_dataclasses_of_another_name_differ():
    """With equal fields, too."""
    values = [Order("tea"), Wish("tea"), Wish("milk"), "tea"]
    assert len({digest(one) for one in values}) == 4


def test_other_values_have_keys_too():
    """Enums, moments and numpy's numbers."""
    noon = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    values = [Kind.ASR, Kind.TTS, noon, noon.replace(hour=13), np.float32(1), 1.0, 1, True, "1"]
    assert len({digest(one) for one in values}) == len(values)


@pytest.mark.parametrize("value", [len, [len], {"key": print}, Order, map])
def test_what_has_no_content_is_refused(value):
    """An address would never be found again, or found for something else."""
    with pytest.raises(TypeError, match="has no content"):
        digest(value)


def test_a_key_is_the_same_in_another_process():
    """Whatever its hash seed."""
    made = "digest({'b': 1, 'a': {'x', 'y', 'z'}}, 'text')"
    code = f"from irene.cache.keys import digest; print({made})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest({"a": {"z", "y", "x"}, "b": 1}, "text")


def test_a_recording_without_a_sample_has_a_key():
    """As any other value: its type and its shape are what it holds."""
    empty = [np.zeros(0, np.int16), np.zeros(0, np.float32), np.zeros((0, 2), np.int16)]
    assert len({digest(one) for one in empty}) == 3
    assert digest(AudioChunk(empty[0], 16000, 1.0)) == digest(AudioChunk(empty[0], 16000, 2.0))
