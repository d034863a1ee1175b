"""Lines of a plain text that state a time, and which of them are a series.

A line is a time, begins with one, ends with one, holds one between separators ("1.2.0 -
2022-03-05", "r7 | ana | 2022-03-05 | 2 lines") or is the date in a block of headers ("Date: …").
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import TYPE_CHECKING, Literal

from feeder.when import leading, lenient, trailing, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from feeder.when import FoundStamp, Stamp

Form = Literal["alone", "lead", "tail", "trailer", "header"]

MOST = 6_000  # records
HEADLINE = 140  # characters
RULE = re.compile(r"^\s*[-=_*~#+]{3,}\s*$")
_LINES = 200_000  # of a text; no more are looked at
_EDGE = 2_000  # lines at either end by which the direction of a text is told
_ALONE = 120  # characters of a line that is nothing but a time
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+\S|={1,4} ?[^=])")
# What markup puts before and after a line's words.
_BEFORE = re.compile(r"^(?:#{1,6}\s+|={1,4}\s*(?=[^=])|[-*+•·–—]+\s+|\[)?[*_]{0,2}")
_AFTER = re.compile(r"\s*[#=*_:]*\s*$")
_HINT = re.compile(r"\d|[^\W\d_]\s*(?:ago|now)\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d年")
_TRAILER = re.compile(r"^\s*(?:--?|—|–)\s")
_SEPARATOR = re.compile(r"\s{2,}|\s+[-–—|/·•:]+\s+|\s*[()\[\]|]+\s*|\t+|:\s+")
# "1.50    2021-07-14" and "1.10 - 5 March 2022" begin with a version, not with a clock.
_VERSION = re.compile(r"^v?\d+(?:\.\d+)+\S*(?:\s{2,}|\s+[-–—(\[/|]|\s+(?=\d{4}-\d\d-\d\d))")
_SEPARATORS = 8  # that are looked at in a line
_KEYED = re.compile(r"^\s{0,3}([^\W\d_][\w-]{1,20}):\s+(\S.*)$")
_COMMIT = re.compile(r"^commit [0-9a-f]{7,}")
_LABEL = 30  # characters of a word before a date
_BLOCK = 14  # lines of a block of headers


@dataclass(frozen=True, slots=True)
class LineMark:
    """A line that states a time. `first` is the line on which its record begins."""

    line: int
    form: Form
    stamp: Stamp
    rest: str
    first: int
    heading: bool = False  # written as a heading of Markdown or a wiki

    @property
    def is_dated(self) -> bool:
        return _is_dated(self.stamp)


def choose_series(lines: Sequence[str]) -> list[LineMark]:
    """Returns the marks that begin (or, as trailers, end) the records of a text.

    None where it is no series.
    """
    marks = _with_headings(_without_labels(find_marks(lines)), lines)
    several = (series for series in _group_marks(marks) if len(series) > 1)
    weighed = ((_weigh(series, lines), series) for series in several)
    weight, best = max(weighed, key=lambda each: each[0], default=(0.0, []))
    if weight <= 0:
        return []
    # A clock alone among full dates is a mark as well, where it stands the same way.
    same = {mark.line for mark in best}
    alone = best[0].form == "alone"
    return [m for m in marks if m.line in same or (alone and m.form == "alone")]


def _group_marks(marks: Sequence[LineMark]) -> Iterable[list[LineMark]]:
    """Returns the marks that are of one form, all with a day or all without, as headings or not."""
    by_kind: dict[tuple[Form, bool, bool], list[LineMark]] = {}
    for mark in marks:
        by_kind.setdefault((mark.form, mark.is_dated, mark.heading), []).append(mark)
    return by_kind.values()


# -------------------------------------------------------------------------------------------- marks


def find_marks(lines: Sequence[str]) -> list[LineMark]:
    """Returns the marks of a text in its order; of a very long one those at its newest end."""
    numbers: Iterator[int] = iter(range(min(len(lines), _LINES)))
    if len(lines) > _EDGE and _rises(lines):
        numbers = iter(range(len(lines) - 1, max(len(lines) - _LINES, 0) - 1, -1))
    # Twice as many as are taken tell the series.
    return sorted(islice(_marks(lines, numbers), 2 * MOST), key=lambda mark: mark.line)


def _marks(lines: Sequence[str], numbers: Iterator[int]) -> Iterator[LineMark]:
    for number in numbers:
        line = lines[number]
        if _HINT.search(line) and (mark := _mark(lines, number)):
            yield mark


def _rises(lines: Sequence[str]) -> bool:
    """Returns whether the last time in a text is later than the first."""
    first = next(_marks(lines, iter(range(_EDGE))), None)
    last = next(_marks(lines, iter(range(len(lines) - 1, len(lines) - _EDGE, -1))), None)
    return first is not None and last is not None and order_of(first) < order_of(last)


def order_of(mark: LineMark) -> tuple[int, ...]:
    """Returns what marks of one kind can be put in order by."""
    at = mark.stamp.at
    if at is not None:
        return (at.year, at.month, at.day, at.hour, at.minute)
    stamp = mark.stamp
    return (
        stamp.year or 0,
        stamp.month or 0,
        stamp.day or 0,
        stamp.hour or 0,
        stamp.minute,
    )


def _mark(lines: Sequence[str], number: int) -> LineMark | None:
    line = lines[number]
    bare = _AFTER.sub("", _BEFORE.sub("", line.strip(), count=1))
    heading = _HEADING.match(line) is not None
    if header := _header(lines, number):
        return header
    for kind in (_alone, _trailer, _between, _at_an_end):
        if found := kind(line, bare):
            form, stamp, rest = found
            return LineMark(number, form, stamp, rest, number, heading)
    return None


_Read = tuple[Form, "Stamp", str]


def _alone(_: str, bare: str) -> _Read | None:
    if len(bare) > _ALONE or _VERSION.match(bare):
        return None
    stamp = whole(bare.strip("[]()"))
    return ("alone", stamp, "") if stamp and not _is_feeble(stamp) else None


def _trailer(line: str, bare: str) -> _Read | None:
    found = trailing(bare) if _TRAILER.match(line) else None
    if found is None or not found.stamp.dated:
        return None
    return "trailer", found.stamp, found.rest.strip(" ,-–—")


def _between(line: str, bare: str) -> _Read | None:
    """Returns a full date between separators; what stands on both sides of it is the rest."""
    if len(bare) > HEADLINE or line.startswith((" ", "\t")) or not _YEAR.search(bare):
        return None
    versioned = _VERSION.match(bare) is not None
    for start, end in _cells(bare):
        if start == 0 and versioned:
            continue
        stamp = whole(bare[start:end])
        if stamp and _is_full(stamp):
            form: Form = "tail" if bare[:start].strip(" [(") else "lead"
            return form, stamp, _without(bare, start, end)
    return None


def _is_dated(stamp: Stamp) -> bool:
    return stamp.dated or stamp.at is not None


def _is_full(stamp: Stamp) -> bool:
    return stamp.at is not None or (stamp.dated and stamp.year is not None)


def _cells(bare: str) -> list[tuple[int, int]]:
    """Start and end of each run of cells between separators, the longest first.

    None without a separator.
    """
    gaps = list(islice(_SEPARATOR.finditer(bare), _SEPARATORS))
    if not gaps:
        return []
    starts = [0, *(gap.end() for gap in gaps)]
    ends = [*(gap.start() for gap in gaps), len(bare)]
    spans = (span for span in _pairs(starts, ends) if span[0] < span[1])
    return sorted(spans, key=lambda span: span[0] - span[1])


def _pairs(starts: Sequence[int], ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yields every run of cells, from one's start to another's end."""
    for first, last in combinations(range(len(starts) + 1), 2):
        yield starts[first], ends[last - 1]


