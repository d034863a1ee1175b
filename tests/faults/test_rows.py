"""Rows of docs/reliability.md that show only where all rooms work together: what a subscriber sees of them."""

from __future__ import annotations

import gzip
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from loopback import (
    answer,
    chunked,
    page,
    raw,
    redirect,
    reset,
    short,
    stall,
    status,
    validated,
)  # fmt: skip
from lxml import etree
from pipeline import START, Pipeline, live, post

from feeder.operations.oneshot import extract_here
from feeder.publish.publisher import Publisher
from feeder.read.fetcher import Fetcher
from feeder.refresh import Works
from feeder.runtime import maintenance

if TYPE_CHECKING:
    from loopback import Site


def known(line: Pipeline, there: Site, count: int = 12) -> list[dict[str, Any]]:
    """A page that was read once: its updates, the newest first."""
    posts = [post(n) for n in range(count, 0, -1)]
    there.serve("/live", page(live(*posts)))
    assert line.refresh().added == count
    return posts


def entries(line: Pipeline) -> list[tuple[str, ...]]:
    return [
        (e.id, e.title, e.published, e.updated, e.content[0].value) for e in line.feed().entries
    ]


def dates(line: Pipeline) -> dict[str, tuple[str, str]]:
    return {entry.id: (entry.published, entry.updated) for entry in line.feed().entries}


CHALLENGE = page(
    b"<!doctype html><title>Access</title><h1>Checking your browser before you go on</h1>",
    cf_mitigated="challenge",
)


WHOLE = live(post(1)) * 9  # longer than what is read at once

BAD = {
    "1: reset": (reset(), "failing"),
    "1: no HTTP": (raw(b"220 a mail server\r\n"), "failing"),
    "1: stall": (stall(), "failing"),
    "2: short": (short(WHOLE, missing=1), "failing"),
    "2: no last chunk": (chunked(WHOLE, end=b""), "failing"),
    "2: broken gzip": (page(gzip.compress(WHOLE)[:-9], content_encoding="gzip"), "failing"),
    "2: too large": (page(WHOLE * 40), "failing"),
    "3: 500": (status(500), "failing"),
    "3: 404": (status(404), "failing"),
    "3: error": (page(b"<!doctype html><title>Sorry</title><h1>Something went wrong</h1>"), "failing"),
    "3: empty": (answer(200, b""), "failing"),
    "3: binary": (answer(200, bytes(range(256)) * 9), "failing"),
    "4: 401": (status(401), "blocked"),
    "4: 403": (status(403), "blocked"),
    "4: challenge": (CHALLENGE, "blocked"),
    "5: gone": (status(410), "gone"),
    "6: file": (redirect("file:///etc/passwd"), "failing"),
    "6: circle": (redirect("/live"), "failing"),
    "8: 304": (status(304), "failing"),
    "10: 429": (status(429, retry_after="7"), "blocked"),
}  # fmt: skip


@pytest.mark.row("1", "2", "3", "4", "5", "6", "8", "10")
@pytest.mark.parametrize(("bad", "state"), BAD.values(), ids=BAD)
def test_rows_1_to_10_the_feed_is_as_it_was_the_state_says_why_and_news_comes_after(
    line: Pipeline, there: Site, bad: Any, state: str
) -> None:
    line.configured(there.url("/live"), top='[fetch]\nmax_bytes = "64KB"\ntimeout = "1s"\n')
    posts = known(line, there, 4)
    ids = line.ids()
    before = {file.name: file.read_bytes() for file in line.settings.output.glob("harbour.*")}
    there.serve("/live", bad)
    assert line.refresh().outcome == "failed"
    assert (line.source_state.state, bool(line.source_state.reason)) == (state, True)
    during = {file.name: file.read_bytes() for file in line.settings.output.glob("harbour.*")}
    assert during == before
    assert line.source_state.next_due
    there.serve("/live", page(live(post(5), *posts)))
    line.ahead = line.source_state.next_due - datetime.now(UTC)
    assert line.refresh().added == 1
    assert line.source_state.state == "live"
    assert ids.items() < line.ids().items()


@pytest.mark.row("7")
def test_row_7_another_page_at_the_address_is_held_until_it_is_accepted(
    line: Pipeline, there: Site
) -> None:
    known(line, there)
    there.serve("/live", redirect(there.url("/")))
    there.serve(
        "/",
        page(
            live(
                post(50, "The council votes on the new library in the upper town."),
                title="Front page",
            )
        ),
    )
    before = entries(line)
    assert (line.refresh().outcome, line.source_state.state) == ("held", "held")
    assert "feeder accept harbour" in line.source_state.reason
    assert entries(line) == before


@pytest.mark.row("7")
def test_row_7_another_event_at_the_address_is_held_although_no_canonical_says_so(
    line: Pipeline, there: Site
) -> None:
    known(line, there)
    before = entries(line)
    other = [
        post(300 + n, f"Council member {n} speaks about the library of the upper town.")
        | {"headline": f"Speaker {n}"}
        for n in range(9)
    ]
    there.serve("/live", page(live(*other, title="The council meets")))
    assert (line.refresh().outcome, line.source_state.state) == ("held", "held")
    assert "The council meets" in line.source_state.reason
    assert entries(line) == before
    assert line.refresh(accept=True).added == 9


