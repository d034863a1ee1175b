"""schema.org's LiveBlogPosting in JSON-LD (https://schema.org/LiveBlogPosting), however it is nested.

It is the best evidence when it is whole. It often is not: bodies are clipped or missing, and some
publishers put the page's own time, headline or author on every update. What all updates share with
the page is the page's, and is not told as theirs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, later_time, stated
from feeder.extract.record.content import content, derived, html_or_text
from feeder.extract.record.people import stated_people
from feeder.model import Image, Media, Note, Rules, Update
from feeder.sanitize.clean import plain
from feeder.sanitize.embeds import enclosure
from feeder.when import leading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Content
    from feeder.when import Context

KIND = "jsonld"
_DEEP = 12  # levels at which a LiveBlogPosting may be nested
_MOST = 5_000  # updates
_START = 60  # characters of a headline that may be a clipped text
_MANY = 20_000  # objects looked at
_MOST_TOPICS = 20
_LONGEST_TOPIC = 80  # characters; what is longer is a sentence
_ENDED = re.compile(r"ended|complete|EventCompleted", re.IGNORECASE)


def find(page: ParsedPage, rules: Rules) -> Evidence | None:  # noqa: ARG001 -- every extractor is asked in the same way
    if not page.json_ld:
        return None
    blogs = list(objects(page.json_ld, closed="LiveBlogPosting"))
    blogs = [o for o in blogs if is_a(o, "LiveBlogPosting")] or [
        o for o in blogs if is_a(o, "Blog") and len(_listed(o.get("blogPost"))) > 1
    ]
    if not blogs:
        return None
    listed = max((posts(page, blog) for blog in blogs), key=len)
    blog = (
        next(b for b in blogs if len(posts(page, b)) == len(listed)) if len(blogs) > 1 else blogs[0]
    )
    return _found(page, blog, listed)


def objects(value: Any, depth: int = _DEEP, closed: str = "") -> Iterator[dict[str, Any]]:
    """Every object in a JSON value, the outer ones first.

    Those of the type `closed` are not looked into.
    """
    level, seen = [value], 0
    for _ in range(depth):
        inner: list[Any] = []
        for one in level:
            seen += 1
            if isinstance(one, dict):
                yield one
                if not closed or not is_a(one, closed):
                    inner += [v for v in one.values() if isinstance(v, (dict, list))]
            elif isinstance(one, (list, tuple)):
                inner += [v for v in one if isinstance(v, (dict, list))]
        level = inner
        if not level or seen > _MANY:
            return


def is_a(value: dict[str, Any], kind: str) -> bool:
    """Whether its @type is, or lists, this one; as a name or an address."""
    kinds = value.get("@type")
    stated_kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(
        isinstance(k, str) and k.rpartition("/")[2].rpartition(":")[2] == kind for k in stated_kinds
    )


def posts(page: ParsedPage, blog: dict[str, Any]) -> list[dict[str, Any]]:
    """The updates of a live blog; a reference stands for the object that it names."""
    listed = _listed(
        blog.get("liveBlogUpdate") or blog.get("liveBlogUpdates") or blog.get("blogPost")
    )
    if any(_reference(one) for one in listed):
        by_id = {str(o["@id"]): o for o in objects(page.json_ld) if "@id" in o and len(o) > 2}
        listed = [by_id.get(_reference(one), one) for one in listed]
    items = (
        one["item"] if isinstance(one, dict) and isinstance(one.get("item"), dict) else one
        for one in listed
    )
    return [one for one in items if isinstance(one, dict)]


def _reference(one: Any) -> str:
    """The name of an object that stands elsewhere; "" where this is the object."""
    name = one.get("@id") if isinstance(one, dict) and len(one) <= 2 else one
    return name if isinstance(name, str) else ""


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        items = value.get("itemListElement") or value.get("@list")
        return items if isinstance(items, list) else [value]
    return value if isinstance(value, list) else []


def _found(page: ParsedPage, blog: dict[str, Any], listed: list[dict[str, Any]]) -> Evidence:
    known = context(page, page.rules)
    read = tuple(_update(page, post, known) for post in listed[:_MOST])
    told = [
        u for u in read if u.content.title or u.content.html or u.content.images or u.content.media
    ]
    updates, notes = _own(told, blog, known)
    end = stated(blog.get("coverageEndTime"), known).at
    live = blog.get("isLive") is False or bool(_ENDED.search(str(blog.get("eventStatus") or "")))
    notes = (
        Note(
            KIND,
            f"a {_kind(blog)} with {len(listed)} updates, {len(updates)} of which say something",
        ),
        *notes,
    )
    return Evidence(
        KIND,
        updates,
        confidence=0.95 if is_a(blog, "LiveBlogPosting") else 0.6,
        place=KIND,
        title=words(blog.get("headline") or blog.get("name")),
        description=words(blog.get("description")),
        language=blog["inLanguage"] if isinstance(blog.get("inLanguage"), str) else None,
        ended=live or bool(end and end <= page.rules.now),
        coverage_start=stated(blog.get("coverageStartTime"), known).at,
        coverage_end=end,
        notes=notes,
    )


def _kind(blog: dict[str, Any]) -> str:
    return "LiveBlogPosting" if is_a(blog, "LiveBlogPosting") else "Blog"


def _update(page: ParsedPage, post: dict[str, Any], known: Context) -> Update:
    published = stated(
        post.get("datePublished") or post.get("dateCreated") or post.get("uploadDate"), known
    )
    modified = stated(post.get("dateModified"), known)
    if published.at is None:
        published, modified = modified, published
    text = body(post)
    made = content(
        headline(words(post.get("headline") or post.get("name")), text),
        html_or_text(text),
        page.base,
        authors=stated_people(post.get("author") or post.get("creator")),
        images=images(page, post.get("image")),
        media=media(page, post),
        categories=topics(post),
        language=post["inLanguage"] if isinstance(post.get("inLanguage"), str) else None,
    )
    native, url = identity(page, post)
    return Update(
        made,
        published.at,
        published.stated,
        later_time(modified, published),
        native,
        url,
        evidence=KIND,
    )


def headline(stated_headline: str, text: str) -> str:
    """Without a time before it.

    None where it is the text's own beginning, put there to fill the field.
    """
    found = leading(stated_headline[:200]) if stated_headline[:1].isdigit() else None
    bare = found.rest.strip(" :–—-|") if found else stated_headline
    start = bare.rstrip("….").strip()
    return "" if len(start) > _START and plain(text[:600]).startswith(start) else bare


def words(value: Any) -> str:
    """The words of a JSON-LD value: a string, or an object that holds one."""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("text")
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), "")
    return value if isinstance(value, str) else ""


def body(post: dict[str, Any]) -> str:
    for key in ("articleBody", "text", "description"):
        value = post.get(key)
        if isinstance(value, list):
            value = "\n\n".join(v for v in value if isinstance(v, str))
        if isinstance(value, dict):
            value = (
                value.get("@value")
                or value.get("text")
                or value.get("articleBody")
                or value.get("html")
            )
        if isinstance(value, str) and value.strip():
            return value
    return ""


def identity(page: ParsedPage, post: dict[str, Any]) -> tuple[str | None, str | None]:
    """The update's own id and address; the page's address is neither."""
    address = page.absolute(_string(post.get("url")) or _string(post.get("mainEntityOfPage")))
    native = _string(post.get("@id")) or _string(post.get("identifier")) or address or ""
    url = address or (page.absolute(native) if native.startswith(("http", "#", "/", "?")) else None)
    return native_id(page, native), url if url and url != page.url else None


def _string(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("@id") or value.get("url") or value.get("value")
    return value.strip() if isinstance(value, str) else ""


def images(page: ParsedPage, value: Any) -> tuple[Image, ...]:
    if not value:
        return ()
    made = (_picture(page, one) for one in (value if isinstance(value, list) else [value]))
    return tuple(image for image in made if image)


def _picture(page: ParsedPage, one: Any) -> Image | None:
    more = one if isinstance(one, dict) else {"url": one}
    stated_url = _string(more.get("url")) or _string(more.get("contentUrl"))
    url = page.absolute(stated_url) if stated_url else None
    if url is None:
        return None
    caption, credit = plain(words(more.get("caption"))), plain(words(more.get("creditText")))
    return Image(url, caption, credit, _size(more.get("width")), _size(more.get("height")))


def _size(value: Any) -> int | None:
    number = str(value.get("value") if isinstance(value, dict) else value).removesuffix("px")
    return int(number) if number.isdecimal() and len(number) < 6 else None


def topics(post: dict[str, Any]) -> tuple[str, ...]:
    """schema.org's keywords are a list with commas, or several, of words or of DefinedTerms."""
    found: list[str] = []
    for key in ("articleSection", "keywords"):
        value = post.get(key)
        for one in value if isinstance(value, list) else [value] if value else []:
            listed = words(one)
            found += listed.split(",") if isinstance(one, str) and key == "keywords" else [listed]
    topics_ = (plain(one) for one in found[:_MOST_TOPICS])
    return tuple(topic for topic in topics_ if 0 < len(topic) <= _LONGEST_TOPIC)


