"""Inside the records of a series: headline, byline, body; and what is none of them.

A record is read as parts: its blocks of text in order. Some are the time; some stand in most records word for word and
are furniture, dropped because they repeat. Then `bylines` and `headlines` take theirs, and what is left is the body.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from feeder.extract.bylines import LATER_BY, byline, name_paths, signed
from feeder.extract.headlines import head_path, headline, run_ins
from feeder.extract.outline import BOLD, INLINE
from feeder.extract.parts import AFTER_TIME, LINK, Inside, gone, holds, is_in, parts_of
from feeder.when import labels, leading, normal, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline
    from feeder.extract.parts import Part

_UNREAD = frozenset({"button", "form", "nav", "select", "textarea", "noscript", "template", "svg", "label", "input"})
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*\s?[kKmM]?\b")
_WORD = re.compile(r"\w")
_ADVERT = re.compile(
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie"
    r"|reklama|reklame|annonse|annons|mainos|реклама|広告|reklam|more to follow|article continues below.*)\W*",
    re.IGNORECASE,
)
_POSTED = re.compile(
    r"(?:posted|published|updated|veröffentlicht|publié|publicado|pubblicato|gepubliceerd)\b", re.IGNORECASE
)


def insides(records: Sequence[Record], marks: Sequence[Sequence[Mark]], outline: Outline) -> list[Inside]:
    """Every record read; `marks` are all the times that each holds, its own first."""
    made = [parts_of(r, outline) for r in records]
    furniture = _furniture(made)
    found: list[Inside] = []
    left: list[list[Part]] = []
    for record, parts, times in zip(records, made, marks, strict=True):
        inside = Inside()
        rest = _without_times(parts, times, inside, outline)
        left.append(_kept(rest, furniture, inside, outline))
        _pictures(record, inside)
        found.append(inside)
    _repeated_pictures(records, found)
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
    seen = Counter(key for parts in records for key in {_key(p) for p in parts if len(p.text) <= 90})
    most = max(2.0, 0.5 * len(records))
    return {key for key, count in seen.items() if count > most}


def _key(part: Part) -> str:
    """What counts as the same words: "12 likes" is "13 likes", but a headline with another number is another."""
    text = part.text.casefold()
    return text if part.heading or len(text) > 40 else _NUMBERS.sub("#", text)


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
    return not _WORD.search(part.text) or _ADVERT.fullmatch(part.text) is not None or _unread(part.node)


def _unread(node: LexborNode) -> bool:
    here: LexborNode | None = node
    for _ in range(4):
        if here is None:
            return False
        if here.tag in _UNREAD:
            return True
        here = here.parent
    return False


def _without_times(parts: list[Part], times: Sequence[Mark], inside: Inside, outline: Outline) -> list[Part]:
    """The parts without the record's times; of a part that begins or ends with one, the rest."""
    left: list[Part] = []
    spans = [(m, m.index, outline.end(m.node)) for m in times if not m.holds]
    for part in parts:
        own = [m for m, start, end in spans if start <= part.index < end or holds(part, m)]
        if not own:
            if len(part.text) < 90 and not part.heading and _is_time(part.text):
                inside.drop_part(part, outline)
            else:
                left.append(part)
            continue
        rest = _rest(part, own, inside, outline)
        if rest:
            part.text = rest
            part.texts = [i for i in part.texts if not gone(outline.nodes[i], inside)] or part.texts
            worded = [i for i in part.texts if _WORD.search(outline.nodes[i].text_content or "")]
            part.bold = part.heading or all(is_in(outline.nodes[i], part.node, BOLD) for i in worded)
            part.linked |= all(is_in(outline.nodes[i], part.node, LINK) for i in part.texts)
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
            inside.drop(mark.node)
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
    end = outline.end(mark.node)
    index = next((i for i in part.texts if i >= end), None)
    if index is not None:
        text = outline.nodes[index].text_content or ""
        inside.instead[outline.nodes[index].mem_id] = html.escape(text.lstrip().lstrip(AFTER_TIME), quote=False)


def _cut(part: Part, length: int, inside: Inside, outline: Outline) -> None:
    """Take the first characters, a time, away from the texts of a part."""
    for index in part.texts:
        node = outline.nodes[index]
        text = node.text_content or ""
        words = normal(text)
        if length >= len(words) or not words:
            inside.drop(node)
            length = max(length - len(words) - 1, 0)
        else:
            kept = words[max(length, 0) :].lstrip(AFTER_TIME)
            inside.instead[node.mem_id] = html.escape(kept, quote=False) + (" " if text[-1:].isspace() else "")
            return


def _pictures(record: Record, inside: Inside) -> None:
    """Buttons, forms and drawings, which no words tell of."""
    for node in record.nodes:
        if node.is_text_node or node.tag in INLINE:
            continue
        for each in node.css("button, form, svg, nav, noscript, template"):
            if each.tag != "noscript":
                inside.drop(each)


def _repeated_pictures(records: Sequence[Record], found: Sequence[Inside]) -> None:
    """An image that stands in most records is an icon or a portrait."""
    if len(records) < 3:
        return
    images = [
        [
            (i, i.attributes.get("src") or i.attributes.get("data-src") or "")
            for n in r.nodes
            if not n.is_text_node
            for i in n.css("img")
        ]
        for r in records
    ]
    seen = Counter(src for each in images for src in {s for _, s in each})
    for inside, each in zip(found, images, strict=True):
        for image, src in each:
            if src and seen[src] > max(2.0, 0.3 * len(records)):
                inside.drop(image)


def body(record: Record, inside: Inside) -> str:
    """The HTML of what is left."""
    on_the_way = _on_the_way(record, inside)
    return "".join(_outer(n, inside, on_the_way) for n in record.nodes)


def _on_the_way(record: Record, inside: Inside) -> set[int]:
    tops = {n.mem_id for n in record.nodes}
    found: set[int] = set()
    for node in _noted(record, inside):
        up = node.parent if node.mem_id not in tops else None
        while up is not None:
            found.add(up.mem_id)
            if up.mem_id in tops:
                break
            up = up.parent
    return found


def _noted(record: Record, inside: Inside) -> list[LexborNode]:
    wanted = inside.gone | inside.instead.keys()
    return [n for top in record.nodes for n in top.traverse(include_text=True) if n.mem_id in wanted] if wanted else []


def _outer(node: LexborNode, inside: Inside, on_the_way: set[int]) -> str:
    if node.mem_id in inside.gone:
        return ""
    if node.mem_id in inside.instead:
        return inside.instead[node.mem_id]
    if node.mem_id not in on_the_way:
        return node.html or ""
    content = "".join(_outer(child, inside, on_the_way) for child in node.iter(include_text=True))
    href = node.attributes.get("href") if node.tag == "a" else None
    attribute = f' href="{html.escape(href)}"' if href else ""
    return f"<{node.tag}{attribute}>{content}</{node.tag}>"
