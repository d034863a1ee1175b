"""Selectors made from what a person points at, and the still of a page in which that is done.

Every element of a page has a number, its place among all elements. The still shows words and
structure alone, and each of its elements carries its number; what was pointed at comes back as
numbers.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import nh3

from feeder.extract.inferred.suggest import CLOCK, NAME, find_parts, nests, weigh
from feeder.extract.stated.dom import ancestors, classes, select, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage

MOST = 20_000  # elements that can be pointed at
_MOST_RECORDS = 1000
_SAMPLE = 40  # records that a selector for a part is tried on
_KEPT = (
    "a abbr article aside b blockquote br caption cite code dd del div dl dt em figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q s samp section small "
    "span strong sub sup table tbody td tfoot th thead time tr u ul var"
)
_TAGS = frozenset(_KEPT.split())
_EMPTY = frozenset({"br", "hr"})
_DROPPED = (
    "script style noscript template svg math iframe object embed canvas video audio picture img "
    "input select textarea button link meta"
)
_GONE = frozenset(_DROPPED.split())


@dataclass(frozen=True, slots=True)
class Pointed:
    """Selectors that were made, and the numbers of the elements that each matches."""

    selectors: Mapping[str, str]
    matches: Mapping[str, tuple[int, ...]]


class _Fit(NamedTuple):
    """How well a group of elements fits as the updates, in the order in which it counts."""

    held: int  # how much of what was pointed at stands in one of them
    together: bool  # all of it stands in the same one
    says: bool  # they say something
    timed: bool  # most of them show a time
    number: int  # of them, if so
    weight: float


def still(page: ParsedPage) -> str:
    """Returns the body of a page as safe HTML that loads nothing, its elements numbered."""
    numbers = {node.mem_id: number for number, node in enumerate(_numbered(page))}
    body = page.tree.body
    markup = "".join(_written(body, numbers)) if body is not None else ""
    return _cleaner().clean(markup)


def point(page: ParsedPage, picked: Mapping[str, int]) -> Pointed:
    """Returns selectors for what was pointed at, which hold for the other updates as well.

    Args:
        page: the page of the still.
        picked: element numbers, by the keys "update", "headline" and "time" of [source.select].
    """
    nodes = _numbered(page)
    chosen = {key: nodes[number] for key, number in picked.items() if 0 <= number < len(nodes)}
    if not chosen:
        return Pointed({}, {})
    picks = sorted(chosen.items(), key=lambda pick: pick[0] != "update")
    selector = _find_update(page, [node for _, node in picks])
    records = select(page.tree, selector)
    selectors = {"update": selector}
    if len(records) > 1:
        selectors |= find_parts(records)
    for key, node in picks:
        record = _record_of(node, records)
        if key != "update" and record is not None and record.mem_id != node.mem_id:
            selectors[key] = _find_part(node, record, records)
    return Pointed(selectors, matched(page, selectors))


def matched(page: ParsedPage, selectors: Mapping[str, str]) -> dict[str, tuple[int, ...]]:
    """Returns the numbers of the elements that selectors match: one of each part in a record."""
    numbers = {node.mem_id: number for number, node in enumerate(_numbered(page))}
    records = select(page.tree, selectors["update"])
    found = {"update": records}
    for key in ("headline", "time"):
        if key in selectors:
            firsts = (next(iter(select(one, selectors[key])), None) for one in records)
            found[key] = [first for first in firsts if first is not None]
    return {
        key: tuple(numbers[node.mem_id] for node in nodes if node.mem_id in numbers)
        for key, nodes in found.items()
    }


def _numbered(page: ParsedPage) -> list[LexborNode]:
    return select(page.tree, "body *")[:MOST]


# ------------------------------------------------------------------------------------- selectors


def _find_update(page: ParsedPage, picks: Sequence[LexborNode]) -> str:
    """Returns the selector that fits best of all elements around the first of these.

    Of what fits equally, the outermost element is best, and its plainest selector.
    """
    best, best_fit = next(_names(picks[0])), None
    for node in reversed([picks[0], *ancestors(picks[0])]):
        for selector in _names(node):
            fit = _measure_fit(select(page.tree, selector), picks)
            if fit is not None and (best_fit is None or fit > best_fit):
                best, best_fit = selector, fit
    return best


def _measure_fit(group: Sequence[LexborNode], picks: Sequence[LexborNode]) -> _Fit | None:
    """Returns how well a group fits as the updates; None: not at all."""
    if not 1 < len(group) < _MOST_RECORDS:
        return None
    sample = group[:_SAMPLE]
    if nests(sample, group):
        return None
    around = [one for pick in picks if (one := _record_of(pick, group)) is not None]
    weight = weigh(list(group))
    timed = sum(bool(CLOCK.search(words(one))) for one in sample) > len(sample) / 2
    return _Fit(
        held=len(around),
        together=len({one.mem_id for one in around}) == 1,
        says=weight > 0,
        timed=timed,
        number=len(group) if timed else 0,
        weight=weight,
    )


def _record_of(node: LexborNode, records: Sequence[LexborNode]) -> LexborNode | None:
    """Returns the record that holds an element, or is it."""
    around = {node.mem_id, *(up.mem_id for up in ancestors(node))}
    return next((one for one in records if one.mem_id in around), None)


def _find_part(node: LexborNode, record: LexborNode, records: Sequence[LexborNode]) -> str:
    """Returns a selector that finds this element in its record, and one like it in the others."""
    best, best_rank = str(node.tag), (-1, 0)
    for selector in _names(node):
        own = select(record, selector)
        if not own or own[0].mem_id != node.mem_id:
            continue
        found = [len(select(one, selector)) for one in records[:_SAMPLE]]
        rank = sum(count > 0 for count in found), -sum(found)
        if rank > best_rank:
            best, best_rank = selector, rank
    return best


def _names(node: LexborNode) -> Iterator[str]:
    """Yields selectors that match an element, the plainest first."""
    tag = str(node.tag)
    yield from (f"{tag}.{name}" for name in _usable(classes(node)))
    parent = node.parent
    if parent is not None and parent.tag not in {"body", "html", None}:
        names = [f".{name}" for name in _usable(classes(parent))]
        own_id = parent.attributes.get("id")
        names += [f"#{own_id}" for own_id in _usable([own_id] if own_id else [])]
        yield from (f"{parent.tag}{name} > {tag}" for name in names or [""])
    yield tag


def _usable(names: Iterable[str]) -> list[str]:
    return [name for name in names if NAME.fullmatch(name)][:4]


# ------------------------------------------------------------------------------------- the still


def _written(node: LexborNode, numbers: Mapping[int, int]) -> Iterator[str]:
    for child in node.iter(include_text=True):
        tag = child.tag or ""
        if tag == "-text":
            yield html.escape(child.text_content or "", quote=False)
        elif tag in _GONE or tag.startswith(("-", "!")):
            continue
        else:
            name = tag if tag in _TAGS else "span"
            number = numbers.get(child.mem_id)
            yield f"<{name}>" if number is None else f'<{name} data-n="{number}">'
            if name not in _EMPTY:
                yield from _written(child, numbers)
                yield f"</{name}>"


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(tags=set(_TAGS), attributes={"*": {"data-n"}}, link_rel=None)
