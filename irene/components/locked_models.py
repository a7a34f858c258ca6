"""Whether the models of a configuration are those that its lock file pins."""

from __future__ import annotations

from collections.abc import Iterator

from irene.components.used_models import used_models
from irene.config.sections import Config
from irene.errors import ModelRefusedError
from irene.models.lock import definite, lock_path, quick_faults, read_lock
from irene.plugin.registry import ComponentRegistry

_CURE = (
    "`irene models install --locked` brings them back, `irene models lock` takes them as they are"
)


def require_locked_models(config: Config, registry: ComponentRegistry) -> None:
    """Refuse models that are not those of the lock file; without one, everything is well.

    Looks at receipts and sizes, which takes no time; `irene models verify --locked` reads all.

    Raises:
        ModelRefusedError: a model is missing, is another one, or is not in the lock file.
        ConfigurationError: the lock file cannot be read.
    """
    if config.path is None or not lock_path(config.path).is_file():
        return
    faults = list(_faults(config, registry))
    if faults:
        raise ModelRefusedError(f"{lock_path(config.path)}: {'; '.join(faults)}; {_CURE}")


def _faults(config: Config, registry: ComponentRegistry) -> Iterator[str]:
    assert config.path is not None
    pins = read_lock(lock_path(config.path))
    pinned = {pin.id for pin in pins}
    for pin in pins:
        yield from quick_faults(pin)
    for used in used_models(config, registry):
        name = f"{used.kind}/{definite(used.model)}"
        if name not in pinned:
            yield f"{name} is not in it ({used.key})"
