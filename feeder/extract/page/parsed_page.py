"""One parse of a Document, shared by every extractor.

Everything is worked out when first asked for: a page whose structured data is complete is never
parsed as HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urldefrag, urljoin

from selectolax.lexbor import LexborHTMLParser

from feeder.cache import recalled
from feeder.extract.inferred.outline import Outline
from feeder.extract.page.charset import decode
from feeder.extract.page.scripts import json_scripts, without_scripts
from feeder.sanitize.limits import shallow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from selectolax.lexbor import LexborNode

    from feeder.extract.page.scripts import JsonObject
    from feeder.model import Assumption, Document, Note, Rules, Update

Form = Literal["html", "json", "xml", "text"]

# An address that urljoin would return as it is.
_WHOLE = re.compile(
    r"https?://[a-z0-9.:-]+(?:/(?:(?!\?#)[\w!$%&'()*+,./:=?@#~-])*(?<![?#]))?", re.ASCII
)
# Another fragment or query of the same address, where urljoin would do no more than put it at the
# end.
_BESIDE = re.compile(r"\?[\w%&=:.,/~@+-]+(?:#[\w%&=:.,/~@+-]+)?|#[\w%&=:.,/~@+-]+", re.ASCII)
# Where a head without <body> ends at the latest: metadata further down is not the page's.
_HEAD = 200_000
_TAIL = 4_000  # characters at the end of a page, among which it closes its body
_BODY = re.compile(r"<body[\s>]|</head\s*>", re.IGNORECASE)
_MARKUP = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|a|span|article|section|table|ul|h[1-6]|br|script)\b",
    re.IGNORECASE,
)
_WHOLE_PAGE = re.compile(r"<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_ATX = re.compile(r"^#{1,6} \S", re.MULTILINE)
_XML = re.compile(
    r"<\?xml\b|<!DOCTYPE\s+(?!html\b)\w|(?:<!--[^>]*-->\s*)?<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE
)
_OPENED = re.compile(r"<(?:html|body)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
# Of the complete stamps of RFC 3339 and RFC 5322: "+02:00", "-0330".
_OFFSET = re.compile(r"\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)? ?([+-]\d\d:?\d\d)(?!\d)", re.ASCII)
# Meta names by which a page dates itself, the most explicit first.
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time",
    "date", "dc.date", "dc.date.issued", "dcterms.created", "parsely-pub-date", "pubdate",
    "publish-date", "last-modified",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified",
    "last-modified", "dcterms.modified", "revised",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one extractor read. Empty strings and None mean that this kind says nothing about it."""

    kind: str
    updates: tuple[Update, ...] = ()
    confidence: float = (
        1.0  # 0 … 1, that these are the updates of a live page and not something beside them
    )
    place: str = ""  # where in the page: a generalised path, stable between reads
    title: str = ""
    description: str = ""
    language: str | None = None
    ended: bool = False
    coverage_start: datetime | None = None
    coverage_end: datetime | None = None
    successor: str | None = None
    older: str | None = None
    deleted: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    assumed: Assumption | None = None  # what its times leave open; None: nothing
    unread: int = 0  # texts that could be a time and were not understood


