"""A handler for lists of things to buy and to do."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from irene import (
    HandlerContext,
    Intent,
    IntentInfo,
    NoOptions,
    ProviderFailedError,
    Response,
    Services,
    hookimpl,
)
from irene_plugins.intents.bundled import BundledHandler, said
from irene_plugins.intents.notes.list_intents import ABOUT_ITEMS, CONFIRMED, LIST_INTENTS
from irene_plugins.intents.notes.list_items import (
    ItemWords,
    bare_item,
    split_items,
    with_punctuation,
)
from irene_plugins.intents.notes.list_store import ListStore, tidy

SHOPPING = "shopping"
"""list that is meant when none is named"""
TO_DO = "to-do"
"""list of tasks, in which an "and" separates nothing"""
_MOST_SPOKEN = 10
"""items that are read aloud at most"""
_LONGEST_TEXT = 1000
"""characters of what was said that are looked at; more is no list of things"""
_SPEAKABLE = re.compile(r"(?=.*\w)[\w'’ -]+\Z")
"""texts that can be sentence templates as they are"""


class ListHandler(BundledHandler[NoOptions]):
    """Keeps the shopping list, the to-do list and lists that people make, in one SQLite file.

    All conversations share the lists; what a question was about stands in its answer's data.
    """

    name = "lists"
    summary = "keeps shopping lists, to-do lists and others"
    intents = tuple(info.name for info in LIST_INTENTS)
    _kept: ListStore | None = None

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Change a list or read from it; ask for what is missing."""
        if intent.name in ("HassShoppingListAddItem", "HassListAddItem"):
            return self._add(intent, context)
        if intent.name == "IreneListRead":
            return self._read(_list_of(intent), context.language)
        if intent.name == "IreneListClear":
            return self._clear(intent, context)
        if intent.name == "IreneListCreate":
            return self._create(intent, context.language)
        if intent.name == "IreneListNames":
            return self._names(context.language)
        return self._on_list(intent, context.language)

    def start(self, services: Services) -> None:
        """Look at the file, and have its lists understood."""
        super().start(services)
        with suppress(ProviderFailedError):  # is told to whoever wants to use a list
            self._store.check()
        if any(self._learned(services.language)):
            services.sentences_changed()

    def sentences(self, language: str) -> Mapping[str, Any] | None:
        """Return the templates, with the lists that were made and the items that stand on them."""
        content = super().sentences(language)
        if content is None or self._services is None:
            return content
        names, items = self._learned(language)
        form = self.words("forms", language)["own_list"]
        lists = dict(content["lists"])
        own = [{"in": form.format(name=name), "out": name} for name in names]
        lists["list_name"] = {"values": [*lists["list_name"]["values"], *own]}
        lists["grocery"] = {"values": [*lists["grocery"]["values"], *items]}
        return {**content, "lists": lists}

    def _learned(self, language: str) -> tuple[list[str], list[str]]:
        """Return lists and items that the templates do not know yet, as far as they can be one."""
        try:
            own, known = self._own(), self._store.known()
        except ProviderFailedError:
            return [], []
        shipped = self._shipped(language)
        items = [item for item in known if item.casefold() not in shipped]
        return list(filter(_speakable, own)), list(filter(_speakable, items))

    def _shipped(self, language: str) -> dict[str, str]:
        """Return the items that the templates know anyway, by the same in small letters."""
        lists = (super().sentences(self.answers_in(language)) or {})["lists"]
        items = [item for key in ("task", "grocery") for item in lists[key]["values"]]
        return {item.casefold(): item for item in items}

    def describe(self) -> Sequence[IntentInfo]:
        """Say what the intents are for."""
        return LIST_INTENTS

    def _add(self, intent: Intent, context: HandlerContext) -> Response:
        language, asked = context.language, context.last_intent
        is_reply = context.last_response is not None and context.last_response.asks == "item"
        name = _list_of(intent, _list_of(asked) if is_reply and asked else SHOPPING)
        items = self._items(intent, name, language)
        if not items:
            return replace(self._say("ask_item", name, language), asks="item")
        known = {item.casefold() for item in self._store.known()} | set(self._shipped(language))
        added, refused = self._store.add(name, items)
        if not known.issuperset(item.casefold() for item in added):
            self.services.sentences_changed()
        key = "full" if refused else "added" if added else "already"
        told = refused or added or items
        return self._say(key, name, language, items=self._spoken(told, language))

    def _on_list(self, intent: Intent, language: str) -> Response:
        """Remove items, mark them as done or say whether they are there."""
        name = _list_of(intent)
        key, slot = ABOUT_ITEMS.get(intent.name, ("done", "done_item"))
        wanted = self._wanted(intent, slot, name, language)
        if not wanted:
            return replace(self._say("ask_which", name, language), asks=slot)
        found = {text: self._store.find(name, text) for text in wanted}
        for text in filter(None, found.values()):
            if key == "removed":
                self._store.remove(name, text)
            elif key == "done":
                self._store.complete(name, text)
        told = {
            key: list(dict.fromkeys(text for text in found.values() if text)),
            "not_listed": [text for text, item in found.items() if not item],
        }
        answers = [
            self._say(one, name, language, items=self._spoken(items, language))
            for one, items in told.items()
            if items
        ]
        return replace(answers[0], text=" ".join(answer.text for answer in answers))

    def _wanted(self, intent: Intent, slot: str, name: str, language: str) -> list[str]:
        """Return what the slots name: one item of the list, or an enumeration."""
        slots = said(intent)
        text = str(slots.get("item") or slots.get(slot) or "")[:_LONGEST_TEXT]
        whole = bare_item(text, self._item_words(language))
        if whole and self._store.find(name, whole):
            return [whole]
        return self._items(replace(intent, slots={**slots, "item": text}), name, language)

    def _read(self, name: str, language: str) -> Response:
        items = self._store.items(name)
        if not items:
            return self._say("empty", name, language)
        rest = len(items) - _MOST_SPOKEN
        key = "items_and_more" if rest > 0 else "items"
        spoken = self._spoken(items[:_MOST_SPOKEN], language, ends=rest <= 0)
        return self._say(key, name, language, items=spoken, rest=rest, count=len(items))

    def _clear(self, intent: Intent, context: HandlerContext) -> Response:
        """Ask first; the answer's data says which list it was about."""
        language, confirmed = context.language, said(intent).get(CONFIRMED)
        asked = context.last_response.data if context.last_response else {}
        name = _list_of(intent, str(asked.get("list_to_clear", "") if confirmed else SHOPPING))
        if confirmed and (confirmed != "yes" or not name):
            return self.say("nothing_cleared", language)
        makes_away = "whole" in said(intent) or bool(confirmed and asked.get("makes_away"))
        if confirmed:
            return self._cleared(name, makes_away, language)
        return self._ask_to_clear(name, makes_away, language)

    def _cleared(self, name: str, makes_away: bool, language: str) -> Response:
        self._store.clear(name)
        if makes_away and name in self._own():
            self._store.forget(name)
            self.services.sentences_changed()
        return self._say("cleared", name, language)

    def _ask_to_clear(self, name: str, makes_away: bool, language: str) -> Response:
        count = len(self._store.items(name))
        if not count and not (makes_away and name in self._own()):
            return self._say("empty", name, language)
        question = self._say("ask_clear", name, language, count=count)
        data = {**question.data, "list_to_clear": name, "makes_away": makes_away}
        return replace(question, asks=CONFIRMED, data=data)

    def _create(self, intent: Intent, language: str) -> Response:
        text = str(intent.slots.get("new_list") or intent.slots.get("name", ""))[:_LONGEST_TEXT]
        name = tidy(bare_item(text, self._item_words(language)).casefold())
        if not name:
            return replace(self.say("ask_name", language), asks="new_list")
        if name in self.words("titles", language) or not self._store.create(name):
            key = "exists" if self._is_list(name, language) else "too_many"
            return self._say(key, name, language)
        self.services.sentences_changed()
        return self._say("created", name, language)

    def _names(self, language: str) -> Response:
        names = [*self.words("titles", language), *self._own()]
        titles = [self._title(name, language) for name in names]
        response = self.say("names", language, lists=self._spoken(titles, language))
        return replace(response, data={"lists": names})

    def _items(self, intent: Intent, name: str, language: str) -> list[str]:
        """Return the single items that the slots hold."""
        slots = said(intent)
        numbered = [str(slots[key]) for key in sorted(slots) if key.startswith("item_")]
        text = with_punctuation(str(slots.get("item", "")), intent.text)
        words = self._item_words(language)
        split = _one_task if name == TO_DO else split_items
        texts = [text[:_LONGEST_TEXT] for text in (text, *numbered)]
        items = [tidy(item) for text in texts for item in split(text, words)]
        return list(dict.fromkeys(filter(None, items)))

    def _item_words(self, language: str) -> ItemWords:
        words = self.words("item_words", language)
        known = self._shipped(language)
        return ItemWords(words["between"], words["before"], words["behind"], known)

    def _is_list(self, name: str, language: str) -> bool:
        return name in self.words("titles", language) or name in self._own()

    def _own(self) -> list[str]:
        return self._store.names()

    @property
    def _store(self) -> ListStore:
        if self._kept is None:
            folder = self.services.state_folder()
            self._kept = ListStore(folder / "lists.sqlite", self._tell_damage)
        return self._kept

    def _tell_damage(self, aside: Path) -> None:
        """Tell whoever runs the assistant, and whoever hears it."""
        self.services.warn(f"intent handler 'lists': damaged file kept as {aside}; lists are empty")
        self.services.announce(self.say("damaged", self.services.language))

    def _say(self, key: str, name: str, language: str, /, **values: object) -> Response:
        """Answer about a list; the data names it, and what is on it now."""
        title = self._title(name, language)
        response = self.say(key, language, list=title, **values)
        return replace(response, data={"list": name, "items": self._store.items(name)})

    def _title(self, name: str, language: str) -> str:
        titles = self.words("titles", language)
        return str(titles.get(name) or self.say("title", language, name=name).text)

    def _spoken(self, items: Sequence[str], language: str, *, ends: bool = True) -> str:
        """Return an enumeration, with an "and" before the last one when it ends there."""
        if len(items) < 2 or not ends:
            return ", ".join(items)
        last_two = self.say("and", language, first=items[-2], last=items[-1]).text
        return ", ".join([*items[:-2], last_two])


def _list_of(intent: Intent, default: str = SHOPPING) -> str:
    """Return the name of the list that the intent is about."""
    return str(intent.slots.get("name") or default).strip().casefold()


def _one_task(text: str, words: ItemWords) -> list[str]:
    """Return a task as it is: "call mum and dad" is one."""
    task = bare_item(text.strip(" ,;.!?"), words)
    return [words.known.get(task.casefold(), task)]


def _speakable(text: str) -> bool:
    return _SPEAKABLE.match(text) is not None


@hookimpl
def irene_intent_handlers() -> list[type[ListHandler]]:
    """Offer the handler of lists."""
    return [ListHandler]
