"""Tags of languages."""

from __future__ import annotations


def primary_language(tag: str) -> str:
    """Return the language of a BCP 47 tag without script and region, in lower case.

    Both `en-US` and `en_US`, as operating systems write it, are `en`.
    """
    return tag.replace("_", "-").partition("-")[0].lower()


def takes_in(tag: str, other: str) -> bool:
    """Whether a BCP 47 tag is the other one or a wider one: `de` takes in `de-AT`."""
    wide, narrow = (one.replace("_", "-").lower() for one in (tag, other))
    return f"{narrow}-".startswith(f"{wide}-")


def is_same_language(tag: str, other: str) -> bool:
    """Whether two BCP 47 tags are of one language, whatever script and region they name."""
    return primary_language(tag) == primary_language(other)
