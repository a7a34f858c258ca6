"""The handlers of units and sums: exact arithmetic, told in few digits."""

from __future__ import annotations

import math
import re
from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irene import HandlerContext, Intent, Response

pytest.importorskip("yaml", reason="the extra `intents` is not installed")

from irene_plugins.intents.calculation.calculator import CalculatorHandler
from irene_plugins.intents.calculation.quantities import UNITS, convert
from irene_plugins.intents.calculation.units import UnitHandler, UnitOptions
from irene_plugins.intents.spoken.numbers import number_words

NOW = datetime(2026, 3, 1, 12)
EASY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def converted(amount, source, target, language="en", handler=None, last=None, **slots):
    slots = {"amount": amount, "from": source, "to": target, **slots}
    given_slots = {key: value for key, value in slots.items() if value is not None}
    intent = Intent("IreneConvert", "asked", language, given_slots)
    return (handler or UnitHandler()).handle(
        intent, HandlerContext(NOW, language, last_intent=last)
    )


def calculated(a, operation, b=None, language="en", last=None):
    slots = {"a": a, "operation": operation, "b": b}
    slots = {key: value for key, value in slots.items() if value is not None}
    context = HandlerContext(NOW, language, last_response=last)
    return CalculatorHandler().handle(Intent("IreneCalculate", "asked", language, slots), context)


EXACT = [
    (5, "inch", "centimetre", "12.7"),
    (1, "mile", "metre", "1609.344"),
    (1, "nautical mile", "kilometre", "1.852"),
    (1, "pound", "gram", "453.59237"),
    (1, "stone", "pound", "14"),
    (1, "gallon", "cup", "16"),
    (1, "gallon", "litre", "3.785411784"),
    (1, "cup", "tablespoon", "16"),
    (1, "tablespoon", "teaspoon", "3"),
    (212, "fahrenheit", "celsius", "100"),
    (-40, "celsius", "fahrenheit", "-40"),
    (0, "kelvin", "celsius", "-273.15"),
    (36, "kilometre per hour", "metre per second", "10"),
    (1, "knot", "kilometre per hour", "1.852"),
    (1, "day", "minute", "1440"),
    (1, "acre", "square foot", "43560"),
    (1, "square mile", "acre", "640"),
    (1, "hectare", "are", "100"),
    (1, "gibibyte", "mebibyte", "1024"),
    (1, "megabyte", "bit", "8000000"),
    (1, "kilowatt hour", "kilojoule", "3600"),
    (1, "kilocalorie", "joule", "4184"),
    (1, "atmosphere", "hectopascal", "1013.25"),
    (1, "bar", "kilopascal", "100"),
    (1, "metric horsepower", "watt", "735.49875"),
]


@pytest.mark.parametrize(("amount", "source", "target", "result"), EXACT)
def test_conversion_is_exact(amount, source, target, result):
    """Figures of NIST SP 811 and the SI brochure, to the last digit."""
    assert convert(Fraction(amount), UNITS[source], UNITS[target]) == Fraction(result)


@pytest.mark.parametrize(
    ("amount", "source", "target", "result"),
    [
        (1, "pound per square inch", "pascal", 6894.757),
        (1, "horsepower", "watt", 745.6999),
        (1, "imperial gallon", "litre", 4.54609),
        (1, "ounce", "gram", 28.34952),
        (1, "fluid ounce", "millilitre", 29.57353),
        (1, "light year", "kilometre", 9.460730e12),
        (1, "british thermal unit", "joule", 1055.056),
        (750, "millimetre of mercury", "bar", 0.9999179),
    ],
)
def test_conversion_agrees_with_the_tables(amount, source, target, result):
    """Seven digits, as NIST SP 811 prints them."""
    found = convert(Fraction(amount), UNITS[source], UNITS[target])
    assert float(found) == pytest.approx(result, rel=1e-6)


@given(amount=st.fractions(), names=st.tuples(*[st.sampled_from(sorted(UNITS))] * 2))
def test_there_and_back_is_the_same(amount, names):
    """Exactly, between any two units of one dimension; others do not convert at all."""
    source, target = (UNITS[name] for name in names)
    there = convert(amount, source, target)
    if source.dimension != target.dimension:
        assert there is None
    else:
        assert convert(there, target, source) == amount