class ParsedPage:
    """A document as extractors see it, read as its `form` says; `tree` is empty but for HTML."""

    def __init__(self, document: Document, rules: Rules) -> None:
        self.document = document
        self.rules = rules
        self.answers: JsonObject = {}  # by the names of the functions of `kind`

    @cached_property
    def text(self) -> str:
        """The document's characters, decoded as a browser would."""
        return decode(self.document)

    @cached_property
    def form(self) -> Form:
        return _form(self.document.media_type or "", self.text)

    @cached_property
    def visible(self) -> str:
        """The HTML without the insides of scripts and styles; "" for other forms."""
        return without_scripts(self.text) if self.form == "html" else ""

    def has(self, selector: str) -> bool:
        """Whether an element of its body matches a CSS selector."""
        body = self.tree.body
        return body is not None and body.css_first(selector) is not None

    @cached_property
    def truncated(self) -> bool:
        """Whether it is HTML that opens its body and never closes it."""
        if self.form != "html" or not _OPENED.search(self.text):
            return False
        return not _CLOSED.search(self.text, max(len(self.text) - _TAIL, 0))

    @cached_property
    def markup(self) -> str:
        """That HTML, no deeper than a parser bears."""
        return shallow(self.visible)

    @cached_property
    def tree(self) -> LexborHTMLParser:
        return LexborHTMLParser(self.markup)

    @cached_property
    def outline(self) -> Outline:
        """The nodes of its body, to be asked by place."""
        return Outline(self.tree.body)

    @cached_property
    def said(self) -> str:
        """What a person reads on it, on one line."""
        if self.form != "html":
            return " ".join(self.text.split())
        body = self.tree.body
        return " ".join(body.text(separator=" ").split()) if body is not None else ""

    @cached_property
    def head(self) -> LexborHTMLParser:
        """The document's head alone: its metadata cost no parse of the whole page."""
        if self.form != "html":
            return LexborHTMLParser("")
        return LexborHTMLParser(shallow(self.visible[: _head_end(self.visible)]))

    @cached_property
    def json_ld(self) -> tuple[Any, ...]:
        """The decoded JSON-LD scripts; those that cannot be read, even mended, are left out."""
        return json_scripts(self.text) if len(self.visible) < len(self.text) else ()

    @cached_property
    def things(self) -> tuple[JsonObject, ...]:
        """The objects of its JSON-LD that stand at the top, or in a @graph at the top."""
        tops = [one for blob in self.json_ld for one in _objects(blob)]
        graphs = [one for top in tops for one in _objects(top.get("@graph"))]
        return (*tops, *graphs)

    @cached_property
    def meta(self) -> Mapping[str, str]:
        """Meta tags by lower-case name or property; the first one wins."""
        found: dict[str, str] = {}
        for node in self.head.css("meta"):
            attributes = node.attributes
            key = (
                attributes.get("property")
                or attributes.get("name")
                or attributes.get("itemprop")
                or ""
            )
            value = (attributes.get("content") or "").strip()
            if key and value:
                found.setdefault(key.lower(), value)
        return found

    @cached_property
    def url(self) -> str:
        """The document's own address without fragment; of a file, the canonical one."""
        return urldefrag(self.document.url).url or self.canonical or ""

    @cached_property
    def base(self) -> str:
        """What relative links are resolved against (WHATWG HTML, "document base URL")."""
        return (
            self.resolve_head("base", self.document.url)
            or self.document.url
            or self.canonical
            or ""
        )

    @cached_property
    def canonical(self) -> str | None:
        for node in self.head.css("link[href]"):
            if "canonical" in (node.attributes.get("rel") or "").lower().split():
                return _web(node.attributes.get("href"), self.document.url)
        return None

    def resolve_head(self, selector: str, base: str) -> str | None:
        node = self.head.css_first(f"{selector}[href]")
        return _web(node.attributes.get("href"), base) if node is not None else None

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Its own addresses without queries, with a slash at the end and without, and none."""
        bare = [url.partition("?")[0].rstrip("/") for url in (self.url, self.canonical or "")]
        return frozenset({"", *bare, *(f"{url}/" for url in bare)})

    def absolute(self, href: str | None) -> str | None:
        """An http(s) address, or None where there is none to be made."""
        return _web(href, self.base)

    @cached_property
    def language(self) -> str | None:
        """What the page states, as it states it."""
        root = self.head.css_first("html")
        stated = (
            (root.attributes.get("lang") or root.attributes.get("xml:lang"))
            if root is not None
            else None
        )
        meta = self.meta
        return (
            stated
            or meta.get("content-language")
            or meta.get("og:locale")
            or self.document.language
            or None
        )

    @cached_property
    def title(self) -> str:
        meta = self.meta
        stated = meta.get("og:title") or meta.get("twitter:title")
        return _one_line(stated or _text(self.head.css_first("title")))

    @cached_property
    def description(self) -> str:
        meta = self.meta
        return _one_line(meta.get("description") or meta.get("og:description") or "")

    @cached_property
    def published(self) -> str | None:
        """When the page says, in its metadata, that it was published, as it states it."""
        return self._stated("datePublished", _PUBLISHED)

    @cached_property
    def modified(self) -> str | None:
        return self._stated("dateModified", _MODIFIED)

    @cached_property
    def offset(self) -> timezone | None:
        """The offset from UTC that it states of itself, else in most of its stamps.

        None for UTC too, which may stand for nothing.
        """
        own = _OFFSET.findall(f"{self.published} {self.modified}")
        [(found, _)] = Counter(own or _OFFSET.findall(self.text)).most_common(1) or [("", 0)]
        minutes = int(found[1:3]) * 60 + int(found[-2:]) if found else 0
        if not 0 < minutes <= 14 * 60:
            return None
        return timezone(timedelta(minutes=-minutes if found[0] == "-" else minutes))

    def _stated(self, key: str, names: tuple[str, ...]) -> str | None:
        meta = self.meta
        by_meta = next((meta[name] for name in names if name in meta), None)
        texts = (one[key] for one in self.things if isinstance(one.get(key), str))
        return by_meta or next(texts, None)


def _form(media_type: str, text: str) -> Form:
    """The form by what the text is; the media type decides only where the text leaves it open."""
    start = text[:2000].lstrip("\ufeff \t\r\n")
    if _is_json(media_type, start):
        return "json"
    if _XML.match(start) or media_type.endswith("xml"):
        return "html" if "<html" in start.lower() else "xml"
    if media_type == "text/html" or _WHOLE_PAGE.match(start):
        return "html"
    if media_type in ("text/plain", "text/markdown", "text/x-markdown"):
        return "text"
    headings = len(_ATX.findall(text, 0, 20_000))  # of Markdown, in which tags may stand
    return "html" if headings < 2 and _MARKUP.search(text, 0, 20_000) else "text"


def _is_json(media_type: str, start: str) -> bool:
    if media_type.endswith("json"):
        return start[:1] in "{["
    return bool(re.match(r'\{\s*(?:"|\})|\[\s*(?:[\[{"\]]|-?\d+(?:\.\d+)?\s*[,\]])', start))


def _head_end(text: str) -> int:
    body = _BODY.search(text)
    return body.start() if body else min(len(text), _HEAD)


def _web(href: str | None, base: str) -> str | None:
    return _joined(href, base) if href and (href := href.strip()) else None


@recalled(4096)
def _joined(href: str, base: str) -> str | None:
    if _WHOLE.fullmatch(href):
        return href
    if _BESIDE.fullmatch(href) and _WHOLE.fullmatch(base):
        before = base.partition("#")[0]
        return (before if href[0] == "#" else before.partition("?")[0]) + href
    try:
        url = urljoin(base, href)
    except ValueError:  # a bracket that is no IPv6 address
        return None
    return url if url[:8].lower().startswith(("http://", "https://")) else None


def _text(node: LexborNode | None) -> str:
    return node.text() if node is not None else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _objects(value: Any) -> list[JsonObject]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]
