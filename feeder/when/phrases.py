"""Whole phrases of a text that state a time, each as a stamp.

A phrase is what the grammar's shapes make of tokens that stand together: a date, a clock, a zone,
"5 minutes ago", in whatever order, each at most once. What they leave open is completed by
`resolve`. Where a full date stands beside "an hour ago", the date is what is meant.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feeder.when.grammar import PhrasePart, grammar, longest
from feeder.when.reading import stamp_of
from feeder.when.tokens import STOP, Token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.when.stamp import Stamp

_RUN = re.compile(f"[^{STOP}]+{STOP}?")
_APART = 5  # tokens that may stand between the parts of one phrase
# What can stand beside each other; a weekday may stand beside anything.
_TOGETHER = {
    "date": {"clock", "relative", "days", "now", "weekday"},
    "clock": {"date", "relative", "days", "now", "weekday"},
    "relative": {"date", "clock", "weekday"},
    "days": {"date", "clock", "weekday"},
    "now": {"date", "clock", "weekday"},
    "weekday": {"date", "clock", "days"},
    "year": {"date"},
    "played": set[str](),
    "duration": set[str](),
}


class Span(NamedTuple):
    """A time in a text."""

    stamp: Stamp
    start: int
    end: int
    first: bool  # nothing but labels and punctuation before it
    last: bool  # nothing but punctuation after it


def phrases(found: list[Token], *, opening: bool = False) -> Iterator[Span]:
    """Yields the times of a text's tokens in order; with `opening`, those before any other word."""
    kinds = "".join([token.kind for token in found])
    for run in _RUN.finditer(kinds):
        start = run.start()
        if opening and start:
            return
        yield from _read_run(run[0], found[start : run.end()], first=not start)


def _read_run(row: str, found: list[Token], *, first: bool) -> Iterator[Span]:
    """Yields the times in tokens up to a word that is part of none."""
    around, at, clean = grammar().around, 0, first
    for parts in _parted(row, weak=first):
        start, end = parts[0].start, parts[-1].end
        clean = clean and around.issuperset(row[at:start])
        stamp = stamp_of(parts, found, _label(found, row, start))
        if stamp is not None:
            last = around.issuperset(row[end:])
            yield Span(stamp, found[start].start, found[end - 1].end, clean, last)
        # What stands with a date that is none is none either.
        at, clean = end, False


@lru_cache(maxsize=4096)  # the times of a page have few shapes
def _parted(row: str, *, weak: bool) -> tuple[tuple[PhrasePart, ...], ...]:
    """Returns the phrases in a run of tokens; with `weak` false, a word precedes it."""
    found, at = [], 0
    while at < len(row):
        parts = _together(row, at, weak=weak or at > 0)
        if parts:
            found.append(parts)
        at = parts[-1].end if parts else at + 1
    return tuple(found)


def _together(kinds: str, at: int, *, weak: bool, but: str = "") -> tuple[PhrasePart, ...]:
    """Returns the parts of the phrase that begins at a token."""
    part = longest(kinds, at, weak=weak, but=but)
    if part is None or part.kind == "year":
        return ()
    parts = _join_further(kinds, part)
    if part.kind == "duration":  # "14 h" beside a date is a clock
        other = _together(kinds, at, weak=weak, but="duration")
        parts = other if len(other) > 1 else parts
    return () if all(part.kind == "weekday" for part in parts) else parts


def _join_further(kinds: str, part: PhrasePart) -> tuple[PhrasePart, ...]:
    """Returns a part, and those that follow and fit it."""
    parts, beside, here = [part], grammar().beside, part.end
    while here < len(kinds) and here - parts[-1].end <= _APART:
        further = longest(kinds, here)
        if further is not None and further.kind == "duration":  # "23h" behind a date is a clock
            further = longest(kinds, here, but="duration")
        if further is not None and _fits(further, parts, kinds):
            parts.append(further)
            here = further.end
        elif kinds[here] in beside:
            here += 1
        else:
            break
    return tuple(parts)


def _fits(further: PhrasePart, parts: list[PhrasePart], row: str) -> bool:
    kinds = {part.kind for part in parts}
    if further.kind == "year":
        return "clock" in kinds and any(p.kind == "date" and "y" not in p.fields for p in parts)
    if further.kind == "weekday" and row[further.end : further.end + 1] == STOP:
        return False  # "17.00 We begin"
    return further.kind not in kinds and kinds <= _TOGETHER[further.kind]


def _label(found: list[Token], kinds: str, at: int) -> str:
    """Returns the label before a token, with nothing but small words between."""
    labels, around = grammar().labels, grammar().around
    for place in range(at - 1, max(at - 6, -1), -1):
        if kinds[place] in labels:
            return found[place].text
        if kinds[place] not in around:
            break
    return ""
