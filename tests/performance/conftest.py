"""What all tests of measuring need."""

import gc

import pytest


@pytest.fixture(scope="module", autouse=True)
def nothing_old_to_collect():
    """Let the garbage collector pass over what earlier tests left, as after the collection.

    What measures asks for full collections, and each would take half a second by now.
    """
    gc.collect()
    gc.freeze()