ANSWERS = [
    ("en", 5, "inch", "centimetre", "5 inches is 12.7 centimeters."),
    ("en", 1, "inch", "centimetre", "An inch is 2.54 centimeters."),
    ("en", 10, "mile", "kilometre", "10 miles is about 16.09 kilometers."),
    ("en", 100, "fahrenheit", "celsius", "100 degrees Fahrenheit is about 37.78 degrees Celsius."),
    ("en", 12, "inch", "foot", "12 inches is a foot."),
    ("en", 1, "gram", "pound", "A gram is about 0.0022 pounds."),
    ("en", 2.5, "mile", "metre", "2.5 miles is 4023.36 meters."),
    ("de", 5, "inch", "centimetre", "5 Zoll sind 12,7 Zentimeter."),
    ("de", 1, "mile", "kilometre", "Eine Meile sind etwa 1,61 Kilometer."),
    ("de", 1, "metric pound", "gram", "Ein Pfund sind 500 Gramm."),
    ("de", 3, "metric teaspoon", "millilitre", "3 Teelöffel sind 15 Milliliter."),
]


@pytest.mark.parametrize(("language", "amount", "source", "target", "sentence"), ANSWERS)
def test_the_answer_repeats_the_question(language, amount, source, target, sentence):
    """So that a person hears whether they were understood; "about" where digits were left out."""
    assert converted(amount, source, target, language).text == sentence


def test_different_things_are_not_converted():
    """The answer says what was asked for."""
    assert converted(1, "mile", "litre").text == (
        "I cannot convert miles to liters; they measure different things."
    )
    assert "Verschiedenes" in converted(1, "mile", "litre", "de").text


def test_units_may_be_called_as_people_call_them():
    """A language model says `inches`, a template says `inch`."""
    assert converted(5, "Inches", "CM", "en").text == "I cannot convert that."
    assert converted(5, "Inches", "centimeters").text == "5 inches is 12.7 centimeters."


def test_parts_of_an_amount_are_put_together():
    """Minus, two, and a half."""
    assert converted(2, "mile", "metre", sign=-1, fraction=0.5).text.startswith("Minus 2.5 miles")


def test_a_follow_up_takes_the_rest_from_before():
    """ "And in yards", "and ten miles": what is not said stays as it was."""
    last = Intent("IreneConvert", "", slots={"amount": 5, "from": "inch", "to": "centimetre"})
    assert converted(None, None, "foot", last=last).data["to"] == "foot"
    assert converted(None, None, "foot", last=last).text == "5 inches is about 0.417 feet."
    assert converted(10, None, None, last=last).text == "10 inches is 25.4 centimeters."
    assert converted(10, "foot", None, last=last).text == "10 feet is 304.8 centimeters."


def test_a_follow_up_takes_no_half_from_before():
    """ "Two and a half miles in feet", "and ten miles": the half belonged to the two."""
    before = {"amount": 2, "fraction": 0.5, "from": "mile", "to": "foot"}
    last = Intent("IreneConvert", "", slots=before)
    slots = {**before, "amount": 10}
    intent = Intent("IreneConvert", "", slots=slots, kept=frozenset({"fraction", "from", "to"}))
    response = UnitHandler().handle(intent, HandlerContext(NOW, last_intent=last))
    assert response.text == "10 miles is 52800 feet."


def test_another_conversation_before_adds_nothing():
    """Slots of other intents mean other things."""
    last = Intent("HassListAddItem", "", slots={"amount": 5, "from": "inch", "to": "centimetre"})
    assert converted(None, None, "foot", last=last).text == "I cannot convert that."


def test_gallons_may_be_those_of_the_king():
    """`gallons = "imperial"` changes gallons, quarts, pints and fluid ounces."""
    imperial = UnitHandler(UnitOptions(gallons="imperial"))
    assert (
        converted(1, "gallon", "litre", handler=imperial).text == "A gallon is about 4.55 liters."
    )
    assert converted(1, "gallon", "litre").text == "A gallon is about 3.79 liters."


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_unit_of_the_sentences_is_known(language):
    """And no form of one is a form of another."""
    handler = UnitHandler()
    assert set(handler.words("units", language)) <= set(UNITS)
    forms = [
        value["in"].casefold() for value in handler.sentences(language)["lists"]["unit"]["values"]
    ]
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_singular_begins_with_its_article(language):
    """The rest of it is what is listened for."""
    articles = {"en": {"a", "an"}, "de": {"ein", "eine"}}[language]
    for one, _, *_ in UnitHandler().words("units", language).values():
        assert one.split()[0] in articles
        assert len(one.split()) > 1


ODD = st.one_of(st.text(max_size=12), st.integers(), st.floats(), st.sampled_from(sorted(UNITS)))


@EASY
@given(
    slots=st.dictionaries(st.sampled_from(["amount", "fraction", "sign", "from", "to"]), ODD),
    language=st.sampled_from(["en", "de", "xx"]),
)
def test_no_slot_makes_a_conversion_fail(slots, language):
    """Whatever a language model puts into the slots."""
    intent = Intent("IreneConvert", "x", language, slots)
    assert UnitHandler().handle(intent, HandlerContext(NOW, language)).text


