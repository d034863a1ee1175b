"""Plain text: what copying a live page gives, changelogs, NEWS files, logs.

A live page is a series of records, each of which holds one time of its own; in a text the places
are lines. Lines that are a time, begin with one or end with one are marks; those of one form are a
series; the series that holds most of the text is the page. A time above or inside a headline begins
its record, one in a trailer ends it.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context
from feeder.extract.record.content import content
from feeder.extract.record.people import people
from feeder.model import Note, Rules, Update
from feeder.when import Stamp, leading, resolve, trailing, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from feeder.extract.page.parsed_page import ParsedPage

Form = Literal["alone", "lead", "tail", "trailer"]

_LINES = 200_000  # of a text; no more are looked at
_MOST = 6_000  # records
_HEADLINE = 140  # characters
_MARKED = re.compile(r"^(?:#{1,6}\s+|[*+•·–—-]+\s+|\[)?")  # what markup puts before a line's words
_RULE = re.compile(r"^\s*[-=_*~#+]{3,}\s*$")
_ENDS = re.compile(r"[.!?;:…,。！？][\"'”’»)\]]*$")
_HINT = re.compile(r"\d|[^\W\d_]\s*(?:ago|now)\b", re.IGNORECASE)
_TRAILER = re.compile(r"^\s*(?:--?|—|–)\s")
_DASHED = re.compile(r"^\s*[-–—]{1,2}\s?(?=\w)")
_BY = re.compile(r"^(?:by|von|par|por|di|door|av|af|przez)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^[-–—]{1,2}\s?([A-Z][\w .&]{1,40}?)['’]s?\s+[A-Z]")
# "… Name/Agency", "Agency via Name", "…, File": who took the picture, after the last full stop or
# on a line of its own.
_CREDIT = re.compile(
    r"(?:^|[.!?]\s+)((?:[A-ZÀ-Þ©][^.!?]{0,80})?"
    r"(?:/[A-ZÀ-Þ][^.!?]{1,60}|\b(?:via|Getty|pool photo|handout)\b[^.!?]{1,60}|, File))$"
)
_URGENCY = re.compile(r";\s*urgency=\w+$")  # deb-changelog(5)
_ITEM = re.compile(r"\s*(?:[-*•+]|\d+[.)])\s")
_NOTICE = re.compile(r"^\s*(?:©|\(c\)\s|copyright\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    line: int
    form: Form
    stamp: Stamp
    rest: str


@dataclass(slots=True)
class Record:
    """The parts of one update while it is being read."""

    stamp: Stamp
    headline: str = ""
    paragraphs: list[str] = field(default_factory=list)
    byline: str = ""


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """The updates of a plain text; None where it has none."""
    lines = page.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:_LINES]
    marks = _series(_marks(lines), lines)[:_MOST]
    if len(marks) < 2:
        return None
    records = [r for r in _records(lines, marks) if r.headline or r.paragraphs]
    _bylines(records)
    known = context(page, rules)
    times = resolve([r.stamp for r in records], known)
    updates = tuple(
        Update(
            content(
                html.escape(r.headline, quote=False),
                _body(r.paragraphs),
                page.base,
                authors=people(r.byline),
            ),
            published=time.at,
            stated=time.stated if time.at else "none",
            evidence=f"text:{marks[0].form}",
        )
        for r, time in zip(records, times, strict=True)
    )
    if len(updates) < 2:
        return None
    before = _paragraphs(lines[: _start(marks[0])])
    note = Note(
        "text", f"{len(updates)} lines with a time of the form {marks[0].form!r}", used=True
    )
    return Evidence(
        "text",
        updates,
        confidence=0.9 if len(updates) > 2 else 0.7,
        place=marks[0].form,
        title=before[0] if before and len(before[0]) <= 300 else "",
        description=before[1] if len(before) > 1 else "",
        notes=(note,),
    )


# --------------------------------------------------------------------------------- marks and series


def _marks(lines: Sequence[str]) -> list[Mark]:
    found = (
        mark
        for number, line in enumerate(lines)
        if _HINT.search(line) and (mark := _mark(number, line))
    )
    return list(
        islice(found, 2 * _MOST)
    )  # enough to tell the series, of which no more is taken anyway


def _mark(number: int, line: str) -> Mark | None:
    bare = _MARKED.sub("", line.strip(), count=1)
    if len(bare) <= 120 and (stamp := whole(bare.strip("[]()"))) and not _feeble(stamp):
        return Mark(number, "alone", stamp, "")
    if _TRAILER.match(line) and (found := trailing(bare)) and found.stamp.dated:
        return Mark(number, "trailer", found.stamp, found.rest.strip(" ,-–—"))
    if (
        (found := leading(bare))
        and not _feeble(found.stamp)
        and found.rest[:1] not in {"%", "-", "/"}
    ):
        return Mark(number, "lead", found.stamp, found.rest.lstrip(" \t:|–—-]).•").rstrip())
    if (
        len(bare) <= _HEADLINE
        and not line.startswith((" ", "\t"))
        and (found := trailing(bare.rstrip(")]*_# ")))
    ):
        return Mark(number, "tail", found.stamp, found.rest.rstrip(" \t:|–—-([,•"))
    return None


def _feeble(stamp: Stamp) -> bool:
    return stamp.weak and (stamp.hour is None or stamp.ago is not None)


def _series(marks: Sequence[Mark], lines: Sequence[str]) -> list[Mark]:
    """The marks of the form that weighs most."""
    forms: dict[tuple[Form, bool], list[Mark]] = {}
    for mark in marks:
        forms.setdefault((mark.form, mark.stamp.dated or mark.stamp.at is not None), []).append(
            mark
        )
    weighed = [(_weight(series, lines), series) for series in forms.values() if len(series) > 1]
    weight, best = max(weighed, key=lambda each: each[0], default=(0.0, []))
    if weight <= 0:
        return []
    # a clock alone among full dates is a mark as well, when it stands the same way
    same = {m.line for m in best}
    return sorted(
        (
            m
            for m in marks
            if m.line in same or (m.form == best[0].form and best[0].form == "alone")
        ),
        key=lambda m: m.line,
    )


def _weight(series: Sequence[Mark], lines: Sequence[str]) -> float:
    """How much of the text the records hold, weighed by how plainly the form says that this is a time."""
    covered = len(lines) - series[0].line if series[0].form != "trailer" else series[-1].line
    plainness = {"alone": 1.0, "trailer": 1.2, "lead": 0.8, "tail": 0.6}[series[0].form]
    if series[0].form == "tail" and not _heads(series, lines):
        return 0.0
    if all(m.stamp.weak for m in series):
        plainness *= 0.5
    return float(plainness * covered / max(len(lines), 1) * min(len(series), 6) ** 0.5)


def _heads(series: Sequence[Mark], lines: Sequence[str]) -> bool:
    """Whether lines that end with a time are headings: after a blank line, and no sentence."""
    alone = sum(
        m.line == 0 or not lines[m.line - 1].strip() or _RULE.match(lines[m.line - 1]) is not None
        for m in series
    )
    return alone > 0.8 * len(series) and sum(len(m.rest) < 80 for m in series) > 0.8 * len(series)


# ------------------------------------------------------------------------------------------ records


def _start(first: Mark) -> int:
    return 0 if first.form == "trailer" else first.line


def _records(lines: Sequence[str], marks: Sequence[Mark]) -> Iterable[Record]:
    if marks[0].form == "trailer":
        starts = [0, *(m.line + 1 for m in marks[:-1])]
        spans = [(m, lines[start : m.line]) for m, start in zip(marks, starts, strict=True)]
    else:
        ends = [*(m.line for m in marks[1:]), len(lines)]
        spans = [(m, lines[m.line + 1 : end]) for m, end in zip(marks, ends, strict=True)]
    parts = [(mark, _paragraphs(span)) for mark, span in spans]
    opening = _paragraphs(lines[: marks[0].line])
    if marks[0].form == "alone" and _headed_before(parts, opening):
        parts = _moved(parts, opening)
    if marks[0].form != "trailer":
        parts[-1] = (parts[-1][0], _without_tail(parts[-1][1]))
    return [_record(mark, paragraphs) for mark, paragraphs in parts]


def _headed_before(parts: Sequence[tuple[Mark, list[str]]], opening: Sequence[str]) -> bool:
    """Whether headlines stand above their times: what follows the times is prose, what precedes them is not."""
    after = sum(bool(p) and _is_headline(p[0]) for _, p in parts)
    before = [p[-1] for _, p in parts[:-1] if len(p) > 1]
    before += opening[-1:]
    heads = sum(_is_headline(b) and not _DASHED.match(b) for b in before)
    return heads > 0.7 * len(parts) and after < 0.5 * len(parts)


def _moved(
    parts: Sequence[tuple[Mark, list[str]]], opening: list[str]
) -> list[tuple[Mark, list[str]]]:
    """Each headline given to the time below it."""
    heads = [opening[-1:], *(p[-1:] for _, p in parts[:-1])]
    bodies = [*(p[:-1] for _, p in parts[:-1]), parts[-1][1]]
    return [(mark, head + body) for (mark, _), head, body in zip(parts, heads, bodies, strict=True)]


def _without_tail(paragraphs: list[str]) -> list[str]:
    """Without what follows the last update: short lines that are no sentences, after some that are."""
    kept = list(paragraphs)
    while len(kept) > 1 and (
        _NOTICE.match(kept[-1]) or (_is_headline(kept[-1]) and not _is_byline(kept[-1]))
    ):
        if not any(_ENDS.search(p) for p in kept[:-1]) and not _NOTICE.match(kept[-1]):
            break
        kept.pop()
    return kept


def _record(mark: Mark, paragraphs: list[str]) -> Record:
    record = Record(mark.stamp)
    if mark.form == "trailer":
        record.byline = mark.rest
    elif mark.rest and (len(mark.rest) > _HEADLINE or (_ENDS.search(mark.rest) and not paragraphs)):
        paragraphs = [mark.rest, *paragraphs]
    else:
        record.headline = mark.rest
    if (
        not record.headline
        and paragraphs
        and _is_headline(paragraphs[0])
        and not _is_byline(paragraphs[0])
    ):
        record.headline, paragraphs = paragraphs[0], paragraphs[1:]
    for paragraph in paragraphs:
        if _is_byline(paragraph) and paragraph in {paragraphs[0], paragraphs[-1]}:
            record.byline = record.byline or paragraph
        elif not record.paragraphs or record.paragraphs[-1] != paragraph:
            record.paragraphs.append(paragraph)
    record.headline = _URGENCY.sub("", record.headline.strip(" *_#"))
    return record


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Runs of lines between blank ones; lines that were broken to a width are joined again, a doubled one kept once."""
    runs: list[list[str]] = [[]]
    for line in lines:
        if not line.strip() or _RULE.match(line):
            runs.append([])
        elif len(runs[-1]) == 1 and _hangs(runs[-1][0], line):
            runs.append([line.rstrip()])
        elif not runs[-1] or runs[-1][-1].strip() != line.strip():
            runs[-1].append(line.rstrip())
    widths = sorted(len(line) for run in runs for line in run[:-1])
    broken = bool(widths) and 50 <= widths[len(widths) // 2] <= 85 and widths[-1] <= 100
    return [_joined(run, broken=broken) for run in runs if run]


def _hangs(first: str, second: str) -> bool:
    """Whether a line at the margin stands over an indented text: a heading without a blank line."""
    return (
        second.startswith(("  ", "\t"))
        and not first.startswith((" ", "\t"))
        and not _ITEM.match(first)
    )


def _joined(run: list[str], *, broken: bool) -> str:
    rest = ((" " if broken and not _ITEM.match(line) else "\n") + line.strip() for line in run[1:])
    return "".join([run[0].strip(), *rest])


# ---------------------------------------------------------------------------------- inside a record


def _is_headline(paragraph: str) -> bool:
    return (
        len(paragraph) <= _HEADLINE
        and "\n" not in paragraph
        and not _ENDS.search(paragraph)
        and not _CREDIT.search(paragraph)
    )


def _is_byline(paragraph: str) -> bool:
    short = len(paragraph) <= 120 and "\n" not in paragraph and not _ENDS.search(paragraph)
    return short and bool(_DASHED.match(paragraph) or _BY.match(paragraph))


def _bylines(records: Sequence[Record]) -> None:
    """An outlet that some bylines name with its possessive stands before the names in others without it."""
    outlets = {found[1] for r in records if (found := _POSSESSIVE.match(r.byline))}
    for record in records:
        line = _DASHED.sub("", record.byline)
        for outlet in outlets:
            line = line.removeprefix(f"{outlet} ")
        record.byline = line.strip()


def _body(paragraphs: Sequence[str]) -> str:
    return "".join(_captioned(p) or f"<p>{_escaped(p)}</p>" for p in paragraphs)


def _captioned(paragraph: str) -> str:
    """A caption with its credit, on a line of its own or after the last full stop; "" where it is prose."""
    found = _CREDIT.search(paragraph.replace("\n", ". ") if "\n" in paragraph else paragraph)
    if found is None:
        return ""
    credit = found[1].strip()
    caption = paragraph.strip().removesuffix(credit).strip()
    if not credit or ("\n" in caption):
        return ""
    small = f" <small>{_escaped(credit)}</small>"
    return f"<figure><figcaption>{_escaped(caption)}{small}</figcaption></figure>"


def _escaped(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")
