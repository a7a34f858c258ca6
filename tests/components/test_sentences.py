"""Cutting text into sentences: at once, or while it is being written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.spoken_text.sentences import LONGEST, SentenceCutter, sentences_of

ENGLISH = [
    "It is four. | What else? | Nothing!",
    "Dr. Smith met Mrs. Jones, e.g. in St. Albans. | They talked.",
    "Pi is 3.14 and e is 2.72. | Good.",
    "I have 5. | You have 6.",
    "See Fig. 3 and No. 5. | Then go on.",
    "No. | That is all. | The answer is no. | Really.",
    "Wait... what? | Well... | Then go.",
    "Hmm… yes. | Hmm… | No.",
    '"Stop!" he said. | "Go," she said.',
    '"Stop!" | He ran.',
    "Visit https://example.org/a.b?c=1. | Or www.example.org.",
    "The U.S. army and J. Smith came. | So did I. | We left.",
    "At 5 p.m. we go. | At 6 p.m. | We stay.",
    "One line\ngoes on. | And ends.",
    "A paragraph | \n\nAnother one",
    "Buy: | \n- milk | \n- eggs. | Six of them. | \n1. First | \n2. Second",
    "# Title | \nText below. | More.",
    "Look: | \n```py\na = 1. b\n\n# c. D\n``` | \nDone.",
    "Really?! | Yes. | OK :)",
    "",
    "   ",
    "no end",
]
GERMAN = [
    "Am 3. März kommt sie. | Am 24. Dezember nicht.",
    "Montag, 3. März. | Gut.",
    "Es ist der 3. Tag. | Im 19. Jahrhundert war das so.",
    "Es sind 3. | Mehr nicht.",
    "Das ist z. B. gut, d. h. nicht schlecht. | Ja, z.B. hier.",
    "Dr. Müller, Nr. 5, ca. 3 km usw. | Und weiter.",
    "Es kostet 5,20 €. | Der Rest sind 1.234,50 €.",
    "Was? | Nein! | Doch.",
]


def parts(marked):
    return [part.strip() for part in marked.split("|") if part.strip()]


@pytest.mark.parametrize("marked", ENGLISH)
def test_english_text_is_cut_where_a_reader_pauses(marked):
    """Full stops of abbreviations, figures and addresses end nothing."""
    text = marked.replace(" | \n", "\n").replace("|", "")
    assert [" ".join(s.split()) for s in sentences_of(text, "en-US")] == [
        " ".join(s.split()) for s in parts(marked)
    ]


@pytest.mark.parametrize("marked", GERMAN)
def test_german_text_is_cut_where_a_reader_pauses(marked):
    """Ordinals keep their full stop."""
    assert sentences_of(marked.replace("|", "").replace("  ", " "), "de") == parts(marked)


def test_languages_without_blanks_are_cut_at_their_own_stops():
    """Chinese needs no blank behind a full stop."""
    assert sentences_of("你好。再见！好", "zh") == ["你好。", "再见！", "好"]


def test_a_sentence_without_end_is_cut_at_a_clause_or_a_blank():
    """A voice that needs a whole sentence does not keep anybody waiting for a whole page."""
    clauses = sentences_of("this is a clause, " * 40, "en")
    assert all(len(one) <= LONGEST and one.endswith("clause,") for one in clauses)
    words = sentences_of("word " * 200, "en")
    assert max(map(len, words)) <= LONGEST
    assert {word for one in words for word in one.split()} == {"word"}
    assert [len(one) for one in sentences_of("x" * 700, "en")] == [300, 300, 100]


def test_a_sentence_is_known_once_the_next_one_begins():
    """The first sentence is not kept for the end of the text."""
    cutter = SentenceCutter("en")
    assert cutter.feed("It is four. ") == []
    assert cutter.feed('"') == []
    assert cutter.feed("N") == ["It is four."]
    assert cutter.feed('o," she said.') == []
    assert cutter.finish() == ['"No," she said.']


def test_an_empty_line_ends_a_sentence_at_once():
    """Whoever writes can say: speak now, the next words will take a while."""
    assert SentenceCutter("en").feed("Let me look.\n\n") == ["Let me look."]
    assert SentenceCutter("en").feed("1. First\n\n") == ["1. First"]


def test_after_a_number_the_whole_next_word_counts():
    """A month makes an ordinal of it."""
    cutter = SentenceCutter("de")
    assert cutter.feed("Um 3. M") == []
    assert cutter.feed("ä") == []
    assert cutter.feed("rz geht es los. D") == ["Um 3. März geht es los."]


WORDS = st.sampled_from(
    ["It", "is", "3.", "März", "z. B.", "Dr.", "5", "...", "…", "no!", "Yes?", '"Well."', "am",
     "1.234,5", "https://a.b/c.", "\n", "\n\n", "- item", "```", "```\n", "# T", "|", "。", "I.",
     "e.g.", "word" * 30, ", ", "*x*", ")", "x" * 400]
)  # fmt: skip
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=40).map(" ".join)


@given(TEXTS, st.sampled_from(["en", "de", "xx"]))
def test_nothing_is_lost_or_added(text, language):
    """The sentences in a row are the text, blanks aside; none is empty."""
    sentences = sentences_of(text, language)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence.strip() for sentence in sentences)


@given(TEXTS, st.lists(st.integers(1, 9), min_size=1), st.sampled_from(["en", "de"]))
def test_the_pieces_do_not_matter(text, sizes, language):
    """However a text arrives, its sentences are the same."""
    cutter = SentenceCutter(language)
    sentences, start, turn = [], 0, 0
    while start < len(text):
        size = sizes[turn % len(sizes)]
        sentences += cutter.feed(text[start : start + size])
        start, turn = start + size, turn + 1
    assert sentences + cutter.finish() == sentences_of(text, language)


@given(TEXTS)
def test_sentences_are_of_bounded_length(text):
    """But for blocks of code, which nobody says."""
    sentences = sentences_of(text, "en")
    assert all(len(one) <= LONGEST for one in sentences if "```" not in one)
