"""The story of a refresh, from a loopback page to the files: what holds over all rooms together."""

from __future__ import annotations

from asyncio import StreamWriter
from datetime import UTC, datetime, timedelta

import pytest
from loopback import Answer, Asked, Site, answer, page, redirect, status, validated
from pipeline import START, Pipeline, live, post

from feeder.model import Validators
from feeder.operations.check import check_here


def test_updates_of_a_page_become_entries_once(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(2), post(1))), page(live(post(3), post(2), post(1))))
    assert (line.refresh().added, line.refresh().added) == (2, 1)
    assert line.titles() == ["Gate 3 is closed", "Gate 2 is closed", "Gate 1 is closed"]
    published = [entry.published for entry in line.feed().entries]
    assert published[0] == (START + timedelta(minutes=3)).isoformat()


@pytest.mark.parametrize(
    "moment",
    [
        status(500),
        status(404),
        answer(200, b""),
        page(b"<h1>Sorry, an error</h1>"),
        answer(200, bytes(range(256)) * 9),
    ],
    ids=["500", "404", "empty", "error page", "binary"],
)
def test_a_bad_moment_changes_nothing_and_says_so(
    line: Pipeline, there: Site, moment: object
) -> None:
    there.serve("/live", page(live(post(2), post(1))), moment, page(live(post(2), post(1))))  # type: ignore[arg-type]
    line.refresh()
    before = (line.settings.output / "harbour.atom").read_bytes()
    outcome = line.refresh()
    assert (outcome.outcome, line.source_state.state) == ("failed", "failing")
    assert outcome.reason
    assert line.source_state.reason == outcome.reason
    assert (line.settings.output / "harbour.atom").read_bytes() == before
    assert line.refresh().outcome == "unchanged"
    assert line.source_state.state in {"live", "quiet"}


def test_unchanged_answers_write_nothing(line: Pipeline, there: Site) -> None:
    there.serve("/live", validated(live(post(1)), etag='"a"'))
    line.refresh()
    stats = {file.name: file.stat().st_mtime_ns for file in line.settings.output.iterdir()}
    assert [line.refresh().outcome for _ in range(3)] == ["unchanged"] * 3
    assert {file.name: file.stat().st_mtime_ns for file in line.settings.output.iterdir()} == stats
    assert there.asked[-1].headers["if-none-match"] == '"a"'


def test_an_update_gone_from_between_its_neighbours_leaves_after_three_reads(
    line: Pipeline, there: Site
) -> None:
    """The same bytes and a 304 count as one more read."""
    there.serve("/live", page(live(*(post(n) for n in range(9, 0, -1)))))
    line.refresh()
    there.serve("/live", validated(live(*(post(n) for n in (9, 8, 7, 6, 4, 3, 2, 1))), etag='"b"'))
    outcomes = [line.refresh().outcome for _ in range(4)]
    assert outcomes == ["unchanged", "unchanged", "changed", "unchanged"]
    assert "Gate 5 is closed" not in line.titles()
    assert b"deleted-entry" in (line.settings.output / "harbour.atom").read_bytes()


def test_other_bytes_that_show_the_same_count_as_the_same_bytes_do(
    line: Pipeline, there: Site
) -> None:
    """A page with a token in it that differs at every read."""

    def served(*numbers: int) -> list[Answer]:
        shown = [post(n) for n in numbers]
        return [
            validated(live(*shown, body=f"<!-- {token} -->"), etag=f'"{token}"')
            for token in range(5)
        ]

    there.serve("/live", *served(*range(9, 0, -1)))
    assert [line.refresh().outcome for _ in range(3)] == ["changed", "unchanged", "unchanged"]
    assert line.source_state.validators.etag == '"2"'
    there.serve("/live", *served(9, 8, 7, 6, 4, 3, 2, 1))
    outcomes = [line.refresh().outcome for _ in range(4)]
    assert outcomes == ["unchanged", "unchanged", "changed", "unchanged"]
    assert "Gate 5 is closed" not in line.titles()


def test_patterns_decide_what_is_published_from_now_on(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(2), post(1))))
    line.refresh()
    line.configured(there.url("/live"), 'exclude = ["gate [13]\\\\b"]')
    there.serve("/live", page(live(post(4), post(3), post(2), post(1))))
    line.refresh()
    assert line.titles() == ["Gate 4 is closed", "Gate 2 is closed", "Gate 1 is closed"]
    line.configured(there.url("/live"))
    there.serve("/live", page(live(post(5), post(4), post(3), post(2), post(1))))
    line.refresh()
    assert "Gate 3 is closed" not in line.titles()  # it was decided at first sight


