"""What of a script on a page runs in this process, and what a shell is asked for."""

import pytest
from script_lines import Line, script_lines

TIMERS = """irene run --text <<'END'
set a timer

how long is left; irene
END
"""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("irene ask 'what time' # is it", Line(words=("ask", "what time"))),
        ("irene providers \\\n    | grep 'a b'", Line(words=("providers",), sink="| grep 'a b'")),
        ("irene config migrate > a.diff", Line(words=("config", "migrate"), sink="> a.diff")),
        ("A=b C= irene run", Line(words=("run",), variables={"A": "b", "C": ""})),
        ("cat a.wav | irene transcribe -", Line(source="cat a.wav ", words=("transcribe", "-"))),
        (TIMERS, Line(f"cat {TIMERS.partition(' --text ')[2]}".rstrip(), ("run", "--text"))),
        ("irene benchmark --history", Line(words=("benchmark", "--history"))),
    ],
)
def test_a_plain_command_of_irene_has_a_shell_do_what_is_around_it(text, line):
    """A program that writes its input, text that is typed, variables, `grep`, a file."""
    assert script_lines(text) == [line]


@pytest.mark.parametrize(
    "line", ["mkdir a", "sed 's/a;b/c/' d > e", "irene profile > a", "cat > a <<'END'\nirene\nEND"]
)
def test_a_line_without_irene_or_with_what_measures_is_left_to_a_shell(line):
    """Lines around it are not."""
    assert script_lines(f"{line}\nirene init") == [Line(source=line), Line(words=("init",))]


@pytest.mark.parametrize(
    "text",
    [
        "irene run &",
        "irene run 2>&1 > a",
        "irene run < a",
        "irene say $(cat a)",
        "irene say a && irene say b",
        "irene say a | irene say b",
        "irene say 'a\nb'",
        "until irene status; do sleep 1; done",
        "python -m irene",
        "cat a | sed irene",
        "irene say a \\\n    --output b <<'END'\na\nEND",
    ],
)
def test_a_script_with_more_in_it_is_left_to_a_shell_as_a_whole(text):
    """What one of its lines does may matter to the next."""
    assert script_lines(f"irene init\n{text}") is None
