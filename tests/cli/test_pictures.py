"""Pictures of the terminal: what is drawn is what was printed, and every picture is shown."""

import inspect
import re
from xml.etree import ElementTree

import click
import pytest
from diagrams import DIAGRAMS
from hypothesis import given
from hypothesis import strategies as st
from plots import PLOTS

from irene.cli.performance.dashboard import Dashboard
from irene.cli.pictures.drawing import picture
from irene.cli.pictures.screen import Run, Style, lines_of, wrapped
from irene.cli.pictures.session import new_home
from irene.cli.pictures.shots import SHOTS
from irene.config.sources import checkout

PICTURES = checkout() / "docs" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"


def texts_of(svg):
    """Return the texts of a picture in order, without the bar of the command."""
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")][1:]


def text_of(lines):
    """Return lines without their styles."""
    return "".join("".join(run.text for run in line).rstrip() + "\n" for line in lines)


def normalised(text):
    """Return what does not differ from run to run: words without numbers, time and spacing."""
    text = re.sub(r"It is [^.]+\.", "It is 0.", text)  # "6 minutes past 3 PM", "1:45 PM"
    return [re.sub(r"\d+(\.\d+)?( [AP]M)?", "0", word) for word in text.split()]


def test_styles_are_read_as_click_writes_them():
    """A style holds until it is taken back, over the end of a line too."""
    (one, two) = lines_of(f"{click.style('a', fg='red', bold=True)} b\n\x1b[2mc\r\n\x1b[0m")
    assert one == (Run(0, "a", Style(1, bold=True)), Run(1, " b", Style()))
    assert two == (Run(0, "c", Style(dim=True)),)
    assert lines_of("\x1b[36ma\nb\x1b[39mc")[1][0].style.colour == 6


def test_of_a_screen_that_is_drawn_again_and_again_the_last_frame_is_seen():
    """As `irene performance --live` leaves it when Ctrl-C is pressed."""
    frames = "".join(f"\x1b[Hlook {number}\x1b[K\n\x1b[Kend\x1b[J" for number in (1, 2))
    written = f"before\n\x1b[?1049h\x1b[?25l{frames}\x1b[?25h\x1b[?1049lafter\n"
    assert text_of(lines_of(written)) == "look 2\nend\n"


def test_blank_lines_stay_but_for_those_at_the_end():
    """Paragraphs are told apart."""
    assert text_of(lines_of("a\n\nb\n\n \n")) == "a\n\nb\n"


@pytest.mark.parametrize("columns", [1, 2, 3, 5, 11, 12, 40])
def test_what_is_too_long_goes_on_in_the_next_line(columns):
    """No character is lost, none doubled, and no line is longer; styles stay with their letters."""
    line = f"one{click.style('two', fg='green')}three"
    parts = wrapped(lines_of(line + "\n\nx"), columns)
    texts = text_of(parts).splitlines()
    assert max(map(len, texts)) <= columns
    assert "".join(texts) == "onetwothreex"
    green = "".join(run.text for part in parts for run in part if run.style.colour == 2)
    assert green == "two"
    assert all(run.column >= 0 for part in parts for run in part)


def test_a_picture_says_what_it_shows():
    """The command, a sentence for those who cannot see, and every word at its column."""
    svg = picture("irene x", lines_of("a <b>   c\n"), 20, "Three & words")
    root = ElementTree.fromstring(svg)
    assert [root.find(f"{SVG}{name}").text for name in ("title", "desc")] == [
        "irene x",
        "Three & words",
    ]
    first, second = root.findall(f"{SVG}text")[1:]
    assert (first.text, second.text) == ("a <b>", "c")
    cell = float(first.get("textLength")) / len("a <b>")
    apart = float(second.get("x")) - float(first.get("x"))
    assert apart == pytest.approx(8 * cell, abs=0.1)


def test_bars_are_as_long_as_their_characters():
    """Drawn as shapes, which join on every machine."""
    svg = picture("x", lines_of(f"{click.style('██▌', fg='cyan')} ▁█ ──\n"), 20, "bars")
    whole, *_ = paths = re.findall(r'<path class="[^"]*" d="(.*?)"/>', svg)[1:]
    assert len(paths) == 3
    assert texts_of(svg) == []
    left, right = map(float, re.match(r"M([\d.]+) [\d.]+H([\d.]+)V", whole).groups())
    rest = float(re.search(r"zM[\d.]+ [\d.]+h([\d.]+)v", whole)[1])
    assert rest == pytest.approx((right - left) / 4, abs=0.1)


@pytest.mark.parametrize("shot", SHOTS, ids=lambda shot: shot.name)
def test_every_picture_is_there_and_shown_on_a_page(shot):
    """With the command that it is of; a small file."""
    path = PICTURES / f"{shot.name}.svg"
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert root.find(f"{SVG}title").text == shot.command
    assert root.find(f"{SVG}desc").text == shot.about
    assert path.stat().st_size < 32_000
    pages = [*(checkout() / "docs").rglob("*.md"), checkout() / "README.md"]
    shown = [page.name for page in pages if f"pictures/{shot.name}.svg)" in page.read_text()]
    assert shown


def test_no_picture_is_left_over():
    """Each can be drawn again."""
    drawings = {path.stem for path in PICTURES.glob("*.svg")}
    assert drawings == {one.name for one in (*SHOTS, *DIAGRAMS, *PLOTS)}


def test_the_dashboard_still_looks_like_its_picture():
    """What is bold or dim on its screen, whatever the figures are, stands in its code."""
    shown = texts_of((PICTURES / "performance-live.svg").read_text())
    code = inspect.getsource(inspect.getmodule(Dashboard))
    heads = ("STAGE, ms", "RESOURCES OF THIS PROCESS", "CACHE OR POOL", "PROVIDER")
    assert [head for head in heads if head not in shown or f"{head}" not in code] == []


STYLES = st.sampled_from(["", "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[36m", "\x1b[39m"])
TEXTS = st.text(st.sampled_from("ab 1─█▁▌<&"), max_size=12)


@given(st.lists(st.tuples(STYLES, TEXTS), max_size=6), st.integers(1, 20))
def test_any_line_is_drawn_whole_and_is_xml(parts, columns):
    """Whatever its styles: what is seen is what was written, and every letter is in the picture."""
    written = "".join(style + text for style, text in parts)
    plain = "".join(text for _, text in parts).rstrip()
    lines = wrapped(lines_of(written), columns)
    assert "".join(text_of(lines).split()) == "".join(plain.split())
    svg = picture("x", lines, columns, "about")
    letters = re.sub("[ ─█▁▌]", "", plain)
    assert re.sub(" ", "", "".join(texts_of(svg))) == letters


@pytest.mark.slow
@pytest.mark.parametrize("name", ["demo", "audio-plan"])
def test_a_picture_is_what_the_command_prints_today(name):
    """But for numbers; else `python -m irene.cli.pictures` draws it anew."""
    (shot,) = (shot for shot in SHOTS if shot.name == name)
    with new_home() as home:
        drawn = shot.drawn(home)
    kept = (PICTURES / f"{name}.svg").read_text(encoding="utf-8")
    assert normalised(" ".join(texts_of(drawn))) == normalised(" ".join(texts_of(kept)))
