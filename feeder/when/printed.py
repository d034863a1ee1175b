"""Times written for people, in any language that `words` knows.

A text is cut into tokens, and runs of tokens that can belong to a time are gathered into drafts: a
clock, a day, a month, a year, a zone, "5 minutes ago", in whatever order. A word that belongs to no
time ends the run; a part that the draft has already begins another one. Every step looks at each
character once, so the time taken grows with the length alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feeder.when import cjk
from feeder.when import draft as drafts
from feeder.when import vocabulary as known
from feeder.when.draft import CLASH, GLUE, STOP, Draft
from feeder.when.machine import machine
from feeder.when.vocabulary import PHRASE_HINT, PHRASES, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from feeder.when.stamp import Stamp

LONGEST = 160  # characters at either end of a text in which a time is sought
_AMPLE = 2000  # characters, with white space, in which those are surely found
_TOKEN = re.compile(
    r"""
      (?P<iso>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?\s?(?:Z\b|[+-]\d\d:?\d\d\b)?)?(?![\d-]))
    | (?P<cjk>(?P<amount>\d{1,4})\s?(?P<unit>年|月|日間?前|日|号|週間前|ヶ月前|か月前|時間前
        |小时前|小時前|天前|分钟前|分鐘前|分前|秒前|時|时|點|点|分|秒|년|월|일\s?전|일|시간\s?전|분\s?전|초\s?전|시|분))
    | (?P<half>午前|午後|凌晨|早上|上午|下午|傍晚|晚上|새벽|오전|오후|저녁)
    | (?P<date>(?P<a>\d{1,4})(?P<sep>[./-])\s?(?P<b>\d{1,2})(?P=sep)\s?
        (?P<c>\d{4}|\d{2}|(?:(?<=\b\d{4}[./-]\d[./-])|(?<=\b\d{4}[./-]\d\d[./-]))\d)\b(?![.:]\d))
    | (?P<dotted>(?P<e>\d{1,2})\.\s?(?P<f>\d{1,2})\.(?!\d))
    | (?P<clock>(?<![.:,\d])(?P<h>\d{1,2})(?P<colon>[:.]|\s?[hH]\s?)(?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,]\d+)?)?
        (?P<mer>\s?[AaPp]\.?\s?[Mm]\b\.?)?(?![\d%]|[.:,]\d|\s?[%€$£]))
    | (?P<played>(?P<kick>\d{1,3})['’′]?\+\d{1,2}['’′]?(?![\d:\w]))
    | (?P<hour>(?P<hh>\d{1,2})(?P<meridiem>\s?[AaPp]\.?\s?[Mm]\b\.?))
    | (?P<offset>(?:GMT|UTC)\s?[+−-]\d{1,2}(?::?\d\d)?\b|\+\d\d:?\d\d\b|[−-]\d{4}\b)
    | (?P<slash>(?P<g>\d{1,2})/(?P<i>\d{1,2})(?![\d/]))
    | (?P<number>(?P<digits>\d+)(?:st|nd|rd|th|er|º|°|ª)?)
    | (?P<word>[^\W\d_]+(?:[\u0900-\u0903\u093a-\u094f][^\W\d_]*)*(?:[’'ʼ-][^\W\d_]+)*\.?)
    | (?P<mark>\S)
    """,
    re.VERBOSE,
)
_MAYBE = re.compile(r"\d|[^\W\d_]{3}|[今昨本刚剛방오어]")
_BESIDE = known.GLUE | known.HOUR_AFTER | known.HOUR_BEFORE | known.POSTED | known.UPDATED
_LETTERS = re.compile(r"[^\W\d_]+")
_EASTERN = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹０１２３４５６７８９"
_UNSEEN = "\u200b\u200e\u200f\u2060\ufeff"
_ODD = re.compile(f"[{_EASTERN}{_UNSEEN}]")
_PLAIN = {ord(c): str(n % 10) for n, c in enumerate(_EASTERN)} | {ord(c): None for c in _UNSEEN}


class Found(NamedTuple):
    """A stamp in a text, and what the text has besides."""

    stamp: Stamp
    rest: str  # the text without it: what follows a leading one, what precedes a trailing one
    after: str = ""  # what precedes a leading one: a preposition makes it part of a sentence


@dataclass(frozen=True, slots=True)
class Span:
    stamp: Stamp
    start: int
    end: int
    first: bool  # nothing but labels and punctuation before it
    last: bool  # nothing but punctuation after it


def normal(text: str) -> str:
    """Single spaces, no invisible marks, western digits."""
    text = " ".join(text.split())
    return text if text.isascii() or not _ODD.search(text) else text.translate(_PLAIN).strip()


def whole(text: str) -> Stamp | None:
    """The time that a short text is, and nothing else."""
    text = normal(text)
    return _whole(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _whole(text: str) -> Stamp | None:
    if not _MAYBE.search(text):
        return None
    found = _spans(_phrased(text), opening=True)
    return found[0].stamp if found and found[0].first and found[0].last else None


def leading(text: str) -> Found | None:
    """The time that a text begins with. What might be something else (21m, yesterday) must be all of it."""
    more, text = text[_AMPLE:], normal(text[:_AMPLE])
    found, more = _leading(text[:LONGEST]), text[LONGEST:] + more
    return found._replace(rest=found.rest + more) if found and more else found


@lru_cache(maxsize=4096)
def _leading(text: str) -> Found | None:
    text = _phrased(text)
    spans = _spans(text[:LONGEST], opening=True)
    if spans and spans[0].first and (spans[0].last or _stands(spans[0].stamp)):
        return Found(spans[0].stamp, text[spans[0].end :], text[: spans[0].start].strip())
    return None


def trailing(text: str) -> Found | None:
    """The time that a text ends with."""
    return _trailing(text) if len(text) <= LONGEST else _sought_at_end(text)


def _sought_at_end(text: str) -> Found | None:
    less, text = text[:-_AMPLE], _phrased(normal(text[-_AMPLE:]))
    cut = max(0, len(text) - LONGEST)
    cut = text.find(" ", cut) + 1 if cut else 0
    spans = _spans(text[cut:], opening=False)
    if spans and spans[-1].last and (spans[-1].first or _stands(spans[-1].stamp)):
        return Found(spans[-1].stamp, less + text[: cut + spans[-1].start])
    return None


_trailing = lru_cache(maxsize=4096)(_sought_at_end)


def labels(text: str) -> bool:
    """Whether a text is no more than what stands beside a time: "Updated at", "on", "Uhr"."""
    words = _LETTERS.findall(text)
    return bool(words) and all(fold(word) in _BESIDE for word in words)


def spans(text: str) -> tuple[Span, ...]:
    """Every time in the first characters of a text, in order."""
    return _spans(_phrased(normal(text[:LONGEST])), opening=False)


def _stands(stamp: Stamp) -> bool:
    return not (stamp.weak and (stamp.ago is not None or stamp.hour is None))


def _phrased(text: str) -> str:
    if PHRASE_HINT.search(text):
        for pattern, word in PHRASES:
            text = pattern.sub(word, text)
    return text


@lru_cache(maxsize=4096)
def _spans(text: str, *, opening: bool) -> tuple[Span, ...]:
    """All times; with `opening`, those before the first word that belongs to none."""
    draft = Draft()
    found: list[Span] = []
    clean = True  # whether only labels and punctuation stand between the text's start and the draft
    for token in _TOKEN.finditer(text):
        verdict = _take(draft, token)
        if verdict is CLASH:
            clean = _finish(draft, found, clean=clean, last=False)
            draft = Draft()
            verdict = _take(draft, token)
        if verdict is STOP:
            _finish(draft, found, clean=clean, last=False)
            if opening:
                return tuple(found)
            clean, draft = False, Draft()
        elif verdict is not GLUE:
            draft.reach(token.start(), token.end())
    _finish(draft, found, clean=clean, last=True)
    return tuple(found)


def _finish(draft: Draft, found: list[Span], *, clean: bool, last: bool) -> bool:
    """Keep what the draft has come to; whether the next one may still be the first of the text."""
    stamp = draft.stamp()
    if stamp is None:
        return clean and draft.start < 0
    waiting = draft.open_number is not None  # a number that has come to nothing
    first = clean and not draft.loose and not (waiting and draft.open_at < draft.start)
    found.append(
        Span(
            stamp,
            draft.start,
            draft.end,
            first,
            last and not (waiting and draft.open_at >= draft.end),
        )
    )
    return False


def _take(draft: Draft, token: re.Match[str]) -> int:
    kind = token.lastgroup
    if kind == "word":
        return drafts.word(draft, token[0])
    if kind == "mark":
        return drafts.mark(draft, token[0])
    if kind == "number":
        return drafts.number(draft, token["digits"], token.start())
    if kind == "clock":
        return drafts.clock(draft, token["h"], token["m"], token["s"], token["mer"], token["colon"])
    if kind == "hour":
        return drafts.clock(draft, token["hh"], "0", None, token["meridiem"], ":")
    return _DATES[kind or ""](draft, token)


_DATES: dict[str, Callable[[Draft, re.Match[str]], int]] = {
    "iso": lambda draft, token: drafts.complete(draft, machine(token[0])),
    "date": lambda draft, token: drafts.date(
        draft, token["a"], token["b"], token["c"], token["sep"]
    ),
    "dotted": lambda draft, token: drafts.date(draft, token["e"], token["f"], None, "."),
    "played": lambda draft, token: drafts.played(draft, int(token["kick"])),
    "slash": lambda draft, token: drafts.date(draft, token["g"], token["i"], None, "/"),
    "offset": lambda draft, token: drafts.offset(draft, token[0]),
    "half": lambda draft, token: cjk.half(draft, token[0]),
    "cjk": lambda draft, token: cjk.cjk(
        draft, int(token["amount"]), token["unit"].replace(" ", "")
    ),
}