def media(page: ParsedPage, post: dict[str, Any]) -> tuple[Media, ...]:
    if "video" not in post and "audio" not in post:
        return ()
    found = []
    for kind in ("video", "audio"):
        value = post.get(kind)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and isinstance(one.get("contentUrl"), str):
                type_, title = _string(one.get("encodingFormat")), words(one.get("name"))
                made = enclosure(one["contentUrl"], page.base, kind, type_, title)
                found += [made] if made else []
    return tuple(found)


def _own(
    updates: list[Update], blog: dict[str, Any], known: Context
) -> tuple[tuple[Update, ...], tuple[Note, ...]]:
    """The updates without what is the page's and not theirs."""
    if len(updates) < 2:
        return tuple(updates), ()
    shared = []
    if _have_the_pages_time(updates, blog, known):
        updates = [replace(u, published=None, stated="none", modified=None) for u in updates]
        shared.append("one and the same time, the page's")
    if updates[0].native_id and len({u.native_id for u in updates}) == 1:
        updates = [replace(u, native_id=None, url=None) for u in updates]
        shared.append("one and the same id")
    title = words(blog.get("headline") or blog.get("name"))
    if title and all(u.content.title == title for u in updates):
        updates = [replace(u, content=_untitled(u.content)) for u in updates]
        shared.append("the page's headline")
    notes = (Note(KIND, f"every update states {what}: not believed") for what in shared)
    return tuple(updates), tuple(notes)


def _have_the_pages_time(updates: list[Update], blog: dict[str, Any], known: Context) -> bool:
    times = {update.published for update in updates}
    keys = ("datePublished", "dateModified", "dateCreated")
    pages = {stated(blog.get(key), known).at for key in keys}
    return len(times) == 1 and (len(updates) > 3 or times <= pages)


def _untitled(told: Content) -> Content:
    return replace(told, title=derived(told.text, told.images), derived=True)
