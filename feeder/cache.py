"""What was worked out before and may be asked again: of a page that is read again nearly all is as it was."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Generic, TypeVar, TypeVarTuple, cast

from xxhash import xxh3_64_intdigest

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Rest = TypeVarTuple("Rest")


class Memory(Generic[T]):
    """Values by the words that they were made of, so many bytes in all; what was not asked for the longest goes first.

    Of the words two numbers are kept that hang on secrets of the process (SipHash: Aumasson,
    Bernstein, 2012; XXH3), so that no page can be made that passes for another.
    """

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._kept: OrderedDict[int, tuple[T, int]] = OrderedDict()

    def get(self, words: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """The value, made where it is not known; what is made of many words, or weighs too much, is not kept."""
        if len(words) > _LONGEST:
            return make()
        key = hash(words) << 64 | xxh3_64_intdigest(words.encode("utf-8", "surrogatepass"), _SECRET)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept[0]
        made = make()
        weight = weigh(made) + _ITSELF
        if weight <= self._most // 64:
            self._kept[key] = made, weight
            self._weight += weight
            while self._weight > self._most:
                self._weight -= self._kept.popitem(last=False)[1][1]
        return made


_SECRET = secrets.randbits(64)
_LONGEST = 8_000  # characters
_ITSELF = 400  # bytes that an entry takes without what it holds


def recalled(most: int) -> Callable[[Callable[[str, *Rest], T]], Callable[[str, *Rest], T]]:
    """lru_cache for what is made of a page's words: of very many, which might fill the memory, nothing is kept."""

    def recalling(made: Callable[[str, *Rest], T]) -> Callable[[str, *Rest], T]:
        known = cast("Callable[[str, *Rest], T]", lru_cache(maxsize=most)(made))

        @wraps(made)
        def recall(words: str, /, *rest: *Rest) -> T:
            return (known if len(words) <= _LONGEST else made)(words, *rest)

        return recall

    return recalling
