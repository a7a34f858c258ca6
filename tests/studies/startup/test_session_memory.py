"""Memory of further sessions: real engines, in a process of its own."""

import pytest

from irene.performance.measuring.fresh_process import run_isolated
from irene.studies.startup.session_memory import session_memory

ENGINES = ("pymicro_wakeword", "onnxruntime", "pocketsphinx", "espeakng_loader", "hassil")


@pytest.mark.slow
def test_sessions_share_the_engines_and_utterances_do_not():
    """A session costs what it keeps of its audio; a second utterance costs a whole decoder."""
    for engine in ENGINES:
        pytest.importorskip(engine, reason="the demo's engines are not installed")
    memory = run_isolated(session_memory, 2)
    assert (memory.n_sessions, memory.asr) == (2, "pocketsphinx")
    assert 0.1 < memory.session_mb < 10
    assert memory.utterance_mb > 50
