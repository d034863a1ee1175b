"""The life of a live page: whether coverage has ended, where it goes on, where older updates are.

Read from the page's head, from what stands around its heading, and from its newest updates: there
editors say it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from feeder.cache import recalled
from feeder.extract.page.times import day_in
from feeder.sanitize.clean import plain
from feeder.sanitize.embeds import attributes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from feeder.extract.page.parsed_page import ParsedPage
    from feeder.model import Update

# Without one of these words a sentence says nothing of the kind.
_ABOUT = ("live", "ticker", "coverage", "direct", "diret", "blog", "damit beenden")
_GOING_ON = (
    "continu", "follow", "move", "resume", "goes on", "new", "latest", "today", "aktuelle",
    "nächste", "weiter", "suite", "suivez", "nuev", "nuov", "lees", "read", "find", "see", "join",
)  # fmt: skip
_AROUND = 4_000  # characters of markup from the first heading on
_NEWEST = 2  # updates at either end of the page
_LIVE = (
    r"(?:live[- ]?(?:blog|ticker|coverage|updates|feed|page|reporting|stream)|newsblog|news-?ticker"
    r"|our coverage|this blog"
    r"|(?:le|ce|notre) direct|(?:el|este|nuestro) directo|la (?:nostra )?diretta)"
)
# "This live blog on the flood is now closed"; but not "Live updates as talks have ended".
_ENDED = re.compile(
    rf"{_LIVE}(?: (?:on|of|about|from|zu|zum|zur|sur|sobre)(?: \w+){{1,3}}?)?"
    r" (?:(?:is|has|have|are) (?:now )?(?:been )?(?:closed|ended|over|finished|concluded"
    r"|come to an end)"
    r"|(?:ist|wurde) (?:nun |hiermit |jetzt )?(?:beendet|geschlossen|zu ende)"
    r"|est (?:désormais )?(?:terminé|clos)"
    r"|ha (?:terminado|finalizado)|è (?:terminat[ao]|conclus[ao])|is (?:nu )?(?:afgelopen"
    r"|gesloten|beëindigd))"
    rf"|(?:clos(?:e|ing)|end(?:ing)?|wrapp?(?:ing)? up|leave|conclud(?:e|ing)|paus(?:e"
    rf"|ing)) (?:up )?(?:our|this|the"
    rf"|today's) (?:\w+ )?{_LIVE}|(?:leave|end|close) our live"
    rf"|that(?:'s| is| was) (?:it|all) (?:from|for) (?:our|this|the"
    rf"|today's) (?:\w+ ){{0,2}}{_LIVE}|damit beenden wir",
    re.IGNORECASE,
)
_TITLE_ENDED = re.compile(
    r"\bas it happened\b|\bzum nachlesen\b|\bso lief\b|\basí (?:fue|se vivió)\b", re.IGNORECASE
)
_ONWARD = re.compile(
    r"(?:coverage|reporting|updates|live ?blog|blog) (?:\w+ ){0,2}(?:continues?|moved|continuing"
    r"|goes on|resumes?)\b"
    r"|(?:blog|ticker|geht es|geht's) .{0,40}weiter|weiter geht'?s .{0,30}(?:blog|ticker)"
    r"|la suite (?:du direct|de (?:notre|ce) direct)|directo continúa|la diretta continua"
    r"|lees verder in .{0,20}blog",
    re.IGNORECASE,
)
# Said of another page this means little, unless coverage here has ended.
_ELSEWHERE = re.compile(
    r"(?:follow|read|find|see|join) .{0,40}(?:new|latest|today's|tomorrow's"
    r"|our next) (?:\w+ ){0,2}live"
    r"|(?:new|next|latest|today's) live ?(?:blog|coverage|updates|page)|nouveau direct"
    r"|nuevo directo"
    r"|nuovo live|nieuwe? liveblog"
    r"|(?:neue[rnms]?|aktuelle[rnms]?|nächste[rnms]?) (?:live-?|news-?)?(?:blog|ticker)",
    re.IGNORECASE,
)
_OLDER = ("lder", "ltere", "revious", "arlier", "oad more", "how more", "ehr laden", "ncien",
          "ntigu", "recedent", "ext page", "ouder", "ldre", "tarsze")  # fmt: skip
# characters around the updates where links to other pages of them stand
_BEFORE, _AFTER = 6_000, 40_000
_OLDER_TEXT = re.compile(
    r"^\W*(?:(?:view|show|load|see|read)? ?(?:the )?older(?: (?:posts?|updates?|entries|news"
    r"|stories|blocks?"
    r"|messages))?|previous (?:posts?|updates?|entries|page)"
    r"|(?:load|show|view|see) (?:more|earlier|previous)(?: (?:posts?|updates?|entries|news"
    r"|results))?"
    r"|earlier (?:posts?|updates?|entries)|next page"
    r"|ältere (?:beiträge|meldungen|einträge|artikel)|weitere (?:beiträge|meldungen) laden"
    r"|mehr laden"
    r"|(?:articles|messages|billets) (?:plus )?anciens"
    r"|plus anciens?|entradas antiguas|(?:más|mas) antigu[oa]s|post precedenti|articoli precedenti"
    r"|ouder(?:e)? (?:berichten|posts)|eldre (?:innlegg|saker)"
    r"|äldre inlägg|starsze (?:wpisy|posty))\W*$",
    re.IGNORECASE,
)
_ANCHOR = re.compile(r"<a\b([^>]{0,1500})>((?:[^<]|<(?!/?a\b)){0,600})</a>", re.IGNORECASE)
_NEXT = ('rel="next', "rel='next", "rel=next")
_SENTENCE = re.compile(r"(?<=[.!?])\s|</?(?:p|div|li|h\d|br|figcaption)\b[^>]*>")


class Lifecycle(NamedTuple):
    """What a page says of the life of its coverage."""

    ended: bool = False
    successor: str | None = None
    older: str | None = None


def find_lifecycle(page: ParsedPage, updates: Sequence[Update]) -> Lifecycle:
    """Whether coverage has ended, where it goes on, and where its older updates are."""
    if page.form != "html":
        return Lifecycle()
    around = _heading(page)
    said = [around, *(u.content.html for u in (*updates[:_NEWEST], *updates[-_NEWEST:]))]
    closed = any(_ENDED.search(sentence) for html in said for sentence in _sentences(html, _ABOUT))
    closed = closed or bool(_TITLE_ENDED.search(page.title))
    signs = (_ONWARD, _ELSEWHERE) if closed else (_ONWARD,)
    successor = next(
        (found for html in said if (found := _onward(page, html, signs))), None
    ) or _next_day(page)
    return Lifecycle(closed, successor, _older(page))


@recalled(256)
def _sentences(html: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Those that hold one of the words: patterns are too slow for all of a page's text."""
    sentences = re.split(r"[.!?]\s|\n", plain_words(html).lower())
    return tuple(s for s in sentences if len(s) < 400 and any(word in s for word in words))


