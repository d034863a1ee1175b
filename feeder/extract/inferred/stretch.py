"""Stretches of a page's markup, each read by itself and remembered.

Of a page that is read again nearly all is as it was. So its markup, as the parser has put it right,
is cut where elements begin that pages are made of; what a stretch says by itself (its elements, how
deep they are nested, its texts) depends on its own characters alone, and is known when the same
characters come again. An edit or a new update changes the stretches that it is in; those after it
begin where they began before (content-defined chunks, as in Muthitacharoen, Chen, Mazières, A
low-bandwidth network file system, 2001).
"""

from __future__ import annotations

import html
import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import re2

from feeder.cache import Memory

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

TEXT = "-text"  # the tag of what is a text and no element
# Elements that stand in a line of text; a text is one too.
INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "em", "font", "i", "ins", "kbd",
    "label", "mark", "nobr", "q", "s", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
    TEXT
})  # fmt: skip
_CUTS = (
    "<article",
    "<section",
    "<li",
    "<tr",
    "<dt",
    "<h2",
    "<h3",
    "<div",
    "<p",
)  # the largest first
_LONG, _SHORT = (
    3_000,
    400,
)  # characters above which a stretch is cut further, and below which it is joined to the next
_SENTENCE = 60  # characters from which on a text is taken for prose
_LINKED = 4  # elements around a text, among which a link makes it that link's
_FAR = 9  # no link is so near
_USUAL, _MOST = 60, 20_000  # characters of a piece that is remembered; how many are
# Elements without an end tag (WHATWG HTML §13.3, "serializes as void").
_WITHOUT_END = frozenset({
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen", "link",
    "meta", "param", "source", "track", "wbr"
})  # fmt: skip
# What is no element and no text of the page: comments, instructions, and the insides of some
# elements. What others hold is text to a parser, whatever it looks like: the words that stand for a
# frame.
_ODD = re2.compile(
    rb"<(?:[!?]|(?:script|style|template|iframe|noembed|noframes|xmp|plaintext)[ >])"
)
_UNREAD = re.compile(r"<!--.*?-->|<[?!][^>]*>", re.DOTALL)
_OPAQUE = re.compile(r"(<(script|style|template)\b[^>]*>).*?(</\2>)", re.DOTALL)
_VERBATIM = re.compile(r"(<(iframe|noembed|noframes|xmp|plaintext)\b[^>]*>)(.*?)(</\2>)", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")


def regular(markup: str) -> str:
    """Serialised HTML in which hardly a "<" or ">" is none of a tag's.

    A serialiser escapes both in texts and in the values of attributes. What it writes as it is goes
    here, but for a "<" in the name of an attribute.
    """
    if not _ODD.search(markup.encode("utf-8", "replace")):
        return markup
    markup = _OPAQUE.sub(r"\1\3", _UNREAD.sub("", markup))
    return _VERBATIM.sub(
        lambda m: m[1] + html.escape(_TAG.sub(" ", m[3]), quote=False) + m[4], markup
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """The nodes that begin in a stretch of markup, in document order: its elements, and its texts but white space.

    How an element's parent and its end are told makes them true wherever the stretch stands.
    """

    tags: tuple[str, ...]
    up: tuple[int, ...]  # places from the parent to the node; from -1, if it is before the stretch
    sizes: tuple[int, ...]  # nodes of its subtree, itself included; 0: it ends after the stretch
    starts: array[int]  # characters from the stretch's start
    stops: array[int]
    places: tuple[int, ...]  # of the texts
    texts: tuple[str, ...]
    weights: tuple[int, ...]  # of a text how much it says, in characters; of an element 0
    prose: tuple[int, ...]  # the same of those long enough to be sentences, links aside
    roots: tuple[tuple[int, int], ...]  # nodes whose parent is before, and after how many ends
    ends: tuple[End, ...]  # of elements that began before
    open: tuple[int, ...]  # elements that end after the stretch, the outermost first
    whole: bool  # it is one block or several, which all end in it
    facts: dict[Hashable, Any] = field(default_factory=dict)  # what else was worked out of it alone


class End(NamedTuple):
    """An end tag."""

    name: str
    place: int  # of the node after it
    stop: int  # where it stops, in characters from the stretch's start


def stretches(markup: str) -> Iterator[str]:
    """Where the markup is cut; each but the first begins with a tag."""
    short = ""
    for piece in _cut(markup, _CUTS):
        short += piece
        if len(short) >= _SHORT:
            yield short
            short = ""
    if short:
        yield short


def _cut(markup: str, tags: tuple[str, ...]) -> Iterator[str]:
    first, *rest = markup.split(tags[0])
    for piece in (first, *[tags[0] + inner for inner in rest]):
        if len(piece) > _LONG and len(tags) > 1:
            yield from _cut(piece, tags[1:])
        else:
            yield piece


_KNOWN: Memory[Stretch] = Memory(24 << 20)  # bytes: of some ten pages with 200 updates each


def stretch(markup: str, link: int) -> Stretch:
    """`link`: which of the elements around it, from the inside, is one."""
    return _KNOWN.get(
        markup if link == _FAR else f"{link}{markup}",
        lambda: _read(markup, link),
        lambda _: 6 * len(markup),
    )


def link_around(tags: list[str]) -> int:
    """Which of the elements around a place, from the outside, is a link, counted from the inside."""
    near = tags[: -_LINKED - 1 : -1]
    return near.index("a") + 1 if "a" in near else _FAR


# What stands between one "<" and the next, a tag and the text after it: the kind and the name of
# the tag, how long it is, how long all of it is; the text ("": white space), and how much that
# says, in characters.
_Piece: TypeAlias = tuple[int, str, int, int, str, int]
_BEGINS, _VOID, _ENDS = range(3)  # kinds of tags; those of void elements begin and end them


class _Pieces(dict[str, _Piece]):
    """Pieces by their characters: a page says `/span>` and `li class="share">` again and again."""

    def __missing__(self, piece: str) -> _Piece:
        tag, _, text = piece.partition(">")
        name = tag.partition(" ")[0]
        if (
            "=" in name
            # the page forgot to end the tag before, so to its parser this is one of that tag's
            # attributes
        ):
            name = ""
        kind = _ENDS if name[:1] == "/" else _VOID if name in _WITHOUT_END else _BEGINS
        words = html.unescape(text) if "&" in text else text
        said = words.strip()
        made = (
            kind,
            name.lstrip("/"),
            len(tag) + 2,
            len(piece) + 1,
            words if said else "",
            _weight(said),
        )
        if len(piece) <= _USUAL:
            if len(self) >= _MOST:
                self.clear()
            self[piece] = made
        return made


_PIECES = _Pieces()


@dataclass(slots=True)
class _Nodes:
    """A stretch while it is read."""

    tags: list[str] = field(default_factory=list)
    up: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    texts: list[tuple[int, str, int]] = field(default_factory=list)  # place, words, weight
    open: list[int] = field(default_factory=lambda: [-1])
    ends: list[End] = field(default_factory=list)


def _read(markup: str, link: int) -> Stretch:
    """In one pass, and without a call for a piece: there are thousands."""
    made = _Nodes()
    tags, up, sizes, starts, stops, open_ = (
        made.tags,
        made.up,
        made.sizes,
        made.starts,
        made.stops,
        made.open,
    )
    place = at = 0
    for kind, name, tag, all_, text, weight in map(_PIECES.__getitem__, markup.split("<")[1:]):
        if kind == _ENDS:
            last = open_[-1]
            if last >= 0 and tags[last] == name:
                open_.pop()
                sizes[last], stops[last] = place - last, at + tag
            else:
                _oddly_ended(End(name, place, at + tag), made)
        elif name:
            tags.append(name)
            up.append(place - open_[-1])
            sizes.append(kind)
            starts.append(at)
            stops.append(at + tag)
            if kind == _BEGINS:
                open_.append(place)
            place += 1
        if text:
            tags.append(TEXT)
            up.append(place - open_[-1])
            sizes.append(1)
            starts.append(at + tag)
            stops.append(at + all_)
            made.texts.append((place, text, weight))
            place += 1
        at += all_
    return _stretch(made, link)


def _oddly_ended(end: End, made: _Nodes) -> None:
    """An end tag of an element before the stretch, or one that names of other vocabularies confuse: <link> in <svg>."""
    if len(made.open) == 1:
        made.ends.append(end)
    elif end.name in [made.tags[place] for place in made.open[1:]]:
        closed = ""
        while closed != end.name:
            last = made.open.pop()
            made.sizes[last], made.stops[last], closed = end.place - last, end.stop, made.tags[last]


def _stretch(made: _Nodes, link: int) -> Stretch:
    weights, prose = [0] * len(made.tags), [0] * len(made.tags)
    for place, _, weight in made.texts:
        weights[place] = weight
        if weight >= _SENTENCE and not _linked(place, made, link - _ended(place, made)):
            prose[place] = weight
    roots = tuple([(n, _ended(n, made)) for n, parent in enumerate(made.up) if parent > n])
    return Stretch(
        tags=tuple(made.tags),
        up=tuple(made.up),
        sizes=tuple(made.sizes),
        starts=array("I", made.starts),
        stops=array("I", made.stops),
        places=tuple([place for place, _, _ in made.texts]),
        texts=tuple([text for _, text, _ in made.texts]),
        weights=tuple(weights),
        prose=tuple(prose),
        roots=roots,
        ends=tuple(made.ends),
        open=tuple(made.open[1:]),
        whole=not made.ends
        and len(made.open) == 1
        and INLINE.isdisjoint(made.tags[n] for n, _ in roots),
    )


def _ended(place: int, made: _Nodes) -> int:
    """How many elements that began before the stretch have ended before one of its nodes."""
    return sum(end.place <= place for end in made.ends)


def _linked(place: int, made: _Nodes, link: int) -> bool:
    """`link`: which of the elements around the stretch is one, of those that have not ended before the text."""
    for level in range(1, _LINKED + 1):
        place -= made.up[place]
        if place < 0:
            return 0 < link <= _LINKED + 1 - level
        if made.tags[place] == "a":
            return True
    return False


def _weight(text: str) -> int:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    if text.isascii() or text[len(text) // 2] < "\u3000":
        return len(text)
    return len(text) * 5 // 2
