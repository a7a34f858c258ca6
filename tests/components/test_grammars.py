"""Grammars are compiled once, and again when anything has changed or a file is damaged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene import Grammar, IntentMatcher
from irene.cache.files import FileCache
from irene.components.understanding.grammars import GrammarShelf, guidance_warnings

SENTENCES = ["turn on the lamp", "stop"]


class Matcher(IntentMatcher):
    """Understands two sentences and counts how often its grammar is compiled."""

    def __init__(self, key="k", sentences=SENTENCES):
        self.key = key
        self.sentences = sentences
        self.compiled = 0

    def match(self, text, language, context=()):
        """Understand nothing."""
        return None

    def grammar(self, language, context=()):
        """Compile."""
        self.compiled += 1
        grammar = Grammar.of_sentences(self.sentences, language)
        return Grammar(language, grammar.arcs, grammar.finals, ("the rest",))

    def grammar_key(self, language, context=()):
        """Name it."""
        return self.key and f"{self.key} {language} {sorted(dict(context).items())}"


@pytest.fixture
def folder(tmp_path):
    """Where the files are."""
    return tmp_path / "grammars"


def shelf(folder):
    """Return a shelf as another process would have it."""
    return GrammarShelf(FileCache(folder, 3, ".grammar"))


def test_a_grammar_is_compiled_once_for_all_runs(folder):
    """Neither a second question nor a second process compiles; all of it is the same."""
    matcher = Matcher()
    first = shelf(folder)
    grammar = first.grammar(matcher, "en", {}, ("and",))
    assert first.grammar(matcher, "en", {}, ("and",)) is grammar
    again = shelf(folder).grammar(matcher, "en", {}, ("and",))
    assert (again, again.omitted, again.digest) == (grammar, ("the rest",), grammar.digest)
    assert matcher.compiled == 1
    assert grammar.accepts(["stop", "and", "turn", "on", "the", "lamp"])


def test_what_a_grammar_depends_on_compiles_it_anew(folder):
    """Other sentences, another language, another context, other conjunctions."""
    matcher = Matcher()
    asked = [("en", {}, ()), ("de", {}, ()), ("en", {"asks": "name"}, ()), ("en", {}, ("and",))]
    for number, (language, context, conjunctions) in enumerate(asked):
        shelf(folder).grammar(matcher, language, context, conjunctions)
        assert matcher.compiled == number + 1
    matcher.key = "other sentences"
    shelf(folder).grammar(matcher, "en")
    assert matcher.compiled == 5


def test_another_version_of_irene_compiles_anew(folder, monkeypatch):
    """A new version may read files or templates otherwise."""
    matcher = Matcher()
    shelf(folder).grammar(matcher, "en")
    monkeypatch.setattr("irene.__version__", "99")
    shelf(folder).grammar(matcher, "en")
    assert matcher.compiled == 2


@given(st.data())
def test_a_damaged_file_is_made_again(tmp_path_factory, data):
    """Cut anywhere, or with any byte changed: never an error, never a wrong grammar."""
    folder = tmp_path_factory.mktemp("grammars")
    good = shelf(folder).grammar(Matcher(), "en")
    (path,) = folder.iterdir()
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:place]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    assert shelf(folder).grammar(Matcher(), "en") == good


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'{"words": []}', b"\xff", b"[" * 100_000]
)
def test_a_file_of_something_else_is_made_again(folder, content):
    """Whatever lies in the folder under that name."""
    shelf(folder).grammar(Matcher(), "en")
    (path,) = folder.iterdir()
    path.write_bytes(content)
    matcher = Matcher()
    assert shelf(folder).grammar(matcher, "en").accepts(["stop"])
    assert matcher.compiled == 1


def test_a_matcher_without_names_is_asked_each_time(folder):
    """Nothing is kept of what may have changed unseen."""
    matcher = Matcher(key="")
    matcher.grammar_key = lambda language, context: None
    for _ in range(2):
        assert shelf(folder).grammar(matcher, "en").accepts(["stop"])
    assert matcher.compiled == 2
    assert not folder.exists()


def test_a_matcher_that_knows_no_grammar_has_none(folder):
    """It is asked again later: it may know one then."""
    matcher = Matcher()
    matcher.grammar = lambda language, context: None
    assert shelf(folder).grammar(matcher, "en") is None
    assert not folder.exists()


def test_words_that_are_never_heard_are_named_in_one_line():
    """The first of them, their number, and what would help."""
    grammar = Grammar.of_sentences(SENTENCES)
    (line,) = guidance_warnings(grammar, "tiny", [f"word{n}" for n in range(10)])
    assert "word7 and 2 more" in line
    assert "word8" not in line
    assert "dictionary" in line
    assert "\n" not in line
