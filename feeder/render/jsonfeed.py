"""JSON Feed 1.1; what it has no field for stands under `_feeder`, as an extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from feeder.render import urls
from feeder.render.xml_text import language, line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import Feed, Media
    from feeder.render.item import Item, Origin
    from feeder.render.xml_parts import Tombstone

_ABOUT = (
    "deleted: ids that were withdrawn, as in RFC 6721; "
    "coverage_start and coverage_end: of the live coverage"
)
_ABOUT_ITEM = (
    "edit_of: the id of the item that this is a later version of; "
    "source: the feed that it comes from"
)


def feed_json(feed: Feed, archive: int | None = None) -> bytes:
    """Returns the subscription document, or an archive document."""
    head = _document(feed, archive, [], [msgspec.Raw(one.json) for one in feed.deleted])
    return b"".join([head.removesuffix(b"]}"), b",".join([one.json for one in feed.items]), b"]}"])


def whole(
    feed: Feed,
    archive: int | None = None,
    *,
    items: Iterable[Item] = (),
    deleted: Iterable[Tombstone] = (),
) -> bytes:
    """Returns the document of items that were not encoded before."""
    return _document(
        feed, archive, [_fields(one) for one in items], [_deleted(one) for one in deleted]
    )


def json_item(item: Item) -> bytes:
    return msgspec.json.encode(_fields(item))


def json_deleted(tombstone: Tombstone) -> bytes:
    return msgspec.json.encode(_deleted(tombstone))


def sourced_item(item: bytes, origin: Origin) -> bytes:
    """Returns a `json_item` that says which feed it comes from."""
    if b'"_feeder":' in item:  # within a string its quotes would be escaped
        fields = msgspec.json.decode(item)
        edit_of = fields.pop("_feeder")["edit_of"]
        item = msgspec.json.encode(fields)
    else:
        edit_of = ""
    tongue = b'"language":"%s",' % origin.language.encode()
    known = not origin.language or b'"language":' in item
    member = msgspec.json.encode(_extension(edit_of, origin))
    return b'%s,%s"_feeder":%s}' % (item.removesuffix(b"}"), b"" if known else tongue, member)


def _extension(edit_of: str, origin: Origin | None) -> dict[str, Any]:
    if not (edit_of or origin):
        return {}
    source = origin and {
        "id": origin.id,
        "title": origin.title,
        "url": origin.page,
        "feed_url": origin.json,
    }
    return {"about": _ABOUT_ITEM, **_present(edit_of=edit_of, source=source)}


def _document(feed: Feed, archive: int | None, items: list[Any], deleted: list[Any]) -> bytes:
    own = urls.subscription(feed, "json")
    extension = _present(
        deleted=deleted,
        coverage_start=_stamp(feed.coverage_start),
        coverage_end=_stamp(feed.coverage_end),
        current=own if archive is not None else "",
    )
    head = _present(
        version="https://jsonfeed.org/version/1.1",
        title=line(feed.title) or feed.name,
        home_page_url=urls.page(feed),
        feed_url=own if archive is None else urls.archive(feed, "json", archive),
        description=line(feed.description),
        language=language(feed.language),
        next_url=urls.previous(feed, "json", archive),
        hubs=[{"type": "WebSub", "url": hub} for hub in feed.hubs if archive is None],
        _feeder={"about": _ABOUT, **extension} if extension else {},
    )
    return msgspec.json.encode({**head, "items": items})


def _fields(item: Item) -> dict[str, Any]:
    # One of content_html and content_text there must be, if empty.
    body = (
        {"content_html": item.html}
        if item.html or not item.summary
        else {"content_text": item.summary}
    )
    return {
        "id": item.id,
        **_present(url=item.link, title=item.title),
        **body,
        **_present(
            image=item.images[0].url if item.images else "",
            date_published=_stamp(item.published),
            date_modified=_stamp(item.updated),
            authors=[{"name": name} for name in item.authors],
            tags=item.categories,
            attachments=[_attachment(one) for one in item.media],
            language=item.language or (item.origin.language if item.origin else ""),
            _feeder=_extension(item.edit_of, item.origin),
        ),
    }


def _attachment(medium: Media) -> dict[str, Any]:
    return _present(
        url=medium.url, mime_type=medium.type, title=medium.title, size_in_bytes=medium.length
    )


def _deleted(tombstone: Tombstone) -> dict[str, str]:
    id_, when = tombstone
    return {"ref": id_, "when": _stamp(when)}


def _stamp(at: datetime | None) -> str:
    return at.replace(microsecond=0).isoformat() if at else ""


def _present(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
