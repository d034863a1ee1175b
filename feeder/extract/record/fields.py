"""The fields of a series' records: headline, byline, body; and what is none of them.

A record is read as parts: its blocks of text in order. Some are the time; what stands word for word
in nearly all records and carries nothing of its own is furniture. Then `bylines` and `headlines`
take theirs, and what is left is the body.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from feeder.extract.inferred.outline import INLINE
from feeder.extract.inferred.permalinks import is_share
from feeder.extract.record.body import write_body
from feeder.extract.record.bylines import Place, byline, like_name, name_paths, signed
from feeder.extract.record.counters import steady
from feeder.extract.record.headlines import (
    HeadlinePlaces,
    begin,
    have_run_ins,
    head_path,
    headline,
    run_in,
    title_column,
)
from feeder.extract.record.parts import Inside, parts_of
from feeder.extract.record.untimed import untimed

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record
    from feeder.extract.record.parts import Part

_DRAWN = frozenset({"button", "form", "svg", "nav", "template"})
_IMAGES = frozenset({"img"})
_LINKED = 3  # elements around a text, among which its link is
_SHORT = 90  # characters of a part that may be furniture
_NEARLY_ALL = 0.8  # of the records
_FEW = 3  # records, of fewer than which nothing can be said to be common
_NAMED = 4  # parts at the start of a record, among which its author's name stands
_WORD = re.compile(r"\w")
_RANK = re.compile(r"\d{1,4}\.")  # the place in a list, which another takes at the next read
_ADVERT = re.compile(
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade"
    r"|pubblicità|advertentie"
    r"|reklama|reklame|annonse|annons|mainos|реклама|広告|reklam|more to follow"
    r"|key (?:event|moment)|article continues below.*|\W*(?:one|\d+)[ -]min(?:ute)?s?[ -]read)\W*",
    re.IGNORECASE,
)


class ReadRecord(NamedTuple):
    """What a record comes to."""

    headline: str
    byline: tuple[str, ...]
    body: str  # HTML
    link: int  # places from the record's start to the block that is its headline; -1: none


class _Reading(NamedTuple):
    """A record while it is read."""

    record: Record
    marks: Sequence[Mark]
    inside: Inside
    parts: list[Part]  # without its times


def read_records(records: Sequence[Record], marks: Sequence[Sequence[Mark]]) -> list[ReadRecord]:
    """Every record read; `marks` are all the times that each holds, its own first."""
    begun = [_begin(record, times) for record, times in zip(records, marks, strict=True)]
    readings = _without_furniture(begun)
    names = name_paths([_may_be_names(each.parts) for each in readings])
    column, begins_body = title_column([each.parts for each in readings])
    starts = [begin(each.parts, each.inside, column) for each in readings]
    icons = _icons([each.record for each in readings])
    heads, in_bold = HeadlinePlaces(column, begins_body, head_path(starts)), have_run_ins(starts)
    read = []
    for each in readings:
        _drop_drawn(each.inside, icons)
        if in_bold:
            run_in(each.parts, each.inside, column)
        left = byline(each.parts, each.inside, names)
        headline(left, each.marks[0], each.inside, heads)
        link = each.inside.link - each.record.start if each.inside.link >= 0 else -1
        body = write_body(each.inside)
        read.append(ReadRecord(each.inside.headline, each.inside.byline, body, link))
    return read


def _without_furniture(readings: Sequence[_Reading]) -> list[_Reading]:
    words = [[_words(part) for part in reading.parts] for reading in readings]
    common = _common(words)
    keys = [_keys(reading, own, common) for reading, own in zip(readings, words, strict=True)]
    furniture = _furniture(keys)
    return [
        each._replace(parts=_kept(each, own, furniture))
        for each, own in zip(readings, keys, strict=True)
    ]


def _begin(record: Record, marks: Sequence[Mark]) -> _Reading:
    inside = Inside(record.outline, record.tops)
    return _Reading(record, marks, inside, untimed(parts_of(record), marks, inside))


def _may_be_names(parts: Sequence[Part]) -> list[tuple[Place, str, bool]]:
    """Where each of the first parts stands, its words, and whether they may be a name."""
    return [
        (
            (part.path, part.beside),
            part.text,
            not part.heading and not part.cell and like_name(part.text),
        )
        for part in parts[:_NAMED]
    ]


def _furniture(records: Sequence[Sequence[Hashable]]) -> frozenset[Hashable]:
    """What stands in nearly all records, by the keys of each record's parts."""
    common = _common(records)
    # "Goal!" again and again is what those updates say: nothing else stands beside it.
    bare = [set(keys) for keys in records if common.issuperset(keys)]
    alone = Counter(chain.from_iterable(bare))
    seen = Counter(chain.from_iterable(map(common.intersection, records)))
    return frozenset(key for key in common if 2 * alone[key] < seen[key])


