"""The way into the command `irene`: Ctrl-C ends it without a word while Python still imports it."""

from __future__ import annotations

import signal


def main() -> int:
    """Run the command line of the process and return its exit status.

    Until there is somebody to catch a `KeyboardInterrupt`, SIGINT kills, which shells tell as 130.
    """
    interrupts = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not under `nohup`
    if interrupts:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from irene.cli.error_border import INTERRUPTED
    from irene.cli.main import main as command_line

    try:
        if interrupts:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return command_line()
    except KeyboardInterrupt:
        return INTERRUPTED
