"""Sentence templates become a grammar: exactly what they say, weighted, minimal, within a limit."""

import pytest

pytest.importorskip("hassil")

from hassil import Intents, recognize_best
from hassil.sample import sample_sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene_plugins.intent_recognition.grammar.compilation import compile_grammar
from irene_plugins.intent_recognition.grammar.template_graph import is_spoken
from irene_plugins.intent_recognition.language_intents import LanguageIntents

LISTS = {
    "room": {"values": ["kitchen", "Living Room", {"in": "(bath|wash)room", "out": "bath"}]},
    "colour": {"values": [{"in": "red", "out": 1}, {"in": "dark [blue]", "out": 2}, "blue"]},
    "level": {"range": {"from": 0, "to": 25, "step": 5}},
    "half": {"range": {"from": 1, "to": 3, "fractions": "halves"}},
    "anything": {"wildcard": True},
}
RULES = {"the": "[the|my]", "lamp": "<the> (lamp|light[s])", "please": "[please] [(can|could) you]"}


def intents(sentences, **more):
    """Return compiled intents: a list of sentences, or lists by name of the intent."""
    by_name = sentences if isinstance(sentences, dict) else {"Test": sentences}
    blocks = {
        name: {
            "data": [block if isinstance(block, dict) else {"sentences": [block]} for block in one]
        }
        for name, one in by_name.items()
    }
    content = {"language": "en", "intents": blocks, "lists": LISTS, "expansion_rules": RULES}
    return LanguageIntents(**vars(Intents.from_dict({**content, **more})))


def grammar_of(sentences, context=None, most_arcs=10_000, **more):
    """Return the grammar of sentences."""
    return compile_grammar([intents(sentences, **more)], "en", context or {}, most_arcs)


def said(grammar, state=0):
    """Return everything that a grammar accepts from a state on, with its probability."""
    found = {}
    pending = [((), state, 1.0)]
    while pending:
        words, state, probability = pending.pop()
        if state in grammar.finals:
            found[" ".join(words)] = probability * grammar.finals[state]
        pending += [
            ((*words, arc.word), arc.target, probability * arc.probability)
            for arc in grammar.arcs
            if arc.source == state
        ]
    return found


def states(grammar):
    """Return the numbers of all states."""
    return {0, *(arc.target for arc in grammar.arcs)} if grammar else set()


def written_out(compiled):
    """Return what hassil itself makes of templates, in words; nothing that cannot be spoken."""
    texts = set()
    for data in (data for intent in compiled.intents.values() for data in intent.data):
        for sentence in data.sentences:
            for text in sample_sentence(
                sentence, compiled.slot_lists, compiled.expansion_rules, language="en"
            ):
                words = text.lower().replace("-", " ").split()
                if words and all(map(is_spoken, words)):
                    texts.add(" ".join(words))
    return texts


words = st.sampled_from(["turn", "on", "off", "the", "lamp", "what's", "un", "do", "s"])
slots = st.sampled_from(["{room}", "{colour}", "{level}", "<the>", "<lamp>"])


def can_touch(part):
    """Whether a template may stand against another without a blank.

    Numbers are words of their own. hassil writes blanks around permutations when it matches, but
    not when it samples, and it misses values that end in an optional part behind such a place.
    """
    return not any(sign in part for sign in (";", "{level}", "{colour}"))


def larger(parts):
    """Return templates made of templates."""
    several = st.lists(parts, min_size=2, max_size=3)
    return st.one_of(
        several.map(" ".join),
        st.lists(parts.filter(can_touch), min_size=2, max_size=2).map("".join),
        several.map(lambda them: f"({'|'.join(them)})"),
        several.map(lambda them: f"[{'|'.join(them)}]"),
        parts.map(lambda part: f"[{part}]"),
        st.lists(parts, min_size=2, max_size=2).map(lambda them: f"({';'.join(them)})"),
    )


SLOW = [HealthCheck.too_slow]
"""on a machine that does other things as well"""

templates = st.recursive(words | slots, larger, max_leaves=6)


