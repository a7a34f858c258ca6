"""The words of lists: what may stand in a slot, in a block of sentences with a context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irene_plugins.intent_recognition.grammar.block_context import BlockContext
from irene_plugins.intent_recognition.grammar.template_graph import (
    Label,
    Slot,
    TemplateGraph,
    Values,
    is_spoken,
)
from irene_plugins.intent_recognition.grammar.word_graph import (
    Acceptor,
    Graph,
    filled_in,
    minimal,
    path,
)

if TYPE_CHECKING:
    from hassil import Expression, ListReference, RangeSlotList, Sentence, SlotList


@dataclass(frozen=True)
class Scope:
    """What the names in a block of sentences stand for."""

    lists: Mapping[str, SlotList]
    rules: Mapping[str, Sentence]
    context: BlockContext
    own: str = ""
    """what makes them stand for something else than in other blocks, as a key"""

    def rule_body(self, name: str) -> Expression:
        """Return what a rule stands for."""
        return self.rules[name].expression


@dataclass(frozen=True)
class _Value:
    text: Expression
    meaning: object = None
    """what it puts into its slot; other texts may mean the same"""


class ListWords:
    """Acceptors for the words of lists, each made once, however many sentences refer to it."""

    def __init__(self, language: str, most_arcs: int) -> None:
        self._language = language
        self._most_arcs = most_arcs
        self._names: dict[int, str] = {}
        self._ranges: dict[str, SlotList] = {}
        self._choices: dict[str, tuple[Values, ...] | None] = {}
        self._contents: dict[Values, tuple[Sequence[_Value], Scope]] = {}
        self._acceptors: dict[Slot, Acceptor[Label]] = {}
        self._unspoken: dict[Slot, frozenset[tuple[str, str]]] = {}

    def template(self, scope: Scope) -> TemplateGraph:
        """Return an empty graph for a template of this scope."""
        return TemplateGraph(lambda reference: self.choices(reference, scope), scope.rule_body)

    def choices(self, reference: ListReference, scope: Scope) -> tuple[Values, ...] | None:
        """Return the values that fit, by the context that they bring; None for a wildcard."""
        from hassil import RangeSlotList, TextSlotList

        words = scope.lists.get(reference.list_name) or self._range_in_place(reference)
        contexts = [one.context for one in words.values] if isinstance(words, TextSlotList) else []
        key = self._name_of(words, reference.list_name) + scope.context.filter_for(contexts)
        if _refer(words):
            key += scope.own
        if key in self._choices:
            return self._choices[key]
        groups: dict[frozenset[str], list[_Value]] = {}
        if isinstance(words, RangeSlotList):
            groups[frozenset()] = [_Value(text) for text in _numbers(words, self._language)]
        elif isinstance(words, TextSlotList):
            for value in words.values:
                if scope.context.allows(value.context):
                    supplies = scope.context.supplied_by(value.context)
                    groups.setdefault(supplies, []).append(_Value(value.text_in, value.value_out))
        else:
            self._choices[key] = None
            return None
        are_numbers = isinstance(words, RangeSlotList)
        self._choices[key] = tuple(self._values(key, groups, scope, are_numbers))
        return self._choices[key]

    def acceptor(self, label: Label) -> Acceptor[Label] | None:
        """Return what may stand in a slot, in words; None for what is a word itself.

        Raises:
            TooLargeError: there are too many words.
        """
        if not isinstance(label, Slot):
            return None
        if label not in self._acceptors:
            graph = self._alone(label) if len(label.pieces) == 1 else self._joined(label)
            graph.finals.pop(0, None)  # a slot that holds nothing is not matched
            self._acceptors[label] = self._without_slots(label, graph)
        return self._acceptors[label]

    def unspoken(self, label: Label) -> frozenset[tuple[str, str]]:
        """Return what of a slot's values nobody speaks, once their acceptor has been asked for.

        Returns:
            Name of the list and a word with digits or signs without which a value cannot be said.
        """
        if not isinstance(label, Slot):
            return frozenset()
        return self._unspoken.get(label, frozenset())

    def _range_in_place(self, reference: ListReference) -> SlotList:
        """Return the list of a range that a sentence writes itself, such as `{1..9:number}`."""
        from hassil import RangeSlotList

        name = reference.list_name
        if name not in self._ranges:
            bounds = reference.get_inline_range()
            assert bounds is not None  # unknown lists are found when sentences are compiled
            self._ranges[name] = RangeSlotList(name, *bounds)
        return self._ranges[name]

    def _name_of(self, words: SlotList, name: str) -> str:
        return self._names.setdefault(id(words), f"{name}#{len(self._names)}")

    def _values(
        self,
        key: str,
        groups: Mapping[frozenset[str], Sequence[_Value]],
        scope: Scope,
        are_numbers: bool,
    ) -> Iterator[Values]:
        total = sum(map(len, groups.values()))
        for supplies, group in groups.items():
            if group:
                name = f"{key}+{'+'.join(sorted(supplies))}"
                values = Values(name, supplies, len(group) / total, are_numbers)
                self._contents[values] = group, scope
                yield values

    def _alone(self, slot: Slot) -> Graph[Label]:
        """Return the graph of values that no other text touches."""
        values = slot.pieces[0]
        assert isinstance(values, Values)
        group, scope = self._contents[values]
        graph: Graph[Label] = Graph()
        heard: set[str] = set()
        unheard: dict[str, str] = {}
        for value in group:
            words, unspoken = self._spelt(value.text, scope)
            if words is not None:
                heard.add(str(value.meaning))
                graph.add_branch(words, 1 / len(group))
            else:
                unheard.update(dict.fromkeys(unspoken[:1], str(value.meaning)))
        name = values.key.partition("#")[0]
        self._unspoken[slot] = frozenset(
            (name, sign) for sign, meaning in unheard.items() if meaning not in heard
        )
        return graph

    def _spelt(
        self, text: Expression, scope: Scope
    ) -> tuple[Acceptor[Label] | None, Sequence[str]]:
        """Return the words of one value, None without any, and what of it nobody speaks."""
        from hassil import TextChunk

        if isinstance(text, TextChunk):  # as most are: no need to take them apart
            words = text.text.lower().split()
            unspoken = [word for word in words if not is_spoken(word)]
            return (path(words) if words and not unspoken else None), unspoken
        template = self.template(scope)
        graph = template.words(text)
        return (minimal(graph, self._most_arcs) if graph.finals else None), template.unspoken

    def _joined(self, slot: Slot) -> Graph[Label]:
        """Return the graph of values with texts, or further values, that touch them."""
        scope = next(self._contents[one][1] for one in slot.pieces if isinstance(one, Values))
        pieces = [
            one if isinstance(one, str) else [value.text for value in self._contents[one][0]]
            for one in slot.pieces
        ]
        return self.template(scope).joined(pieces)

    def _without_slots(self, slot: Slot, graph: Graph[Label]) -> Acceptor[Label]:
        acceptor = minimal(graph, self._most_arcs)
        inside = [label for label in acceptor.labels if isinstance(label, Slot)]
        if inside:
            filled = filled_in(acceptor, self.acceptor, self._most_arcs)
            acceptor = minimal(filled, self._most_arcs)
            self._unspoken[slot] = self.unspoken(slot).union(*map(self.unspoken, inside))
        return acceptor


def _refer(words: SlotList | None) -> bool:
    """Whether values of a list are written with rules or other lists."""
    from hassil import TextSlotList

    return isinstance(words, TextSlotList) and any(_refers(one.text_in) for one in words.values)


def _refers(text: Expression) -> bool:
    import hassil

    if isinstance(text, hassil.Group):
        return any(map(_refers, text.items))
    return isinstance(text, hassil.RuleReference | hassil.ListReference)


def _numbers(words: RangeSlotList, language: str) -> Iterator[Any]:
    """Yield every number of a range in every form that hassil takes, as text."""
    from hassil import TextChunk
    from hassil.numbers import get_rbnf_engine

    if not words.words:
        return
    try:
        engine = get_rbnf_engine(words.words_language or language)
    except ValueError:  # hassil understands digits only in such a language
        return
    for number in words.get_numbers():
        forms = engine.format_number(number).text_by_ruleset.values()
        # Both "twenty-one" and "twenty one" are taken; recognisers know the single words.
        for form in dict.fromkeys(form.translate(_BREAKS) for form in forms):
            yield TextChunk(form)


_BREAKS = str.maketrans("-_", "  ")
