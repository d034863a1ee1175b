"""schema.org's LiveBlogPosting in JSON-LD (https://schema.org/LiveBlogPosting), however nested.

It is the best evidence when it is whole. It often is not: bodies are clipped or missing, and some
publishers put the page's own time, headline or author on every update. What all updates share with
the page is the page's, and is not told as theirs.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from feeder.extract.page.identity import native_id
from feeder.extract.page.kind import kinds
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import stated
from feeder.extract.record.content import content, derived, html_or_text, says_something
from feeder.extract.record.people import stated_people
from feeder.extract.stated.update_times import read_times
from feeder.model import Image, Media, Note, Rules, Update
from feeder.sanitize.clean import plain
from feeder.sanitize.embeds import enclosure
from feeder.when import leading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.page.scripts import JsonObject
    from feeder.extract.stated.update_times import UpdateTime, UpdateTimes
    from feeder.model import Content
    from feeder.when import Context

KIND = "jsonld"
_DEEP = 12  # levels at which a LiveBlogPosting may be nested
_MOST = 5_000  # updates
_START = 60  # characters of a headline that may be a clipped text
_MANY = 20_000  # objects looked at
_MOST_TOPICS = 20
_LONGEST_TOPIC = 80  # characters; what is longer is a sentence
_TIMES = ("datePublished", "dateCreated", "uploadDate", "dateModified")
_ENDED = re.compile(r"ended|complete|EventCompleted", re.IGNORECASE)
_TEXTS = ("@value", "text", "articleBody", "html")  # of an object that stands for a text


def find(page: ParsedPage, rules: Rules) -> Evidence | None:  # noqa: ARG001
    if not page.json_ld:
        return None
    read = [(blog, posts(page, blog)) for blog in _blogs(page)]
    return _found(page, *max(read, key=lambda each: len(each[1]))) if read else None


def _blogs(page: ParsedPage) -> list[JsonObject]:
    """Returns the live blogs of a page; where it has none, its blogs of several posts."""
    every = list(objects(page.json_ld, closed="LiveBlogPosting"))
    live = [one for one in every if is_a(one, "LiveBlogPosting")]
    blogs = (one for one in every if is_a(one, "Blog"))
    return live or [blog for blog in blogs if len(_listed(blog.get("blogPost"))) > 1]


def objects(value: Any, depth: int = _DEEP, closed: str = "") -> Iterator[JsonObject]:
    """Yields every object in a JSON value, the outer ones first.

    Those of the type `closed` are not looked into.
    """
    level, seen = [value], 0
    for _ in range(depth):
        yield from (one for one in level if isinstance(one, dict))
        seen += len(level)
        level = [inner for one in level for inner in _inside(one, closed)]
        if not level or seen > _MANY:
            return


def _inside(one: Any, closed: str) -> list[Any]:
    if isinstance(one, dict):
        one = () if closed and is_a(one, closed) else one.values()
    return [value for value in one if isinstance(value, (dict, list))]


def is_a(value: JsonObject, kind: str) -> bool:
    """Returns whether its @type is, or lists, this one; as a name or an address."""
    return kind in kinds(value)


def posts(page: ParsedPage, blog: JsonObject) -> list[JsonObject]:
    """Returns the updates of a live blog; a reference stands for the object that it names."""
    listed = _listed(
        blog.get("liveBlogUpdate") or blog.get("liveBlogUpdates") or blog.get("blogPost")
    )
    if any(map(_reference, listed)):
        by_id = {str(o["@id"]): o for o in objects(page.json_ld) if "@id" in o and len(o) > 2}
        listed = [by_id.get(_reference(one), one) for one in listed]
    return [_item_of(one) for one in listed if isinstance(one, dict)]


def _item_of(one: JsonObject) -> JsonObject:
    """Returns what a ListItem holds; anything else as it is."""
    item = one.get("item")
    return item if isinstance(item, dict) else one


def _reference(one: Any) -> str:
    """Returns the name of an object that stands elsewhere; "" where this is the object."""
    name = one.get("@id") if isinstance(one, dict) and len(one) <= 2 else one
    return name if isinstance(name, str) else ""


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        items = value.get("itemListElement") or value.get("@list")
        return items if isinstance(items, list) else [value]
    return value if isinstance(value, list) else []


def _found(page: ParsedPage, blog: JsonObject, listed: list[JsonObject]) -> Evidence:
    read, times = _read_posts(page, listed[:_MOST], _language(blog))
    known = times.known
    updates, notes = _own(read, blog, known)
    kind, confidence = ("LiveBlogPosting", 0.95) if is_a(blog, "LiveBlogPosting") else ("Blog", 0.6)
    told = f"a {kind} with {len(listed)} updates, {len(updates)} of which say something"
    end = stated(blog.get("coverageEndTime"), known).at
    return Evidence(
        KIND,
        updates,
        confidence=confidence,
        place=KIND,
        title=_title(blog),
        description=words(blog.get("description")),
        language=_language(blog),
        ended=_says_ended(blog) or bool(end and end <= page.rules.now),
        coverage_start=stated(blog.get("coverageStartTime"), known).at,
        coverage_end=end,
        notes=(Note(KIND, told), *notes),
        assumed=times.assumed if any(u.published for u in updates) else None,
        unread=times.unread,
    )


def _read_posts(
    page: ParsedPage, posts: list[JsonObject], language: str | None
) -> tuple[list[Update], UpdateTimes]:
    """Returns the posts that say something, and the times of all."""
    times = read_times(page, [list(map(post.get, _TIMES)) for post in posts], language)
    read = (_update(page, *pair) for pair in zip(posts, times.each, strict=True))
    return [update for update in read if says_something(update.content)], times


def _title(one: JsonObject) -> str:
    return words(one.get("headline") or one.get("name"))


def _says_ended(blog: JsonObject) -> bool:
    return blog.get("isLive") is False or bool(_ENDED.search(str(blog.get("eventStatus") or "")))


def _language(one: JsonObject) -> str | None:
    language = one.get("inLanguage")
    return language if isinstance(language, str) else None


def _update(page: ParsedPage, post: JsonObject, time: UpdateTime) -> Update:
    text = body(post)
    made = content(
        headline(_title(post), text),
        html_or_text(text),
        page.base,
        authors=stated_people(post.get("author") or post.get("creator")),
        images=images(page, post.get("image")),
        media=media(page, post),
        categories=topics(post),
        language=_language(post),
    )
    native, url = identity(page, post)
    return Update(
        made,
        time.at,
        time.stated,
        time.modified(post.get("dateModified")),
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
    """Returns the words of a JSON-LD value: a string, or an object that holds one."""
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("text")
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), "")
    return value if isinstance(value, str) else ""


def body(post: JsonObject) -> str:
    texts = (_text_of(post.get(key)) for key in ("articleBody", "text", "description"))
    return next((text for text in texts if text.strip()), "")


def _text_of(value: Any) -> str:
    if isinstance(value, list):
        value = "\n\n".join(v for v in value if isinstance(v, str))
    if isinstance(value, dict):
        value = next((value[key] for key in _TEXTS if value.get(key)), "")
    return value if isinstance(value, str) else ""


def identity(page: ParsedPage, post: JsonObject) -> tuple[str | None, str | None]:
    """Returns the update's own id and address; the page's address is neither."""
    address = page.absolute(_string(post.get("url")) or _string(post.get("mainEntityOfPage")))
    native = _string(post.get("@id")) or _string(post.get("identifier")) or address or ""
    if address is None and native.startswith(("http", "#", "/", "?")):
        address = page.absolute(native)
    url = address if address and address != page.url else None
    return native_id(page, native), url


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
    return Image(
        url,
        caption=plain(words(more.get("caption"))),
        credit=plain(words(more.get("creditText"))),
        width=_size(more.get("width")),
        height=_size(more.get("height")),
    )


def _size(value: Any) -> int | None:
    number = str(value.get("value") if isinstance(value, dict) else value).removesuffix("px")
    return int(number) if number.isdecimal() and len(number) < 6 else None


def topics(post: JsonObject) -> tuple[str, ...]:
    """schema.org's keywords are a list with commas, or several, of words or of DefinedTerms."""
    found: list[str] = []
    for key in ("articleSection", "keywords"):
        value = post.get(key)
        for one in value if isinstance(value, list) else [value] if value else []:
            listed = words(one)
            found += listed.split(",") if isinstance(one, str) and key == "keywords" else [listed]
    topics_ = (plain(one) for one in found[:_MOST_TOPICS])
    return tuple(topic for topic in topics_ if 0 < len(topic) <= _LONGEST_TOPIC)


