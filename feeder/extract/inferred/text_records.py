"""The records of a plain text.

Which lines belong to which time, and their headline, byline and words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feeder.extract.inferred.text_marks import HEADLINE, RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.text_marks import LineMark
    from feeder.when import Stamp

_ENDS = re.compile(r"[.!?;:…,。！？][\"'”’»)\]]*$")
_DASHED = re.compile(r"^\s*[-–—]{1,2}\s?(?=\w)")
_BY = re.compile(r"^(?:by|von|par|por|di|door|av|af|przez)\s+(?=[A-ZÀ-Þ])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^[-–—]{1,2}\s?([A-Z][\w .&]{1,40}?)['’]s?\s+[A-Z]")
# "… Name/Agency", "Agency via Name", "…, File": who took the picture, after the last full stop or
# on a line of its own.
CREDIT = re.compile(
    r"(?:^|[.!?]\s+)((?:[A-ZÀ-Þ©][^.!?]{0,80})?"
    r"(?:/[A-ZÀ-Þ][^.!?]{1,60}|\b(?:via|Getty|pool photo|handout)\b[^.!?]{1,60}|, File))$"
)
_URGENCY = re.compile(r";\s*urgency=\w+$")  # deb-changelog(5)
_ITEM = re.compile(r"\s*(?:[-*•+]|\d+[.)]|\*\))\s")
_NOTICE = re.compile(r"^\s*(?:©|\(c\)\s|copyright\b)", re.IGNORECASE)
# "Ana Example <ana@example.org> - 1.2-3" beside the date (GNU ChangeLog, RPM).
_PERSON = re.compile(r"^([^<>]{2,60}?)\s*<[^<>\s]+@[^<>\s]+>[\s:–—-]*(.*)$")
_KEYED = re.compile(r"^\s{0,3}([^\W\d_][\w-]{1,20}):\s*(.*)$")
_SUBJECTS = (
    "subject",
    "title",
    "betreff",
    "objet",
    "asunto",
    "oggetto",
    "onderwerp",
    "temat",
    "тема",
    "件名",
    "主题",
)
_SENDERS = ("from", "author", "von", "de", "autor", "auteur", "da", "van", "od", "от", "автор")
_ATX = re.compile(r"^#{1,6}\s+\S")
_TAG_ALONE = re.compile(r"^\s*(?:<[^<>]+>\s*)+$")


@dataclass(slots=True)
class TextRecord:
    """The parts of one update while it is being read.

    `lines` are those below its heading, as they stand.
    """

    stamp: Stamp
    headline: str = ""
    paragraphs: list[str] = field(default_factory=list)
    byline: str = ""
    lines: list[str] = field(default_factory=list)


def read_records(lines: Sequence[str], marks: Sequence[LineMark]) -> list[TextRecord]:
    """One record for each mark; those that say nothing are left out."""
    parts = [(mark, span, split_paragraphs(span)) for mark, span in _spans(lines, marks)]
    opening = split_paragraphs(lines[: marks[0].first])
    if marks[0].form == "alone" and _are_headed_before(parts, opening):
        parts = _moved(parts, opening)
    if marks[0].form != "trailer":
        mark, span, paragraphs = parts[-1]
        parts[-1] = (mark, span, _without_tail(paragraphs))
    records = [_record(*part) for part in parts]
    _cut_outlets(records)
    return [record for record in records if record.headline or record.paragraphs]


_Part = tuple["LineMark", list[str], list[str]]


def _spans(lines: Sequence[str], marks: Sequence[LineMark]) -> list[tuple[LineMark, list[str]]]:
    """Returns the lines of each record, without that of its mark."""
    if marks[0].form == "trailer":
        starts = [0, *(mark.line + 1 for mark in marks[:-1])]
        return [(m, list(lines[s : m.line])) for m, s in zip(marks, starts, strict=True)]
    ends = [*(mark.first for mark in marks[1:]), len(lines)]
    spans = []
    for mark, end in zip(marks, ends, strict=True):
        start = mark.first if mark.form == "header" else mark.line + 1
        spans.append((mark, _without_anchors(list(lines[start:end]))))
    return spans


def _without_anchors(span: list[str]) -> list[str]:
    """Without tags that stand alone at the end: the anchor of the next heading."""
    while span and (not span[-1].strip() or _TAG_ALONE.match(span[-1])):
        span.pop()
    return span


def _are_headed_before(parts: Sequence[_Part], opening: Sequence[str]) -> bool:
    """Returns whether headlines stand above their times.

    What follows the times is prose, what precedes them is not.
    """
    after = sum(bool(p) and _is_headline(p[0]) for _, _, p in parts)
    before = [p[-1] for _, _, p in parts[:-1] if len(p) > 1]
    before += opening[-1:]
    heads = sum(_is_headline(b) and not _DASHED.match(b) for b in before)
    return heads > 0.7 * len(parts) and after < 0.5 * len(parts)


def _moved(parts: Sequence[_Part], opening: list[str]) -> list[_Part]:
    """Returns each headline given to the time below it."""
    moved = []
    head = opening[-1:]
    for number, (mark, span, paragraphs) in enumerate(parts):
        last = number == len(parts) - 1
        own = paragraphs if last else paragraphs[:-1]
        lines = span if last else _without_end(span, paragraphs[-1:])
        moved.append((mark, [*head, "", *lines], head + own))
        head = paragraphs[-1:]
    return moved


def _without_end(span: list[str], head: list[str]) -> list[str]:
    """The lines of a record without the headline of the next one, which stands at their end."""
    at = next((n for n in range(len(span) - 1, -1, -1) if [span[n].strip()] == head), len(span))
    return span[:at]


def _without_tail(paragraphs: list[str]) -> list[str]:
    """Without what follows the last update.

    Short lines that are no sentences, after some that are.
    """
    kept = list(paragraphs)
    while len(kept) > 1 and (
        _NOTICE.match(kept[-1]) or (_is_headline(kept[-1]) and not is_byline(kept[-1]))
    ):
        if not any(_ENDS.search(p) for p in kept[:-1]) and not _NOTICE.match(kept[-1]):
            break
        kept.pop()
    return kept


def split_paragraphs(lines: Sequence[str]) -> list[str]:
    """Runs of lines between blank ones.

    Lines that were broken to a width are joined again, a doubled one kept once.
    """
    runs = _runs(lines)
    widths = sorted(len(line) for run in runs for line in run[:-1])
    broken = bool(widths) and 50 <= widths[len(widths) // 2] <= 85 and widths[-1] <= 100
    return [_joined(run, broken=broken) for run in runs if run]


def _runs(lines: Sequence[str]) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for line in lines:
        if not line.strip() or RULE.match(line):
            runs.append([])
        elif len(runs[-1]) == 1 and _hangs(runs[-1][0], line):
            runs.append([line.rstrip()])
        elif not runs[-1] or runs[-1][-1].strip() != line.strip():
            runs[-1].append(line.rstrip())
    return runs


def _hangs(first: str, second: str) -> bool:
    """Whether a line at the margin stands over an indented text: a heading without a blank line."""
    below = second.startswith(("  ", "\t")) and not first.startswith((" ", "\t"))
    return below and not _ITEM.match(first)


def _joined(run: list[str], *, broken: bool) -> str:
    rest = ((" " if broken and not _ITEM.match(line) else "\n") + line.strip() for line in run[1:])
    return "".join([run[0].strip(), *rest])


# ---------------------------------------------------------------------------------- inside a record


def _record(mark: LineMark, span: list[str], paragraphs: list[str]) -> TextRecord:
    record = TextRecord(mark.stamp, lines=span)
    if mark.form == "header":
        return _message(record, span)
    if mark.form == "trailer":
        record.byline = mark.rest
    elif person := _PERSON.match(mark.rest):
        record.byline, record.headline = person[1], person[2]
    elif mark.rest and _is_text(mark.rest, paragraphs):
        paragraphs = [mark.rest, *paragraphs]
        record.lines = [mark.rest, "", *span]
    else:
        record.headline = mark.rest
    _fill(record, paragraphs)
    record.headline = _URGENCY.sub("", record.headline.strip(" *_#"))
    return record


def _is_text(rest: str, paragraphs: Sequence[str]) -> bool:
    """Returns whether what stands beside a time is the update itself and no headline."""
    return len(rest) > HEADLINE or (not paragraphs and _ENDS.search(rest) is not None)


def _fill(record: TextRecord, paragraphs: list[str]) -> None:
    """Headline, where there is none yet, byline and body from the paragraphs below the time."""
    if paragraphs and not record.headline and _heads(paragraphs[0], record.lines):
        _take_headline(record, paragraphs[0])
        paragraphs = paragraphs[1:]
    ends = {paragraphs[0], paragraphs[-1]} if paragraphs else set()
    for paragraph in paragraphs:
        if paragraph in ends and is_byline(paragraph):
            record.byline = record.byline or paragraph
        elif record.paragraphs[-1:] != [paragraph]:
            record.paragraphs.append(paragraph)


def _take_headline(record: TextRecord, headline: str) -> None:
    record.headline = headline
    stripped = [line.strip() for line in record.lines]
    if headline in stripped:
        record.lines = record.lines[stripped.index(headline) + 1 :]


def _heads(first: str, lines: Sequence[str]) -> bool:
    """Whether the first paragraph is the headline; the first of several sections is none."""
    sections = sum(_ATX.match(line) is not None for line in lines)
    if sections > 1 and _ATX.match(first):
        return False
    return _is_headline(first) and not is_byline(first)


def _message(record: TextRecord, span: list[str]) -> TextRecord:
    """Returns a block of headers and what it heads: a message, a commit."""
    headers, below = _read_headers(span)
    record.headline = next((headers[k] for k in _SUBJECTS if headers.get(k)), "")
    sender = next((headers[k] for k in _SENDERS if headers.get(k)), "")
    record.byline = re.sub(r"\s*<[^<>]*>|\s*\([^()]*\)", "", sender).strip(' "')
    record.lines = span[below:]
    paragraphs = split_paragraphs(record.lines)
    if not record.headline and paragraphs and len(paragraphs[0]) <= HEADLINE:
        record.headline, paragraphs = paragraphs[0].replace("\n", " "), paragraphs[1:]
    record.paragraphs = paragraphs
    return record


def _read_headers(span: list[str]) -> tuple[dict[str, str], int]:
    """The headers of a message by their names, and the line that ends them; 0: none does."""
    headers: dict[str, str] = {}
    for number, line in enumerate(span):
        match = _KEYED.match(line)
        if match:
            headers.setdefault(match[1].lower(), match[2].strip())
        elif not line.strip() and headers:
            return headers, number
    return headers, 0


def _is_headline(paragraph: str) -> bool:
    if len(paragraph) > HEADLINE or "\n" in paragraph or _ITEM.match(paragraph):
        return False
    return not _ENDS.search(paragraph) and not CREDIT.search(paragraph)


def is_byline(paragraph: str) -> bool:
    """Returns whether a short line names who wrote it: after a dash, or "by"."""
    short = len(paragraph) <= 120 and "\n" not in paragraph and not _ENDS.search(paragraph)
    written = bool(_DASHED.match(paragraph) or _BY.match(paragraph))
    return short and written and not re.match(r"\s*[-–—] \S", paragraph)


def _cut_outlets(records: Sequence[TextRecord]) -> None:
    """Cut off the outlet that some bylines name with a possessive, and others plainly."""
    outlets = {found[1] for r in records if (found := _POSSESSIVE.match(r.byline))}
    for record in records:
        line = _DASHED.sub("", record.byline)
        for outlet in outlets:
            line = line.removeprefix(f"{outlet} ")
        record.byline = line.strip()
