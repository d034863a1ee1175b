"""What was worked out before and may be asked again: of a page that is read again nearly all is as it was."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Memory(Generic[T]):
    """Values by the words that they were made of, so many bytes in all; what was not asked for the longest goes first.

    Of the words a digest is kept, by which no page can pass for another (RFC 7693).
    """

    def __init__(self, most: int) -> None:
        self._most, self._weight = most, 0
        self._kept: OrderedDict[bytes, tuple[T, int]] = OrderedDict()

    def get(self, words: str, make: Callable[[], T], weigh: Callable[[T], int]) -> T:
        """The value, made where it is not known; what is made of many words, or weighs too much, is not kept."""
        if len(words) > _LONGEST:
            return make()
        key = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).digest()
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


_LONGEST = 8_000  # characters
_ITSELF = 400  # bytes that an entry takes without what it holds