NUMBERS = [
    ("0", "0", "0", True),
    ("12.7", "12.7", "12,7", True),
    ("1609.344", "1609.34", "1609,34", False),
    ("0.5", "0.5", "0,5", True),
    ("0.0022046", "0.0022", "0,0022", False),
    ("-3.005", "minus 3.01", "minus 3,01", False),
    ("2.999", "3", "3", False),
    ("1000000", "1000000", "1000000", True),
    ("1.5e18", "1.5 times 10 to the power of 18", "1,5 mal 10 hoch 18", True),
    ("-2e-9", "minus 2 times 10 to the power of minus 9", "minus 2 mal 10 hoch minus 9", True),
]


@pytest.mark.parametrize(("value", "english", "german", "exact"), NUMBERS)
def test_numbers_are_rounded_for_the_ear(value, english, german, exact):
    """Two decimals, three digits below 1, and whether something was left out."""
    assert number_words(Fraction(value), "en") == (english, exact)
    assert number_words(Fraction(value), "de-AT") == (german, exact)


@given(value=st.fractions())
def test_a_rounded_number_is_near_the_number(value):
    """Within one percent; and nothing has no sign."""
    told, exact = number_words(value, "en")
    assert told != "minus 0"
    found = re.fullmatch(r"(minus )?([\d.]+)(?: times 10 to the power of (minus )?(\d+))?", told)
    power = int(found[4] or 0) * (-1 if found[3] else 1)
    number = Fraction(found[2]) * Fraction(10) ** power * (-1 if found[1] else 1)
    assert abs(number - value) <= abs(value) / 100
    assert exact == (number == value)


SUMS = [
    (7, "times", 8, "56.", "56."),
    (15, "percent", 80, "12.", "12."),
    (100, "divided", 7, "About 14.29.", "Etwa 14,29."),
    (0.1, "plus", 0.2, "0.3.", "0,3."),
    (3, "minus", 10, "Minus 7.", "Minus 7."),
    (2, "root", None, "About 1.41.", "Etwa 1,41."),
    (144, "root", None, "12.", "12."),
    (2.25, "root", None, "1.5.", "1,5."),
    (12, "square", None, "144.", "144."),
    (1, "divided", 0, "Nothing can be divided by zero.", "Durch null kann man nicht teilen."),
]


@pytest.mark.parametrize(("a", "operation", "b", "english", "german"), SUMS)
def test_sums_are_right(a, operation, b, english, german):
    """Exact, also where binary fractions are not: 0.1 plus 0.2 is 0.3."""
    assert calculated(a, operation, b).text == english
    assert calculated(a, operation, b, "de").text == german


def test_a_sum_goes_on_with_its_result():
    """ "What is 7 times 8", "plus 4", "divided by 7": nothing is rounded in between."""
    first = calculated(22, "divided", 7)
    assert calculated(None, "times", 7, last=first).text == "22."


def test_what_is_no_sum_is_no_error():
    """Roots of negative numbers, numbers without end, words."""
    assert "square root" in calculated(-1, "root").text
    assert calculated(10**30, "times", 10**30).text == "That is too large for me."
    for a in ("many", float("nan"), "1/0", 10**31, "1e999999999", "1e-999999999", "9" * 9999):
        assert calculated(a, "plus", 1).text == "I cannot calculate that."


@EASY
@given(
    a=st.one_of(st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9)),
    b=st.integers(-1000, 1000),
    operation=st.sampled_from(["plus", "minus", "times", "divided", "percent", "root", "square"]),
)
def test_a_result_is_that_of_floating_point_arithmetic(a, b, operation):
    """Within its precision, wherever it has a result."""
    wanted = {
        "plus": lambda: a + b,
        "minus": lambda: a - b,
        "times": lambda: a * b,
        "divided": lambda: a / b,
        "percent": lambda: a * b / 100,
        "root": lambda: math.sqrt(a),
        "square": lambda: a * a,
    }[operation]
    data = calculated(a, operation, b).data
    try:
        expected = wanted()
    except (ZeroDivisionError, ValueError):
        assert not data
    else:
        assert data["result"] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@EASY
@given(
    slots=st.dictionaries(st.sampled_from(["a", "b", "operation"]), ODD),
    data=st.dictionaries(st.just("exact"), ODD),
)
def test_no_slot_makes_a_sum_fail(slots, data):
    """Whatever was said before."""
    context = HandlerContext(NOW, last_response=Response("x", data=data))
    assert CalculatorHandler().handle(Intent("IreneCalculate", "x", slots=slots), context).text
