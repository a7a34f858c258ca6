"""Documentation is executed: every block runs, or says above it why it cannot."""

import contextlib
import importlib.util
import io
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from configparser import ConfigParser
from dataclasses import dataclass
from itertools import groupby, takewhile
from pathlib import Path
from typing import NamedTuple

import click
import pytest
import tomlkit
from doc_snippets import (
    LANGUAGES,
    PAGES,
    ROOT,
    Snippet,
    prose_of,
    section_of,
    snippets_of,
    table_rows,
)
from script_lines import Line, script_lines

from irene.cli.main import main, program
from irene.config.checking import check_config
from irene.plugin.registry import ComponentRegistry

yaml = pytest.importorskip("yaml", reason="sentence files are YAML")
pytest.importorskip("pocketsphinx", reason="the examples use the embedded engines")
pytest.importorskip("miniaudio", reason="the examples use the embedded engines")

FRONT_DOOR = ROOT / "README.md"
"""the page that newcomers' tests follow; the others take minutes together"""
WITH_SNIPPETS = [
    pytest.param(page, marks=() if page == FRONT_DOOR else pytest.mark.slow)
    for page in PAGES
    if snippets_of(page)
]
DIRECTIVES = (
    "not run: ",
    "exit status: ",
    "needs: ",
    "installs: ",
    "not compared: ",
    "wrong on purpose",
    "output",
)
"""what a comment above a block may say; what ends with a blank is followed by more"""
REASONS = (
    "installs packages",
    "takes minutes",
    "downloads a model",
    "needs a model",
    "needs a microphone",
    "needs a quiet machine",
    "needs a running assistant",
    "needs a sound device",
    "needs a Raspberry Pi",
    "writes into the system",
)
"""what may stand between `not run:` and `-->`, before a comma and more words"""
NOT_COMPARED = (
    "a drawing",
    "an example of what is written",
    "figures of one machine",
    "needs a model",
    "needs a running assistant",
    "writes into the system",
)
"""what may stand between `not compared:` and `-->`, before a comma and more words"""
_GENERATED = ("cli.md",)
"""pages whose texts are written by what they show"""
_MOST_NOT_RUN = 0.35
"""share of the runnable blocks that may carry a reason"""


class Outcome(NamedTuple):
    """What a script left."""

    status: int = 0
    shown: str = ""
    warned: str = ""


