"""The written form becomes what a person would say, checked by table and by a real voice."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irene.components.spoken_text.spelling import spoken_form

ENGLISH = {
    "It is 16:05.": "It is 16 oh 5.",
    "4:05 PM": "4 oh 5 PM",
    "4:00 p.m. today": "4 PM today",
    "at 7:00": "at 7 o'clock",
    "at 19:00": "at 19 hundred",
    "00:00": "midnight",
    "10:30:05": "10 30 and 5 seconds",
    "10:00-12:00": "10 o'clock to 12 o'clock",
    "21.5 °C": "21.5 degrees Celsius",
    "1 °C, 70°F": "1 degree Celsius, 70 degrees Fahrenheit",
    "(feels like −3 °C).": "(feels like minus 3 degrees Celsius).",
    "2030-01-01": "January 1st, 2030",
    "1984-12-22": "December 22nd, 19 84",
    "on May 5, 2024 at noon": "on May 5th, 2024 at noon",
    "in 1905": "in 19 oh 5",
    "the 1980s": "the 19 eighties",
    "$5.20": "5 dollars and 20 cents",
    "$1": "1 dollar",
    "$0.99": "99 cents",
    "$1,234.01 of it": "1,234 dollars and 1 cent of it",
    "$3.5 million": "3.5 million dollars",
    "£2": "2 pounds",
    "€1.50": "1 euro and 50 cents",
    "90 km/h": "90 kilometers per hour",
    "1 kWh or 2 kWh": "1 kilowatt hour or 2 kilowatt hours",
    "5 kg.": "5 kilograms.",
    "555-1234": "5 5 5, 1 2 3 4",
    "+49 30 1234": "+ 4 9, 3 0, 1 2 3 4",
    "code 0471": "code 0 4 7 1",
    "5-10 people": "5 to 10 people",
    "–5 degrees": "minus 5 degrees",
    "1/2 cup": "one half cup",
    "#5, No. 6": "number 5, number 6",
    "~20": "about 20",
    "3 * 4 x 5": "3 times 4 times 5",
    "10.0.0.1": "10 dot 0 dot 0 dot 1",
    "Dr. Who, e.g. him": "Doctor Who, for example him",
}
UNCHANGED = (
    "50%", "1,234.5", "the 3rd", "A 16:9 screen", "5G", "COVID-19", "call 911", "in 2005",
    "I may 5 go", "24 of 7", "page 5", "R2-D2", "a - b", "99:99", "2030-13-01", "5'10",
)  # fmt: skip
GERMAN = {
    "Es ist 16:05.": "Es ist 16 Uhr 5.",
    "um 16:05 Uhr": "um 16 Uhr 5",
    "um 7:00 Uhr": "um 7 Uhr",
    "1:00": "ein Uhr",
    "16.05 Uhr": "16 Uhr 5",
    "10:00-12:00 Uhr": "10 Uhr bis 12 Uhr",
    "21,5 °C": "21,5 Grad Celsius",
    "21.5 °C": "21,5 Grad Celsius",
    "-1 °C": "minus ein Grad Celsius",
    "-3 °": "-3 Grad",
    "1 %": "ein Prozent",
    "am 01.01.2030": "am ersten Januar 2030",
    "2030-01-31": "einunddreißigster Januar 2030",
    "am 3. März": "am dritten März",
    "der 3. März 1984": "der dritte März 19 hundert 84",
    "Montag, 3. März": "Montag, dritter März",
    "am 1. und 2. Mai": "am ersten und zweiten Mai",
    "am 24.12. um 18:00": "am vierundzwanzigsten Dezember um 18 Uhr",
    "die 21. Etage": "die einundzwanzigste Etage",
    "zum 1. Mal": "zum ersten Mal",
    "5,20 €": "5 Euro 20",
    "1 €": "ein Euro",
    "0,99 €": "99 Cent",
    "1.234,50 €": "1.234 Euro 50",
    "5 Mio. €": "5 Millionen Euro",
    "1 Mrd. €": "eine Milliarde Euro",
    "1 Std. und 1 Min.": "eine Stunde und eine Minute",
    "5 km/h": "5 Kilometer pro Stunde",
    "1 kWh, 2 kWh": "eine Kilowattstunde, 2 Kilowattstunden",
    "noch 1 Minute": "noch eine Minute",
    "030 1234567": "0 3 0, 1 2 3 4 5 6 7",
    "5-10": "5 bis 10",
    "–3 Grad": "minus 3 Grad",
    "3.5": "3,5",
    "1.2.3": "1 Punkt 2 Punkt 3",
    "z. B. Dr. Müller, d.h. er": "zum Beispiel Doktor Müller, das heißt er",
    "im Jahr 1905": "im Jahr 19 hundert 5",
}
MARKUP = {
    "**Bold** and *italic* and `code`.": "Bold and italic and code.",
    "# Title": "Title",
    "- **Milk**, 2 l": "Milk, 2 liters",
    "> quoted": "quoted",
    "see [this page](https://example.org/x)": "see this page",
    "see https://www.example.org/a/b.html?x=1.": "see example.org.",
    "![a cat](cat.png)": "a cat",
    "| a | b |": "a, b",
    "|---|---|": "",
    "Hi 😀 there 👍🏽!": "Hi there !",
    "**unpaired": "unpaired",
    "snake_case and __init__": "snake_case and init",
    "```py\nx = 1\n\n# y\n```": "",
    r"5 \* 3": "5 times 3",
    "~~old~~ new": "old new",
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_english(written, said):
    """Times, dates, money and units are words; plain figures are left to the voice."""
    assert spoken_form(written, "en-US") == said


@pytest.mark.parametrize("written", UNCHANGED)
def test_what_a_voice_reads_well_is_left_as_it_is(written):
    """So is what only looks like a time or a unit."""
    assert spoken_form(written, "en") == written


@pytest.mark.parametrize(("written", "said"), GERMAN.items())
def test_german(written, said):
    """Ordinals get their endings, and one is "ein" or "eine"."""
    assert spoken_form(written, "de") == said


@pytest.mark.parametrize(("written", "said"), MARKUP.items())
def test_markup_is_for_eyes(written, said):
    """What a language model decorates its answers with is not spoken."""
    assert spoken_form(written, "en") == said


@given(st.text(), st.sampled_from(["en", "de", "fr", ""]))
def test_any_text_has_a_spoken_form(text, language):
    """Whatever somebody writes, nothing breaks."""
    assert spoken_form(text, language).strip() == spoken_form(text, language)


FIGURES = st.text(alphabet="0123456789:.,-/ °€$%kmhCgUr()+#", max_size=30)


@given(FIGURES, st.sampled_from(["en", "de"]))
def test_any_figures_have_a_spoken_form(text, language):
    """Neither do figures that make no sense."""
    spoken_form(text, language)


@given(st.text(alphabet="abc DEFäöü,;!?'", max_size=60), st.sampled_from(["en", "de"]))
def test_plain_words_stay_as_they_are(text, language):
    """Blanks aside."""
    assert spoken_form(text, language) == " ".join(text.split())


SOUNDS = [
    ("en-us", "It is 16:05", "It is sixteen oh five"),
    ("en-us", "4:00 PM", "four PM"),
    ("en-us", "21.5 °C", "twenty one point five degrees Celsius"),
    ("en-us", "-3 °", "minus three degrees"),
    ("en-us", "$5.20", "five dollars and twenty cents"),
    ("en-us", "1,234.5", "one thousand two hundred thirty four point five"),
    ("en-us", "1984-01-03", "January third, nineteen eighty four"),
    ("en-us", "90 km/h", "ninety kilometers per hour"),
    ("en-us", "**50%**", "fifty percent"),
    ("de", "16:05 Uhr", "sechzehn Uhr fünf"),
    ("de", "am 3. März", "am dritten März"),
    ("de", "5,20 €", "fünf Euro zwanzig"),
    ("de", "-3 °C", "minus drei Grad Celsius"),
    ("de", "50 kWh", "fünfzig Kilowattstunden"),
    ("de", "1 Uhr", "ein Uhr"),
]


@pytest.fixture(scope="module")
def phonemes():
    """Return the function that gives what eSpeak NG makes of a text, without stress and pauses."""
    pytest.importorskip("espeakng_loader", reason="eSpeak NG is not installed")
    from irene_plugins.tts.espeak_library import shared_library

    library = shared_library()

    def listen(voice, text):
        (heard,) = library.pronounce([text], voice)
        return re.sub(r"[\sˈˌ]", "", heard)

    return listen


@pytest.mark.parametrize(("voice", "written", "in_words"), SOUNDS)
def test_a_real_voice_says_the_figures_like_the_words(phonemes, voice, written, in_words):
    """The phonemes are those of the text written out by hand."""
    assert phonemes(voice, spoken_form(written, voice)) == phonemes(voice, in_words)
