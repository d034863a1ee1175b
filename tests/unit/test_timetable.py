"""When a source is read next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeder.config import SourceSettings
from feeder.polling.next_read import (
    BLOCKED_RETRY,
    ENDED_STOP,
    FIRST_RETRY,
    GONE_AFTER,
    JITTER,
    LAST_RETRY,
    after_failure,
    after_read,
    on_time,
)

NOW = datetime(2026, 3, 2, 13, 4, 30, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LIVELY = [NOW - n * MINUTE for n in range(12, 0, -1)]


def source(**more: Any) -> SourceSettings:
    return SourceSettings(name="a", url="https://e.org", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("every", ["1s", "30s", "5m", "2h", "31d"])
def test_a_fixed_interval_is_kept_to_the_second_whatever_else(every: str) -> None:
    settings = source(every=every)
    for stamps in ([], LIVELY):
        for ended in (None, NOW - timedelta(days=365)):
            assert (
                after_read(settings, NOW, stamps, ended=ended, floor=NOW + 9 * HOUR)
                == NOW + settings.every  # type: ignore[operator]
            )


@pytest.mark.parametrize(
    ("late", "wait"),
    [
        (timedelta(), SECOND),
        (0.2 * SECOND, 0.8 * SECOND),  # begun by the tick after it was due
        (5 * SECOND, SECOND),  # something was in its way: no two reads at once afterwards
        (-HOUR, SECOND),  # asked for by a person
    ],
)
def test_a_fixed_interval_does_not_grow_by_the_ticks(late: timedelta, wait: timedelta) -> None:
    begun = on_time(NOW, NOW - late)
    assert after_read(source(every="1s"), begun, []) == NOW + wait


@pytest.mark.parametrize(
    ("line", "zone", "then"),
    [
        ("*/10 * * * *", "UTC", "2026-03-02T13:10:00"),
        ("4 13 * * *", "UTC", "2026-03-03T13:04:00"),
        ("0 6 * * *", "America/New_York", "2026-03-03T11:00:00"),
        ("0 9 * * mon", "Europe/Berlin", "2026-03-09T08:00:00"),
        # a time that this night does not have: right after the gap
        ("30 2 29 3 *", "Europe/Berlin", "2026-03-29T01:00:00"),
    ],
)
def test_a_cron_line_is_of_the_source_s_own_zone(line: str, zone: str, then: str) -> None:
    due = after_read(source(cron=line, timezone=zone), NOW, LIVELY, floor=NOW + 99 * HOUR)
    assert due == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_a_cron_line_never_fires_twice_for_one_minute() -> None:
    on_the_dot = datetime(2026, 3, 2, 13, 10, tzinfo=UTC)
    assert after_read(source(cron="*/10 * * * *"), on_the_dot, ()) == on_the_dot + 10 * MINUTE


def test_a_cron_line_that_fits_no_day_is_looked_at_again() -> None:
    never = source().model_copy(update={"cron": "0 0 30 2 *"})
    assert after_read(never, NOW, ()) == NOW + LAST_RETRY


@given(
    st.lists(st.integers(-(10**7), 10**4), max_size=12),
    st.integers(1, 10**4),
    st.integers(0, 10**5),
    st.none() | st.integers(0, 10**6),
)
def test_the_adaptive_rule_stays_within_its_bounds(
    offsets: list[int], low: int, more: int, ended: int | None
) -> None:
    settings = source(adaptive={"min": f"{low}s", "max": f"{low + more}s"})
    stamps = sorted(NOW + offset * SECOND for offset in offsets)
    due = after_read(settings, NOW, stamps, ended=None if ended is None else NOW - ended * SECOND)
    assert due is not None
    assert low * SECOND <= due - NOW <= (low + more) * SECOND


def test_the_adaptive_rule_reads_a_lively_page_more_often_than_a_silent_one() -> None:
    silent = [stamp - 5 * HOUR for stamp in LIVELY]
    lively_due, silent_due = (after_read(source(), NOW, stamps) for stamps in (LIVELY, silent))
    assert lively_due is not None
    assert silent_due is not None
    assert lively_due < silent_due


@pytest.mark.parametrize(
    ("floor", "wait"),
    [(NOW + HOUR, HOUR), (NOW + 48 * HOUR, 6 * HOUR), (NOW - HOUR, None)],
    ids=["fresh for an hour", "longer than our longest wait", "in the past"],
)
def test_what_the_server_promises_is_the_floor_of_the_adaptive_rule(
    floor: datetime, wait: timedelta | None
) -> None:
    usual = after_read(source(), NOW, LIVELY)
    assert usual is not None
    assert after_read(source(), NOW, LIVELY, floor=floor) == (NOW + wait if wait else usual)


def test_coverage_that_ended_long_ago_is_read_no_more_but_where_a_person_said_when() -> None:
    over = NOW - ENDED_STOP - SECOND
    assert after_read(source(), NOW, LIVELY, ended=over) is None
    assert after_read(source(every="5m"), NOW, LIVELY, ended=over) == NOW + 5 * MINUTE
    assert after_read(source(cron="*/10 * * * *"), NOW, LIVELY, ended=over) is not None
    recently = after_read(source(), NOW, LIVELY, ended=NOW - 2 * HOUR)
    assert recently == NOW + HOUR


# ----------------------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("failures", "wait"),
    [
        (1, FIRST_RETRY),
        (2, 2 * FIRST_RETRY),
        (5, 16 * FIRST_RETRY),
        (11, LAST_RETRY),
        (10**6, LAST_RETRY),
    ],
)
def test_what_fails_is_read_ever_more_rarely(failures: int, wait: timedelta) -> None:
    assert after_failure(source(every="1s"), NOW, failures, state="failing") == NOW + wait


def test_one_that_was_refused_is_not_asked_again_at_once() -> None:
    assert after_failure(source(every="1s"), NOW, 1, state="blocked") == NOW + BLOCKED_RETRY


def test_failing_is_never_a_reason_to_read_more_often() -> None:
    assert after_failure(source(every="2h"), NOW, 1, state="failing") == NOW + 2 * HOUR
    assert after_failure(source(cron="0 0 * * *"), NOW, 1, state="failing") == datetime(
        2026, 3, 3, tzinfo=UTC
    )


def test_a_lively_page_that_fails_once_is_read_again_soon() -> None:
    due = after_failure(source(), NOW, 1, LIVELY, state="failing")
    assert due is not None
    assert due - NOW <= MINUTE


def test_those_that_failed_together_are_spread() -> None:
    first, last = (
        after_failure(source(every="1s"), NOW, 3, state="failing", chance=c) for c in (0.0, 1.0)
    )
    assert first is not None
    assert last is not None
    assert last - first == 4 * FIRST_RETRY * JITTER


@pytest.mark.parametrize("state", ["failing", "blocked", "gone"])
def test_the_server_s_own_word_is_the_floor(state: str) -> None:
    until = NOW + 99 * HOUR
    assert after_failure(source(every="1s"), NOW, 1, state=state, until=until) == until
    soon = after_failure(source(every="1s"), NOW, 1, state=state, until=NOW - HOUR)
    assert soon is not None
    assert soon > NOW


def test_a_read_that_was_not_made_is_due_when_it_is_allowed() -> None:
    until = NOW + 17 * SECOND
    assert after_failure(source(every="2h"), NOW, 0, state="deferred", until=until) == until


@pytest.mark.parametrize(
    ("failures", "stops"), [(1, False), (GONE_AFTER - 1, False), (GONE_AFTER, True), (9, True)]
)
def test_what_is_gone_three_times_is_read_no_more(failures: int, stops: bool) -> None:
    assert (after_failure(source(), NOW, failures, state="gone") is None) == stops
