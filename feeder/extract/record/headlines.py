"""The headline of a record; none is an answer.

It is a heading, a block wholly bold, what shares the time's line, or the short block that begins
most records in the same place.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from itertools import filterfalse, pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.inferred.outline import BOLD
from feeder.extract.record.parts import AFTER_TIME, gone, holds, is_in
from feeder.when import normal, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside, Part

_HEADLINE = 220  # characters
_BODY = 20  # characters that a part must have to be a body: "Share link" is none
_RUN_IN = 140  # characters
_OPENING = 3  # words of a cell, among which the number of a file is
_SETS_OFF = (":", ".", "!", "?", "–", "—", "-", "|")  # ends of a headline that runs into its text
_SET_OFF = (":", "–", "—", "- ", "|")  # starts of a text after such a headline
_DIGITS = re.compile(r"\d+")
_STOPS = re.compile(r"[.…。;,:][\"'”’»)\]]*$")
_TITLY = re.compile(
    r"headline|heading|title|(?:^|[\s_-])hed(?:$|[\s_-])|überschrift|titel|titre|titulo",
    re.IGNORECASE,
)


_WORD = re.compile(r"[^\W\d_]{5,}|(?<!\S)[^\W\d_]{3,}(?!\S)")
_VERSION = re.compile(r"\d\.\d")


def _is_code(text: str) -> bool:
    """Whether a text is a number by which a thing is filed: "24-1095", "7.", "AG No. 15 (2014)"."""
    short = len(text.split()) <= 5 and any(map(str.isdigit, text))
    return short and not _WORD.search(text) and not _VERSION.search(text)


def title_column(records: Sequence[Sequence[Part]]) -> tuple[str, bool]:
    """The place of the titles in rows of cells, "" for none, and whether they begin the body.

    What people, courts or kinds are called repeats from row to row, and numbers of files begin with
    figures. Where several columns are left, the title is the one that is a link. What is all that
    a row says is its body, and so are sentences, which begin it where the first column files it.
    """
    columns = _columns(records)
    if any(_mostly_match(_VERSION, cells) for cells in columns.values()):
        return "", False  # a release is called by its version
    titles = {path: cells for path, cells in columns.items() if _are_titles(cells)}
    if not titles:
        return "", True
    filed = _files_rows(next(iter(columns.values())))
    worded = sum(_mostly_match(_WORD, cells) for cells in columns.values())
    named = _names_rows(titles, short=filed or worded > 1)
    if named or not filed:
        return named, not named
    return next(iter(titles)), True


def _names_rows(titles: Mapping[str, Sequence[Part]], *, short: bool) -> str:
    """The place of titles that are links, else of such as are no sentences, if those may be."""
    linked = (path for path, cells in titles.items() if _mostly(cell.linked for cell in cells))
    brief = (path for path, cells in titles.items() if not _mostly(map(_is_sentence, cells)))
    return next(linked, "") or (next(brief, "") if short else "")


def _mostly_match(pattern: re.Pattern[str], cells: Sequence[Part]) -> bool:
    return _mostly(pattern.search(cell.text) for cell in cells)


def _columns(records: Sequence[Sequence[Part]]) -> dict[str, list[Part]]:
    """The cells of each column that nearly all rows have, by its place, from the left."""
    found: dict[str, list[Part]] = {}
    for parts in records:
        row: dict[str, Part] = {}
        for part in parts:
            if part.cell and not part.item:
                row.setdefault(part.path, part)
        for path, part in row.items():
            found.setdefault(path, []).append(part)
    least = max(0.7 * len(records), 3)
    return {path: cells for path, cells in found.items() if len(cells) >= least}


def _are_titles(cells: Sequence[Part]) -> bool:
    """Whether the cells of a column are words that differ."""
    if not _differ(cells):
        return False
    starts = [cell.text.split()[:_OPENING] for cell in cells]
    figures = _mostly(any(map(str.isdigit, "".join(words))) for words in starts)
    return not figures and _mostly(len(words) > 1 for words in starts)


def _files_rows(cells: Sequence[Part]) -> bool:
    return not _differ(cells) or _mostly(_is_code(cell.text) for cell in cells)


def _differ(cells: Sequence[Part]) -> bool:
    return len({cell.text for cell in cells}) >= 0.7 * len(cells)


def _is_sentence(part: Part) -> bool:
    return _STOPS.search(part.text) is not None or len(part.text) > _HEADLINE


def _mostly(told: Iterable[object]) -> bool:
    each = [bool(one) for one in told]
    return 2 * sum(each) > len(each)


def _from_title(parts: list[Part], column: str) -> list[Part]:
    """The parts from the title's cell on, or without numbers that stand before a few words."""
    at = next((at for at, part in enumerate(parts) if column and part.path == column), -1)
    if at >= 0:
        return parts[at:]
    at = next((at for at, part in enumerate(parts[:3]) if not _is_code(part.text)), 0)
    return parts[at:] if at and _may_be_headline(parts[at]) else parts


