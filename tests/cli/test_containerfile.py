"""The Containerfile: what can be known of it without building an image."""

import fnmatch
import json
import re
import sys
from pathlib import Path

import click
import pytest

from irene.cli.main import COMMANDS, program
from irene.config.loading import load_config
from irene.plugin.registry import ComponentRegistry

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
if not (ROOT / "Containerfile").exists():
    pytest.skip("the Containerfile is in a checkout only", allow_module_level=True)

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PAGE = ROOT / "docs" / "how-to" / "container.md"


def instructions():
    """Return the instructions as pairs of name and argument, continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(), flags=re.M)
    lines = text.replace("\\\n", " ").splitlines()
    return [tuple(line.split(maxsplit=1)) for line in lines if line.strip()]


def arguments(name):
    """Return the arguments of all instructions of a name."""
    return [argument for instruction, argument in instructions() if instruction == name]


def copied():
    """Return what is copied out of the checkout."""
    copies = [argument.split() for argument in arguments("COPY")]
    return [source for words in copies if words[0][:2] != "--" for source in words[:-1]]


def needed():
    """Return what the build of the package needs."""
    project = PROJECT["project"]
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    files = ["pyproject.toml", project["readme"], *project["license-files"]]
    return [*files, *wheel["packages"], *wheel["force-include"]]


def test_what_is_copied_is_there():
    """In this checkout."""
    assert [source for source in copied() if not (ROOT / source).exists()] == []


@pytest.mark.parametrize("path", needed())
def test_everything_that_the_package_is_built_from_is_copied(path):
    """A file that `pyproject.toml` names and that is not there breaks the build."""
    path = path.removesuffix("/*")
    assert any(path == source or path.startswith(f"{source}/") for source in copied())


@pytest.mark.parametrize("source", copied())
def test_nothing_that_is_copied_is_kept_from_the_build(source):
    """`.dockerignore` leaves out everything but that."""
    rules = (ROOT / ".dockerignore").read_text().split()
    assert rules[0] == "*"
    kept = [rule[1:] for rule in rules if rule[0] == "!"]
    assert source in kept
    assert not any(fnmatch.fnmatch(source, rule) for rule in rules[1:] if rule[0] != "!")


def commands():
    """Return the command lines of irene that the image runs."""
    (entry,), (default,) = arguments("ENTRYPOINT"), arguments("CMD")
    check = arguments("HEALTHCHECK")[0].partition("CMD ")[2]
    return [json.loads(entry) + json.loads(default), json.loads(check)]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_what_the_image_runs_are_commands_of_irene(words):
    """Their options, too."""
    name, command, *options = words
    assert name in PROJECT["project"]["scripts"]
    with click.Context(program) as context:
        COMMANDS[command].load().make_parser(context).parse_args(options)


def test_variables_of_irene_are_its_keys():
    """One that names no key would keep the image from starting."""
    pairs = dict(re.findall(r"(\w+)=(\S+)", " ".join(arguments("ENV"))))
    own = {name: value for name, value in pairs.items() if name.startswith("IRENE_")}
    config = load_config({}, registry=ComponentRegistry.installed(), environ=own)
    assert config.logging.console == "log"
    assert {"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} <= pairs.keys()


def test_it_runs_as_nobody_in_particular_with_a_python_that_is_supported():
    """The last user is the one that runs."""
    assert arguments("USER")[-1] not in ("root", "0")
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    (version,) = [one.partition("=")[2] for one in arguments("ARG") if one.startswith("PYTHON=")]
    low, high = re.findall(r"3\.(\d+)", PROJECT["project"]["requires-python"])
    assert int(low) <= int(version.partition(".")[2]) < int(high)


def test_extras_are_those_of_the_package():
    """In the image, and in what the page proposes."""
    named = re.findall(r"EXTRAS[=:] ?([\w,-]+)", (ROOT / "Containerfile").read_text())
    named += re.findall(r"EXTRAS[=:] ?([\w,-]+)", PAGE.read_text())
    assert len(named) >= 3
    known = PROJECT["project"]["optional-dependencies"]
    assert [extra for one in named for extra in one.split(",") if extra not in known] == []


def test_the_compose_file_of_the_page_builds_this_image():
    """With volumes that the image has, and time for a graceful end."""
    yaml = pytest.importorskip("yaml", reason="reads the compose file")
    (text,) = re.findall(r"```yaml.*?\n(.*?)```", PAGE.read_text(), flags=re.S)
    service = yaml.safe_load(text)["services"]["irene"]
    assert (ROOT / service["build"]["dockerfile"]).exists()
    volumes = json.loads(arguments("VOLUME")[0])
    assert [one.partition(":")[2] for one in service["volumes"]] == volumes
    assert service["stop_grace_period"] == "45s"
    load_config({}, registry=ComponentRegistry.installed(), environ=dict(service["environment"]))
