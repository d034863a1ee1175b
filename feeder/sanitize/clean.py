"""Untrusted HTML → safe, absolute, XML-legal HTML, and the plain words in it.

nh3 decides what is safe, always and last. What comes before it only rewrites what a feed reader
could not show (lazy images, players, frames) into what it can; what comes after only tidies white
space and takes wrappers away, so that equal content gives equal bytes. Cleaning what is clean
changes nothing.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass
from functools import lru_cache

import nh3

from feeder.cache import recalled
from feeder.model import Image, Media
from feeder.sanitize.embeds import rich
from feeder.sanitize.limits import legal, shallow

_KEPT = (
    "a abbr b blockquote br caption cite code dd del div dl dt em figcaption figure h1 h2 h3 h4 "
    "h5 h6 hr i img ins kbd li mark ol p pre q s samp small strike strong sub sup table tbody "
    "td tfoot th thead tr u ul var"
)
# Gone with everything in them.
_DROPPED = (
    "applet base button canvas dialog embed form frame frameset head iframe input link map math "
    "meta noembed noframes object optgroup option param script select style svg template textarea "
    "title xmp"
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(),
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "reversed"},
}
_SCHEMES = frozenset({"http", "https", "mailto"})
_BLOCK = re.compile(
    r"(</?(?:p|div|li|ul|ol|h[1-6]|figure|figcaption|blockquote|hr|table|caption|thead|tbody"
    r"|tfoot|tr|td|th|pre"
    r"|dl|dt|dd)\b[^>]*>)",
)
_INLINE = re.compile(r"<[^>]*>")
_PRE = re.compile(r"<pre>.*?</pre>", re.DOTALL)
_EMPTY = re.compile(
    r"<(p|div|li|ul|ol|h[1-6]|figure|figcaption|blockquote|b|i|em|strong|u|s|small|sub|sup"
    r"|q|cite|code|pre|dl|dt|dd|a)>\s*</\1>"
)
_HOLLOW = re.compile(r"<[a-z][a-z1-6]*> ?</")
_UNSEEN = re.compile(r"<img (?!src=\")[^>]*>")
_EDGE = re.compile(  # one "<" before both, which the search can run ahead to
    r"<(?:((?:p|li|h[1-6]|td|th|blockquote|figcaption|dd|dt)>)(?:<br>)+"
    r"|br>(?:<br>)*+<(/(?:p|li|h[1-6]|td|th|blockquote|figcaption|dd|dt)>))"
)
_FIGURE = re.compile(r"<figure>(.*?)</figure>", re.DOTALL)
_IMG = re.compile(r"<img [^>]*>")
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_SMALL = re.compile(r"<small>(.*?)</small>", re.DOTALL)
# "Photograph: A Name/Agency", "Foto: …", "© …", "(Image credit: …)", or "A Name/Agency" after the
# last full stop.
_CREDIT = re.compile(
    r"(?:^|[\s(|])(?:(?:photo(?:graph|graphie)?|foto(?:graf[ií]a|grafie)?|image|bild|picture"
    r"|cr[eé]dito?"
    r"|cr[eé]dit photo|source|quelle|фото)(?: credit| by)?\s?:\s?|©\s?)([^:©]{2,100})$"
    r"|(?<=[.!?…] )([A-Z][^.!?/]{2,60}/[^.!?]{2,60})$",
    re.IGNORECASE,
)
_BLANK = re.compile(r"[^\S\n]*\n[^\S\n]*")
_LINES = re.compile(r"\n{3,}")
_RULE = frozenset("_*-–—=~ ")  # a line drawn with these parts, and says nothing
_RULES = ("__", "--", "**", "==", "——", "* *")
_HOLDERS = frozenset(
    {
        "p",
        "li",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "figcaption",
        "dt",
        "dd",
        "pre",
        "caption",
    }
)
_PARTING = _HOLDERS | {"ul", "ol", "figure", "blockquote", "dl", "div"}
_STEPS = {f"<{name}>": 1 for name in _HOLDERS} | {f"</{name}>": -1 for name in _HOLDERS}


@dataclass(frozen=True, slots=True)
class Cleaned:
    html: str
    text: str  # paragraphs separated by a blank line; captions are with their images, not here
    images: tuple[Image, ...] = ()
    media: tuple[Media, ...] = ()


@lru_cache(maxsize=256)
def _cleaner(base: str) -> nh3.Cleaner:
    web = base.lower().startswith(("http://", "https://"))
    return nh3.Cleaner(
        tags=set(_KEPT.split()),
        clean_content_tags=set(_DROPPED.split()),
        attributes=_ATTRIBUTES,
        url_schemes=set(_SCHEMES),
        url_relative=("rewrite_with_base", base) if web else "deny",
        link_rel=None,
    )


@recalled(2048)  # updates, of some ten pages
def clean(fragment: str, base: str) -> Cleaned:
    """Returns what a reader may see of `fragment`; relative links are resolved against `base`."""
    cleaner = _cleaner(base)
    markup, media = rich(shallow(legal(fragment)), base)
    html, text = _told(cleaner.clean(markup), cleaner)
    return Cleaned(html, text, _images(html) if "<img" in html else (), media)


def _told(html: str, cleaner: nh3.Cleaner) -> tuple[str, str]:
    """Safe HTML without wrappers and white space, and the plain text."""
    if "<pre>" in html:
        html, text = _tidy_around(html)
        return (
            _tidy_around(cleaner.clean(_flat(_BLOCK.split(html))[0]))
            if "<div>" in html
            else (html, text)
        )
    html, pieces = _tidy(html)
    if "<div>" in html:
        flat, sure = _flat(pieces)
        if not sure:  # blocks stood where only words may: the tree has to be made again
            html, pieces = _tidy(cleaner.clean(flat))
        elif (html := _pruned(flat)) != flat:
            html, pieces = _tidy(html)
    return html, _joined(pieces)


def plain(fragment: str) -> str:
    """Returns the words of a piece of HTML, or of text that may hold entities, on one line."""
    if "<" in fragment:
        fragment = clean(fragment, "").text
    elif "&" in fragment:
        fragment = entities.unescape(fragment)
    return " ".join(legal(fragment).split())


def _tidy(html: str) -> tuple[str, list[str]]:
    """Collapse white space as a browser does; returns the pieces between block tags too."""
    less = _collapsed(html)
    while True:
        pieces = [piece.strip() for piece in _BLOCK.split(less)]
        if any(map(less.__contains__, _RULES)):
            pieces = ["" if _RULE.issuperset(piece) else piece for piece in pieces]
        html = "".join(pieces)
        less = _pruned(html)
        if less == html:
            return html, pieces


def _collapsed(html: str) -> str:
    if not html.isprintable() or "  " in html or "&nbsp;" in html:
        html = " ".join(legal(html.replace("&nbsp;", " ")).split())
    return html.replace(" <br>", "<br>").replace("<br> ", "<br>") if "<br>" in html else html


def _pruned(html: str) -> str:
    """Without images that have no address, empty elements, and what their going leaves empty."""
    if "<img" in html:
        html = _UNSEEN.sub("", html)
    while True:
        less = _EMPTY.sub(_parting, html) if _HOLLOW.search(html) else html
        less = _EDGE.sub(_edge, less) if "<br>" in less else less
        if less == html:
            return html
        html = less


def _edge(broken: re.Match[str]) -> str:
    return f"<{broken[1] or broken[2]}"


def _parting(empty: re.Match[str]) -> str:
    """What is left of an empty element: a line break where its going would join two words."""
    before, after = (
        empty.string[empty.start() - 1 : empty.start()],
        empty.string[empty.end() : empty.end() + 1],
    )
    return (
        "<br>"
        if empty[1] in _PARTING and before not in ("", ">") and after not in ("", "<")
        else ""
    )


def _tidy_around(html: str) -> tuple[str, str]:
    """White space inside <pre> is text."""
    done, texts, at = [], [], 0
    for pre in _PRE.finditer(html):
        before, pieces = _tidy(html[at : pre.start()])
        kept = legal(pre[0].replace("&nbsp;", " "))
        done += [before, kept]
        texts += [_joined(pieces), entities.unescape(_INLINE.sub("", kept)).strip("\n")]
        at = pre.end()
    rest, pieces = _tidy(html[at:].replace("<pre>", ""))
    return "".join([*done, rest]), "\n\n".join(t for t in (*texts, _joined(pieces)) if t)


def _joined(pieces: list[str]) -> str:
    """Text between block tags is a paragraph; what a figure holds is told with its image."""
    paragraphs, figures = [], 0
    for number, piece in enumerate(pieces):
        if number % 2:
            figures += (piece == "<figure>") - (piece == "</figure>")
        elif piece and figures <= 0:
            paragraphs.append(_words(piece))
    return "\n\n".join(p for p in paragraphs if p)


def _words(piece: str) -> str:
    if "<" in piece:
        piece = _INLINE.sub("", piece.replace("<br>", "\n"))
    if "&" in piece:
        piece = entities.unescape(piece)
    return _LINES.sub("\n\n", _BLANK.sub("\n", piece)).strip() if "\n" in piece else piece.strip()


def _flat(pieces: list[str]) -> tuple[str, bool]:
    """Without <div>: they are wrappers. Text that stands directly in one becomes a paragraph.

    And whether the result is sure to be the same tree less those: no <div> stood among words, and
    no inline element goes on from one block to the next, for then every piece would close as many
    as it opens.
    """
    flat, held, sure = [], 0, True
    for number, piece in enumerate(pieces):
        if number % 2:
            held += _step(piece)
            wrapper = piece in {"<div>", "</div>"}
            sure = sure and not (wrapper and held > 0)
            flat.append(" " * (held > 0) if wrapper else piece)
            continue
        sure = sure and ("<" not in piece or _even(piece))
        flat.append(piece if held > 0 or _is_empty(piece) else f"<p>{piece}</p>")
    return "".join(flat), sure


def _is_empty(piece: str) -> bool:
    return not piece or ("<" in piece and not _INLINE.sub("", piece).strip())


def _step(tag: str) -> int:
    """Returns how many more elements that hold words are open after a tag."""
    return _STEPS.get(tag) or (_STEPS.get(tag.partition(" ")[0] + ">", 0) if " " in tag else 0)


def _even(piece: str) -> bool:
    """Returns whether as many tags close as open."""
    return piece.count("<") - piece.count("<br>") - piece.count("<img ") == 2 * piece.count("</")


def _images(html: str) -> tuple[Image, ...]:
    """Returns every image once, with the caption and credit of the figure it stands in."""
    found: dict[str, Image] = {}
    for figure in _FIGURE.finditer(html):
        caption, credit = _caption(figure[1])
        for tag in _IMG.findall(figure[1]):
            _add(found, tag, caption, credit)
    for tag in _IMG.findall(html):
        _add(found, tag, "", "")
    return tuple(found.values())


def _add(found: dict[str, Image], tag: str, caption: str, credit: str) -> None:
    stated = {key: entities.unescape(value) for key, value in _ATTRIBUTE.findall(tag)}
    url = stated.get("src", "")
    if url.startswith(("http://", "https://")) and url not in found:
        width, height = (
            int(stated[side]) if stated.get(side, "").isdecimal() else None
            for side in ("width", "height")
        )
        found[url] = Image(url, caption, credit, width, height)


def _caption(figure: str) -> tuple[str, str]:
    inside = _CAPTION.search(figure)
    if inside is None:
        return "", ""
    small = _SMALL.search(inside[1])
    caption = " ".join(_words(_SMALL.sub(" ", _BLOCK.sub(" ", inside[1]))).split())
    if small:
        credit = " ".join(_words(_BLOCK.sub(" ", small[1])).split())
        return caption, _credited(credit)[1] or credit
    return _credited(caption)


def _credited(caption: str) -> tuple[str, str]:
    """Returns the credit that ends a caption without markup of its own."""
    end = _CREDIT.search(caption)
    return (
        (caption[: end.start()].strip(" |–—-("), (end[1] or end[2]).strip(" .)|"))
        if end
        else (caption, "")
    )
