"""Everything that is looked at, in the order in which it is told."""

from __future__ import annotations

from collections.abc import Iterator

from irene.cli.configuration import ChosenConfig
from irene.cli.configuration_findings import part_findings
from irene.cli.doctor import machine, network, settings, sound
from irene.cli.doctor.finding import Finding, Topic, split_cure
from irene.config.secrets import is_secret
from irene.config.sections import Config
from irene.errors import ConfigurationError
from irene.plugin.registry import ComponentRegistry

_CONFIGURATION = Topic("configuration")


def examined(chosen: ChosenConfig, plays: bool, speaks: bool) -> Iterator[Finding]:
    """Yield findings as they come.

    Args:
        chosen: the configuration.
        plays: whether a sweep may be played on the loudspeaker.
        speaks: whether the engines are tried with a recorded question.
    """
    yield from machine.interpreter()
    yield from machine.memory()
    yield from machine.packages()
    try:
        registry = chosen.registry()
    except ConfigurationError as error:
        yield from settings.refused(error)
        return
    yield from settings.plugins(registry)
    yield from settings.configuration(chosen, registry)
    try:
        config = chosen.load(registry)
    except ConfigurationError:
        yield _CONFIGURATION.note("what depends on it is not looked at before it is right")
        return
    yield from _of_the_configuration(chosen, config, registry)
    yield from sound.devices(config, registry)
    if plays:
        yield from sound.loop(config, registry)
    if speaks:
        from irene.cli.doctor.self_test import self_test

        yield from self_test(chosen, config)


def _of_the_configuration(
    chosen: ChosenConfig, config: Config, registry: ComponentRegistry
) -> Iterator[Finding]:
    for one in part_findings(config, registry, with_missing=False):
        text, cure = split_cure(one.line)
        level = _CONFIGURATION.error if one.exit_code else _CONFIGURATION.warning
        yield level(text, cure or "see `irene config check`")
    yield from settings.providers(config, registry)
    yield from settings.models(chosen)
    yield from settings.recorder(config)
    yield from _folders(chosen, config)
    yield from network.control(config)
    yield from network.ports(config)


def _folders(chosen: ChosenConfig, config: Config) -> Iterator[Finding]:
    from irene.cache.files import cache_folder
    from irene.components.services import state_folder
    from irene.config.sources import find_config
    from irene.config.variables import files_named_in
    from irene.models.store import install_folder

    state = state_folder(config.assistant, "timers").parent
    yield from machine.folders(
        {
            "state": (state, "assistant.state_folder"),
            "models": (install_folder(), "IRENE_MODELS"),
            "cache": (cache_folder("grammars").parent, "XDG_CACHE_HOME"),
        }
    )
    path = find_config(chosen.source).path
    if path is not None:
        text = path.read_text(encoding="utf-8", errors="replace")
        for file in (path, *files_named_in(text, path.parent)):
            if file.is_file() and (file != path or any(map(_holds_secret, text.splitlines()))):
                yield from machine.private(file, "a secret")


def _holds_secret(line: str) -> bool:
    """Whether a line of TOML gives a secret its value, rather than the name of a variable."""
    key, equals, value = line.partition("=")
    return bool(equals) and is_secret(key.strip().rpartition(".")[2]) and "${" not in value