@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(st.lists(templates, min_size=1, max_size=3))
def test_a_grammar_accepts_exactly_what_the_templates_say(sentences):
    """Alternatives, optional parts, permutations, rules, lists, in any nesting."""
    grammar = grammar_of(sentences)
    assert set(said(grammar) if grammar else ()) == written_out(intents(sentences))


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(st.lists(templates, min_size=1, max_size=2))
def test_everything_that_a_grammar_accepts_is_understood(sentences):
    """What recognition is confined to never ends in "I did not understand"."""
    compiled = intents(sentences)
    grammar = compile_grammar([compiled], "en", {}, 10_000)
    for text in list(said(grammar))[:60] if grammar else ():
        assert recognize_best(text, compiled, language="en") is not None, text


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(st.lists(templates, min_size=1, max_size=3))
def test_probabilities_sum_to_one(sentences):
    """What leaves a state, the end of a sentence included, is everything that can follow."""
    grammar = grammar_of(sentences)
    for state in states(grammar):
        onward = sum(arc.probability for arc in grammar.arcs if arc.source == state)
        assert onward + grammar.finals.get(state, 0.0) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(st.lists(templates, min_size=1, max_size=3))
def test_a_grammar_is_deterministic_and_minimal(sentences):
    """No state repeats a word, and no two states go on alike."""
    grammar = grammar_of(sentences)
    follows = {state: [] for state in states(grammar)}
    for arc in grammar.arcs if grammar else ():
        follows[arc.source].append((arc.word, arc.target))
    for out in follows.values():
        assert len({word for word, _ in out}) == len(out)
    futures = {state: frozenset(said(grammar, state)) for state in (follows if grammar else ())}
    assert len(set(futures.values())) == len(futures)


