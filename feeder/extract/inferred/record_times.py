"""The times of a chosen series: which mark is a record's time, which a change's, what they mean."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.inferred.date_headings import with_years
from feeder.extract.inferred.mark import Mark, misplaced
from feeder.extract.inferred.outline import INLINE
from feeder.when import Context, Resolved, Stamp, assume, maybe_time, resolve
from feeder.when.lexicon import weekday

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from feeder.extract.inferred.series import Record, Series
    from feeder.model import Assumption

_CELLS = frozenset({"td", "th"})
_WEEKDAY = 20  # characters
_SLACK = timedelta(minutes=10)
_COMPLETED_BY = {"day": "clock", "clock": "day"}
_EXACTLY = 4.0  # the precision of an instant with its zone
_PRECISION = {"instant": 3.0, "clock": 2.0, "day": 1.5, "relative": 1.0, "played": 0.5}


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


def timed(chosen: Series, marks: Sequence[Mark], known: Context) -> Times:
    """Returns the series with its times resolved together."""
    records = chosen.records
    held = [inside(marks, record.start, record.end) for record in records]
    published, updated = _columns(records, held)
    if records[0].mark.stamp.shape == "clock":
        marks = sorted([*marks, *_weekdays(chosen)], key=_index)
    headings = _headings(records, marks, chosen)
    stamps = with_years([_stamp(column) for column in published], records, marks)
    if _falsely_utc(published, known):
        stamps = [_local(stamp) for stamp in stamps]
    resolved = resolve(stamps, known, headings)
    assumed = assume(stamps, known, headings)
    _forget(headings, records, marks)
    own = list(map(_own_first, published, held))
    later = [_stamp(column) if column else None for column in updated]
    modified = _modified(later, resolved, known)
    unread = _unread(stamps, records, marks)
    return Times(records, own, list(resolved), modified, chosen.flat, assumed, unread)


def _own_first(column: Sequence[Mark], held: Sequence[Mark]) -> list[Mark]:
    """Returns the marks inside a record, those of its time first."""
    return [*column, *(mark for mark in held if mark not in column)]


def _unread(
    stamps: Sequence[Stamp],
    records: Sequence[Record],
    marks: Sequence[Mark],
) -> int:
    """Returns how many texts in the place of a time look like one and are none."""
    outline = records[0].outline
    places = {record.mark.path for record in records}
    tags = {path.rpartition(">")[2] for path in places}
    known = [(mark.index, mark.end) for mark in marks]
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


class _MarkKind(NamedTuple):
    """What the marks of a column have in common."""

    path: str
    attribute: str
    updating: bool
    is_day: bool


def _columns(
    records: Sequence[Record], held: Sequence[Sequence[Mark]]
) -> tuple[list[list[Mark]], list[list[Mark]]]:
    """For each record the marks of its time, a day and a clock apart, and that of its change."""
    groups: dict[_MarkKind, dict[int, Mark]] = {}
    for number, inner in enumerate(held):
        for mark in inner:
            kind = _MarkKind(mark.path, mark.attribute, mark.updating, mark.stamp.shape == "day")
            groups.setdefault(kind, {}).setdefault(number, mark)
    later = [column for kind, column in groups.items() if kind.updating]
    updated = [[c[n] for c in later if n in c][:1] for n in range(len(records))]
    best, second = _usual_columns(groups, records)
    published = [[best.get(n, record.mark)] for n, record in enumerate(records)]
    for number, mark in second.items():
        published[number].append(mark)
    return published, updated


def _usual_columns(
    groups: Mapping[_MarkKind, dict[int, Mark]], records: Sequence[Record]
) -> tuple[dict[int, Mark], dict[int, Mark]]:
    """Returns the most exact time that most records have, and what completes it: a day or clock.

    Of several that are as exact it is that by which the records were found.
    """
    least = 0.7 * len(records)
    own = [record.mark for record in records]
    plain = [c for kind, c in groups.items() if not kind.updating and len(c) >= least]

    def fitness(column: dict[int, Mark]) -> tuple[float, bool, int]:
        return _precision(column), any(own[n] is mark for n, mark in column.items()), len(column)

    best = max(plain, key=fitness, default={})
    wanted = _COMPLETED_BY.get(_shape(best)) if best else None
    beside = [column for column in plain if _shape(column) == wanted]
    return best, max(beside, key=len, default={})


def _shape(column: dict[int, Mark]) -> str:
    shapes = [m.stamp.shape for m in column.values()]
    return max(set(shapes), key=shapes.count)


def _precision(column: dict[int, Mark]) -> float:
    mark = next(iter(column.values()))
    return _EXACTLY if mark.stamp.at is not None else _PRECISION[_shape(column)]


def _stamp(column: Sequence[Mark]) -> Stamp:
    """One stamp of a day and a clock that stand apart."""
    first = column[0].stamp
    if len(column) < 2:
        return first
    day, clock = (first, column[1].stamp) if first.shape == "day" else (column[1].stamp, first)
    if day.shape != "day" or clock.shape != "clock":
        return first
    return clock._replace(
        year=day.year,
        month=day.month,
        day=day.day,
        slashed=day.slashed,
        numbers=day.numbers,
        word=day.word,
    )


def _headings(
    records: Sequence[Record], marks: Sequence[Mark], chosen: Series
) -> list[tuple[int, Stamp]]:
    """Days that stand between the records, and before which record each does."""
    own = {id(r.mark) for r in records}
    near = inside(marks, *_around(chosen))
    days = [mark for mark in near if _is_day(mark) and id(mark) not in own]
    starts, times = [r.start for r in records], [r.mark.index for r in records]
    spanning = _days_of_rows(days)

    def is_heading(day: Mark) -> bool:
        around = records[max(bisect_right(starts, day.index) - 1, 0)]
        return id(day) in spanning or not _encloses(around, day)

    return [(bisect_left(times, day.index), day.stamp) for day in days if is_heading(day)]


def _days_of_rows(days: Sequence[Mark]) -> set[int]:
    """Returns which days are those of all rows that follow, as some of their cells span rows.

    A day that has one row alone stands in the same column, without `rowspan`.
    """
    columns = {_column(day) for day in days if _spans_rows(day)}
    return {id(day) for day in days if _column(day) in columns} if columns else set()


def _is_day(mark: Mark) -> bool:
    stamp = mark.stamp
    by_weekday = stamp.weekday is not None and stamp.shape == "clock" and stamp.hour is None
    return mark.form == "own" and (stamp.shape == "day" or by_weekday)


def _weekdays(chosen: Series) -> list[Mark]:
    """Headings that are a weekday and no more: no times themselves, but days of clocks below."""
    outline = chosen.outline
    found = []
    for index, text in outline.between(*_around(chosen)):
        word = text.strip(" \n\t,:–—-")
        day = weekday(word) if len(word) < _WEEKDAY else None
        if day is None:
            continue
        block = next(i for i in outline.above(index, 8) if outline.tags[i] not in INLINE)
        if outline.count(block, outline.end(block)) == 1 and not misplaced(block, outline):
            found.append(Mark(outline, block, "own", Stamp(weekday=day)))
    return found


def _around(chosen: Series) -> tuple[int, int]:
    """Returns where the records are."""
    if not chosen.region:
        return 0, len(chosen.outline)
    return chosen.region[-1], chosen.outline.end(chosen.region[-1])


def _encloses(record: Record, mark: Mark) -> bool:
    """Returns whether a day stands inside a record, and not at its top as in a flat layout."""
    if not record.start <= mark.index < record.end:
        return False
    return all(not _is_all(mark, top) for top in record.tops)


def _spans_rows(day: Mark) -> bool:
    cell = _cell(day)
    return cell is not None and day.outline.attributes(cell).get("rowspan", "1") != "1"


def _column(day: Mark) -> tuple[str, int]:
    """Returns where in a row of a table a day stands."""
    cell = _cell(day)
    return day.path, -1 if cell is None else sum(1 for _ in day.outline.before_all(cell))


def _cell(day: Mark) -> int | None:
    outline = day.outline
    return next((n for n in outline.above(day.index, 4) if outline.tags[n] in _CELLS), None)


def _is_all(mark: Mark, index: int) -> bool:
    """Returns whether a node says nothing but this time."""
    outline = mark.outline
    if not index <= mark.index < outline.end(index):
        return False
    return outline.count(index, outline.end(index)) == outline.count(mark.index, mark.end)


def _forget(
    headings: Sequence[tuple[int, Stamp]], records: Sequence[Record], marks: Sequence[Mark]
) -> None:
    """Day headings in the runs of a flat layout belong to no record."""
    if not headings:
        return
    stamps = {id(s) for _, s in headings}
    days = [m for m in marks if id(m.stamp) in stamps]
    for record in records:
        if len(record.tops) > 1:
            inner = inside(days, record.start, record.end)
            record.tops = tuple([n for n in record.tops if not any(_is_all(m, n) for m in inner)])


def _falsely_utc(published: Sequence[Sequence[Mark]], known: Context) -> bool:
    """Returns whether attributes give the local time that people see as if it were UTC."""
    pairs = _shown_clocks(published)
    if len(pairs) < 2 or len(pairs) < 0.5 * len(published):
        return False
    same = [at for at, printed in pairs if _shows(printed, at)]
    if len(same) < 0.8 * len(pairs):
        return False
    if not all(at.astimezone(known.zone).utcoffset() for at in same):
        return False
    newest = max(at.replace(tzinfo=known.zone) for at in same)
    return newest <= known.now + _SLACK


def _shown_clocks(published: Sequence[Sequence[Mark]]) -> list[tuple[datetime, Stamp]]:
    """Returns the instants that attributes state, each with the clock that people see for it."""
    pairs = [(column[0].stamp.at, column[0].printed) for column in published]
    return [(at, seen) for at, seen in pairs if at and seen and seen.hour is not None]


def _shows(printed: Stamp, at: datetime) -> bool:
    """Returns whether people see the clock of an instant, without a zone."""
    return printed.zone is None and (at.hour, at.minute) == (printed.hour, printed.minute)


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