@pytest.mark.row("43")
@pytest.mark.parametrize("dead", [status(404), page(b"<p>Nothing here.</p>"), redirect("/live")])
def test_a_source_starts_although_its_older_page_is_dead(
    line: Pipeline, there: Site, dead: Answer
) -> None:
    line.configured(there.url("/live"), "older_pages = 5")
    older = "<p><a rel='next' href='/older'>Older updates</a></p>"
    there.serve("/live", page(live(post(3), post(2), body=older)))
    there.serve("/older", dead)
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added, line.source_state.state) == ("changed", 2, "live")
    assert there.of("/older")


def test_older_pages_are_followed_at_the_first_read(line: Pipeline, there: Site) -> None:
    line.configured(there.url("/live"), "older_pages = 5")
    older = "<p><a rel='next' href='/live?page=2'>Older updates</a></p>"
    there.serve("/live", page(live(post(4), post(3), body=older)), page(live(post(2), post(1))))
    assert line.refresh().added == 4
    assert [asked.target for asked in there.asked] == ["/live", "/live?page=2"]


@pytest.mark.row("35")
def test_coverage_that_goes_on_at_another_page_stays_in_the_feed(
    line: Pipeline, there: Site
) -> None:
    onward = "<p>This live blog has ended. <a href='/live-2'>Our coverage continues here</a>.</p>"
    there.serve("/live", page(live(post(2), post(1))), page(live(post(2), post(1), body=onward)))
    there.serve(
        "/live-2", page(live(post(4), post(3), post(2), title="A second day at the harbour"))
    )
    line.refresh()
    before = line.ids()
    line.refresh()
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added) == ("changed", 2)
    assert before.items() <= line.ids().items()
    assert len(line.ids()) == 4
    assert line.source_state.moved_to == there.url("/live-2")


@pytest.mark.row("6")
def test_a_page_that_is_dead_where_it_moved_to_is_read_where_it_was(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", redirect("/new", 301), page(live(post(2), post(1))))
    there.serve("/new", page(live(post(1))), status(404))
    line.refresh()
    before = line.ids()
    assert line.source_state.moved_to == there.url("/new")
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added, outcome.removed) == ("changed", 1, 0)
    assert before.items() <= line.ids().items()
    assert (line.source_state.moved_to, line.feed().feed.link) == ("", there.url("/live"))


@pytest.mark.row("6")
def test_a_permanent_redirect_is_followed_and_said(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(1))), redirect("/new", 301))
    there.serve("/new", page(live(post(2), post(1))))
    line.refresh()
    before = line.ids()
    assert line.refresh().added == 1
    assert before.items() <= line.ids().items()
    line.refresh()
    assert there.asked[-1].target == "/new"
    assert len(there.of("/live")) == 2


@pytest.mark.row("34")
def test_a_change_of_rules_is_no_flood_and_no_hold(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(*(post(n) for n in range(8, 0, -1)))))
    line.refresh()
    before = line.ids()
    line.configured(there.url("/live"), 'timezone = "Europe/Berlin"', 'extract = "jsonld"')
    there.serve("/live", page(live(*(post(n) for n in range(9, 0, -1)))))
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added) == ("changed", 1)
    assert before.items() <= line.ids().items()


def test_edits_can_be_entries_of_their_own(line: Pipeline, there: Site) -> None:
    line.configured(there.url("/live"), 'edits = "new"')
    there.serve("/live", page(live(post(2), post(1))))
    line.refresh()
    first = line.ids()
    there.serve(
        "/live",
        page(
            live(post(2), post(1, "The eastern gate stays open for the ferries until 11 tonight."))
        ),
    )
    line.refresh()
    assert len(line.feed().entries) == 3
    assert set(first.values()) < {entry.id for entry in line.feed().entries}


@pytest.mark.row("11")
def test_a_page_that_lost_most_of_its_updates_is_held_until_accepted(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", page(live(*(post(n) for n in range(20, 0, -1)))))
    line.refresh()
    there.serve("/live", page(live(post(21), post(20), post(10), post(1))))
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added, line.source_state.state) == ("held", 1, "held")
    assert "feeder accept harbour" in line.source_state.reason
    assert len(line.titles()) == 21
    assert line.refresh(accept=True).outcome in {"changed", "unchanged"}
    assert line.source_state.state in {"live", "quiet"}
    assert len(line.titles()) == 21  # what is absent counts as rolled off, not as removed


