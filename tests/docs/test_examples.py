"""The examples: one small package for each kind, installed, listed, checked and run."""

import json
import os
import subprocess
import sys
import venv

import pytest
from doc_snippets import EXAMPLES, table_rows

from irene import Kind
from irene.cli.scaffold.examples import example_folder, names_of_example

KINDS = [str(kind) for kind in Kind]


def test_there_is_an_example_of_every_kind():
    """And nothing else."""
    folders = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())
    assert folders == sorted(KINDS)
    assert example_folder() == EXAMPLES
    listed = (EXAMPLES / "README.md").read_text().replace("[`", "`").replace("`](", "` (")
    assert sorted(table_rows(listed)) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_is_one_module_and_eleven_lines(kind):
    """Beside its test and its page."""
    names = names_of_example(Kind(kind))
    files = {path.name: path.read_text() for path in (EXAMPLES / kind).glob("[!_.]*.*")}
    assert set(files) == {
        "pyproject.toml",
        "README.md",
        f"{names.module}.py",
        f"test_{names.module}.py",
    }
    project = files["pyproject.toml"]
    assert len([line for line in project.splitlines() if line]) == 11
    assert f'name = "{names.distribution}"' in project
    assert names.distribution in files["README.md"]
    assert len(files[f"{names.module}.py"].splitlines()) < 160


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A virtual environment with all examples, installed without network over the test's own."""
    pytest.importorskip("hatchling", reason="the examples are built with hatchling")
    folder = tmp_path_factory.mktemp("examples")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    site = subprocess.run([python, "-c", where], capture_output=True, text=True, check=True)
    paths = [path for path in sys.path if path]
    lines = "\n".join(f"import site; site.addsitedir({path!r})" for path in paths)
    (folder / "venv" / "lib").joinpath(site.stdout.strip(), "tests_own.pth").write_text(lines)
    sources = folder / "sources"
    subprocess.run(["cp", "-r", EXAMPLES, sources], check=True)
    packages = [sources / kind for kind in KINDS]
    words = "-m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation"
    subprocess.run([python, *words.split(), "--no-index", *packages], check=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith("IRENE_")}
    return sources, python, {**env, "PYTHONPATH": "", "OMP_NUM_THREADS": "1"}


def run(environment, *words):
    """Run a Python program in the environment of the examples; return what it printed."""
    sources, python, env = environment
    done = subprocess.run(
        [python, *words], cwd=sources, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_irene_lists_the_examples_and_they_are_ready(environment):
    """Each as a plugin of its own distribution, without a fault."""
    plugins = json.loads(run(environment, "-m", "irene", "plugins", "--json"))
    providers = json.loads(run(environment, "-m", "irene", "providers", "--json"))
    for kind in KINDS:
        names = names_of_example(Kind(kind))
        (plugin,) = (one for one in plugins if one["distribution"] == names.distribution)
        assert plugin["error"] is None
        assert plugin["providers"] == [f"{kind}.{names.provider}"]
        (item,) = (one for one in providers if (one["kind"], one["name"]) == (kind, names.provider))
        assert item["ready"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_tests_of_the_examples_pass(environment):
    """Contract suites and assistants, run by pytest against what is installed."""
    # Imported from where it is installed, not from its sources.
    words = ("--import-mode=importlib", "-p", "no:cacheprovider", "--rootdir", ".")
    told = run(environment, "-m", "pytest", "-q", *words, *KINDS)
    assert " passed" in told
    assert "failed" not in told


CHECK_PAGES = """
import sys
from pathlib import Path
from doc_snippets import snippets_of
from irene.config.checking import check_config
from irene.plugin.registry import ComponentRegistry

registry = ComponentRegistry.installed()
for page in map(Path, sys.argv[1:]):
    blocks = {one.language: one.text for one in snippets_of(page)}
    page.with_suffix(".toml").write_text(blocks["toml"])
    problems = check_config(page.with_suffix(".toml"), registry=registry, environ={})
    print(page.parent.name, *blocks, *problems)
"""


@pytest.mark.slow
def test_the_configuration_on_the_page_of_an_example_is_right(environment):
    """With all of them installed, as its reader has the one: keys, values, the provider's name."""
    pages = [f"{kind}/README.md" for kind in KINDS]
    told = run(environment, "-c", CHECK_PAGES, *pages)
    assert told.splitlines() == [f"{kind} bash toml" for kind in KINDS]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vad", "intents"])
def test_irene_checks_an_example(kind, environment):
    """`irene plugin test` needs the name of the distribution only."""
    names = names_of_example(Kind(kind))
    told = run(environment, "-m", "irene", "plugin", "test", names.distribution)
    assert told.splitlines()[-1].endswith("0 failed")
