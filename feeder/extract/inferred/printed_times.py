"""Printed times that stand out: alone in an element, or at the start or end of a block."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from feeder.extract.inferred.mark import NO_PLACE, SHORT, Mark, misplaced
from feeder.extract.inferred.outline import BOLD, HEADINGS, INLINE, LINK, TEXT
from feeder.extract.inferred.series import is_heading
from feeder.when import leading, spans, trailing, whole
from feeder.when.folding import fold
from feeder.when.lexicon import has_sense, senses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.inferred.mark import Form
    from feeder.extract.inferred.outline import Outline
    from feeder.when import FoundStamp, Stamp

_LABEL = 25  # characters before a colon and a time
_SIGNED = 60  # characters after "posted on" and a time: a name, no sentence
_LINE = 260  # characters of a line in which an inline element of its own may still be its time
# Texts worth a closer look: a digit near the start or the end, or a word that means a time.
_DIGIT = re.compile(r"[^\d]{0,26}\d")
_LAST_DIGIT = re.compile(r"\d[^\d]{0,26}$")
_END = 28  # characters at the end of a text that it can match
_SAYS_TIME = "ABRXca"  # senses of a word that may be a time without any figure
_TIMELY_CJK = frozenset("前今昨本刚剛방어오")
_TITLES = LINK | BOLD
_PARTED = re.compile(r"[,;|·•–—()\[\]:]|\s-")  # what parts the facts of a line
_PARTING = re.compile(r"[-.,;|·•–—(\[]")
_FULL = frozenset({"day", "instant"})
_LABELS = 2  # words that say what a day between them is
_LINED = INLINE | {"br"}


def printed(covered: set[int], outline: Outline) -> Iterator[Mark]:
    """Yields every printed time in a page but those in `covered`, in document order."""
    blocks: set[int] = set()
    for number, text in outline.between(0, len(outline)):
        if number not in covered and _timely(text.strip()):
            mark = _printed(outline, number, blocks)
            if mark and not misplaced(mark.index, outline):
                yield mark


def _timely(text: str) -> bool:
    """Whether a text may be a time or begin or end with one."""
    if _DIGIT.match(text):
        return True
    return len(text) <= SHORT and _timely_end(text)


def _timely_end(text: str) -> bool:
    if _LAST_DIGIT.search(text[-_END:]):
        return True
    if len(text) > 40:
        return False
    words = text.replace(",", " ").split()
    return any(map(_says_time, words)) or not _TIMELY_CJK.isdisjoint(text)


@lru_cache(maxsize=4096)
def _says_time(word: str) -> bool:
    return has_sense(fold(word), _SAYS_TIME)


def _printed(
    outline: Outline,
    number: int,
    blocks: set[int],
) -> Mark | None:
    inline, block = -1, outline.parent(number)
    while block >= 0 and outline.tags[block] in INLINE:
        inline, block = block, outline.parent(block)
    if block < 0 or outline.tags[block] in NO_PLACE:
        return None
    if block not in blocks:
        blocks.add(block)
        if mark := _of_block(outline, block):
            return mark
    return _of_line(outline, number, inline, block)


def _of_block(outline: Outline, block: int) -> Mark | None:
    """Returns a block that is a time, or a short one that begins or ends with one."""
    end = outline.end(block)
    size = outline.chars(block, end)
    if size > SHORT * 2 or not _LINED.issuperset(inner := outline.tags[block + 1 : end]):
        return None
    text = outline.words(block)
    if size <= SHORT and (stamp := whole(text)):
        return _own(outline, block, stamp)
    if (
        "br" not in inner
        and (found := leading(text))
        and not found.stamp.weak
        and not _begins_sentence(found, outline.tags[block])
    ):
        return _own_at_start(outline, block) or Mark(
            outline, block, "lead", found.stamp, rest=found.rest
        )
    return None


def _own_at_start(outline: Outline, block: int) -> Mark | None:
    """Returns the element of its own that a time at the start of a block has."""
    first = next(outline.children(block), -1)
    while first >= 0 and outline.tags[first] != TEXT:
        if stamp := whole(outline.text(first)):
            return _own(outline, first, stamp)
        first = next(outline.children(first), -1)
    return None


def _own(outline: Outline, index: int, stamp: Stamp) -> Mark:
    """A time that is all the words of an element: that of the smallest one that has them all."""
    while True:
        first, end = index + 1, outline.end(index)
        alone = first < end and outline.end(first) == end
        if not alone or outline.tags[first] == TEXT or outline.tags[first] not in INLINE:
            return Mark(outline, index, "own", stamp)
        index = first


def _of_line(
    outline: Outline,
    number: int,
    inline: int,
    block: int,
) -> Mark | None:
    """Returns a time in an inline element of its own, or at the start of a block's line.

    Else one at the end of a short block, behind its title or between its facts.
    """
    own, text = inline if inline >= 0 else number, outline.words(number)
    starts = _starts_line(own, outline)
    if inline >= 0 and (mark := _in_element(outline, number, inline, starts=starts)):
        return mark
    if starts and own == number and (stamp := _labelled(text)):
        return Mark(outline, number, "own", stamp)
    if starts and (mark := _at_start(outline, text, own, block)):
        return mark
    return _of_end(outline, text, block) or _beside_title(outline, number, text, block)


def _at_start(
    outline: Outline,
    text: str,
    own: int,
    block: int,
) -> Mark | None:
    """Returns the time that a line of a block, or the block itself, begins with."""
    found = leading(text)
    if found is None or _begins_sentence(found, outline.tags[block]):
        return None
    form: Form = "lead" if own == block + 1 and outline.tags[own] == TEXT else "line"
    place = block if form == "lead" else own
    return Mark(outline, place, form, found.stamp, rest=found.rest)


def _in_element(
    outline: Outline,
    number: int,
    outermost: int,
    *,
    starts: bool,
) -> Mark | None:
    """Returns a time that has an inline element of its own, at the start of a line or in one."""
    inline = _time_alone(outline, number, outermost)
    content = outline.words(inline)
    if len(content) > SHORT or not (starts or _line_size(inline, outline) <= _LINE):
        return None
    stamp = whole(content) or _labelled(content)
    return Mark(outline, inline, "own", stamp) if stamp else None


def _beside_title(outline: Outline, number: int, text: str, block: int) -> Mark | None:
    """Returns a full day in a line that has a title: right behind that, or set off by punctuation.

    "<b>Lock shut</b> (2 May 2022) – It …"; "<a>Lock shut</a>, No. 4, filed 2 May 2022, 7 pages".
    """
    title = outline.before(number)
    titled = title >= 0 and outline.tags[title] in _TITLES
    stamp = _behind_title(text, alone=_begins_line(title, outline)) if titled else None
    if stamp is None and outline.said(block) <= 2 * SHORT and _has_title(outline, number, block):
        stamp = _fact(text)
    if stamp is None or stamp.shape not in _FULL or not stamp.year:
        return None
    return Mark(outline, number, "line", stamp, holds=True)


def _begins_line(title: int, outline: Outline) -> bool:
    """Returns whether nothing but links and words in bold stands before one in its line."""
    while title >= 0 and outline.tags[title] in _TITLES:
        title = outline.before(title)
    return title < 0 or outline.tags[title] not in INLINE


def _has_title(outline: Outline, number: int, block: int) -> bool:
    """Returns whether a link or words in bold precede a text in its block, or right above that."""
    above = outline.before(block)
    linked = above >= 0 and outline.tags[above] in _TITLES
    return linked or bool(outline.tagged(_TITLES, block, number))


def _behind_title(line: str, *, alone: bool) -> Stamp | None:
    """Returns the time with which a text behind a title begins, if it is no part of a sentence.

    Where words stand before the title (`alone` is false), only one in figures is none.
    """
    found = next(iter(spans(line)), None)
    if found is None:
        return None
    if found.start == 0 and not any(map(str.isalpha, line[: found.end])):
        return found.stamp
    label = _PARTED.sub(" ", line[: found.start]).split()
    if not alone or len(label) > _LABELS:
        return None
    after = line[found.end :].lstrip(" )]")
    if after[:1] in {"", ":"}:
        return found.stamp
    sentence = any(_is_preposition(fold(word)) for word in label)
    return found.stamp if not sentence and _PARTING.match(after) else None


def _fact(line: str) -> Stamp | None:
    """Returns the only time of a line, where punctuation parts it from what stands around it."""
    found = spans(line) if _PARTED.search(line) else ()
    if len(found) != 1:
        return None
    before = line[: found[0].start]
    after = line[found[0].end :].lstrip()
    parted_after = not after or _PARTED.match(after)
    return found[0].stamp if parted_after and _ends_in_label(before) else None


def _ends_in_label(before: str) -> bool:
    """Returns whether words end with a fact of a line, or with a short label after one."""
    *facts, last = _PARTED.split(before)
    label = last.split()
    if not facts or len(label) > _LABELS:
        return False
    return not any(_is_preposition(fold(word)) for word in label)


def _time_alone(outline: Outline, number: int, outermost: int) -> int:
    """The largest inline element around a text that is a time and no more; else the outermost."""
    best, here = outermost, outline.parent(number)
    if whole(outline.words(outermost)):
        return outermost
    while here != outermost:
        if len(text := outline.words(here)) > SHORT or not whole(text):
            break
        best, here = here, outline.parent(here)
    return best


def _labelled(text: str) -> Stamp | None:
    """Returns the time after a label in any words: "Meldung vom: 2.3.2022, 14:05 Uhr".

    A number that may be a clock is none behind a label: "North gauge: 2.51 m".
    """
    before, colon, after = text.partition(": ")
    if not colon or not 2 < len(before) <= _LABEL or not before.replace(" ", "").isalpha():
        return None
    stamp = whole(after)
    return None if stamp is None or (stamp.weak and stamp.hour is not None) else stamp


def _of_end(outline: Outline, text: str, block: int) -> Mark | None:
    """Returns a short block that ends with a time."""
    if not _LAST_DIGIT.search(text[-_END:]) or outline.said(block) > SHORT:
        return None
    found = trailing(text)
    if found is None or found.stamp.weak:
        return None
    if _in_sentence(found.rest, text, outline.tags[block]) and not is_heading(block, outline):
        return None
    rest = found.rest
    if "br" not in outline.tags[block : outline.end(block)]:
        rest = outline.words(block).removesuffix(text[len(rest) :].strip())
    return Mark(outline, block, "tail", found.stamp, rest=rest)


def _begins_sentence(found: FoundStamp, tag: str) -> bool:
    """Returns whether a time at the start is part of a sentence: "At 9:30 the gates …", "5.30%"."""
    if found.rest[:1] in {"%", "-", "/"}:
        return True
    if found.stamp.label and len(found.rest) <= _SIGNED:  # "Posted on 3 May 2016 by …"
        return False
    word = found.after.strip(" :.-–—|•·([").rsplit(" ", 1)[-1]
    return bool(word) and tag not in HEADINGS and _is_preposition(fold(word))


def _is_preposition(key: str) -> bool:
    """Whether a word makes the time after it a part of a sentence; "kl." and "Uhr" do not."""
    known = senses(key)
    return "G" in known and not known.get("k")


def _in_sentence(words: str, text: str, tag: str) -> bool:
    """Whether a time at the end is that of a sentence: nothing parts it from the words before."""
    if words.rstrip()[-1:] in "|·•–—-,([":
        return False
    return tag in {"p", "li", "dd", "td"} or text.rstrip().endswith((".", "!", "?", "。"))


def _line_size(inline: int, outline: Outline) -> int:
    """Characters of the inline run that an element stands in, up to the nearest blocks."""
    size = outline.letters(inline)
    for siblings in (outline.before_all(inline), outline.after(inline)):
        for here in siblings:
            if outline.tags[here] not in INLINE or size > _LINE:
                break
            size += outline.letters(here)
    return size


def _starts_line(index: int, outline: Outline) -> bool:
    """Returns whether nothing stands before it in its block, or a line break does."""
    last = outline.before(index)
    return last < 0 or outline.tags[last] not in INLINE
