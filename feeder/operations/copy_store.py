"""A store into another one: from a file to PostgreSQL, and back."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from feeder.errors import ConfigError, StoreError
from feeder.store import Store
from feeder.store.lock import store_file_lock

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_SQLITE = "sqlite:///"


def copy_store(
    source: str,
    target: str,
    progress: Callable[[int], AbstractContextManager[Callable[[str], object]]],
) -> tuple[dict[str, int], bool]:
    """Copies a store into an empty one, as it is at one moment, and compares the two.

    Addresses are as in the configuration, or paths of SQLite files. Returns the number of rows by
    table, and whether a daemon is using the source: what it reads from now on is not in the copy.

    Raises:
        ConfigError: an address is none, or there is nothing at the source's.
        StoreError: the target is not empty or in use, or either of them refused.
    """
    source, target = _address(source), _address(target)
    if (file := _file(source)) and not file.is_file():
        raise ConfigError(f"there is no store {file}")
    if source == target:
        raise ConfigError("a store cannot be copied into itself")
    into = _file(target)
    with ExitStack() as stack:
        stack.enter_context(store_file_lock(into) if into else nullcontext())
        there = stack.enter_context(Store.open(source))
        empty = stack.enter_context(Store.open(target))
        step = stack.enter_context(progress(there.count_copy_steps()))
        counts = there.copy_to(empty, step)
    return counts, file is not None and _is_in_use(file)


def _address(text: str) -> str:
    return text if "://" in text else f"{_SQLITE}{text}"


def _file(address: str) -> Path | None:
    if not address.startswith(_SQLITE):
        return None
    return Path(address.removeprefix(_SQLITE)).absolute()


def _is_in_use(file: Path) -> bool:
    try:
        with store_file_lock(file):
            return False
    except StoreError:
        return True
