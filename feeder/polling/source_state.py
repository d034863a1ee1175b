"""Where a source stands after a read: its state in words, and when it is read next. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from feeder.model import Validators
from feeder.polling import adaptive, next_read

if TYPE_CHECKING:
    from datetime import datetime

    from feeder.config import Source
    from feeder.errors import SourceError
    from feeder.model import Profile, Reading, Reconciled, Snapshot, SourceState, State


_TOLD = timedelta(minutes=1)


def after_snapshot(
    source: Source,
    before: SourceState,
    reading: Reading,
    snapshot: Snapshot,
    result: Reconciled,
    now: datetime,
) -> SourceState:
    """Returns the state after a read that gave a snapshot."""
    believed = result.believed
    profile = _profile(source, before, snapshot, result, now) if believed else before.profile
    after = after_success(source, replace(before, profile=profile), reading, now)
    if not believed:  # the next read has to see the page in full, to tell whether it is still so
        after = replace(after, validators=before.validators)
    after = count_pending(after, result)
    if result.changes:
        after = replace(after, last_change=now)
    if result.hold:
        reason = f"{result.hold.reason} `feeder accept {source.name}` takes the page as it is."
        return _in_state(after, before, "held", reason, now)
    return _joined(source, after, snapshot, now) if believed else after


def after_success(
    source: Source, before: SourceState, reading: Reading, now: datetime
) -> SourceState:
    """Returns the state after a read that succeeded, whatever it showed."""
    ended = (before.since if before.state == "ended" else now) if before.profile.ended else None
    stamps = before.profile.stamps
    due = next_read.after_read(
        source.settings,
        next_read.on_time(now, before.next_due),
        stamps,
        starts=before.profile.coverage_start,
        zone=zone_of(source, before.profile),
        ended=ended,
        floor=reading.fresh_until,
    )
    after = replace(before, last_read=now, failures=0, next_due=due, validators=reading.validators)
    if reading.moved_to is not None:
        after = replace(after, moved_to=reading.moved_to)
    if (
        before.state == "held" and reading.document is None
    ):  # as before the hold: seen in full next time, to end it
        return replace(after, validators=Validators())
    state, reason = _well(before.profile, stamps, now)
    if after.moved_to and not reason:
        reason = f"The page has moved to {after.moved_to}."
    return _in_state(after, before, state, reason, now)


def count_pending(source_state: SourceState, result: Reconciled) -> SourceState:
    """Returns the state with whether one more unchanged read could change an entry."""
    if result.memory is None:
        return source_state
    return replace(source_state, pending=result.memory.pending)


def put_off(before: SourceState, due: datetime, host: str, now: datetime) -> SourceState:
    """Returns the state where the host's turn has not come; only long pauses are told."""
    if due - now < _TOLD or before.state not in {"new", "live"}:
        return replace(before, next_due=due)
    reason = f"Not read now: {host} is not to be asked before {due:%Y-%m-%d %H:%M:%S} UTC."
    return replace(before, next_due=due, last_outcome="deferred", reason=reason)


def after_failure(
    source: Source, before: SourceState, error: SourceError, now: datetime, chance: float
) -> SourceState:
    """Returns what happened as a state; `chance`, 0 to 1, spreads the next tries."""
    if error.state == "deferred":
        due = next_read.after_failure(source.settings, now, 0, state="deferred", until=error.until)
        # Other states keep their own reason.
        said = str(error) if before.state in {"new", "live"} else before.reason
        return replace(before, last_outcome="deferred", next_due=due, reason=said)
    # Only answers of 410 themselves count towards the end of polling.
    gone_now = error.state == "gone" != before.state
    failures = 1 if gone_now else before.failures + 1
    due = next_read.after_failure(
        source.settings,
        now,
        failures,
        before.profile.stamps,
        state=error.state,
        zone=zone_of(source, before.profile),
        until=error.until,
        chance=chance,
    )
    after = replace(before, last_read=now, last_outcome="failed", failures=failures, next_due=due)
    return _in_state(after, before, error.state, f"{error}{_until_gone(source, error, due)}", now)


def _until_gone(source: Source, error: SourceError, due: datetime | None) -> str:
    """Returns what comes of a page that is said to be gone, and what can be done."""
    if error.state == "gone" and due is None:
        command = f"`feeder remove {source.name}`"
        return f"; it is not read any more, and its feed stays: {command} takes it out"
    return "; it is asked three times" if error.state == "gone" else ""


def not_published(before: SourceState, reason: str, now: datetime) -> SourceState:
    """Returns the state where all is stored, but the output folder refused the files."""
    return _in_state(replace(before, last_outcome="failed"), before, "failing", reason, now)


def _profile(
    source: Source, before: SourceState, snapshot: Snapshot, result: Reconciled, now: datetime
) -> Profile:
    return replace(
        before.profile,
        title=_title(before.profile.title, snapshot.title),
        description=snapshot.description,
        language=snapshot.language,
        coverage_start=snapshot.coverage_start,
        coverage_end=snapshot.coverage_end,
        ended=snapshot.ended,
        successor=snapshot.successor,
        strategy=snapshot.strategy,
        stamps=_stamps(before, result, now),
        notes=result.notes,
        timezone="" if source.settings.timezone else snapshot.timezone,
        assumed=snapshot.assumed,
        unread=snapshot.unread,
    )


def zone_of(source: Source, profile: Profile) -> str:
    """Returns the zone of a source's days and clocks: the configured one, else the page's."""
    return source.settings.timezone or profile.timezone


def _title(before: str, shown: str) -> str:
    """Returns the page's title; one in which only a count has moved is as it was."""
    from feeder.extract.record.counters import steady_headline  # noqa: PLC0415 -- slow to import

    if not shown or steady_headline(shown) == steady_headline(before):
        return before or shown
    return shown


def _stamps(before: SourceState, result: Reconciled, now: datetime) -> tuple[datetime, ...]:
    """Returns when the newest updates came.

    They came at their own times, or now where the last read would have seen them.
    """
    new = [change.entry.published for change in result.changes if change.kind == "added"]
    if before.last_change is not None and before.last_read is not None:
        new = [stamp if stamp >= before.last_read else now for stamp in new]
    return tuple(sorted({*before.profile.stamps, *new})[-adaptive.MEMORY :])


def _joined(
    source: Source, source_state: SourceState, snapshot: Snapshot, now: datetime
) -> SourceState:
    """Follows coverage that goes on at another page, never back; the feed stays the same."""
    been = source_state.profile.been or (source.settings.url,)
    if (
        not (snapshot.ended and snapshot.successor and source.settings.follow_successor)
        or snapshot.successor in been
    ):
        return source_state
    profile = replace(source_state.profile, been=(*been, snapshot.successor))
    return replace(
        source_state,
        moved_to=snapshot.successor,
        validators=Validators(),
        next_due=now,
        profile=profile,
    )


def _well(profile: Profile, stamps: tuple[datetime, ...], now: datetime) -> tuple[State, str]:
    if profile.ended:
        return "ended", "The page says that its coverage has ended; it is read ever more rarely."
    if adaptive.silent([stamp.timestamp() for stamp in stamps], now.timestamp()):
        last = f"{stamps[-1]:%Y-%m-%d %H:%M} UTC"
        return (
            "quiet",
            f"The page is read well, but its last update is of {last}, far beyond its own rhythm.",
        )
    return "live", ""


def _in_state(
    after: SourceState, before: SourceState, state: State, reason: str, now: datetime
) -> SourceState:
    since = before.since if before.state == state and before.since else now
    return replace(after, state=state, reason=reason, since=since)
