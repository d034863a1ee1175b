"""Whether a page says of itself that it is live coverage, or that it is one article.

Said in its title, its heading and its address, or by the types and roles that standards have for it
(schema.org LiveBlogPosting; ARIA's roles feed and log). Weak evidence: it decides where other
evidence leaves it open.
"""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.extract.page.parsed_page import ParsedPage

T = TypeVar("T")

_LIVE = re.compile(
    r"\blive\b|live-?(?:blog|ticker|updates?|stream|bericht|feed|verslag|rapport)|liveblog"
    r"|news-?(?:ticker|blog)|\bticker\b"
    r"|minute[- ]by[- ]minute|as it happen(?:s|ed)|latest updates|\bupdates\s?(?:[:|–—-]|$)"
    r"|\bthe latest(?::|$)"
    r"|rolling coverage|zum nachlesen"
    r"|\ben direct\b|minute par minute|\ben (?:directo|vivo)\b|minuto a minuto|última hora"
    r"|\b(?:in )?diretta\b"
    r"|\bao vivo\b|\bna żywo\b|relacja live|\bnyhetsstudio\b|direkte(?:senter|rapport)"
    r"|\bdirekterapport"
    r"|прямая трансляция|онлайн|хроника|текстовая трансляция|наживо"
    r"|速報|ライブ|直播|实时|即時|실시간|속보"
    r"|canlı|\buživo\b|\bživě\b|online přenos|hetki hetkeltä|\bélő\b|percről percre|live-text"
    r"|ζωντανά|λεπτό προς λεπτό"
    r"|بث مباشر|لحظة بلحظة|עדכונים שוטפים|trực tiếp|siaran langsung|minut cu minut",
    re.IGNORECASE,
)
# What lists of updates of other kinds are called: incident pages, changelogs.
_REPORTS = re.compile(
    r"\bincidents?\b|\boutages?\b|\bstatus (?:page|history|updates?)\b|\bstatus\s*(?:$|[|–—-])"
    r"|\bchange-?log\b|\b(?:release|patch) notes?\b"
    r"|\bwhat[’']s new\b|\bversion history\b|\bstörung(?:en|smeldung(?:en)?)?\b|\bincident(?:e|i"
    r"|en)s?\b|\bavarías?\b"
    r"|notes de version|notas de la versión|historial de cambios|инцидент|журнал изменений"
    r"|история версий|更新履歴|障害"
    r"|変更履歴|更新日志",
    re.IGNORECASE,
)
# What lists of things to come are called.
_PLANS = re.compile(
    r"\b(?:schedules?|programmes?|time-?tables?|tv guide|line-?up|agenda)\b|programm\b|fahrplan"
    r"|\bhorarios?\b|\bhoraires\b|番組表|時刻表|节目表",
    re.IGNORECASE,
)
_SIGNS = '[role="feed"], [role="log"], [itemtype*="LiveBlogPosting"]'
# Front pages and archives, as most systems address them.
_LIST = re.compile(
    r"^/?(?:index\.\w{3,5})?$|/(?:page|categor(?:y|ies)|tags?|archives?|authors?|topics?)/"
    r"|/(?:blog|news|latest|updates|changelog|releases|press)/?$",
    re.IGNORECASE,
)
_ARTICLES = frozenset({
    "NewsArticle", "Article", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle",
    "Recipe", "Product", "VideoObject", "Review", "JobPosting", "Event"
})  # fmt: skip
_HEADLINE = 40  # characters from which on a heading is one of an article, not the name of a section


def once(ask: Callable[[ParsedPage], T]) -> Callable[[ParsedPage], T]:
    """Each series of a page asks these questions; the page keeps the answers."""

    @wraps(ask)
    def recall(page: ParsedPage) -> T:
        if ask.__name__ not in page.answers:
            page.answers[ask.__name__] = ask(page)
        answer: T = page.answers[ask.__name__]
        return answer

    return recall


@once
def is_live(page: ParsedPage) -> bool:
    """Whether its title, its heading, its address or its markup say so."""
    return bool(_LIVE.search(_address(page))) or titled_live(page)


@once
def titled_live(page: ParsedPage) -> bool:
    """Whether all but its address say so, which may name a whole section of the site."""
    if "LiveBlogPosting" in types(page) or page.has(_SIGNS):
        return True
    return any(map(_LIVE.search, _titles(page)))


@once
def titled_report(page: ParsedPage) -> bool:
    """Whether its title or its heading says that it is an incident page or a changelog."""
    return any(map(_REPORTS.search, _titles(page)))


@once
def is_planned(page: ParsedPage) -> bool:
    """Whether its title or its heading says that it is a programme or a timetable."""
    return any(map(_PLANS.search, _titles(page)))


@once
def _titles(page: ParsedPage) -> tuple[str, str]:
    """What its head and its heading call it."""
    heading = page.tree.css_first("h1")
    return page.title, heading.text(separator=" ") if heading is not None else ""


def _address(page: ParsedPage) -> str:
    """The words of its path; the name of the host says nothing of this page."""
    return re.sub(r"[\W_]+", " ", unquote(_path(page.url)))


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # a bracket that is no IPv6 address
        return ""


@once
def is_article(page: ParsedPage) -> bool:
    """Whether its metadata say so, or a long heading that its title repeats; lists say so too."""
    addresses = (page.canonical, page.meta.get("og:url"), page.url)
    if any(_LIST.search(_path(url)) for url in addresses if url):
        return False
    if page.meta.get("og:type", "").lower() == "article" or _ARTICLES & types(page):
        return True
    title = " ".join(page.title.lower().split())
    headings = (" ".join(h.text(separator=" ").lower().split()) for h in page.tree.css("h1")[:3])
    return any(weight(each) >= _HEADLINE and (each in title or title in each) for each in headings)


def weight(text: str) -> float:
    """Characters; those of Chinese, Japanese and Korean say as much as two and a half others."""
    return len(text) * (1.0 if text.isascii() or text[len(text) // 2] < "\u3000" else 2.5)


def kinds(value: dict[str, object]) -> frozenset[str]:
    """The types of an object of JSON-LD, without their vocabulary."""
    stated = value.get("@type")
    each = stated if isinstance(stated, list) else [stated]
    return frozenset(k.rpartition("/")[2].rpartition(":")[2] for k in each if isinstance(k, str))


@once
def types(page: ParsedPage) -> frozenset[str]:
    """What the page's own JSON-LD says that it is."""
    return frozenset().union(*map(kinds, page.things))
