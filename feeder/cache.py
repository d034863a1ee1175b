"""Results that are asked for again: nearly all of a page that is read again is as it was."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, cast

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Rest = TypeVarTuple("Rest")

_LONGEST = 8_000  # characters


def recalled(most: int) -> Callable[[Callable[[str, *Rest], T]], Callable[[str, *Rest], T]]:
    """Returns a decorator that keeps the last `most` results of a pure function of a page's words.

    It is lru_cache, which several threads may ask at once, but for words that are so many that
    they might fill the memory.
    """

    def recalling(made: Callable[[str, *Rest], T]) -> Callable[[str, *Rest], T]:
        known = cast("Callable[[str, *Rest], T]", lru_cache(maxsize=most)(made))

        @wraps(made)
        def recall(words: str, /, *rest: *Rest) -> T:
            return (known if len(words) <= _LONGEST else made)(words, *rest)

        return recall

    return recalling
