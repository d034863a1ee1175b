"""The entries of a source as a subscriber sees them, with what was changed in them since."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

import nh3

from feeder.reconcile.word_diff import Segment, steps
from feeder.web.pages.wording import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from feeder.model import Change, Entry
    from feeder.reconcile.word_diff import Step

_HEADING = re.compile(r"<(/?)h[1-6]>")  # headings of the page are none of ours
_EDGE = 80  # characters of unchanged words that are shown on either side of a difference
_TELLING = {"headline", "text", "authors", "time"}


@dataclass(frozen=True, slots=True)
class StreamItem:
    """One entry. Where it is `withheld`, its words are for those alone who have the token."""

    entry: Entry
    key: str  # the UUID of its id
    body: str  # safe HTML that loads nothing
    steps: tuple[Step, ...]  # what was changed since it came
    withheld: bool


@dataclass(frozen=True, slots=True)
class Day:
    words: str
    items: tuple[StreamItem, ...]


def days_of(items: Iterable[StreamItem], now: datetime) -> list[Day]:
    """Returns the items under the days on which they were published."""
    days = groupby(items, key=lambda item: item.entry.published.date())
    grouped = (tuple(found) for _, found in days)
    return [Day(day_of(found[0].entry.published, now), found) for found in grouped]


def stream_item(entry: Entry, changes: Iterable[Change], *, logged_in: bool) -> StreamItem:
    withheld = entry.removed is not None and not logged_in
    return StreamItem(
        entry=entry,
        key=entry.id.removeprefix("urn:uuid:"),
        body="" if withheld else readable(entry.content.html),
        steps=() if withheld else later_steps(changes),
        withheld=withheld,
    )


def later_steps(changes: Iterable[Change]) -> tuple[Step, ...]:
    """Returns the steps that a reader could notice, without the first, and a last removal."""
    found = steps(changes)[1:]
    if found and found[-1].change.kind == "removed":  # which the entry says itself
        found = found[:-1]
    return tuple(step for step in found if step.change.kind != "touched" or step.parts)


def as_then(changes: Iterable[Change]) -> list[tuple[Entry, list[Change]]]:
    """Returns each entry as the changes leave it, with its own changes, the newest entry first."""
    mine: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        mine[change.entry.id].append(change)
    found = [(own[-1].entry, own) for own in mine.values() if not own[-1].entry.hidden]
    return sorted(found, key=lambda one: (one[0].published, one[0].number), reverse=True)


def told_parts(parts: Mapping[str, Sequence[Segment]]) -> dict[str, list[Segment]]:
    """Returns the differences that are words, with long unchanged passages cut short."""
    return {name: shorten(segments) for name, segments in parts.items() if name in _TELLING}


def shorten(segments: Sequence[Segment]) -> list[Segment]:
    shown = []
    for place, segment in enumerate(segments):
        text = segment.text
        if segment.kind == "same" and len(text) > 2 * _EDGE:
            before = text[:_EDGE] if place else ""
            after = text[-_EDGE:] if place < len(segments) - 1 else ""
            text = f"{before} … {after}"
        shown.append(Segment(segment.kind, text))
    return shown


def readable(html: str) -> str:
    """Returns the safe HTML of an entry as a page of ours shows it: nothing of it is loaded."""
    paragraphs = _HEADING.sub(lambda tag: f"<{tag[1]}p>", html)
    return _cleaner().clean(paragraphs)


@cache
def _cleaner() -> nh3.Cleaner:
    tags = (
        "a abbr b blockquote br cite code dd del dl dt em figcaption figure hr i ins kbd li mark "
        "ol p pre q s samp small strong sub sup table tbody td tfoot th thead tr u ul var"
    )
    return nh3.Cleaner(
        tags=set(tags.split()),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