def _common(records: Sequence[Sequence[Hashable]]) -> frozenset[Hashable]:
    """What stands in nearly all records."""
    seen = Counter(chain.from_iterable(map(set, records)))
    del seen[None]
    return frozenset(key for key, n in seen.items() if _is_common(n, len(records)))


def _is_common(count: int, records: int) -> bool:
    """Whether that is nearly all of the records: the page may be cut in one of a few."""
    return count >= _FEW and count >= min(records - 1, _NEARLY_ALL * records)


def _words(part: Part) -> str | None:
    """What a part says as others may say it; None: it is no furniture, whatever others say."""
    return steady(part.text).casefold() if _may_be_furniture(part) else None


def _keys(
    reading: _Reading, words: list[str | None], common: frozenset[Hashable]
) -> list[Hashable]:
    """What makes each part the same as one of another record; None: its words are not common."""
    told = list(zip(reading.parts, words, strict=True))
    carried = [_carried(part) if said in common else set() for part, said in told]
    times: Counter[str] = Counter()
    if any(carried):  # what other parts carry too is not this part's alone
        times.update(chain.from_iterable(_carried(part) for part in reading.parts))
    return [
        (said, *(each for each in own if times[each] == 1)) if said in common else None
        for said, own in zip(words, carried, strict=True)
    ]


def _may_be_furniture(part: Part) -> bool:
    if len(part.text) > _SHORT or part.cell:
        return False
    return not part.item or not any(map(str.isdigit, part.text))


def _carried(part: Part) -> set[str]:
    """The addresses of a part's links and pictures, but places in pages and sharing buttons."""
    outline = part.outline
    blocks = set(map(outline.parent, part.texts))
    nodes = {index for block in blocks for index in outline.above(block, _LINKED)}
    if not part.line:
        nodes.update(outline.inside(part.block, _IMAGES))
    found = [outline.attributes(n).get(name) for n in nodes for name in ("href", "src")]
    return {each for each in found if each and "#" not in each and not is_share(each)}


def _kept(
    reading: _Reading,
    keys: list[Hashable],
    furniture: frozenset[Hashable],
) -> list[Part]:
    """The parts without furniture; a heading that repeats ("Fixed") stays where words follow it."""
    kept: list[Part] = []
    for part, key in zip(reversed(reading.parts), reversed(keys), strict=True):
        part.common = key in furniture and not signed(part)
        if (part.common and not (part.heading and kept)) or _is_nothing(part):
            reading.inside.drop_part(part)
        else:
            kept.append(part)
    return kept[::-1]


def _is_nothing(part: Part) -> bool:
    bare = not _WORD.search(part.text) or _RANK.fullmatch(part.text) is not None
    return part.unread or bare or _ADVERT.fullmatch(part.text) is not None


def _drop_drawn(inside: Inside, icons: frozenset[str]) -> None:
    """Take away buttons, forms and drawings, which no words tell of, and what others show too."""
    outline = inside.outline
    for top in inside.tops:
        if outline.tags[top] not in INLINE:
            inside.gone.update(outline.inside(top, _DRAWN))
        for index, address in _images(top, outline):
            if address in icons:
                inside.gone.add(index)


def _images(top: int, outline: Outline) -> list[tuple[int, str]]:
    """The images in a node and where they are found."""
    stated = [(i, outline.attributes(i)) for i in outline.inside(top, _IMAGES)]
    return [(i, src) for i, each in stated if (src := each.get("src") or each.get("data-src"))]


def _icons(records: Sequence[Record]) -> frozenset[str]:
    """The images that stand in nearly all records."""
    seen: Counter[str] = Counter()
    for record in records:
        seen.update(
            {address for top in record.tops for _, address in _images(top, records[0].outline)}
        )
    return frozenset(src for src, count in seen.items() if _is_common(count, len(records)))
