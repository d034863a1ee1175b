"""Records that are other pages, shown in short: what leads away, and what the page itself is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import HEADINGS, LINK
from feeder.extract.page.kind import is_article, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.inferred.candidate import Candidate
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record
    from feeder.extract.page.parsed_page import ParsedPage

_TEASER = 700  # characters; what says more is more than a teaser
_TITLE = 20  # characters from which on a headline that the page's title repeats is no chance
_HEADLINE = 40  # characters of a heading that is no name of a section
_FIRST = 8  # texts of a record among which its headline is


def elsewhere(record: Record, of: Candidate) -> bool:
    """Whether most of its words link to other pages, or its headline, and it says little more."""
    size, linked = record.chars, 0
    for anchor in _anchors(record):
        if not _leads_away(of.outline.href(anchor), of.page):
            continue
        linked += of.outline.letters(anchor)
        if 2 * linked > size or (size <= _TEASER and _is_headline(anchor, of.outline)):
            return True
    return False


def _anchors(record: Record) -> Iterator[int]:
    outline = record.outline
    for top in record.tops:
        yield from outline.inside(top, LINK)
    above = outline.parent(record.tops[0])
    if above >= 0 and outline.tags[above] == "a":
        yield above


def _is_headline(anchor: int, outline: Outline) -> bool:
    above = outline.parent(anchor)
    return outline.tags[above] in HEADINGS or bool(outline.inside(anchor, HEADINGS))


def _leads_away(href: str, page: ParsedPage) -> bool:
    href = href.strip()
    if not href or href[0] in "#?" or href.lower().startswith(("javascript:", "mailto:")):
        return False
    url = page.absolute(href)
    return url is not None and url.partition("#")[0].partition("?")[0] not in page.addresses


def has_headline(of: Candidate) -> bool:
    """Returns whether a main heading of the page is as long as a headline is."""
    headings = of.outline.headings
    return any(weight(of.outline.text(heading)) >= _HEADLINE for heading in headings)


def own_article(of: Candidate) -> bool:
    """Whether the headline of one record is that of the page, which is an article or is in it."""
    title = _plain(of.page.title)
    if weight(title) < _TITLE or not any(_repeats(title, r) for r in of.records):
        return False
    return is_article(of.page) or _holds_heading(of)


def _repeats(title: str, record: Record) -> bool:
    for _, text in record.texts[:_FIRST]:
        words = _plain(text)
        if weight(words) >= _TITLE and (title.startswith(words) or words.startswith(title)):
            return True
    return False


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _holds_heading(of: Candidate) -> bool:
    """Whether the page's only main heading is in a record, or one record outweighs the others."""
    headings = of.outline.headings
    if len(headings) == 1:
        return any(r.start <= headings[0] < r.end for r in of.records)
    sizes = sorted(r.chars for r in of.records)
    return sizes[-1] > 4 * sizes[len(sizes) // 2]
