"""JSON Feed 1.x (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, stated
from feeder.extract.record.content import content, text_html
from feeder.extract.record.people import stated_people
from feeder.extract.stated.json_text import read_json
from feeder.extract.stated.newest import newest_end
from feeder.extract.stated.update_times import read_times
from feeder.model import Image, Media, Note, Rules, Update
from feeder.sanitize.embeds import enclosure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.page.scripts import JsonObject
    from feeder.extract.stated.update_times import UpdateTime

_KIND = "feed"
_TIMES = ("date_published", "date_modified")
_MOST = 500  # items
_VERSION = "jsonfeed.org/version/"


def find_json_feed(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Return the items of a JSON Feed, in whatever order its keys are; None for other documents.

    Raises:
        ExtractError: the feed has no items.
    """
    if _VERSION not in page.text.replace("\\/", "/"):
        return None
    feed = read_json(page.text)
    if not isinstance(feed, dict) or _VERSION not in str(feed.get("version")):
        return None
    listed = feed.get("items")
    if not isinstance(listed, list):
        raise ExtractError("The JSON Feed has no items.")
    known = context(page, rules)
    items = [item for item in listed if isinstance(item, dict)]
    newest = newest_end(items, _MOST, lambda item: stated(item.get("date_published"), known).at)
    text = _strings(feed)
    stated_times = [[item.get(key) for key in _TIMES] for item in newest]
    times = read_times(page, stated_times, text.get("language"))
    return Evidence(
        _KIND,
        tuple(_update(page, item, time) for item, time in zip(newest, times.each, strict=True)),
        place=_KIND,
        title=text.get("title", ""),
        description=text.get("description", ""),
        language=text.get("language"),
        ended=feed.get("expired") is True,
        older=page.absolute(text.get("next_url")),
        notes=tuple(_notes(len(listed), len(items))),
        assumed=times.assumed,
        unread=times.unread,
    )


def _notes(listed: int, readable: int) -> Iterator[Note]:
    yield Note(_KIND, f"a JSON Feed with {listed} items")
    if readable < listed:
        yield Note(_KIND, f"{listed - readable} of them cannot be read: left out")
    if readable > _MOST:
        yield Note(_KIND, f"only the newest {_MOST} of them are read")


def _strings(value: JsonObject) -> dict[str, str]:
    return {key: one for key, one in value.items() if isinstance(one, str)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _update(page: ParsedPage, item: JsonObject, time: UpdateTime) -> Update:
    text = _strings(item)
    later = time.modified(item.get("date_modified"))
    image = page.absolute(text.get("image"))
    made = content(
        html.escape(text.get("title", ""), quote=False),
        text.get("content_html") or text_html(text.get("content_text") or text.get("summary", "")),
        text.get("url") or page.base,
        authors=stated_people(item.get("authors") or item.get("author")),
        images=[Image(image)] if image else [],
        media=_attachments(page, item.get("attachments")),
        categories=[tag for tag in _listed(item.get("tags")) if isinstance(tag, str)],
        language=text.get("language"),
    )
    own = str(item.get("id") or text.get("url", ""))
    url = page.absolute(text.get("url"))
    return Update(made, time.at, time.stated, later, native_id(page, own), url, evidence=_KIND)


def _attachments(page: ParsedPage, listed: Any) -> list[Media]:
    found = []
    for each in _listed(listed):
        kind = str(each.get("mime_type", "")) if isinstance(each, dict) else ""
        if kind.startswith(("audio/", "video/")):
            url, title = str(each.get("url", "")), str(each.get("title") or "")
            made = enclosure(url, page.base, kind[:5], kind, title)
            found += [made] if made else []
    return found
