"""The names of the guides that irene grew from: each leads to the real part, and works."""

import ast
import asyncio
import importlib
import inspect
import re
import shlex
from pathlib import Path

import click
import pytest
from doc_snippets import section_of

from irene.cache.responses import get_response_cache
from irene.cli.main import program
from irene.config.checking import check_config
from irene.config.schema import bundled_providers
from irene.telemetry.catalogue import STAGES

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "reference" / "documented-names.md"
NAMES = TESTS / "data" / "documented" / "names.toml"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \| ([^|]*) \|", TEXT, flags=re.M)
COMMANDS = re.findall(r"^\| `[^|]*` \| `(irene [^`|]*)` \|", section_of(PAGE, "## Commands"), re.M)
TIMES = re.findall(r"`((?:vad|lid|whisper)\.\w+)`", TEXT)
GUIDES = tomllib.loads(NAMES.read_text(encoding="utf-8"))
SNIPPETS = [(guide, one) for guide, content in GUIDES.items() for one in content["snippets"]]
_KEY = re.compile(r'\["(\w+)"\]$')


def on_the_page():
    """Return every name of the page, members as `NAME.member` and keys as `NAME["key"]`."""
    found = []
    for name, _, members in ROWS:
        found.append(name)
        for member in re.findall(r"`([^`]+)`", members):
            found.append(f"{name}{member}" if member.startswith("[") else f"{name}.{member}")
    return found


@pytest.mark.parametrize(("name", "module", "members"), ROWS, ids=[name for name, *_ in ROWS])
def test_a_documented_name_can_be_imported(name, module, members):
    """From where the page says; what it finds is irene's own, says what it is, and has members."""
    found = getattr(importlib.import_module(module), name)
    assert found.__module__.startswith("irene.")
    assert inspect.getdoc(found)
    for member in re.findall(r"`(\w+)`", members):
        fields = getattr(found, "__dataclass_fields__", {})
        assert hasattr(found, member) or member in fields, member


def test_the_page_has_every_name_once():
    """In tables that are not empty."""
    names = on_the_page()
    assert len(names) == len(set(names)) > 100


def test_the_page_has_what_the_guides_show_and_nothing_else():
    """Each of its names stands in a snippet that is run below, and the other way round."""
    shown = [name for _, one in SNIPPETS for name in one["names"]]
    assert sorted(shown) == sorted(on_the_page())


@pytest.mark.parametrize(
    ("guide", "snippet"), SNIPPETS, ids=[f"{guide}-{one['names'][0]}" for guide, one in SNIPPETS]
)
def test_a_snippet_shows_its_names(guide, snippet):
    """As code, so that running it proves something about them."""
    code = snippet["code"]
    for name in snippet["names"]:
        key = _KEY.search(name)
        last = key[1] if key else name.rpartition(".")[2]
        assert re.search(rf"\b{last}\b", code), name


@pytest.fixture(autouse=True)
def forgotten():
    """Leave nothing in the process's own cache: a page shows it empty."""
    yield
    get_response_cache.cache_clear()


def followed(guide, needed=None):
    """Run the snippets of a guide in order, in one loop, with what it leaves out."""

    async def follow():
        names = {"__name__": "__main__"}
        await run(names, GUIDES[guide]["setup"], f"{guide}: setup")
        for snippet in GUIDES[guide]["snippets"]:
            if snippet.get("needs") in (None, *(needed or ())):
                await run(names, snippet["code"], f"{guide}: {snippet['names'][0]}")

    asyncio.run(follow())


async def run(names, code, title):
    """Run code that may await."""
    compiled = compile(code, title, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(compiled, names)
    if waiting is not None:
        await waiting


def installed(*packages):
    """Return those that are there, without importing them."""
    return [one for one in packages if importlib.util.find_spec(one) is not None]


@pytest.mark.parametrize("guide", list(GUIDES))
def test_the_snippets_of_a_guide_work(guide, tmp_path, monkeypatch):
    """One after the other, as a reader would try them."""
    monkeypatch.chdir(tmp_path)
    followed(guide, installed("prometheus_client", "pymicro_wakeword", "pocketsphinx"))


@pytest.mark.slow
def test_buffers_are_tensors_without_a_copy():
    """Where there is PyTorch."""
    pytest.importorskip("torch", reason="tensors need torch")
    followed("voice", ["torch"])


def test_the_documented_times_are_recorded():
    """All twelve, by their names."""
    assert len(TIMES) == len(set(TIMES)) == 12
    assert set(TIMES) <= set(STAGES)


def test_every_documented_key_is_read():
    """As the guides write them: no problem, and no remark but for the two that the page names."""
    (block,) = re.findall(r"```toml[^\n]*\n(.*?)```", section_of(PAGE, "## Keys"), flags=re.S)
    parsed = tomllib.loads(block)
    assert not check_config(parsed, registry=bundled_providers(), environ={})
    idle = {
        "voice_trigger": {
            "providers": {
                "microwakeword": {"chunk_size": 320},
                "openwakeword": {"inference_framework": "tflite"},
            }
        }
    }
    remarks = check_config(idle, registry=bundled_providers(), environ={})
    assert [one.level for one in remarks] == ["warning", "warning"]
    assert set(parsed["performance"]) == {
        "enable_monitoring",
        "monitoring_interval",
        "max_metrics_history",
        "enable_profiling",
        "enable_memory_profiling",
        "profiling_sample_rate",
        "default_benchmark_iterations",
        "benchmark_timeout",
        "enable_auto_optimization",
        "optimization_interval",
    }


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line):
    """With its options; nothing is run."""
    _, *words = shlex.split(line)
    with click.Context(program, info_name="irene") as context:
        name, command, arguments = program.resolve_command(context, words)
        command.make_context(name, arguments, parent=context)


def test_there_are_commands():
    """The table is read."""
    assert len(COMMANDS) >= 10
