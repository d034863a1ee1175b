"""The times of a chosen series: which mark is a record's time, which a change's, what they mean."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from feeder.extract.inferred.date_headings import with_years
from feeder.extract.inferred.mark import Mark, misplaced
from feeder.extract.inferred.outline import INLINE
from feeder.extract.inferred.series import Record
from feeder.when import Context, Resolved, Stamp, assume, maybe_time, resolve
from feeder.when.lexicon import weekday

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Series
    from feeder.model import Assumption

_WEEKDAY = 20  # characters
_SLACK = timedelta(minutes=10)


@dataclass(slots=True)
class Times:
    """A series with its records' times; all lists run in step."""

    records: list[Record]
    held: list[list[Mark]]  # the marks inside each record, its time first
    published: list[Resolved]
    modified: list[datetime | None]
    flat: bool
    assumed: Assumption | None = None
    unread: int = 0  # texts in the place of a time that look like one and are none


def timed(chosen: Series, marks: Sequence[Mark], known: Context, outline: Outline) -> Times:
    """Returns the series with its times resolved together."""
    records = _joined(chosen, marks, outline)
    places = [mark.index for mark in marks]
    held = [marks[bisect_left(places, r.start) : bisect_left(places, r.end)] for r in records]
    published, updated = _columns(records, held)
    weekdays = _weekdays(chosen, outline) if records[0].mark.stamp.shape == "clock" else []
    marks = sorted([*marks, *weekdays], key=_index) if weekdays else marks
    headings = _headings(records, marks, chosen, outline)
    stamps = with_years([_stamp(column) for column in published], records, marks, outline)
    if _falsely_utc(published, known):
        stamps = [_local(s) for s in stamps]
    resolved = resolve(stamps, known, headings)
    assumed = assume(stamps, known, headings)
    _forget(headings, records, marks, outline)
    own = [
        [*(m for m in column), *(m for m in all_ if m not in column)]
        for column, all_ in zip(published, held, strict=True)
    ]
    later = [_stamp(c) if c else None for c in updated]
    modified = _modified(later, resolved, known)
    unread = _unread(stamps, records, marks, outline)
    return Times(records, own, list(resolved), modified, chosen.flat, assumed, unread)


def _unread(
    stamps: Sequence[Stamp], records: Sequence[Record], marks: Sequence[Mark], outline: Outline
) -> int:
    """Returns how many texts in the place of a time look like one and are none."""
    places = {record.mark.path for record in records}
    tags = {path.rpartition(">")[2] for path in places}
    known = [(mark.index, outline.end(mark.index)) for mark in marks]
    never = sum(bool(stamp.unread) for stamp in stamps)
    first, last = records[0].start, records[-1].end
    return never + sum(
        outline.tags[outline.parent(index)] in tags
        and not _covered(index, known)
        and maybe_time(text)
        for index, text in outline.between(first, last)
    )


def _covered(index: int, known: Sequence[tuple[int, int]]) -> bool:
    at = bisect_right(known, (index, len(known) + 10**9)) - 1
    return at >= 0 and index < known[at][1]


def inside(marks: Sequence[Mark], start: int, end: int) -> list[Mark]:
    """Returns the marks, which are in document order, between two places."""
    return list(marks[bisect_left(marks, start, key=_index) : bisect_left(marks, end, key=_index)])


def _index(mark: Mark) -> int:
    return mark.index


