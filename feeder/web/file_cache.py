"""Published files in memory, with their validators and headers."""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import TYPE_CHECKING

import xxhash

if TYPE_CHECKING:
    from pathlib import Path

Headers = list[tuple[bytes, bytes]]

MAX_BYTES = 64 * 1024 * 1024  # of files held in memory; the least recently asked for go first

# Any page may read feeds, and see what they are validated by (CORS).
_ANYONE = (b"access-control-allow-origin", b"*")
_EXPOSED = (b"access-control-expose-headers", b"ETag, Last-Modified, Link")
_NOSNIFF = (b"x-content-type-options", b"nosniff")


@dataclass(slots=True)
class Representation:
    """One representation of a file: its bytes, validators and headers."""

    data: bytes
    etag: bytes
    modified: int | None  # seconds since 1970; None: made for this request
    headers: Headers  # of the representation itself
    seen: tuple[int, int, int] = (0, 0, 0)  # the file's inode, size and mtime in nanoseconds

    def head(self, status: int, max_age: int, link: bytes, now: float) -> Headers:
        """Returns the headers of an answer with this representation, or of a 304.

        A 304 says no more than it takes to keep what the client has (RFC 9110 §15.4.5), and no date
        is ahead of the clock, which says `now` (§8.8.2.1).
        """
        headers = [(b"etag", self.etag)]
        if self.modified is not None:
            headers.append((b"last-modified", _http_date(min(self.modified, int(now)))))
        headers += [
            (b"cache-control", b"max-age=%d" % max_age),
            (b"vary", b"Accept-Encoding, Sec-Fetch-Dest"),
            _ANYONE,
        ]
        if status == 304:
            return headers
        headers += [*self.headers, (b"content-length", b"%d" % len(self.data)), _EXPOSED, _NOSNIFF]
        if link:
            headers.append((b"link", link))
        return headers


@lru_cache(maxsize=1024)
def _http_date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def represent(data: bytes, headers: Headers, modified: int | None = None) -> Representation:
    """Returns a representation of `data`.

    Its ETag is strong: other bytes have another, and so has another coding of the same bytes
    (RFC 9110 §8.8.3.3).
    """
    coded = b"-gz" if (b"content-encoding", b"gzip") in headers else b""
    etag = b'"%s%s"' % (xxhash.xxh3_64_hexdigest(data).encode(), coded)
    return Representation(data, etag, modified, headers)


class FileCache:
    """The files of a folder, read again when they are replaced. For one thread only."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = str(folder)
        self._max_bytes = max_bytes
        self._held: OrderedDict[tuple[str, bytes], Representation] = (
            OrderedDict()
        )  # by name and media type
        self._bytes = 0

    def get(self, name: str, media_type: bytes, headers: Headers) -> Representation | None:
        """Returns the file called `name` as it is now; None: there is none. Links are not followed.

        Raises:
            OSError: it is there and cannot be read.
        """
        path = f"{self._folder}/{name}"
        try:
            now = os.stat(path, follow_symlinks=False)  # noqa: PTH116 -- faster, at every request
        except (FileNotFoundError, NotADirectoryError):
            return None
        seen = (now.st_ino, now.st_size, now.st_mtime_ns)
        key = (name, media_type)
        held = self._held.get(key)
        if held and held.seen == seen:
            self._held.move_to_end(key)
            return held
        return self._load(key, path, headers) if stat.S_ISREG(now.st_mode) else None

    def _load(self, key: tuple[str, bytes], path: str, headers: Headers) -> Representation | None:
        name, media_type = key
        inside, _, _ = name.rpartition("/")
        if inside and os.path.islink(f"{self._folder}/{inside}"):  # noqa: PTH114 -- as above
            return None
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            facts = os.fstat(handle)
            made = represent(
                file.read(), [(b"content-type", media_type), *headers], int(facts.st_mtime)
            )
        made.seen = (facts.st_ino, facts.st_size, facts.st_mtime_ns)
        self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, bytes], made: Representation) -> None:
        old = self._held.pop(key, None)
        self._bytes += len(made.data) - (len(old.data) if old else 0)
        self._held[key] = made
        while self._bytes > self._max_bytes and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._bytes -= len(gone.data)
