"""The source is a feed itself: Atom (RFC 4287), RSS or RDF through feedparser.

JSON Feed stands beside.
"""

from __future__ import annotations

import io
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from feeder.errors import ExtractError
from feeder.extract.page.identity import native_id
from feeder.extract.page.parsed_page import Evidence
from feeder.extract.page.times import context, stated
from feeder.extract.record.content import content, html_or_text, text_html
from feeder.extract.record.people import people
from feeder.extract.stated.json_feed import find_json_feed
from feeder.extract.stated.newest import newest_end
from feeder.extract.stated.update_times import read_times
from feeder.model import Image, Media, Note, Rules, Update
from feeder.sanitize.embeds import enclosure
from feeder.sanitize.limits import legal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.extract.page.scripts import JsonObject
    from feeder.extract.stated.update_times import UpdateTime
    from feeder.when import Context

KIND = "feed"
_TIMES = ("published", "created", "updated")
_MOST = 500  # entries; feedparser takes a millisecond for one
_ELEMENTS = 60_000
_ENTRY_START = re.compile(r"<(?:item|entry)[\s>]")
_ENTRY_END = re.compile(r"</(?:item|entry)\s*>")
_DATE = re.compile(r"<(?:\w+:)?(?:pubDate|published|updated|date|issued)\b[^>]*>([^<]{4,80})<")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_REFERENCES = re.compile(r"(?:&#(?:x[0-9a-fA-F]{1,8}|[0-9]{1,8});)+")
_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
_REFERENCE = re.compile(r"&#(x?)([0-9a-fA-F]+);")
# RFC 6721
_TOMBSTONE = re.compile(
    r"<(?:\w+:)?deleted-entry\b[^>]{0,500}?\bref\s*=\s*[\"']([^\"'<>]{1,500})[\"']"
)


def find(page: ParsedPage, rules: Rules) -> Evidence | None:
    """Return the entries of a feed; None where the document is none.

    Raises:
        ExtractError: it is XML that is no feed, or that is refused.
    """
    if page.form == "json":
        return find_json_feed(page, rules)
    return _find_xml_feed(page, rules) if page.form == "xml" else None


def _find_xml_feed(page: ParsedPage, rules: Rules) -> Evidence:
    if _has_doctype(page.text):
        raise ExtractError(
            "The XML has a DOCTYPE, which feeder refuses: it can pull in files and blow up."
        )
    whole = legal(mend_ampersands(mend_references(_DECLARATION.sub("", page.text))))
    whole = _without_cut_entry(whole)
    text = _newest(whole, context(page, rules))
    if text.count("<") > _ELEMENTS:
        raise ExtractError(
            "The feed is too large: it has more elements than any feed in good faith."
        )
    parsed, spoiled = _parse(text)
    if not parsed.get("version"):
        raise ExtractError("The document is XML, but neither Atom nor RSS.")
    about = parsed.get("feed", {})
    # Plain dictionaries: feedparser's own answer for keys that the feed does not have.
    entries = [dict(entry) for entry in parsed.get("entries", ())]
    stated_times = [[entry.get(key) for key in _TIMES] for entry in entries]
    times = read_times(page, stated_times, about.get("language"))
    pairs = zip(entries, times.each, strict=True)
    updates = tuple(_entry(page, entry, time) for entry, time in pairs)
    told = f"a feed ({parsed['version']}) with {len(updates)} entries"
    return Evidence(
        KIND,
        updates,
        place=KIND,
        title=about.get("title", ""),
        description=about.get("subtitle", ""),
        language=about.get("language") or None,
        older=_older(page, about.get("links", ())),
        deleted=frozenset(_TOMBSTONE.findall(text)),
        notes=(Note(KIND, told), *_left_out(spoiled, longer=len(text) < len(whole))),
        assumed=times.assumed,
        unread=times.unread,
    )


def _left_out(spoiled: int, *, longer: bool) -> Iterator[Note]:
    if longer:
        yield Note(KIND, f"only the newest {_MOST} of its entries are read")
    if spoiled:
        yield Note(KIND, f"{spoiled} of its entries cannot be read: left out")


def mend_references(text: str) -> str:
    """Return XML whose references name characters.

    Two halves of one are joined, what is none goes (XML 1.0 §4.1).
    """
    return _REFERENCES.sub(_mend, text) if "&#" in text else text


def mend_ampersands(text: str) -> str:
    """Return XML in which an ampersand that begins no reference is one, but for those in CDATA."""
    first, *others = text.split("<![CDATA[")
    mended = [_AMPERSAND.sub("&amp;", first)]
    for other in others:
        data, end, after = other.partition("]]>")
        mended.append(data + end + _AMPERSAND.sub("&amp;", after))
    return "<![CDATA[".join(mended)


def _mend(match: re.Match[str]) -> str:
    codes = [int(digits, 16 if hexed else 10) for hexed, digits in _REFERENCE.findall(match[0])]
    if all(_is_character(code) for code in codes):
        return match[0]
    halves = "".join(chr(code) for code in codes if code < 0x110000)
    joined = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return "".join(f"&#{ord(c)};" for c in joined if _is_character(ord(c)))


def _is_character(code: int) -> bool:
    """Returns whether XML 1.0 knows the character (§2.2)."""
    if code < 0x20:
        return code in {0x9, 0xA, 0xD}
    return not (0xD800 <= code < 0xE000 or code in {0xFFFE, 0xFFFF} or code > 0x10FFFF)


