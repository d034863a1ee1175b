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
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.record.parts import Inside, Part

_BEFORE_TIME = " \t:|–—-•·,(["  # what may stand between words and a time after them
_DIGITS = re.compile(r"\d")
_WORD = re.compile(r"\w")
_POSTED = re.compile(
    r"(?:posted|published|updated|veröffentlicht|publié|publicado|pubblicato|gepubliceerd)\b",
    re.IGNORECASE,
)


def untimed(
    parts: list[Part], times: Sequence[Mark], inside: Inside, outline: Outline
) -> list[Part]:
    """The parts without the record's times; of a part that begins or ends with one, the rest."""
    left: list[Part] = []
    spans = [
        (m, m.index, outline.end(m.index), outline.above(m.index, 6)) for m in times if not m.holds
    ]
    for part in parts:
        index = part.texts[0]
        own = [m for m, begin, end, around in spans if begin <= index < end or part.block in around]
        if not own:
            if len(part.text) < 90 and not part.heading and is_time(part.text):
                inside.drop_part(part, outline)
            else:
                left.append(part)
        elif rest := _rest(part, own, inside, outline):
            part.text, part.beside = rest, True
            part.texts = [i for i in part.texts if not gone(i, inside, outline)] or part.texts
            worded = [i for i in part.texts if _WORD.search(outline.text(i))]
            part.bold = part.heading or all(is_in(i, part.block, BOLD, outline) for i in worded)
            part.linked |= all(is_in(i, part.block, LINK, outline) for i in part.texts)
            left.append(part)
    return left


@recalled(2048)
def is_time(text: str) -> bool:
    if len(text) > 20 and not _DIGITS.search(text):
        return False
    stamp = whole(text)
    return stamp is not None and not (stamp.weak and stamp.hour is None)


def _rest(part: Part, marks: Sequence[Mark], inside: Inside, outline: Outline) -> str:
    """What a part says besides its time; the time's own nodes are noted as gone."""
    text = part.text
    for mark in marks:
        if mark.form == "own":
            own = normal(outline.text(mark.index))
            inside.gone.add(mark.index)
            if (
                own
                and text.startswith(own)
                and (after := text[len(own) :].lstrip())[:1] in AFTER_TIME
            ):
                _unpunctuated(part, mark, inside, outline)
                text = own + after.lstrip(AFTER_TIME)
            text = normal(text.replace(own, " ", 1)) if own else text
        elif mark.form in {"lead", "line"} and (length := _leading_length(text, part, outline)):
            _cut(part, length, inside, outline)
            text = normal(text[length:].lstrip(AFTER_TIME))
        elif mark.form == "tail" and mark.rest:
            text = normal(mark.rest.rstrip(_BEFORE_TIME))
            _cut_end(part, inside, outline)
    said = len(text) > 2 or text[:1] == "#"
    if not said or is_time(text) or not _WORD.search(text) or _labels(text):
        inside.drop_part(part, outline)
        return ""
    return text


def _leading_length(text: str, part: Part, outline: Outline) -> int:
    """Characters of the time that a part begins with; of its first text, where all says less."""
    for words in (text, normal(outline.text(part.texts[0]))):
        if found := leading(words):
            return len(words) - len(found.rest)
    return 0


def _labels(text: str) -> bool:
    """Whether nothing but labels is left beside a time: "Updated at", "posted by the crew at"."""
    return labels(text) or (
        len(text) < 60 and _POSTED.match(text) is not None and not LATER_BY.match(text)
    )


def _unpunctuated(part: Part, mark: Mark, inside: Inside, outline: Outline) -> None:
    """The text after a time without the dash or full stop between them."""
    end = outline.end(mark.index)
    index = next((i for i in part.texts if i >= end), None)
    if index is not None:
        text = outline.text(index)
        inside.instead[index] = html.escape(text.lstrip().lstrip(AFTER_TIME), quote=False)


def _cut_end(part: Part, inside: Inside, outline: Outline) -> None:
    """Take the time at its end away from the last text of a part."""
    last = part.texts[-1]
    found = trailing(normal(outline.text(last)))
    kept = found.rest.rstrip(_BEFORE_TIME) if found else ""
    if kept:
        inside.instead[last] = html.escape(kept, quote=False)
    else:
        inside.gone.add(last)


def _cut(part: Part, length: int, inside: Inside, outline: Outline) -> None:
    """Take the first characters, a time, away from the texts of a part."""
    for index in part.texts:
        text = outline.text(index)
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
