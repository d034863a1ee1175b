"""Where a source stands after a read: the state, and what is said of it in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from feeder.config import Source, SourceSettings
from feeder.errors import ExtractError, ReadError, SourceError
from feeder.model import (
    Change,
    Content,
    Document,
    Entry,
    Hold,
    Profile,
    Reading,
    Reconciled,
    Snapshot,
    SourceState,
    Update,
    Validators,
)
from feeder.polling.next_read import ENDED_STOP
from feeder.polling.source_state import after_failure, after_snapshot, after_success, put_off

if TYPE_CHECKING:
    from feeder.errors import Failing
    from feeder.model import State

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OLD, NEW = Validators('"old"'), Validators('"new"')
URL = "https://example.org/live"
NEXT = "https://example.org/live-2"


def source(**more: Any) -> Source:
    return Source(1, "feed", SourceSettings(name="harbour", url=URL, **more))  # type: ignore[arg-type]


def stamps(newest: datetime = NOW, every: timedelta = MINUTE) -> tuple[datetime, ...]:
    return tuple(newest - n * every for n in range(9, -1, -1))


LIVE = SourceState(
    state="live", since=NOW - 9 * MINUTE, last_read=NOW - MINUTE, last_change=NOW - 5 * MINUTE, validators=OLD,
    profile=Profile(title="Before", stamps=stamps()),
)  # fmt: skip


def reading(**more: Any) -> Reading:
    return Reading(Document(URL, b"x"), NEW, URL, status=200, **more)  # type: ignore[arg-type]


def snapshot(**more: Any) -> Snapshot:
    update = Update(Content("One", "Words.", "<p>Words.</p>"), NOW, evidence="blocks:main")
    return Snapshot(URL, (update,), "blocks", "After", **more)  # type: ignore[arg-type]


def added(published: datetime) -> Change:
    content = Content("One", "Words.", "<p>Words.</p>")
    return Change(
        "added", NOW, Entry("urn:uuid:1", 1, published, published, NOW, content, "digest")
    )


# ---------------------------------------------------------------------------- a read that went well


def test_a_page_that_is_believed_is_remembered() -> None:
    result = Reconciled((added(NOW),), notes=("twice the same id",))
    after = after_snapshot(source(), LIVE, reading(), snapshot(language="de"), result, NOW)
    profile = after.profile
    assert (after.state, after.reason, after.since) == ("live", "", LIVE.since)
    assert (after.last_read, after.last_change, after.validators, after.failures) == (
        NOW,
        NOW,
        NEW,
        0,
    )
    assert (profile.title, profile.language, profile.strategy) == ("After", "de", "blocks")
    assert profile.notes == ("twice the same id",)


def test_a_page_without_a_change_keeps_when_it_last_changed() -> None:
    after = after_snapshot(source(), LIVE, reading(), snapshot(), Reconciled(), NOW)
    assert after.last_change == LIVE.last_change


def test_a_page_that_states_no_title_keeps_the_one_it_had() -> None:
    after = after_snapshot(
        source(), LIVE, reading(), replace(snapshot(), title=""), Reconciled(), NOW
    )
    assert after.profile.title == "Before"


def test_a_held_page_says_why_and_what_to_do_and_is_seen_in_full_next_time() -> None:
    result = Reconciled(hold=Hold(NOW, "7 of the 9 updates are missing."), believed=False)
    after = after_snapshot(
        source(), LIVE, reading(), snapshot(ended=True, successor=NEXT), result, NOW
    )
    assert after.state == "held"
    assert (
        after.reason
        == "7 of the 9 updates are missing. `feeder accept harbour` takes the page as it is."
    )
    assert (after.validators, after.profile, after.moved_to) == (OLD, LIVE.profile, "")
    assert after.since == NOW


def test_a_page_that_is_again_as_it_was_before_the_hold_is_seen_in_full_to_end_it() -> None:
    held = replace(LIVE, state="held", reason="why")
    after = after_success(source(), held, replace(reading(), document=None), NOW)
    assert (after.state, after.reason, after.validators) == ("held", "why", Validators())
    ended = after_snapshot(source(), after, reading(), snapshot(), Reconciled(), NOW)
    assert (ended.state, ended.reason, ended.since) == ("live", "", NOW)


def test_an_older_copy_changes_nothing_that_is_remembered() -> None:
    stale = snapshot(ended=True, successor=NEXT)
    after = after_snapshot(source(), LIVE, reading(), stale, Reconciled(believed=False), NOW)
    assert (after.state, after.validators, after.profile, after.moved_to) == (
        "live",
        OLD,
        LIVE.profile,
        "",
    )


def test_the_newest_times_are_remembered_and_no_more() -> None:
    result = Reconciled((added(NOW + 2 * MINUTE), added(NOW + 3 * MINUTE)))
    known = after_snapshot(source(), LIVE, reading(), snapshot(), result, NOW).profile.stamps
    assert known == tuple(sorted(known))
    assert known[-1] == NOW + 3 * MINUTE
    assert len(known) == 12


def test_an_update_that_was_not_there_at_the_last_read_has_come_now() -> None:
    """Whatever its own time is: a page on which something comes is not quiet."""
    old = NOW - timedelta(days=2)
    quiet = replace(LIVE, profile=Profile(stamps=stamps(old)), state="quiet")
    assert after_success(source(), quiet, reading(), NOW).state == "quiet"
    result = Reconciled((added(old + MINUTE),))
    after = after_snapshot(source(), quiet, reading(), snapshot(), result, NOW)
    assert (after.profile.stamps[-1], after.state) == (NOW, "live")


@pytest.mark.parametrize(
    ("before", "shown", "title"),
    [
        ("Flood (12 comments)", "Flood (13 comments)", "Flood (12 comments)"),
        ("Flood", "Flood recedes", "Flood recedes"),
        ("Flood", "", "Flood"),
        ("", "Flood", "Flood"),
    ],
)
def test_a_title_in_which_a_count_moves_stays(before: str, shown: str, title: str) -> None:
    here = replace(LIVE, profile=Profile(title=before))
    page = replace(snapshot(), title=shown)
    after = after_snapshot(source(), here, reading(), page, Reconciled(), NOW)
    assert after.profile.title == title


@pytest.mark.row("33")
@pytest.mark.parametrize(
    ("profile", "state", "words"),
    [
        (Profile(stamps=stamps()), "live", ""),
        (Profile(stamps=stamps(NOW - timedelta(hours=2))), "live", ""),
        (
            Profile(stamps=stamps(NOW - timedelta(hours=30))),
            "quiet",
            "its last update is of 2026-03-01 07:04 UTC",
        ),
        (Profile(stamps=stamps(NOW - timedelta(days=9), timedelta(days=7))), "live", ""),
        (Profile(stamps=(NOW - timedelta(days=900),)), "live", ""),
        (
            Profile(stamps=stamps(NOW - timedelta(hours=30)), ended=True),
            "ended",
            "coverage has ended",
        ),
    ],
    ids=["lively", "two hours", "far beyond its rhythm", "weekly", "no rhythm", "ended"],
)
def test_silence_is_told_where_it_is_beyond_the_source_s_own_rhythm(
    profile: Profile, state: str, words: str
) -> None:
    after = after_success(
        source(), replace(LIVE, profile=profile), replace(reading(), document=None), NOW
    )
    assert after.state == state
    assert words in after.reason


def test_a_page_that_has_moved_is_followed_and_said() -> None:
    after = after_success(source(), LIVE, reading(moved_to=NEXT), NOW)
    assert (after.moved_to, after.reason, after.state) == (
        NEXT,
        f"The page has moved to {NEXT}.",
        "live",
    )
    assert after_success(source(), after, reading(), NOW).moved_to == NEXT


def test_a_success_ends_every_failure() -> None:
    for state in ("failing", "blocked", "gone", "quiet", "new"):
        before = replace(LIVE, state=state, reason="why", failures=5)
        after = after_success(source(), before, reading(), NOW)
        assert (after.state, after.reason, after.failures, after.since) == ("live", "", 0, NOW)


def test_the_server_s_promise_is_the_floor() -> None:
    fresh = reading(fresh_until=NOW + timedelta(hours=1))
    assert after_success(source(), LIVE, fresh, NOW).next_due == NOW + timedelta(hours=1)


# --------------------------------------------------------------------------------------- successors


def test_coverage_that_goes_on_elsewhere_is_followed_at_once() -> None:
    after = after_snapshot(
        source(), LIVE, reading(), snapshot(ended=True, successor=NEXT), Reconciled(), NOW
    )
    assert (after.moved_to, after.validators, after.next_due) == (NEXT, Validators(), NOW)


@pytest.mark.parametrize(
    ("shown", "settings"),
    [
        (snapshot(successor=NEXT), {}),
        (snapshot(ended=True), {}),
        (snapshot(ended=True, successor=NEXT), {"follow_successor": False}),
        (snapshot(ended=True, successor=URL), {}),
    ],
    ids=["not ended", "no successor", "not wanted", "the same page"],
)
def test_coverage_stays_where_it_is(shown: Snapshot, settings: dict[str, bool]) -> None:
    after = after_snapshot(source(**settings), LIVE, reading(), shown, Reconciled(), NOW)
    assert (after.moved_to, after.validators) == ("", NEW)


def test_pages_that_name_each_other_are_not_followed_in_circles() -> None:
    here, been = LIVE, []
    for successor in (NEXT, f"{URL}-3", NEXT, URL, f"{URL}-3"):
        shown = snapshot(ended=True, successor=successor)
        here = after_snapshot(source(), here, reading(), shown, Reconciled(), NOW)
        been.append(here.moved_to)
    assert been == [NEXT, f"{URL}-3", f"{URL}-3", f"{URL}-3", f"{URL}-3"]


@pytest.mark.row("35")
def test_coverage_that_ended_long_ago_is_read_no_more() -> None:
    ended = replace(
        LIVE, state="ended", since=NOW - ENDED_STOP - MINUTE, profile=Profile(ended=True)
    )
    after = after_success(source(), ended, replace(reading(), document=None), NOW)
    assert (after.state, after.next_due, after.since) == ("ended", None, ended.since)


# ------------------------------------------------------------------------------ a read that did not


@pytest.mark.parametrize("state", ["failing", "blocked", "gone", "held"])
@pytest.mark.parametrize("error", [ReadError, ExtractError])
def test_a_failure_is_told_in_words_and_nothing_else_changes(
    error: type[SourceError], state: Failing
) -> None:
    after = after_failure(source(), LIVE, error("it did not work", state=state), NOW, 0.5)
    assert (after.state, after.reason.partition(";")[0], after.since) == (
        state,
        "it did not work",
        NOW,
    )
    assert (after.last_outcome, after.failures, after.last_read) == ("failed", 1, NOW)
    assert (after.validators, after.profile, after.last_change) == (
        OLD,
        LIVE.profile,
        LIVE.last_change,
    )


def test_a_state_that_lasts_keeps_since_when() -> None:
    first = after_failure(source(), LIVE, ReadError("one"), NOW, 0)
    second = after_failure(source(), first, ReadError("two"), NOW + MINUTE, 0)
    assert (second.since, second.reason, second.failures) == (NOW, "two", 2)


def test_a_read_that_was_put_off_is_no_failure() -> None:
    until = NOW + 7 * MINUTE
    after = after_failure(source(), LIVE, ReadError("wait", state="deferred", until=until), NOW, 0)
    assert after == replace(LIVE, last_outcome="deferred", next_due=until, reason="wait")
    failing = replace(LIVE, state="failing", reason="it answered 500")
    assert (
        after_failure(source(), failing, ReadError("wait", state="deferred"), NOW, 0).reason
        == "it answered 500"
    )


@pytest.mark.parametrize(
    ("state", "wait", "told"),
    [("new", 3600, True), ("live", 3600, True), ("live", 30, False), ("failing", 3600, False)],
)
def test_a_long_wait_for_the_turn_of_a_host_is_told_where_no_more_is_to_be_told(
    state: State, wait: int, *, told: bool
) -> None:
    before = replace(LIVE, state=state, reason="as before")
    after = put_off(before, NOW + timedelta(seconds=wait), "example.org", NOW)
    assert after.next_due == NOW + timedelta(seconds=wait)
    assert (after.last_outcome == "deferred", "example.org" in after.reason) == (told, told)
    assert told or after.reason == "as before"


def test_only_three_answers_of_gone_in_a_row_end_the_polling() -> None:
    here = replace(LIVE, state="failing", failures=7)
    due = []
    for state in ("gone", "gone", "failing", "gone", "gone", "gone"):
        here = after_failure(source(), here, ReadError("said no", state=state), NOW, 0)  # type: ignore[arg-type]
        due.append(here.next_due is not None)
    assert due == [True, True, True, True, True, False]
    assert here.state == "gone"
    assert here.reason == (
        "said no; it is not read any more, and its feed stays: `feeder remove harbour` takes it out"
    )
