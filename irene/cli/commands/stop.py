"""`irene stop`: the run of an assistant ends, or only what it says now."""

from __future__ import annotations

import click

from irene.cli.live.target import LiveTarget, takes_target
from irene.errors import CheckFailedError

_PATIENCE_S = 30.0
"""longest wait for an assistant to end; engines that hang are left after a few seconds"""


@click.command(name="stop")
@takes_target
@click.option("--answer", is_flag=True, help="Only silence it: an answer, an announcement, a ring.")
def command(target: LiveTarget, answer: bool) -> None:
    """End the running assistant, or only its answer.

    It ends as with Ctrl-C: an utterance in progress is answered first, unless it is told again to
    stop. The command returns when it has ended.
    """
    with target.connect() as client:
        client.ask("stop", {"answer": answer})
        if not answer and not client.wait_until_gone(_PATIENCE_S):
            raise CheckFailedError(
                f"it was told to stop, and has not after {_PATIENCE_S:g} s; once more ends what "
                "it is about"
            )
    click.echo("it is silent" if answer else "stopped")
