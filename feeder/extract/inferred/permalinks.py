"""Where the updates of a series are to be found: their own ids and addresses in the page."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from feeder.cache import recalled
from feeder.extract.inferred.outline import INLINE, TEXT
from feeder.extract.page.identity import native_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.record.fields import ReadRecord

_ID = re.compile(
    r"^(?:data-(?:[\w-]*-)?(?:id|key|uid|uuid|guid|urn|post|block|entry|item|anchor)|id|name)$"
)
_LONGEST = 200  # characters of an id
_SHARE = re.compile(
    r"facebook\.|twitter\.com/(?:intent|share)|x\.com/(?:intent|share)"
    r"|whatsapp|linkedin\.|pinterest"
    r"|reddit\.com/submit"
    r"|t\.me/share|sharer|mailto:|telegram",
    re.IGNORECASE,
)


class Place(NamedTuple):
    id: str | None = None
    url: str | None = None


def places(
    page: ParsedPage,
    records: Sequence[Record],
    read: Sequence[ReadRecord],
) -> list[Place]:
    """For each record, where most records of the series have their own."""
    links = _links(page, records, read)
    fragments = [_fragment(page, link) if link else None for link in links]
    ids = fragments if _nearly_all(fragments) else _column([_ids(r) for r in records])
    return [_place(page, link, n, own) for link, n, own in zip(links, fragments, ids, strict=True)]


def _fragment(page: ParsedPage, link: str) -> str | None:
    """Returns the fragment of an address of this page.

    Its query may say which part of the page is to be shown.
    """
    bare, _, fragment = link.partition("#")
    return fragment or None if bare.partition("?")[0] in page.addresses else None


def _place(
    page: ParsedPage,
    link: str | None,
    fragment: str | None,
    own: str | None,
) -> Place:
    if link:
        return Place(fragment or own or native_id(page, link), link)
    return Place(own, f"{page.url}#{own}" if own and page.url and _is_anchor(own) else None)


def _is_anchor(own: str) -> bool:
    return not re.search(r"\s", own)


def _nearly_all(column: Sequence[str | None]) -> bool:
    """Returns whether nearly every record has a value, each its own."""
    values = [v for v in column if v]
    return len(values) >= 0.8 * len(column) and len(set(values)) >= 0.9 * len(values)


def _column(rows: list[dict[str, str]]) -> list[str | None]:
    """Returns the values under the first key that nearly every row has, each its own."""
    for key in dict.fromkeys(key for row in rows for key in row):
        if _nearly_all(column := [row.get(key) for row in rows]):
            return column
    return [None] * len(rows)


def _links(
    page: ParsedPage, records: Sequence[Record], read: Sequence[ReadRecord]
) -> list[str | None]:
    """Returns the addresses of the first kind that nearly every record has one of."""
    for kind in (_of_time, _of_headline, _of_whole, _of_anchor):
        found = [_link(kind, *each, page) for each in zip(records, read, strict=True)]
        if _nearly_all(found):
            return found
    return _column([_worded_links(record, page) for record in records])


def _worded_links(record: Record, page: ParsedPage) -> dict[str, str]:
    """Addresses on this site by the words of their links: "Read more" may stand in every record.

    What has no query comes first: an address to reply or to edit has one.
    """
    found = {}
    for number in (link for top in record.tops for link in record.outline.links(top)):
        url = _own_url(record.outline.href(number), page, fragment=False)
        if url and "#" not in url and _site(url) == _site(page.base):
            found[record.outline.words(number).casefold()] = url
    found.pop("", None)
    return dict(sorted(found.items(), key=lambda pair: "?" in pair[1]))


def _site(url: str) -> str:
    """Returns the last two labels of its host."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _link(
    kind: Callable[[Record, ReadRecord], Iterable[int]],
    record: Record,
    inside: ReadRecord,
    page: ParsedPage,
) -> str | None:
    """Returns the first address of this kind that can be the record's own."""
    hrefs = map(record.outline.href, kind(record, inside))
    urls = (_own_url(href, page, fragment=kind is _of_anchor) for href in hrefs if href)
    return next(filter(None, urls), None)


def _of_time(record: Record, _: ReadRecord) -> Iterator[int]:
    outline, here = record.outline, record.mark.index
    yield here
    while (here := outline.parent(here)) >= 0 and outline.tags[here] in INLINE:
        yield here
    if not record.mark.holds:
        yield from outline.links(record.mark.index)[:1]


def _of_headline(record: Record, inside: ReadRecord) -> list[int]:
    outline, head = record.outline, record.start + inside.link
    if inside.link < 0 or outline.tags[head] == TEXT:
        return []
    return [*outline.above(head, 2), *outline.links(head)[:1]]


def _of_whole(record: Record, _: ReadRecord) -> list[int]:
    return [record.tops[0]]


def _of_anchor(record: Record, _: ReadRecord) -> Iterator[int]:
    outline = record.outline
    for top in record.tops:
        yield from [link for link in outline.links(top) if "#" in outline.href(link)][:4]


def _own_url(href: str, page: ParsedPage, *, fragment: bool) -> str | None:
    """Returns the address that a link leads to, where it is none of the page itself."""
    if href == "#" or is_share(href):
        return None
    url = page.absolute(href) or _fragment_alone(href)
    bare, _, anchor = url.partition("#")
    own = bare.partition("?")[0] in page.addresses
    if own and anchor:
        return url
    if fragment or (own and "?" not in bare):
        return None
    return url or None


def _fragment_alone(href: str) -> str:
    """Returns an address that is a fragment, of a page without an address; "" for others."""
    return href if href.startswith("#") else ""


@recalled(4096)
def is_share(href: str) -> bool:
    """Returns whether an address hands the page on to others instead of leading somewhere."""
    return _SHARE.search(href) is not None


def _ids(record: Record) -> dict[str, str]:
    """Attributes that name the record: on the way to its time, or of an anchor before it."""
    outline = record.outline
    found: dict[str, str] = {}
    for depth, index in enumerate([record.tops[0], *_way(record)]):
        for name, value in _naming(outline.attributes(index)):
            found.setdefault(f"{depth}:{name}", value)
    first = record.tops[0]
    inner = next((n for n in range(first, outline.end(first)) if _is_target(n, outline)), -1)
    for key, index in (("inner", inner), ("before", outline.before(first))):
        if own := _target_name(index, outline, anchor=key == "before"):
            found[key] = own
    return found


def _target_name(index: int, outline: Outline, *, anchor: bool) -> str:
    """Returns the id or name of an element; "" for none, or for no <a> where that is asked."""
    if index < 0 or (anchor and outline.tags[index] != "a"):
        return ""
    stated = outline.attributes(index)
    return stated.get("id") or stated.get("name") or ""


def _naming(stated: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in stated.items():
        if value and len(value) <= _LONGEST and _ID.match(name):
            yield name, value


def _is_target(index: int, outline: Outline) -> bool:
    """Returns whether an element can be what a fragment of the page's address leads to."""
    stated = outline.attributes(index)
    return "id" in stated or ("name" in stated and outline.tags[index] == "a")


def _way(record: Record) -> list[int]:
    """From the outermost node of the record to its time."""
    path: list[int] = []
    here = record.mark.index
    while here >= 0:
        path.append(here)
        if here in record.tops:
            break
        here = record.outline.parent(here)
    return path[::-1]
