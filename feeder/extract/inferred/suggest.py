"""Selectors to try where nothing was found: what repeats, and what could be time and headline."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from feeder.extract.stated.dom import ancestors, classes, select, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage

_NODES = 6_000  # elements looked at
_REPEATS = 1_000  # elements, as many as which are no updates
_HEADINGS = ("h1", "h2", "h3", "h4")
_SAID = 40  # characters, less than which a record hardly says
_ELSEWHERE = frozenset({"nav", "footer", "aside", "header", "form"})
NAME = re.compile(r"[A-Za-z][\w-]*")
_TIME = re.compile(r"time|date|stamp|clock", re.IGNORECASE)
CLOCK = re.compile(r"\b\d{1,2}[:.h]\d\d\b|\b20\d\d\b")


def suggest(page: ParsedPage) -> dict[str, str]:
    """Keys of [source.select] with selectors; empty where nothing repeats."""
    groups: dict[str, list[LexborNode]] = defaultdict(list)
    for node in select(page.tree, "body [class], li, article, tr, dd")[:_NODES]:
        for selector in _selectors(node):
            groups[selector].append(node)
    repeated = {selector: nodes for selector, nodes in groups.items() if 1 < len(nodes) < _REPEATS}
    weighed = {selector: weigh(nodes) for selector, nodes in repeated.items()}
    best = max(weighed, key=lambda selector: weighed[selector], default="")
    if not best or weighed[best] <= 0:
        return {}
    return {"update": best, **find_parts(groups[best])}


def _selectors(node: LexborNode) -> list[str]:
    names = classes(node)[:3]
    if not names:
        return [str(node.tag)]
    return [f"{node.tag}.{name}" for name in names if NAME.fullmatch(name)]


def weigh(nodes: list[LexborNode]) -> float:
    """Characters in records that say something, more where they show a time.

    None for what nests or stands aside.
    """
    sample = nodes[:30]
    texts = [words(node) for node in sample]
    telling = [text for text in texts if len(text) >= _SAID]
    if len(telling) < 2 or nests(sample[:3], nodes) or any(map(_stands_elsewhere, sample[:3])):
        return 0.0
    timed = sum(bool(CLOCK.search(text)) for text in texts) / len(texts)
    return sum(map(len, telling)) * len(nodes) / len(sample) * (0.2 + timed)


def nests(sample: Sequence[LexborNode], nodes: Sequence[LexborNode]) -> bool:
    """Returns whether one of a sample of elements stands inside another of them all."""
    own = {node.mem_id for node in nodes}
    return any(up.mem_id in own for one in sample for up in ancestors(one))


def _stands_elsewhere(node: LexborNode) -> bool:
    return any(up.tag in _ELSEWHERE for up in ancestors(node))


def find_parts(records: list[LexborNode]) -> dict[str, str]:
    """Returns what most records have: an element for the time, one for the headline."""
    sample = records[:20]
    counts = {"time": Counter[str](), "headline": Counter[str]()}
    for record in sample:
        counts["time"].update({_time(node) for node in select(record, "time, [class]")} - {""})
        counts["headline"].update(tag for tag in _HEADINGS if record.css_first(tag) is not None)
    found = {key: count.most_common(1) for key, count in counts.items()}
    most = len(sample) / 2
    return {key: common[0][0] for key, common in found.items() if common and common[0][1] > most}


def _time(node: LexborNode) -> str:
    if node.tag == "time":
        return "time"
    name = next((c for c in classes(node) if _TIME.search(c) and NAME.fullmatch(c)), "")
    return f".{name}" if name and len(words(node)) < 60 else ""
