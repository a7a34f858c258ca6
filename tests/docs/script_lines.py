"""A script of a page, line by line, where irene's commands in it need no process of their own."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

MEASURING = {"optimize", "profile"}
"""commands that look at the process that they run in"""
_LOOKS_BACK = {"--compare", "--history", "--list", "--show"}
"""options with which they show what was measured before"""
_SHORT = ("cat", "chmod", "mkdir", "printf", "sed")
"""programs that a shell is asked for: nothing of irene is in what they do"""
_TYPED = re.compile(r"<<'(\w+)'$")
_COMMAND = re.compile(
    r"""(?P<source>(?:cat|printf)\ [^|]*\|\ )?
    (?P<variables>(?:[A-Z_]+=\S*\ )*)
    irene\ (?P<words>[^$|&;<>()?~`]*)
    (?P<sink>\|\ grep\ [^|&;<>]*|>\ [\w.-]+)?""",
    flags=re.X,
)


@dataclass(frozen=True)
class Line:
    """A command of irene with what a shell does around it, or a line that is a shell's alone."""

    source: str = ""
    """what a shell runs first: its output is the command's input; empty: there is none"""
    words: tuple[str, ...] = ()
    """arguments of irene; empty: the line is a shell's alone"""
    variables: dict[str, str] = field(default_factory=dict)
    """what is added to the command's environment"""
    sink: str = ""
    """where its output goes, as `| grep energy` or `> log.txt`; empty: to the reader"""


def script_lines(text: str) -> list[Line] | None:
    """Return the lines of a script, or None when a shell has to run it with everything in it.

    That is so when there is more to it than plain commands, pipes to `grep`, files and text that is
    typed. A command that measures its process has one of its own: its line is a shell's.
    """
    if re.search(r"^ +#", text, flags=re.M) or ("\\\n" in text and "<<" in text):
        return None
    lines = iter(text.replace("\\\n", " ").splitlines())
    try:
        found = [_read(line.strip(), lines) for line in lines if _says_something(line)]
    except ValueError:  # a quotation goes on in the next line
        return None
    plain = [line for line in found if line is not None]
    return plain if len(plain) == len(found) else None


def _says_something(line: str) -> bool:
    return bool(shlex.split(line, comments=True))


def _read(line: str, more: Iterator[str]) -> Line | None:
    typed = _TYPED.search(line)
    here = ""
    if typed:
        body = "\n".join(takewhile(lambda one: one != typed[1], more))
        here = f"{typed[0]}\n{body}\n{typed[1]}"
        line = line.removesuffix(typed[0])
    command = _COMMAND.fullmatch(line)
    if command is None:
        alone = line.split()[0] in _SHORT and "irene" not in shlex.split(line)
        return Line(source=line + here) if alone else None
    words = tuple(shlex.split(command["words"], comments=True))
    if {*words} & MEASURING and not {*words} & _LOOKS_BACK:
        return Line(source=line)
    return Line(
        source=f"cat {here}" if here else (command["source"] or "").removesuffix("| "),
        words=words,
        variables=dict(one.split("=", 1) for one in command["variables"].split()),
        sink=command["sink"] or "",
    )
