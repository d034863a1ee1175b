"""The headline of a record; none is an answer.

It is a heading, a block wholly bold, what shares the time's line, or the short block that begins most records in the
same place.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from feeder.extract.outline import BOLD
from feeder.extract.parts import AFTER_TIME, gone, holds, is_in
from feeder.when import normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.mark import Mark
    from feeder.extract.outline import Outline
    from feeder.extract.parts import Inside, Part

_HEADLINE = 220  # characters
_STOPS = re.compile(r"[.…。;,:][\"'”’»)\]]*$")
_TITLY = re.compile(r"headline|heading|title|(?:^|[\s_-])hed(?:$|[\s_-])|überschrift|titel|titre|titulo", re.IGNORECASE)


def head_path(records: Sequence[Sequence[Part]]) -> str:
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


def run_ins(records: Sequence[list[Part]], found: Sequence[Inside], outline: Outline) -> None:
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
        bold = normal(" ".join(_left(i, inside, outline) for i in head))
        inside.headline = bold.rstrip(AFTER_TIME)
        for index in head:
            inside.gone.add(index)
        after = part.texts[part.texts.index(head[-1]) + 1]
        words = (outline.nodes[after].text_content or "").lstrip().lstrip(AFTER_TIME)
        inside.instead[after] = html.escape(words, quote=False)
        part.texts = [i for i in part.texts if i not in head[:count]]
        part.text = normal(part.text.partition(bold)[2]).lstrip(AFTER_TIME) or part.text


def _run_in(part: Part, inside: Inside, outline: Outline) -> list[int] | None:
    """The bold texts that a block begins with, set off by a dash or a colon from what follows."""
    if part.heading or part.bold or part.line:
        return None
    left = [i for i in part.texts if not gone(i, inside, outline)]
    head: list[int] = []
    for index in left:
        if not is_in(index, part.block, BOLD, outline):
            break
        head.append(index)
    if not head or len(head) == len(left):
        return None
    bold = normal(" ".join(_left(i, inside, outline) for i in head))
    following = left[len(head)]
    after = (outline.nodes[following].text_content or "").lstrip()
    broken = "br" in outline.tags[head[-1] : following]
    parted = (
        broken
        or bold.endswith((":", ".", "!", "?", "–", "—", "-", "|"))
        or after.startswith((":", "–", "—", "- ", "|"))
    )
    return head if parted and 3 <= len(bold) <= 140 else None


def _left(index: int, inside: Inside, outline: Outline) -> str:
    """What is left of a text."""
    changed = inside.instead.get(index)
    return outline.nodes[index].text_content or "" if changed is None else html.unescape(changed)


def headline(parts: list[Part], mark: Mark, inside: Inside, heads: str, outline: Outline) -> None:
    part = _headline_part(parts, mark, heads, outline) if not inside.headline else None
    if part is None:
        return
    inside.headline = part.text
    inside.drop_part(part, outline)
    inside.link = part.node


def _headline_part(parts: list[Part], mark: Mark, heads: str, outline: Outline) -> Part | None:
    start = [p for p in parts[:4] if not p.caption and not p.common]
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
    shares = mark.form in {"lead", "line", "tail"} and _shares(first, mark, outline)
    return first if shares and more and not _STOPS.search(first.text) and len(first.text) <= 140 else None


def _titled(node: LexborNode) -> bool:
    if node.is_text_node:
        return False
    attributes = node.attributes
    return any(_TITLY.search(attributes.get(n) or "") for n in ("itemprop", "class", "role"))


def _shares(part: Part, mark: Mark, outline: Outline) -> bool:
    return holds(part, mark, outline) or part.text == normal(mark.rest.lstrip(AFTER_TIME))
