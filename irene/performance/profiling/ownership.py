"""Whose time it is: from the module of a function to the component and the provider."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from irene.domain.kinds import Kind
from irene.performance.profiling.profile import Function
from irene.performance.view.components import MEMORY, PIPELINE
from irene.plugin.registry import ComponentRegistry

_PLUGINS = "irene_plugins"
_PARTS = {
    "irene.cache": MEMORY,
    "irene.memory": MEMORY,
    "irene.components.asr": "asr",
    "irene.components.utterances": "asr",
    "irene.components.understanding.grammars": "asr",
    "irene.components.voice_trigger": "voice_trigger",
    "irene.components.speech_activity": "vad",
    "irene.components.language": "language",
    "irene.components.voice": "tts",
    "irene.components.spoken_text": "tts",
    "irene.components.resampling": "resampling",
    "irene.components.own_voice": "echo_cancellation",
    "irene.components.understanding": "intent_recognition",
    "irene.components.understanding.handlers": "intents",
    "irene.components.understanding.fallbacks": "intents",
    "irene.pipeline.speaking": "tts",
    "irene.pipeline.speaking.playback": "outputs",
    "irene.pipeline.speaking.ducking": "outputs",
    "irene.pipeline.listening": PIPELINE,
    "irene.pipeline.listening.capture": "inputs",
    "irene.pipeline.listening.endpointing": "vad",
    "irene.pipeline.listening.segmentation": "vad",
    "irene.pipeline.answering": "intents",
    "irene.pipeline.answering.conversation": PIPELINE,
}
"""component by module or package of irene; what is not named serves whoever calls it"""
_KINDS = frozenset(map(str, Kind))
_THREADS = {
    "asr": "asr",
    "utterance": "asr",
    "capture": "inputs",
    "wake-hub": "voice_trigger",
    "detect": "voice_trigger",
    "language": "language",
    "synthesize": "tts",
    "read": "tts",
    "speak": "outputs",
    "duck": "outputs",
    "intent": "intents",
    "handlers": "intents",
    "agenda": "intents",
    "grammar": "asr",
    "sentences": "intent_recognition",
    "resampling": "resampling",
}
"""component by name of the thread, for what no function tells"""


class Ownership:
    """Says which component and provider functions and stacks belong to."""

    def __init__(self, registry: ComponentRegistry | None = None) -> None:
        """Know the bundled plugins; a registry tells those of others, and names of providers."""
        self._others = {} if registry is None else _modules(registry)
        self._names = {} if registry is None else _names(registry)

    def of_module(self, module: str) -> tuple[str, str]:
        """Return component and provider of a module, empty where it has none of its own."""
        words = module.split(".")
        if words[0] == _PLUGINS:
            return self._of_bundled(words)
        for end in range(len(words), 0, -1):
            name = ".".join(words[:end])
            if name in self._others:
                return self._others[name]
            if name in _PARTS:
                return _PARTS[name], ""
        return "", ""

    def _of_bundled(self, words: Sequence[str]) -> tuple[str, str]:
        """Return those of a bundled plugin, by its folder and the beginning of its module."""
        if len(words) < 2 or words[1] not in _KINDS:
            return "", ""
        module = words[2] if len(words) > 2 else ""
        known = self._names.get(words[1], ())
        return words[1], next((name for name in known if _begins(module, name)), "")


def owner_of(
    functions: Iterable[Function], thread: str, otherwise: str = PIPELINE
) -> tuple[str, str]:
    """Return component and provider of a stack: those of its innermost function that has any.

    Args:
        functions: the stack, the innermost first.
        thread: name of the thread, which tells the component where no function does.
        otherwise: the component where the thread does not, either.
    """
    for function in functions:
        if function.component:
            return function.component, function.provider
    return _THREADS.get(thread.removeprefix("irene-"), otherwise), ""


def _begins(module: str, name: str) -> bool:
    """Whether a module is that of a provider, or a part of it such as `vosk_words` of `vosk`."""
    return f"{module}_".startswith(f"{name.replace('-', '_')}_")


def _names(registry: ComponentRegistry) -> dict[str, list[str]]:
    """Return the names of the providers of each kind, the longest first."""
    return {str(kind): sorted(registry.entries(kind), key=len, reverse=True) for kind in Kind}


def module_of(file: str) -> str:
    """Return the module of a source file, as far as its path tells; else an empty text."""
    parts = list(PurePath(file).with_suffix("").parts)
    for root in (_PLUGINS, "site-packages", "irene"):
        if root in parts:
            at = len(parts) - 1 - parts[::-1].index(root)
            return ".".join(parts[at + (root == "site-packages") :])
    return ""


def _modules(registry: ComponentRegistry) -> dict[str, tuple[str, str]]:
    """Return component and provider of every module outside of irene that holds a provider."""
    found: dict[str, tuple[str, str]] = {}
    kinds: dict[str, set[str]] = {}
    for kind in Kind:
        for name, entry in registry.entries(kind).items():
            module = entry.cls.__module__
            if module.split(".")[0] in (_PLUGINS, "irene"):
                continue
            found[module] = (str(kind), name)
            kinds.setdefault(module.split(".")[0], set()).add(str(kind))
    for package, of_package in kinds.items():
        if len(of_package) == 1:
            found.setdefault(package, (next(iter(of_package)), ""))
    return found
