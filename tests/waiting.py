"""Waiting for what other threads do, as long as a busy machine may take."""

import threading


def until(condition):
    """Wait until a condition is true."""
    pause = threading.Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")
