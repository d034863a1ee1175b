"""A snapshot recognised: every update once, newest first, with the entry that it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from feeder.reconcile import absence, holds, matching
from feeder.reconcile.evidence import is_beginning, is_weaker
from feeder.reconcile.ids import name_learned
from feeder.reconcile.last_read import recall, seconds
from feeder.reconcile.match_context import gather_context
from feeder.reconcile.observed import once
from feeder.reconcile.words import bare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from feeder.model import Content, Entry, Known, Snapshot
    from feeder.reconcile.last_read import LastRead, WindowItem
    from feeder.reconcile.observed import Observed

_SENTENCE_ENDS = tuple(".!?…:;\"'”’»)]")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A snapshot recognised."""

    observed: Sequence[Observed]  # each update once, newest first
    entries: Sequence[Entry | None]  # what each of them is; None: new
    snapshot: Snapshot
    memory: LastRead  # as it was before this read
    now: datetime
    rules: str  # fingerprint of the rules that it was extracted by
    new_rules: bool  # those of the last read were others
    joined: bool  # it is the page that the last one named as its continuation
    idle_ids: bool  # the page's own ids go from one update to the next
    notes: tuple[str, ...] = ()

    @property
    def may_differ(self) -> bool:
        """Whether what is missing or differs may be our doing, or the address's."""
        return self.new_rules or self.joined

    def remembered(self, entry: Entry) -> WindowItem | None:
        """Returns what the last read left of an entry."""
        return next((item for item in self.memory.window if item.id == entry.id), None)

    def pairs(self) -> Iterator[tuple[Observed, Entry | None]]:
        """Yields each update with its entry."""
        return zip(self.observed, self.entries, strict=True)


def recognise(known: Known, snapshot: Snapshot, now: datetime, rules: str) -> Recognised:
    """Finds the entry of each update that the snapshot shows."""
    memory = recall(known.memory)
    new_rules = bool(memory.rules) and rules != memory.rules
    joined = holds.is_successor(memory, snapshot)
    observed, notes = once(snapshot)
    entries = name_learned(known.entries, observed, known.feed_id)
    context = gather_context(entries, memory, now, lenient=new_rules or joined)
    idle_ids = (memory.idle_ids and not new_rules) or matching.contradict(observed, context)
    if idle_ids:
        observed = [replace(one, key=None) for one in observed]
    found = matching.match(observed, context)
    matched = [found.get(index) for index in range(len(observed))]
    if absence.is_turned(memory, observed, matched):
        observed, matched = observed[::-1], matched[::-1]
    return Recognised(
        observed=observed,
        entries=matched,
        snapshot=snapshot,
        memory=memory,
        now=now,
        rules=rules,
        new_rules=new_rules,
        joined=joined,
        idle_ids=idle_ids,
        notes=notes,
    )


# ------------------------------------------------------------------------------ pages cut short


def is_cut(page: Recognised) -> bool:
    """Returns whether its own site cut the page: as many bytes as promised, but no end.

    HTML that was closed at earlier reads is closed; and where the last record is a mere beginning
    of what is known, all that came after it is gone too, or it ends within a sentence. A text may
    break off so early that the record is known by its time alone, or not at all.
    """
    if page.snapshot.truncated and page.memory.whole:
        return True
    last = page.snapshot.updates[-1]
    for place, (one, entry) in enumerate(page.pairs()):
        if one.update is last and _is_last(place, page):
            return _is_broken_off(one, page) if entry is None else _ends_early(one, entry, page)
    return False


def _is_broken_off(one: Observed, page: Recognised) -> bool:
    """Returns whether a text ends within what is not recognised, and all is gone from there on."""
    if page.snapshot.strategy != "text":
        return False
    if one.update.content.text.endswith(_SENTENCE_ENDS):
        return False
    window = _in_page_order(page)
    times = [item.at for item in window]
    at = seconds(one.time) if one.time else None
    start = times.index(at) if at in times else 0
    return _are_gone(window[start:], page)


def _ends_early(one: Observed, entry: Entry, page: Recognised) -> bool:
    item = page.remembered(entry)
    if item is None or item.mark == one.mark or is_weaker(one, item):
        return False
    text, whole = one.update.content.text, entry.content.text
    breaks_off = not text.endswith(_SENTENCE_ENDS)
    if not is_beginning(text, whole):  # a caption that was cut is one no more, but words
        cut = breaks_off and is_beginning(whole, text)
    elif bare(text) == bare(whole):  # cut before its byline or its pictures
        cut = _loses(one.update.content, entry.content)
    else:
        return breaks_off or _is_end_missing(entry, page)
    return cut and _is_end_missing(entry, page)


def _loses(shown: Content, stored: Content) -> bool:
    """Returns whether pictures are missing, or the byline is another: it may have been cut too."""
    return shown.authors != stored.authors or len(shown.images) < len(stored.images)


def _is_end_missing(entry: Entry, page: Recognised) -> bool:
    """Returns whether nothing is left of what stood on the far side of an entry."""
    window = _in_page_order(page)
    places = [place for place, item in enumerate(window) if item.id == entry.id]
    return any(_are_gone(window[place + 1 :], page) for place in places)


def _in_page_order(page: Recognised) -> list[WindowItem]:
    """Returns what the last clean read showed, from the page's start to its end."""
    window = [item for item in page.memory.window if not item.gone]
    turned = page.observed[0].update is page.snapshot.updates[-1]
    return window[::-1] if turned else window


def _are_gone(items: Sequence[WindowItem], page: Recognised) -> bool:
    """Returns whether there are some, and none of them is shown."""
    here = {known.id for known in page.entries if known is not None}
    return bool(items) and not any(item.id in here for item in items)


def _is_last(place: int, page: Recognised) -> bool:
    return place in {0, len(page.observed) - 1}


def without_last(page: Recognised) -> Recognised:
    """Returns the page without the record that was cut."""
    last = page.snapshot.updates[-1]
    whole = [(one, entry) for one, entry in page.pairs() if one.update is not last]
    return replace(
        page,
        observed=[one for one, _ in whole],
        entries=[entry for _, entry in whole],
    )
