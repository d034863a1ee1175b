"""The states of a source in the words of the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from feeder.model import State

STATES: dict[State, str] = {
    "new": "Not read yet",
    "live": "Live",
    "quiet": "Quiet",
    "ended": "Ended",
    "held": "Held back",
    "failing": "Failing",
    "blocked": "Blocked",
    "gone": "Gone",
}
