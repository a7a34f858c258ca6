"""Lists in a SQLite file: what is put there stays there, whatever happens to the file."""

from __future__ import annotations

import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from irene import ProviderFailedError
from irene_plugins.intents.notes.list_store import MAX_CHARACTERS, MAX_ITEMS, MAX_LISTS, ListStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lists.sqlite"


@pytest.fixture
def store(path):
    return ListStore(path)


def test_what_is_added_is_read_in_order(store):
    """Oldest first, each once, in the case that it was written in."""
    assert store.add("shopping", ["Milk", "eggs"]) == (["Milk", "eggs"], [])
    assert store.add("shopping", ["milk", "bread"]) == (["bread"], [])
    assert store.items("shopping") == ["Milk", "eggs", "bread"]
    assert store.items("Shopping") == store.items("shopping")


def test_lists_do_not_mix(store):
    """One list knows nothing of another."""
    store.add("shopping", ["milk"])
    store.add("to-do", ["milk"])
    store.remove("shopping", "milk")
    assert store.items("to-do") == ["milk"]
    assert store.items("gifts") == []


def test_it_survives_a_restart(path):
    """Another object on the same file sees everything."""
    ListStore(path).add("shopping", ["milk"])
    ListStore(path).create("holiday")
    assert ListStore(path).items("shopping") == ["milk"]
    assert ListStore(path).names() == ["holiday"]


def test_what_is_done_is_no_longer_open(store):
    """And may be wanted again, behind what was wanted since."""
    store.add("shopping", ["milk", "eggs"])
    store.complete("shopping", "MILK")
    assert store.items("shopping") == ["eggs"]
    assert store.known() == ["eggs", "milk"]
    assert store.add("shopping", ["milk"]) == (["milk"], [])
    assert store.items("shopping") == ["eggs", "milk"]


def test_a_cleared_list_is_empty(store):
    """What was done goes, too; the count is of what was open."""
    store.add("shopping", ["milk", "eggs"])
    store.complete("shopping", "milk")
    assert store.clear("shopping") == 1
    assert store.known() == []


FOUND = [
    ("eggs", "eggs"),
    ("egg", "eggs"),
    ("Tomatoes", "tomato"),
    ("milk", "two litres of milk"),
    ("oat milk", None),
    ("red wine", "red wine"),
    ("wine", None),
    ("", None),
]


@pytest.mark.parametrize(("wanted", "found"), FOUND)
def test_the_item_that_is_meant_is_found(store, wanted, found):
    """The very text first, then a plural or part of it; nothing where two could be meant."""
    store.add("shopping", ["eggs", "tomato", "two litres of milk", "red wine", "white wine"])
    assert store.find("shopping", wanted) == found


def test_names_of_lists_are_kept(store):
    """Each once, whatever its case; no name is no list."""
    assert store.create("Holiday")
    assert not store.create("holiday")
    assert not store.create("  ")
    assert store.names() == ["holiday"]
    store.add("holiday", ["sun cream"])
    store.forget("HOLIDAY")
    assert (store.names(), store.items("holiday")) == ([], [])


def test_there_is_an_end_to_everything(store):
    """Texts, items and lists are bounded: a program gone wild fills no disk."""
    assert store.add("shopping", ["x" * 999]) == (["x" * MAX_CHARACTERS], [])
    texts = [f"item {number}" for number in range(MAX_ITEMS)]
    added, refused = store.add("shopping", texts)
    assert (len(added), refused) == (MAX_ITEMS - 1, texts[-1:])
    assert [store.create(f"list {number}") for number in range(MAX_LISTS + 1)][-1] is False


DAMAGES = {
    "text": b"this is no database, but somebody's notes " * 50,
    "noise": bytes(range(256)) * 40,
    "header only": b"SQLite format 3\0" + b"\xff" * 5000,
}


