"""What is handed to the store and what it hands out, besides the nouns of feeder.model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.model import Change, Document, Memory, Rendered, SourceState, State


@dataclass(frozen=True, slots=True)
class Message:
    """What one hub or webhook is to be told."""

    kind: Literal["websub", "webhook"]
    target: str  # the address of a hub or a webhook; "self": the built-in hub
    topic: str  # websub: the feed's address; webhook: the source's name
    payload: bytes
    created: datetime
    held: bool = True  # until the source's files are in place


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one read changes, kept in one transaction or not at all."""

    source_id: int
    at: datetime
    source_state: SourceState
    changes: tuple[Change, ...] = ()
    publish: bool = False  # whether what the feed says of its page differs, such as its title
    rendered: tuple[Rendered, ...] = ()  # of the changed entries
    renderer: str = ""  # fingerprint of how they were rendered
    memory: Memory | None = None  # None: as it was
    page: Document | None = None  # to be kept
    keep_pages: int = 20
    outbox: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Latency:
    """How late the last new updates were, in seconds, the newest last."""

    found: tuple[float, ...] = ()  # from an update's own stamp to the read that found it
    published: tuple[float, ...] = ()  # from that read to the feed on disk
    told: tuple[float, ...] = ()  # from that read until a hub or a webhook had taken the message


@dataclass(frozen=True, slots=True)
class Published:
    """The entries of a subscription document, rendered."""

    items: tuple[Rendered, ...] = ()  # newest first
    deleted: tuple[Rendered, ...] = ()  # tombstones, newest first
    sealed: int = 0  # how many archive documents are full
    first: int = 1  # the oldest archive document of which entries are kept
    modified: datetime | None = None  # the same on every machine; None: there is but one
    renderer: str = ""  # by which all of the source's entries are known to be rendered


@dataclass(frozen=True, slots=True)
class StateChange:
    """A source came from one state into another."""

    id: int
    source_id: int
    name: str
    feed_id: str
    title: str
    at: datetime
    before: State
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one source, in the order of all changes: `seq` only grows."""

    seq: int
    source_id: int
    name: str
    change: Change


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A raw page as it was read."""

    id: int
    read_at: datetime
    document: Document


@dataclass(frozen=True, slots=True)
class Synced:
    """The names that a synchronisation of the file touched."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()
    # Declared otherwise by another machine's file, which holds: the names, and that file.
    differing: tuple[tuple[str, str], ...] = ()
