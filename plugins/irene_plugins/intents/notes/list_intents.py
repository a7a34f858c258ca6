"""What can be asked of lists: the intents and their slots."""

from __future__ import annotations

from irene import IntentInfo

CONFIRMED = "clear_confirmed"
"""slot that is asked for before a list is cleared"""
ABOUT_ITEMS = {
    "HassListRemoveItem": ("removed", "removed_item"),
    "IreneListContains": ("listed", "listed_item"),
}
"""answer and slot of the intents that are about what stands on a list; all others mark as done"""

_NAME = {"name": "shopping, to-do or the name of a list that was made; shopping if absent"}
_MANY = {"item": "one or several things, separated by commas", **_NAME}
_ONE = {"item": "one thing that is on the list", **_NAME}
_SURE = {CONFIRMED: "yes when the person has agreed; asked for when absent"}
_WANTS = ("item",)
LIST_INTENTS = (
    IntentInfo("HassShoppingListAddItem", "Adds to the shopping list.", _MANY, _WANTS),
    IntentInfo("HassListAddItem", "Adds things to a list.", _MANY, _WANTS),
    IntentInfo("HassListRemoveItem", "Takes one thing off a list.", _ONE, _WANTS),
    IntentInfo("HassListCompleteItem", "Marks one thing as done.", _ONE, _WANTS),
    IntentInfo("HassShoppingListCompleteItem", "Marks one thing as bought.", _ONE, _WANTS),
    IntentInfo("IreneListRead", "Reads what is on a list.", _NAME),
    IntentInfo("IreneListContains", "Says whether a thing is on a list.", _ONE, _WANTS),
    IntentInfo("IreneListClear", "Takes everything off a list.", {**_NAME, **_SURE}),
    IntentInfo("IreneListCreate", "Makes a list.", {"new_list": "its name"}, ("new_list",)),
    IntentInfo("IreneListNames", "Says which lists there are."),
)
"""every intent about lists"""
