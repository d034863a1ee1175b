"""The source is a feed itself: Atom (RFC 4287), RSS or RDF through feedparser, JSON Feed 1.x."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import feedparser
import msgspec

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.stated_times import stated
from feeder.extract.page.times import context
from feeder.extract.record.content import content, html_or_text
from feeder.extract.record.people import people, stated_people
from feeder.model import Image, Media, Note, Rules, Update
from feeder.sanitize.embeds import enclosure
from feeder.sanitize.limits import legal

if TYPE_CHECKING:
    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.when import Context

KIND = "feed"
_MOST = 500  # entries; feedparser takes a millisecond for one
_ELEMENTS = 60_000
_ENTRY_END = re.compile(r"</(?:item|entry)\s*>")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# RFC 6721
_TOMBSTONE = re.compile(
    r"<(?:\w+:)?deleted-entry\b[^>]{0,500}?\bref\s*=\s*[\"']([^\"'<>]{1,500})[\"']"
)


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    if page.form == "json":
        return _json_feed(page, rules)
    return _xml_feed(page, rules) if page.form == "xml" else None


def _xml_feed(page: ParsedPage, rules: Rules) -> Evidence | None:
    if _has_doctype(page.text):
        raise ExtractError(
            "The XML has a DOCTYPE, which feeder refuses: it can pull in files and blow up."
        )
    text = _newest(legal(_DECLARATION.sub("", page.text)))
    if text.count("<") > _ELEMENTS:
        raise ExtractError(
            "The feed is too large: it has more elements than any feed in good faith."
        )
    parsed = _parsed(text)
    if not parsed.get("version"):
        raise ExtractError("The document is XML, but neither Atom nor RSS.")
    known, about = context(page, rules), parsed.get("feed", {})
    # Plain dictionaries: feedparser's own answer for keys that the feed does not have.
    updates = tuple(_entry(page, dict(entry), known) for entry in parsed.get("entries", ()))
    return Evidence(
        KIND,
        updates,
        place=KIND,
        title=about.get("title", ""),
        description=about.get("subtitle", ""),
        language=about.get("language") or None,
        older=_older(page, about.get("links", ())),
        deleted=frozenset(_TOMBSTONE.findall(text)),
        notes=(Note(KIND, f"a feed ({parsed['version']}) with {len(updates)} entries"),),
    )


def _newest(text: str) -> str:
    """The document with its first entries and without the rest: feeds are newest first."""
    ends = [end.end() for end in _ENTRY_END.finditer(text)]
    return text[: ends[_MOST - 1]] + text[ends[-1] :] if len(ends) > _MOST else text


def _parsed(text: str) -> Any:
    """A stream goes in, as feedparser would take a string for an address. What it could sanitise, nh3 does."""
    headers = {"content-type": "application/xml; charset=utf-8"}
    stream = io.BytesIO(text.encode())
    try:
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (
        Exception
    ) as error:  # what its parsers raise is not documented; whatever it is, this is no feed
        raise ExtractError(f"The feed cannot be read: {type(error).__name__}.") from error


def _has_doctype(text: str) -> bool:
    """Whether anything but a declaration or a comment comes before the root element (XML 1.0 §2.8, prolog)."""
    at = 0
    while True:
        at = text.find("<", at)
        if at < 0 or text[at + 1 : at + 2] not in ("?", "!"):
            return False
        end = "?>" if text[at + 1] == "?" else "-->" if text.startswith("<!--", at) else ""
        if not end:
            return True
        at = text.find(end, at + 2)
        if at < 0:
            return True


def _older(page: ParsedPage, links: Any) -> str | None:
    """The next page of the feed (RFC 5005)."""
    for rel in ("next", "prev-archive"):
        for link in links:
            if link.get("rel") == rel:
                return page.absolute(link.get("href"))
    return None


def _entry(page: ParsedPage, entry: dict[str, Any], known: Context) -> Update:
    published = stated(entry.get("published") or entry.get("created"), known)
    modified = stated(entry.get("updated"), known)
    if published.at is None:
        published, modified = modified, published
    made = content(
        entry.get("title", ""),
        _body(entry),
        page.absolute(entry.get("link")) or page.base,
        authors=dict.fromkeys(
            n for a in entry.get("authors", ()) for n in people(a.get("name", ""))
        ),
        images=_images(page, entry),
        media=_enclosures(page, entry),
        categories=[t["term"] for t in entry.get("tags", ()) if t.get("term")],
    )
    later = modified.at if modified.at and published.at and modified.at > published.at else None
    url = page.absolute(entry.get("link"))
    own = entry.get("id") or url or ""
    return Update(
        made, published.at, published.stated, later, native_id(page, own), url, evidence=KIND
    )


def _body(entry: dict[str, Any]) -> str:
    """The longest of what it has; plain text is told by its type."""
    bodies = [
        *entry.get("content", ()),
        *([entry["summary_detail"]] if "summary_detail" in entry else ()),
    ]
    best = max(bodies, key=lambda b: len(b.get("value", "")), default=None)
    return html_or_text(best.get("value", "")) if best else ""


def _enclosures(page: ParsedPage, entry: dict[str, Any]) -> list[Media]:
    found = []
    for each in _attached(entry):
        kind = str(each.get("type", ""))
        if kind.startswith(("audio/", "video/")):
            made = enclosure(each.get("href", ""), page.base, kind[:5], kind)
            found += [made] if made else []
    return found


def _attached(entry: dict[str, Any]) -> list[Any]:
    return [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]


def _images(page: ParsedPage, entry: dict[str, Any]) -> list[Image]:
    stated_images = [
        e.get("href") for e in _attached(entry) if str(e.get("type", "")).startswith("image/")
    ]
    stated_images += [
        m.get("url") for m in entry.get("media_content", ()) if m.get("medium") == "image"
    ]
    return [Image(url) for each in stated_images if (url := page.absolute(each))]


# ------------------------------------------------------------ https://www.jsonfeed.org/version/1.1/


def _json_feed(page: ParsedPage, rules: Rules) -> Evidence | None:
    if "jsonfeed.org/version/" not in page.text[:2000]:
        return None
    try:
        feed = msgspec.json.decode(page.text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ExtractError(f"The JSON Feed is no valid JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ExtractError("The JSON Feed has no items.")
    known = context(page, rules)
    updates = tuple(_item(page, item, known) for item in items[:_MOST] if isinstance(item, dict))
    text = {key: value for key, value in feed.items() if isinstance(value, str)}
    return Evidence(
        KIND,
        updates,
        place=KIND,
        title=text.get("title", ""),
        description=text.get("description", ""),
        language=text.get("language"),
        ended=feed.get("expired") is True,
        older=page.absolute(text.get("next_url")),
        notes=(Note(KIND, f"a JSON Feed with {len(items)} items"),),
    )


def _item(page: ParsedPage, item: dict[str, Any], known: Context) -> Update:
    text = {key: value for key, value in item.items() if isinstance(value, str)}
    published, modified = (
        stated(text.get("date_published"), known),
        stated(text.get("date_modified"), known),
    )
    image = page.absolute(text.get("image"))
    made = content(
        text.get("title", ""),
        text.get("content_html")
        or html_or_text(text.get("content_text") or text.get("summary", "")),
        text.get("url") or page.base,
        authors=stated_people(item.get("authors") or item.get("author")),
        images=[Image(image)] if image else [],
        media=_attachments(page, item.get("attachments")),
        categories=[t for t in item.get("tags") or () if isinstance(t, str)]
        if isinstance(item.get("tags"), list)
        else (),
        language=text.get("language"),
    )
    when = published if published.at else modified
    later = modified.at if modified.at and when.at and modified.at > when.at else None
    own = str(item.get("id") or text.get("url", ""))
    return Update(
        made,
        when.at,
        when.stated,
        later,
        native_id(page, own),
        page.absolute(text.get("url")),
        evidence=KIND,
    )


def _attachments(page: ParsedPage, listed: Any) -> list[Media]:
    found = []
    for each in listed if isinstance(listed, list) else ():
        kind = str(each.get("mime_type", "")) if isinstance(each, dict) else ""
        if kind.startswith(("audio/", "video/")):
            made = enclosure(
                str(each.get("url", "")), page.base, kind[:5], kind, str(each.get("title") or "")
            )
            found += [made] if made else []
    return found
