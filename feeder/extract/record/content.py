"""The one way to make a Content, whichever kind of evidence the words came from."""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING

from feeder.model import Content, Image, Media
from feeder.sanitize.clean import clean, plain
from feeder.sanitize.limits import legal

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPENING = re.compile(r"<([a-z][\w-]*)", re.IGNORECASE)
_CLOSING = re.compile(r"</([a-z][\w-]*)\s*>", re.IGNORECASE)
# A tag that need not be closed; between two spaces it is a word of a sentence ("write <br> there").
_SINGLE = re.compile(
    r"(?<!\s)<(?:br|p|hr)\b[^<>]*>|<(?:br|p|hr)\b[^<>]*>(?!\s|$)|<(?:img|a|iframe)\s[^<>]*="
    r"|^\s*<(?:p|br|hr|div|figure)\b",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-fA-F]{2,5}|[a-zA-Z]{2,8}\d?);")
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
_TELLING = 16  # characters; a shorter statement ("Good morning.") says nothing alone
TITLE_MOST = 100  # characters of a title that is made from the text
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)]*(?=\s|$)|[。！？]")
# A full stop after these ends no sentence; nor does one after a single letter or before a small
# one.
_SHORT = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|gen|gov|sen|rep|lt|col|sgt|jr|sr|no|vs|etc|nr|bzw|ca|z\.b|u\.a"
    r"|sra?|mme|art|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|a\.m|p\.m|u\.s|u\.k|e\.g|i\.e)"
    r"|\b\w|\d)\.$",
    re.IGNORECASE,
)


def content(
    headline: str,
    body: str,
    base: str,
    *,
    authors: Iterable[str] = (),
    images: Iterable[Image] = (),
    media: Iterable[Media] = (),
    categories: Iterable[str] = (),
    language: str | None = None,
) -> Content:
    """Makes the content of a headline (text or HTML) and a body (HTML).

    `images` are those that the body does not show itself.
    """
    cleaned = clean(body, base)
    title = plain(headline)
    pictures = _once((*cleaned.images, *images))
    return Content(
        title=title or derived(cleaned.text, pictures),
        text=cleaned.text,
        html=cleaned.html,
        derived=not title,
        authors=tuple(authors),
        images=pictures,
        media=tuple({each.url: each for each in (*cleaned.media, *media)}.values()),
        categories=tuple(dict.fromkeys(legal(c) for c in categories)),
        language=language,
    )


def says_something(told: Content) -> bool:
    """Whether an update has words, pictures or sound."""
    return bool(told.title or told.html or told.images or told.media)


def derived(text: str, images: Iterable[Image] = ()) -> str:
    """The first sentence, at most 100 characters; of an update that is all image, its caption's."""
    start = _first_words(text) or next((i.caption for i in images if i.caption), "")
    for end in _SENTENCE.finditer(start, 0, TITLE_MOST):
        sentence = start[: end.end()]
        goes_on = start[end.end() :].lstrip()[:1].islower()
        if not goes_on and _says_enough(sentence):
            return sentence
    return start if len(start) <= TITLE_MOST else _shorten(start)


def _says_enough(sentence: str) -> bool:
    least = _TELLING if sentence.endswith(".") else 4
    return len(sentence) >= least and not _SHORT.search(sentence)


def _shorten(text: str) -> str:
    """Returns so many whole words as a title takes; a very long one is cut."""
    cut = text[: TITLE_MOST - 1]
    if " " in cut[TITLE_MOST // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:–—-") + "…"


def _first_words(text: str) -> str:
    """The first paragraph that says something."""
    paragraphs = [" ".join(p.split()) for p in text[:2000].split("\n\n", 4)]
    return next((p for p in paragraphs if len(p) > 2), paragraphs[0])


def _once(images: Iterable[Image]) -> tuple[Image, ...]:
    """By address; of two mentions the one that says more."""
    found: dict[str, Image] = {}
    for image in images:
        known = found.get(image.url)
        if known is None or (image.caption and not known.caption):
            found[image.url] = image
    return tuple(found.values())


def html_or_text(body: str) -> str:
    """HTML of a body that may be either: "5 < 6" and "A & B" are text."""
    if not is_html(body) and _ENTITY.search(body):
        body = entities.unescape(body)
    return body if is_html(body) else text_html(body)


def is_html(text: str) -> bool:
    """Whether a text is markup: an element opened and closed, or a tag that needs no end."""
    closed = {name.lower() for name in _CLOSING.findall(text)}
    opened = {name.lower() for name in _OPENING.findall(text)} if closed else set()
    return bool(closed & opened) or _SINGLE.search(text) is not None


def headline_html(text: str) -> str:
    """A headline that may be HTML or plain text as HTML."""
    if is_html(text) or _ENTITY.search(text):
        return text
    return entities.escape(text, quote=False)


def text_html(text: str) -> str:
    """Plain text as HTML. Blank lines part paragraphs; where there are none, every line is one."""
    escaped = text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = escaped.replace("\r\n", "\n").replace("\r", "\n")
    paragraphs = _BLANK.split(lines)
    if len(paragraphs) == 1:
        paragraphs = lines.split("\n")
    return "".join(f"<p>{p.strip().replace(chr(10), '<br>')}</p>" for p in paragraphs if p.strip())