def media(page: ParsedPage, post: JsonObject) -> tuple[Media, ...]:
    if "video" not in post and "audio" not in post:
        return ()
    found = []
    for kind in ("video", "audio"):
        value = post.get(kind)
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, dict) or not isinstance(one.get("contentUrl"), str):
                continue
            type_ = _string(one.get("encodingFormat"))
            title = words(one.get("name"))
            if made := enclosure(one["contentUrl"], page.base, kind, type_, title):
                found.append(made)
    return tuple(found)


def _own(
    updates: list[Update], blog: JsonObject, known: Context
) -> tuple[tuple[Update, ...], tuple[Note, ...]]:
    """Returns the updates without what is the page's and not theirs."""
    if len(updates) < 2:
        return tuple(updates), ()
    shared = []
    if _have_the_pages_time(updates, blog, known):
        updates = [replace(u, published=None, stated="none", modified=None) for u in updates]
        shared.append("one and the same time, the page's")
    if _share(updates, lambda u: u.native_id):
        updates = [replace(u, native_id=None, url=None) for u in updates]
        shared.append("one and the same id")
    title = _title(blog)
    if updates[0].content.title == title and _share(updates, lambda u: u.content.title):
        updates = [replace(u, content=_untitled(u.content)) for u in updates]
        shared.append("the page's headline")
    notes = (Note(KIND, f"every update states {what}: not believed") for what in shared)
    return tuple(updates), tuple(notes)


def _share(updates: list[Update], value: Callable[[Update], str | None]) -> bool:
    """Returns whether all of them have one and the same value."""
    first, *others = set(map(value, updates))
    return bool(first) and not others


def _have_the_pages_time(updates: list[Update], blog: JsonObject, known: Context) -> bool:
    times = {update.published for update in updates}
    keys = ("datePublished", "dateModified", "dateCreated")
    pages = {stated(blog.get(key), known).at for key in keys}
    return len(times) == 1 and (len(updates) > 3 or times <= pages)


def _untitled(told: Content) -> Content:
    return replace(told, title=derived(told.text, told.images), derived=True)
