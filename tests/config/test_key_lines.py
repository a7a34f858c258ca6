"""Finding the line of each key."""

import re
import sys

from hypothesis import given
from hypothesis import strategies as st

from irene.config.key_lines import key_lines, split_key

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAME = re.compile(r"name\d+")


class Names:
    """Hands out names that occur once in a document, so that the text tells where each stands."""

    def __init__(self):
        self.n_given = 0

    def __call__(self):
        self.n_given += 1
        return f"name{self.n_given}"


def documents():
    """Return a strategy of valid documents in which every key is called something else."""
    return st.builds(_document, st.randoms(use_true_random=False), st.sampled_from(["\n", "\r\n"]))


def _document(random, line_end):
    names = Names()
    lines = [line for _ in range(random.randint(0, 3)) for line in _pair(random, names)]
    for _ in range(random.randint(0, 4)):
        lines += _section(random, names)
    return line_end.join(lines) + random.choice(["", line_end])


def _section(random, names):
    header = _key(random, names)
    if random.random() < 0.7:
        yield f"  [ {header} ] # [decoy]"
        yield from _body(random, names)
        return
    for _ in range(random.randint(1, 3)):
        yield f"[[{header}]]"
        yield from _body(random, names)
        if random.random() < 0.4:
            yield f"[{header}.{_key(random, names)}]"
            yield from _body(random, names)


def _body(random, names):
    for _ in range(random.randint(0, 3)):
        yield random.choice(["", "# decoy = 1", "\t"])
        yield from _pair(random, names)


def _pair(random, names):
    key = _key(random, names)
    equals = random.choice(["=", " = ", "\t= "])
    comment = random.choice(["", " # decoy = 'x'"])
    value = _value(random, names, depth=0)
    return f"{random.choice(['', '  '])}{key}{equals}{value}{comment}".split("\n")


def _key(random, names):
    quotes = ("", '"', "'")
    parts = []
    for _ in range(random.randint(1, 3)):
        quote = random.choice(quotes)
        parts.append(f"{quote}{names()}{quote}")
    return random.choice([".", " . "]).join(parts)


SCALARS = (
    "1",
    "-2.5e3",
    "true",
    "inf",
    "1979-05-27 07:32:00Z",
    "07:32:00",
    '"decoy = 1 # no comment ] } \\" \\\\"',
    "'C:\\decoy # ['",
    '""',
    "''",
    '"""one\n[decoy]\ntwo = "2" \\\n   \\""""',
    "'''\ndecoy = 1\n''''",
    '""""quoted"""""',
    '""""""',
)


def _value(random, names, depth):
    roll = random.random()
    if depth < 2 and roll < 0.2:
        items = [_value(random, names, depth + 1) for _ in range(random.randint(0, 3))]
        gap = random.choice([" ", "\n", "\n  # decoy, ]\n"])
        closing = "," if items and random.random() < 0.5 else ""
        return f"[{gap}{f',{gap}'.join(items)}{closing}{gap}]"
    if depth < 2 and roll < 0.35:
        pairs = [
            f"{_key(random, names)} = {_value(random, names, depth + 1)}"
            for _ in range(random.randint(0, 3))
        ]
        return f"{{ {', '.join(pairs)} }}"
    return random.choice(SCALARS)


def _places(value, place=()):
    """Return every place of a parsed document."""
    if place:
        yield place
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, item in items:
        yield from _places(item, (*place, key))


@given(documents())
def test_every_key_of_the_parser_is_found_and_no_other(text):
    """Places agree with those of a real TOML parser."""
    assert set(key_lines(text)) == set(_places(tomllib.loads(text)))


@given(documents())
def test_a_key_stands_on_the_line_that_names_it_first(text):
    """The line of a key is the line on which its name occurs for the first time."""
    first = {}
    for number, line in enumerate(text.split("\n"), start=1):
        for name in NAME.findall(line):
            first.setdefault(name, number)
    found = {place[-1]: line for place, line in key_lines(text).items() if place[-1] in first}
    assert found == first


def test_list_elements_have_lines_of_their_own():
    """Each element of a list over several lines is found, and each table of an array."""
    text = "a = [\n 1,\n 2,\n]\n[[b]]\nx = 1\n[[b]]\nx = 2\n"
    lines = key_lines(text)
    assert [lines["a", 0], lines["a", 1]] == [2, 3]
    assert [lines["b", 0, "x"], lines["b", 1, "x"]] == [6, 8]


def test_a_key_with_escapes_is_known_by_its_meaning():
    """Quoted keys are decoded."""
    assert key_lines('\n"caf\\u00e9"."a.b" = 1') == {("café",): 2, ("café", "a.b"): 2}


def test_split_key_takes_dotted_and_quoted_parts():
    """A key of the command line is split as TOML does."""
    assert split_key('asr . providers."my.own".model') == ("asr", "providers", "my.own", "model")


def test_split_key_refuses_what_is_no_key():
    """Text that is no key is not taken for one."""
    assert [split_key(text) for text in ("", "a.", "a b", "=")] == [None] * 4
