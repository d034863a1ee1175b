"""What readers say: comments, forum posts, answers, reviews.

Told by what markup calls them, in the words that systems everywhere use and in the types of
schema.org, by a way to reply in each, by the heading above them, and by the names they begin with.
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
    from feeder.extract.inferred.candidate import Candidate
    from feeder.extract.inferred.series import Record

_REPLY = re.compile(
    r"^(?:(?:log in to )?reply(?: to .{1,30})?|quote|antworten|répondre|responder|rispondi"
    r"|odpowiedz"
    r"|svara?|ответить|返信(?:する)?|回复|.{2,30}\b(?:commented|replied|answered|wrote|says)\b:?"
    r"|(?:join date|asked|answered|replied|commented|reputation)\b.{0,30})$",
    re.IGNORECASE,
)
_DISCUSSION = re.compile(
    r"^[\W\d]*(?:view |all |show |leave a |top )?(?:comments?|replies|responses?|reviews"
    r"|(?:leser)?kommentare?|commentaires?|comentarios?|commenti|reacties|komentarze|kommentarer"
    r"|bewertungen|rezensionen|avis|opiniones|recensioni|отзывы|комментари\w*|discussion|diskussion"
    r"|thoughts on)\b|^[\W\d]*(?:コメント|评论)",
    re.IGNORECASE,
)
# What a class or an id calls it, by any system; and what such a name says of something else.
_CALLED = re.compile(
    r"comment|kommentar|comentari|(?<!p)review|bewertung|repl(?:y|ies)|disqus|discuss|forum|postbit"
    r"|^(?:v|h-)event$|answers?\b|guestbook",
    re.IGNORECASE,
)
_ELSE = re.compile(
    r"commentat|commentary|reviewed|(?:count|links?|number|disabled|button|icon|toggle)$"
    r"|(?:^|[-_])(?:no|has|with|hide|show|can|allow|category|tag|type|format|skip)[-_]",
    re.IGNORECASE,
)
_LIVE = re.compile(r"live|ticker|minute|match", re.IGNORECASE)  # a match has its comments too
_TYPES = frozenset({
    "Comment", "Answer", "Question", "Review", "DiscussionForumPosting", "Event"
})  # fmt: skip
_FORUM_WORDS = re.compile(
    r"\b(?:forums?|message board|discussions?|mailing list|foren|foros?)\b|форум|掲示板|论坛|포럼",
    re.IGNORECASE,
)
_FORUM_PATHS = re.compile(
    r"/(?:forums?|boards?|threads?|topics?|discussions?)/|viewtopic|showthread|[?&](?:thread|tid)=",
    re.IGNORECASE,
)
# How far an incident is or a maintenance, with which a report of it begins.
_STATES = re.compile(
    r"investigating|identified|monitoring|resolved|update[ds]?|scheduled|in progress|completed"
    r"|behoben|gelöst|geplant|in bearbeitung|résolu|terminé|en cours|resuelto|risolto|resolvido"
    r"|opgelost|решено|解決(?:済み)?|調査中|已解决|调查中",
    re.IGNORECASE,
)
_THREADS = frozenset({"DiscussionForumPosting", "QAPage"})


def talked(of: Candidate) -> float:
    """Returns how much speaks for what readers say: from nothing to what is as good as certain."""
    if any(_LIVE.search(name) for names in of.names for name in names):
        return 0.0
    sure = _called(of) or _replied(of) or _is_forum(of)
    nested = sum(a.end > b.start for a, b in pairwise(of.records)) / len(of.records)
    return 1.0 if sure else 0.5 * (_headed(of) or nested > 0.05)


def _called(of: Candidate) -> bool:
    """Whether markup calls them so: most of the records, or what stands right around them."""
    around = of.names[: len(of.series.region[-3:])]
    each = of.names[len(around) :]
    so = sum(any(map(_is_talk, names)) for names in each)
    return so > len(each) / 2 or any(_is_talk(name) for names in around for name in names)


@recalled(4096)
def _is_talk(name: str) -> bool:
    if name[:1] == ":":
        return name[1:] in _TYPES
    return bool(_CALLED.search(name)) and not _ELSE.search(name)


def _replied(of: Candidate) -> bool:
    """Returns whether most records offer or state a reply."""
    replies = sum(_offers_reply(record) for record in of.sample)
    return replies > 0.5 * len(of.sample)


def _offers_reply(record: Record) -> bool:
    texts = (text.strip() for _, text in record.texts)
    return any(len(text) < 40 and _is_reply(text) for text in texts)


@lru_cache(maxsize=2048)
def _is_reply(text: str) -> bool:
    return _REPLY.match(text) is not None


def _headed(of: Candidate) -> bool:
    """Returns whether one of the last short texts above them says that comments follow."""
    start = of.records[0].start
    above = [text.strip() for _, text in of.outline.between(max(0, start - 60), start)]
    return any(len(text) < 60 and _DISCUSSION.search(text) for text in above[-2:])


def _is_forum(of: Candidate) -> bool:
    """Whether the page says that it is a thread; by words alone, where its posts are signed."""
    page = of.page
    if not _THREADS.isdisjoint(types(page)):
        return True
    said = _FORUM_WORDS.search(page.title) or _FORUM_PATHS.search(page.url)
    return bool(said) and not titled_live(page) and bool(_signatures(of))


def signed(of: Candidate) -> float:
    """Returns whether the records begin with a name, each with another.

    More so where the oldest is first.
    """
    names = _signatures(of)
    if len(of.records) < 5 or len(set(names)) <= 0.6 * len(names):
        return 0.0
    if ">td" in of.series.path and not of.prose:  # a table whose first column is short
        return 0.0
    rising = of.ranks[0] < of.ranks[-1] and of.ranks == sorted(of.ranks)
    return 1.0 if rising else 0.5


def _signatures(of: Candidate) -> list[str]:
    """Returns the names that most records begin with; none, if most begin with something else."""
    firsts = [_first_words(record) for record in of.sample]
    names = [first for first in firsts if first]
    return names if len(names) > 0.7 * len(firsts) else []


def _first_words(record: Record) -> str:
    """Returns what the record begins with, where it is as short as a name and no heading."""
    own = range(record.mark.index, record.mark.end)
    for index, text in record.texts[:4]:
        words = text.strip(" \t\n:|·•–—-,")
        if index in own or not words or whole(words):
            continue
        headed = any(record.outline.tags[n] in HEADINGS for n in record.outline.above(index, 4))
        return words if not headed and _may_sign(words) else ""
    return ""


@lru_cache(maxsize=2048)
def _may_sign(words: str) -> bool:
    """Returns whether words are as short as a name, and no sentence and no state of an incident."""
    if len(words) > 25 or len(words.split()) > 3 or _STATES.fullmatch(words):
        return False
    return words[0].isalpha() and words[-1] not in ".!?"
