"""The one edge of publishing: bytes into files, whole or not at all."""

from __future__ import annotations

import fcntl
import itertools
import os
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from feeder.errors import StoreError

try:  # ISA-L is zlib four times faster; it is built for the usual processors alone
    from isal import isal_zlib as zlib
except ImportError:
    import zlib  # type: ignore[no-redef]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

# The fastest level: a 200 KB feed takes zlib 0.9 ms and 37 KB; level 6 would take 3.2 ms for 31 KB.
_LEVEL = 1
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_TEMPORARY = ".tmp-"
_OURS = os.urandom(4).hex()
_numbers = itertools.count()  # of what this process has written aside


def compress(data: bytes) -> bytes:
    """Returns `data` as gzip; equal bytes give equal bytes, as no time and name are written.

    RFC 1952 §2.3.1.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    return packer.compress(data) + packer.flush()


def write(
    files: Iterable[tuple[str, bytes]], folder: Path, modified: datetime | None = None
) -> tuple[Path, ...]:
    """Writes the files that differ, each with its `.gz` beside it, and returns their paths.

    All are written aside, one after the other, before the first takes its place. They are dated
    `modified`; None: now.

    Raises:
        StoreError: the folder refused; the files that are there are whole.
    """
    changed = []
    with in_words(folder), _aside(modified) as aside:
        for name, data in files:
            path = folder / name
            if not _holds(path, data):
                _make_folder(path.parent)
                # The compressed file goes first, so that a plain one that is up to date vouches for
                # both after a crash.
                _write_aside(path.with_name(f"{path.name}.gz"), compress(data), aside)
                _write_aside(path, data, aside)
                changed.append(path)
    return tuple(changed)


def remove(names: tuple[str, ...], folder: Path) -> None:
    """Removes the files called `names` and their `.gz`."""
    with in_words(folder):
        for name in names:
            (folder / name).unlink(missing_ok=True)
            (folder / f"{name}.gz").unlink(missing_ok=True)


def complete_names(folder: Path, forms: Iterable[str]) -> frozenset[str]:
    """Returns the names under which a folder has a document of each form, such as "atom"."""
    if not folder.is_dir():
        return frozenset()
    files = set(os.listdir(folder))  # noqa: PTH208 -- as text, for 300,000 of them
    first, *others = forms
    stems = (file.removesuffix(f".{first}") for file in files if file.endswith(f".{first}"))
    return frozenset(stem for stem in stems if all(f"{stem}.{form}" in files for form in others))


def sweep(folder: Path, older_than: float = 0.0) -> None:
    """Removes what a kill or a power cut left half written, so many seconds ago.

    0: for the only process that writes.
    """
    with in_words(folder):
        for leftover in folder.glob(f"**/{_TEMPORARY}*"):
            with suppress(FileNotFoundError):
                if not older_than or leftover.stat().st_mtime < time.time() - older_than:
                    leftover.unlink()


@contextmanager
def folder_turn(folder: Path) -> Iterator[None]:
    """Keeps other processes from publishing into the folder meanwhile."""
    with in_words(folder):
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / ".feeder.turn").open("wb")
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        where = error.filename or folder
        raise StoreError(
            f"cannot write to the output folder: {reason} ({where}); "
            "the feeds there stay as they were"
        ) from error


def _holds(path: Path, data: bytes) -> bool:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return False
    if facts.st_size != len(data) or not stat.S_ISREG(facts.st_mode):
        return False
    return path.read_bytes() == data and path.with_name(f"{path.name}.gz").exists()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync_folder(folder.parent)


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A file that waits to take its place."""

    path: Path
    aside: str
    handle: int


@contextmanager
def _aside(modified: datetime | None) -> Iterator[list[_Replacement]]:
    """Files that are written aside and take their places at the end, all of them or none."""
    aside: list[_Replacement] = []
    try:
        yield aside
        # The disk is asked for all together: the first to be waited for takes most of the others
        # with it.
        for one in aside:
            os.fsync(one.handle)
        for one in aside:
            _date(one, modified)
            os.replace(one.aside, one.path)  # noqa: PTH105 -- as text it takes a third of the time
    except BaseException:
        for one in aside:
            Path(one.aside).unlink(missing_ok=True)
        raise
    finally:
        for one in aside:
            os.close(one.handle)
    for folder in {one.path.parent for one in aside}:
        _sync_folder(folder)


def _write_aside(path: Path, data: bytes, aside: list[_Replacement]) -> None:
    name = f"{path.parent}/{_TEMPORARY}{_OURS}-{next(_numbers)}"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    aside.append(_Replacement(path, name, handle))
    os.fchmod(handle, 0o644)  # whatever the umask: a web server beside us is to read it
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _date(new: _Replacement, modified: datetime | None) -> None:
    """Gives two versions of one second two times, as Last-Modified counts whole seconds.

    RFC 9110 §8.8.2.2.
    """
    wanted = int(modified.timestamp() if modified else os.fstat(new.handle).st_mtime)
    try:
        earliest = int(os.lstat(new.path).st_mtime) + 1
    except FileNotFoundError:
        earliest = 0
    if modified or wanted < earliest:
        at = max(wanted, earliest)
        os.utime(new.handle, (at, at))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