def test_intents_are_equally_likely():
    """Five hundred names do not drown "stop"."""
    names = {"values": [f"lamp {chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(500)]}
    grammar = grammar_of(
        {"Turn": ["turn on {name}", "turn off {name}"], "Stop": ["stop"]},
        lists={**LISTS, "name": names},
    )
    assert said(grammar)["stop"] == pytest.approx(0.5)
    assert said(grammar)["turn on lamp aa"] == pytest.approx(0.5 / 2 / 500)


def test_sentences_of_an_intent_are_equally_likely_and_so_are_branches():
    """An intent with many ways to say it spreads its share over them."""
    grammar = grammar_of({"A": ["one", "two (three|four)"], "B": ["five"]})
    assert said(grammar) == pytest.approx(
        {"one": 0.25, "two three": 0.125, "two four": 0.125, "five": 0.5}
    )


def test_optional_words_take_little():
    """A sentence with five of them is mostly said without."""
    grammar = grammar_of(["[please] [(can|could) you] stop [now] [at once] [please]"])
    assert said(grammar)["stop"] == pytest.approx(0.75**5)


def test_what_leads_nowhere_takes_nothing():
    """The share of a branch that cannot be said goes to the branches that can."""
    grammar = grammar_of({"A": ["set (50%|{anything}|half)"], "B": ["stop"], "C": ["{anything}"]})
    assert said(grammar) == pytest.approx({"set half": 0.5, "stop": 0.5})


@pytest.mark.parametrize("sentence", ["say {anything}", "{anything}", "say {anything} to {room}"])
def test_sentences_with_wildcards_are_heard_freely(sentence):
    """They cannot be confined; nothing of them is in the grammar, and that is no omission."""
    assert grammar_of([sentence]) is None
    grammar = grammar_of([sentence, "stop"])
    assert set(said(grammar)) == {"stop"}
    assert grammar.omitted == ()


def test_a_wildcard_in_brackets_leaves_the_rest():
    """What can be said without it stays."""
    assert set(said(grammar_of(["say it [to {anything}]"]))) == {"say it"}


def test_numbers_are_words_never_digits():
    """Every form that is matched, the hyphen as a blank."""
    grammar = grammar_of(["dim to {level}", "wait {half}", "play {1..21,10:track}"])
    texts = set(said(grammar))
    assert {"dim to zero", "dim to twenty five", "wait one point five", "wait three"} <= texts
    assert {"play one", "play eleven", "play twenty one"} <= texts
    assert not [text for text in texts if any(map(str.isdigit, text))]


def test_numbers_are_spoken_in_the_language_of_the_list():
    """`words_language` wins; German has several forms of "one"."""
    german = {"range": {"from": 1, "to": 2, "words_language": "de"}}
    texts = set(said(grammar_of(["zimmer {room}"], lists={"room": german})))
    assert {"zimmer eins", "zimmer einen", "zimmer zwei"} <= texts


def test_a_range_for_digits_only_is_not_spoken():
    """Nobody says digits."""
    digits = {"range": {"from": 1, "to": 9, "words": False}}
    assert grammar_of(["room {room}"], lists={"room": digits}) is None


def test_a_range_in_a_language_without_number_words_is_not_spoken():
    """hassil matches digits there; nothing is raised."""
    odd = {"range": {"from": 1, "to": 9, "words_language": "xx"}}
    assert set(said(grammar_of(["room {room}", "stop"], lists={"room": odd}))) == {"stop"}


def test_large_ranges_do_not_multiply():
    """Two slots of 0 to 10 000 are two small acceptors, and every number is in them."""
    wide = {"range": {"from": 0, "to": 10_000}}
    grammar = grammar_of(
        ["between {wide:low} and {wide:high}", "not [below] {wide:low} [or above {wide:high}]"],
        lists={"wide": wide},
    )
    assert len(grammar.arcs) < 3000
    assert grammar.omitted == ()
    spoken = "between nine thousand nine hundred ninety nine and ten thousand"
    assert grammar.accepts(spoken.split())
    assert not grammar.accepts(["between", "nine", "thousand", "ninety", "hundred", "and", "ten"])


def test_text_that_touches_a_list_belongs_to_its_words():
    """ "{room}'s" is the kitchen's; "2700K" and "2-hour" are written so, but never said."""
    grammar = grammar_of(["the {room}'s lamp", "a {level}-degree rise", "{level}K", "out{colour}"])
    texts = set(said(grammar))
    assert {"the kitchen's lamp", "the living room's lamp", "the bathroom's lamp"} <= texts
    assert {"outred", "outdark", "outdark blue"} <= texts
    assert not [text for text in texts if "degree" in text or "ten" in text]


def test_words_are_lower_case_with_apostrophes_and_hyphens_inside():
    """As recognisers write them; a typographic apostrophe is one, too."""
    texts = said(grammar_of(["What’s the Air-Conditioner doing", "Straße"]))
    assert set(texts) == {"what's the air-conditioner doing", "straße"}


def test_of_alternatives_that_differ_in_apostrophes_one_is_heard():
    """It keeps its share; typed text may be spelled either way."""
    sentences = ["(whats|what is|What's) [the|thats|that's] on", "whats up"]
    assert said(grammar_of(sentences)) == pytest.approx(
        {
            f"{first} {second}on": 0.5 / 2 * share
            for first in ("what is", "what's")
            for second, share in (("the ", 0.125), ("that's ", 0.125), ("", 0.75))
        }
        | {"whats up": 0.5}
    )
    for text in ("whats thats on", "what's that's on"):
        assert recognize_best(text, intents(sentences), language="en") is not None


def test_an_apostrophe_that_may_be_said_leaves_the_word_without_it():
    """What is optional is no spelling of nothing."""
    assert set(said(grammar_of(["james['] lamp"]))) == {"james lamp", "james' lamp"}


@pytest.mark.parametrize(
    ("word", "spoken"),
    [("what's", True), ("self-test", True), ("straße", True), ("हिन्दी", True), ("می‌شود", True)]
    + [(word, False) for word in ("50", "°", "%", "a.m.", "-", "'", "-x", "x-", "4k", "a_b", "")],
)
def test_words_that_recognisers_know(word, spoken):
    """Letters of any script with their marks; no digits, no signs."""
    assert is_spoken(word) is spoken


def test_signs_are_left_out_where_there_is_another_way():
    """Home Assistant's templates have `([ ]%)|( percent)`."""
    texts = set(said(grammar_of(["set it to {level}[([ ]%)|( percent)]"])))
    assert "set it to five percent" in texts
    assert "set it to five" in texts


def test_what_nobody_can_say_is_named():
    """A sentence that needs a digit, a name in a list that has one; in words of the user."""
    names = {"values": ["lamp 2", "radio", {"in": "1/2", "out": 9}, {"in": "half", "out": 9}]}
    grammar = grammar_of({"On": ["turn on {name}", "channel 5"]}, lists={"name": names})
    assert set(said(grammar)) == {"turn on radio", "turn on half"}
    assert grammar.omitted == (
        "intent On: 'channel 5': write '5' as words",
        "list {name}: write '2' as words",
    )


def test_lists_and_rules_of_a_block_are_its_own():
    """Two blocks may call different things by one name."""
    blocks = [
        {
            "sentences": ["a {x} <y>"],
            "lists": {"x": {"values": ["one"]}},
            "expansion_rules": {"y": "b"},
        },
        {
            "sentences": ["c {x} <y>"],
            "lists": {"x": {"values": ["two"]}},
            "expansion_rules": {"y": "d"},
        },
    ]
    assert set(said(grammar_of(blocks))) == {"a one b", "c two d"}


def test_values_of_lists_may_be_templates_with_rules_and_lists():
    """To any depth."""
    lists = {
        "inner": {"values": ["[very] small", "big"]},
        "outer": {"values": [{"in": "<the> {inner} one", "out": 1}, "none"]},
    }
    texts = set(said(grammar_of(["take {outer}"], lists=lists)))
    assert {"take the very small one", "take my big one", "take small one", "take none"} <= texts
    assert len(texts) == 3 * 3 + 1


def test_a_list_with_an_empty_value_needs_another_one():
    """An empty value is never matched, so it is not a way past the slot."""
    assert set(said(grammar_of(["on {x} now"], lists={"x": {"values": ["[big]", ""]}}))) == {
        "on big now"
    }


def test_permutations_of_many_parts_stay_small():
    """Seven parts have 5040 orders; states are counted in sets."""
    grammar = grammar_of(["(a;b;c;d;e;f;g)"])
    assert grammar.accepts(["g", "f", "e", "d", "c", "b", "a"])
    assert grammar.accepts(["a", "c", "e", "g", "b", "d", "f"])
    assert not grammar.accepts(["a", "b", "c", "d", "e", "f", "f"])
    assert len(grammar.arcs) == 7 * 2**6


CONTEXT = [
    {"sentences": ["stop"]},
    {"sentences": ["and tomorrow"], "requires_context": {"last_intent": "Date"}},
    {"sentences": ["yes"], "requires_context": {"asks": None}},
    {"sentences": ["four"], "requires_context": {"asks": ["minutes", "hours"]}},
    {"sentences": ["again"], "excludes_context": {"last_intent": ["Date", "Time"]}},
]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, {"stop", "again"}),
        ({"last_intent": "Date"}, {"stop", "and tomorrow"}),
        ({"last_intent": "Other"}, {"stop", "again"}),
        ({"last_intent": "Time", "asks": "minutes"}, {"stop", "yes", "four"}),
        ({"last_intent": "Other", "asks": "name"}, {"stop", "again", "yes"}),
    ],
)
def test_what_can_be_said_depends_on_the_conversation(context, expected):
    """Without context only what needs none; the matcher agrees on every sentence."""
    compiled = intents(CONTEXT)
    assert set(said(grammar_of(CONTEXT, context))) == expected
    for text in ("stop", "and tomorrow", "yes", "four", "again"):
        found = recognize_best(text, compiled, intent_context=context)
        assert (found is not None) == (text in expected), text


