"""Signs that a series is what readers say, and not the page: comments, forum posts, answers, reviews.

They are told by their words (a reply to each, "joined", "posts"), by the names that they begin
with, by the heading above them, and by what markup calls them: schema.org types, and the words that
systems and developers everywhere use.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from feeder.cache import recalled
from feeder.extract.inferred.outline import HEADINGS
from feeder.extract.page.kind import titled_live, types
from feeder.when import whole

if TYPE_CHECKING:
    from feeder.extract.inferred.outline import Outline
    from feeder.extract.inferred.series import Record, Series
    from feeder.extract.page.parsed_page import ParsedPage

_REPLY = re.compile(
    r"^(?:(?:log in to )?reply(?: to .{1,30})?|quote|antworten|zitieren|répondre|citer|responder|rispondi|beantwoorden"
    r"|reageren|odpowiedz|cytuj|svar|svara|citera|vastaa|ответить|цитировать|返信|返信する|回复|yanıtla|odpovědět"
    r"|report this comment|started by\b.*|erstellt von\b.*|ouvert par\b.*|(?:replies|antworten|réponses|respuestas"
    r"|risposte|odpowiedzi|ответов|ответы|svar|reacties|views|hits|aufrufe|zugriffe)\s?:\s?\d[\d.,]*"
    r"|(?:posts|messages|beiträge|joined|registriert|member since|inscrit)\s?:.*"
    r"|(?:join date|mitglied seit|inscrit (?:le|depuis)|asked|answered|replied|commented|reputation)\b.{0,30}"
    r"|.{2,30}\b(?:commented|replied|answered|wrote|says|schrieb|a écrit|escribió|ha scritto|napisał[ay]?)\b:?)$",
    re.IGNORECASE,
)
_DISCUSSION = re.compile(
    r"^[\W\d]*(?:view |all |show |leave a |top )?(?:comments?|replies|responses?"
    r"|kommentare?|leserkommentare|beiträge|commentaires?|comentarios?|comentários?"
    r"|commenti|reacties|komentarze|komentarzy|kommentarer|kommentit|reviews|bewertungen|rezensionen|avis|opiniones|recensioni|recenzje|отзывы|комментари\w*|discussion|diskussion|says|schrieb"
    r"|thoughts on)\b|^[\W\d]*(?:コメント|评论)",
    re.IGNORECASE,
)
# What a class or an id calls it, by any system; and what such a name says of something else.
_CALLED = re.compile(
    r"comment|kommentar|comentari|commenti|(?<!p)review|recensie|recension|bewertung|testimonial|repl(?:y|ies)|disqus"
    r"|discuss|^(?:v|h-)event$|forum|postbit|messagelist|topic-?post|answers?\b|leser(?:brief|post|meinung)|guestbook",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"commentat|commentary|reviewed|no-repl|(?:^|[-_])(?:no|has|with|hide|show|can|allow|category|tag|type|format|skip)[-_]"
    r"|(?:open|closed|off|on|count|counter|links?|number|num|enabled|disabled|button|btn|icon|toggle)$",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"(?:^|[-_])(?:side-?bar|related|recommend(?:ed|ations?)|most-?(?:read|popular|viewed)|trending|also-?read|read-?also"
    r"|marquee|more-?(?:stories|news|articles))$",
    re.IGNORECASE,
)
_LIVE = re.compile(r"live|ticker|minute|match", re.IGNORECASE)  # a match has its comments too
_TYPES = frozenset({
    "Comment", "UserComments", "Answer", "Question", "Review", "UserReview", "DiscussionForumPosting", "Event",
    "MusicEvent", "SportsEvent", "TheaterEvent"
})  # fmt: skip
_FORUM = re.compile(
    r"vbulletin|phpbb|xenforo|mybb|\bsmf\b|simple machines|invision|vanilla|flarum|nodebb",
    re.IGNORECASE,
)
_FORUM_WORDS = re.compile(
    r"\b(?:forums?|message board|bulletin board|discussions?|mailing list|foren|diskussion(?:en)?|foros?|fórum)\b"
    r"|форум|掲示板|论坛|論壇|포럼",
    re.IGNORECASE,
)
_FORUM_PATHS = re.compile(
    r"/(?:forums?|boards?|threads?|topics?|discussions?|questions)/|viewtopic|showthread|[?&](?:thread|topic|tid)=",
    re.IGNORECASE,
)
# How far an incident is or a maintenance, with which a report of it begins.
_STATES = re.compile(
    r"investigating|identified|monitoring|resolved|fixed|watching|update[ds]?|scheduled|in progress|verifying|completed"
    r"|post-?mortem|behoben|gelöst|abgeschlossen|geplant|in bearbeitung|untersuchung|identifiziert|beobachtung|résolu"
    r"|terminé|planifié|en cours|identifié|resuelto|investigando|identificado|monitorizando|programado|completado"
    r"|risolto|resolvido|opgelost|onderzoek|rozwiązan[ey]|решено|解決(?:済み)?|調査中|監視中|已解决|调查中",
    re.IGNORECASE,
)
_THREADS = frozenset({"DiscussionForumPosting", "QAPage"})
_AROUND = 3  # elements around the records whose names are asked
_NAMES = 30  # records whose first words are looked at
_SAMPLE = 5  # records whose names are asked


def talk(series: Series, outline: Outline) -> float:
    """What comments and forums have: a reply to each, posts inside posts, a heading or a name that says so."""
    sample = series.records[:: max(len(series.records) // 10, 1)]
    replies = sum(_replies(r.start, r.end, outline) for r in sample) / len(sample)
    nested = sum(a.end > b.start for a, b in pairwise(series.records)) / len(series.records)
    headed = any(_DISCUSSION.search(t) for t in _headlines_above(series, outline))
    return -2.5 * (replies > 0.5) - 1.6 * headed - 1.0 * (nested > 0.05)


def called(series: Series, outline: Outline) -> float:
    """Whether markup calls them so: most of the records, or what stands right around them."""
    around = [name for index in series.region[-_AROUND:] for name in _names(index, outline)]
    sample = series.records[:: max(len(series.records) // _SAMPLE, 1)]
    each = [_names(record.tops[0], outline) for record in sample]
    if any(_LIVE.search(name) for names in (around, *each) for name in names):
        return 0.0
    so = sum(any(map(_is_talk, names)) for names in each) > len(each) / 2
    return -2.5 if so or any(map(_is_talk, around)) else 0.0


def asides(series: Series, outline: Outline) -> float:
    """Whether markup calls what stands around them something that is shown beside a page."""
    nodes = [*series.region[-_AROUND:], *(r.tops[0] for r in series.records[:1])]
    return -2.0 if any(_BESIDE.search(name) for n in nodes for name in _names(n, outline)) else 0.0


def a_forum(series: Series, page: ParsedPage, outline: Outline) -> bool:
    """Whether the page says that it is a thread, or questions and answers; by words alone, if its posts are signed."""
    if _FORUM.search(page.meta.get("generator", "")) or not _THREADS.isdisjoint(types(page)):
        return True
    said = _FORUM_WORDS.search(page.title) or _FORUM_PATHS.search(page.url)
    return bool(said) and not titled_live(page) and bool(_signatures(series, outline))


def signed(series: Series, outline: Outline, *, rising: bool) -> float:
    """Comments and reviews begin with a name, each with another; updates with a headline or with their text."""
    names = _signatures(series, outline)
    if len(series.records) < 5 or len(set(names)) <= 0.6 * len(names):
        return 0.0
    return -1.4 - 1.2 * rising  # who answers does so below


def _signatures(series: Series, outline: Outline) -> list[str]:
    """The names that most records begin with; none, if most begin with something else."""
    firsts = [
        _first_words(r, outline) for r in series.records[:: max(len(series.records) // _NAMES, 1)]
    ]
    names = [first for first in firsts if first]
    return names if len(names) > 0.7 * len(firsts) else []


def _names(index: int, outline: Outline) -> list[str]:
    """What a start tag calls its element."""
    stated = outline.attributes(index)
    kind = stated.get("itemtype", "").strip().rstrip("/").rpartition("/")[2]
    own = stated.get("id")
    return [
        *stated.get("class", "").split(),
        *([own] if own else ()),
        *([f":{kind}"] if kind else ()),
    ]


@recalled(4096)
def _is_talk(name: str) -> bool:
    if name[:1] == ":":
        return name[1:] in _TYPES
    return bool(_CALLED.search(name)) and not _ELSE.search(name)


def _replies(start: int, end: int, outline: Outline) -> bool:
    texts = (text.strip() for _, text in outline.between(start, end))
    return any(len(text) < 40 and _is_reply(text) for text in texts)


@lru_cache(maxsize=2048)
def _is_reply(text: str) -> bool:
    return _REPLY.match(text) is not None


def _headlines_above(series: Series, outline: Outline) -> list[str]:
    """The short texts just above the first record."""
    start = series.records[0].start
    above = [text.strip() for _, text in outline.between(max(0, start - 60), start)]
    return [text for text in above[-2:] if len(text) < 60]


def _first_words(record: Record, outline: Outline) -> str:
    """What the record begins with, where it is as short as a name and no heading."""
    own = range(record.mark.index, outline.end(record.mark.index))
    for index, text in outline.between(record.start, record.end)[:4]:
        words = text.strip(" \t\n:|·•–—-,")
        if index in own or not words or whole(words):
            continue
        if not HEADINGS.isdisjoint(outline.tags[n] for n in outline.above(index, 4)):
            return ""
        short = len(words) <= 25 and len(words.split()) <= 3 and not _STATES.fullmatch(words)
        return words if short and words[0].isalpha() and words[-1] not in ".!?" else ""
    return ""
