"""What one reconciliation has the next one remember: opaque to all others, of bounded size.

Every field has a default and unknown ones are ignored, so an older form is read, and so is a newer
one.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from feeder.model import Hold, Memory

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_STATES = 64  # recent states of the page by which an older copy is recognised
MOST_EVIDENCE = 16
MOST_GONE = 48  # entries fallen off the end that are still looked for
MOST_SUPERSEDED = 6  # earlier states of one update by which an older copy is recognised

_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)


class WindowItem(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """An entry at its place in the page."""

    id: str
    at: int | None = None  # the time that the page last showed, in seconds of the epoch
    mark: str = ""  # of all that the page last showed of it
    absent: int = 0  # clean reads since that prove it gone
    gone: bool = False  # it was not there at the last read
    proven: bool = False  # and its neighbours of both sides were
    earlier: tuple[str, ...] = ()  # the entries of which this is a later version, by their ids
    key: str = ""  # the page's own id as last shown, where the entry is stored under another
    superseded: tuple[str, ...] = ()  # earlier values of `mark`
    kinds: tuple[str, ...] = ()  # of the evidence that gave the stored content


class OlderCopy(msgspec.Struct, frozen=True):
    """An older copy of the page, as long as nothing else is shown."""

    state: str
    since: int
    reads: int = 1


class OpenHold(msgspec.Struct, frozen=True):
    """A page that is held."""

    since: int
    reason: str
    final: bool = False  # only a person's word ends it
    missing: tuple[str, ...] = ()
    reads: int = 1
    counted_from: int = 0
    seen: int = 0  # updates on the page as held
    new: tuple[str, ...] = ()  # the entries that came while it was


class LastRead(msgspec.Struct, frozen=True):
    window: tuple[
        WindowItem, ...
    ] = ()  # the page at the last clean read, newest first; what is gone stands at its place
    states: tuple[str, ...] = ()
    newest: int | None = None  # the latest time of an update on the page, in seconds of the epoch …
    touched: int | None = None  # … and of an edit
    evidence: tuple[str, ...] = ()
    url: str = ""
    canonical: str = ""
    title: str = ""
    successor: str = ""
    rules: str = ""
    older: OlderCopy | None = None  # shown at the last read, and not taken
    whole: bool = False  # the page was closed as HTML is: one that is not has been cut
    hold: OpenHold | None = None
    idle_ids: bool = (
        False  # the page's own ids go from one update to the next: they are no evidence
    )


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(LastRead)


def recall(memory: bytes) -> LastRead:
    """Returns what is remembered; nothing where it cannot be read.

    Then every entry is found by its evidence alone.
    """
    try:
        return _decoder.decode(memory) if memory else LastRead()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return LastRead()


def keep(memory: LastRead) -> Memory:
    """Returns what is to be stored of a read."""
    missed = any(item.proven for item in memory.window)
    new = memory.hold.new if memory.hold else ()
    names = [name for item in memory.window for name in (item.id, *item.earlier)]
    return Memory(
        data=_encoder.encode(memory),
        names=frozenset((*names, *new)),
        pending=missed or memory.hold is not None or memory.older is not None,
    )


def changed(memory: LastRead, **what: Any) -> LastRead:
    return msgspec.structs.replace(memory, **what)


def as_hold(open_hold: OpenHold | None) -> Hold | None:
    if open_hold is None:
        return None
    data = {
        "missing": list(open_hold.missing),
        "reads": open_hold.reads,
        "shown": open_hold.seen,
        "until_accepted": open_hold.final,
    }
    return Hold(moment(open_hold.since), open_hold.reason, data)


def seconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _SECOND


def moment(seconds_of_epoch: int) -> datetime:
    return _EPOCH + seconds_of_epoch * _SECOND


def last(values: Iterable[str], most: int) -> tuple[str, ...]:
    """Returns each once, the most recent ones."""
    return tuple(dict.fromkeys(reversed(tuple(values))))[:most][::-1]


LONG_ENOUGH = timedelta(
    minutes=10
)  # the same entries missing for this long, on three reads, is no bad moment
