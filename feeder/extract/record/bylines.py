"""Who wrote a record: by the markup, by the form of the words, and by the place where names stand in most records."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from feeder.cache import recalled
from feeder.extract.inferred.outline import TEXT
from feeder.extract.record.people import people
from feeder.when import normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside, Part

Place: TypeAlias = "tuple[str, bool]"  # the path of a part, and whether it shares the time's line

_BYLINE = 120
_ENDS = re.compile(r"[.!?;:…。！？,][\"'”’»)\]]*$")
_PREPOSITION = r"(?i:by|from|von|par|por|di|de|door|przez|av|af|автор:?|autor(?:in)?:?|author:?)\s+(?=[A-ZÀ-ÞŁŚА-Я])"
_BY = re.compile(
    rf"^[\s\-–—|•·]*(?:(?i:posted|written|reported|published|updated|text|texte)\s+)?{_PREPOSITION}"
)
LATER_BY = re.compile(rf".*?\b{_PREPOSITION}")
_DASHED = re.compile(r"^\s*[-–—]{1,2}\s?(?=[A-ZÀ-ÞА-Я])")
_NAME = re.compile(
    r"(?:[A-ZÀ-ÞŁŚŻА-Я][\w'’.-]+|de|van|von|der|den|la|le|al|el|bin|da|di|dos|und|and|y|et|&|,)(?:\s+|$)"
)
_AUTHORLY = re.compile(
    r"\bauthor\b|\bbyline\b|author|byline|autor(?!i[sz])|auteur|reporter", re.IGNORECASE
)


def byline(
    parts: list[Part], inside: Inside, names: frozenset[Place], outline: Outline
) -> list[Part]:
    left = []
    for number, part in enumerate(parts):
        edge = number < 4 or number >= len(parts) - 2
        if (
            edge
            and not inside.byline
            and len(part.text) <= _BYLINE
            and _is_byline(part, number, len(parts), names, outline)
        ):
            found = people(_author_inside(part.block, outline) or LATER_BY.sub("By ", part.text))
            if found:
                inside.byline = found
                inside.drop_part(part, outline)
                continue
        left.append(part)
    return left


def _is_byline(
    part: Part, number: int, count: int, names: frozenset[Place], outline: Outline
) -> bool:
    if (
        part.heading
        or part.caption
        or (_ENDS.search(part.text.rstrip(":,|")) and len(part.text) > 60)
    ):
        return False
    if _BY.match(part.text) and like_name(_BY.sub("", part.text)):
        return True
    if number >= count - 2 and _DASHED.match(part.text) and not _ENDS.search(part.text):
        return True
    if len(part.text.split()) <= 12 and _authorly(part.block, outline):
        return True
    return (part.path, part.beside) in names and like_name(part.text)


def _author_inside(block: int, outline: Outline) -> str:
    """The words of the element that is marked as the author, inside a longer byline."""
    for index in range(block, outline.end(block)):
        if _is_author(outline.attributes(index)):
            return normal(outline.text(index))
    return ""


def _is_author(stated: Mapping[str, str]) -> bool:
    if any("author" in stated.get(name, "").split() for name in ("rel", "itemprop")):
        return True
    return not {"vcard", "author"}.isdisjoint(stated.get("class", "").split())


def _authorly(block: int, outline: Outline) -> bool:
    """Whether the markup says so, on the block, around it or inside it."""
    if outline.tags[block] == TEXT:
        return False
    near = (*outline.above(block, 3), *outline.children(block))
    return any(says_author(index, outline) for index in near)


def says_author(index: int, outline: Outline) -> bool:
    """Whether an element's own markup says that it names an author."""
    if outline.tags[index] == "address":
        return True
    stated = outline.attributes(index)
    return any(
        _AUTHORLY.search(value) for n in ("rel", "itemprop", "class") if (value := stated.get(n))
    )


def like_name(text: str) -> bool:
    text = text.strip(" |,·•-–—")
    return 4 <= len(text) <= 70 and _all_names(text)


@lru_cache(maxsize=1024)
def _all_names(text: str) -> bool:
    return 2 <= len(text.split()) <= 9 and "".join(_NAME.findall(text + " ")).strip() == text


def name_paths(records: Sequence[Sequence[tuple[Place, str, bool]]]) -> frozenset[Place]:
    """Where names stand: at one place of most records that have the place, and not where the body does.

    Of the first parts of each record: where it stands, its words, and whether they may be a name.
    """
    named: dict[Place, list[str]] = {}
    for parts in records:
        for place, text, may_be in parts:
            if may_be:
                named.setdefault(place, []).append(text)
    seen = Counter([place for parts in records for place, _, _ in parts]) if named else {}
    return frozenset(
        p
        for p, texts in named.items()
        if len(texts) > 1 and len(texts) >= 0.8 * seen[p] and len(set(texts)) < max(len(texts), 3)
    )


def signed(part: Part, outline: Outline) -> bool:
    """Whether a part that repeats is a byline: one person may write most of the page."""
    text = _unsigned(part.text)
    return like_name(text) and (text != part.text or _authorly(part.block, outline))


@recalled(1024)
def _unsigned(text: str) -> str:
    return _DASHED.sub("", _BY.sub("", text))