@pytest.mark.parametrize("content", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_set_aside(path, content):
    """It keeps its content under another name, and new lists begin."""
    path.write_bytes(content)
    aside = []
    store = ListStore(path, aside.append)
    store.add("shopping", ["milk"])
    assert [one.name for one in aside] == ["lists.damaged-1.sqlite"]
    assert aside[0].read_bytes() == content
    assert store.items("shopping") == ["milk"]


def test_damage_in_the_middle_shows_at_the_start(path):
    """A check reads the whole file, not only its first page."""
    store = ListStore(path)
    store.add("shopping", [f"item number {number} {'x' * 150}" for number in range(300)])
    content = bytearray(path.read_bytes())
    content[8192:-4096] = b"\x55" * (len(content) - 8192 - 4096)
    path.write_bytes(content)
    aside = []
    ListStore(path, aside.append).check()
    assert aside[0].read_bytes() == content


def test_a_second_damage_overwrites_no_first(path):
    """Every damaged file is kept."""
    aside = []
    store = ListStore(path, aside.append)
    for number in (1, 2):
        path.write_bytes(b"damage %d " % number * 100)
        store.check()
    assert [one.read_bytes()[:8] for one in aside] == [b"damage 1", b"damage 2"]


def test_a_file_of_a_later_version_is_left_alone(path):
    """Nobody's lists are lost by going back to an older irene."""
    with sqlite3.connect(path) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(ProviderFailedError, match="later version"):
        ListStore(path).add("shopping", ["milk"])
    assert list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_hold_a_file_is_named(tmp_path):
    """One line: which file, and why."""
    with pytest.raises(ProviderFailedError, match=r"nowhere.lists\.sqlite: unable to open"):
        ListStore(tmp_path / "nowhere" / "lists.sqlite").items("shopping")


def test_a_file_that_another_program_holds_is_no_damage(path, monkeypatch):
    """It is waited for, and then said to be locked; it is not set aside."""
    store = ListStore(path)
    store.add("shopping", ["milk"])
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda path, **more: connect(path, **more | {"timeout": 0})
    )
    other = connect(path, isolation_level=None)
    other.execute("begin exclusive")
    with pytest.raises(ProviderFailedError, match="locked"):
        store.items("shopping")
    other.close()
    assert store.items("shopping") == ["milk"]


def test_threads_share_a_store(path):
    """Nothing is lost and nothing is there twice."""
    store = ListStore(path)
    texts = [f"item {number % 20}" for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda text: store.add("shopping", [text])[0], texts))
    assert sorted(store.items("shopping")) == sorted({*texts})
    assert sum(map(len, added)) == 20


def test_threads_that_find_the_same_damage_set_it_aside_once(path):
    """The second one finds the successor, not another damage."""
    path.write_bytes(b"no database " * 1000)
    aside = []
    store = ListStore(path, aside.append)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.add("shopping", [f"item {number}"]), range(16)))
    assert len(aside) == 1
    assert len(store.items("shopping")) == 16


@pytest.mark.parametrize("text", ["\0", "\ud800", "  \n\t ", ""])
def test_what_is_no_text_is_not_kept(store, text):
    """Signs that neither a database nor a voice takes."""
    assert store.add("shopping", [text]) == ([], [])


TEXTS = st.sampled_from(["milk", "Milk", "eggs", "two eggs", "bread", "Straße", "strasse", "a"])
LISTS = st.sampled_from(["shopping", "to-do", "holiday"])


class Lists(RuleBasedStateMachine):
    """The store against ordered dictionaries: key of an item to its text, open or done."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "lists.sqlite"
        self.store = ListStore(self.path)
        self.open = {}

    def teardown(self):
        self.folder.cleanup()

    @rule(name=LISTS, texts=st.lists(TEXTS, max_size=4))
    def add(self, name, texts):
        model, added = self.open.setdefault(name, {}), []
        for text in texts:
            if text.casefold() not in model:
                model[text.casefold()] = text
                added.append(text)
        assert self.store.add(name, texts) == (added, [])

    @rule(name=LISTS, text=TEXTS)
    def remove(self, name, text):
        self.open.get(name, {}).pop(text.casefold(), None)
        self.store.remove(name, text)

    @rule(name=LISTS, text=TEXTS)
    def complete(self, name, text):
        self.open.get(name, {}).pop(text.casefold(), None)
        self.store.complete(name, text)

    @rule(name=LISTS)
    def clear(self, name):
        assert self.store.clear(name) == len(self.open.pop(name, {}))

    @rule()
    def restart(self):
        self.store = ListStore(self.path)

    @invariant()
    def the_store_agrees_with_the_model(self):
        for name, items in getattr(self, "open", {}).items():
            assert self.store.items(name) == list(items.values())


TestAgainstAModel = Lists.TestCase
TestAgainstAModel.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
