"""Files that an output writes: in their place when they are whole, and else not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from irene.config.sections import Config
from irene.errors import DeviceError


@contextmanager
def whole_files(config: Config) -> Iterator[Config]:
    """Let the default output write into a folder of its own while a block runs.

    What it has written is put into its place at the end, unless the block fails. An output without
    a file, or into something that is no file, such as a pipe, stays what it is.

    Raises:
        DeviceError: a file cannot be put into its place.
    """
    path = _file_of(config)
    if path is None:
        yield config
        return
    try:
        folder = Path(tempfile.mkdtemp(prefix=".irene-", dir=path.parent))
    except OSError:
        yield config  # the output itself says what is wrong with its place
        return
    try:
        yield _writing_to(config, folder / path.name)
        _put_in_place(folder, path.parent)
    except DeviceError as error:
        raise DeviceError(str(error).replace(str(folder), str(path.parent))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _file_of(config: Config) -> Path | None:
    """Return the file of the default output, through links; None where there is none."""
    table = config.outputs.providers.get(config.outputs.default_provider)
    given = getattr(table.options, "path", "") if table is not None else ""
    if not isinstance(given, str) or not given:
        return None
    path = Path(given).resolve()
    return None if path.exists() and not path.is_file() else path


def _writing_to(config: Config, path: Path) -> Config:
    outputs = config.outputs
    table = outputs.providers[outputs.default_provider]
    options = replace(table.options, path=str(path))  # type: ignore[type-var] # a dataclass
    providers = {**outputs.providers, table.name: replace(table, options=options)}
    return replace(config, outputs=replace(outputs, providers=providers))


def _put_in_place(folder: Path, place: Path) -> None:
    for file in sorted(folder.iterdir()):
        try:
            file.replace(place / file.name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise DeviceError(f"{place / file.name}: cannot be written ({reason})") from error