def plain_words(html: str) -> str:
    return " ".join(re.sub(r"<[^<>]*+>", " ", html).replace("’", "'").split())


def _heading(page: ParsedPage) -> str:
    """What stands around the page's main heading, before its updates are under way."""
    at = page.visible.find("<h1")
    return page.visible[at : at + _AROUND] if at >= 0 else ""


def _onward(page: ParsedPage, html: str, signs: Sequence[re.Pattern[str]]) -> str | None:
    """A link in a sentence which says that coverage goes on there."""
    if not _sentences(html, _GOING_ON):
        return None
    for anchor in _ANCHOR.finditer(html):
        sentence = plain_words(_around(html, anchor.start(), anchor.end()))
        if len(sentence) < 300 and any(sign.search(sentence) for sign in signs):
            found = _other(page, attributes(anchor[1]).get("href"))
            if found:
                return found
    return None


def _around(html: str, start: int, end: int) -> str:
    """The sentence that a part of some HTML stands in."""
    earliest = max(0, start - 400)
    begin = max((m.end() for m in _SENTENCE.finditer(html, earliest, start)), default=earliest)
    ending = _SENTENCE.search(html, end)
    return html[begin : ending.start() if ending else end + 200]


def _other(page: ParsedPage, href: str | None) -> str | None:
    """Another page of the same host."""
    url = page.absolute(href)
    if url is None or not page.url:
        return None
    bare = url.partition("#")[0]
    here = {page.url.rstrip("/"), (page.canonical or "").rstrip("/")}
    try:
        same = urlsplit(url).hostname == urlsplit(page.url).hostname and len(urlsplit(url).path) > 1
    except ValueError:
        return None
    return (
        bare
        if same and bare.rstrip("/") not in here and bare.partition("?")[0].rstrip("/") not in here
        else None
    )


def _next_day(page: ParsedPage) -> str | None:
    """Its address with the date of the next day, where the page links to that."""
    day, notation = day_in(page.url)
    if day is None:
        return None
    address = page.url.replace(f"{day:{notation}}", f"{day + timedelta(days=1):{notation}}")
    path = address[address.find("/", 8) :]
    return (
        address
        if any(f"{quote}{a}{quote}" in page.visible for quote in "\"'" for a in (address, path))
        else None
    )


def _older(page: ParsedPage) -> str | None:
    """Where the page says that its older updates are."""
    hrefs = chain(_next(page.visible), _saying_older(_after_last(page.visible)))
    return next((found for href in hrefs if (found := _further(page, href))), None)


def _next(markup: str) -> Iterator[str]:
    """Where links of the type "next" lead."""
    for rel in _NEXT:
        at = markup.find(rel)
        if at >= 0:
            tag = markup[markup.rfind("<", 0, at) : markup.find(">", at)]
            yield attributes(tag).get("href", "")


def _after_last(markup: str) -> str:
    """What stands from the last update on, and before the first one."""
    first, last = markup.find("<time"), max(markup.rfind("<time"), markup.rfind("</article"))
    if len(markup) < _BEFORE + _AFTER or last < 0:
        return markup[-_AFTER:]
    return markup[max(first - _BEFORE, 0) : first] + markup[max(last - _BEFORE, 0) : last + _AFTER]


def _further(page: ParsedPage, href: str | None) -> str | None:
    if not href or href.startswith(("#", "javascript:")):
        return None
    url = page.absolute(href)
    try:
        same = url is not None and urlsplit(url).hostname == urlsplit(page.url or url).hostname
    except ValueError:
        return None
    return url if same and url and url.partition("#")[0] != page.url else None


def _saying_older(markup: str) -> Iterator[str]:
    """Addresses of links whose whole text says so, found by their words rather than one by one."""
    for word in _OLDER:
        at = markup.find(word)
        while at >= 0:
            start = markup.rfind("<a", max(0, at - 600), at)
            anchor = _ANCHOR.match(markup, start) if start >= 0 else None
            if anchor and _OLDER_TEXT.match(plain(anchor[2])):
                yield attributes(anchor[1]).get("href", "")
            at = markup.find(word, at + 1)