def _joined(chosen: Series, marks: Sequence[Mark], outline: Outline) -> list[Record]:
    """The records, and siblings of theirs that hold a time of the same kind in another place."""
    if chosen.flat or not chosen.region:
        return chosen.records
    tags = {outline.tags[r.tops[-1]] for r in chosen.records}
    known = {top for r in chosen.records for top in r.tops}
    around, kind = chosen.region[-1], chosen.marks[0]
    starts, ends = [r.start for r in chosen.records], [r.end for r in chosen.records]
    own = {r.mark.index for r in chosen.records}
    found: dict[int, Record] = {}
    for mark in inside(marks, around, outline.end(around)):
        here = mark.index
        if here in own:
            continue
        last = bisect_right(starts, here) - 1
        if last >= 0 and here < ends[last]:
            continue  # it is in a record
        while outline.parent(here) > around:
            here = outline.parent(here)
        if here in known or outline.tags[here] not in tags or here in found:
            continue
        end = outline.end(here)
        if bisect_left(starts, here) < bisect_left(starts, end):
            continue  # it holds records, so it is none
        if outline.tags[mark.index] == outline.tags[kind.index] and bool(mark.attribute) == bool(
            kind.attribute
        ):
            found[here] = Record(mark, (here,), here, end)
    return sorted([*chosen.records, *found.values()], key=lambda r: r.start)


def _columns(
    records: Sequence[Record], held: Sequence[Sequence[Mark]]
) -> tuple[list[list[Mark]], list[list[Mark]]]:
    """For each record the marks of its time, a day and a clock apart, and that of its last change."""
    groups: dict[tuple[str, str, bool, bool], dict[int, Mark]] = {}
    for number, inside in enumerate(held):
        for mark in inside:
            groups.setdefault(
                (mark.path, mark.attribute, mark.updating, mark.stamp.shape == "day"), {}
            ).setdefault(number, mark)
    usual = {key: column for key, column in groups.items() if len(column) >= 0.7 * len(records)}
    plain = {key: column for key, column in usual.items() if not key[2]}
    best = max(plain.values(), key=lambda c: (_precision(c), len(c)), default={})
    second: dict[int, Mark] = {}
    if best and _shape(best) == "day":
        second = max((c for c in plain.values() if _shape(c) == "clock"), key=len, default={})
    elif best and _shape(best) == "clock":
        second = max((c for c in plain.values() if _shape(c) == "day"), key=len, default={})
    later = [c for key, c in groups.items() if key[2]]
    published = [
        [m for m in (best.get(n) or records[n].mark, second.get(n)) if m is not None]
        for n in range(len(records))
    ]
    return published, [[c[n] for c in later if n in c][:1] for n in range(len(records))]


def _shape(column: dict[int, Mark]) -> str:
    shapes = [m.stamp.shape for m in column.values()]
    return max(set(shapes), key=shapes.count)


def _precision(column: dict[int, Mark]) -> float:
    mark = next(iter(column.values()))
    if mark.stamp.at is not None:
        return 4.0
    return {"instant": 3.0, "clock": 2.0, "day": 1.5, "relative": 1.0, "played": 0.5}[
        _shape(column)
    ]


def _stamp(column: Sequence[Mark]) -> Stamp:
    """One stamp of a day and a clock that stand apart."""
    first = column[0].stamp
    if len(column) < 2:
        return first
    day, clock = (first, column[1].stamp) if first.shape == "day" else (column[1].stamp, first)
    if day.shape != "day" or clock.shape != "clock":
        return first
    return replace(
        clock,
        year=day.year,
        month=day.month,
        day=day.day,
        slashed=day.slashed,
        numbers=day.numbers,
        word=day.word,
    )


def _headings(
    records: Sequence[Record], marks: Sequence[Mark], chosen: Series, outline: Outline
) -> list[tuple[int, Stamp]]:
    """Days that stand between the records, and before which record each does."""
    start, end = _around(chosen, outline)
    own = {id(r.mark) for r in records}
    starts, times = [r.start for r in records], [r.mark.index for r in records]
    found = []
    for mark in inside(marks, start, end):
        if not _is_day(mark.stamp) or mark.form != "own" or id(mark) in own:
            continue
        around = records[max(bisect_right(starts, mark.index) - 1, 0)]
        if not _encloses(around, mark, outline):
            found.append((bisect_left(times, mark.index), mark.stamp))
    return found