def _without(text: str, start: int, end: int) -> str:
    """Returns a heading without its date, and without what bound that to the rest."""
    before = text[:start].rstrip(" \t:|–—-([/,•·")
    after = re.sub(r"^[\s)\]:|–—/,•·-]+", "", text[end:]).rstrip(" \t:|–—-")
    after = re.sub(r"\((?:[^()]*\d{4}[^()]*)\)\s*\|?\s*", "", after)
    joined = f"{before} {after}".strip() if before and after else before or after
    return _unbracketed(joined)


def _unbracketed(text: str) -> str:
    """Returns what stands in brackets alone: "[1.2.0]" of a changelog."""
    match = re.fullmatch(r"\[?([^\[\]]+)\]", text)
    return match[1].strip() if match else text


def _at_an_end(line: str, bare: str) -> _Read | None:
    lead, tail = _lead(bare), None
    if len(bare) <= HEADLINE and not line.startswith((" ", "\t")):
        tail = trailing(bare.rstrip(")]*_# "))
    if lead and not (tail and tail.stamp.year and not _is_dated(lead.stamp)):
        return "lead", lead.stamp, lead.rest.lstrip(" \t:|–—-]).•").rstrip()
    if tail:
        return "tail", tail.stamp, _unbracketed(tail.rest.rstrip(" \t:|–—-([,•"))
    return None


def _lead(bare: str) -> FoundStamp | None:
    found = None if _VERSION.match(bare) else leading(bare)
    if found is None or _is_feeble(found.stamp):
        return None
    return None if found.rest[:1] in {"%", "-", "/"} else found


