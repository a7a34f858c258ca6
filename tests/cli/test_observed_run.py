"""What an observer tells of a run in the foreground reaches whoever follows the run."""

import asyncio

from irene.cli.performance.observed_run import observed
from irene.config.loading import load_config
from irene.config.schema import bundled_providers
from irene.domain.events import RunStarted, Warned
from irene.telemetry.recorder import Recorder
from irene.testing import VirtualClock


class Assistant:
    """As much of an assistant as is looked at; what is reported before it listens is lost."""

    def __init__(self, path):
        section = {"performance": {"store_path": str(path)}}
        self.config = load_config(section, registry=bundled_providers())
        self.recorder = Recorder(VirtualClock())
        self.told = []
        self.is_listening = False

    def providers(self):
        return []

    def report(self, event):
        if self.is_listening:
            self.told.append(event)


def test_a_file_that_fails_before_the_run_begins_is_told_when_it_does(tmp_path):
    """The thread that writes is faster than the engines: its warning came too early."""
    (tmp_path / "file").write_text("")
    assistant = Assistant(tmp_path / "file" / "performance.db")

    async def run():
        async with observed(assistant) as observer:
            observer._writer._thread.result(20)
            assistant.is_listening = True
            observer.note(RunStarted(providers={}))

    asyncio.run(run())
    (warning,) = assistant.told
    assert isinstance(warning, Warned)
    assert warning.message.startswith("nothing of this run is kept: ")
