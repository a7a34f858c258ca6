"""Speaking one text outside a run."""

from __future__ import annotations

import textwrap
from dataclasses import replace

from irene.cli.error_border import tell
from irene.cli.sound.whole_files import whole_files
from irene.components.assembly import Assembly
from irene.config.sections import Config
from irene.domain.events import Event, ProviderSwitched
from irene.domain.intents import Response
from irene.errors import ConfigurationError
from irene.pipeline.speaking.answer_text import AnswerText
from irene.pipeline.speaking.look_ahead import LookAhead
from irene.pipeline.speaking.playback import Playback
from irene.plugin.registry import ComponentRegistry

_SILENT = "none"


def speak(text: str, config: Config, registry: ComponentRegistry) -> str:
    """Speak a text through the configured voice and output; return what was done in one line.

    An output that is silent does not stand in for one that fails: nobody would hear the text. A
    file is there when it holds all of it, and not before.

    Raises:
        ConfigurationError: nothing of the text can be spoken.
        ProviderUnavailableError: there is no voice or no output.
        ProviderFailedError: every voice failed.
        DeviceError: every output failed.
    """
    with whole_files(config) as wanted:
        provider, seconds, output = _spoken(text, wanted, registry)
    return f"{seconds:.1f} s by {provider}, to {_target(config, output)}"


def _spoken(text: str, config: Config, registry: ComponentRegistry) -> tuple[str, float, str]:
    """Speak; return the voice, the length in seconds and the output."""
    assembly = Assembly(_audible(config), registry, _report)
    voice, outputs = assembly.voice(), assembly.outputs()
    if voice is None:
        raise ConfigurationError("tts.enabled = false: there is no voice; set it to true")
    response = Response(text, config.assistant.language)
    speech = LookAhead(voice, AnswerText(response))
    playback = Playback(speech, outputs, lambda: config.tts.volume)
    try:
        voice.check()
        playback.run()
        output = outputs.current.name
    except BaseException:
        playback.stop()
        raise
    finally:
        outputs.close()
        voice.close()
    if not speech.provider:
        raise ConfigurationError(f"nothing of {textwrap.shorten(text, 40)!r} can be spoken")
    return speech.provider, playback.seconds, output


def _audible(config: Config) -> Config:
    others = tuple(name for name in config.outputs.fallback_providers if name != _SILENT)
    return replace(config, outputs=replace(config.outputs, fallback_providers=others))


def _target(config: Config, output: str) -> str:
    options = config.outputs.providers[output].options
    return str(getattr(options, "path", "") or output)


def _report(event: Event) -> None:
    if isinstance(event, ProviderSwitched):
        tell(f"warning: {event.kind}: {event.to} instead of {event.from_} ({event.reason})")