def _may_be_headline(part: Part) -> bool:
    said = part.linked or not _STOPS.search(part.text)
    return said and len(part.text) <= _HEADLINE and not part.quoted


class HeadlinePlaces(NamedTuple):
    """Where the headlines of a series stand; "": in no place of their own."""

    column: str  # of a table
    begins_body: bool  # it holds more than a title
    first: str  # of a short block that begins most records


class HeadlineStart(NamedTuple):
    """How a record begins, as far as others have to be asked whether that is its headline."""

    first: str = ""  # where a short block stands that it begins with; "": it begins with none
    body: str = ""  # where the longest part after that stands; "": there is none
    run_in: str = ""  # the words in bold that it begins with, parted from what follows


def begin(parts: list[Part], inside: Inside, column: str) -> HeadlineStart:
    parts = _from_title(parts, column)
    if not parts:
        return HeadlineStart()
    first = parts[0]
    short = len(first.text) <= 160 and not _STOPS.search(first.text)
    body = max(parts[1:], key=lambda part: len(part.text), default=None)
    return HeadlineStart(
        _place(first) if short else "",
        _place(body) if body and len(body.text) >= _BODY else "",
        _words_left(_run_in(first, inside) or [], inside),
    )


def _place(part: Part) -> str:
    """Where a part stands in its record, and what its block is called there."""
    return f"{part.path} {_DIGITS.sub('#', part.outline.attributes(part.block).get('class', ''))}"


def head_path(starts: Sequence[HeadlineStart]) -> str:
    """The place of a short block that begins most records, where the body stands elsewhere."""
    if len(starts) < 3:
        return ""
    firsts = Counter(s.first for s in starts if s.first)
    if not firsts:
        return ""
    path, count = firsts.most_common(1)[0]
    bodies = [s.body for s in starts if s.body]
    return (
        path
        if count >= 0.7 * len(starts)
        and bodies.count(path) < 0.3 * len(starts)
        and len(bodies) > 0.5 * len(starts)
        else ""
    )


def have_run_ins(starts: Sequence[HeadlineStart]) -> bool:
    """Whether most records have a headline of their own in bold at the start of a paragraph."""
    told = [start.run_in for start in starts if start.run_in]
    return len(told) >= max(0.6 * len(starts), 2) and len(set(told)) > 1


def run_in(parts: list[Part], inside: Inside, column: str) -> None:
    """A headline in bold at the start of a paragraph."""
    parts = _from_title(parts, column)
    part = parts[0] if parts else None
    if part is None or part.heading or part.bold or part.line:
        return
    head = _run_in(part, inside)
    if head is None:
        return
    bold = _words_left(head, inside)
    inside.headline = bold.rstrip(AFTER_TIME)
    inside.gone.update(head)
    after = part.texts[part.texts.index(head[-1]) + 1]
    words = inside.outline.text(after).lstrip().lstrip(AFTER_TIME)
    inside.instead[after] = html.escape(words, quote=False)
    part.texts = [i for i in part.texts if i not in head]
    part.text = normal(part.text.partition(bold)[2]).lstrip(AFTER_TIME) or part.text


def _run_in(part: Part, inside: Inside) -> list[int] | None:
    """The texts of a headline that a block begins with: in bold and set off, or a line."""
    outline = inside.outline
    left = _texts_left(part, inside)
    head = _first_bold(left, part) or _first_line(left, outline)
    if not head or len(head) == len(left):
        return None
    words = _words_left(head, inside)
    if not 3 <= len(words) <= _RUN_IN:
        return None
    in_bold = is_in(head[0], part.block, BOLD, outline)
    following = left[len(head)]
    if _breaks(head[-1], following, outline):
        return head if in_bold or not _STOPS.search(words) else None
    return head if in_bold and _sets_off(words, outline.text(following)) else None