DEVICES = {
    "values": [
        {"in": "lamp", "out": "l", "context": {"domain": "light"}},
        {"in": "fan", "out": "f", "context": {"domain": "fan"}},
        {"in": "thing", "out": "t"},
    ]
}


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"requires_context": {"domain": "light"}}, {"dim lamp"}),
        ({"requires_context": {"domain": ["light", "fan"]}}, {"dim lamp", "dim fan"}),
        ({"requires_context": {"domain": {"value": "fan"}}}, {"dim fan"}),
        ({"excludes_context": {"domain": "light"}}, {"dim fan", "dim thing", "dim"}),
        ({"requires_context": {"domain": "cover"}}, set()),
        ({}, {"dim lamp", "dim fan", "dim thing", "dim"}),
    ],
)
def test_values_bring_the_context_that_a_sentence_needs(block, expected):
    """As in Home Assistant, where an entity brings its domain; the matcher agrees."""
    blocks = [{"sentences": ["dim [{name}]"], **block}]
    grammar = grammar_of(blocks, lists={"name": DEVICES})
    assert (set(said(grammar)) if grammar else set()) == expected
    compiled = intents(blocks, lists={"name": DEVICES})
    for text in ("dim lamp", "dim fan", "dim thing", "dim"):
        assert (recognize_best(text, compiled) is not None) == (text in expected), text


def test_required_keywords_are_required():
    """A block is looked at only when one of its words is said."""
    blocks = [{"sentences": ["play [loud|soft] music"], "required_keywords": ["loud", "soft"]}]
    assert set(said(grammar_of(blocks))) == {"play loud music", "play soft music"}


SKIPPED = ["please", "could you", "i want", "i want to"]


