"""Tags of languages."""

import pytest

from irene.domain.languages import is_same_language, primary_language, takes_in


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


def test_a_language_takes_in_its_regions_and_no_region_takes_in_the_language():
    """However they are written."""
    assert takes_in("de", "de-AT")
    assert takes_in("DE_at", "de-AT")
    assert not takes_in("de-AT", "de")
    assert not takes_in("de", "den")
