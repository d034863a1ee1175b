"""The one edge of publishing: bytes into files, whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from feeder.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# zlib's fastest level: a 200 KB feed takes 0.9 ms and 37 KB; level 6 would take 3.2 ms for 31 KB.
_LEVEL = 1
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_TEMPORARY = ".tmp-"


def compress(data: bytes) -> bytes:
    """`data` as gzip. The same bytes always give the same bytes: zlib writes no time and no name (RFC 1952 §2.3.1)."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_FORMAT)
    return packer.compress(data) + packer.flush()


def replace_file(path: Path, data: bytes) -> None:
    """`path` holds `data`, and did hold the old bytes until then; OSError where it still does."""
    _replace({path: data})


def write(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """The files of `folder` that differed, each with its `.gz` beside it; equal ones are not touched.

    Raises:
        StoreError: the folder refused; the files that are there are whole.
    """
    with in_words(folder):
        changed = [name for name, data in files.items() if not _holds(folder / name, data)]
        if changed:
            _make_folders(folder, changed)
            # The compressed file comes first, so that a plain one which is up to date vouches for both after a crash.
            pairs = [(f"{name}.gz", compress(files[name])) for name in changed]
            _replace({folder / name: data for name, data in [*pairs, *((name, files[name]) for name in changed)]})
        return tuple(folder / name for name in changed)


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


def _make_folders(folder: Path, names: list[str]) -> None:
    for parent in {(folder / name).parent for name in names}:
        if not parent.is_dir():
            parent.mkdir(parents=True, exist_ok=True)
            _sync_folder(parent.parent)


def _replace(files: Mapping[Path, bytes]) -> None:
    """All are written aside before the first is renamed: a full disk leaves every old file where it was."""
    aside: dict[Path, Path] = {}
    try:
        for path, data in files.items():
            aside[path] = _write_aside(path, data)
        for path, temporary in aside.items():
            _keep_order(path, temporary)
            temporary.replace(path)
    except BaseException:
        for temporary in aside.values():
            temporary.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in files}:
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
