"""The handler of lists: what people say to it, and what it keeps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import HandlerContext, Intent, IntentMatcher, ProviderFailedError, SentenceSource
from irene.pipeline.answering.dialogue import Dialogue
from irene.testing import ScriptedServices

pytest.importorskip("hassil", reason="the extra `intents` is not installed")

from irene_plugins.intent_recognition.hassil import HassilRecognizer
from irene_plugins.intents.notes.list_items import ItemWords, split_items, with_punctuation
from irene_plugins.intents.notes.lists import ListHandler


class Kitchen:
    """A conversation with the handler of lists, by the sentences of one language."""

    def __init__(self, folder, language="en"):
        self.language = language
        self.services = ScriptedServices(folder, language=language)
        self.handler = ListHandler()
        self.handler.start(self.services)
        self.dialogue = Dialogue(60)
        self.changes = -1

    def say(self, text):
        """Say something; return the answer."""
        self.dialogue.begin(0)
        context = self.dialogue.context(0)
        intent = self.matcher.match(text, self.language)
        if intent is None:
            intent = self.matcher.match(text, self.language, context)
            assert intent is not None, f"nobody understands {text!r}"
            intent = replace(intent, continues=True)
        return self.answer(self.dialogue.completed(intent, 0))

    def answer(self, intent):
        """Handle an intent; return the answer."""
        last, before = self.dialogue.last_response, self.dialogue.last_intent(0)
        context = HandlerContext(self.services.clock.now(), self.language, last, before)
        response = self.handler.handle(intent, context)
        self.dialogue.note(intent, response, 0)
        return response.text

    @property
    def last_response(self):
        return self.dialogue.last_response

    @property
    def matcher(self) -> IntentMatcher:
        """The handler's sentences, compiled again when it said that they changed."""
        if self.changes != self.services.changed:
            self.changes = self.services.changed
            content = self.handler.sentences(self.language)
            source = SentenceSource("lists", self.language, content)
            self._matcher = HassilRecognizer().open_matcher([source])
        return self._matcher


@pytest.fixture
def kitchen(tmp_path):
    return Kitchen(tmp_path)


def test_things_are_added_and_read(kitchen):
    """One sentence puts several things on the list, another reads them."""
    assert kitchen.say("what's on my shopping list") == "The shopping list is empty."
    assert kitchen.say("add milk, eggs and bread to the shopping list") == (
        "Added milk, eggs and bread to the shopping list."
    )
    assert (
        kitchen.say("what's on my shopping list") == "On the shopping list: milk, eggs and bread."
    )
    assert kitchen.last_response.data == {"list": "shopping", "items": ["milk", "eggs", "bread"]}


def test_german_is_spoken_too(tmp_path):
    """Nouns get their capitals back that recognisers leave out."""
    kitchen = Kitchen(tmp_path, "de")
    assert kitchen.say("setz milch eier und drachenfrucht auf die einkaufsliste") == (
        "Auf die Einkaufsliste gesetzt: Milch, Eier und drachenfrucht."
    )
    assert kitchen.say("setz noch etwas butter auf die einkaufsliste") == (
        "Auf die Einkaufsliste gesetzt: Butter."
    )
    assert kitchen.say("nimm die butter von der einkaufsliste") == (
        "Von der Einkaufsliste gestrichen: Butter."
    )
    assert kitchen.say("streich die eier von der einkaufsliste") == (
        "Von der Einkaufsliste gestrichen: Eier."
    )
    assert kitchen.say("schreib blumen gießen auf die to-do-liste") == (
        "Auf die Aufgabenliste gesetzt: Blumen gießen."
    )
    assert kitchen.say("was müssen wir noch kaufen") == (
        "Auf der Einkaufsliste: Milch und drachenfrucht."
    )


def test_what_is_there_is_not_added_again(kitchen):
    """And the answer says so."""
    kitchen.say("add milk")
    assert kitchen.say("add milk to the list") == "Already on the shopping list: milk."


def test_the_item_is_asked_for(kitchen):
    """And the answer to it goes to the list that was meant."""
    assert kitchen.say("add something to my to do list") == "What shall I add to the to-do list?"
    assert kitchen.last_response.asks == "item"
    assert kitchen.say("call Anna and Bob") == "Added call Anna and Bob to the to-do list."


def test_who_answers_with_a_whole_sentence_means_the_same_list(kitchen):
    """ "What shall I add to the to-do list?", "add milk": that list, unless another is named."""
    kitchen.say("add something to my to do list")
    assert kitchen.say("add milk") == "Added milk to the to-do list."
    kitchen.say("add something to my to do list")
    assert kitchen.say("add milk to the shopping list") == "Added milk to the shopping list."


def test_one_thing_may_follow_another(kitchen):
    """ "And butter" means the list of the sentence before."""
    kitchen.say("add water the plants to the to do list")
    assert kitchen.say("and feed the goldfish") == "Added feed the goldfish to the to-do list."
    kitchen.say("add milk, eggs and bread to the shopping list")
    kitchen.say("clear the shopping list")
    kitchen.say("yes")
    kitchen.say("add milk and eggs to the shopping list")
    assert kitchen.say("and butter") == "Added butter to the shopping list."


