"""The pages as a whole: links lead somewhere, nothing private or machine-bound stands in them."""

import importlib.util
import re
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from doc_snippets import PAGES, ROOT, prose_of, section_of

DOCS = ROOT / "docs"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", flags=re.M)
_OF_ONE_MACHINE = re.compile(r"(?<![\w.~])/(?:home|Users|root|tmp|work)/\w|\bTODO\b")


def named(page):
    """Return the path of a page from the root, for the names of tests."""
    return str(page.relative_to(ROOT))


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = _HEADING.findall(prose_of(page))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_relative_link_leads_somewhere(page):
    """To a file that is there, and to a heading that is in it."""
    for link in _LINK.findall(prose_of(page)):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_is_for_readers(page):
    """No path that only the writer's machine has, and no note to themselves."""
    assert not _OF_ONE_MACHINE.search(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_has_one_title(page):
    """The first line, and no other heading of that level."""
    text = prose_of(page)
    assert text.startswith("# ")
    assert len(re.findall(r"^# ", text, flags=re.M)) == 1


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_lists_are_lists_wherever_they_are_read(page):
    """Forges and the site read Markdown a little differently: what both understand is written."""
    before, is_list = "", False
    for line in prose_of(page).splitlines():
        item = re.match(r"( *)(?:\d+\.|[-*]) ", line)
        if not before:
            is_list = item is not None
        assert not item or is_list, f"no blank line before {line!r}"
        assert not item or len(item[1]) % 4 == 0, f"not four spaces before {line!r}"
        before = line


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=named)
def test_a_link_of_the_documentation_stays_in_it(page):
    """To a page or a file, not to a folder: the site has no other files, and no listings."""
    for link in _LINK.findall(prose_of(page)):
        path = link.partition("#")[0]
        if path and not link.startswith("http"):
            target = (page.parent / path).resolve()
            assert DOCS in target.parents, link
            assert target.is_file(), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_link_to_another_site_is_one(page):
    """An address that can be asked for: encrypted, with a host, without blanks or a full stop."""
    prose = prose_of(page)
    for link in [
        *re.findall(r"\]\((https?:[^)]*)\)", prose),
        *re.findall(r"<(https?:[^>]*)>", prose),
    ]:
        parts = urlsplit(link)
        assert (parts.scheme, bool(parts.hostname)) == ("https", True), link
        assert not re.search(r"\s|[.,;]$", link), link


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_picture_says_what_there_is_to_see(page):
    """For those who cannot see it, and while it is loading."""
    for text, _ in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", prose_of(page)):
        assert len(text.split()) > 3, text


def test_the_index_names_every_page():
    """What is not linked is not found."""
    linked = {(DOCS / link).resolve() for link in _LINK.findall((DOCS / "README.md").read_text())}
    pages = {page for page in PAGES if DOCS in page.parents}
    assert not pages - linked - {DOCS / "README.md"}


def test_the_readme_is_short():
    """A reader gets to the end of it."""
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


def test_the_readme_says_which_irene_it_is_not():
    """There is an older project of a similar name."""
    readme = (ROOT / "README.md").read_text()
    assert "\nThis is not the Irene-Voice-Assistant project on GitHub.\n" in readme


def test_the_glossary_is_in_order_of_the_alphabet():
    """A reader finds a word."""
    rows = (DOCS / "glossary.md").read_text().splitlines()
    words = [row.split("|")[1].strip().lower() for row in rows if row.startswith("| ")][1:]
    assert words == sorted(words)
    assert {"provider", "hypothesis", "wake word", "rtf", "pre-roll", "fallback"} <= set(words)


def test_the_picture_is_the_same_everywhere():
    """README and architecture show one house."""
    pictures = [
        re.search(r"^```text\nfaces.*?^```$", page.read_text(), flags=re.M | re.S)[0]
        for page in (ROOT / "README.md", DOCS / "explanation" / "architecture.md")
    ]
    assert pictures[0] == pictures[1]


def test_the_table_of_floors_is_the_one_that_is_enforced():
    """Every package stands on the floor that the architecture test gives it."""
    spec = importlib.util.spec_from_file_location("floors", ROOT / "tests/test_architecture.py")
    floors = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(floors)
    page = section_of(DOCS / "explanation" / "architecture.md", "# Architecture")
    shown = dict(re.findall(r"^\| (\d+) \| (.*) \|$", page, flags=re.M))
    for package, floor in floors.FLOORS.items():
        if package not in ("__main__", "intents", "utils"):
            assert f"`{package}`" in shown[str(floor)], package


def modules_of_make_docs():
    """Return the modules that write the generated pages."""
    target = (ROOT / "Makefile").read_text().split("\ndocs:")[1].split("\n\n")[0]
    return re.findall(r"-m (\S+)", target)


@pytest.mark.parametrize("module", [*modules_of_make_docs(), "irene.cli.pictures"])
def test_what_writes_pages_refuses_what_it_does_not_know(module):
    """`--help` says what it does, and neither that nor a slip writes anything."""
    asked, mistaken = (
        subprocess.run(
            [sys.executable, "-m", module, word], check=False, capture_output=True, text=True
        )
        for word in ("--help", "nonsense")
    )
    assert (asked.returncode, asked.stdout[:6]) == (0, "usage:")
    assert f"usage: python -m {module}" in asked.stdout
    assert (mistaken.returncode, mistaken.stdout) == (2, "")
    assert "nonsense" in mistaken.stderr


def test_make_docs_runs_modules_that_are_there():
    """`make docs` writes every generated page."""
    modules = modules_of_make_docs()
    assert {"irene.config.rendering", "irene.config.schema", "irene.cli.reference"} <= set(modules)
    assert not [module for module in modules if importlib.util.find_spec(module) is None]


def test_tables_have_as_many_cells_as_their_heads():
    """A bar inside a cell breaks a table in silence."""
    wrong = []
    for page in PAGES:
        head = 0
        for line in prose_of(page).splitlines():
            cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
            head = head or cells if cells else 0
            if cells != head:
                wrong.append(f"{named(page)}: {line}")
    assert not wrong
