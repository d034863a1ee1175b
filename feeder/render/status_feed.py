"""status.atom: how the sources are doing, one entry for each change of a source's state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from feeder.model import Content, Entry, Rendered
from feeder.render import xml
from feeder.render.item import item

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import State


@dataclass(frozen=True, slots=True)
class StateTurn:
    """A source came into another state."""

    feed_id: str  # the source's UUID
    name: str
    at: datetime
    state: State
    was: State | None = None
    reason: str = ""  # a sentence for a person
    page: str = ""  # the source's address


@lru_cache(maxsize=1024)  # the same few hundred are told again at each change of any source
def status_entry(turn: StateTurn) -> Rendered:
    """Returns the entry of a change of state; a source that is renamed keeps its ids."""
    reason = turn.reason or f"{turn.name} is {turn.state}."
    entry = Entry(
        id=uuid5(UUID(turn.feed_id), f"state {turn.at.isoformat()} {turn.state}").urn,
        number=0,
        published=turn.at,
        updated=turn.at,
        first_seen=turn.at,
        content=Content(
            title=_title(turn), text=reason, html=f"<p>{escape(reason, quote=False)}</p>"
        ),
        digest="",
        url=turn.page or None,
    )
    # To the microsecond: when a network goes down, many sources turn in one second.
    exact = replace(item(entry, "", "full"), published=turn.at, updated=turn.at)
    return Rendered(entry.id, entry.number, turn.at, turn.at, xml.atom_entries([exact])[0])


def _title(turn: StateTurn) -> str:
    return (
        f"{turn.name}: {turn.state} (was {turn.was})" if turn.was else f"{turn.name}: {turn.state}"
    )
