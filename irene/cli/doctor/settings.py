"""The configuration: what is wrong with it, which plugins are broken, which providers are ready."""

from __future__ import annotations

from collections.abc import Iterator

from irene.cli.configuration import ChosenConfig
from irene.cli.doctor.finding import Finding, Topic, at_least_one, split_cure
from irene.cli.models.store import installed_models, own_lock
from irene.cli.providers.inventory import InventoryItem, take_inventory
from irene.config.checking import check_config
from irene.config.problems import Problem
from irene.config.sections import Config
from irene.errors import ConfigurationError, IreneError
from irene.models.lock import quick_faults, read_lock
from irene.models.receipts import size_faults_of
from irene.plugin.host import PluginReport
from irene.plugin.local import OWN_FILES
from irene.plugin.registry import ComponentRegistry

_CONFIGURATION, _PLUGINS, _PROVIDERS, _MODELS, _RECORDER = map(
    Topic, ("configuration", "plugins", "providers", "models", "recorder")
)


def configuration(chosen: ChosenConfig, registry: ComponentRegistry) -> Iterator[Finding]:
    """Tell what is wrong with the settings."""
    from irene.config.loading import find_config

    label = find_config(chosen.source).label
    problems = check_config(chosen.source, registry=registry, overrides=chosen.overrides)
    yield from at_least_one(
        map(_problem_found, problems), _CONFIGURATION.ok(f"{label}: no mistake")
    )


def refused(error: ConfigurationError) -> Iterator[Finding]:
    """Tell why there is no configuration at all."""
    for problem in error.problems or (error,):
        text, cure = split_cure(str(problem))
        yield _CONFIGURATION.error(text, cure or "see `irene config check`")


def _problem_found(problem: Problem) -> Finding:
    text, cure = split_cure(str(problem).replace("warning: ", "", 1))
    return Finding(_CONFIGURATION.name, problem.level, text, cure or "see `irene config check`")


def plugins(registry: ComponentRegistry) -> Iterator[Finding]:
    """Tell which plugins are broken."""
    broken = [report for report in registry.plugins if report.error]
    found = (_PLUGINS.error(_broken(one), _plugin_cure(one)) for one in broken)
    yield from at_least_one(found, _PLUGINS.ok(f"{len(registry.plugins)} found, none broken"))


def _broken(one: PluginReport) -> str:
    origin = " ".join(filter(None, (one.distribution, one.version)))
    return f"{one.name} ({origin}) is broken: {one.error}"


def _plugin_cure(one: PluginReport) -> str:
    """Return what helps: whoever has written a single file mends it, others leave a plugin out."""
    if one.distribution == OWN_FILES:
        return one.failure.cure or f"see `irene plugins --why {one.name}`"
    return f'report it to its author, or leave it out: plugins.disabled = ["{one.name}"]'


def recorder(config: Config) -> Iterator[Finding]:
    """Tell that sessions are recorded, or were: whoever lives with the assistant should know."""
    from irene.pipeline.recording.place import recordings_folder, recordings_in, size_of

    folder = recordings_folder(config)
    kept = recordings_in(folder)
    size = f"{len(kept)} so far, {sum(map(size_of, kept)) / 1e6:.1f} MB"
    if config.recorder.enabled:
        text, cure = (
            f"sessions are recorded in {folder}: {size}",
            "recorder.enabled = false ends it",
        )
        yield _RECORDER.note(text, cure)
    elif kept:
        yield _RECORDER.note(
            f"recorded sessions lie in {folder}: {size}", f"rm {folder}/*.irene.zip"
        )


def providers(config: Config, registry: ComponentRegistry) -> Iterator[Finding]:
    """Tell which of the providers in use cannot work; others are nobody's concern."""
    used = [item for item in take_inventory(config, registry) if item.use is not None]
    missing = (_missing(item) for item in used if not item.ready)
    yield from at_least_one(missing, _PROVIDERS.ok(f"all {len(used)} in use are ready"))


def _missing(item: InventoryItem) -> Finding:
    text = f"{item.kind}.{item.name}: missing {item.missing}"
    if item.use == "default":
        return _PROVIDERS.error(text, item.cure or "see `irene providers`")
    return _PROVIDERS.warning(f"{text} (a {item.use})", item.cure or "see `irene providers`")


def models(chosen: ChosenConfig) -> Iterator[Finding]:
    """Tell which models are damaged, by their sizes; `irene models verify` reads every byte."""
    yield from _locked(chosen)
    installed = installed_models()
    if not installed:
        yield _MODELS.note("none is installed beside the bundled ones", "see `irene models list`")
        return
    faults = (
        _MODELS.error(f"{name}: {fault}", f"irene models install --again {name}")
        for name, model in ((model.receipt.id, model) for model in installed)
        for fault in size_faults_of(model.folder, model.receipt)
    )
    yield from at_least_one(faults, _MODELS.ok(f"{len(installed)} installed, complete (by size)"))


def _locked(chosen: ChosenConfig) -> Iterator[Finding]:
    path = own_lock(chosen)
    if path is None or not path.is_file():
        return
    try:
        pins = read_lock(path)
    except IreneError as error:
        yield _MODELS.error(*split_cure(str(error)))
        return
    faults = (
        _MODELS.error(f"{pin.id}: {fault}", "irene models install --locked")
        for pin in pins
        for fault in quick_faults(pin)
    )
    yield from at_least_one(faults, _MODELS.ok(f"{path}: {len(pins)} pinned, as they were"))
