"""Sounds as eSpeak NG writes them (IPA) into the phones of CMU's dictionary (ARPABET)."""

from __future__ import annotations

import unicodedata
from functools import cache

_ENGLISH = {
    "aɪɚ": "AY ER", "aɪəɹ": "AY ER", "aʊɚ": "AW ER", "aʊəɹ": "AW ER",
    "tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW",
    "ɔɪ": "OY", "ɜː": "ER", "ɜ": "ER", "ɚ": "ER", "əl": "AH L", "oːɹ": "AO R", "oː": "AO",
    "aɪə": "AY AH", "aʊə": "AW AH", "iə": "IY AH", "ɪə": "IY AH", "ɪoʊ": "IY OW", "iəɹ": "IH R",
    "ɪəɹ": "IH R", "iːɹ": "IH R", "eə": "EH R", "ʊə": "UH R",
    "ɑː": "AA", "ɑ": "AA", "ɒ": "AA", "æ": "AE", "a": "AE", "ʌ": "AH", "ə": "AH", "ɐ": "AH",
    "ɔː": "AO", "ɔ": "AO", "ɛ": "EH", "e": "EH", "ɪ": "IH", "ᵻ": "IH", "i": "IY", "iː": "IY",
    "ʊ": "UH", "u": "UW", "uː": "UW", "o": "OW",
    "b": "B", "d": "D", "ð": "DH", "f": "F", "ɡ": "G", "g": "G", "h": "HH", "k": "K", "l": "L",
    "m": "M", "n": "N", "ŋ": "NG", "p": "P", "ɹ": "R", "r": "R", "s": "S", "ʃ": "SH", "t": "T",
    "ɾ": "T", "ʔ": "T", "θ": "TH", "v": "V", "w": "W", "j": "Y", "z": "Z", "ʒ": "ZH",
    "n̩": "AH N", "m̩": "AH M", "l̩": "AH L",
}  # fmt: skip
"""What eSpeak's English voices write; two letters go before one."""
_FOREIGN = {
    "aː": "AA", "eː": "EY", "ɛː": "EH", "øː": "ER", "ø": "ER", "œ": "ER", "œː": "ER", "yː": "UW",
    "y": "UW", "ʏ": "UH", "ɨ": "IH", "ɯ": "UH", "ɤ": "AH", "ʉ": "UW", "ɵ": "ER", "ɘ": "AH",
    "ɐ̯": "AH", "ɔø": "OY", "ɔʏ": "OY", "ɑ̃": "AA N", "ɛ̃": "AE N", "ɔ̃": "AO N", "œ̃": "AH N",
    "ç": "SH", "x": "K", "χ": "K", "ɣ": "G", "ʁ": "R", "ʀ": "R", "ɽ": "R", "ɻ": "R", "pf": "F",
    "ts": "T S", "dz": "D Z", "β": "V", "ɸ": "F", "ɲ": "N Y", "ɳ": "N", "ʎ": "L Y", "ɫ": "L",
    "ɬ": "L", "ɭ": "L", "c": "K", "ɟ": "G", "q": "K", "ħ": "HH", "ɦ": "HH", "ʕ": "AA", "ʂ": "SH",
    "ʐ": "ZH", "ɕ": "SH", "ʑ": "ZH", "tɕ": "CH", "dʑ": "JH", "ʋ": "V", "ɥ": "W", "ʍ": "W",
    "ʈ": "T", "ɖ": "D",
}  # fmt: skip
"""The nearest English phones of sounds that English lacks, as an English ear would write them."""
_LONGEST = 4


@cache
def _table() -> dict[str, tuple[str, ...]]:
    both = {**_FOREIGN, **_ENGLISH}
    return {unicodedata.normalize("NFD", ipa): tuple(both[ipa].split()) for ipa in both}


def phones(ipa: str) -> tuple[str, ...]:
    """Return the ARPABET phones, without stress, of a word in IPA; empty where none is known.

    The longest known spelling is taken from left to right; stress, ties and unknown marks are
    passed over.
    """
    text = unicodedata.normalize("NFD", ipa).replace("ˈ", "").replace("ˌ", "").replace("͡", "")
    table, found, at = _table(), list[str](), 0
    while at < len(text):
        for length in range(_LONGEST, 0, -1):
            if text[at : at + length] in table and at + length <= len(text):
                found += table[text[at : at + length]]
                at += length
                break
        else:
            at += 1
    return _without_doubles(found)


def _without_doubles(found: list[str]) -> tuple[str, ...]:
    """Return the phones without the R that eSpeak writes after a vowel that ends in one already."""
    kept: list[str] = []
    for phone in found:
        if phone == "R" and kept and kept[-1] in ("ER", "R"):
            continue
        kept.append(phone)
    return tuple(kept)
