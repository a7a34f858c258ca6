"""What would be right where a file is no TOML: its parser says only what is wrong."""

from __future__ import annotations

_TEXT = 'texts in quotes, as in key = "value"'
_BACKSLASHES = r"backslashes in single quotes, as in key = 'C:\folder'"
_CURES = (
    ("illegal character '\\n'", "a text to end in a quote on its own line"),
    ("unterminated string", "a text to end in the quotes that it begins with"),
    ("unescaped '\\' in a string", _BACKSLASHES),
    ("invalid hex value", _BACKSLASHES),
    ("escaped character is not a unicode scalar value", _BACKSLASHES),
    ("cannot declare", "each section once, with all its keys below it"),
    ("cannot overwrite a value", "each key and each section once"),
    ("cannot mutate immutable namespace", "each key and each section once"),
    ("invalid statement", "key = value, or [section]"),
    ("expected '=' after a key", "key = value"),
    ("expected newline or end of document", "one key = value a line, with texts in quotes"),
    ("unclosed inline table", "a } on the same line"),
    ("unclosed array", "a ] behind the last of the list, and commas in between"),
)
"""what is wrong, in the words of tomllib, and what would be right"""
_CURLED = "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\
\N{DOUBLE LOW-9 QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
"""quotes that editors and web pages make of straight ones"""


def syntax_cure(what: str, rest: str) -> str:
    """Return what would be right; empty where what is wrong says enough.

    Args:
        what: what is wrong.
        rest: what follows on that line; empty at the end of the file.
    """
    if "invalid value" in what:
        return _value_cure(rest)
    return next((cure for wrong, cure in _CURES if wrong in what), "")


def _value_cure(rest: str) -> str:
    if not rest:
        return "a value, and an end for each bracket that was opened"
    if rest[0] in ",]}":
        return f"a value before the {rest[0]}"
    if rest.startswith(("True", "False")):
        return "true or false, in small letters"
    if rest[0] in _CURLED:
        return f"straight quotes, \" or ', not {rest[0]}"
    return _TEXT
