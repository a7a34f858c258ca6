"""`python -m irene.testing.chaos`: let parts go wrong for as long as you like, and see."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from irene.testing.chaos.report import ChaosSettings
from irene.testing.chaos.reporting import problems_of, summary_of
from irene.testing.chaos.trial import Chaos

_COMMANDS_PER_HOUR = 620
"""about how many commands an hour of audio holds"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 6 when a promise was broken or something leaks."""
    defaults = ChaosSettings()
    parser = argparse.ArgumentParser(
        prog="python -m irene.testing.chaos",
        description="Let an assistant hear commands while its parts go wrong, and see what it "
        "loses, forgets or keeps.",
    )
    parser.add_argument("--seed", type=int, default=defaults.seed, help="of all chance (0)")
    parser.add_argument("--commands", type=int, default=1000, help="how many are given (1000)")
    parser.add_argument("--hours", type=float, help="of audio, instead of --commands")
    parser.add_argument("--first", type=int, default=0, help="number of the first command (0)")
    parser.add_argument("--deadline-ms", type=int, default=defaults.deadline_ms, help="(1000)")
    parser.add_argument("--hangs", type=float, default=1.0, help="calls that hang; 0: none (1)")
    options = parser.parse_args(arguments)
    commands = options.commands
    if options.hours is not None:
        commands = max(1, round(options.hours * _COMMANDS_PER_HOUR))
    settings = ChaosSettings(
        seed=options.seed,
        commands=commands,
        first=options.first,
        deadline_ms=options.deadline_ms,
        hangs=options.hangs,
    )
    report = Chaos(settings).run()
    sys.stdout.write(summary_of(report))
    return 6 if problems_of(report) else 0


if __name__ == "__main__":
    sys.exit(main())
