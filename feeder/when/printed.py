"""Times written for people: those that a text is, begins with or ends with."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from feeder.when.folding import fold
from feeder.when.grammar import grammar
from feeder.when.lexicon import has_sense
from feeder.when.phrases import Span, phrases
from feeder.when.tokens import STOP, normal, tokens

if TYPE_CHECKING:
    from feeder.when.stamp import Stamp

LONGEST = 160  # characters at either end of a text in which a time is sought
_SHORT = 60  # characters of a text that may be a time and was not understood
_AMPLE = 2000  # characters, with white space, in which those are surely found
_MAYBE = re.compile(r"\d|[^\W\d_]{3}|[^\W\d_a-zA-Z]{2}|今")
_GLUED = re.compile(r"[A-Za-z0-9]\d")  # the end of a phrase that goes on: "21AP0021"
_FIGURE = re.compile(r"\d")
_LETTERS = re.compile(r"[^\W\d_]+")


class FoundStamp(NamedTuple):
    """A stamp in a text, and what the text has besides."""

    stamp: Stamp
    rest: str  # the text without it: what follows a leading one, what precedes a trailing one
    after: str = ""  # what precedes a leading one: a preposition makes it part of a sentence


def whole(text: str) -> Stamp | None:
    """Returns the time that a short text is, and nothing else."""
    text = normal(text)
    return _whole(text) if len(text) <= LONGEST else None


@lru_cache(maxsize=4096)
def _whole(text: str) -> Stamp | None:
    if not _MAYBE.search(text):
        return None
    found = tokens(text, opening=True)
    if not found or found[-1].kind == STOP:
        return None
    first = next(phrases(found, opening=True), None)
    return first.stamp if first and first.first and first.last else None


def leading(text: str) -> FoundStamp | None:
    """The time that a text begins with; what might be none (21m, yesterday) must be all of it."""
    more, text = text[_AMPLE:], normal(text[:_AMPLE])
    found, more = _leading(text[:LONGEST]), text[LONGEST:] + more
    return found._replace(rest=found.rest + more) if found and more else found


@lru_cache(maxsize=4096)
def _leading(text: str) -> FoundStamp | None:
    span = next(phrases(tokens(text, opening=True), opening=True), None)
    if span is None or _GLUED.match(text, span.end - 1):
        return None
    if span.first and (span.last or _stands(span.stamp)):
        return FoundStamp(span.stamp, text[span.end :], text[: span.start].strip())
    return None


def trailing(text: str) -> FoundStamp | None:
    """Returns the time that a text ends with."""
    return _trailing(text) if len(text) <= LONGEST else _sought_at_end(text)


def _sought_at_end(text: str) -> FoundStamp | None:
    less, text = text[:-_AMPLE], normal(text[-_AMPLE:])
    cut = max(0, len(text) - LONGEST)
    cut = text.find(" ", cut) + 1 if cut else 0
    found = spans(text[cut:])
    if found and found[-1].last and (found[-1].first or _stands(found[-1].stamp)):
        return FoundStamp(found[-1].stamp, less + text[: cut + found[-1].start])
    return None


_trailing = lru_cache(maxsize=4096)(_sought_at_end)


def labels(text: str) -> bool:
    """Whether a text is no more than what stands beside a time: "Updated at", "on", "Uhr"."""
    if _FIGURE.search(text):
        return False  # "v1.9.0"
    words = _LETTERS.findall(text)
    return bool(words) and all(has_sense(fold(word), "GKkL") for word in words)


def spans(text: str) -> tuple[Span, ...]:
    """Returns every time in the first characters of a text, in order."""
    return _spans(normal(text[:LONGEST]))


@lru_cache(maxsize=4096)
def _spans(text: str) -> tuple[Span, ...]:
    return tuple(phrases(tokens(text)))


def maybe_time(text: str) -> bool:
    """Returns whether a short text looks like a time and is none that is understood."""
    text = normal(text)
    if len(text) > _SHORT or not _FIGURE.search(text) or whole(text) is not None:
        return False
    kinds = [token.kind for token in tokens(text)]
    dates = grammar().dates
    return any(kind in dates for kind in kinds) and kinds.count(STOP) < len(kinds) / 2


def _stands(stamp: Stamp) -> bool:
    return not (stamp.weak and (stamp.ago is not None or stamp.hour is None))
