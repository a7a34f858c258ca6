"""The fenced blocks of a Markdown page, and what the comment above each says about it.

An HTML comment directly above a block tells the tests what to do with it:

- `<!-- not run: REASON -->`: the block is not run, for a reason that a reader understands.
- `<!-- needs: vosk -->`: the page is followed up to here where this package is not installed.
- `<!-- installs: FOLDER -->`: the block is `pip install -e FOLDER`; the test makes it found.
- `<!-- exit status: 2 -->`: the commands are meant to fail with this status.
- `<!-- wrong on purpose -->`: the configuration is meant to have errors.
- `<!-- output -->`: the text is what the block before it prints (numbers may differ).
- `<!-- not compared: REASON -->`: the text is compared with nothing, for such a reason.

`title="NAME"` after the language says that the block is a file; the test writes it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGES = (
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    # Each example has a page of its own, which goes with the package: they are tested as packages.
    *sorted(one for one in (ROOT / "docs").rglob("*.md") if EXAMPLES not in one.parents[1:]),
)
LANGUAGES = {"python", "bash", "toml", "json", "yaml", "ini", "text"}

_FENCE = re.compile(r"^( *)```(\w*)(.*)$")
_COMMENT = re.compile(r"^ *<!-- (.*) -->$")
_BLOCK = re.compile(r"^( *)```.*?^\1```$", flags=re.M | re.S)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Snippet:
    """One fenced block."""

    page: Path
    line: int
    language: str
    title: str
    text: str
    comment: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def reason(self) -> str:
        """Why the block is not run; empty when it is."""
        return self.comment.removeprefix("not run: ") if self._says("not run: ") else ""

    @property
    def package(self) -> str:
        """Package that the block and those after it need; empty for what the tests install."""
        return self.comment.removeprefix("needs: ") if self._says("needs: ") else ""

    @property
    def installed(self) -> str:
        """Folder of the package that it installs; empty when it installs none."""
        return self.comment.removeprefix("installs: ") if self._says("installs: ") else ""

    @property
    def exit_status(self) -> int:
        """Status that its commands end with."""
        return int(self.comment.removeprefix("exit status: ")) if self._says("exit status: ") else 0

    def _says(self, directive: str) -> bool:
        return self.comment.startswith(directive)


def snippets_of(page: Path) -> list[Snippet]:
    """Return the fenced blocks of a page in order."""
    found: list[Snippet] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    comment = ""
    while number < len(lines):
        line = lines[number]
        fence = _FENCE.match(line)
        if fence is None:
            remark = _COMMENT.match(line)
            comment = remark[1] if remark else comment if not line.strip() else ""
            number += 1
            continue
        indent, language, rest = fence.groups()
        end = lines.index(f"{indent}```", number + 1)
        title = _TITLE.search(rest)
        text = "".join(f"{one.removeprefix(indent)}\n" for one in lines[number + 1 : end])
        found.append(Snippet(page, number + 1, language, title[1] if title else "", text, comment))
        comment = ""
        number = end + 1
    return found


def prose_of(page: Path) -> str:
    """Return a page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def section_of(page: Path, heading: str) -> str:
    """Return what stands below a heading (`## Name`), up to the next one of its level."""
    level = heading.split(maxsplit=1)[0]
    text = "\n" + page.read_text(encoding="utf-8")
    assert f"\n{heading}\n" in text, f"{page.name} has no heading {heading!r}"
    below = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"^#{{1,{len(level)}}} ", below, maxsplit=1, flags=re.M)[0]


def table_rows(text: str) -> dict[str, list[str]]:
    """Return the rows of all tables in a text, by the name in backticks in the first cell."""
    rows: dict[str, list[str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        name = re.match(r"`([^`]+)`", cells[0])
        if line.startswith("|") and name:
            rows[name[1]] = cells
    return rows
