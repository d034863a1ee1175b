"""Which key of a list's items is the time, the headline, the body, the author: told by its values.

What values look like over all items decides: their length, whether they differ, markup, addresses,
people. Names of keys are a hint between fields that could both be meant.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from feeder.extract.stated import json_hints as hints
from feeder.extract.stated.json_columns import WRAPPERS
from feeder.extract.stated.json_hints import has_stem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from feeder.extract.stated.json_columns import Column, Path

_FILE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|avif|mp[34]|pdf|zip|gz|json|xml)(?:$|\?)", re.IGNORECASE
)
_FOR_PROGRAMS = re.compile(r"//api\.|/(?:json)?api(?:/|$)", re.IGNORECASE)
_DEEPER = 0.75  # for each key into an item
_LEAST_BODY = 25  # characters that an item says, on average
_LONG = 120  # characters from which on a text is more than a headline
_DIFFERENT = 0.5  # share of different values that a body or a headline has
_MOST_HEADLINE = 400


def choose_fields(columns: Sequence[Column]) -> dict[str, Path]:
    """Returns the path of each field that the columns have, by its name in [source.api]."""
    chosen: dict[str, Column] = {}
    columns = sorted(columns, key=_rank)  # of equals the first, whatever the order of the keys
    _choose_times(columns, chosen)
    _take(chosen, "author", columns, score_author)
    _choose_words(columns, chosen)
    _take(chosen, "id", columns, score_id)
    _take(chosen, "url", columns, score_url)
    _take(chosen, "category", columns, _score_category)
    return {field: column.path for field, column in chosen.items()}


def _take(
    chosen: dict[str, Column],
    field: str,
    columns: Sequence[Column],
    score: Callable[[Column], float],
) -> None:
    """The best of the columns that no field has yet."""
    taken = {column.path for column in chosen.values()}
    free = [column for column in columns if column.path not in taken]
    scores = list(map(score, free))
    best = max(scores, default=0.0)
    if best > 0:
        chosen[field] = free[scores.index(best)]


def _rank(column: Column) -> tuple[float, int, str]:
    """The order of columns that serve equally well: the earlier times, the shorter names."""
    earliest = min((at.timestamp() for at in column.instants), default=0.0)
    name = ".".join(map(str, column.path))
    return earliest, len(name), name


def _depth(column: Column) -> float:
    """Returns how near a column stands.

    What an item's images, its topic or its project say is not the item's.
    """
    beside = any(has_stem(words, hints.BESIDE) for words in column.names[:-1])
    keys = sum(isinstance(key, str) for key in column.path)
    return (0.15 if beside else 1.0) * _DEEPER ** (keys - 1)


def _is_of_a_person(column: Column) -> bool:
    return any(has_stem(words, hints.AUTHOR) for words in column.names)


def _is_named_beside(column: Column) -> bool:
    """Returns whether it names another thing than the item: its kind, its state, its project."""
    telling = [words for words in column.names if not words <= WRAPPERS]
    return len(telling) > 1


# -------------------------------------------------------------------------------------------- times


def _choose_times(columns: Sequence[Column], chosen: dict[str, Column]) -> None:
    _take(chosen, "time", columns, score_time)
    if "time" not in chosen:
        return
    if not any(stamp.hour is not None or stamp.at for stamp in chosen["time"].stamps):
        _take(chosen, "clock", columns, _score_clock)
    later = [c for c in columns if c.path != chosen["time"].path and _is_later(c)]
    beside = [c for c in later if c.path[:-1] == chosen["time"].path[:-1]]
    _take(chosen, "modified", beside, score_time)


def _is_later(column: Column) -> bool:
    return has_stem(column.name, hints.LATER)


def score_time(column: Column) -> float:
    """Returns how well a column serves as the time of publication."""
    of_a_person = any(has_stem(words, hints.AUTHOR) for words in column.names[:-1])
    if column.timed < 0.2 or of_a_person:  # "valid_from" is of nobody
        return 0.0
    score = column.timed * _depth(column)
    if has_stem(column.name, hints.PUBLISHED):
        score *= 3
    elif has_stem(column.name, hints.DATED):
        score *= 2
    if has_stem(column.name, hints.LATER):
        score *= 0.3
    if has_stem(column.name, hints.GMT):
        score *= 1.1
    return score * (0.2 if column.alike else 1.0)


def _score_clock(column: Column) -> float:
    """Returns how well a column serves as the time of day beside a day."""
    return column.clocks if column.clocks > _DIFFERENT else 0.0


def is_rising(column: Column) -> bool:
    """Returns whether the times of a list run from the oldest to the newest."""
    pairs = list(itertools.pairwise(column.instants))
    rising = sum(a < b for a, b in pairs)
    return bool(pairs) and rising >= 0.9 * len(pairs)


# -------------------------------------------------------------------------------------------- words


def _choose_words(columns: Sequence[Column], chosen: dict[str, Column]) -> None:
    """Body and headline.

    A text that is called a headline is the body only where there is no other.
    """
    _take(chosen, "body", columns, score_body)
    _take(chosen, "headline", columns, score_headline)
    if "body" not in chosen:
        _take(chosen, "body", columns, _score_second)
    if "body" not in chosen:
        return
    summary = [c for c in columns if has_stem(c.name, (*hints.EXCERPT, *hints.BODY))]
    _take(chosen, "summary", summary, _score_second)


def score_body(column: Column) -> float:
    """Returns how well a column serves as the text of an update: what says most."""
    if has_stem(column.name, hints.HEADLINE):
        return 0.0
    return _score_second(column)


def _score_second(column: Column) -> float:
    named = has_stem(column.name, hints.BODY)
    least = 2 if named else _LEAST_BODY
    if not _says_words(column) or column.size < least * column.coverage:
        return 0.0
    if not named and column.distinct < _DIFFERENT:
        return 0.0
    score = min(column.size, 3_000) * column.distinct * _depth(column)
    if has_stem(column.name, hints.EXCERPT):
        score *= 0.6
    elif named:
        score *= 1.3
    return score * (1.15 if column.marked_up > 0.5 else 1.0)


def _says_words(column: Column) -> bool:
    if _is_of_a_person(column) or has_stem(column.name, hints.NO_BODY) or not column.texts:
        return False
    spaced = sum(" " in text or not text.isascii() for text in column.texts)
    return spaced >= 0.5 * len(column.texts)


def score_headline(column: Column) -> float:
    """Returns how well a column serves as a headline.

    Short, different in each item, no person and no id.
    """
    if isinstance(column.filled[0], list) or _is_of_a_person(column) or not column.texts:
        return 0.0
    mean = column.size / max(column.coverage, 0.01)
    if mean > _MOST_HEADLINE or column.timed > 0.5:
        return 0.0
    if column.alike:
        return 0.0
    if has_stem(column.name, hints.HEADLINE):
        exact = 1.5 if len(column.name) == 1 else 1.0
        return 10 * exact * column.coverage * _depth(column)
    if column.coverage < 0.3:
        return 0.0
    return _score_unnamed(column, mean) * column.coverage * _depth(column)


def _score_unnamed(column: Column, mean: float) -> float:
    """Returns how well a column serves that is not called a headline."""
    beside = _is_named_beside(column)
    if has_stem(column.name, hints.NAME) and not beside:
        telling = _are_worded(column, 0.5) or column.versions > 0.5
        return (5.0 if telling else 3.0) * column.distinct
    named = frozenset().union(*column.names) if beside else column.name
    other = has_stem(named, (*hints.NO_WORDS, *hints.CATEGORY, *hints.STATE))
    if other or _are_names(column):
        return 0.0
    return float(column.distinct > 0.8 and _are_worded(column, 0.7) and mean <= _LONG)


def _are_worded(column: Column, share: float) -> bool:
    """Whether more than this share of the texts have several words, where words are spaced."""
    worded = sum(len(text.split()) > 1 or not text.isascii() for text in column.texts)
    return worded > share * len(column.texts)


def _are_names(column: Column) -> bool:
    """Returns whether these are names of people.

    Capitals all through, or few characters where no spaces are.
    """
    if column.people <= 0.6:
        return False
    return sum(map(_is_name, column.texts)) > 0.6 * len(column.texts)


def _is_name(text: str) -> bool:
    if " " not in text and not text.isascii():
        return len(text) <= 6
    return all(word[:1].isupper() for word in text.split())


def score_group(column: Column) -> float:
    """Returns how well a column of the objects around a list serves as the name of a group."""
    if score := score_headline(column):
        return score
    if len(column.path) > 1 or not column.texts or column.timed > 0.5 or column.addresses > 0.5:
        return 0.0
    named = has_stem(column.name, (*hints.NAME, *hints.HEADLINE))
    worded = all(" " in text and len(text) <= _LONG for text in column.texts)
    return 0.5 if named else 0.2 * worded


def choose_label(columns: Sequence[Column]) -> Column | None:
    """The column that says where a group has got to: few words, of which few are different."""
    states = [c for c in columns if _is_label(c) and has_stem(c.name, hints.STATE)]
    return max(states, key=lambda c: c.distinct * _depth(c), default=None)


def _is_label(column: Column) -> bool:
    short = all(len(text.split()) <= 4 and len(text) <= 40 for text in column.texts)
    worded = all(any(c.isalpha() for c in text) for text in column.texts)
    varied = len({str(v) for v in column.filled}) > 1
    return len(column.texts) == len(column.filled) and short and worded and varied


# ----------------------------------------------------------------------------------------- the rest


def score_author(column: Column) -> float:
    """Returns how well a column serves as the author: values that are names of people."""
    if has_stem(column.name, hints.NO_AUTHOR) or column.timed > 0.5:
        return 0.0
    hinted = _is_of_a_person(column)
    full = _are_full_names(column)
    if not (hinted or full) or column.people < 0.5 or not (hinted or _may_be_people(column)):
        return 0.0
    exact, named = 1.2 if full else 1.0, 3 if hinted else 1
    return column.people * float(column.coverage**0.5) * exact * named * _depth(column)


def _are_full_names(column: Column) -> bool:
    return isinstance(column.filled[0], list) or all(" " in text for text in column.texts)


def _may_be_people(column: Column) -> bool:
    """Two to four words that all begin with a capital, some of them in several items."""
    if column.people <= 0.95:
        return False
    if has_stem(column.name, (*hints.BODY, *hints.EXCERPT, *hints.CATEGORY, *hints.STATE)):
        return False
    texts = column.texts
    capital = all(2 <= len(text.split()) <= 4 and _is_name(text) for text in texts)
    return bool(texts) and capital and (column.distinct < 1 or len(texts) < 4)


def score_id(column: Column) -> float:
    """How well a column serves as the id: different in each item, and no word for people."""
    if column.coverage < 0.8 or column.distinct < 0.7 or len(column.path) > 3:
        return 0.0
    if _is_of_a_person(column) or not has_stem(column.name, hints.ID):
        return 0.0
    if column.tokens < 0.9 and column.addresses < 0.9:
        return 0.0
    exact = 1.0 if len(column.name) == 1 else 0.7
    return (10 + _rank_id(column)) * exact * column.distinct * _depth(column)


def _rank_id(column: Column) -> int:
    """Returns the place, from the end, of the last hint at an id that its name has."""
    stems = enumerate(reversed(hints.ID))
    return next(rank for rank, stem in stems if has_stem(column.name, (stem,)))


def score_url(column: Column) -> float:
    """How well a column serves as the link: an address of a page, different in each item."""
    if column.addresses < 0.8 or _is_of_a_person(column) or has_stem(column.name, hints.NO_LINK):
        return 0.0
    named = has_stem(column.name, hints.LINK) or has_stem(column.names[0], hints.LINK)
    least = 0.5 if named else 0.9
    if column.distinct < least and len(column.filled) > 2:
        return 0.0
    score = column.coverage * column.distinct * _depth(column)
    return score * _page_likeness(column) * (1.0 if named else 0.3)


def _page_likeness(column: Column) -> float:
    """Returns how much its addresses look like those of pages that people read."""
    first = str(column.filled[0])
    if not first.startswith(("http", "/")):
        return 0.5
    if _FOR_PROGRAMS.search(first) or "self" in column.names[-1]:
        return 0.2
    if _FILE.search(first):
        return 0.0
    named = has_stem(column.name, ("permalink", "canonical", "html", "web"))
    return 1.5 if named else 1.0


def _score_category(column: Column) -> float:
    if not has_stem(column.name, hints.CATEGORY) and not has_stem(column.names[0], hints.CATEGORY):
        return 0.0
    listed = isinstance(column.filled[0], list)
    short = bool(column.texts) and all(len(text) <= 40 for text in column.texts)
    return (2.0 if listed else 1.0) * column.coverage if listed or short else 0.0