def test_a_task_with_an_and_is_one_task(kitchen):
    """While things to buy are told apart."""
    kitchen.say("add call mum and dad to my to-do list")
    kitchen.say("add mac and cheese and gummy bears and milk to my shopping list")
    assert kitchen.say("what's on the to do list") == "On the to-do list: call mum and dad."
    assert kitchen.say("what's on the list") == (
        "On the shopping list: mac and cheese, gummy bears and milk."
    )


def test_things_are_removed_and_checked_off(kitchen):
    """One or several; what is not there is named."""
    kitchen.say("add milk, eggs, bread and six purple candles to the shopping list")
    assert kitchen.say("remove the bread from the list") == "Removed bread from the shopping list."
    assert kitchen.say("check off milk") == "Checked off milk."
    assert kitchen.say("remove the candles and the unicorn from the list") == (
        "Removed six purple candles from the shopping list. Not on the shopping list: unicorn."
    )
    assert kitchen.say("what's on the list") == "On the shopping list: eggs."


def test_what_is_to_go_is_asked_for(kitchen):
    """As what is to come."""
    kitchen.say("add dragon fruit to the shopping list")
    assert kitchen.say("remove something from the list") == "Which item of the shopping list?"
    assert kitchen.say("the dragon fruit") == "Removed dragon fruit from the shopping list."


def test_a_list_tells_whether_something_is_on_it(kitchen):
    """Without reading all of it."""
    kitchen.say("add eggs")
    assert kitchen.say("do we need eggs") == "Yes, on the shopping list: eggs."
    assert kitchen.say("do we need milk") == "Not on the shopping list: milk."


def test_a_list_is_cleared_when_somebody_is_sure(kitchen):
    """Never at once, and never another list than the one that was asked about."""
    kitchen.say("add milk and eggs")
    kitchen.say("add water the plants to the to do list")
    question = kitchen.say("clear the to do list")
    assert question == "Open items on the to-do list: 1. Shall I clear it?"
    assert kitchen.say("no thanks") == "All right, nothing was cleared."
    kitchen.say("clear the to do list")
    assert kitchen.say("yes please") == "The to-do list is cleared."
    assert kitchen.say("what's on the to do list") == "The to-do list is empty."
    assert kitchen.say("what's on the list") == "On the shopping list: milk and eggs."
    kitchen.say("add bread to the to do list")


def test_a_yes_that_lost_its_question_clears_nothing(kitchen):
    """Whatever a program sends: no list is cleared that nobody named."""
    kitchen.say("add milk")
    sure = Intent("IreneListClear", "yes", slots={"clear_confirmed": "yes"})
    assert kitchen.answer(sure) == "All right, nothing was cleared."
    assert kitchen.say("what's on the list") == "On the shopping list: milk."


def test_a_yes_of_before_is_no_yes_now(kitchen):
    """Agreement is not kept from one question to the next."""
    kitchen.say("add milk")
    slots = {"name": "shopping", "clear_confirmed": "yes"}
    asked = Intent("IreneListClear", "clear it", slots=slots, kept=frozenset({"clear_confirmed"}))
    assert kitchen.answer(asked) == "Open items on the shopping list: 1. Shall I clear it?"


def test_an_empty_list_needs_no_clearing(kitchen):
    """No question then."""
    assert kitchen.say("clear the shopping list") == "The shopping list is empty."
    assert kitchen.last_response.asks == ""


def test_lists_can_be_made(kitchen):
    """They are understood from then on, also after a restart, and can be made away with."""
    assert kitchen.say("create a list called holiday") == "I made the holiday list."
    assert kitchen.say("create a list called holiday") == "There is a holiday list already."
    assert (
        kitchen.say("put sun cream on the holiday list") == "Added sun cream to the holiday list."
    )
    assert kitchen.say("what lists do i have") == (
        "You have the shopping list, to-do list and holiday list."
    )
    later = Kitchen(kitchen.services.state_folder())
    assert later.say("what's on the holiday list") == "On the holiday list: sun cream."
    later.say("delete the holiday list")
    assert later.say("yes") == "The holiday list is cleared."
    assert later.say("which lists are there") == "You have the shopping list and to-do list."


def test_the_name_of_a_list_is_asked_for(kitchen):
    """A list without a name cannot be found again."""
    assert kitchen.say("make a new list") == "What is the list called?"
    assert kitchen.say("holiday") == "I made the holiday list."
    assert kitchen.say("make a shopping list") == "There is a shopping list already."


def test_things_once_heard_are_known(kitchen):
    """Any recogniser hears them from then on; texts that are no templates do no harm."""
    before = kitchen.services.changed
    kitchen.say("add dragon fruit to the shopping list")
    assert kitchen.services.changed == before + 1
    assert "dragon fruit" in kitchen.handler.sentences("en")["lists"]["grocery"]["values"]
    kitchen.say("add (weird {thing}) to the shopping list")
    assert kitchen.say("do we need dragon fruit") == "Yes, on the shopping list: dragon fruit."


