"""Signs that a page is one article, and a series in it the articles that it is shown with.

The teasers of other articles lead to their pages; updates are all here. Where one of the records is
the page's own article, the rest of them are other articles, in full or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from feeder.extract.inferred.outline import HEADINGS, LINK
from feeder.extract.page.kind import is_article, is_live, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record, Series
    from feeder.extract.page.parsed_page import ParsedPage

_H1 = frozenset({"h1"})
_SAMPLE = 8  # records whose links are looked at
_TEASER = 700  # characters; what says more is more than a teaser
_ALL = 2.2  # points for the share of the words
_LONG = 10  # records
_FEW = {2: -1.5, 3: -0.7}
_TITLE = 20  # characters, from which on a headline that the page's title repeats is no chance
_FIRST = 8  # texts of a record, among which its headline is


def beside(series: Series, page: ParsedPage, outline: Outline, share: float) -> dict[str, float]:
    """Points against the records of an article's page; asked only of what would be taken for updates.

    A long list that is all of a page is an index, whatever its metadata call it.
    """
    index = share > _ALL and len(series.records) >= _LONG
    if is_live(page):
        return {}
    article, leads = is_article(page), _lead(series, page, outline)
    own = _own(series, page, outline) and (article or leads or _holds_heading(series, outline))
    return {
        "lead to other pages": -(1.0 if index else 2.5) * (leads and article),
        "one is the page's article": -2.5 * own,
        "few in an article": article * _FEW.get(len(series.records), 0.0),
    }


def _own(series: Series, page: ParsedPage, outline: Outline) -> bool:
    """Whether one record's headline is that of the page."""
    title = _plain(page.title)
    return weight(title) >= _TITLE and any(_repeats(title, r, outline) for r in series.records)


def _repeats(title: str, record: Record, outline: Outline) -> bool:
    for _, text in outline.between(record.start, record.end)[:_FIRST]:
        words = _plain(text)
        if weight(words) >= _TITLE and (title.startswith(words) or words.startswith(title)):
            return True
    return False


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _holds_heading(series: Series, outline: Outline) -> bool:
    """Whether the page's only main heading is inside one of the records, or one record is an article among teasers."""
    headings = outline.tagged(_H1, 0, len(outline))
    if len(headings) == 1:
        return any(r.start <= headings[0] < r.end for r in series.records)
    sizes = sorted(outline.chars(r.start, r.end) for r in series.records)
    return sizes[-1] > 4 * sizes[len(sizes) // 2]


def _lead(series: Series, page: ParsedPage, outline: Outline) -> bool:
    """Whether the headlines of most records, or most of their words, are links to other pages."""
    sample = series.records[:: max(len(series.records) // _SAMPLE, 1)]
    return sum(_leads(r, page, outline) for r in sample) > 0.7 * len(sample)


def _leads(record: Record, page: ParsedPage, outline: Outline) -> bool:
    """Whether most of its words are links to other pages, or its headline is one and it says little more."""
    size, linked = outline.chars(record.start, record.end), 0
    for anchor in _anchors(record, outline):
        if not _elsewhere(outline.attributes(anchor).get("href", ""), page):
            continue
        linked += outline.letters(anchor)
        if 2 * linked > size or (size <= _TEASER and _headed(anchor, outline)):
            return True
    return False


def _anchors(record: Record, outline: Outline) -> Iterator[int]:
    for top in record.tops:
        yield from outline.tagged(LINK, top, outline.end(top))
    above = outline.parent(record.tops[0])
    if above >= 0 and outline.tags[above] == "a":
        yield above


def _headed(anchor: int, outline: Outline) -> bool:
    """Whether it is a heading, or what a heading holds."""
    above = outline.parent(anchor)
    return outline.tags[above] in HEADINGS or bool(
        outline.tagged(HEADINGS, anchor, outline.end(anchor))
    )


def _elsewhere(href: str, page: ParsedPage) -> bool:
    href = href.strip()
    if not href or href[0] in "#?" or href.lower().startswith(("javascript:", "mailto:")):
        return False
    url = page.absolute(href)
    return url is not None and _path(url) not in {_path(page.url), _path(page.canonical or "")}


def _path(url: str) -> str:
    return url.partition("#")[0].partition("?")[0].rstrip("/")
