"""Further rows of docs/reliability.md that take their time: what a subscriber sees before, during and after."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from loopback import page, status, validated
from pipeline import START, live, post

from feeder.pipeline import rules
from feeder.publish.publisher import Publisher

if TYPE_CHECKING:
    from loopback import Site
    from pipeline import Pipeline

MINUTE = timedelta(minutes=1)


def list_page(*blocks: tuple[str, str], zone: str = "") -> bytes:
    """A page without structured data: blocks of a printed time and some words."""
    articles = "".join(
        f"<article class='post'><time>{at}</time><h3>{words[:20]}</h3><p>{words}</p></article>"
        for at, words in blocks
    )
    return (
        f"<!doctype html><html lang='de'><head><title>Der Hafen</title></head><body><main>"
        f"<h1>Der Hafen</h1>{zone}<div class='posts'>{articles}</div></main></body></html>"
    ).encode()


def entries(line: Pipeline) -> list[tuple[str, ...]]:
    return [
        (e.id, e.title, e.published, e.updated, e.content[0].value) for e in line.feed().entries
    ]


def eight_gates() -> list[tuple[str, str]]:
    """Time and words of eight updates, the newest first."""
    return [
        (
            f"2. März 2026, {8 + n}:10 Uhr",
            f"Am Tor {n} wurden {n * 7 + 100} Sandsäcke gezählt, sagt die Wache.",
        )
        for n in range(8, 0, -1)
    ]


@pytest.mark.row("2b")
def test_row_2b_a_page_that_the_site_cut_brings_its_news_and_takes_nothing(
    line: Pipeline, there: Site
) -> None:
    blocks = eight_gates()
    there.serve("/live", page(list_page(*blocks)))
    assert line.refresh().added == 8
    before = entries(line)
    news = ("2. März 2026, 17:10 Uhr", "Am Tor 9 steht das Wasser jetzt höher als am Morgen.")
    whole = list_page(news, *blocks).decode()
    there.serve("/live", page(whole[: whole.index("Tor 5 wurden") + 3].encode()))
    assert line.refresh().added == 1
    assert entries(line)[1:] == before
    there.serve("/live", page(whole.encode()))
    assert line.refresh().added == 0
    assert entries(line)[1:] == before


@pytest.mark.row("5")
def test_row_5_a_page_that_was_gone_three_times_is_read_no_more_and_its_feed_stays(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", page(live(post(2), post(1))))
    line.refresh()
    before = entries(line)
    there.serve("/live", status(410))
    dues = [bool(line.refresh() and line.source_state.next_due) for _ in range(3)]
    assert dues == [True, True, False]
    assert entries(line) == before


@pytest.mark.row("10")
def test_row_10_a_host_that_asks_for_silence_has_it_from_all_its_sources_also_after_a_restart(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", page(live(post(1))))
    line.refresh()
    there.serve("/live", status(503, retry_after="600"))
    line.refresh()
    line.configured(there.url("/other"))
    asked = len(there.asked)
    line.reopen()
    assert line.refresh().outcome == "deferred"
    assert len(there.asked) == asked
    there.serve("/other", page(live(post(2), post(1))))
    line.ahead = timedelta(minutes=12)
    assert line.refresh().added == 1


@pytest.mark.row("11")
def test_row_11_a_page_that_says_the_same_for_ten_minutes_is_believed_and_nothing_counts_as_removed(
    line: Pipeline, there: Site
) -> None:
    posts = [post(n) for n in range(12, 0, -1)]
    there.serve("/live", page(live(*posts)))
    line.refresh()
    before = line.ids()
    for minutes, outcome in ((0, "held"), (5, "held"), (11, "changed")):
        there.serve("/live", page(live(post(13), *posts[::5], description=f"at {minutes}")))
        line.ahead = minutes * MINUTE
        assert line.refresh().outcome in {outcome, "unchanged"}
        assert before.items() < line.ids().items()
    assert line.source_state.state != "held"
    assert not line.deleted()


@pytest.mark.row("13")
def test_row_13_an_older_copy_that_stays_for_five_minutes_is_the_page(
    line: Pipeline, there: Site
) -> None:
    words = "The tide is higher than in {} years, the harbour master says at noon."
    old = live(post(2, words.format(20)), post(1))
    there.serve("/live", page(old))
    line.refresh()
    there.serve("/live", page(live(post(2, words.format(30)), post(1), description="edited")))
    line.ahead = MINUTE
    assert line.refresh().edited == 1
    seen = []
    for minutes in (2, 4, 8):
        there.serve("/live", page(old.replace(b"</h1>", b"</h1><!-- %d -->" % minutes)))
        line.ahead = minutes * MINUTE
        line.refresh()
        seen.append("in 20 years" in entries(line)[0][4])
    assert seen == [False, False, True]


@pytest.mark.row("20")
def test_row_20_updates_of_the_hour_that_comes_twice_stand_in_the_pages_order(
    line: Pipeline, there: Site
) -> None:
    line.configured(there.url("/live"), 'timezone = "Europe/Berlin"')
    times = ["03:10", "02:40", "02:10", "02:50", "02:20", "01:50"]
    blocks = [
        (f"26. Oktober 2025, {at} Uhr", f"Um {at} Uhr, zum {n}. Mal, schlägt die Glocke am Kai {n} sehr laut.")
        for n, at in enumerate(times)
    ]  # fmt: skip
    there.serve("/live", page(list_page(*blocks)))
    assert line.refresh().added == 6
    published = [entry[2][11:16] for entry in entries(line)]
    assert published == ["02:10", "01:40", "01:10", "00:50", "00:20", "23:50"]


@pytest.mark.row("33")
def test_row_33_a_page_that_is_silent_for_longer_than_it_ever_was_is_told_in_the_feed_of_states(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", page(live(*(post(n) for n in range(40, 0, -1)))))
    line.refresh()
    there.serve("/live", page(live(*(post(n) for n in range(40, 0, -1)))))
    line.ahead = timedelta(days=9)
    line.refresh()
    assert line.source_state.state == "quiet"
    Publisher(line.settings, line.store).publish_states(line.source_state.last_read)  # type: ignore[arg-type]
    [newest, *_] = line.feed_of_states().entries
    assert "harbour" in newest.title
    assert "quiet" in newest.title + newest.summary


@pytest.mark.row("36")
def test_row_36_what_cannot_be_read_costs_itself_alone_and_is_told(
    line: Pipeline, there: Site
) -> None:
    spoiled = post(2) | {"headline": {"a": 1}, "articleBody": ["x", None, 7], "author": 3}
    dateless = post(3, datePublished="2026-02-31T25:61:00Z")
    there.serve("/live", page(live(dateless, spoiled, post(1), {"@type": "BlogPosting"})))
    assert line.refresh().added >= 1
    assert "Gate 1 is closed" in line.titles()


@pytest.mark.row("37")
def test_row_37_of_a_long_list_with_the_oldest_first_the_newest_end_is_published(
    line: Pipeline, there: Site
) -> None:
    items = [
        {"id": n, "time": 1_772_445_600 + 60 * n, "text": f"At basin {n} the pumps moved {n * 3} tons of water."}
        for n in range(1500)
    ]  # fmt: skip
    there.serve("/live", page(json.dumps(items).encode(), content_type="application/json"))
    assert line.refresh().added
    assert "basin 1499" in entries(line)[0][4]


@pytest.mark.row("38")
def test_row_38_a_server_that_says_unchanged_for_ever_is_asked_for_the_whole_page_within_a_day(
    line: Pipeline, there: Site
) -> None:
    there.serve("/live", validated(live(post(1)), etag='"for ever"'))
    line.refresh()
    there.serve("/live", validated(live(post(2), post(1)), etag='"for ever"'))
    assert line.refresh().outcome == "unchanged"
    added = 0
    for hours in range(1, 50, 7):
        line.ahead = timedelta(hours=hours)
        added += line.refresh().added
    assert added == 1
    assert line.titles() == ["Gate 2 is closed", "Gate 1 is closed"]


@pytest.mark.row("39")
def test_row_39_what_is_understood_is_published_and_what_is_not_is_counted(
    line: Pipeline, there: Site
) -> None:
    blocks = eight_gates()
    odd = ("2. Blaumonat 2026, gegen halb", "An der Brücke wird noch gearbeitet, sagt der Meister.")
    there.serve("/live", page(list_page(*blocks[:4], odd, *blocks[4:])))
    line.refresh()
    assert {title for title in line.titles() if title.startswith("Am Tor")} == {
        words[:20].strip() for _, words in blocks
    }
    assert line.source_state.profile.unread == 1


# ------------------------------------------------------------------- versions, and coverage that ends


def feed_files(line: Pipeline) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in line.settings.output.glob("harbour.*")}


@pytest.mark.row("32")
def test_row_32_another_version_of_the_extraction_moves_no_byte_of_the_feed(
    line: Pipeline, there: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = eight_gates()
    there.serve("/live", page(list_page(*blocks)))
    line.refresh()
    before, known = feed_files(line), line.ids()
    monkeypatch.setattr(rules, "__version__", "99.0")
    there.serve("/live", page(list_page(*blocks) + b"<!-- served anew -->"))
    assert (line.refresh().outcome, feed_files(line)) == ("unchanged", before)
    news = ("2. März 2026, 17:10 Uhr", "Am Tor 9 steht das Wasser jetzt höher als am Morgen.")
    there.serve("/live", page(list_page(news, *blocks)))
    outcome = line.refresh()
    assert (outcome.added, outcome.edited, outcome.removed) == (1, 0, 0)
    assert line.ids().items() > known.items()


@pytest.mark.row("35")
def test_row_35_coverage_that_has_ended_keeps_its_feed_and_is_read_more_and_more_rarely(
    line: Pipeline, there: Site
) -> None:
    posts = [post(n) for n in range(8, 0, -1)]
    there.serve("/live", page(live(*posts)))
    line.refresh()
    before = entries(line)
    over = (START + timedelta(hours=1)).isoformat()
    there.serve("/live", page(live(*posts, coverageEndTime=over)))
    line.refresh()
    assert entries(line) == before
    ended = feed_files(line)  # which say when the coverage was over
    waits = []
    for _ in range(12):
        due = line.source_state.next_due
        if due is None:
            break
        waits.append(due - line.now())
        line.ahead = due - datetime.now(UTC)
        line.refresh()
        assert feed_files(line) == ended
    assert line.source_state.state == "ended"
    assert max(waits) > timedelta(hours=1)
    # what is gone later takes nothing with it
    there.serve("/live", status(404))
    line.refresh()
    assert feed_files(line) == ended


@pytest.mark.row("27")
def test_row_27_at_the_turn_of_the_year_times_without_a_year_stay_in_theirs(
    line: Pipeline, there: Site
) -> None:
    """Read before midnight, after it, and in January: nothing of December jumps a year ahead."""
    year = datetime.now(UTC).year
    words = [
        f"Am Tor {n} wurden {n * 7 + 100} Sandsäcke gezählt, sagt die Wache." for n in range(9)
    ]
    old = [(f"31. Dezember, 23:{n * 5:02} Uhr", words[n]) for n in range(8, 0, -1)]
    new = ("1. Januar, 00:05 Uhr", words[0])
    seen: list[dict[str, str]] = []
    for at, blocks in (
        (datetime(year, 12, 31, 23, 50, tzinfo=UTC), old),
        (datetime(year + 1, 1, 1, 0, 6, tzinfo=UTC), [new, *old]),
        (datetime(year + 1, 1, 20, tzinfo=UTC), [new, *old]),
    ):
        line.ahead = at - datetime.now(UTC)
        line.configured(there.url("/live"), 'timezone = "UTC"')
        there.serve("/live", page(list_page(*blocks)))
        line.refresh()
        seen.append({entry.id: entry.published for entry in line.feed().entries})
    assert [len(one) for one in seen] == [8, 9, 9]
    assert seen[0].items() < seen[1].items()
    assert seen[1] == seen[2]
    assert set(seen[0].values()) == {
        f"{year}-12-31T23:{n * 5:02}:00+00:00" for n in range(8, 0, -1)
    }
    assert (set(seen[1].values()) - set(seen[0].values())) == {f"{year + 1}-01-01T00:05:00+00:00"}
