"""The floors of the house: who may import whom, read from the source with `ast`."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = {
    "errors": 0,
    "domain": 0,
    "files": 1,
    "telemetry": 1,
    "cache": 2,
    "models": 2,
    "memory": 2,
    "audio": 3,
    "providers": 4,
    "plugin": 5,
    "config": 6,
    "components": 7,
    "pipeline": 8,
    "performance": 9,
    "servers": 9,
    "testing": 9,
    "studies": 10,
    "cli": 11,
    "__main__": 12,
    "intents": 8,  # the tuning guide's name for the value types: re-exports only
    "utils": 8,  # the tuning guide's name for conversions: re-exports only
}
ENGINES = {
    "vosk",
    "pocketsphinx",
    "whisper",
    "faster_whisper",
    "openwakeword",
    "pymicro_wakeword",
    "onnxruntime",
    "soxr",
    "scipy",
    "sounddevice",
    "miniaudio",
    "soundfile",
    "espeakng_loader",
    "piper",
    "hassil",
    "paho",
    "jinja2",
    "rapidfuzz",
    "torch",
    "sklearn",
    "yaml",
    "livekit",
}
FRAMEWORKS = {"click", "rich", "aiohttp", "fastapi", "argparse"}
BANNED_NAMES = {"utils", "helpers", "common", "misc", "core", "base", "manager"}
DOCUMENTED_NAMES = {"OptimizedVRAMManager", "ProfilerManager"}
"""classes that have the name which their documentation gave them"""
AROUND_ENGINES = {
    # subclasses of an engine's own classes, and code about them: imported where the engine is,
    # inside of functions
    "plugins/irene_plugins/intent_recognition/language_intents.py",
    "plugins/irene_plugins/intent_recognition/needed_text.py",
    "plugins/irene_plugins/intent_recognition/response_sandbox.py",
}
FACADES = {
    "irene/intents/models.py",
    "irene/utils/audio_helpers.py",
    "irene/components/voice_trigger_component.py",
    "irene/components/asr_component.py",
    "irene/performance/benchmarks.py",
    "irene/performance/integration.py",
    "irene/performance/monitor.py",
    "irene/performance/optimizer.py",
    "irene/performance/profiler.py",
}
UNDER_SLOTS = ("threads", "calls", "routing", "chain")
"""rooms of `components` that every slot stands on, the lowest first"""
LONGEST_FILE = 500


@functools.cache
def sources(folder):
    """Return (path from the root, parsed module) of every source file below a folder.

    They are read by the first test that asks: every test process imports this file.
    """
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in paths]


def irene():
    """Return the sources of the framework."""
    return sources("irene")


def plugins():
    """Return the sources of the plugins."""
    return sources("plugins/irene_plugins")


@functools.cache
def nodes(tree):
    """Return every node of a module: to walk through all modules takes a second, each time."""
    return tuple(ast.walk(tree))


@functools.cache
def imports(tree):
    """Return every module that is imported anywhere in a module, type-checking blocks included."""
    found = []
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            found.append(node.module)
    return tuple(found)


def floor_of(module):
    """Return the floor of `irene.X...`; the top package itself belongs to everybody."""
    parts = module.split(".")
    return FLOORS[parts[1]] if len(parts) > 1 else None


def room(path):
    """Return the package or module directly below `irene/` that a path lies in."""
    return Path(path).parts[1].removesuffix(".py")


def test_every_package_stands_on_a_floor():
    """A new package has to be given its place."""
    assert {room(path) for path, _ in irene()} - {"__init__"} <= set(FLOORS)


def test_nothing_imports_upwards_or_sideways():
    """A module imports from its own package and from lower floors only."""
    wrong = []
    for path, tree in irene():
        if room(path) == "__init__":
            continue
        for module in imports(tree):
            if not module.startswith("irene.") or module.split(".")[1] == room(path):
                continue
            if floor_of(module) >= FLOORS[room(path)]:
                wrong.append(f"{path} imports {module}")
    assert wrong == []


def test_what_every_slot_stands_on_knows_no_slot():
    """A call is left in time, routing says whom to call, a chain fills a slot: in this order."""
    wrong = []
    for number, name in enumerate(UNDER_SLOTS):
        allowed = UNDER_SLOTS[: number + 1]
        wrong += [
            f"{path} imports {module}"
            for path, tree in irene()
            if path.startswith((f"irene/components/{name}/", f"irene/components/{name}.py"))
            for module in imports(tree)
            if module.startswith("irene.components.") and module.split(".")[2] not in allowed
        ]
    assert wrong == []


def test_irene_does_not_know_its_plugins():
    """Entry points are the only road in."""
    wrong = [p for p, tree in irene() if any(m.startswith("irene_plugins") for m in imports(tree))]
    assert wrong == []


def test_plugins_use_the_public_surface_only():
    """A bundled plugin is written as a third party would write it; siblings may share code."""
    allowed = ("irene", "irene.testing")
    wrong = [
        f"{path} imports {module}"
        for path, tree in plugins()
        for module in imports(tree)
        if module.startswith("irene.") and module not in allowed
    ]
    assert wrong == []


def test_no_engine_is_imported_under_irene():
    """Everything under `irene/` works with no engine installed."""
    wrong = [
        f"{path} imports {module}"
        for path, tree in irene()
        for module in imports(tree)
        if module.split(".")[0] in ENGINES
    ]
    assert wrong == []


def test_plugins_import_their_engine_only_when_it_is_loaded():
    """Importing a provider module is cheap and never fails."""
    around = {
        path.split("/", 1)[1].removesuffix(".py").replace("/", ".") for path in AROUND_ENGINES
    }
    wrong = [
        f"{path} imports {alias}"
        for path, tree in plugins()
        if path not in AROUND_ENGINES
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in imports(ast.Module([node], []))
        if alias.split(".")[0] in ENGINES or alias in around
    ]
    assert wrong == []


def test_no_framework_below_the_command_line():
    """The library is usable without its command line."""
    wrong = [
        path
        for path, tree in irene()
        if room(path) != "cli" and any(m.split(".")[0] in FRAMEWORKS for m in imports(tree))
    ]
    commands = ("irene/performance/", "irene/studies/", "irene/testing/chaos/__main__.py")
    assert [path for path in wrong if not path.startswith(commands)] == []


def test_wall_clock_and_sleep_come_through_a_clock():
    """Floors 0 to 8 take time from a `Clock` that is passed in; only the clock reads `time`."""
    wrong = [
        path
        for path, tree in irene()
        if room(path) not in ("cli", "performance", "studies", "testing")
        and path != "irene/domain/clock.py"
        and "time" in set(imports(tree))
    ]
    assert wrong == []


def test_printing_is_left_to_the_command_line():
    """Nothing else writes to standard output."""
    wrong = [
        path
        for path, tree in irene() + plugins()
        for node in nodes(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
        and not path.startswith("irene/cli/")
    ]
    assert wrong == []


@pytest.mark.parametrize("house", [irene, plugins])
def test_no_room_is_called_after_nothing(house):
    """Modules and classes say what they are."""
    files = [path for path, _ in house() if Path(path).stem in BANNED_NAMES]
    classes = [
        f"{path}:{node.name}"
        for path, module in house()
        for node in nodes(module)
        if isinstance(node, ast.ClassDef)
        and (node.name.startswith(("Base", "Abstract")) or node.name.endswith(("Impl", "Manager")))
        and node.name not in DOCUMENTED_NAMES
    ]
    assert files + classes == []


def test_facades_hold_re_exports_only():
    """The documented names of the tuning guide are doors, not rooms."""
    trees = dict(irene())
    for path in FACADES:
        kinds = {type(node) for node in trees[path].body}
        assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}, path


def test_no_file_outgrows_its_reader():
    """500 lines are the end; 300 are a reason to think."""
    long = [
        path
        for path, _ in irene() + plugins()
        if len((ROOT / path).read_text().splitlines()) > LONGEST_FILE
    ]
    assert long == []


def test_no_singletons_at_module_level():
    """Hosts, registries, caches and metrics belong to one assistant."""
    makers = {"ComponentRegistry", "PluginHost", "BoundedCache", "EventStream", "Assembly"}
    wrong = [
        path
        for path, tree in irene()
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") in makers
    ]
    assert wrong == []
