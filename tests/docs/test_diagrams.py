"""The diagrams: drawn from what is said here, on the pages, with words that fit their boxes."""

import importlib.util
import re
from xml.etree import ElementTree

import pytest
from diagrams import DIAGRAMS, FOLDER, Arrow, Box
from doc_snippets import PAGES, ROOT

from irene.config.sections import BreakerTable
from irene.domain.kinds import Kind

SVG = "{http://www.w3.org/2000/svg}"
BY_NAME = {one.name: one for one in DIAGRAMS}
_WIDEST = 7.2
"""pixels of a character of the title, in the widest of common fonts"""


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda one: one.name)
def test_a_diagram_is_up_to_date(diagram):
    """`make docs` draws it."""
    assert FOLDER.joinpath(f"{diagram.name}.svg").read_text(encoding="utf-8") == diagram.svg()


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda one: one.name)
def test_a_diagram_stands_on_a_page(diagram):
    """Told in words to those who cannot see it."""
    root = ElementTree.fromstring(diagram.svg())
    assert root.find(f"{SVG}desc").text == diagram.about
    shown = [page for page in PAGES if f"pictures/{diagram.name}.svg)" in page.read_text()]
    assert shown


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda one: one.name)
def test_nothing_of_a_diagram_is_cut_off_or_lies_over_another(diagram):
    """Boxes are inside, apart from each other, and wide enough for their words."""
    for box in diagram.boxes:
        assert 0 <= box.x < box.x + box.width <= diagram.width
        assert 0 <= box.y < box.y + box.height <= diagram.height
        lines = box.name.split("\n")
        assert len(lines) <= box.n_lines
        assert max(map(len, lines)) * _WIDEST <= box.width + 20, box.name
    for number, one in enumerate(diagram.boxes):
        for other in diagram.boxes[number + 1 :]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            above = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert beside or above, (one.name, other.name)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda one: one.name)
def test_arrows_lead_from_box_to_box_within_the_picture(diagram):
    """Their corners, too."""
    for arrow in diagram.arrows:
        assert arrow.since in diagram.boxes
        assert arrow.to in diagram.boxes
        for x, y in (arrow.since.at(arrow.leaves), *arrow.by, arrow.to.at(arrow.enters)):
            assert 0 <= x <= diagram.width
            assert 0 <= y <= diagram.height


def test_the_floors_are_those_that_are_enforced():
    """From the ground up."""
    spec = importlib.util.spec_from_file_location("floors", ROOT / "tests/test_architecture.py")
    enforced = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(enforced)
    left = [box for box in BY_NAME["floors"].boxes if box.x == 20]
    for number, box in enumerate(reversed(left)):
        names = {name for name, floor in enforced.FLOORS.items() if floor == number}
        assert set(box.name.split("\n")[0].split()) == names - {"__main__", "intents", "utils"}


def test_the_way_of_audio_has_the_words_of_the_configuration():
    """Each slot by its name."""
    shown = {box.name.split("\n")[0] for box in BY_NAME["audio-path"].boxes}
    assert {str(kind) for kind in (Kind.VOICE_TRIGGER, Kind.VAD, Kind.ASR, Kind.TTS)} <= shown


def test_the_breaker_names_keys_that_there_are():
    """Of the table `[SECTION.breaker]`."""
    told = " ".join(arrow.label for arrow in BY_NAME["breaker"].arrows)
    keys = set(re.findall(r"\b[a-z]+_[a-z_]+\b", told))
    assert len(keys) == 4
    assert keys <= set(BreakerTable.__dataclass_fields__)


@pytest.mark.parametrize(
    ("side", "point"),
    [("l", (10, 44)), ("r", (110, 44)), ("t3", (40, 20)), ("b", (60, 68)), ("r5", (110, 44))],
)
def test_a_side_is_a_point_of_the_edge(side, point):
    """Its middle unless something else is said."""
    assert Box(10, 20, "name", 100).at(side) == pytest.approx(point)


def test_an_arrow_goes_by_its_corners():
    """And its label stands where there is room."""
    one, two = Box(0, 0, "one", 100), Box(200, 100, "two", 100)
    path, label = Arrow(one, "r5", two, "t5", "a\nb", by=((250, 24),)).drawn(), []
    line, *label = path
    assert 'd="M100 24L250 24L250 100"' in line
    assert [re.sub("<.*?>", "", text) for text in label] == ["a", "b"]
