"""Inside the records of a series: headline, byline, body; and what is none of them.

A record is read as parts: its blocks of text in order. Some are the time; some stand in most records word for word and
are furniture, dropped because they repeat. Then `bylines` and `headlines` take theirs, and what is left is the body.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from feeder.extract.bylines import LATER_BY, byline, name_paths, signed
from feeder.extract.headlines import head_path, headline, run_ins
from feeder.extract.outline import BOLD, INLINE
from feeder.extract.parts import AFTER_TIME, LINK, Inside, gone, is_in, parts_of
from feeder.when import labels, leading, normal, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from feeder.extract.blocks_series import Record
    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline
    from feeder.extract.parts import Part

_PICTURES = frozenset({"button", "form", "svg", "nav", "template"})
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*\s?[kKmM]?\b")
_WORD = re.compile(r"\w")
_ADVERT = re.compile(
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie"
    r"|reklama|reklame|annonse|annons|mainos|реклама|広告|reklam|more to follow|article continues below.*"
    r"|\W*(?:one|\d+)[ -]min(?:ute)?s?[ -]read)\W*",
    re.IGNORECASE,
)
_POSTED = re.compile(
    r"(?:posted|published|updated|veröffentlicht|publié|publicado|pubblicato|gepubliceerd)\b", re.IGNORECASE
)


def insides(records: Sequence[Record], marks: Sequence[Sequence[Mark]], outline: Outline) -> list[Inside]:
    """Every record read; `marks` are all the times that each holds, its own first."""
    found = [Inside(tuple(outline.index[n.mem_id] for n in r.nodes)) for r in records]
    made = [parts_of(r, i.tops, outline) for r, i in zip(records, found, strict=True)]
    pictures = [i for i, tag in enumerate(outline.tags) if tag in _PICTURES]
    furniture = _furniture(made)
    rests = [_without_times(p, times, i, outline) for i, p, times in zip(found, made, marks, strict=True)]
    furniture |= {key for key in _furniture(rests) if "#" in key}  # "12 views" beside the time
    left: list[list[Part]] = []
    for inside, rest in zip(found, rests, strict=True):
        left.append(_kept(rest, furniture, inside, outline))
        _pictures(pictures, inside, outline)
    _repeated_pictures(found, outline)
    names = name_paths(left)
    heads = head_path(left)
    run_ins(left, found, outline)
    for inside, parts, times in zip(found, left, marks, strict=True):
        rest = byline(parts, inside, names, outline)
        headline(rest, times[0], inside, heads, outline)
    return found


def _furniture(records: Sequence[Sequence[Part]]) -> set[str]:
    """The short texts that stand in most records; numbers in them may differ."""
    if len(records) < 3:
        return set()
    held = [{_key(p) for p in parts if len(p.text) <= 90} for parts in records]
    seen = Counter(key for keys in held for key in keys)
    most = max(2.0, 0.5 * len(records))
    common = {key for key, count in seen.items() if count > most}
    # "Goal!" again and again is what those updates say: nothing else stands beside it.
    bare = (keys for parts, keys in zip(records, held, strict=True) if keys & common and _bare(parts, common))
    alone = Counter(key for keys in bare for key in keys)
    return {key for key in common if 2 * alone[key] < seen[key]}


def _bare(parts: Sequence[Part], common: set[str]) -> bool:
    """Whether a record says nothing but what most of them say."""
    return all(len(p.text) <= 90 and (_key(p) in common or _is_time(p.text)) for p in parts)


def _key(part: Part) -> str:
    """What counts as the same words: "12 likes" is "13 likes", but a headline with another number is another."""
    text = part.text.casefold()
    return text if part.heading or len(text) > 40 else _numberless(text)


@lru_cache(maxsize=2048)
def _numberless(text: str) -> str:
    return _NUMBERS.sub("#", text)


def _kept(parts: list[Part], furniture: set[str], inside: Inside, outline: Outline) -> list[Part]:
    """The parts without furniture; a heading that repeats ("Added", "Fixed") stays where words follow it."""
    kept: list[Part] = []
    for part in reversed(parts):
        part.common = len(part.text) <= 90 and _key(part) in furniture and not signed(part)
        if (part.common and not (part.heading and kept)) or _is_nothing(part):
            inside.drop_part(part, outline)
        else:
            kept.append(part)
    return kept[::-1]


def _is_nothing(part: Part) -> bool:
    return part.unread or not _WORD.search(part.text) or _ADVERT.fullmatch(part.text) is not None


def _without_times(parts: list[Part], times: Sequence[Mark], inside: Inside, outline: Outline) -> list[Part]:
    """The parts without the record's times; of a part that begins or ends with one, the rest."""
    left: list[Part] = []
    spans = [(m, m.index, outline.ends[m.index], outline.above(m.index, 6)) for m in times if not m.holds]
    for part in parts:
        own = [m for m, start, end, around in spans if start <= part.index < end or part.block in around]
        if not own:
            if len(part.text) < 90 and not part.heading and _is_time(part.text):
                inside.drop_part(part, outline)
            else:
                left.append(part)
            continue
        rest = _rest(part, own, inside, outline)
        if rest:
            part.text, part.beside = rest, True
            part.texts = [i for i in part.texts if not gone(i, inside, outline)] or part.texts
            worded = [i for i in part.texts if _WORD.search(outline.nodes[i].text_content or "")]
            part.bold = part.heading or all(is_in(i, part.block, BOLD, outline) for i in worded)
            part.linked |= all(is_in(i, part.block, LINK, outline) for i in part.texts)
            left.append(part)
    return left


