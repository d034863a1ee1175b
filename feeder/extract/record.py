"""Inside the records of a series: headline, byline, body; and what is none of them.

A record is read as parts: its blocks of text in order. Some are the time; some stand in most records word for word and
are furniture, dropped because they repeat. The headline is a heading, or a block wholly bold, or what shares the time's
line, or the short block that begins most records in the same place. What is left is the body.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from feeder.extract.outline import INLINE
from feeder.extract.people import people
from feeder.when import labels, leading, normal, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.blocks_series import Record
    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD = frozenset({"b", "strong"})
_LINK = frozenset({"a"})
_UNREAD = frozenset({"button", "form", "nav", "select", "textarea", "noscript", "template", "svg", "label", "input"})
_CAPTIONS = frozenset({"figcaption", "figure", "picture", "caption"})
_QUOTED = frozenset({"blockquote", "table", "aside", "li", "pre"})
_HEADLINE = 220  # characters
_BYLINE = 120
_ENDS = re.compile(r"[.!?;:…。！？,][\"'”’»)\]]*$")
_STOPS = re.compile(r"[.…。;,][\"'”’»)\]]*$")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*\s?[kKmM]?\b")
_AFTER_TIME = " \t:|–—-•·,.)]"  # what may stand between a time and the words after it
_WORD = re.compile(r"\w")
_ADVERT = re.compile(
    r"(?:advertisement|advertising|sponsored|anzeige|werbung|publicité|publicidad|publicidade|pubblicità|advertentie"
    r"|reklama|reklame|annonse|annons|mainos|реклама|広告|reklam|more to follow|article continues below.*)\W*",
    re.IGNORECASE,
)
_PREPOSITION = r"(?i:by|von|par|por|di|de|door|przez|av|af|автор:?|autor(?:in)?:?|author:?)\s+(?=[A-ZÀ-ÞŁŚА-Я])"
_BY = re.compile(rf"^[\s\-–—|•·]*(?:(?i:posted|written|reported|published|updated|text|texte)\s+)?{_PREPOSITION}")
_LATER_BY = re.compile(rf".*?\b{_PREPOSITION}")
_POSTED = re.compile(
    r"(?:posted|published|updated|veröffentlicht|publié|publicado|pubblicato|gepubliceerd)\b", re.IGNORECASE
)
_DASHED = re.compile(r"^\s*[-–—]{1,2}\s?(?=[A-ZÀ-ÞА-Я])")
_NAME = re.compile(
    r"(?:[A-ZÀ-ÞŁŚŻА-Я][\w'’.-]+|de|van|von|der|den|la|le|al|el|bin|da|di|dos|und|and|y|et|&|,)(?:\s+|$)"
)
_AUTHORLY = re.compile(r"\bauthor\b|\bbyline\b|author|byline|autor(?!i[sz])|auteur|reporter", re.IGNORECASE)
_TITLY = re.compile(r"headline|heading|title|(?:^|[\s_-])hed(?:$|[\s_-])|überschrift|titel|titre|titulo", re.IGNORECASE)


@dataclass(slots=True)
class Part:
    """A block of text in a record."""

    node: LexborNode
    index: int  # of its first text, in the outline
    text: str = ""
    path: str = ""
    bold: bool = True
    linked: bool = True
    heading: bool = False
    caption: bool = False
    quoted: bool = False
    line: int = 0  # of what stands directly in a larger block, between line breaks
    texts: list[int] = field(default_factory=list)  # places of its texts in the outline


@dataclass(slots=True)
class Inside:
    """What a record comes to."""

    headline: str = ""
    byline: tuple[str, ...] = ()
    gone: set[int] = field(default_factory=set)  # nodes that are not the body, by mem_id
    instead: dict[int, str] = field(default_factory=dict)  # texts of which something is left, and what
    link: LexborNode | None = None  # that the headline is

    def drop(self, node: LexborNode) -> None:
        self.gone.add(node.mem_id)

    def drop_part(self, part: Part, outline: Outline) -> None:
        """The whole block, unless other parts stand in it as well."""
        block = part.node
        start = outline.index.get(block.mem_id, part.index)
        if not part.line and len(outline.between(start, outline.end(block))) == len(part.texts):
            self.drop(block)
            return
        for index in part.texts:
            self.drop(outline.nodes[index])


def insides(records: Sequence[Record], marks: Sequence[Sequence[Mark]], outline: Outline) -> list[Inside]:
    """Every record read; `marks` are all the times that each holds, its own first."""
    made = [_parts(r, outline) for r in records]
    furniture = _furniture(made)
    found: list[Inside] = []
    left: list[list[Part]] = []
    for record, parts, times in zip(records, made, marks, strict=True):
        inside = Inside()
        rest = _without_times(parts, times, inside, outline)
        left.append([p for p in rest if not _dropped(p, furniture, inside, outline)])
        _pictures(record, inside)
        found.append(inside)
    _repeated_pictures(records, found)
    names = _name_paths(left)
    heads = _head_path(left)
    _run_ins(left, found, outline)
    for inside, parts, times in zip(found, left, marks, strict=True):
        rest = _byline(parts, inside, names, outline)
        _headline(rest, times[0], inside, heads, outline)
    return found


# ------------------------------------------------------------------------------------------------------------- parts


def _parts(record: Record, outline: Outline) -> list[Part]:
    tops = {n.mem_id for n in record.nodes}
    parts: list[Part] = []
    line = 0
    last = -1
    for index, text in outline.between(record.start, record.end):
        part = _placed(outline.nodes[index], tops)
        part.index = index
        if part.node.mem_id in tops and (part.node.is_text_node or part.node.tag in INLINE):
            line += _breaks(outline, last, index)
            part.line = line
        same = parts[-1] if parts else None
        if same is not None and _continues(same, part, tops):
            same.text += " " + text
            same.texts.append(index)
            same.bold &= part.bold
            same.linked &= part.linked
        else:
            part.text = text
            part.texts = [index]
            parts.append(part)
        last = index
    for part in parts:
        part.text = normal(part.text)
    return [p for p in parts if p.text]


def _continues(before: Part, part: Part, tops: set[int]) -> bool:
    if before.line or part.line:
        return before.line == part.line
    return before.node.mem_id == part.node.mem_id


def _breaks(outline: Outline, last: int, index: int) -> int:
    return int(last < 0 or any(n.tag not in INLINE for n in outline.nodes[last + 1 : index]))


def _placed(text: LexborNode, tops: set[int]) -> Part:
    """The block that a text belongs to, and what it is inside it."""
    bold = linked = False
    here = text
    while here.mem_id not in tops and here.tag in INLINE and here.parent is not None:
        here = here.parent
        bold |= here.tag in {"b", "strong"}
        linked |= here.tag == "a"
    bold |= here.tag in {"b", "strong"}
    part = Part(here, 0, bold=bold, linked=linked or here.tag == "a")
    path: list[str] = []
    up: LexborNode | None = here
    while up is not None:
        tag = up.tag or ""
        path.append(tag)
        part.heading |= tag in _HEADINGS
        part.caption |= tag in _CAPTIONS
        part.linked |= tag == "a"
        if up.mem_id in tops:
            break
        part.quoted |= tag in _QUOTED
        up = up.parent
    part.path = ">".join(reversed(path))
    part.bold |= part.heading
    return part


# ------------------------------------------------------------------------------------------------- what is not the body


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


def _dropped(part: Part, furniture: set[str], inside: Inside, outline: Outline) -> bool:
    gone = (
        (len(part.text) <= 90 and _key(part) in furniture and not _signed(part))
        or not _WORD.search(part.text)
        or _ADVERT.fullmatch(part.text) is not None
        or _unread(part.node)
    )
    if gone:
        inside.drop_part(part, outline)
    return gone


def _signed(part: Part) -> bool:
    """A byline repeats too, where one person writes most of the page."""
    text = _DASHED.sub("", _BY.sub("", part.text))
    marked = text != part.text or _authorly(part.node)
    return marked and _like_name(text)


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
        own = [m for m, start, end in spans if start <= part.index < end or _holds(part, m)]
        if not own:
            if len(part.text) < 90 and not part.heading and _is_time(part.text):
                inside.drop_part(part, outline)
            else:
                left.append(part)
            continue
        rest = _rest(part, own, inside, outline)
        if rest:
            part.text = rest
            part.texts = [i for i in part.texts if not _gone(outline.nodes[i], inside)] or part.texts
            part.bold = part.heading or all(_is_in(outline.nodes[i], part.node, _BOLD) for i in part.texts)
            part.linked |= all(_is_in(outline.nodes[i], part.node, _LINK) for i in part.texts)
            left.append(part)
    return left


def _holds(part: Part, mark: Mark) -> bool:
    here: LexborNode | None = mark.node
    for _ in range(6):
        if here is None:
            return False
        if here.mem_id == part.node.mem_id:
            return True
        here = here.parent
    return False


def _is_time(text: str) -> bool:
    stamp = whole(text)
    return stamp is not None and not (stamp.weak and stamp.hour is None)


def _rest(part: Part, marks: Sequence[Mark], inside: Inside, outline: Outline) -> str:
    """What a part says besides its time; the time's own nodes are noted as gone."""
    text = part.text
    for mark in marks:
        if mark.form == "own":
            own = normal(mark.node.text(separator=" "))
            inside.drop(mark.node)
            if own and text.startswith(own) and (after := text[len(own) :].lstrip())[:1] in _AFTER_TIME:
                _unpunctuated(part, mark, inside, outline)
                text = own + after.lstrip(_AFTER_TIME)
            text = normal(text.replace(own, " ", 1)) if own else text
        elif mark.form in {"lead", "line"} and (found := leading(text)):
            _cut(part, len(text) - len(found.rest), inside, outline)
            text = normal(found.rest.lstrip(_AFTER_TIME))
        elif mark.form == "tail" and mark.rest:
            text = normal(mark.rest.rstrip(" \t:|–—-•·,(["))
            inside.drop_part(part, outline)
    if _is_time(text) or not _WORD.search(text) or len(text) < 3 or _labels(text):
        inside.drop_part(part, outline)
        return ""
    return text


