"""The newest end of a list that is longer than what is read: lists run either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

T = TypeVar("T")


def newest_end(
    items: Sequence[T], most: int, time_of: Callable[[T], datetime | None]
) -> Sequence[T]:
    """Return at most `most` items in their order.

    The first ones, or the last where those are newer.
    """
    if len(items) <= most:
        return items
    first, last = time_of(items[0]), time_of(items[-1])
    rises = first is not None and last is not None and first < last
    return items[-most:] if rises else items[:most]
