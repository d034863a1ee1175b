"""Who wrote a record: told by the markup, the form of the words, and where names mostly stand."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from feeder.cache import recalled
from feeder.extract.inferred.outline import TEXT
from feeder.extract.record.people import people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside, Part

Place: TypeAlias = "tuple[str, bool]"  # the path of a part, and whether it shares the time's line

_BYLINE, _ROLE_MOST = 120, 60  # characters
_NAMED = 4  # elements from a text outwards, among which one says that it is an author's name
_IMAGES = frozenset({"img"})
_ROLE = re.compile(
    r"(?:^|[\s_-])(?:role|job|jobtitle|job-title|position|function)\b", re.IGNORECASE
)
_ENDS = re.compile(r"[.!?;:…。！？,][\"'”’»)\]]*$")
_PREPOSITION = (
    r"(?i:by|from|von|par|por|di|de|door|przez|av|af|автор:?|autor(?:in)?:?|author:?)\s+"
    r"(?=[A-ZÀ-ÞŁŚА-Я])"
)
_BY = re.compile(
    rf"^[\s\-–—|•·]*(?:(?i:posted|written|reported|published|updated|text|texte)\s+)?{_PREPOSITION}"
)
LATER_BY = re.compile(rf".*?\b{_PREPOSITION}")
_DASHED = re.compile(r"^\s*[-–—]{1,2}\s?(?=[A-ZÀ-ÞА-Я])")
_NAME = re.compile(
    r"(?:[A-ZÀ-ÞŁŚŻА-Я][\w'’.-]+|de|van|von|der|den|la|le|al|el|bin|da|di|dos|und|and|y|et|&|,)"
    r"(?:\s+|$)"
)
_AUTHORLY = re.compile(
    r"\bauthor\b|\bbyline\b|author|byline|autor(?!i[sz])|auteur|reporter|contributor", re.IGNORECASE
)


def byline(
    parts: list[Part],
    inside: Inside,
    names: frozenset[Place],
) -> list[Part]:
    """The parts without the byline and the role beside it; `inside` is told who wrote it."""
    at = next((n for n in _edges(parts) if _names(parts, n, names, inside)), -1)
    if at < 0:
        _drop_portraits(inside)
        return parts
    inside.drop_part(parts[at])
    role = parts[at + 1 : at + 2]
    if not role or not _is_role(role[0], parts[at], inside):
        role = []
    for part in role:
        inside.drop_part(part)
    _drop_portraits(inside)
    return [*parts[:at], *parts[at + 1 + len(role) :]]


def _edges(parts: Sequence[Part]) -> Iterator[int]:
    """The places of short parts at the start and the end of a record, where bylines stand."""
    for number, part in enumerate(parts):
        if (number < 4 or number >= len(parts) - 2) and len(part.text) <= _BYLINE:
            yield number


def _names(
    parts: Sequence[Part],
    at: int,
    names: frozenset[Place],
    inside: Inside,
) -> bool:
    part = parts[at]
    if not _is_byline(part, at, len(parts), names):
        return False
    inside.byline = people(
        _author_inside(part.block, inside.outline) or LATER_BY.sub("By ", part.text)
    )
    return bool(inside.byline)


def _is_role(
    part: Part,
    named: Part,
    inside: Inside,
) -> bool:
    """Whether a part says what the person named before it does: by markup, or in a common box."""
    outline = inside.outline
    if part.heading or len(part.text) > _ROLE_MOST or _ENDS.search(part.text):
        return False
    if _ROLE.search(outline.attributes(part.block).get("class", "")):
        return True
    around = outline.parent(part.block)
    same_box = around == outline.parent(named.block) and around not in inside.tops
    return same_box and says_author(around, outline)


def _drop_portraits(inside: Inside) -> None:
    """Take away pictures of who wrote the record; where no words name them, the picture does."""
    outline = inside.outline
    for top in inside.tops:
        for index in outline.inside(top, _IMAGES):
            shown = people(outline.attributes(index).get("alt", ""))
            if not shown:
                continue
            if not inside.byline and like_name(" ".join(shown)) and _authorly(index, outline):
                inside.byline = shown
            if set(shown) <= set(inside.byline):
                inside.gone.add(index)


def _is_byline(
    part: Part,
    number: int,
    count: int,
    names: frozenset[Place],
) -> bool:
    if part.heading or part.caption or _is_sentence(part.text):
        return False
    if is_signature(part.text) or (number >= count - 2 and _is_dashed(part.text)):
        return True
    if len(part.text.split()) <= 12 and _authorly(part.block, part.outline):
        return True
    return (part.path, part.beside) in names and like_name(part.text)


def _is_dashed(text: str) -> bool:
    """Whether words are a name behind a dash, as people sign at the end."""
    return _DASHED.match(text) is not None and not _ENDS.search(text)


def _is_sentence(text: str) -> bool:
    return len(text) > 60 and _ENDS.search(text.rstrip(":,|")) is not None


def _author_inside(block: int, outline: Outline) -> str:
    """The words of the element that is marked as the author, inside a longer byline."""
    for index in range(block, outline.end(block)):
        if _is_author(outline.attributes(index)):
            return outline.words(index)
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


def is_signature(text: str) -> bool:
    """Whether words are a byline by their form: "By Ana Lind"."""
    return _BY.match(text) is not None and like_name(_BY.sub("", text))


def like_name(text: str) -> bool:
    text = text.strip(" |,·•-–—")
    return 4 <= len(text) <= 70 and _all_names(text)


@lru_cache(maxsize=1024)
def _all_names(text: str) -> bool:
    return 2 <= len(text.split()) <= 9 and "".join(_NAME.findall(text + " ")).strip() == text


def name_paths(records: Sequence[Sequence[tuple[Place, str, bool]]]) -> frozenset[Place]:
    """Where names stand: at one place of most records that have it, and not where the body does.

    Of the first parts of each record: where it stands, its words, and whether they may be a name.
    """
    named: dict[Place, list[str]] = {}
    for parts in records:
        for place, text, may_be in parts:
            if may_be:
                named.setdefault(place, []).append(text)
    seen = Counter([place for parts in records for place, _, _ in parts]) if named else {}
    return frozenset(place for place, texts in named.items() if _are_names(texts, seen[place]))


def _are_names(texts: Sequence[str], seen: int) -> bool:
    """Whether what may be names stands in most records that have the place, and repeats."""
    return 1 < len(texts) >= 0.8 * seen and len(set(texts)) < max(len(texts), 3)


def signed(part: Part) -> bool:
    """Whether a part that repeats is a byline: one person may write most of the page."""
    outline = part.outline
    text = _unsigned(part.text)
    if like_name(text) and (text != part.text or _authorly(part.block, outline)):
        return True
    around = (index for text in part.texts for index in outline.above(text, _NAMED))
    return any(_is_author(outline.attributes(index)) for index in around)


@recalled(1024)
def _unsigned(text: str) -> str:
    return _DASHED.sub("", _BY.sub("", text))
