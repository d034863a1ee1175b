"""The parts of a record without its times, and what is left of those that begin or end with one."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from feeder.cache import recalled
from feeder.extract.inferred.outline import BOLD, LINK
from feeder.extract.record.bylines import LATER_BY
from feeder.extract.record.parts import AFTER_TIME, gone, is_in
from feeder.when import labels, leading, normal, trailing, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.inferred.mark import Mark
    from feeder.extract.record.parts import Inside, Part

_BEFORE_TIME = " \t:|–—-•·,(["  # what may stand between words and a time after them
_DIGITS = re.compile(r"\d")
_WORD = re.compile(r"\w")
_POSTED = re.compile(
    r"(?:posted|published|updated|veröffentlicht|publié|publicado|pubblicato|gepubliceerd)\b",
    re.IGNORECASE,
)


def untimed(
    parts: list[Part],
    times: Sequence[Mark],
    inside: Inside,
) -> list[Part]:
    """The parts without the record's times; of a part that begins or ends with one, the rest."""
    left: list[Part] = []
    around = [(mark, inside.outline.above(mark.index, 6)) for mark in times if not mark.holds]
    for part in parts:
        own = [mark for mark, blocks in around if _begins_in(mark, blocks, part)]
        if own:
            left += _keep_rest(part, own, inside)
        elif len(part.text) < 90 and not part.heading and is_time(part.text):
            inside.drop_part(part)
        else:
            left.append(part)
    return left


def _begins_in(
    mark: Mark,
    blocks: Sequence[int],
    part: Part,
) -> bool:
    """Whether a part begins in a time, or is one of the nearest blocks around it."""
    return mark.index <= part.texts[0] < mark.end or part.block in blocks


def _keep_rest(
    part: Part,
    marks: Sequence[Mark],
    inside: Inside,
) -> tuple[Part, ...]:
    """The part with what is left beside its times; none where nothing is."""
    outline = inside.outline
    rest = _rest(part, marks, inside)
    if not rest:
        return ()
    part.text, part.beside = rest, True
    part.texts = [i for i in part.texts if not gone(i, inside)] or part.texts
    worded = [i for i in part.texts if _WORD.search(outline.text(i))]
    part.bold = part.heading or all(is_in(i, part.block, BOLD, outline) for i in worded)
    part.linked |= all(is_in(i, part.block, LINK, outline) for i in part.texts)
    return (part,)


@recalled(2048)
def is_time(text: str) -> bool:
    if len(text) > 20 and not _DIGITS.search(text):
        return False
    stamp = whole(text)
    return stamp is not None and not (stamp.weak and stamp.hour is None)


def _rest(
    part: Part,
    marks: Sequence[Mark],
    inside: Inside,
) -> str:
    """What a part says besides its time; the time's own nodes are noted as gone."""
    text = part.text
    for mark in marks:
        text = _without(mark, text, part, inside)
    said = len(text) > 2 or text[:1] == "#"
    if not said or is_time(text) or not _WORD.search(text) or _labels(text):
        inside.drop_part(part)
        return ""
    return text


def _without(
    mark: Mark,
    text: str,
    part: Part,
    inside: Inside,
) -> str:
    """What a part says besides one of its times."""
    if mark.form == "own":
        return _without_own(mark, text, part, inside)
    if mark.form in {"lead", "line"} and (length := _leading_length(text, part)):
        _cut(part, length, inside)
        return normal(text[length:].lstrip(AFTER_TIME))
    if mark.form == "tail" and mark.rest:
        _cut_end(part, inside)
        return normal(mark.rest.rstrip(_BEFORE_TIME))
    return text


def _without_own(
    mark: Mark,
    text: str,
    part: Part,
    inside: Inside,
) -> str:
    """What a part says besides a time that has an element of its own."""
    inside.gone.add(mark.index)
    own = inside.outline.words(mark.index)
    if not own:
        return text
    after = text[len(own) :].lstrip()
    if text.startswith(own) and after[:1] in AFTER_TIME:
        _unpunctuated(part, mark, inside)
        text = own + after.lstrip(AFTER_TIME)
    return normal(text.replace(own, " ", 1))


def _leading_length(text: str, part: Part) -> int:
    """Characters of the time that a part begins with; of its first text, where all says less."""
    for words in (text, part.outline.words(part.texts[0])):
        if found := leading(words):
            return len(words) - len(found.rest)
    return 0


def _labels(text: str) -> bool:
    """Whether nothing but labels is left beside a time: "Updated at", "posted by the crew at"."""
    return labels(text) or (
        len(text) < 60 and _POSTED.match(text) is not None and not LATER_BY.match(text)
    )


def _unpunctuated(
    part: Part,
    mark: Mark,
    inside: Inside,
) -> None:
    """The text after a time without the dash or full stop between them."""
    end = mark.end
    index = next((i for i in part.texts if i >= end), None)
    if index is not None:
        text = inside.outline.text(index)
        inside.instead[index] = html.escape(text.lstrip().lstrip(AFTER_TIME), quote=False)


def _cut_end(part: Part, inside: Inside) -> None:
    """Take the time at its end away from the last text of a part."""
    last = part.texts[-1]
    found = trailing(inside.outline.words(last))
    kept = found.rest.rstrip(_BEFORE_TIME) if found else ""
    if kept:
        inside.instead[last] = html.escape(kept, quote=False)
    else:
        inside.gone.add(last)


def _cut(
    part: Part,
    length: int,
    inside: Inside,
) -> None:
    """Take the first characters, a time, away from the texts of a part."""
    for index in part.texts:
        text = inside.outline.text(index)
        words = normal(text)
        if length >= len(words) or not words:
            inside.gone.add(index)
            length = max(length - len(words) - 1, 0)
        else:
            kept = words[max(length, 0) :].lstrip(AFTER_TIME)
            inside.instead[index] = html.escape(kept, quote=False) + (
                " " if text[-1:].isspace() else ""
            )
            return