@pytest.mark.row("21")
def test_a_folder_that_refuses_keeps_the_old_feed_and_heals(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(1))), page(live(post(2), post(1))))
    line.refresh()
    files = line.settings.output / "harbour.atom"
    before = files.read_bytes()
    files.unlink()
    files.mkdir()  # refuses to be replaced, for root too
    outcome = line.refresh()
    assert (outcome.outcome, line.source_state.state) == ("failed", "failing")
    assert "output folder" in outcome.reason
    files.rmdir()
    files.write_bytes(before)
    line.heal()
    assert line.titles() == ["Gate 2 is closed", "Gate 1 is closed"]


def test_the_first_read_of_many_updates_is_one_push(line: Pipeline, there: Site) -> None:
    line.configured(
        there.url("/live"), "keep = 1000", top='[push]\nhubs = ["https://hub.example/"]'
    )
    there.serve("/live", page(live(*(post(n) for n in range(300, 0, -1)))))
    assert line.refresh().added == 300
    with line.store.database.reading() as connection:
        topics = [row[0] for row in connection.exec_driver_sql("select topic from outbox")]
    assert sorted(topic.rpartition(".")[2] for topic in topics) == ["atom", "json", "rss"]
    assert len(line.titles()) == 300


@pytest.mark.row("35")
def test_coverage_that_has_ended_is_said_and_read_rarely(line: Pipeline, there: Site) -> None:
    there.serve(
        "/live", page(live(post(1), coverageEndTime=(START + timedelta(hours=1)).isoformat()))
    )
    line.refresh()
    source_state = line.source_state
    assert source_state.state == "ended"
    assert source_state.next_due is not None
    assert source_state.next_due - datetime.now(UTC) > timedelta(minutes=5)


@pytest.mark.row("5")
def test_a_page_that_is_gone_three_times_is_not_read_any_more(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(1))), status(410))
    line.refresh()
    states = []
    for _ in range(3):
        line.refresh()
        states.append((line.source_state.state, line.source_state.next_due is None))
    assert states == [("gone", False), ("gone", False), ("gone", True)]
    assert line.titles() == ["Gate 1 is closed"]


def test_the_output_survives_a_missing_folder(line: Pipeline, there: Site) -> None:
    there.serve("/live", page(live(post(1))))
    assert not line.settings.output.exists()
    line.refresh()
    assert (line.settings.output / "harbour.atom").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("same", [True, False], ids=["same bytes", "first read"])
def test_a_feed_links_to_where_its_page_has_moved_at_once(
    line: Pipeline, there: Site, *, same: bool
) -> None:
    there.serve("/live", *[page(live(post(1)))] * same, redirect("/new", 301))
    there.serve("/new", page(live(post(1))))
    for _ in range(1 + same):
        line.refresh()
    links = {link.rel: link.href for link in line.feed().feed.links}
    assert links["alternate"] == there.url("/new")
    assert list(check_here(line.store, line.settings, len)) == []


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (
            validated(live(post(2), post(1)), etag='"a"'),
            validated(live(post(1)), etag='"a0"'),
        ),  # changed
        (validated(live(post(1)), etag='"a"'), validated(live(post(1)), etag='"a"')),  # 304: a mark
        (page(live(post(1))), page(live(post(1)))),  # the same bytes: a mark
        (status(410), validated(live(post(1)), etag='"a"')),  # another state, which is told
        (redirect("/moved", 301), validated(live(post(1)), etag='"a"')),  # moved for good
    ],
    ids=["changed", "304", "same", "gone", "moved"],
)
def test_what_was_read_by_old_settings_says_nothing_of_the_new_ones(
    line: Pipeline, there: Site, now: Answer, first: Answer
) -> None:
    """The file names another page while the old one is being read."""
    there.serve("/live", first)
    there.serve("/moved", page(live(post(2), post(1))))
    there.serve("/other", page(live(post(5))))
    line.refresh()

    async def reloaded(asked: Asked, writer: StreamWriter) -> None:
        line.configured(there.url("/other"))
        await now(asked, writer)

    there.serve("/live", reloaded)
    line.refresh()
    source_state = line.source_state
    assert (source_state.validators, source_state.moved_to) == (Validators(), "")
    assert source_state.next_due is not None
    assert source_state.next_due <= datetime.now(UTC)
    assert line.store.counts() == {1: 1}
    line.refresh()
    assert "if-none-match" not in there.of("/other")[0].headers
    assert "Gate 5 is closed" in line.titles()
    assert "Gate 2 is closed" not in line.titles()