@pytest.mark.row("7")
def test_row_7_a_page_that_starts_anew_under_nearly_its_old_title_is_no_other_event(
    line: Pipeline, there: Site
) -> None:
    known(line, there)
    there.serve(
        "/live",
        page(live(*(post(300 + n) for n in range(9)), title="A day at the harbour, continued")),
    )
    assert line.refresh().added == 9


@pytest.mark.row("3", "43")
def test_row_3_a_dead_link_to_older_updates_keeps_no_source_from_starting(
    line: Pipeline, there: Site
) -> None:
    line.configured(there.url("/live"), "older_pages = 3")
    older = f'<link rel="next" href="{there.url("/older")}">'
    there.serve("/live", page(live(post(2), post(1), head=older)))
    there.serve("/older", status(404))
    assert line.refresh().added == 2
    assert len(entries(line)) == 2


@pytest.mark.row("6")
def test_row_6_a_remembered_move_that_is_dead_now_leads_back_to_the_original_address(
    line: Pipeline, there: Site
) -> None:
    posts = [post(n) for n in range(3, 0, -1)]
    there.serve("/live", redirect(there.url("/moved"), 301))
    there.serve("/moved", page(live(*posts)))
    assert line.refresh().added == 3
    before = line.ids()
    there.serve("/moved", status(404))
    there.serve("/live", page(live(post(4), *posts)))
    for _ in range(3):
        line.refresh()
    assert before.items() < line.ids().items()
    assert line.source_state.state == "live"


@pytest.mark.row("11")
def test_row_11_what_is_gone_is_held_back_and_what_is_new_comes_through(
    line: Pipeline, there: Site
) -> None:
    posts = known(line, there)
    before = dates(line)
    there.serve("/live", page(live(post(13), posts[0], posts[5], posts[11])))
    outcome = line.refresh()
    assert (outcome.outcome, outcome.added, outcome.removed, line.source_state.state) == (
        "held",
        1,
        0,
        "held",
    )
    assert before.items() <= dates(line).items()


@pytest.mark.row("12")
def test_row_12_a_redesign_that_renames_all_ids_is_no_flood(line: Pipeline, there: Site) -> None:
    posts = known(line, there)
    before = entries(line)
    there.serve(
        "/live", page(live(*(one | {"@id": f"#new-{n:x}-{n * 77}"} for n, one in enumerate(posts))))
    )
    outcome = line.refresh()
    assert (outcome.added, outcome.removed) == (0, 0)
    assert entries(line) == before


@pytest.mark.row("13")
def test_row_13_an_older_copy_is_ignored_and_never_goes_back_and_forth(
    line: Pipeline, there: Site
) -> None:
    old = known(line, there)
    new = page(live(post(13), *[old[0] | {"headline": "Gate 12 is open again"}], *old[1:]))
    there.serve("/live", new)
    line.refresh()
    newest = entries(line)
    for shown in (page(live(*old)), new, page(live(*old)), new):
        there.serve("/live", shown)
        line.refresh()
        assert entries(line) == newest


@pytest.mark.row("14")
def test_row_14_two_variants_in_turn_are_the_same_words(line: Pipeline, there: Site) -> None:
    posts = known(line, there)
    before = entries(line)
    for turn in range(4):
        there.serve(
            "/live",
            page(live(*posts, body=f"<aside class='v{turn % 2}'>Subscribe {turn % 2}</aside>")),
        )
        outcome = line.refresh()
        assert (outcome.added, outcome.edited, outcome.removed) == (0, 0, 0)
    assert entries(line) == before


@pytest.mark.row("15")
def test_row_15_one_id_for_two_updates_is_split_alike_at_each_read_and_said(
    line: Pipeline, there: Site
) -> None:
    twice = [post(3), post(2) | {"@id": "#u1"}, post(1)]
    there.serve("/live", page(live(*twice)), page(live(*twice) + b" "), page(live(post(4), *twice)))
    assert line.refresh().added == 3
    before = line.ids()
    assert line.refresh().added == 0
    assert line.refresh().added == 1
    assert before.items() <= line.ids().items()
    assert "'u1'" in line.source_state.profile.notes[0]


@pytest.mark.row("16")
def test_row_16_the_same_words_added_to_all_updates_move_no_date(
    line: Pipeline, there: Site
) -> None:
    posts = known(line, there, 40)
    before = dates(line)
    there.serve(
        "/live",
        page(live(*(one | {"articleBody": one["articleBody"] + " Read more."} for one in posts))),
    )
    assert line.refresh().added == 0
    assert dates(line) == before


