"""The best evidence is kept: what a page leaves out in a poorer description of an update stays.

A page describes an update in several ways (structured data, a block, a list). When one of them is
missing from a read, the stored body of the same words is richer than what is shown, and that is no
edit. What the page leaves out by the same means as before, its author has taken out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from feeder.extract.record.counters import steady
from feeder.reconcile.words import bare

if TYPE_CHECKING:
    from feeder.model import Content, Entry, Update
    from feeder.reconcile.last_read import WindowItem
    from feeder.reconcile.observed import Observed

_CLIPPED = ("…", "...", "[…]", "[...]")
_TYPOGRAPHY = str.maketrans("“”„«»‘’‚–—", '"""""\'\'\'--')
_IN_PLACE = "place"  # stands among the others, not pinned above them: a pinned one may be a teaser


def kinds_of(update: Update) -> tuple[str, ...]:
    """Returns the kinds of evidence that describe an update, first the one that gave the body."""
    kinds = update.kinds or (update.evidence.partition(":")[0],)
    return kinds if update.pinned else (*kinds, _IN_PLACE)


def is_weaker(one: Observed, item: WindowItem | None) -> bool:
    """Returns whether another kind gives the body than the stored one, or only a pinned copy."""
    if item is None or not item.kinds:
        return False
    kinds = kinds_of(one.update)
    return item.kinds[0] != kinds[0] or (_IN_PLACE in item.kinds and _IN_PLACE not in kinds)


def is_stronger(one: Observed, item: WindowItem | None) -> bool:
    """Returns whether kinds of evidence have come to those that gave the stored content."""
    return item is not None and bool(item.kinds) and set(item.kinds) < set(kinds_of(one.update))


def kinds_to_remember(entry: Entry, one: Observed, item: WindowItem | None) -> tuple[str, ...]:
    """Returns the kinds that gave what is stored now."""
    if item is not None and is_weaker(one, item):
        same = item.mark == one.mark
        if same or says_nothing_new(entry.content, one.update.content):
            return item.kinds
    return kinds_of(one.update)


def best_of(stored: Content, shown: Content) -> Content:
    """Returns what weaker evidence shows, with what it leaves out of the stored content."""
    newer_headline = not shown.derived and not stored.derived
    if not says_nothing_new(stored, shown):
        return replace(
            shown,
            images=shown.images or stored.images,
            media=shown.media or stored.media,
            authors=shown.authors or stored.authors,
        )
    return replace(
        stored,
        title=shown.title if newer_headline else stored.title,
        authors=shown.authors or stored.authors,
        categories=shown.categories or stored.categories,
    )


def says_nothing_new(stored: Content, shown: Content) -> bool:
    """Returns whether all that is shown stands in the stored text, in order and to the letter."""
    words = _plain(shown.text).split()
    if words and shown.text.rstrip().endswith(_CLIPPED):
        words.pop()  # it may be cut within the word
    left = iter(_plain(stored.text).split())
    return all(word in left for word in words)


def _plain(text: str) -> str:
    return steady(text).translate(_TYPOGRAPHY)


def is_beginning(text: str, whole: str) -> bool:
    """Returns whether a text is a beginning of another, or all of it."""
    return bare(steady(whole)).startswith(bare(steady(text)))
