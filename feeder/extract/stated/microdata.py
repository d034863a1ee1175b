"""Microdata (WHATWG HTML §5): a LiveBlogPosting's updates, or the posts of a blog's front page.

Articles mark up themselves, their teasers and their comments in the same vocabulary; what tells a
series of updates is that they are several, dated, none inside another, and none of them the page's
own article.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import stated
from feeder.extract.record.content import content, html_or_text
from feeder.extract.record.people import people
from feeder.extract.stated.dom import ancestors, inner, moment, select, tongue, value, words
from feeder.extract.stated.update_times import read_times
from feeder.model import Image, Note, Rules, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selectolax.lexbor import LexborNode

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.stated.update_times import UpdateTime, UpdateTimes
    from feeder.when import Context

KIND = "microdata"
_POSTS = ("BlogPosting", "SocialMediaPosting", "NewsArticle", "Article", "ReportageNewsArticle")
_LESS = (
    "Comment",
    "UserComments",
    "Answer",
    "WPSideBar",
    "WPFooter",
    "SiteNavigationElement",
    "Review",
    "UserReview",
)
_TIMES, _LATER = ("datePublished", "dateCreated"), ("dateModified",)
_MOST = 2_000  # updates
_MAIN = 0.6  # share of all words, above which one post is the article and the rest are teasers

Properties = dict[str, list["LexborNode"]]


def find(page: ParsedPage, rules: Rules) -> Evidence | None:  # noqa: ARG001
    """Return the updates or posts that the page marks up.

    None where it marks up none that are dated.
    """
    listed = select(page.tree, '[itemscope][itemprop~="liveBlogUpdate"]')
    nodes = (listed or _series(page))[:_MOST]
    updates, times = _read_items(page, nodes)
    if not updates:
        return None
    kind = "live updates" if listed else "posts"
    note = Note(KIND, f"{len(nodes)} {kind} in microdata, {len(updates)} of them dated")
    if not listed and (against := _against(updates)):
        return Evidence(KIND, notes=(note, Note(KIND, against)))
    found = Evidence(
        KIND,
        updates,
        confidence=0.9 if listed else 0.7,
        place=KIND,
        notes=(note,),
        assumed=times.assumed,
        unread=times.unread,
    )
    return _with_blog(page, found, times.known)


def _read_items(
    page: ParsedPage, nodes: list[LexborNode]
) -> tuple[tuple[Update, ...], UpdateTimes]:
    items = [_properties(node) for node in nodes]
    times = read_times(page, [[*_moments(own, _TIMES), *_moments(own, _LATER)] for own in items])
    read = zip(nodes, items, times.each, strict=True)
    return tuple(_update(page, node, own, time) for node, own, time in read if time.at), times


def _against(updates: tuple[Update, ...]) -> str:
    """Returns why posts are no series; "" where they are one."""
    if len({update.published for update in updates}) < 2:
        return "all of them of one time, not a series of posts"
    if sum(bool(update.content.html) for update in updates) < len(updates) / 2:
        return "headlines alone, which may be teasers of other pages"
    return ""


def _with_blog(page: ParsedPage, found: Evidence, known: Context) -> Evidence:
    """Returns the evidence with what the live blog says of itself, where the page has one."""
    blogs = _typed(page, ("LiveBlogPosting",))
    if not blogs:
        return found
    about = _properties(blogs[0])
    end = stated(_first(about, "coverageEndTime"), known).at
    return replace(
        found,
        title=_first(about, "headline", "name"),
        description=_first(about, "description"),
        ended=bool(end and end <= known.now),
        coverage_start=stated(_first(about, "coverageStartTime"), known).at,
        coverage_end=end,
    )


def _typed(page: ParsedPage, types: tuple[str, ...]) -> list[LexborNode]:
    return [n for n in select(page.tree, "[itemtype]") if _type(n) in types]


def _type(node: LexborNode) -> str:
    return (node.attributes.get("itemtype") or "").strip().rstrip("/").rpartition("/")[2]


def _names(node: LexborNode, name: str) -> bool:
    return name in (node.attributes.get("itemprop") or "").split()


def _inside(node: LexborNode) -> bool:
    """Returns whether it stands inside another post, or where no page keeps its own."""
    for up in ancestors(node):
        if up.tag in ("aside", "footer", "nav") or _type(up) in _POSTS or _type(up) in _LESS:
            return True
    return _names(node, "comment") or _names(node, "isPartOf")


def _series(page: ParsedPage) -> list[LexborNode]:
    """Posts beside each other, none of which is most of what they say.

    That one would be an article among teasers.
    """
    nodes = [n for n in _typed(page, _POSTS) if not _inside(n)]
    sizes = [len(n.text()) for n in nodes]
    return nodes if len(nodes) > 1 and max(sizes) < _MAIN * (sum(sizes) + 1) else []


def _properties(item: LexborNode) -> Properties:
    """Returns the item's own properties; what is inside an item of its own belongs to that one."""
    found: Properties = {}
    for node in _own_nodes(item):
        for name in (node.attributes.get("itemprop") or "").split():
            found.setdefault(name.strip("'\""), []).append(node)
    return found


def _own_nodes(item: LexborNode) -> Iterator[LexborNode]:
    waiting = list(item.iter())[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        if "itemscope" not in node.attributes:
            waiting += list(node.iter())[::-1]


def _first(found: Properties, *names: str) -> str:
    return next(
        (text for name in names for node in found.get(name, ()) if (text := value(node))), ""
    )


def _update(
    page: ParsedPage,
    item: LexborNode,
    own: Properties,
    time: UpdateTime,
) -> Update:
    address = page.absolute(_first(own, "url", "mainEntityOfPage") or item.attributes.get("itemid"))
    made = content(
        _first(own, "headline", "name"),
        _body(own),
        page.base,
        authors=_authors(own),
        images=_images(page, own),
        language=_first(own, "inLanguage") or tongue(item),
    )
    native = native_id(page, item.attributes.get("itemid") or address or "") or item.id
    later = time.modified(*_moments(own, _LATER))
    url = address if address and address != page.url else None
    return Update(made, time.at, time.stated, later, native, url, evidence=KIND)


def _moments(own: Properties, names: tuple[str, ...]) -> list[str]:
    return [moment(node) for name in names for node in own.get(name, ())]


def _body(own: Properties) -> str:
    for name in ("articleBody", "text", "description"):
        nodes = own.get(name, ())
        if nodes:
            return "".join(html_or_text(value(n)) if n.tag == "meta" else inner(n) for n in nodes)
    return ""


def _authors(own: Properties) -> tuple[str, ...]:
    names: list[str] = []
    for node in own.get("author", ()) or own.get("creator", ()):
        if _type(node) == "Organization":
            continue
        inside = _properties(node) if "itemscope" in node.attributes else {}
        names += people(_first(inside, "name") or (words(node) or value(node)))
    return tuple(dict.fromkeys(names))


def _images(page: ParsedPage, own: Properties) -> tuple[Image, ...]:
    found = []
    for node in own.get("image", ()):
        inside = _properties(node) if "itemscope" in node.attributes else {}
        url = page.absolute(_first(inside, "url", "contentUrl") or value(node))
        found += [Image(url, _first(inside, "caption"))] if url else []
    return tuple(found)