def _newest(text: str, known: Context) -> str:
    """Returns the document with the newest of its entries and without the rest."""
    before, entries, after = _cut(text)
    if len(entries) <= _MOST:
        return text
    newest = newest_end(entries, _MOST, lambda entry: _first_date(entry, known))
    return before + "".join(newest) + after


def _without_cut_entry(text: str) -> str:
    """The document without an entry that begins after the last whole one: the feed was cut."""
    ends = [end.end() for end in _ENTRY_END.finditer(text)]
    begun = _ENTRY_START.search(text, ends[-1]) if ends else None
    return text[: begun.start()] if begun else text


def _cut(text: str) -> tuple[str, list[str], str]:
    """What stands before the entries of a feed, each of them, and what stands after them."""
    start = _ENTRY_START.search(text)
    ends = [end.end() for end in _ENTRY_END.finditer(text)]
    if start is None or not ends or ends[0] < start.start():
        return text, [], ""
    bounds = [start.start(), *ends]
    entries = [text[begin:end] for begin, end in pairwise(bounds)]
    return text[: start.start()], entries, text[ends[-1] :]


def _first_date(entry: str, known: Context) -> datetime | None:
    found = _DATE.search(entry)
    return stated(found[1].strip(), known).at if found else None


def _parse(text: str) -> tuple[Any, int]:
    """What feedparser reads, and how many entries it cannot: those cost themselves alone."""
    try:
        return _parsed(text), 0
    except ExtractError:
        before, entries, after = _cut(text)
        if not entries:
            raise
    feed, spoiled, read = _parsed(before + after), 0, []
    for entry in entries:
        try:
            read += _parsed(before + entry + after).get("entries", ())
        except ExtractError:
            spoiled += 1
    feed["entries"] = read
    return feed, spoiled


def _parsed(text: str) -> Any:
    """A stream goes in, as feedparser would take a string for an address.

    What it could sanitise, nh3 does.
    """
    import feedparser  # noqa: PLC0415 -- few sources are feeds

    headers = {"content-type": "application/xml; charset=utf-8"}
    stream = io.BytesIO(text.encode("utf-8", "replace"))
    try:
        return feedparser.parse(
            stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (
        Exception
    ) as error:  # what its parsers raise is not documented; whatever it is, this is no feed
        raise ExtractError(f"The feed cannot be read: {type(error).__name__}.") from error


def _has_doctype(text: str) -> bool:
    """Whether more than a declaration or a comment comes before the root (XML 1.0 §2.8, prolog)."""
    at = 0
    while True:
        at = text.find("<", at)
        if at < 0 or text[at + 1 : at + 2] not in ("?", "!"):
            return False
        end = _end_of_markup(text, at)
        at = text.find(end, at + 2) if end else -1
        if at < 0:
            return True


def _end_of_markup(text: str, at: int) -> str:
    """Returns what ends the processing instruction or the comment that begins there.

    "" where it is neither.
    """
    if text.startswith("<?", at):
        return "?>"
    return "-->" if text.startswith("<!--", at) else ""


def _older(page: ParsedPage, links: Any) -> str | None:
    """Returns the next page of the feed (RFC 5005)."""
    for rel in ("next", "prev-archive"):
        for link in links:
            if link.get("rel") == rel:
                return page.absolute(link.get("href"))
    return None


def _entry(page: ParsedPage, entry: JsonObject, time: UpdateTime) -> Update:
    names = (name for a in entry.get("authors", ()) for name in people(a.get("name", "")))
    made = content(
        _headline(entry),
        _body(entry),
        page.absolute(entry.get("link")) or page.base,
        authors=dict.fromkeys(names),
        images=_images(page, entry),
        media=_enclosures(page, entry),
        categories=[t["term"] for t in entry.get("tags", ()) if t.get("term")],
    )
    later = time.modified(entry.get("updated"))
    url = page.absolute(entry.get("link"))
    own = entry.get("id") or url or ""
    return Update(made, time.at, time.stated, later, native_id(page, own), url, evidence=KIND)


def _headline(entry: JsonObject) -> str:
    """Returns the title as HTML.

    What is declared as text is text, whatever it speaks of (RFC 4287 §3.1.1.1).
    """
    title = entry.get("title", "")
    declared = entry.get("title_detail", {}).get("type")
    return text_html(title) if declared == "text/plain" else title


def _body(entry: JsonObject) -> str:
    """Returns the longest of what it has, as HTML."""
    bodies: list[dict[str, str]] = list(entry.get("content", ()))
    if "summary_detail" in entry:
        bodies.append(entry["summary_detail"])
    best: dict[str, str] = max(bodies, key=lambda b: len(b.get("value", "")), default={})
    text = best.get("value", "")
    return text_html(text) if best.get("type") == "text/plain" else html_or_text(text)


def _enclosures(page: ParsedPage, entry: JsonObject) -> list[Media]:
    found = []
    for each in _attached(entry):
        kind = str(each.get("type", ""))
        if kind.startswith(("audio/", "video/")):
            made = enclosure(each.get("href", ""), page.base, kind[:5], kind)
            found += [made] if made else []
    return found


def _attached(entry: JsonObject) -> list[Any]:
    return [link for link in entry.get("links", ()) if link.get("rel") == "enclosure"]


def _images(page: ParsedPage, entry: JsonObject) -> list[Image]:
    attached = [e for e in _attached(entry) if str(e.get("type", "")).startswith("image/")]
    shown = [m for m in entry.get("media_content", ()) if m.get("medium") == "image"]
    addresses = [e.get("href") for e in attached] + [m.get("url") for m in shown]
    return [Image(url) for each in addresses if (url := page.absolute(each))]
