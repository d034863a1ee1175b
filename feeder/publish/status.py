"""status.atom: how the sources are doing, one entry for each change of a source's state."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from feeder.model import Content, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from feeder.model import State


@dataclass(frozen=True, slots=True)
class Turn:
    """A source came into another state."""

    feed_id: str  # the source's UUID
    name: str
    at: datetime
    state: State
    was: State | None = None
    reason: str = ""  # a sentence for a person
    page: str = ""  # the source's address


def status_entries(turns: Iterable[Turn]) -> list[Entry]:
    """In the order of `turns`, an entry each. A source that is renamed keeps the ids of what it went through."""
    return [_entry(turn, number) for number, turn in enumerate(turns, 1)]


def _entry(turn: Turn, number: int) -> Entry:
    was = f" (was {turn.was})" if turn.was else ""
    title = f"{turn.name}: {turn.state}{was}"
    reason = turn.reason or f"{turn.name} is {turn.state}."
    return Entry(
        id=uuid5(UUID(turn.feed_id), f"state {turn.at.isoformat()} {turn.state}").urn,
        number=number,
        published=turn.at,
        updated=turn.at,
        first_seen=turn.at,
        content=Content(title=title, text=reason, html=f"<p>{escape(reason, quote=False)}</p>"),
        digest="",
        url=turn.page or None,
    )
