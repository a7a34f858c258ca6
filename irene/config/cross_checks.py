"""Names that a section holds and nothing else has: known keys, without effect as they stand."""

from __future__ import annotations

from collections.abc import Mapping

from irene.config.origins import dotted
from irene.config.problems import nearest
from irene.config.sections import AsrSection, PluginsSection, Routing, VoiceTriggerSection
from irene.config.tables import TableReader
from irene.plugin.host import installed_plugins
from irene.providers.voice_trigger import VoiceTrigger


def check_names(reader: TableReader, name: str, section: object) -> None:
    """Warn of names that nothing has, and of a strategy that is another one here.

    The names are those of disabled plugins, and of words with a threshold.
    """
    if isinstance(section, PluginsSection) and section.disabled:
        _check_disabled(reader, section)
    elif isinstance(section, VoiceTriggerSection) and section.enabled:
        _check_thresholds(reader, section)
    if isinstance(section, Routing) and not isinstance(section, AsrSection):
        _check_strategy(reader, name, section)


def _check_strategy(reader: TableReader, name: str, section: Routing) -> None:
    if section.strategy == "hedged":
        message = "only asr asks a second provider; this is latency_weighted here"
        reader.warn(reader.origins[dotted((name, "strategy"))], message)


def _check_disabled(reader: TableReader, section: PluginsSection) -> None:
    loaded = {plugin.name for plugin in reader.known.registry.plugins}
    known = loaded | {plugin.name for plugin in installed_plugins()}
    for name in section.disabled:
        if name not in known:
            origin = reader.origins["plugins.disabled"]
            reader.warn(origin, f"no plugin is called {name!r}", nearest(name, sorted(known)))


def _check_thresholds(reader: TableReader, section: VoiceTriggerSection) -> None:
    if not isinstance(section.confidence_threshold, Mapping):
        return
    heard = {
        VoiceTrigger.word_name(word): word for word in (*section.wake_words, *section.stop_words)
    }
    for word in section.confidence_threshold:
        name = VoiceTrigger.word_name(word)
        if name not in heard:
            origin = reader.origins[dotted(("voice_trigger", "confidence_threshold", word))]
            message = (
                "has no effect: neither wake_words nor stop_words of voice_trigger names this word"
            )
            reader.warn(origin, message, heard.get(nearest(name, heard), ""))