def _is_time(text: str) -> bool:
    if len(text) > 20 and not _NUMBERS.search(text):
        return False
    stamp = whole(text)
    return stamp is not None and not (stamp.weak and stamp.hour is None)


def _rest(part: Part, marks: Sequence[Mark], inside: Inside, outline: Outline) -> str:
    """What a part says besides its time; the time's own nodes are noted as gone."""
    text = part.text
    for mark in marks:
        if mark.form == "own":
            own = normal(mark.node.text(separator=" "))
            inside.gone.add(mark.index)
            if own and text.startswith(own) and (after := text[len(own) :].lstrip())[:1] in AFTER_TIME:
                _unpunctuated(part, mark, inside, outline)
                text = own + after.lstrip(AFTER_TIME)
            text = normal(text.replace(own, " ", 1)) if own else text
        elif mark.form in {"lead", "line"} and (found := leading(text)):
            _cut(part, len(text) - len(found.rest), inside, outline)
            text = normal(found.rest.lstrip(AFTER_TIME))
        elif mark.form == "tail" and mark.rest:
            text = normal(mark.rest.rstrip(" \t:|–—-•·,(["))
            inside.drop_part(part, outline)
    if _is_time(text) or not _WORD.search(text) or len(text) < 3 or _labels(text):
        inside.drop_part(part, outline)
        return ""
    return text


def _labels(text: str) -> bool:
    """Whether nothing but labels is left beside a time: "Updated at", "posted by the crew at"."""
    return labels(text) or (len(text) < 60 and _POSTED.match(text) is not None and not LATER_BY.match(text))


def _unpunctuated(part: Part, mark: Mark, inside: Inside, outline: Outline) -> None:
    """The text after a time without the dash or full stop between them."""
    end = outline.ends[mark.index]
    index = next((i for i in part.texts if i >= end), None)
    if index is not None:
        text = outline.nodes[index].text_content or ""
        inside.instead[index] = html.escape(text.lstrip().lstrip(AFTER_TIME), quote=False)


def _cut(part: Part, length: int, inside: Inside, outline: Outline) -> None:
    """Take the first characters, a time, away from the texts of a part."""
    for index in part.texts:
        text = outline.nodes[index].text_content or ""
        words = normal(text)
        if length >= len(words) or not words:
            inside.gone.add(index)
            length = max(length - len(words) - 1, 0)
        else:
            kept = words[max(length, 0) :].lstrip(AFTER_TIME)
            inside.instead[index] = html.escape(kept, quote=False) + (" " if text[-1:].isspace() else "")
            return


def _pictures(pictures: Sequence[int], inside: Inside, outline: Outline) -> None:
    """Buttons, forms and drawings, which no words tell of."""
    for top in inside.tops:
        if outline.tags[top] not in INLINE:
            inside.gone.update(pictures[bisect_left(pictures, top) : bisect_left(pictures, outline.ends[top])])


def _repeated_pictures(found: Sequence[Inside], outline: Outline) -> None:
    """An image that stands in most records is an icon or a portrait."""
    if len(found) < 3 or "img" not in outline.tags:
        return
    images = [
        [
            (i, stated.get("src") or stated.get("data-src") or "")
            for top in inside.tops
            for i, tag in enumerate(outline.tags[top : outline.ends[top]], top)
            if tag == "img" and (stated := outline.nodes[i].attributes)
        ]
        for inside in found
    ]
    seen = Counter(src for each in images for src in {s for _, s in each})
    for inside, each in zip(found, images, strict=True):
        inside.gone.update(i for i, src in each if src and seen[src] > max(2.0, 0.3 * len(found)))


def body(inside: Inside, outline: Outline) -> str:
    """The HTML of what is left."""
    on_the_way = _on_the_way(frozenset(inside.tops), inside, outline)
    return "".join(_outer(i, inside, on_the_way, outline) for i in inside.tops)


def _on_the_way(own: frozenset[int], inside: Inside, outline: Outline) -> set[int]:
    """The elements around what is gone or changed."""
    found: set[int] = set()
    for index in inside.gone | inside.instead.keys():
        way: list[int] = []
        here = index
        while here >= 0 and here not in own and here not in found:
            here = outline.parents[here]
            way.append(here)
        if here >= 0:
            found.update(way)
    return found


def _outer(index: int, inside: Inside, on_the_way: set[int], outline: Outline) -> str:
    if index in inside.gone:
        return ""
    if index in inside.instead:
        return inside.instead[index]
    node = outline.nodes[index]
    if index not in on_the_way:
        return node.html or ""
    content = "".join(_outer(child, inside, on_the_way, outline) for child in outline.children(index))
    href = node.attributes.get("href") if node.tag == "a" else None
    attribute = f' href="{html.escape(href)}"' if href else ""
    return f"<{node.tag}{attribute}>{content}</{node.tag}>"