def _is_feeble(stamp: Stamp) -> bool:
    return stamp.weak and (stamp.hour is None or stamp.ago is not None)


def _header(lines: Sequence[str], number: int) -> LineMark | None:
    """Returns a date in a block of headers, as of a message or a commit.

    The record begins with the block.
    """
    match = _KEYED.match(lines[number])
    stamp = whole(match[2]) or lenient(match[2]) if match else None
    if stamp is None or not _is_full(stamp):
        return None
    first = _find_block(lines, number)
    below = number + 1 < len(lines) and _KEYED.match(lines[number + 1]) is not None
    return LineMark(number, "header", stamp, "", first) if first < number or below else None


def _find_block(lines: Sequence[str], number: int) -> int:
    """Returns the first line of the block of headers that a line stands in."""
    first = number
    while first > 0 and number - first < _BLOCK and _is_keyed(lines[first - 1]):
        first -= 1
    return first


def _is_keyed(line: str) -> bool:
    return _KEYED.match(line) is not None or _COMMIT.match(line) is not None


def _without_labels(marks: list[LineMark]) -> list[LineMark]:
    """Dates behind one and the same word ("Release date: …") stand alone."""
    rests = Counter(mark.rest for mark in marks if mark.form in ("lead", "tail"))
    label, count = rests.most_common(1)[0] if rests else ("", 0)
    if not _is_label(label) or count < max(2, 0.6 * sum(rests.values())):
        return marks
    return [replace(m, form="alone", rest="") if m.rest == label else m for m in marks]


def _is_label(text: str) -> bool:
    return 0 < len(text) <= _LABEL and not any(c.isdigit() for c in text)


def _with_headings(marks: list[LineMark], lines: Sequence[str]) -> list[LineMark]:
    """Dates alone below headings ("1.2.0", underlined) belong to those, where most stand so."""
    alone = [mark for mark in marks if mark.form == "alone"]
    above = {
        mark.line: at for mark in alone if (at := _heading_above(lines, mark.line)) is not None
    }
    if len(above) < 2 or len(above) < 0.6 * len(alone):
        return marks
    return [
        replace(m, first=above[m.line], rest=_heading_text(lines[above[m.line]]))
        if m.line in above
        else m
        for m in marks
    ]


def _heading_above(lines: Sequence[str], number: int) -> int | None:
    """Returns the line of the heading right above, which is written as one, or underlined."""
    underlined = False
    for at in range(number - 1, max(number - 5, -1), -1):
        line = lines[at]
        if RULE.match(line):
            underlined = True
        elif line.strip():
            return at if underlined or _HEADING.match(line) else None
    return None


def _heading_text(line: str) -> str:
    return _unbracketed(_AFTER.sub("", _BEFORE.sub("", line.strip(), count=1)))


# ------------------------------------------------------------------------------------------- series


def _weigh(series: Sequence[LineMark], lines: Sequence[str]) -> float:
    """How much of the text the records hold, weighed by how plainly the form tells a time."""
    form = series[0].form
    covered = len(lines) - series[0].first
    if form == "trailer":
        covered = series[-1].line
    plainness = {"alone": 1.0, "trailer": 1.2, "header": 1.3, "lead": 0.8, "tail": 0.7}[form]
    if form == "tail" and not (_are_headings(series, lines) or _are_listed(series, lines)):
        return 0.0
    if series[0].heading:
        plainness *= 1.3
    if all(mark.stamp.weak for mark in series):
        plainness *= 0.5
    return float(plainness * covered / max(len(lines), 1) * min(len(series), 6) ** 0.5)


def _are_headings(series: Sequence[LineMark], lines: Sequence[str]) -> bool:
    """Whether lines that end with a time stand over what they head, and are no sentences."""
    apart = sum(_stands_apart(mark, lines) for mark in series)
    short = sum(len(mark.rest) < 80 for mark in series)
    return apart > 0.8 * len(series) and short > 0.8 * len(series)


def _stands_apart(mark: LineMark, lines: Sequence[str]) -> bool:
    """Returns whether a line is a heading, or follows a blank line, or has indented lines below."""
    if mark.heading or mark.line == 0:
        return True
    before = lines[mark.line - 1]
    after = lines[mark.line + 1] if mark.line + 1 < len(lines) else ""
    below = after.startswith((" ", "\t")) and not lines[mark.line].startswith((" ", "\t"))
    return not before.strip() or RULE.match(before) is not None or below


def _are_listed(series: Sequence[LineMark], lines: Sequence[str]) -> bool:
    """Returns whether nearly every line of the text is one of them."""
    inside = lines[series[0].line : series[-1].line + 1]
    return len(series) > 2 and len(series) > 0.6 * sum(bool(line.strip()) for line in inside)