@dataclass
class PageRun:
    """One page being followed by a reader: an empty folder, and what was printed last."""

    folder: Path
    env: dict[str, str]
    capture: pytest.CaptureFixture[str]
    printed: str = ""

    def follow(self, snippet: Snippet) -> None:
        """Do what a reader does with a block."""
        if snippet.reason:
            return
        if snippet.installed:
            self._install_folder(self.folder / snippet.installed)
            return
        if snippet.package:
            reason = f"{snippet}: {snippet.package} is not installed"
            pytest.importorskip(snippet.package, reason=reason)
        if snippet.title:
            path = self.folder / snippet.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(snippet.text, encoding="utf-8")
        getattr(self, f"_{snippet.language}")(snippet)

    def _bash(self, snippet: Snippet) -> None:
        lines = script_lines(snippet.text)
        done = self._in_a_shell(snippet.text) if lines is None else self._line_by_line(lines)
        self.printed = done.shown + done.warned
        assert done.status == snippet.exit_status, f"{snippet}\n{self.printed}"

    def _line_by_line(self, lines: list[Line]) -> Outcome:
        """Run lines up to the first that fails, as `bash -e` does."""
        done = Outcome()
        for line in lines:
            more = self._here(line) if line.words else self._in_a_shell(line.source)
            done = Outcome(more.status, done.shown + more.shown, done.warned + more.warned)
            if done.status:
                break
        return done

    def _here(self, line: Line) -> Outcome:
        """Run a command of irene in this process: starting another takes longer than most do."""
        typed = self._in_a_shell(line.source).shown if line.source else ""
        self.capture.readouterr()
        self.forget_modules()
        with pytest.MonkeyPatch.context() as patch:
            source = io.BytesIO(typed.encode(errors="surrogateescape"))
            patch.setattr(sys, "stdin", io.TextIOWrapper(source, "utf-8"))
            for name, value in line.variables.items():
                patch.setenv(name, value)
            status = main(expanded(line.words))
        done = Outcome(status, *self.capture.readouterr())
        if not line.sink:
            return done
        after = self._in_a_shell(f"cat {line.sink}", done.shown)
        return Outcome(after.status or status, after.shown, done.warned + after.warned)

    def forget_modules(self) -> None:
        """Have what the page wrote imported anew: a block may have changed it."""
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(str(self.folder)):
                del sys.modules[name]

    def _in_a_shell(self, script: str, typed: str = "") -> Outcome:
        done = subprocess.run(
            ["bash", "-e", "-u", "-o", "pipefail", "-c", script],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            input=typed.encode(errors="surrogateescape"),
            check=False,
        )
        shown, warned = (one.decode(errors="surrogateescape") for one in (done.stdout, done.stderr))
        return Outcome(done.returncode, shown, warned)

    def _python(self, snippet: Snippet) -> None:
        code = compile(snippet.text, str(snippet), "exec", dont_inherit=True)
        if snippet.title:
            return
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, {"__name__": "__main__"})
        self.printed = printed.getvalue()

    def _toml(self, snippet: Snippet) -> None:
        if snippet.title == "pyproject.toml":
            self._install(snippet.text)
            return
        path = self.folder / (snippet.title or f"line-{snippet.line}.toml")
        path.write_text(snippet.text, encoding="utf-8")
        problems = check_config(path, registry=ComponentRegistry.installed(), environ={})
        if snippet.comment == "wrong on purpose":
            assert any(one.level == "error" for one in problems), str(snippet)
        else:
            assert not problems, f"{snippet}\n" + "\n".join(map(str, problems))

    def _install(self, pyproject: str) -> None:
        """Make the page's plugin found, as `pip install -e .` would."""
        project = tomlkit.parse(pyproject).unwrap()["project"]
        stem = project["name"].replace("-", "_")
        info = self.folder / f"{stem}-{project['version']}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        )
        points = project["entry-points"]["irene"]
        lines = ["[irene]", *(f"{name} = {module}" for name, module in points.items())]
        info.joinpath("entry_points.txt").write_text("\n".join(lines) + "\n")

    def _install_folder(self, package: Path) -> None:
        """Make a package found that a command has written, as `pip install -e` would."""
        self._install(package.joinpath("pyproject.toml").read_text(encoding="utf-8"))
        self.env["PYTHONPATH"] += f"{os.pathsep}{package}"
        sys.path.append(str(package))

    def _json(self, snippet: Snippet) -> None:
        try:
            json.loads(snippet.text)
        except json.JSONDecodeError:
            for line in snippet.text.splitlines():
                json.loads(line)

    def _yaml(self, snippet: Snippet) -> None:
        assert yaml.safe_load(snippet.text), str(snippet)

    def _ini(self, snippet: Snippet) -> None:
        unit = ConfigParser(strict=False, interpolation=None)
        unit.optionxform = str  # systemd tells capital letters from small ones
        unit.read_string(snippet.text)
        assert unit.sections(), str(snippet)

    def _text(self, snippet: Snippet) -> None:
        if snippet.comment == "output":
            shown, printed = normalised(snippet.text), normalised(self.printed)
            assert shown == printed, f"{snippet}\nprinted:\n{self.printed}"


def expanded(words: Sequence[str]) -> list[str]:
    """Put the names of files in the place of a pattern, as a shell does where there are any."""
    found = ((word, sorted(map(str, Path().glob(word))) if "*" in word else []) for word in words)
    return [name for word, names in found for name in names or [word]]


def normalised(output: str) -> list[str]:
    """Return output without what differs from run to run: numbers, the time of day, spacing."""
    text = re.sub(r"It is .*\.", "It is TIME.", output)
    text = re.sub(r"\d+(\.\d+)?", "0", text)
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


