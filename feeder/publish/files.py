"""The one edge of publishing: bytes into files, whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from feeder.errors import StoreError

try:  # ISA-L is zlib four times faster; it is built for the usual processors alone
    from isal import isal_zlib as zlib
except ImportError:
    import zlib  # type: ignore[no-redef]

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The fastest level: a 200 KB feed takes zlib 0.9 ms and 37 KB; level 6 would take 3.2 ms for 31 KB.
_LEVEL = 1
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_TEMPORARY = ".tmp-"


def compress(data: bytes) -> bytes:
    """`data` as gzip. The same bytes always give the same bytes: zlib writes no time and no name (RFC 1952 §2.3.1)."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    return packer.compress(data) + packer.flush()


def replace_file(path: Path, data: bytes) -> None:
    """`path` holds `data`, and did hold the old bytes until then; OSError where it still does."""
    with _aside() as aside:
        aside[path] = _write_aside(path, data)


def write(files: Iterable[tuple[str, bytes]], folder: Path) -> tuple[Path, ...]:
    """The files of `folder` that differed, each with its `.gz` beside it; equal ones are not touched.

    All are written aside, one after the other, before the first takes its place.

    Raises:
        StoreError: the folder refused; the files that are there are whole.
    """
    changed = []
    with in_words(folder), _aside() as aside:
        for name, data in files:
            path = folder / name
            if not _holds(path, data):
                _make_folder(path.parent)
                # The compressed file goes first, so that a plain one that is up to date vouches for both after a crash.
                packed = path.with_name(f"{path.name}.gz")
                aside[packed] = _write_aside(packed, compress(data))
                aside[path] = _write_aside(path, data)
                changed.append(path)
    return tuple(changed)


def remove(names: tuple[str, ...], folder: Path) -> None:
    """The files called `names` and their `.gz` are gone."""
    with in_words(folder):
        for name in names:
            (folder / name).unlink(missing_ok=True)
            (folder / f"{name}.gz").unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """What a kill or a power cut left half written is gone. Only for the one process that writes to `folder`."""
    with in_words(folder):
        for leftover in folder.glob(f"**/{_TEMPORARY}*"):
            leftover.unlink(missing_ok=True)


@contextmanager
def in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        where = error.filename or folder
        raise StoreError(
            f"cannot write to the output folder: {reason} ({where}); the feeds there stay as they were"
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


@contextmanager
def _aside() -> Iterator[dict[Path, Path]]:
    """What was written aside, by the path that it takes in the end. A full disk leaves every old file where it was."""
    aside: dict[Path, Path] = {}
    try:
        yield aside
        for path, temporary in aside.items():
            _keep_order(path, temporary)
            temporary.replace(path)
    except BaseException:
        for temporary in aside.values():
            temporary.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in aside}:
        _sync_folder(folder)


def _write_aside(path: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, 0o644)  # mkstemp makes it 0600: a web server beside us could not read it
            os.fsync(handle)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def _keep_order(old: Path, new: Path) -> None:
    """Last-Modified counts whole seconds, so two versions of one second get two (RFC 9110 §8.8.2.2)."""
    try:
        before = int(old.lstat().st_mtime)
    except FileNotFoundError:
        return
    if int(new.lstat().st_mtime) <= before:
        os.utime(new, (before + 1, before + 1))


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