def test_skip_words_may_be_said_around_a_sentence():
    """Two before, one behind, each unlikely; all of it is understood."""
    compiled = intents(["turn on [the] lamp", "stop"], skip_words=SKIPPED)
    texts = said(compile_grammar([compiled], "en", {}, 10_000))
    assert "could you please turn on the lamp please" in texts
    assert "i want to turn on lamp" in texts
    assert texts["stop"] > 0.3
    for text in texts:
        assert recognize_best(text, compiled) is not None, text


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(
    st.lists(templates, min_size=1, max_size=2),
    st.lists(st.sampled_from(["turn", "on the", "the", "do", "the lamp", "un-do"]), max_size=3),
)
def test_what_is_said_around_a_sentence_is_understood(sentences, skip_words):
    """Also when sentences hold the same words; and no sentence is lost."""
    compiled = intents(sentences, skip_words=skip_words)
    grammar = compile_grammar([compiled], "en", {}, 100_000)
    texts = said(grammar) if grammar else {}
    assert written_out(compiled) <= set(texts)
    for text in list(texts)[:80]:
        assert recognize_best(text, compiled) is not None, text


def test_a_grammar_keeps_to_its_limit_and_names_what_it_leaves_out():
    """The largest sentences go first; the small ones stay."""
    names = {"values": [f"lamp {chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(300)]}
    sentences = {
        "On": ["turn on {name}"],
        "Dim": ["dim {name} to {name}"],
        "Stop": ["stop", "halt"],
    }
    grammar = grammar_of(sentences, most_arcs=500, lists={"name": names})
    assert len(grammar.arcs) <= 500
    assert {"stop", "halt", "turn on lamp aa"} <= set(said(grammar))
    (line,) = grammar.omitted
    assert line.startswith("a sentence of Dim, such as 'dim {name} to {name}'")
    assert "500 arcs" in line


def test_phrases_around_sentences_go_before_sentences_do():
    """A grammar that would be too large with "please" is made without."""
    compiled = intents([f"{word} it" for word in "abcdefghij"], skip_words=["please", "could you"])
    roomy, tight = (compile_grammar([compiled], "en", {}, most) for most in (100, 12))
    assert roomy.accepts(["please", "a", "it"])
    assert not tight.accepts(["please", "a", "it"])
    assert len(said(tight)) == 10
    assert tight.omitted == ()


def test_sentences_that_multiply_are_left_out_in_time():
    """Twenty places that may each hold one of two lists: sets of states, not the lists, grow."""
    alike = {name: {"values": [f"{first} {n}" for n in "abcde" for first in "xy"]} for name in "pq"}
    wild = " ".join(["[{p}] [{q}]"] * 20)
    grammar = grammar_of({"Wild": [wild], "Stop": ["stop"]}, most_arcs=200, lists=alike)
    assert grammar.accepts(["stop"])
    assert len(grammar.arcs) <= 200
    assert "of Wild" in grammar.omitted[0] or "intent Wild" in grammar.omitted[0]


def test_rules_that_double_each_other_end_in_time():
    """Sixty levels would be 10^18 words: the sentence is left out and named."""
    rules = {f"r{n}": f"<r{n - 1}> <r{n - 1}>" for n in range(1, 60)} | {"r0": "ha"}
    grammar = grammar_of({"Laugh": ["<r59>"], "Stop": ["stop"]}, expansion_rules=rules)
    assert set(said(grammar)) == {"stop"}
    assert "intent Laugh: '<r59>'" in grammar.omitted[0]


def test_languages_without_spaces_have_no_grammar_of_words():
    """Nobody knows where their words end."""
    compiled = intents(["テレビ"], settings={"ignore_whitespace": True})
    assert compile_grammar([compiled], "ja", {}, 10_000) is None


def test_a_region_and_its_language_are_understood_together():
    """`en-US` sentences and `en` sentences are both heard."""
    grammar = compile_grammar([intents(["elevator"]), intents(["lift"])], "en-US", {}, 10_000)
    assert grammar.language == "en-US"
    assert said(grammar) == pytest.approx({"elevator": 0.5, "lift": 0.5})


def test_the_same_sentences_give_the_same_grammar():
    """Compiling is deterministic, so a digest names what an engine has compiled already."""
    first, second = (grammar_of(["turn <lamp> on", "dim {room} to {level}"]) for _ in range(2))
    assert first.digest == second.digest
    assert first.arcs == second.arcs
