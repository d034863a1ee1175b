"""What a running daemon takes of a changed configuration, and what waits for the next start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.config import values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feeder.config import Settings
    from feeder.store import Store

_FIXED = ("store", "output", "workers", "serve", "fetch", "log")  # only a start can change them
_TAKEN = ("base_url", "push", "keep", "bundle")  # sources, with their defaults, are in the store


def keep_fixed(before: Settings, read: Settings) -> Settings:
    """Returns the settings that were read, with what only a start can change as it was before."""
    fixed = {key: getattr(before, key) for key in _FIXED}
    if read.base_url == values.local_address(read.serve.listen):  # nobody set it: it follows
        fixed["base_url"] = values.local_address(before.serve.listen)
    return read.model_copy(update=fixed)


def note_changes(store: Store, before: Settings, read: Settings, taken: Settings) -> str:
    """Notes in the store which settings changed and which wait, and returns those that wait."""
    waiting = _differing(_FIXED, read, taken)
    store.put("settings_of_next_start", waiting)
    store.put("settings_changed", _differing(_TAKEN, before, taken))
    return waiting


def forget_changes(store: Store) -> None:
    """Forgets what was noted: at a start, all settings are taken."""
    store.put("settings_of_next_start", "")
    store.put("settings_changed", "")


def _differing(keys: Iterable[str], one: Settings, other: Settings) -> str:
    return ", ".join(key for key in keys if getattr(one, key) != getattr(other, key))
