"""What differs between two versions of an update, and whether that is of substance.

"Of substance" is meant as in RFC 4287 §4.2.15: what moves `updated`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel

from feeder.extract.record.counters import steady, steady_headline
from feeder.reconcile.words import bare, changed_parts, pictures, recordings, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from feeder.model import Content, Entry, Update

SUBSTANTIAL_SHARE = 0.2  # of the words
_SITE_WIDE = 5  # identical edits at once, and …
_SITE_WIDE_SHARE = (
    3  # … at least one in so many of the updates shown, are the site's doing, not an author's
)

_NEGATIONS = frozenset(
    re.findall(
        r"\w+",
        "not no never none nobody nothing neither nor without cannot nicht kein keine keinen "
        "keiner keinem nie niemals niemand nichts ohne pas jamais aucun aucune sans nunca jamás "
        "ningún ninguna ninguno sin non mai nessun nessuna não nem nenhum sem niet geen nooit "
        "zonder ikke ingen aldrig aldri inte inga не нет никогда ні",
    )
)
_CONTRACTED = re.compile(r"n['’]t$", re.IGNORECASE)
_CORRECTION = re.compile(
    r"\b(?:correct(?:ion|ed)|clarif(?:ication|ied)|amended|erratum|korrektur|korrigiert|"
    r"berichtig\w+|rectif\w+|"
    r"correcci[óo]n|corregid\w+|correzione|corre[çc][ãa]o|rettelse|rättelse|correctie)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w’'-]+")
_STARTS_SENTENCE = re.compile(r"(?:^|[.!?:…\n]\s*|[“\"„«(]\s*)$")

Signature = tuple[object, ...]

# What is compared as a whole, by the name under which it is told.
_TOLD: dict[str, Callable[[Content], object]] = {
    "authors": lambda content: {*map(str.casefold, content.authors)},
    "images": pictures,
    "media": recordings,
    "categories": lambda content: {*content.categories},
}


def differences(old: Content, new: Content) -> tuple[str, ...]:
    """Returns what a subscriber would see change: no markup, parameters, sizes, or what ticks."""
    what = []
    if not (old.derived and new.derived) and _differ(old.title, new.title, steady_headline):
        what.append("headline")
    if _differ(old.text, new.text, steady):
        what.append("text")
    what += [name for name, told in _TOLD.items() if told(old) != told(new)]
    return tuple(what)


def of_substance(old: Content, new: Content, what: Iterable[str]) -> bool:
    """Returns whether an edit is of substance.

    It is where a number, name, negation or headline changed, a fifth of the words, where media are
    new or a correction is stated.
    """
    if "images" in what and pictures(new) - pictures(old):
        return True
    if "media" in what and recordings(new) - recordings(old):
        return True
    if (
        "headline" in what
        and not (old.derived or new.derived)
        and bare(steady_headline(old.title)) != bare(steady_headline(new.title))
    ):
        return True
    return "text" in what and _says_something_else(steady(old.text), steady(new.text))


def _differ(old: str, new: str, told: Callable[[str], str]) -> bool:
    return old != new and told(old) != told(new)


def _says_something_else(whole_old: str, whole_new: str) -> bool:
    old, new = changed_parts(whole_old, whole_new)
    before, after = tokens(old), tokens(new)
    if [word.casefold() for word in before] == [word.casefold() for word in after]:
        return _contractions(old) != _contractions(new)
    words = whole_old.count(" ") + whole_new.count(" ") + 2
    if Indel.distance(before, after) >= SUBSTANTIAL_SHARE * words:
        return True
    if any(kind(before) != kind(after) for kind in (_numbers, _negations)):
        return True
    if _contractions(old) != _contractions(new) or _names(old) != _names(new):
        return True
    return len(_CORRECTION.findall(new)) > len(_CORRECTION.findall(old))


def _numbers(words: Iterable[str]) -> Counter[str]:
    return Counter(word for word in words if any(map(str.isdigit, word)))


def _negations(words: Iterable[str]) -> Counter[str]:
    return Counter(word for word in map(str.casefold, words) if word in _NEGATIONS)


def _contractions(text: str) -> int:
    return sum(1 for word in _WORD.findall(text) if _CONTRACTED.search(word))


def _names(text: str) -> frozenset[str]:
    """Returns the capitalised words that do not begin a sentence: there a capital tells nothing."""
    return frozenset(
        found.group()
        for found in _WORD.finditer(text)
        if found.group()[0].isupper()
        and not _STARTS_SENTENCE.search(text[max(0, found.start() - 3) : found.start()])
    )


def when_updated(entry: Entry, update: Update, now: datetime) -> datetime:
    """Returns the time of an edit of substance: the page's own where it moved on, else now.

    It never goes back and never lies in the future.
    """
    stated = update.modified
    if stated is not None and entry.updated < stated <= now:
        return stated
    return max(entry.updated, now)


# -------------------------------------------------------------------------------- site-wide changes


def signature(old: Content, new: Content, what: tuple[str, ...]) -> Signature:
    """Returns what an edit did: equal for the same small change made to many updates."""
    before, after = (
        Counter(_unnumbered(f"{c.title if not c.derived else ''} {c.text}")) for c in (old, new)
    )
    gone, come = before - after, after - before
    media = (pictures(new) - pictures(old), pictures(old) - pictures(new))
    return (
        what,
        frozenset(gone.items()),
        frozenset(come.items()),
        *media,
        old.authors == new.authors or new.authors,
    )


def _unnumbered(text: str) -> list[str]:
    return [re.sub(r"\d", "#", word) for word in tokens(text)]


def find_site_wide(pairs: Sequence[tuple[Content, Content]], observed: int) -> frozenset[Signature]:
    """Those of the edits that were made to so many updates at once that no author made them."""
    enough = max(_SITE_WIDE, -(-observed // _SITE_WIDE_SHARE))
    if len(pairs) < enough:
        return frozenset()
    signatures = Counter(
        signature(old, new, what) for old, new in pairs if (what := differences(old, new))
    )
    return frozenset(one for one, times in signatures.items() if times >= enough)