@pytest.mark.row("17")
def test_row_17_no_time_lies_in_the_future_and_none_before_its_publication(
    line: Pipeline, there: Site
) -> None:
    ahead = post(1, datePublished="2999-01-01T00:00:00Z")
    backwards = post(2, dateModified=(START - timedelta(days=1)).isoformat())
    there.serve("/live", page(live(ahead, backwards)))
    line.refresh()
    assert all(published <= updated < "2999" for published, updated in dates(line).values())


@pytest.mark.row("18")
def test_row_18_whatever_the_page_holds_the_feeds_are_whole(line: Pipeline, there: Site) -> None:
    nasty = "NUL \0 bell \x07 half \ud800 not \ufffe ]]> <b> & \x9b \u202e"
    there.serve(
        "/live",
        page(
            live(post(1, nasty * 3, headline=nasty), title=nasty.replace("\ud800", "")),
            content_type="text/html; charset=koi8-r",
        ),
    )
    assert line.refresh().added == 1
    for kind in ("atom", "rss"):
        etree.fromstring((line.settings.output / f"harbour.{kind}").read_bytes())
    assert not line.feed().bozo


@pytest.mark.row("19", "56")
def test_row_19_nothing_that_runs_gets_into_a_feed(line: Pipeline, there: Site) -> None:
    bad = (
        "<p onclick='x()'>The quay is <a href='javascript:x()'>open</a> <a href='/map'>again</a>.</p>"
        "<iframe src='https://e.example/'></iframe><svg onload='x()'></svg><p style='position:fixed'>Boats sail.</p>"
        "<script>x()"
    )
    there.serve("/live", page(live(post(1, bad))))
    line.refresh()
    body = entries(line)[0][4]
    assert not [
        word
        for word in ("script", "onclick", "onload", "<iframe", "<svg", "style=")
        if word in body
    ]
    assert there.url("/map") in body


@pytest.mark.row("31")
def test_row_31_a_first_read_of_300_updates_has_all_of_them_with_their_times(
    line: Pipeline, there: Site
) -> None:
    line.configured(there.url("/live"), "keep = 400")
    known(line, there, 300)
    assert [e.published for e in line.feed().entries] == [
        (START + timedelta(minutes=n)).isoformat() for n in range(300, 0, -1)
    ]


@pytest.mark.row("34")
def test_row_34_other_rules_are_no_hold_and_no_flood(line: Pipeline, there: Site) -> None:
    known(line, there)
    before = line.ids()
    line.configured(there.url("/live"), 'extract = "jsonld"', 'timezone = "Asia/Tokyo"')
    outcome = line.refresh()
    assert (outcome.outcome in {"changed", "unchanged"}, outcome.added, outcome.removed) == (
        True,
        0,
        0,
    )
    assert line.ids() == before


@pytest.mark.row("21")
@pytest.mark.parametrize(
    "gone", ["harbour.atom", "harbour.rss", "harbour.json", "index.html", "status.atom", ""]
)
def test_row_21_what_was_deleted_from_the_folder_is_missed_and_written_again(
    line: Pipeline, there: Site, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "MISSING", 0.0)
    known(line, there)
    works = Works(line.settings, line.store, Fetcher(line.settings.fetch, line.store.hosts), extract_here,
                  Publisher(line.settings, line.store))  # fmt: skip
    rounds = maintenance.Maintenance(lambda: works)
    rounds.do_round()
    rounds.do_round()
    before = {file.name: file.read_bytes() for file in line.settings.output.glob("*.*")}
    if gone:
        (line.settings.output / gone).unlink()
    else:
        shutil.rmtree(line.settings.output)
    rounds.do_round()
    assert {file.name: file.read_bytes() for file in line.settings.output.glob("*.*")} == before


@pytest.mark.row("21")
@pytest.mark.parametrize("gone", ["0001.atom", "0001.json", ""])
def test_row_21_an_archive_document_that_was_deleted_alone_is_written_again(
    line: Pipeline, there: Site, gone: str
) -> None:
    known(line, there, 130)
    archive = line.settings.output / "harbour"
    before = {file.name: file.read_bytes() for file in archive.iterdir()}
    assert "0001.atom" in before
    if gone:
        (archive / gone).unlink()
    else:
        shutil.rmtree(archive)
    Publisher(line.settings, line.store).upkeep(datetime.now(UTC))
    assert {file.name: file.read_bytes() for file in archive.iterdir()} == before


@pytest.mark.row("8", "9")
def test_rows_8_and_9_what_has_not_changed_is_not_written(line: Pipeline, there: Site) -> None:
    there.serve("/live", validated(live(post(2), post(1)), etag='"a"'))
    line.refresh()
    before = {file: file.stat().st_mtime_ns for file in line.settings.output.iterdir()}
    assert (line.refresh().outcome, there.of("/live")[-1].headers["if-none-match"]) == (
        "unchanged",
        '"a"',
    )
    there.serve("/live", page(live(post(2), post(1))))
    assert line.refresh().outcome == "unchanged"
    assert {file: file.stat().st_mtime_ns for file in line.settings.output.iterdir()} == before