@pytest.fixture
def page_run(tmp_path, monkeypatch, capfd, kept_decoders):
    """An empty folder in which the recordings of the checkout are at hand."""
    for name in ("tests", "config"):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in [name for name in os.environ if name.startswith("IRENE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    path = list(sys.path)
    run = PageRun(tmp_path, dict(os.environ), capfd)
    yield run
    sys.path[:] = path
    run.forget_modules()


@pytest.mark.parametrize("page", WITH_SNIPPETS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_reader_can_follow_the_page(page, page_run):
    """Every block of a page, in order, in one folder: commands run, files are right."""
    for snippet in snippets_of(page):
        page_run.follow(snippet)


def test_every_block_names_its_language():
    """A block without a language would be neither coloured nor tested."""
    unknown = [
        str(one) for page in PAGES for one in snippets_of(page) if one.language not in LANGUAGES
    ]
    assert not unknown


def test_what_is_not_run_says_why():
    """The reason is one of a short list, so that nobody silences a block for convenience."""
    wrong = [
        f"{one}: {one.reason}"
        for page in PAGES
        for one in snippets_of(page)
        if one.reason and one.reason.split(",")[0] not in REASONS
    ]
    assert not wrong


def test_every_text_is_compared_or_says_why_not():
    """What a page says that a command prints, it prints."""
    wrong = [
        str(one)
        for page in PAGES
        for one in snippets_of(page)
        if one.language == "text" and page.name not in _GENERATED
        if one.comment != "output"
        and one.comment.removeprefix("not compared: ").split(",")[0] not in NOT_COMPARED
    ]
    assert not wrong


def test_no_code_escapes_by_being_indented():
    """A block without fences has no language, and nobody would run it."""
    wrong = []
    for page in PAGES:
        before, is_list = "", False
        for line in prose_of(page).splitlines():
            is_list = (is_list and (not line or line.startswith(" "))) or re.match(r"\d+\.|-", line)
            if line.startswith("    ") and not before and not is_list:
                wrong.append(f"{page.relative_to(ROOT)}: {line}")
            before = line
    assert not wrong


def command_lines(text):
    """Yield the words of each command of a script, without what leads to files."""
    script = re.sub(r"(?:^|\s)#.*$", "", text.replace("\\\n", " "), flags=re.M)
    reader = shlex.shlex(script, posix=True, punctuation_chars="|&;<>\n")
    reader.whitespace, reader.whitespace_split = " \t", True
    for _, words in groupby(reader, key=lambda word: not word.strip("|&;\n")):
        yield list(takewhile(lambda word: word[0] not in "<>", words))


NOT_RUN = [
    pytest.param(words[1:], id=f"{one}-{'-'.join(words[1:3])}")
    for page in PAGES
    for one in snippets_of(page)
    if one.reason and one.language == "bash"
    for words in command_lines(one.text)
    if words and Path(words[0]).name == "irene"
]


@pytest.mark.parametrize("words", NOT_RUN)
def test_a_command_that_is_not_run_exists(words, monkeypatch):
    """With its options; files that it names need not be there."""
    monkeypatch.setattr("click.Path.convert", lambda self, value, *_: value)
    context = click.Context(program, info_name="irene")
    while isinstance(context.command, click.Group) and words:
        name, command, words = context.command.resolve_command(context, words)
        context = click.Context(command, parent=context, info_name=name)
    context.command.make_context(context.info_name, words, parent=context.parent)


def test_every_module_that_a_page_runs_is_there():
    """A figure that names its command can be measured again."""
    named = {
        module
        for page in PAGES
        for module in re.findall(r"python -m (irene[\w.]*)", page.read_text(encoding="utf-8"))
    }
    assert len(named) > 20
    assert not [one for one in sorted(named) if importlib.util.find_spec(one) is None]


def test_what_can_be_said_above_a_block_is_documented():
    """With every language that a block may have."""
    page = ROOT / "docs" / "how-to" / "change-these-pages.md"
    rows = table_rows(section_of(page, "## Show something that runs"))
    said = {name.partition(": ")[0] for name in rows} - LANGUAGES
    assert said == {one.strip(": ") for one in DIRECTIVES}
    assert rows.keys() >= LANGUAGES


def test_most_blocks_are_run():
    """Reasons are for exceptions."""
    runnable = [
        one for page in PAGES for one in snippets_of(page) if one.language in ("bash", "python")
    ]
    not_run = [one for one in runnable if one.reason]
    assert len(runnable) > 20
    assert len(NOT_RUN) > 20
    assert len(not_run) <= _MOST_NOT_RUN * len(runnable), [str(one) for one in not_run]


def test_comments_above_blocks_are_understood():
    """A mistyped directive would be ignored in silence."""
    wrong = [
        f"{one}: {one.comment}"
        for page in PAGES
        for one in snippets_of(page)
        if one.comment
        and not one.comment.startswith(tuple(known for known in DIRECTIVES if known[-1] == " "))
        and one.comment not in DIRECTIVES
    ]
    assert not wrong
