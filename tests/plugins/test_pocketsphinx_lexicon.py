"""Every word of a grammar gets a pronunciation, or is named."""

import importlib.util
import random
import re
import sys
from pathlib import Path

import pytest

from irene.studies.accuracy.grammar_trial import read_grammar
from irene_plugins.asr.arpabet import phones
from irene_plugins.asr.pocketsphinx_lexicon import Lexicon

pytest.importorskip("pocketsphinx", reason="the engine of the pocketsphinx ASR is not installed")
SENTENCES = Path(__file__).parents[1] / "data" / "sentences.txt"
needs_espeak = pytest.mark.skipif(
    importlib.util.find_spec("espeakng_loader") is None, reason="eSpeak NG is not installed"
)


@pytest.fixture(scope="module")
def dictionary():
    origin = importlib.util.find_spec("pocketsphinx").origin
    return Path(origin).parent / "model" / "en-us" / "cmudict-en-us.dict"


@pytest.fixture(scope="module")
def lexicon(dictionary):
    return Lexicon(dictionary, "en")


@pytest.fixture
def without_espeak(monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "espeakng_loader" else find(name, *more),
    )


@pytest.fixture(scope="module")
def entries(dictionary):
    """Every word of the dictionary with all its pronunciations."""
    found = {}
    for line in dictionary.read_text().splitlines():
        entry, *pronunciation = line.split()
        found.setdefault(re.sub(r"\(\d+\)$", "", entry), []).append(tuple(pronunciation))
    return found


def distance(one, other):
    """Return the number of phones that are wrong, missing or too many."""
    row = list(range(len(other) + 1))
    for i, phone in enumerate(one, 1):
        before, row = row, [i]
        for j, heard in enumerate(other, 1):
            row.append(min(before[j - 1] + (phone != heard), before[j] + 1, row[j - 1] + 1))
    return row[-1]


def error_rates(words, entries):
    """Return shares of phones and words on which eSpeak NG and the dictionary differ."""
    from irene_plugins.tts.espeak_library import shared_library

    n_errors = n_phones = n_wrong = 0
    for word, ipa in zip(words, shared_library().pronounce(words, "en-us"), strict=True):
        spoken = phones(ipa)
        errors, length = min((distance(spoken, one), len(one)) for one in entries[word])
        n_errors, n_phones, n_wrong = n_errors + errors, n_phones + length, n_wrong + (errors > 0)
    return n_errors / n_phones, n_wrong / len(words)


def test_the_dictionary_goes_first(lexicon):
    """Its variants come along, the usual one first."""
    assert lexicon.pronounce(["the", "timer"]) == {
        "the": ("DH AH", "DH IY"),
        "timer": ("T AY M ER",),
    }


def test_a_dictionary_may_be_in_any_order(tmp_path, without_espeak):
    """Every entry of a word is found, its first one first, and none of the words beside it."""
    unordered = tmp_path / "mine.dict"
    unordered.write_text(
        "the DH AH\nyes(10) J\nyes(2) B\nyes A\nyes's C\nyest D\nye E\nthe(2) DH IY\nno no F"
    )
    known = Lexicon(unordered, "en").pronounce(["yes", "ye", "no", "no no", "yes(2)", "", "y"])
    assert known["yes"] == ("A", "B", "J")
    assert known["ye"] == ("E",)
    assert known["no"] == ("no F",)
    assert known.keys() == {"yes", "ye", "no", "no no"}


def test_parts_that_are_known_make_up_a_word(lexicon, without_espeak):
    """Hyphens, apostrophes of possession after each kind of sound, compounds."""
    spoken = lexicon.pronounce(["on-off", "stove's", "attic's", "porch's", "lamplight", "teapots"])
    assert spoken["on-off"][0] == "AA N AO F"
    assert spoken["stove's"][0].endswith("V Z")
    assert spoken["attic's"][0].endswith("K S")
    assert spoken["porch's"][0].endswith("CH AH Z") or spoken["porch's"][0].endswith("CH IH Z")
    assert spoken["lamplight"][0].startswith("L AE M P")


