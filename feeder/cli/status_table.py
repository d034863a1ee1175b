"""How sources stand, for a person: a table, what is wrong, and whether anything works on it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from feeder.cli.common import ago, print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.operations.status import Latency, Status
    from feeder.store.outbox import Target

_COLUMNS = ("name", "state", "read", "next read", "entries", "changed", "found after")


def show(
    statuses: Sequence[Status], receivers: Sequence[Target], now: datetime, *, runs: bool
) -> None:
    """On a terminal the reasons stand below the table; in a pipe each is the end of its source's line."""
    if sys.stdout.isatty():
        print_table(_COLUMNS, [_row(one, now) for one in statuses], wraps=("name", "found after"))
        for one in statuses:
            if one.reason:
                since = f" for {ago(one.since, now).removesuffix(' ago')}" if one.since else ""
                say(f"{one.name}: {one.state}{since}: {one.reason}")
        if len(statuses) > 1:
            states = Counter(one.state for one in statuses).most_common()
            say(
                f"{len(statuses)} sources: {', '.join(f'{count} {state}' for state, count in states)}"
            )
    else:
        print_table((), [_line(one, now) for one in statuses])
    for receiver in receivers:
        say(_unwell(receiver, now))
    if sys.stdout.isatty() and not runs:
        say("Nothing is read: no daemon runs; `feeder start` starts one")


def _row(one: Status, now: datetime) -> tuple[str, ...]:
    found = f"{one.latency.found[0]:.0f} s" if one.latency.found else "–"
    changed = ago(one.last_change, now)
    return (
        one.name,
        one.state,
        ago(one.last_read, now),
        _next(one, now),
        str(one.entries),
        changed,
        found,
    )


def _line(one: Status, now: datetime) -> tuple[str, ...]:
    """name, state, since, last read and its outcome, next read, entries, last change, latency, reason."""
    since = ago(one.since, now) if one.since else "–"
    read = f"{ago(one.last_read, now)}{f', {one.last_outcome}' if one.last_outcome else ''}"
    changed, late = ago(one.last_change, now), _late(one.latency)
    return (
        one.name,
        one.state,
        since,
        read,
        _next(one, now),
        str(one.entries),
        changed,
        late,
        one.reason,
    )


def _next(one: Status, now: datetime) -> str:
    if one.next_read is None:
        return "when asked"
    return ago(one.next_read, now) if one.next_read > now else "due"


def _late(latency: Latency) -> str:
    """Medians: how late updates are found, and when the feed and the pings were out after that."""
    found = f"{latency.found[0]:.0f} s" if latency.found else ""
    published = f"feed +{latency.published[0]:.2g} s" if latency.published else ""
    told = f"told +{latency.told[0]:.2g} s" if latency.told else ""
    return ", ".join(filter(None, (found, published, told))) or "–"


def _unwell(receiver: Target, now: datetime) -> str:
    """A hub or a webhook that does not take what it is told, or once did not."""
    how = f"fails: {receiver.error}" if receiver.failures else "works"
    following = ago(receiver.next_try, now) if receiver.next_try > now else "due"
    waiting = f"; {receiver.waiting} wait, the next try is {following}" if receiver.waiting else ""
    given_up = f"; {receiver.dropped} messages were given up" if receiver.dropped else ""
    return f"Push to {receiver.target} {how}{waiting}{given_up}"