def _texts_left(part: Part, inside: Inside) -> list[int]:
    return [index for index in part.texts if not gone(index, inside)]


def _sets_off(words: str, after: str) -> bool:
    """Whether punctuation parts words in bold from those after them."""
    return words.endswith(_SETS_OFF) or after.lstrip().startswith(_SET_OFF)


def _first_bold(texts: Sequence[int], part: Part) -> list[int]:
    """The texts in bold at the start of a part, unless they are a code."""
    head = list(takewhile(lambda index: is_in(index, part.block, BOLD, part.outline), texts))
    return [] if _is_code(normal(" ".join(map(part.outline.text, head)))) else head


def _first_line(texts: Sequence[int], outline: Outline) -> list[int]:
    """The texts before the first line break."""
    for number, (one, two) in enumerate(pairwise(texts), 1):
        if _breaks(one, two, outline):
            return list(texts[:number])
    return []


def _breaks(one: int, two: int, outline: Outline) -> bool:
    return "br" in outline.tags[one:two]


def _words_left(texts: Sequence[int], inside: Inside) -> str:
    """What is left of some texts."""
    changed = ((index, inside.instead.get(index)) for index in texts)
    left = (inside.outline.text(i) if new is None else html.unescape(new) for i, new in changed)
    return normal(" ".join(left))


def headline(
    parts: list[Part],
    mark: Mark,
    inside: Inside,
    places: HeadlinePlaces,
) -> None:
    if inside.headline:
        return
    part = _headline_part(parts, mark, places)
    if part is None:  # a title's cell with more than a title begins the body
        inside.link = next((p.block for p in parts if p.path == places.column), -1)
        return
    inside.headline = _without_its_time(part)
    inside.drop_part(part)
    inside.link = part.block


def _without_its_time(part: Part) -> str:
    """The words of a headline, without a time in it that is for those who hear the page."""
    if len(part.texts) > 1:
        *words, last = map(part.outline.text, part.texts)
        stamp = whole(last)
        if stamp is not None and stamp.hour is not None and stamp.label:
            return normal(" ".join(words)) or part.text
    return part.text


def _headline_part(
    parts: list[Part],
    mark: Mark,
    places: HeadlinePlaces,
) -> Part | None:
    titled = _from_title(parts, places.column)
    start = list(filterfalse(_is_beside, titled[:4]))
    heading = _heading(start)
    if heading is not None or not start:
        return heading
    first = start[0]
    if len(first.text) > _HEADLINE or first.quoted:
        return None
    if first.path == places.column:
        return None if places.begins_body else first
    alone = len(parts) == 1
    stands = _stands_as_title(first, mark, places.first, alone=alone)
    return first if stands or len(titled) < len(parts) else None


def _is_beside(part: Part) -> bool:
    return part.caption or part.common


def _heading(parts: Sequence[Part]) -> Part | None:
    """The first that is a heading, before any long one."""
    for part in parts:
        if part.heading and not part.quoted and len(part.text) <= _HEADLINE:
            return part
        if len(part.text) > 200:
            break
    return None


def _stands_as_title(part: Part, mark: Mark, heads: str, *, alone: bool) -> bool:
    """Whether the first part of a record, which is no heading, stands as its headline."""
    if _place(part) == heads or part.linked:
        return True
    if alone:
        return False
    if (part.bold and not part.line) or _is_titled(part.block, part.outline):
        return True
    if len(part.text) > 140 or _STOPS.search(part.text):
        return False
    return mark.form in {"lead", "line", "tail"} and _shares(part, mark)


def _is_titled(block: int, outline: Outline) -> bool:
    stated = outline.attributes(block)
    return any(_TITLY.search(stated.get(n, "")) for n in ("itemprop", "class", "role"))


def _shares(part: Part, mark: Mark) -> bool:
    return holds(part, mark) or part.text == normal(mark.rest.lstrip(AFTER_TIME))
