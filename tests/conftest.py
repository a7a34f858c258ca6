"""What every test may use."""

import asyncio
import collections
import contextlib
import gc
import itertools
import os
import signal
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is. Each run draws other examples, and each
# Python runs the tests, so that few in each are many soon, and properties take a tenth of a run:
# `pytest --hypothesis-profile thorough` draws many in one. A number of its own is for what is dear.
settings.register_profile(
    "irene", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=20
)
settings.register_profile("thorough", settings.get_profile("irene"), max_examples=500)
settings.load_profile("irene")

_SLOW = "mark.slow"
"""how a test is marked that takes seconds; a module that says it nowhere has no slow ones"""

_PRIVATE = stat.S_IFDIR | 0o700
_GRAMMARS_KEPT = 2
"""of PocketSphinx, in each process: that of all bundled handlers takes 130 MB"""


def pytest_ignore_collect(collection_path, config):
    """Pass over modules without a test of what `-m` asks for, by the words of their marks.

    Each process imports all that it collects: the quick tests need no PyTorch, and few modules have
    slow ones.
    """
    asked = config.option.markexpr
    if asked not in ("slow", "not slow") or not collection_path.match("test_*.py"):
        return None
    text = collection_path.read_text(encoding="utf-8")
    if asked == "slow":
        return _SLOW not in text or None
    return f"\npytestmark = pytest.{_SLOW}\n" in text or None


def pytest_collection_modifyitems(items):
    """Let what compares times try again: a busy machine spoils one measurement, not five.

    A slow test in a module that `-m slow` would pass over is a mistake.
    """
    for item in items:
        if item.get_closest_marker("slow") and _SLOW not in item.path.read_text(encoding="utf-8"):
            raise pytest.UsageError(f"{item.nodeid}: write its mark out, as pytest.{_SLOW}")
        if item.get_closest_marker("measures"):
            item.add_marker(pytest.mark.flaky(reruns=4, reruns_delay=1))


def pytest_sessionstart():
    """Make the tests without the garbage collector: it would look through them all the time."""
    gc.disable()


def pytest_collection_finish():
    """Let the garbage collector pass over the million objects that tests are made of.

    Each full collection would take a second; code that measures asks for many.
    """
    gc.enable()
    _pass_over_what_is_there()


@pytest.fixture(scope="module", autouse=True)
def nothing_old_to_collect():
    """Let it pass over what the tests of other modules left, too: libraries, reports, caches.

    After some thousand tests that is as much again as the tests themselves.
    """
    _pass_over_what_is_there()


def _pass_over_what_is_there():
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def data_folder():
    """The folder of bundled recordings; their origin and licences are in ORIGIN.csv."""
    return Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def lend_own():
    """Return a context of an empty folder and the path of another one, for one test; they all go.

    Making and removing two folders takes 2 ms on a disk, half a minute for ten thousand tests, few
    of which leave anything there: the next one gets what is still empty. Paths are short, because
    those of sockets have to be.
    """
    with tempfile.TemporaryDirectory(prefix="irene-") as parent:
        numbers, unused = itertools.count(), []

        @contextlib.contextmanager
        def lend():
            if not unused:
                unused.append(Path(parent, str(next(numbers))))
                unused[-1].mkdir(mode=0o700)
            folder = unused.pop()
            state = folder.with_suffix(".state")
            yield folder, state
            if folder.stat().st_mode == _PRIVATE and not any((*folder.iterdir(), state.exists())):
                unused.append(folder)

        yield lend


@pytest.fixture(autouse=True)
def own_runtime(lend_own, monkeypatch):
    """Keep sockets and state away from those of whoever runs the tests."""
    with lend_own() as (folder, state):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        monkeypatch.setenv("XDG_STATE_HOME", str(state))
        yield folder


@pytest.fixture(scope="session")
def of_all_processes(tmp_path_factory):
    """The folder that the processes of one run of the tests share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory, of_all_processes):
    """Keep caches away, too; tests share theirs, as runs of one user do: all processes of them.

    Fixtures of a whole module begin before those of a test: their state is kept away here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(of_all_processes / "cache"))
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def signalled(monkeypatch):
    """Return a function that does what an event loop of this process does at a signal.

    It may be called on any thread. A real signal that nobody listens for yet, or any more, would
    end all tests; this one is a KeyError then. Real ones go to processes of their own.
    """
    heard = {}

    def add(loop, number, callback, *args):
        heard[number] = lambda: loop.call_soon_threadsafe(callback, *args)

    def remove(loop, number):
        return heard.pop(number, None) is not None

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_signal_handler", add)
    monkeypatch.setattr(asyncio.SelectorEventLoop, "remove_signal_handler", remove)
    monkeypatch.setattr(signal, "signal", lambda number, handler: heard.pop(number, None))
    return lambda number: heard[number]()


@pytest.fixture(scope="session")
def _idle_decoders():
    """What assistants of this process have closed."""
    return collections.defaultdict(list)


@pytest.fixture(scope="session")
def _idle_grammars():
    """Decoders for sentences that assistants of this process have closed, the last ones at last."""
    return collections.OrderedDict()


@pytest.fixture
def kept_decoders(_idle_decoders, _idle_grammars, monkeypatch):
    """Hand PocketSphinx's decoders from one assistant to the next: to make them takes seconds.

    An utterance does not depend on earlier ones, as tests of the engine show.
    """
    from irene_plugins.asr import pocketsphinx as engine

    made, close = engine.new_decoder, engine.PocketSphinxAsr._close
    compiled = engine.CommandDecoders._compile

    def take(*of):
        return _idle_decoders[of].pop() if _idle_decoders[of] else made(*of)

    def take_compiled(decoders, grammar):
        of = decoders._acoustic, decoders._lexicon._dictionary, decoders._options, grammar.digest
        return _idle_grammars.pop(of, None) or compiled(decoders, grammar)

    def keep(provider):
        of = engine.locate_model(provider.options), provider.options
        _idle_decoders[of] += provider._pool._idle
        for digest, idle in provider._commands._idle.items():
            if idle:  # not lent at the end
                _idle_grammars[of[0].acoustic, of[0].dictionary, of[1], digest] = idle[-1]
        while len(_idle_grammars) > _GRAMMARS_KEPT:
            _idle_grammars.popitem(last=False)
        close(provider)

    monkeypatch.setattr(engine, "new_decoder", take)
    monkeypatch.setattr(engine.CommandDecoders, "_compile", take_compiled)
    monkeypatch.setattr(engine.PocketSphinxAsr, "_close", keep)


@pytest.fixture(scope="session")
def micro_whisper():
    """The small Whisper checkpoint of commands in four languages, for openai-whisper."""
    pytest.importorskip("whisper", reason="the package 'openai-whisper' is not installed")
    return Path(__file__).parent / "models" / "whisper" / "irene-commands" / "model.pt"


@pytest.fixture(scope="session")
def micro_faster_whisper(micro_whisper, of_all_processes):
    """The same model as a folder for faster-whisper, converted once for all test processes."""
    for package in ("ctranslate2", "faster_whisper"):
        pytest.importorskip(package, reason=f"the package {package!r} is not installed")
    from whisper_model.conversion import converted

    return converted(micro_whisper, of_all_processes / "micro-faster-whisper")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate of this machine that nobody signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    names = ["-subj", "/CN=irene test", "-addext", "subjectAltName=IP:127.0.0.1"]
    try:
        subprocess.run(
            [*command.split(), *names, "-keyout", key, "-out", cert],
            check=True,
            capture_output=True,
        )
    except OSError:
        pytest.skip("openssl is not installed")
    return cert, key