def test_without_espeak_the_other_words_are_named(lexicon, without_espeak):
    """In their order, each once; nothing is raised."""
    assert lexicon.unknown(["hygge", "the", "5", "hygge", "qwertzu"]) == ("hygge", "5", "qwertzu")


@needs_espeak
def test_espeak_pronounces_what_the_dictionary_lacks(lexicon):
    """A made-up word gets phones; a digit or a sign is no word."""
    assert lexicon.pronounce(["unmute"])["unmute"] == ("AH N M Y UW T",)
    assert lexicon.unknown(["qwertzu", "5", "?", "lamp2"]) == ("5", "?")


@needs_espeak
def test_words_of_another_language_are_pronounced_by_its_voice(lexicon):
    """German `die` and `Licht` are not what an English dictionary makes of these letters."""
    spoken = lexicon.pronounce(["die", "licht", "fünf", "zwölf"], "de-DE")
    assert spoken["die"] == ("D IY",)
    assert spoken["licht"] == ("L IH SH T",)
    assert spoken["fünf"][0].startswith("F ")
    assert spoken["zwölf"][0].startswith("T S V ")
    assert lexicon.pronounce(["die"])["die"] == ("D AY",)
    assert lexicon.pronounce(["word"], "xx") == {}


@needs_espeak
@needs_espeak
def test_words_in_a_script_that_english_does_not_read_are_named(lexicon):
    """The English voice would say "Chinese letter"; Latin letters of others it reads."""
    assert lexicon.unknown(["東京", "москва", "zürich"]) == ("東京", "москва")


def test_every_phone_is_one_of_the_dictionary(lexicon, entries):
    """Whatever eSpeak NG says in any language, the decoder knows the phones."""
    words = ["straße", "señor", "garçon", "żółty", "smörgåsbord", "kızılcık", "čtvrtek", "œuvre"]
    for language in ("de", "es", "fr", "pl", "sv", "tr", "cs", "nl", "it"):
        for pronunciation in lexicon.pronounce(words, language).values():
            assert set(pronunciation[0].split()) <= set(lexicon.phones)


@needs_espeak
def test_espeak_agrees_with_the_dictionary(entries, capsys):
    """Commands within 3 % of the phones, random entries (mostly surnames) within 13 %."""
    vocabulary = [word for word in read_grammar(SENTENCES).vocabulary if word in entries]
    plain = sorted(word for word in entries if word.isalpha())
    sample = random.Random(1).sample(plain, 800)
    phone_errors, word_errors = error_rates(vocabulary, entries)
    random_errors, random_words = error_rates(sample, entries)
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(vocabulary)} words of commands: {phone_errors:.1%} of the phones, "
            f"{word_errors:.1%} of the words; {len(sample)} random words: "
            f"{random_errors:.1%}, {random_words:.1%}\n"
        )
    assert phone_errors <= 0.03
    assert random_errors <= 0.13


def test_a_dictionary_in_another_script_is_left_alone(tmp_path):
    """English phones are only written into a dictionary that writes English."""
    path = tmp_path / "de.dict"
    path.write_text("licht l I C t\n", encoding="utf-8")
    lexicon = Lexicon(path, "de")
    assert lexicon.pronounce(["licht", "lampe"]) == {"licht": ("l I C t",)}
    assert lexicon.phones == ("C", "I", "l", "t")


@pytest.mark.parametrize(
    ("ipa", "arpabet"),
    [
        ("lˈaɪt", "L AY T"),
        ("tˈɛlᵻvˌɪʒən", "T EH L IH V IH ZH AH N"),
        ("fˈaɪɚ", "F AY ER"),
        ("ˈʌniənz", "AH N IY AH N Z"),
        ("bˈɑːɾəl", "B AA T AH L"),
        ("θˈɜːməstˌæt", "TH ER M AH S T AE T"),
        ("t͡ʃˈɛɹi", "CH EH R IY"),
        ("lˈʊɹ", "L UH R"),
        ("mɔ̃", "M AO N"),
        ("ʃˈøːn", "SH ER N"),
        ("", ""),
        ("ǃ", ""),
    ],
)
def test_sounds_become_phones(ipa, arpabet):
    """Two letters go before one; stress and ties are passed over; what is unknown, too."""
    assert " ".join(phones(ipa)) == arpabet