def _labels(text: str) -> bool:
    """Whether nothing but labels is left beside a time: "Updated at", "posted by the crew at"."""
    return labels(text) or (len(text) < 60 and _POSTED.match(text) is not None and not _LATER_BY.match(text))


def _unpunctuated(part: Part, mark: Mark, inside: Inside, outline: Outline) -> None:
    """The text after a time without the dash or full stop between them."""
    end = outline.end(mark.node)
    index = next((i for i in part.texts if i >= end), None)
    if index is not None:
        text = outline.nodes[index].text_content or ""
        inside.instead[outline.nodes[index].mem_id] = html.escape(text.lstrip().lstrip(_AFTER_TIME), quote=False)


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
            kept = words[max(length, 0) :].lstrip(_AFTER_TIME)
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


# ------------------------------------------------------------------------------------------------------------ byline


def _byline(parts: list[Part], inside: Inside, names: set[str], outline: Outline) -> list[Part]:
    left = []
    for number, part in enumerate(parts):
        edge = number < 4 or number >= len(parts) - 2
        if edge and not inside.byline and len(part.text) <= _BYLINE and _is_byline(part, number, len(parts), names):
            found = people(_author_inside(part.node) or _LATER_BY.sub("By ", part.text))
            if found:
                inside.byline = found
                inside.drop_part(part, outline)
                continue
        left.append(part)
    return left


