"""A limit to what people, and programs in their name, can ask for."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW = 60.0  # seconds


class RateLimit:
    """So much of one kind in a minute, for each key."""

    def __init__(self, most: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Takes what is limited, in words that follow the number."""
        self._most, self._what, self._clock = most, what, clock
        self._began = clock()
        self._taken: Counter[str] = Counter()

    def take(self, key: str = "") -> None:
        """Counts one more. Raises HTTPException: 429, with Retry-After (RFC 6585 §4)."""
        now = self._clock()
        if now - self._began >= WINDOW:
            self._began = now
            self._taken.clear()
        if self._taken[key] >= self._most:
            wait = str(int(self._began + WINDOW - now) + 1)
            detail = f"{self._most} {self._what} in a minute; wait {wait} seconds."
            raise HTTPException(429, detail, {"Retry-After": wait})
        self._taken[key] += 1
