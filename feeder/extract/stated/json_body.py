"""The body of an update in a JSON document as HTML.

It is a string of HTML, Markdown or plain text, or a tree of the typed elements that editors'
systems keep.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from feeder.extract.record.content import html_or_text, text_html
from feeder.extract.record.markdown import is_markdown, render_markdown

if TYPE_CHECKING:
    from feeder.extract.page.scripts import JsonObject

_DEEP = 14
_TEXTS = ("html", "text", "body", "value", "markdown", "message", "content", "description")
_INSIDE = (
    "children", "content", "contents", "blocks", "elements", "components", "items", "paragraphs",
    "body", "model", "data", "nodes", "attrs", "fields", "rows",
)  # fmt: skip
_PICTURE = re.compile(r"image|photo|picture|figure", re.IGNORECASE)
_HEADING = re.compile(r"head|title|^h[1-6]$", re.IGNORECASE)
_INLINE = re.compile(
    r"^(?:text|span|fragment|link|hyperlink|urllink|bold|italic|strong|em|a|mark)$", re.IGNORECASE
)
_SKIPPED = re.compile(
    r"advert|^ads?$|newsletter|related|promo|share|comment|recommend", re.IGNORECASE
)
_IMAGE_URL = re.compile(
    r"^(?:https?:)?//\S+\.(?:jpe?g|png|webp|gif|avif)(?:$|[?#])|^https?://\S*(?:image|/img"
    r"|media)\S*$",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"\s*<(?!a\b|b\b|i\b|em\b|strong\b|span\b|code\b|u\b)", re.IGNORECASE)
_KINDS = ("_type", "type", "__typename", "@type", "nodeType", "name")
_ADDRESSES = ("url", "originalUrl", "href", "src", "embedUrl", "link")
_LABELS = ("title", "mediaTitle", "caption", "alt", "text")


def rendered(value: Any, depth: int = _DEEP) -> str:
    """Returns the HTML of whatever holds an update's body; "" where it holds none."""
    if depth < 0:
        return ""
    if isinstance(value, str):
        return text_body(value)
    if isinstance(value, list) and len(value) > 1 and all(map(_is_line, value)):
        return f"<ul>{''.join(f'<li>{html.escape(one)}</li>' for one in value)}</ul>"
    if isinstance(value, list):
        return "".join(rendered(one, depth - 1) for one in value)
    return _element(value, depth) if isinstance(value, dict) else ""


def _is_line(value: Any) -> bool:
    """Returns whether it is a line of plain text, as of a list of changes."""
    return isinstance(value, str) and "\n" not in value and "<" not in value


def text_body(text: str) -> str:
    """Returns the HTML of a string that may be HTML, Markdown or plain text.

    Its shape tells which.
    """
    if is_markdown(text):
        return render_markdown(text, breaks=True) or text_html(text)
    return html_or_text(text)


def _element(element: JsonObject, depth: int) -> str:
    kind = kind_of(element)
    if _SKIPPED.search(kind):
        return ""
    if _PICTURE.search(kind):
        return _figure(element)
    own = _first(element, _TEXTS)
    if own:
        return _wrapped(kind, own, html_or_text(own))
    inside = "".join(
        rendered(element[k], depth - 1) for k in _INSIDE if isinstance(element.get(k), (list, dict))
    )
    return _wrapped(kind, "", inside) if inside else _linked(element)


def kind_of(element: JsonObject) -> str:
    return _first(element, _KINDS).rpartition(".")[2]


def _first(element: JsonObject, keys: tuple[str, ...]) -> str:
    return next(
        (element[k] for k in keys if isinstance(element.get(k), str) and element[k].strip()), ""
    )


def _wrapped(kind: str, own: str, made: str) -> str:
    """Inline pieces stay inline; what is no block yet becomes one."""
    if _INLINE.match(kind):
        return html.escape(own, quote=False) if own and "<" not in own else made
    if _HEADING.search(kind):
        return f"<h3>{_unwrapped(made)}</h3>"
    if re.search(r"list-?item|^li$", kind, re.IGNORECASE):
        return f"<li>{_unwrapped(made)}</li>"
    if re.search(r"quote", kind, re.IGNORECASE):
        return f"<blockquote>{made}</blockquote>"
    return made if _BLOCK.match(made) else f"<p>{made}</p>"


def _unwrapped(made: str) -> str:
    return made.removeprefix("<p>").removesuffix("</p>") if made.count("<p>") == 1 else made


def _figure(element: JsonObject) -> str:
    best = max(pictures(element), default=None)
    if best is None:
        return ""
    said = strings(element, ("caption", "credit", "alt", "altText", "copyright", "byline"))
    credit = said.get("credit") or said.get("copyright") or said.get("byline") or ""
    small = f" <small>{html.escape(credit)}</small>" if credit else ""
    alt = html.escape(said.get("alt") or said.get("altText") or "")
    caption = f"<figcaption>{said.get('caption', '')}{small}</figcaption>"
    return f'<figure><img src="{html.escape(best[1])}" alt="{alt}">{caption}</figure>'


def pictures(value: Any, depth: int = 8) -> list[tuple[int, str]]:
    """Width and address of every image below a value."""
    if depth < 0 or not isinstance(value, (dict, list)):
        return []
    here = _own_pictures(value) if isinstance(value, dict) else []
    inside = list(value.values()) if isinstance(value, dict) else value[:60]
    return here + [found for one in inside for found in pictures(one, depth - 1)]


def _own_pictures(element: JsonObject) -> list[tuple[int, str]]:
    width = str(element.get("width"))
    size = int(width) if width.isdecimal() and len(width) < 6 else 0
    texts = (value for value in element.values() if isinstance(value, str))
    return [(size, text) for text in texts if _IMAGE_URL.match(text)]


def strings(value: Any, keys: tuple[str, ...], depth: int = 5) -> dict[str, str]:
    """Returns the first string under each of the keys, wherever below."""
    found: dict[str, str] = {}
    if depth >= 0 and isinstance(value, dict):
        found = {k: value[k] for k in keys if isinstance(value.get(k), str) and value[k]}
        for one in value.values():
            found = {**strings(one, keys, depth - 1), **found}
    if depth >= 0 and isinstance(value, list):
        for one in value[:20]:
            found = {**strings(one, keys, depth - 1), **found}
    return found


def _linked(element: JsonObject) -> str:
    """Returns an embed: a link with what it is called."""
    url = _first(element, _ADDRESSES)
    if not url.startswith(("http://", "https://")):
        return ""
    return f'<p><a href="{html.escape(url)}">{html.escape(_first(element, _LABELS) or url)}</a></p>'
