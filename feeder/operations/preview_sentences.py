"""What a person is told of a page: what was read, assumed, left out and not understood."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from feeder.model import Note, Snapshot

_KINDS = {
    "amp": "its AMP live list",
    "api": "its JSON",
    "blocks": "blocks that repeat on the page",
    "feed": "the feed",
    "hfeed": "its microformats",
    "jsonld": "its JSON-LD",
    "microdata": "its microdata",
    "page": "the page",
    "select": "what the selectors match",
    "text": "its plain text",
}


def describe_snapshot(snapshot: Snapshot) -> tuple[str, ...]:
    """Returns whole sentences, in the order in which a person would ask."""
    return (
        _describe_updates(snapshot),
        *_describe_times(snapshot),
        *_describe_page(snapshot),
        *_describe_left_out(snapshot.notes),
    )


def _describe_updates(snapshot: Snapshot) -> str:
    if not snapshot.updates:
        return "No updates were found."
    count = _count(len(snapshot.updates), "update was", "updates were")
    return f"{count} read from {name_evidence(snapshot.strategy)}."


def name_evidence(strategy: str) -> str:
    """Returns in words what updates were read from: "jsonld+blocks" is its JSON-LD and blocks."""
    return _list([_name_kind(kind) for kind in strategy.split("+")])


def _describe_times(snapshot: Snapshot) -> Iterator[str]:
    """Says how times are stated, where they are not in full, and what was made of them."""
    stated = Counter(update.stated for update in snapshot.updates if update.published)
    if snapshot.assumed:
        yield snapshot.assumed.why
    if days := stated["day"]:
        yield f"{_count(days, 'update gives', 'updates give')} a day without a time of day."
    if relative := stated["relative"]:
        yield (
            f'{_count(relative, "time is", "times are")} relative, such as "5 minutes ago",'
            " and counted back from the moment of reading."
        )
    if undated := sum(update.published is None for update in snapshot.updates):
        yield (
            f"{_count(undated, 'update gives', 'updates give')} no time;"
            " the time at which it is first seen will be used."
        )
    if snapshot.unread:
        yield (
            f"{_count(snapshot.unread, 'text', 'texts')} that could be a time"
            f" {'was' if snapshot.unread == 1 else 'were'} not understood;"
            " language or date_order may help."
        )


def _describe_page(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.ended:
        yield "The page says that its coverage has ended."
    if snapshot.truncated:
        yield "The HTML breaks off before its end; the page may have been cut short."
    if snapshot.older:
        yield f"Older updates are on {snapshot.older}; the setting older_pages reads them too."


def _describe_left_out(notes: tuple[Note, ...]) -> Iterator[str]:
    unused = [note for note in notes if not note.used]
    for note in unused:
        if not note.figures:
            yield f"Not used: {_name_kind(note.kind)} ({note.text})."
    scored = dict.fromkeys(note.text for note in unused if note.figures)
    for told in scored:
        yield f"{told}, and were left out."
    if scored:
        yield "--explain shows the figures behind this."


def _name_kind(kind: str) -> str:
    return _KINDS.get(kind, kind)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _list(words: list[str]) -> str:
    """Joins words as a sentence does: "a", "a and b", "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
