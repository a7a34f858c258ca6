"""An assistant of scripted providers, among which a test puts its own: audio in, events out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from irene.domain.intents import Intent, Response
from irene.domain.kinds import Kind
from irene.plugin.host import PluginHost, installed_plugins
from irene.plugin.registry import ComponentRegistry
from irene.providers.intent_recognition import (
    NO_CONTEXT,
    Context,
    IntentMatcher,
    IntentRecognizer,
    SentenceSource,
)
from irene.providers.intents import HandlerContext, IntentHandler
from irene.testing.bench import events_of, plugin_of
from irene.testing.scripted import (
    AsrScript,
    ScriptedAsr,
    ScriptedInput,
    ScriptedOutput,
    ScriptedTts,
    ScriptedVad,
)
from irene.testing.signals import Signal, silence

if TYPE_CHECKING:
    from irene.domain.events import Event

_END_S = 1.5
"""silence after what is heard, in which the end of speech is noticed"""


class ScriptedSession:
    """Says to an assistant what a test wants it to hear, and returns everything that happened.

    Every slot has a scripted provider until `using` puts another one there: any sound above
    `SPEECH_LEVEL` is a command, recognised as `said` and answered with "nobody knows". There is no
    wake word before a voice trigger is put in. Providers of installed plugins are at hand, for
    `config` to name.

    Args:
        config: sections of a configuration, added to what is scripted.
        said: what the scripted recogniser recognises.
        state_folder: where the assistant keeps what survives it; None for a temporary one.
    """

    def __init__(
        self,
        config: Mapping[str, Mapping[str, Any]] | None = None,
        said: str = "what time is it",
        state_folder: Path | None = None,
    ) -> None:
        self.said = said
        self.config: dict[str, dict[str, Any]] = {
            "voice_trigger": {"enabled": False},
            "vad": {"default_provider": "scripted", "fallback_providers": []},
            "asr": {"default_provider": "scripted"},
            "tts": {"default_provider": "scripted"},
            "intent_recognition": {"default_provider": "scripted", "tiers": []},
            "intents": {"handlers": ["scripted"]},
            "inputs": {"default_provider": "scripted"},
            "outputs": {"default_provider": "scripted", "fallback_providers": []},
            "assistant": {},
        }
        for section, values in (config or {}).items():
            self.config.setdefault(section, {}).update(values)
        self._state_folder = state_folder
        self._classes: dict[Kind, list[type[Any]]] = {}

    def using(self, *providers: type[Any], **options: Any) -> ScriptedSession:
        """Put providers into the slots of their kinds, all with these options; return itself."""
        for cls in providers:
            self._classes.setdefault(cls.kind, []).append(cls)
            section = self.config.setdefault(str(cls.kind), {})
            section.setdefault("providers", {})[cls.name] = dict(options)
            self._join(cls, section)
        return self

    def hears(self, *audio: Signal, sample_rate: int = 16000) -> list[Event]:
        """Run the assistant on some audio, one piece after the other, and return its events.

        Args:
            audio: int16, shape (n,) or (n, channels); a silence is added that ends a command.
            sample_rate: Hz.

        Raises:
            ConfigurationError: the configuration does not fit the providers.
        """
        end = silence(_END_S, sample_rate)
        heard = np.concatenate([*audio, end if not audio or audio[0].ndim == 1 else end[:, None]])
        members = {"audio": heard, "sample_rate": sample_rate, "block": sample_rate // 10}
        source = type("SessionInput", (ScriptedInput,), members)
        if self._state_folder is not None:
            return self._run(source, self._state_folder)
        with TemporaryDirectory(prefix="irene-session-") as folder:
            return self._run(source, Path(folder))

    def registry(self, *more: type[Any]) -> ComponentRegistry:
        """Return the scripted providers, those that were put in, and the installed ones."""
        asr = type("SessionAsr", (ScriptedAsr,), {"script": AsrScript(self.said)})
        listening = (ScriptedVad, asr, ScriptedRecognizer, *more)
        answering = (ScriptedHandler, ScriptedTts, ScriptedOutput)
        own = [cls for classes in self._classes.values() for cls in classes]
        plugin = plugin_of("session", *own, *listening, *answering)
        # The first one keeps a name: what the test puts in may be installed as well.
        return ComponentRegistry(PluginHost([plugin, *installed_plugins()]))

    def _run(self, source: type[ScriptedInput], folder: Path) -> list[Event]:
        config = {name: dict(values) for name, values in self.config.items()}
        config["assistant"].setdefault("state_folder", str(folder))
        return asyncio.run(events_of(config, self.registry(source)))

    def _join(self, cls: type[Any], section: dict[str, Any]) -> None:
        """Have the assistant use a provider."""
        if cls.kind is Kind.INTENTS:
            known = [name for name in section["handlers"] if name != ScriptedHandler.name]
            section["handlers"] = [*known, cls.name]
            if self.config["intent_recognition"]["default_provider"] == "scripted":
                self.config["intent_recognition"]["default_provider"] = "hassil"
            return
        section["default_provider"] = cls.name
        if cls.kind in (Kind.VOICE_TRIGGER, Kind.LANGUAGE):
            section["enabled"] = True
        if cls.kind is Kind.VOICE_TRIGGER:
            section.setdefault("fallback_providers", [])
            section.setdefault("wake_words", list(cls().available_wake_words()[:1]))


class ScriptedRecognizer(IntentRecognizer[None]):
    """Understands every text as the question that `ScriptedHandler` answers."""

    name = "scripted"

    def open_matcher(self, sources: Sequence[SentenceSource]) -> IntentMatcher:
        """There is nothing to compile."""
        return _Matcher()


class _Matcher(IntentMatcher):
    def match(self, text: str, language: str, context: Context = NO_CONTEXT) -> Intent | None:
        return Intent(ScriptedHandler.intents[0], text, language) if text else None


class ScriptedHandler(IntentHandler[None]):
    """Understands "what time is it", and answers that nobody knows."""

    name = "scripted"
    intents = ("ScriptedQuestion",)

    def handle(self, intent: Intent, context: HandlerContext) -> Response:
        """Answer."""
        return Response("nobody knows", context.language)

    def sentences(self, language: str) -> Mapping[str, Any]:
        """Return the only sentence."""
        data = [{"sentences": ["what time is it"]}]
        return {"language": language, "intents": {"ScriptedQuestion": {"data": data}}}