def _is_byline(part: Part, number: int, count: int, names: set[str]) -> bool:
    if part.heading or part.caption or (_ENDS.search(part.text.rstrip(":,|")) and len(part.text) > 60):
        return False
    if _BY.match(part.text) and _like_name(_BY.sub("", part.text)):
        return True
    if number >= count - 2 and _DASHED.match(part.text) and not _ENDS.search(part.text):
        return True
    return (_authorly(part.node) and len(part.text.split()) <= 12) or (part.path in names and _like_name(part.text))


def _author_inside(node: LexborNode) -> str:
    """The words of the element that is marked as the author, inside a longer byline."""
    if node.is_text_node:
        return ""
    inner = node.css_first('[rel~="author"], [itemprop~="author"], .vcard, .author')
    return normal(inner.text(separator=" ")) if inner is not None else ""


def _authorly(node: LexborNode) -> bool:
    """Whether the markup says so, on the block, around it or inside it."""
    here: LexborNode | None = node
    for _ in range(3):
        if here is None or here.is_text_node:
            break
        if _says_author(here):
            return True
        here = here.parent
    inner = node.first_child
    while inner is not None:
        if inner.is_element_node and _says_author(inner):
            return True
        inner = inner.next
    return False


def _says_author(node: LexborNode) -> bool:
    if node.tag == "address":
        return True
    attributes = node.attributes
    if not attributes:
        return False
    return any(_AUTHORLY.search(attributes.get(n) or "") for n in ("rel", "itemprop", "class"))


def _like_name(text: str) -> bool:
    text = text.strip(" |,·•-–—")
    return 4 <= len(text) <= 70 and 2 <= len(text.split()) <= 9 and "".join(_NAME.findall(text + " ")).strip() == text


def _name_paths(records: Sequence[Sequence[Part]]) -> set[str]:
    """Where names stand: at one place of most records that have the place, and not where the body does."""
    seen: Counter[str] = Counter()
    named: dict[str, list[str]] = {}
    for parts in records:
        for part in parts[:4]:
            seen[part.path] += 1
            if _like_name(part.text) and not part.heading:
                named.setdefault(part.path, []).append(part.text)
    return {
        p
        for p, texts in named.items()
        if len(texts) > 1 and len(texts) >= 0.8 * seen[p] and len(set(texts)) < max(len(texts), 3)
    }


# ---------------------------------------------------------------------------------------------------------- headline


