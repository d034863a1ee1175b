"""How soon after a read the next one is worth making. Pure; instants are epoch seconds.

Updates of a live page come nearly at random, so a read every `w` seconds finds them `w/2` late on
average and costs `1/w` reads a second. Where one comes every `g` seconds, delay and reads together
are least at `w = pace·√g`: a source that is four times slower is read half as often, and `pace`
alone says what a read is worth.

`g` is the wait to be expected. While the silence is ordinary that is the mean gap of the last
updates; but the longer it lasts, the likelier it is that the page is over. Counted on 400 live
blogs, the expected wait grows with the cube of the silence, from about `100·√g` seconds on, and
hardly depends on anything else. A page that comes back after a night must not wait for another: no
wait is longer than an eighth of the silence.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMORY = 12  # updates whose times are remembered
PACE = 2.4  # √s; at a mean gap of ten minutes a read a minute

_RECENT = 9  # updates, so 8 gaps
_USUAL_GAP = (
    600.0  # seconds; counts as one more gap, so that two updates alone do not make a rhythm
)
_ORDINARY = 105.0  # √s; silences up to this, times the root of the mean gap, say nothing yet
_SHARE = 8.0  # no wait is longer than this part of the silence
_UNKNOWN = 300.0  # seconds between reads of a page that has shown no times
_ENDED = 900.0  # seconds; a page that says it is over gets corrections at most …
_ENDED_SHARE = 2.0  # … and is read again when it has been over for half as long again

_QUIET = 3 * 3600.0  # seconds; less is never called quiet …
_QUIET_GAPS = 8.0  # … nor is what is not this many times the longest gap of late
_QUIET_FROM = 5  # updates: fewer are no rhythm


def wait(
    stamps: Sequence[float], now: float, ended: float | None = None, pace: float = PACE
) -> float:
    """Seconds until the next read.

    Args:
        stamps: times of the newest updates, oldest first.
        now: the time of the read just made.
        ended: since when the page says that coverage is over; None: it goes on.
        pace: √s; twice as much is half the reads at twice the delay.
    """
    usual = _usual(stamps[-_RECENT:], now, pace) if stamps else _UNKNOWN
    return usual if ended is None else max(usual, _ENDED, (now - ended) / _ENDED_SHARE)


def _usual(stamps: Sequence[float], now: float, pace: float) -> float:
    gap = (stamps[-1] - stamps[0] + _USUAL_GAP) / len(stamps)
    silence = max(0.0, now - stamps[-1])
    live = pace * math.sqrt(gap)
    grown = live * math.sqrt(1 + (silence / (_ORDINARY * math.sqrt(gap))) ** 3)
    return min(grown, max(live, silence / _SHARE))


def silent(stamps: Sequence[float], now: float) -> bool:
    """Returns whether nothing has come for far longer than this source lets expect."""
    if len(stamps) < _QUIET_FROM:
        return False
    longest = max(later - earlier for earlier, later in pairwise(stamps))
    return now - stamps[-1] > max(_QUIET, _QUIET_GAPS * longest)