def test_known_things_change_no_sentence(kitchen):
    """Nothing is compiled again for the tenth litre of milk."""
    kitchen.say("add dragon fruit to the shopping list")
    kitchen.say("remove dragon fruit from the shopping list")
    before = kitchen.services.changed
    kitchen.say("add milk")
    kitchen.say("check off milk")
    kitchen.say("add milk")
    assert kitchen.services.changed == before


def test_an_assistant_without_lists_compiles_nothing_twice(tmp_path):
    """Starting costs what it did before."""
    assert Kitchen(tmp_path).services.changed == 0
    Kitchen(tmp_path).say("add dragon fruit to the shopping list")
    assert Kitchen(tmp_path).services.changed == 1


def test_a_long_list_is_not_read_to_its_end(kitchen):
    """Ten items, and how many there are."""
    for number in range(1, 15):
        kitchen.answer(Intent("HassListAddItem", "", slots={"item": f"thing {number}"}))
    text = kitchen.say("read me the shopping list")
    assert text.startswith("There are 14 items on the shopping list: thing 1, thing 2")
    assert text.endswith("thing 10, and 4 more.")


def test_a_full_list_says_what_it_did_not_take(kitchen):
    """Nothing is dropped in silence."""
    many = ", ".join(f"t {number}" for number in range(100))
    for number in range(10):
        added = {"item": many.replace("t ", f"t{number} ")[:1000], "name": "shopping"}
        kitchen.answer(Intent("HassListAddItem", many, slots=added))
    assert kitchen.last_response.text.startswith("The shopping list is full")


def test_a_damaged_file_is_told(tmp_path):
    """To whoever runs the assistant and to whoever hears it; the lists work, empty."""
    (tmp_path / "lists.sqlite").write_bytes(b"not a database at all " * 99)
    kitchen = Kitchen(tmp_path)
    (response, rings) = kitchen.services.announced[0]
    assert "damaged" in response.text
    assert not rings
    assert "lists.damaged-1.sqlite" in kitchen.services.warned[0]
    assert kitchen.say("add milk").startswith("Added milk")


def test_a_folder_that_cannot_be_used_fails_the_question_only(tmp_path):
    """The assistant starts, its templates are there, and who asks is told."""
    (tmp_path / "lists.sqlite").mkdir()
    kitchen = Kitchen(tmp_path)
    with pytest.raises(ProviderFailedError, match=r"lists\.sqlite"):
        kitchen.say("what's on my shopping list")


WORDS = ItemWords(
    ("and", "&"),
    ("a", "some", "the"),
    ("please", "too"),
    {text.casefold(): text for text in ("milk", "eggs", "orange juice", "juice", "mac and cheese")},
)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("milk", ["milk"]),
        ("some Milk please", ["milk"]),
        ("milk, eggs and a gnu", ["milk", "eggs", "gnu"]),
        ("milk eggs orange juice", ["milk", "eggs", "orange juice"]),
        ("mac and cheese and milk", ["mac and cheese", "milk"]),
        ("mac and cheese", ["mac and cheese"]),
        ("milk bottle", ["milk bottle"]),
        ("2.5 litres of milk & eggs", ["2.5 litres of milk", "eggs"]),
        ("milk and milk and MILK", ["milk"]),
        ("and, and", []),
        ("", []),
    ],
)
def test_an_enumeration_is_taken_apart(text, items):
    """By commas, by words between, and where neither was heard by what is known."""
    assert split_items(text, WORDS) == items


@given(text=st.text(max_size=60), value=st.text(max_size=20))
def test_taking_apart_never_fails(text, value):
    """Whatever was heard, and items come out tidy and different."""
    items = split_items(text, WORDS)
    assert len({item.casefold() for item in items}) == len(items)
    assert all(item.strip() for item in items)
    assert with_punctuation(value, text) or not value


@given(words=st.lists(st.sampled_from(["milk", "eggs", "gnu", "tea"]), min_size=1, max_size=6))
def test_commas_are_found_again(words):
    """The matcher drops punctuation; the text still has it."""
    said = f"add {', '.join(words)} to the list"
    assert with_punctuation(" ".join(words), said) == ", ".join(words)


ODD = st.one_of(st.text(max_size=15), st.integers(), st.floats())


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(ListHandler.intents),
    slots=st.dictionaries(
        st.sampled_from(
            ["item", "item_2", "name", "new_list", "clear_confirmed", "whole", "removed_item"]
        ),
        ODD,
    ),
    text=st.text(max_size=20),
)
def test_no_slot_makes_an_answer_fail(tmp_path_factory, name, slots, text):
    """Whatever a language model puts into the slots."""
    kitchen = Kitchen(tmp_path_factory.mktemp("lists"))
    assert kitchen.answer(Intent(name, text, slots=slots))
    kitchen.handler.sentences("en")
