"""What a recogniser makes of voices within grammars of several sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from irene.components.asr.component import ASRComponent
from irene.components.assembly import Assembly
from irene.config.loading import load_config
from irene.domain.audio import AudioChunk
from irene.domain.grammar import Grammar
from irene.performance.measuring.listening import assembly_of
from irene.performance.speech.word_errors import normalise
from irene.plugin.registry import ComponentRegistry
from irene.studies.accuracy.grammar_trial import Heard, cpu_per_s, hear, read_sentences
from irene.studies.accuracy.voices.speakers import Studio, Voice

COMMANDS = Path(__file__).with_name("commands.txt")
"""sentences that the bundled handlers understand"""
OTHER = Path(__file__).with_name("other.txt")
"""sentences that they do not"""
_LANGUAGE = "en"


@dataclass(frozen=True)
class Spoken:
    """What one voice said."""

    voice: str
    accent: str
    text: str
    """word for word"""
    clip: AudioChunk


@dataclass(frozen=True)
class Size:
    """A grammar, and how it is called in the tables."""

    name: str
    grammar: Grammar


@dataclass(frozen=True)
class VoiceScore:
    """What a recogniser made of some voices within one grammar."""

    n_commands: int
    n_right: int
    """commands of which every word was right, and that were accepted"""
    n_meant: int
    """commands that were accepted, as they are or as another sentence that means the same"""
    n_wrong: int
    """commands that were accepted as one that means something else"""
    n_others: int
    """utterances that are no sentence of the grammar"""
    n_accepted: int
    """of these, accepted"""
    cpu_per_s: float
    """CPU seconds per second of audio"""


class Household:
    """The bundled handlers with their default settings: what can be said, and what it means."""

    def __init__(self) -> None:
        """Read the sentences.

        Raises:
            IreneError: they cannot be read.
        """
        registry = ComponentRegistry.installed()
        config = load_config("default", registry=registry, environ={})
        understanding = Assembly(config, registry).understanding()
        assert understanding is not None
        understanding.load(_LANGUAGE)
        self._understanding = understanding

    def sizes(self) -> list[Size]:
        """Return the grammars: of a few commands, and of all handlers, which holds the former."""
        everything = self._understanding.grammar(_LANGUAGE, joined=False)
        assert everything is not None
        few = Grammar.of_sentences(read_sentences(COMMANDS))
        return [Size("few", few), Size("all handlers", everything)]

    def is_same(self, sentence: str, other: str) -> bool:
        """Whether both sentences are the same intents with the same slots."""
        first, second = (
            [(one.name, one.slots) for one in self._understanding.understand_all(text, _LANGUAGE)]
            for text in (sentence, other)
        )
        return first == second != []


def let_speak(voices: Iterable[Voice], n_commands: int, n_others: int) -> list[Spoken]:
    """Let each voice say some commands and some other sentences, the same ones at every call.

    Raises:
        IreneError: a voice cannot speak.
    """
    studio = Studio()
    commands, others = read_sentences(COMMANDS), read_sentences(OTHER)
    spoken = []
    for voice in voices:
        choice = Random(voice.name)
        chosen = [
            *choice.sample(commands, min(n_commands, len(commands))),
            *choice.sample(others, min(n_others, len(others))),
        ]
        spoken += [
            Spoken(voice.name, voice.accent, text, studio.record(voice, text, voice.name + text))
            for text in chosen
        ]
    return spoken


def try_voices(
    provider: str, spoken: Sequence[Spoken], grammar: Grammar, told: Callable[[str], None]
) -> list[Heard]:
    """Let a recogniser hear what was said, within a grammar.

    Args:
        provider: name of a recogniser that takes grammars.
        spoken: what is said.
        grammar: of the sentences that it may be.
        told: is given a line after each voice.

    Raises:
        IreneError: the recogniser cannot be used.
    """
    component = ASRComponent(assembly_of("asr", provider, language="en", grammar="only").asr_slot())
    try:
        component.guide(grammar)
        heard = []
        for number, one in enumerate(spoken, 1):
            heard.append(hear(component, one.clip, one.text, one.voice))
            if number == len(spoken) or spoken[number].voice != one.voice:
                told(one.voice)
        return heard
    finally:
        component.close()


def score(
    heard: Sequence[Heard], grammar: Grammar, is_same: Callable[[str, str], bool]
) -> VoiceScore:
    """Count what became of commands, and of everything else.

    Args:
        heard: what was heard.
        grammar: whose sentences are commands.
        is_same: whether two sentences mean the same.
    """
    inside = [one for one in heard if grammar.accepts(normalise(one.said))]
    outside = [one for one in heard if not grammar.accepts(normalise(one.said))]
    accepted = [one for one in inside if one.is_accepted]
    n_right = sum(one.is_right for one in accepted)
    n_meant = sum(one.is_right or is_same(one.said, one.hypothesis.text) for one in accepted)
    return VoiceScore(
        n_commands=len(inside),
        n_right=n_right,
        n_meant=n_meant,
        n_wrong=len(accepted) - n_meant,
        n_others=len(outside),
        n_accepted=sum(one.is_accepted for one in outside),
        cpu_per_s=cpu_per_s(heard),
    )
