"""`irene demo`: a recorded question is answered, and every stage is explained."""

from __future__ import annotations

import asyncio

import click

from irene.cli.configuration import ChosenConfig


@click.command(name="demo")
@click.option("--no-play", is_flag=True, help="Do not play the answer, only write it.")
def command(no_play: bool) -> None:
    """Answer a recorded question, every stage explained.

    The recording and the settings are the shipped profile 'demo'. The answer is written to
    answer.wav in the working directory, and played where there is a sound device.
    """
    from irene.cli.runs.explained_run import Explainer, require_answer
    from irene.cli.runs.running import ForegroundRun
    from irene.cli.sound.playing import play_file
    from irene.pipeline.assistant import Assistant

    chosen = ChosenConfig("demo")
    registry = chosen.registry()
    config = chosen.load(registry)
    explainer = Explainer()
    click.echo(
        "Somebody says the wake word and asks a question. You see what irene makes of it:\n"
        "seconds of the recording, what happened, and why. Nothing leaves this machine.\n"
    )
    run = ForegroundRun(Assistant(config, registry), explainer)
    asyncio.run(run.run())
    if run.stopped:
        return
    answer = require_answer(explainer, config)
    click.echo(f"\nThe answer: {answer.text}")
    if answer.path is not None:
        click.echo(f"It was spoken into {answer.path}.")
        if not no_play and play_file(answer.path, registry):
            click.echo("It was played on the loudspeaker, too.")
    click.echo("\nNext: `irene init` writes a configuration, `irene run` talks to you.")
