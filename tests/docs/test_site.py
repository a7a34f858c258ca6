"""The site: its navigation is the index, and no fault of a built site is missed."""

import subprocess
import sys

import pytest
import site_pages
from doc_snippets import PAGES, ROOT
from site_check import faults_of

DOCS = ROOT / "docs"
INDEX = """\
# House

A [page](not-listed.md) in prose is no entry.

## Learn

- [First](tutorial/first.md): begins, and
  goes on with [second](tutorial/second.md).
- [Elsewhere](https://example.org/page.md)

## Do

### Quickly

- [Run](how-to/run.md#fast)
- [Walk](how-to/walk.md)

## Nothing yet
"""


def pages_of(nav):
    """Return the paths of a navigation, in order."""
    for entry in nav:
        for value in entry.values():
            yield from pages_of(value) if isinstance(value, list) else (value,)


def test_the_navigation_is_the_index():
    """Sections, groups, and each page that an item links to; prose and other sites are left out."""
    assert site_pages.navigation(INDEX) == [
        {"Learn": [{"First": "tutorial/first.md"}, {"second": "tutorial/second.md"}]},
        {"Do": [{"Quickly": [{"Walk": "how-to/walk.md"}]}]},
    ]


def test_every_page_stands_in_the_navigation_once():
    """So that a reader of the site gets to it, and sees where they are."""
    nav = site_pages.navigation((DOCS / "README.md").read_text(encoding="utf-8"))
    listed = list(pages_of(nav))
    pages = [str(page.relative_to(DOCS)) for page in PAGES if DOCS in page.parents]
    assert sorted(listed) == sorted({*pages} - {"README.md"})


def test_what_is_gathered_is_what_a_forge_shows_and_more(tmp_path):
    """Pages and pictures as they are, the code of the examples, and the list of changes."""
    site_pages.gather(tmp_path)
    pages = tmp_path / "pages"
    for page in PAGES:
        if DOCS in page.parents:
            text = page.read_text(encoding="utf-8")
            gathered = pages.joinpath(page.relative_to(DOCS)).read_text(encoding="utf-8")
            assert gathered.count("\n") == text.count("\n")
            assert gathered == text or "\\|" in text
    shown = (pages / "examples" / "vad" / "README.md").read_text()
    assert (DOCS / "examples" / "vad" / "irene_vad_loudness.py").read_text() in shown
    assert (pages / "CHANGELOG.md").read_text().startswith("# Change")
    assert not list(pages.rglob("*.py"))
    settings = (tmp_path / "mkdocs.yml").read_text()
    assert '"explanation/architecture.md"' in settings
    assert '"examples/vad/README.md"' in settings


def test_gathering_again_leaves_nothing_of_before(tmp_path):
    """A page that was deleted is not built for ever."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "gone.md").write_text("# Gone\n")
    site_pages.gather(tmp_path)
    assert not (tmp_path / "pages" / "gone.md").exists()


@pytest.fixture
def site(tmp_path):
    """Return a function that makes a site of two pages and returns its faults."""

    def built(body, other='<h1 id="top">Other</h1><a href="index.html">back</a>'):
        (tmp_path / "index.html").write_text(f'<a href="other.html">other</a>{body}')
        (tmp_path / "other.html").write_text(other)
        return list(faults_of(tmp_path))

    (tmp_path / "p.svg").write_text("<svg/>")
    return built


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other.html#top">there</a>',
        '<a href="https://example.org/x#y">elsewhere, when it is clicked</a>',
        '<a href="mailto:x@example.org">x</a><a href="./">here</a>',
        '<img src="p.svg" alt="a picture"><link rel="canonical" href="https://example.org">',
    ],
)
def test_a_sound_site_has_no_faults(site, body):
    """What leads somewhere is left in peace."""
    assert site(body) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "index.html: gone.html leads nowhere"),
        ('<a href="other.html#no">x</a>', "index.html: other.html#no names no place on that page"),
        ('<a href="#no">x</a>', "index.html: #no names no place on that page"),
        ('<img src="gone.svg" alt="x">', "index.html: gone.svg leads nowhere"),
        ('<img src="p.svg">', "index.html: p.svg has no text that stands for it"),
        (
            '<script src="https://cdn.example/x.js"></script>',
            "index.html: https://cdn.example/x.js is fetched from elsewhere",
        ),
        (
            '<link rel="stylesheet" href="//fonts.example/x.css">',
            "index.html: //fonts.example/x.css is fetched from elsewhere",
        ),
    ],
)
def test_a_fault_is_named_with_its_page(site, body, fault):
    """So that it can be found."""
    assert site(body) == [fault]


def test_a_page_that_nobody_links_to_is_a_fault(site, tmp_path):
    """Nor does a link to itself help it."""
    (tmp_path / "alone.html").write_text('<a href="alone.html#x" id="x">me</a>')
    assert site("") == ["alone.html: no page links to it"]


def test_an_empty_folder_is_no_site(tmp_path):
    """A builder that wrote nothing did not succeed."""
    assert list(faults_of(tmp_path)) == [f"{tmp_path}: there is no page"]


@pytest.mark.slow
def test_the_site_is_built_without_a_fault(tmp_path):
    """By the commands of `make site`: no warning of the builder, no fault that the check finds."""
    pytest.importorskip("zensical", reason="the site is built with zensical")
    site_pages.gather(tmp_path)
    words = ["-m", "zensical", "build", "--clean", "--strict", "--config-file", "mkdocs.yml"]
    done = subprocess.run(
        [sys.executable, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(faults_of(tmp_path / "site")) == []
    assert len(list((tmp_path / "site").rglob("*.html"))) > len(PAGES)


def test_a_bar_in_code_in_a_table_is_a_bar(tmp_path):
    """The builder would show the backslash that a forge needs; outside of tables all stays."""
    page = tmp_path / "page.md"
    page.write_text("| a | `x \\| <y>` |\n\n`z \\| z`\n", encoding="utf-8")
    assert site_pages._page(page) == "| a | <code>x &#124; &lt;y&gt;</code> |\n\n`z \\| z`\n"
