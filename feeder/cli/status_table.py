"""The table of `feeder status`, with what is wrong below it."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from feeder.cli.common import ago, count, print_table, say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from feeder.operations.status import LatencyView, Status
    from feeder.store.outbox import Target

_COLUMNS = ("name", "state", "read", "next read", "entries", "changed", "found after")

_COLOURS = {
    "live": "green",
    "quiet": "yellow",
    "held": "yellow",
    "gone": "red",
    "failing": "red",
    "blocked": "red",
}
_STYLES = {("state", state): colour for state, colour in _COLOURS.items()}


def print_statuses(
    statuses: Sequence[Status], receivers: Sequence[Target], now: datetime, *, daemon: bool
) -> None:
    """Prints a table on a terminal, and lines in a pipe, each of which ends with the reason.

    `receivers` are hubs and webhooks that failed; `daemon` says whether one is running.
    """
    terminal = sys.stdout.isatty()
    if terminal:
        _print_for_person(statuses, now)
    else:
        print_table((), [_line(one, now) for one in statuses])
    for receiver in receivers:
        say(_describe_receiver(receiver, now))
    if terminal and not daemon:
        say("No daemon is running, so nothing is read; `feeder start` starts one")


def _print_for_person(statuses: Sequence[Status], now: datetime) -> None:
    rows = [_row(one, now) for one in statuses]
    print_table(_COLUMNS, rows, wraps=("name", "found after"), styles=_STYLES)
    for one in statuses:
        if one.reason:
            since = f" for {ago(one.since, now).removesuffix(' ago')}" if one.since else ""
            say(f"{one.name}: {one.state}{since}: {one.reason}")
        if times := _describe_times(one):
            say(f"{one.name}: {times}")
    if len(statuses) > 1:
        states = Counter(one.state for one in statuses).most_common()
        counts = ", ".join(f"{number} {state}" for state, number in states)
        say(f"{len(statuses)} sources: {counts}")


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
        " ".join(filter(None, (one.reason, _describe_times(one)))),
    )


def _describe_times(one: Status) -> str:
    """Returns what was assumed of its times, and that some were not understood, in sentences."""
    assumed = one.assumed.why if one.assumed else ""
    times = count(one.unread, "time")
    unread = f"{times} could not be understood; language or date_order may help."
    return f"{assumed} {unread}".strip() if one.unread else assumed


def _next(one: Status, now: datetime) -> str:
    if one.next_read is None:
        return "when asked"
    return ago(one.next_read, now) if one.next_read > now else "due"


def _late(latency: LatencyView) -> str:
    """Returns the medians: how late updates were found, and when feed and pings followed."""
    found = f"{latency.found[0]:.0f} s" if latency.found else ""
    published = f"feed +{latency.published[0]:.2g} s" if latency.published else ""
    told = f"told +{latency.told[0]:.2g} s" if latency.told else ""
    return ", ".join(filter(None, (found, published, told))) or "–"


def _describe_receiver(receiver: Target, now: datetime) -> str:
    """Returns a sentence about a hub or webhook that fails, or has failed."""
    fails = f"fails: {receiver.error or 'it is being tried again'}"
    parts = [fails if receiver.failures else "works again"]
    if receiver.waiting:
        when = ago(receiver.next_try, now) if receiver.next_try > now else "now"
        parts.append(f"{count(receiver.waiting, 'message')} waiting, next attempt {when}")
    if receiver.dropped:
        parts.append(f"{count(receiver.dropped, 'message')} given up")
    return f"Push to {receiver.target} {'; '.join(parts)}"
