"""Updates over time as bars: the path of a small SVG."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from feeder.store.read_log import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.store import ReadHistory

BARS = 24
STEP = 4  # from one bar to the next, in units of the drawing
HEIGHT = 24
DAY_WIDTH = 480  # of a timeline
WINDOW = timedelta(hours=BARS)
_WIDTH = 3  # of a bar
_LEAST = 3  # height of the smallest bar that is not nothing


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of the last day, one an hour, the latest last."""

    path: str  # the `d` of an SVG path
    base: str  # likewise, of the hours without an update
    total: int
    busiest: int


def hourly(stamps: Iterable[datetime], now: datetime) -> Chart:
    """Returns the chart of the updates in the 24 hours before `now`."""
    hours = Counter(int((now - at) / timedelta(hours=1)) for at in stamps)
    counts = [hours[BARS - 1 - place] for place in range(BARS)]
    busiest = max(counts)
    bars, base = [], []
    for place, count in enumerate(counts):
        if count:
            height = max(_LEAST, round(HEIGHT * count / busiest))
            bars.append(_bar(place, height))
        else:
            base.append(_bar(place, 1))
    return Chart("".join(bars), "".join(base), sum(counts), busiest)


def timeline(history: ReadHistory, now: datetime) -> dict[str, str]:
    """Returns the reads of the last day as paths of an SVG, one for each kind of outcome."""
    paths: dict[str, list[str]] = defaultdict(list)
    for at, outcome in history.outcomes():
        left = 1 - (now - at) / WINDOW
        if left >= 0:
            height = HEIGHT // 2 if outcome == "unchanged" else HEIGHT
            paths[outcome].append(f"M{left * DAY_WIDTH:.1f} {HEIGHT}v-{height}")
    return {kind: "".join(paths[kind]) for kind in OUTCOMES if kind in paths}


def _bar(place: int, height: int) -> str:
    return f"M{place * STEP} {HEIGHT}v-{height}h{_WIDTH}v{height}z"
