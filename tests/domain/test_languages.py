"""Tags of languages."""

import pytest

from irene.domain.languages import is_same_language, primary_language


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("en_US", "en"),
        ("EN-us", "en"),
        ("zh-Hant-TW", "zh"),
        ("", ""),
    ],
)
def test_the_language_of_a_tag_is_what_comes_first(tag, language):
    """However the tag is written."""
    assert primary_language(tag) == language


@pytest.mark.parametrize(("one", "other"), [("en", "en-US"), ("de_AT", "de-CH"), ("zh-Hant", "ZH")])
def test_script_and_region_make_no_other_language(one, other):
    """A recogniser for German hears Austrians."""
    assert is_same_language(one, other)


def test_other_languages_are_others():
    """Danish is no German, and a prefix is no language."""
    assert not is_same_language("de", "da")
    assert not is_same_language("fil", "fi")