def _head_path(records: Sequence[Sequence[Part]]) -> str:
    """The place of a short block that begins most records, where the body stands in another place."""
    if len(records) < 3:
        return ""
    firsts = Counter(
        parts[0].path for parts in records if parts and len(parts[0].text) <= 160 and not _STOPS.search(parts[0].text)
    )
    if not firsts:
        return ""
    path, count = firsts.most_common(1)[0]
    bodies = [max(parts, key=lambda p: len(p.text)).path for parts in records if len(parts) > 1]
    return (
        path
        if count >= 0.7 * len(records) and bodies.count(path) < 0.3 * len(records) and len(bodies) > 0.5 * len(records)
        else ""
    )


def _run_ins(records: Sequence[list[Part]], found: Sequence[Inside], outline: Outline) -> None:
    """Headlines in bold at the start of a paragraph, where most records have one."""
    heads = [
        _run_in(parts[0], inside, outline) if parts else None for parts, inside in zip(records, found, strict=True)
    ]
    if sum(h is not None for h in heads) < max(0.6 * len(records), 2):
        return
    for parts, inside, head in zip(records, found, heads, strict=True):
        if head is None:
            continue
        part, count = parts[0], len(head)
        bold = normal(" ".join(outline.nodes[i].text_content or "" for i in head))
        inside.headline = bold.rstrip(_AFTER_TIME)
        for index in head:
            inside.drop(outline.nodes[index])
        after = outline.nodes[part.texts[part.texts.index(head[-1]) + 1]]
        inside.instead[after.mem_id] = html.escape((after.text_content or "").lstrip().lstrip(_AFTER_TIME), quote=False)
        part.texts = [i for i in part.texts if i not in head[:count]]
        part.text = normal(part.text.partition(bold)[2]).lstrip(_AFTER_TIME) or part.text


def _run_in(part: Part, inside: Inside, outline: Outline) -> list[int] | None:
    """The bold texts that a block begins with, set off by a dash or a colon from what follows."""
    if part.heading or part.bold or part.line:
        return None
    left = [i for i in part.texts if outline.nodes[i].mem_id not in inside.gone and not _gone(outline.nodes[i], inside)]
    head: list[int] = []
    for index in left:
        if not _is_in(outline.nodes[index], part.node, _BOLD):
            break
        head.append(index)
    if not head or len(head) == len(left):
        return None
    bold = normal(" ".join(outline.nodes[i].text_content or "" for i in head))
    after = (outline.nodes[left[len(head)]].text_content or "").lstrip()
    parted = bold.endswith((":", ".", "!", "?", "–", "—", "-", "|")) or after.startswith((":", "–", "—", "- ", "|"))
    return head if parted and 3 <= len(bold) <= 140 else None


def _gone(node: LexborNode, inside: Inside) -> bool:
    here: LexborNode | None = node
    for _ in range(4):
        if here is None:
            return False
        if here.mem_id in inside.gone:
            return True
        here = here.parent
    return False


def _is_in(node: LexborNode, top: LexborNode, tags: frozenset[str]) -> bool:
    """Whether an inline element of these tags holds it, inside `top`."""
    here = node.parent
    while here is not None and here.tag in INLINE:
        if here.tag in tags:
            return True
        if here.mem_id == top.mem_id:
            break
        here = here.parent
    return False


def _headline(parts: list[Part], mark: Mark, inside: Inside, heads: str, outline: Outline) -> None:
    part = _headline_part(parts, mark, heads) if not inside.headline else None
    if part is None:
        return
    inside.headline = part.text
    inside.drop_part(part, outline)
    inside.link = part.node


def _headline_part(parts: list[Part], mark: Mark, heads: str) -> Part | None:
    start = [p for p in parts[:4] if not p.caption]
    for part in start:
        if part.heading and not part.quoted and len(part.text) <= _HEADLINE:
            return part
        if len(part.text) > 200:
            break
    first = start[0] if start else None
    if first is None or len(first.text) > _HEADLINE or first.quoted:
        return None
    more = len(parts) > 1
    if more and first.bold and not first.line:
        return first
    if first.path == heads or first.linked or (more and _titled(first.node)):
        return first
    shares = mark.form in {"lead", "line", "tail"} and _shares(first, mark)
    return first if shares and more and not _STOPS.search(first.text) and len(first.text) <= 140 else None


def _titled(node: LexborNode) -> bool:
    if node.is_text_node:
        return False
    attributes = node.attributes
    return any(_TITLY.search(attributes.get(n) or "") for n in ("itemprop", "class", "role"))


def _shares(part: Part, mark: Mark) -> bool:
    return _holds(part, mark) or part.text == normal(mark.rest.lstrip(_AFTER_TIME))


# -------------------------------------------------------------------------------------------------------------- body


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
