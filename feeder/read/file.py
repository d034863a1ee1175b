"""A page that is a file; one whose inode, size and time are as before is not even opened."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash

from feeder.errors import ReadError
from feeder.model import Document, Reading, Validators
from feeder.read.decode import too_large

if TYPE_CHECKING:
    from feeder.config import Source

# A file that was written less than this before it was read may be written again within one tick of
# its clock, and keep its state: then only its bytes are believed.
_SETTLED = 2.0  # seconds


async def read_file(source: Source, since: Validators, max_bytes: int) -> Reading:
    return await asyncio.to_thread(
        _read, source.settings.path, source.settings.url, since, max_bytes
    )


def _read(path: str, url: str, since: Validators, max_bytes: int) -> Reading:
    try:
        state = _state(Path(path).stat()) if since.etag else None
        if state and since.etag == state:
            return Reading(None, since)
        body, state = _content(path, max_bytes)
    except FileNotFoundError as error:
        raise ReadError(f"there is no file {path}; check `path`") from error
    except OSError as error:
        raise ReadError(f"the file {path} cannot be read: {error.strerror}") from error
    validators = Validators(etag=state, digest=xxhash.xxh3_128_hexdigest(body))
    if validators.digest == since.digest:
        return Reading(None, validators, size=len(body))
    page = Document(url, body, mimetypes.guess_type(path)[0])
    return Reading(page, validators, size=len(body))


def _content(path: str, max_bytes: int) -> tuple[bytes, str | None]:
    # O_NONBLOCK: opening a pipe must not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 -- of a descriptor
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(f"{path} is no file; `path` must name one")
        body = file.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise too_large(max_bytes)
    return body, _state(status) if time.time() - status.st_mtime > _SETTLED else None


def _state(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"
