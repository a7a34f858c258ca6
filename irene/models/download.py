"""Fetching one file: resumed where it broke off, and believed only when its digest is right."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from irene.domain.clock import Clock
from irene.errors import DownloadError, ModelRefusedError
from irene.models.catalogue import ModelFile
from irene.models.digests import FileDigest, digest_of
from irene.models.web import Web

Tell = Callable[[int, "int | None"], None]
"""called with the bytes that are there and the bytes that it will be, as far as known"""

_CHUNK = 1 << 16
_MOST_BYTES = 64 << 30
"""of a file whose size nobody said"""
_PROGRESS = 1 << 20
"""bytes after which a broken try does not count as a failed one"""
_TRIES = 5
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0


@dataclass(frozen=True)
class _Origin:
    """What the bytes of a part are the beginning of; kept beside it."""

    url: str
    validator: str
    """ETag or date of change, empty when the server gave none that can be relied on"""
    pieces: int
    """responses that its bytes came from"""


class Downloader:
    """Fetches files into parts that survive whatever breaks off, this process included.

    A part is continued with a range request that the server honours only for the same file
    (RFC 9110, If-Range). Where the server cannot tell, it is continued only if a digest is known
    that the result must have; else it is begun again.
    """

    def __init__(self, web: Web, clock: Clock, tries: int = _TRIES) -> None:
        self._web = web
        self._clock = clock
        self._tries = tries

    def require(self, file: ModelFile, part: Path) -> None:
        """Refuse what would have to be fetched, where that is switched off.

        Raises:
            ModelMissingError: offline was asked for, and the part is not whole.
        """
        if file.size is None or _size_of(part) != file.size:
            self._web.require_online(file.url)

    def fetch(self, file: ModelFile, part: Path, tell: Tell) -> FileDigest:
        """Complete the part of a file and return its digests.

        Args:
            file: what is wanted.
            part: where its bytes gather; `PART.origin` beside it says what they are.
            tell: is called as bytes come in.

        Raises:
            DownloadError: it could not be fetched, after several tries; the part is kept.
            ModelRefusedError: what the server has is not what was asked for.
            ModelMissingError: offline was asked for.
        """
        part.parent.mkdir(parents=True, exist_ok=True)
        while True:
            self._complete(file, part, tell)
            found = digest_of(part, with_md5=bool(file.md5))
            fault = _fault(file, found)
            if not fault:
                return found
            origin = _read_origin(part)
            discard(part)
            # Pieces of two versions may have been joined; a whole file that is wrong stays so.
            if origin is None or origin.pieces < 2:
                raise ModelRefusedError(f"{file.url} is not the file that was expected: {fault}")

    def _complete(self, file: ModelFile, part: Path, tell: Tell) -> None:
        failures = 0
        while True:
            before = _size_of(part)
            try:
                _Try(self._web, file, part, tell).run()
                return
            except DownloadError as error:
                failures = 0 if _size_of(part) - before >= _PROGRESS else failures + 1
                if not error.retryable or failures >= self._tries:
                    raise
                wait_s = min(_FIRST_WAIT_S * 2 ** max(0, failures - 1), _LONGEST_WAIT_S)
                self._clock.sleep(max(wait_s, error.after_s))


class _Try:
    """One request, and as much of its response as comes."""

    def __init__(self, web: Web, file: ModelFile, part: Path, tell: Tell) -> None:
        self._web = web
        self._file = file
        self._part = part
        self._tell = tell

    def run(self) -> None:
        """Append what is missing.

        Raises:
            DownloadError: it broke off.
            ModelRefusedError: the server has something else.
        """
        have, origin = self._kept()
        if have and have == self._file.size:
            self._tell(have, have)
            return
        response = self._web.open(self._file.url, _range(have, origin))
        with contextlib.closing(response):
            if response.status == 416:
                self._beyond_end(have, response.headers.get("Content-Range", ""))
                return
            start, total = self._place(response, have)
            self._check_total(total)
            self._note(response, origin if start else None)
            self._append(response, start, total)

    def _note(self, response: http.client.HTTPResponse, before: _Origin | None) -> None:
        """Write down what the part is the beginning of, from now on."""
        validator = _validator(response)
        if before is None:
            now = _Origin(self._file.url, validator, 1)
        elif before.validator and validator and validator != before.validator:
            self._begin_again("it changed meanwhile")
        else:
            now = _Origin(self._file.url, before.validator or validator, before.pieces + 1)
        _write_origin(self._part, now)

    def _kept(self) -> tuple[int, _Origin | None]:
        """Return how many bytes can be continued from, and where they came from."""
        origin = _read_origin(self._part)
        have = _size_of(self._part)
        provable = origin is not None and (origin.validator or self._file.sha256 or self._file.md5)
        too_long = self._file.size is not None and have > self._file.size
        if origin is None or origin.url != self._file.url or not provable or too_long:
            discard(self._part)
            return 0, None
        return have, origin

    def _place(self, response: http.client.HTTPResponse, have: int) -> tuple[int, int | None]:
        """Return where the body begins in the file, and how long the file is."""
        if response.status == 200:
            length = response.headers.get("Content-Length", "")
            return 0, int(length) if length.isdecimal() else None
        match = re.fullmatch(
            r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip()
        )
        if match is None or int(match[1]) != have:
            self._begin_again("the server sent another part than was asked for")
        return have, int(match[2]) if match[2].isdecimal() else None

    def _check_total(self, total: int | None) -> None:
        if total is not None and self._file.size not in (None, total):
            discard(self._part)
            raise ModelRefusedError(
                f"{self._file.url} has {total} bytes, {self._file.size} were expected"
            )

    def _beyond_end(self, have: int, content_range: str) -> None:
        if content_range.strip() == f"bytes */{have}" and have:
            self._tell(have, have)
            return
        self._begin_again("the server has less than was there before")

    def _begin_again(self, reason: str) -> NoReturn:
        discard(self._part)
        raise DownloadError(f"{self._file.url} begins again: {reason}")

    def _append(self, response: http.client.HTTPResponse, start: int, total: int | None) -> None:
        most = self._file.size or total or _MOST_BYTES
        size = start
        with self._part.open("r+b" if start else "wb", buffering=0) as out:
            out.seek(start)
            out.truncate()
            while chunk := self._read(response):
                size += len(chunk)
                if size > most:
                    break
                out.write(chunk)
                self._tell(size, self._file.size or total)
            out.flush()
            os.fsync(out.fileno())
        if size > most:
            discard(self._part)
            raise ModelRefusedError(f"{self._file.url} sends more than {most} bytes")
        wanted = self._file.size or total
        if wanted is not None and size < wanted:
            raise DownloadError(f"{self._file.url} broke off after {size} of {wanted} bytes")

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read1(_CHUNK)
        except TimeoutError as error:
            raise DownloadError(f"{self._file.url} stalled") from error
        except (OSError, http.client.HTTPException) as error:
            raise DownloadError(f"{self._file.url} broke off: {error!r}") from error


def discard(part: Path) -> None:
    """Remove a part and what is known about it."""
    part.unlink(missing_ok=True)
    _origin_path(part).unlink(missing_ok=True)


def _range(have: int, origin: _Origin | None) -> dict[str, str]:
    if not have or origin is None:
        return {}
    headers = {"Range": f"bytes={have}-"}
    return {**headers, "If-Range": origin.validator} if origin.validator else headers


def _validator(response: http.client.HTTPResponse) -> str:
    """Return what names this version of the file; weak tags do not (RFC 9110, 13.1.5)."""
    tag: str = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return str(response.headers.get("Last-Modified", ""))


def _fault(file: ModelFile, found: FileDigest) -> str:
    """Return what is wrong with a whole file; empty when it is the right one."""
    if file.size not in (None, found.size):
        return f"{found.size} bytes, not {file.size}"
    for name in ("sha256", "md5"):
        wanted = getattr(file, name)
        if wanted and wanted != getattr(found, name):
            return f"{name} {getattr(found, name)}, not {wanted}"
    return ""


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _origin_path(part: Path) -> Path:
    return part.with_name(f"{part.name}.origin")


def _read_origin(part: Path) -> _Origin | None:
    try:
        return _Origin(**json.loads(_origin_path(part).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _write_origin(part: Path, origin: _Origin) -> None:
    _origin_path(part).write_text(json.dumps(asdict(origin)), "utf-8")
