"""What a page counts or computes anew at every read: never news, whatever it says.

"14 min ago" is left out wherever it stands. A count ("12 comments", "Просмотры: 503", "♥ 12",
"1,2 Tsd.") is left out only where it stands by itself: on a line, in brackets, between separators,
or at the end of a headline. "In the hall 12 people were hurt" is a figure of the news.
"""

from __future__ import annotations

import re
from functools import lru_cache

# The units are those of the languages that most pages are in.
_UNIT = (
    r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|sekunden?|minuten?|stunden?|"
    r"tage?n?|std|heures?|jours?|segundos?|minutos?|horas?|d[ií]as?|secondi|minuti|ore|giorni|"
    r"sekunder|minutter|minuter|timer|timmar)"
)
_AGO = re.compile(
    rf"\b\d{{1,9}}\s?{_UNIT}\.?\s(?:ago|siden|sedan|fa|geleden)\b"
    rf"|\b(?:vor|il y a|hace|há)\s\d{{1,9}}\s?{_UNIT}\b"
    r"|\bjust now\b|\bgerade eben\b",
    re.IGNORECASE,
)
_AGO_WORDS = (
    "ago",
    "siden",
    "sedan",
    " fa",
    "geleden",
    "vor ",
    "il y a",
    "hace",
    "há",
    "now",
    "eben",
)

# What people say about an update: counted at the end of a headline too, without a separator.
_REMARKS = (
    r"(?:comments?|repl(?:y|ies)|kommentare?|antworten|commentaires?|réponses?|comentarios?|"
    r"comentários?|respuestas?|respostas?|commenti|commento|risposte|reacties?|antwoorden|"
    r"kommentarer?|kommenttia|komentarz\w*|komentář\w*|komentár\w*|komentar\w*|odpowiedzi|"
    r"комментари\w*|ответ\w*|коментар\w*|відповід\w*|yorum|σχόλι\w*|hozzászólás\w*|"
    r"comentarii|تعليق\w*|תגובות|टिप्पणि\w*|コメント|評論|评论|留言|回复|回覆|댓글)"
)
_NOUNS = (
    rf"(?:{_REMARKS}|views?|likes?|shares?|reactions?|reads?|upvotes?|retweets?|"
    r"reposts?|boosts?|favou?rites?|bookmarks?|clicks?|claps?|plays?|watching|online|"
    r"aufrufe?|reaktionen|klicks|gefällt mir|mal gelesen|mal geteilt|"
    r"vues?|partages?|réactions?|lectures?|j[’']aime|vistas?|visitas?|visualizaciones|"
    r"reacciones|lecturas?|me gusta|visualizzazioni|condivisioni|reazioni|letture|mi piace|"
    r"visualizações|visualizacoes|curtidas|partilhas|compartilhamentos|weergaven|keer bekeken|"
    r"keer gedeeld|visningar?|visninger|gillningar|delningar|delinger|katselu\w*|"
    r"wyświetle\w*|polubie\w*|zobrazení|zhlédnutí|просмотр\w*|лайк\w*|репост\w*|"
    r"перегляд\w*|görüntüle\w*|beğeni|paylaşım|προβολές|megtekintés|vizualizări|"
    r"مشاهد\w*|إعجاب\w*|צפיות|回?視聴|閲覧|いいね!?|阅读|浏览|播放|点赞|转发|조회수?|좋아요|공감|추천)"
)
_MAGNITUDE = (
    r"(?:k|m|b|bn|mn|tsd|tsnd|mio|mrd|mil|mill|mln|tys|tis|tuhat|тыс|тис|млн|bin|"
    r"千|万|萬|億|亿|천|만)"
)
_DIGITS = r"\d{1,12}(?:[.,'’\u00a0\u202f]\d{1,3}){0,3}"
_NUMBER = rf"{_DIGITS}(?:\s?{_MAGNITUDE}\b\.?)?\s?[件回次条個개]?の?"
_SIGN = r"[♥❤♡💬🗨💭👁👀👍👎🔁🔄🔥⭐★☆↩↪⟲]\ufe0f?"
_ARROW = r"[▲△▴⬆↑▼▽⬇]"
_SPLIT = r"[\s·|•,/]{0,4}"
_COUNT = (
    rf"(?:{_NUMBER}\s?{_NOUNS}|{_NOUNS}\s?[:：(（]?\s?{_NUMBER}[)）]?"
    rf"|{_SIGN}\s?{_NUMBER}|{_NUMBER}\s?{_SIGN}|{_DIGITS}\s?(?:k|tsd|mio|тыс|万|萬|천|만)\b\.?)"
)
_COUNTS = re.compile(
    rf"\s?(?:{_ARROW}\s?{_NUMBER}{_SPLIT})?(?:{_COUNT}{_SPLIT}){{1,8}}[.!]?", re.IGNORECASE
)
_IN_BRACKETS = re.compile(rf"[(\[（]\s?(?:{_COUNT}{_SPLIT}){{1,4}}[)\]）]", re.IGNORECASE)
_BETWEEN = re.compile(r"(\s[·|•—–/]\s|(?<=[.!?…])\s)")
_REMARKS_LAST = re.compile(rf"\s{_NUMBER}\s?{_REMARKS}$", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LONGEST = 120  # characters; counts are short
_WHOLE = 20_000  # characters of a text; longer ones are compared as they are


@lru_cache(maxsize=4096)  # nearly all updates of a page that is read again are as they were
def steady(text: str) -> str:
    """Returns the text on one line, without what ticks."""
    kept = text
    if len(text) > _WHOLE:
        return " ".join(text.split())
    lower = text.lower()
    if any(word in lower for word in _AGO_WORDS):
        kept = _AGO.sub(" ", text)
    if _DIGIT.search(kept):
        kept = "\n".join(_without_counts(line) for line in kept.split("\n"))
    return " ".join(kept.split())


def steady_headline(title: str) -> str:
    """Returns a headline without what ticks, a count of remarks at its end included."""
    return steady(_REMARKS_LAST.sub("", title.strip()))


def _without_counts(line: str) -> str:
    if _is_count(line):
        return ""
    start = max(0, len(line) - _LONGEST)  # counts stand at the end of what they count
    parts = _BETWEEN.split(_IN_BRACKETS.sub(" ", line[start:]))
    return line[:start] + "".join(part for part in parts if not _is_count(part))


def _is_count(part: str) -> bool:
    if len(part) > _LONGEST or not _DIGIT.search(part):
        return False
    return _COUNTS.fullmatch(part) is not None
