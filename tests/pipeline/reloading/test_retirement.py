"""Closing what a new configuration does without."""

import asyncio
import threading
from types import SimpleNamespace

from irene.components.chain.candidate import Candidate
from irene.components.chain.provider_chain import ProviderChain
from irene.components.chain.sharing import Sharing
from irene.domain.kinds import Kind
from irene.pipeline.reloading.retirement import Retirement
from irene.testing import ScriptedVad


def test_whoever_hangs_while_it_is_closed_does_not_hold_up_the_end():
    """It is left, counted and named, as where the chain itself is closed."""
    release = threading.Event()

    class Clinging(ScriptedVad):
        def _close(self):
            release.wait(30)

    provider, events = Clinging(), []
    candidates = [Candidate("clinging", provider)]
    chain = ProviderChain(Kind.VAD, candidates, events.append, Sharing(load_s=0.1))
    provider.load()
    before = SimpleNamespace(understanding=None)
    successor = SimpleNamespace(before=before, old_chains=(chain,), retiring=(provider,))

    async def end():
        retirement = Retirement()
        retirement.begin(successor, asyncio.Event().wait)
        await asyncio.sleep(0)
        await retirement.finish()

    asyncio.run(end())
    assert not release.is_set()
    assert [(one.provider, one.call) for one in chain.abandoned.running] == [("clinging", "close")]
    release.set()
