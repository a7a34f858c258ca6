"""Tags of languages."""

import pytest

from irene.domain.languages import primary_language


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
