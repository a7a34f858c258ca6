"""An input that brings nothing when the run begins, as a pipe that nobody writes into yet."""

import asyncio
import threading

import numpy as np
from test_assistant_script import COMMAND, Stage, names

from irene import Assistant
from irene.config.loading import load_config
from irene.domain.events import InputAwaited


def test_who_waits_for_what_is_told_before_the_run_begins():
    """It is not ready yet: which audio it is to hear, nobody knows."""
    stage, arrived = Stage(), threading.Event()
    opened = stage.input.open_stream

    def open_stream(self):
        assert arrived.wait(60)
        return opened(self)

    stage.input.audio, stage.input.open_stream = np.concatenate(COMMAND), open_stream
    registry = stage.registry()
    assistant = Assistant(load_config(stage.config, registry=registry), registry)

    async def run():
        events = []
        async with assistant:
            async for event in assistant.run():
                events.append(event.to_dict())
                if isinstance(event, InputAwaited):
                    assert assistant.status().state == "starting"
                    arrived.set()
        return events

    events = asyncio.run(run())
    assert names(events)[:2] == ["input_awaited", "run_started"]
    assert events[0]["provider"] == "scripted"
    assert names(events).count("transcript") == 1
