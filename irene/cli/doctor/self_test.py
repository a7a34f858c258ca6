"""A recorded question through the engines of the configuration, from the wake word to the voice."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator

from irene.cli.configuration import ChosenConfig
from irene.cli.doctor.finding import Finding, Topic, split_cure
from irene.cli.sound.options import input_overrides, output_overrides
from irene.config.sections import Config
from irene.config.sources import profile_folder
from irene.config.toml_text import format_value
from irene.domain import events
from irene.domain.deadlines import within
from irene.domain.events import Event
from irene.domain.languages import is_same_language
from irene.errors import IreneError
from irene.pipeline.assistant import Assistant

_LANGUAGE, _WAKE_WORD, _WORDS = "en", "hey_jarvis", "what time is it"
"""what the bundled recording says"""
_PATIENCE_S = 120.0
_TEST = Topic("self-test")


def self_test(chosen: ChosenConfig, config: Config) -> Iterator[Finding]:
    """Tell which engines hear the question, understand it and speak; timers and lists rest."""
    if not is_same_language(config.assistant.language, _LANGUAGE):
        yield _TEST.note(
            f"the bundled question is English, the assistant is not ({config.assistant.language})",
            "try a recording of your own: `irene run --input FILE`",
        )
        return
    trigger = config.voice_trigger
    has_word = trigger.enabled and _WAKE_WORD in trigger.wake_words
    if trigger.enabled and not has_word:
        yield _TEST.note(
            f"the recording says {_WAKE_WORD!r}, which is none of the wake words: not tested",
            "try a recording of your own: `irene wake FILE`",
        )
    with tempfile.TemporaryDirectory(prefix="irene-doctor-") as folder:
        trial = ChosenConfig(chosen.source, (*chosen.overrides, *_overrides(folder, has_word)))
        try:
            heard = asyncio.run(within(_PATIENCE_S, _events(trial)))
        except asyncio.TimeoutError:
            yield _TEST.error(
                f"no answer within {_PATIENCE_S:g} s", "see `irene run --input config/demo.wav`"
            )
            return
        except IreneError as error:
            yield _TEST.error(*_with_cure(str(error)))
            return
    yield from _judged(heard, has_word, config)


def _overrides(folder: str, has_word: bool) -> Iterator[str]:
    yield from input_overrides(str(profile_folder() / "demo.wav"))
    yield from output_overrides("none") or ()
    yield f"assistant.state_folder={format_value(folder)}"
    if not has_word:
        yield "voice_trigger.enabled=false"


async def _events(chosen: ChosenConfig) -> list[Event]:
    registry = chosen.registry()
    async with Assistant(chosen.load(registry), registry) as assistant:
        return [event async for event in assistant.run()]


def _judged(heard: list[Event], has_word: bool, config: Config) -> Iterator[Finding]:
    for event in heard:
        if isinstance(event, events.ProviderFailed):
            yield _TEST.warning(f"{event.kind}.{event.provider}: {event.reason}", "see its page")
        elif isinstance(event, events.ErrorRaised):
            yield _TEST.error(*_with_cure(event.message))
    if has_word:
        yield _wake_word(heard)
    yield _words(heard)
    yield _answer(heard)
    if config.tts.enabled:
        yield _voice(heard)


def _wake_word(heard: list[Event]) -> Finding:
    found = [event for event in heard if isinstance(event, events.WakeWordDetected)]
    if found:
        return _TEST.ok(f"{found[0].provider} heard {found[0].wake_word!r}")
    return _TEST.error(
        f"the wake word {_WAKE_WORD!r} was not heard", "lower voice_trigger.confidence_threshold"
    )


def _words(heard: list[Event]) -> Finding:
    found = [event for event in heard if isinstance(event, events.Transcript)]
    if not found:
        return _TEST.error("no speech was recognised", "see `irene providers` and [vad]")
    text = f"{found[-1].provider} heard {found[-1].text!r} in {found[-1].latency_ms:.0f} ms"
    if found[-1].text.lower().strip(" .?!") == _WORDS:
        return _TEST.ok(text)
    return _TEST.warning(f"{text}; said was {_WORDS!r}", "use another recogniser or model")


def _answer(heard: list[Event]) -> Finding:
    found = [event for event in heard if isinstance(event, events.ResponseGiven)]
    is_understood = any(isinstance(event, events.IntentRecognized) for event in heard)
    if is_understood and found:
        return _TEST.ok(f"it was understood, and answered: {found[-1].text!r}")
    return _TEST.warning(
        "the question was not understood", 'intents.handlers = ["time", ...] answers it'
    )


def _voice(heard: list[Event]) -> Finding:
    found = [event for event in heard if isinstance(event, events.SpeechSynthesized)]
    if found:
        return _TEST.ok(f"{found[-1].provider} spoke {found[-1].seconds:.1f} s")
    return _TEST.error("the answer was not spoken", "see `irene say 'It is noon'`")


def _with_cure(message: str) -> tuple[str, str]:
    text, cure = split_cure(message)
    return text, cure or "see `irene providers`"
