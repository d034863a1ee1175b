"""Selectors to try where nothing was found: what repeats, and what could be time and headline."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from feeder.extract.stated.dom import ancestors, classes, select, words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage

_NODES = 6_000  # elements looked at
_SAID = 40  # characters, less than which a record hardly says
_ELSEWHERE = frozenset({"nav", "footer", "aside", "header", "form"})
NAME = re.compile(r"[A-Za-z][\w-]*")
_TIME = re.compile(r"time|date|stamp|clock", re.IGNORECASE)
CLOCK = re.compile(r"\b\d{1,2}[:.h]\d\d\b|\b20\d\d\b")


def suggest(page: ParsedPage) -> dict[str, str]:
    """Keys of [source.select] with selectors; empty where nothing repeats."""
    groups: dict[str, list[LexborNode]] = defaultdict(list)
    for node in select(page.tree, "body [class], li, article, tr, dd")[:_NODES]:
        for name in classes(node)[:3] or [""]:
            if not name or NAME.fullmatch(name):
                groups[f"{node.tag}.{name}" if name else str(node.tag)].append(node)
    weighed = {
        selector: weigh(nodes) for selector, nodes in groups.items() if 1 < len(nodes) < 1000
    }
    best = max(weighed, key=lambda s: weighed[s], default="")
    if not best or weighed[best] <= 0:
        return {}
    return {"update": best, **find_parts(groups[best])}


def weigh(nodes: list[LexborNode]) -> float:
    """Characters in records that say something, more where they show a time.

    None for what nests or stands aside.
    """
    sample = nodes[:30]
    texts = [words(n) for n in sample]
    telling = [t for t in texts if len(t) >= _SAID]
    own = {n.mem_id for n in nodes}
    if len(telling) < 2 or any(
        up.mem_id in own or up.tag in _ELSEWHERE for n in sample[:3] for up in ancestors(n)
    ):
        return 0.0
    timed = sum(bool(CLOCK.search(t)) for t in texts) / len(texts)
    return sum(map(len, telling)) * len(nodes) / len(sample) * (0.2 + timed)


def find_parts(records: list[LexborNode]) -> dict[str, str]:
    """Returns what most records have: an element for the time, one for the headline."""
    sample = records[:20]
    most = len(sample) / 2
    times = Counter(
        s for record in sample for s in {_time(n) for n in select(record, "time, [class]")} if s
    )
    heads = Counter(
        tag
        for record in sample
        for tag in ("h1", "h2", "h3", "h4")
        if record.css_first(tag) is not None
    )
    found = {"time": times.most_common(1), "headline": heads.most_common(1)}
    return {key: common[0][0] for key, common in found.items() if common and common[0][1] > most}


def _time(node: LexborNode) -> str:
    if node.tag == "time":
        return "time"
    name = next((c for c in classes(node) if _TIME.search(c) and NAME.fullmatch(c)), "")
    return f".{name}" if name and len(words(node)) < 60 else ""