def _is_day(stamp: Stamp) -> bool:
    return stamp.shape == "day" or (
        stamp.weekday is not None and stamp.shape == "clock" and stamp.hour is None
    )


def _weekdays(chosen: Series, outline: Outline) -> list[Mark]:
    """Headings that are a weekday and no more: no times themselves, but days of clocks below."""
    found = []
    for index, text in outline.between(*_around(chosen, outline)):
        word = text.strip(" \n\t,:–—-")
        day = weekday(word) if len(word) < _WEEKDAY else None
        if day is None:
            continue
        block = next(i for i in outline.above(index, 8) if outline.tags[i] not in INLINE)
        if outline.count(block, outline.end(block)) == 1 and not misplaced(block, outline):
            found.append(Mark(block, "own", Stamp(weekday=day)))
    return found


def _around(chosen: Series, outline: Outline) -> tuple[int, int]:
    """Returns where the records are."""
    if not chosen.region:
        return 0, len(outline)
    return chosen.region[-1], outline.end(chosen.region[-1])


def _encloses(record: Record, mark: Mark, outline: Outline) -> bool:
    """Returns whether a day stands inside a record, and not at its top as in a flat layout."""
    if not record.start <= mark.index < record.end:
        return False
    return all(not _is_all(mark, top, outline) for top in record.tops)


def _is_all(mark: Mark, index: int, outline: Outline) -> bool:
    """Returns whether a node says nothing but this time."""
    if not index <= mark.index < outline.end(index):
        return False
    return outline.count(index, outline.end(index)) == outline.count(
        mark.index, outline.end(mark.index)
    )


def _forget(
    headings: Sequence[tuple[int, Stamp]],
    records: Sequence[Record],
    marks: Sequence[Mark],
    outline: Outline,
) -> None:
    """Day headings in the runs of a flat layout belong to no record."""
    if not headings:
        return
    stamps = {id(s) for _, s in headings}
    days = [m for m in marks if id(m.stamp) in stamps]
    for record in records:
        if len(record.tops) > 1:
            inner = inside(days, record.start, record.end)
            record.tops = tuple(
                [n for n in record.tops if not any(_is_all(m, n, outline) for m in inner)]
            )


def _falsely_utc(published: Sequence[Sequence[Mark]], known: Context) -> bool:
    """Returns whether attributes give the local time that people see as if it were UTC."""
    pairs = [
        (m.stamp.at, m.printed)
        for (m, *_) in published
        if m.stamp.at and m.printed and m.printed.hour is not None
    ]
    if len(pairs) < 2 or len(pairs) < 0.5 * len(published):
        return False
    same = [
        (at, p) for at, p in pairs if p.zone is None and (at.hour, at.minute) == (p.hour, p.minute)
    ]
    if len(same) < 0.8 * len(pairs) or any(
        not at.astimezone(known.zone).utcoffset() for at, _ in same
    ):
        return False
    newest = max(at.replace(tzinfo=known.zone) for at, _ in same)
    return newest <= known.now + _SLACK


def _local(stamp: Stamp) -> Stamp:
    at = stamp.at
    if at is None:
        return stamp
    return Stamp(
        year=at.year,
        month=at.month,
        day=at.day,
        hour=at.hour,
        minute=at.minute,
        second=at.second,
        label=stamp.label,
    )


def _modified(
    stamps: Sequence[Stamp | None], published: Sequence[Resolved], known: Context
) -> list[datetime | None]:
    """A change is never before the update; one that states no day is of the first day that fits."""
    found: list[datetime | None] = []
    for stamp, own in zip(stamps, published, strict=True):
        if stamp is None or own.at is None:
            found.append(None)
            continue
        near = replace(known, dates=(own.at,), began=None, changed=None)
        at = resolve([stamp], near)[0].at
        if at is not None and at < own.at and stamp.shape == "clock":
            at = at + timedelta(days=1) if at + timedelta(days=1) <= known.now else None
        found.append(at if at and at >= own.at else None)
    return found
