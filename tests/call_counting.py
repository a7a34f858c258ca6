"""Counting calls of Python functions: their number does not depend on the day, as times do."""

import sys
from collections import Counter


class CountedCalls:
    """Counts this thread's calls within a `with` block, by name of function and of file."""

    def __init__(self):
        self._counts = Counter()

    def __enter__(self):
        sys.setprofile(self._note)
        return self._counts

    def __exit__(self, *error):
        sys.setprofile(None)
        del self._counts["__exit__", "call_counting.py"]

    def _note(self, frame, event, argument):
        if event == "call":
            place = frame.f_code.co_filename.rsplit("/", 1)[-1]
            self._counts[frame.f_code.co_name, place] += 1
