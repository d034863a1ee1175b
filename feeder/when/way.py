"""The cheapest way through a series: one instant for each stamp, at the least cost in all.

To go against the order of the series costs, so do days that are skipped, and ends that lie far from
what the page says of itself. It is found by dynamic programming.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.when.candidates import Meaning
    from feeder.when.stamp import Context

_HOUR = 3600.0
_DAY = 86400.0
_NEWEST = 0.3  # what each day costs that the newest update lies from the page's last change
_BEGUN = 0.35  # what each day costs that the oldest update lies from the page's publication


def cheapest(
    choices: list[list[Meaning]], context: Context, *, descending: bool
) -> tuple[float, list[Meaning | None]]:
    """Returns what the cheapest way costs, and what each stamp means on it; None where nothing."""
    chosen: list[Meaning | None] = [None] * len(choices)
    filled = [number for number, meanings in enumerate(choices) if meanings]
    if not filled:
        return 0.0, chosen
    total, way = _search([choices[number] for number in filled], context, descending=descending)
    for number, position in zip(filled, way, strict=True):
        chosen[number] = choices[number][position]
    return total, chosen


def _search(
    rows: list[list[Meaning]], context: Context, *, descending: bool
) -> tuple[float, list[int]]:
    """Returns what the cheapest way costs, and its place in each row."""
    newest, oldest = _ends(context)
    top, bottom = (newest, oldest) if descending else (oldest, newest)
    costs = [c.cost + top(c.seconds) for c in rows[0]]
    back: list[list[int]] = []
    for before, here in pairwise(rows):
        links = [_link(before, costs, c.seconds, descending=descending) for c in here]
        back.append([via for via, _ in links])
        costs = [cost + c.cost for (_, cost), c in zip(links, here, strict=True)]
    costs = [cost + bottom(c.seconds) for cost, c in zip(costs, rows[-1], strict=True)]
    at = min(range(len(costs)), key=costs.__getitem__)
    way = [at]
    for via in reversed(back):
        way.append(via[way[-1]])
    return costs[at], way[::-1]


def _ends(context: Context) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Returns what it costs to lie far from the page's last change, and from its publication."""
    last = (context.changed or max(context.dates, default=context.now)).timestamp()
    first = context.began.timestamp() if context.began else None

    def newest(seconds: float) -> float:
        return _NEWEST * min(abs(last - seconds) / _DAY, 3.0)

    def oldest(seconds: float) -> float:
        return _BEGUN * min(abs(seconds - first) / _DAY, 3.0) if first is not None else 0.0

    return newest, oldest


def _link(
    before: list[Meaning], costs: list[float], seconds: float, *, descending: bool
) -> tuple[int, float]:
    """From where it costs least to come here, and what that costs in all."""
    best, via = float("inf"), 0
    for position, candidate in enumerate(before):
        step = candidate.seconds - seconds if descending else seconds - candidate.seconds
        cost = costs[position] + (_forward(step) if step >= 0 else _against(-step))
        if cost < best:
            best, via = cost, position
    return via, best


def _forward(step: float) -> float:
    return min(step / _DAY, 3.0)


def _against(step: float) -> float:
    return min(0.3 + step / (6 * _HOUR), 3.0)
