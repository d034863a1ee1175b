"""Blocks: what is a mark, what is a record, and which series is the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feeder.extract.inferred.blocks import find
from feeder.extract.inferred.find_series import find_series
from feeder.extract.inferred.scoring import score_series
from feeder.extract.inferred.time_marks import marks
from feeder.extract.inferred.weights import BIAS, WEIGHTS
from feeder.extract.page.parsed_page import Evidence, ParsedPage
from feeder.model import Document, Rules, Update

NOW = datetime(2022, 3, 2, 18, 0, tzinfo=UTC)
PROSE = (
    "The water stood two hand widths below the edge of the lower quay this morning, the crew said."
)
MORE = "Volunteers carried sandbags along the rope walk until the lorries could pass once more."


def page(body: str, zone: str | None = None, url: str = "https://quay.example/live") -> ParsedPage:
    markup = f"<!doctype html><html><body>{body}</body></html>"
    return ParsedPage(Document(url, markup.encode(), "text/html"), Rules(NOW, timezone=zone))


def read(body: str, zone: str | None = None) -> Evidence:
    one = page(body, zone)
    found = find(one, one.rules)
    assert found is not None
    return found


def updates(body: str, zone: str | None = None) -> tuple[Update, ...]:
    return read(body, zone).updates


def texts(body: str) -> list[str]:
    one = page(body)
    return [" ".join(one.outline.text(m.index).split()) for m in marks(one)]


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("<p>14:05</p>", ["14:05"]),
        (
            "<div><span>March</span><span>2</span><span>2022</span> 14:05</div>",
            ["March 2 2022 14:05"],
        ),
        ("<p><b>14.05</b> The gate is open.</p>", ["14.05"]),
        ("<time datetime='2022-03-02T14:05Z'></time>", [""]),
        ("<div data-posted='2022-03-02T14:05:00Z'>text</div>", ["text"]),
        ("<h3>14.05 Uhr: Tor offen</h3>", ["14.05 Uhr: Tor offen"]),
        ("<p>The gate was opened at 14:05 by the crew of the pilot boat.</p>", []),
        ("<p>At 14:05 the gate was opened by the crew.</p>", []),
        ("<figure><img src=a><figcaption>March 2, 2022</figcaption></figure>", []),
        ("<blockquote><p>text</p>March 2, 2022</blockquote>", []),
        ("<p>The tide turns at 9:30 PM.</p>", []),
    ],
)
def test_a_mark_stands_out(body: str, seen: list[str]) -> None:
    assert texts(body) == seen


def blocks(count: int = 4) -> str:
    return "".join(
        f"<div id='b{i}'><p>1{9 - i}:0{i}</p><p>{PROSE} {i}.</p></div>" for i in range(3, 3 + count)
    )


def test_a_series_of_divs_is_nested_and_one_of_siblings_is_flat() -> None:
    nested = page(f"<main>{blocks()}</main>")
    flat = page(
        "<main>" + "".join(f"<h3>1{i}:0{i}</h3><p>{PROSE}</p>" for i in range(4)) + "</main>"
    )
    for one, is_flat in ((nested, False), (flat, True)):
        (made,) = find_series(marks(one))
        assert (made.flat, len(made.records)) == (is_flat, 4)


def test_the_reasons_for_and_against_are_told() -> None:
    one = page(f"<main><h1>Flood</h1>{blocks()}</main>")
    (best,) = score_series(find_series(marks(one)), one)
    worth = [WEIGHTS[name] * value for name, value in best.features.items()]
    assert best.points == pytest.approx(BIAS + sum(worth))
    assert "ordered" in best.told()


def test_an_article_with_a_ticker_beside_it_has_no_updates_and_says_why() -> None:
    ticker = "".join(
        f"<li><span>1{9 - i}:0{i}</span> <a href='/{i}'>Something short {i}</a></li>"
        for i in range(8)
    )
    found = read(
        f"<main><h1>Why the dam held</h1>{f'<p>{PROSE} {MORE}</p>' * 9}<ul>{ticker}</ul></main>"
    )
    assert found.updates == ()
    assert "ordered" in found.notes[0].figures


def test_ids_and_addresses_are_those_of_the_page() -> None:
    linked = "".join(
        f"<div id='x{i}'><a href='?page=with:b-{i}#b-{i}'><time datetime='2022-03-02T1{i}:00Z'>1{i}:00</time></a>"
        f"<p>{PROSE} {i}</p></div>"
        for i in range(4)
    )
    first = updates(f"<main>{linked}</main>")[0]
    assert (first.native_id, first.url) == ("b-0", "https://quay.example/live?page=with:b-0#b-0")
    assert [u.native_id for u in updates(f"<main>{blocks()}</main>")] == ["b3", "b4", "b5", "b6"]


def test_a_change_is_no_publication() -> None:
    body = "".join(
        f"<div><p><time datetime='2022-03-02T1{i}:00Z'>1{i}:00</time></p><p>{PROSE} {MORE}</p>"
        f"<p>Updated at <time datetime='2022-03-02T1{i}:30Z'>1{i}:30</time></p></div>"
        for i in range(4)
    )
    first = updates(f"<main>{body}</main>")[0]
    assert (first.published, first.modified) == (
        datetime(2022, 3, 2, 10, tzinfo=UTC),
        datetime(2022, 3, 2, 10, 30, tzinfo=UTC),
    )
    assert first.content.text == f"{PROSE} {MORE}"


def test_a_local_time_that_claims_to_be_utc_is_told_by_what_people_see() -> None:
    body = "".join(
        f"<div><time datetime='2022-03-02T1{i}:00:00Z'>1{i}:00</time><p>{PROSE} {i}</p></div>"
        for i in range(4)
    )
    assert updates(f"<main>{body}</main>", "Europe/Rome")[0].published == datetime(
        2022, 3, 2, 9, tzinfo=UTC
    )
    labelled = body.replace(":00</time>", ":00 GMT</time>")
    assert updates(f"<main>{labelled}</main>", "Europe/Rome")[0].published == datetime(
        2022, 3, 2, 10, tzinfo=UTC
    )


def test_relative_times_are_reckoned_from_the_read() -> None:
    body = "".join(
        f"<div><span>{i * 7} min ago</span><p>{PROSE} {i}</p></div>" for i in range(1, 5)
    )
    got = updates(f"<main>{body}</main>")
    assert [u.published for u in got] == [NOW - timedelta(minutes=7 * i) for i in range(1, 5)]
    assert {u.stated for u in got} == {"relative"}


def test_what_stands_in_most_records_is_furniture() -> None:
    body = "".join(
        f"<div><p>1{i}:0{i}</p><h3>Gate {i} opens</h3><p>{PROSE} {i}</p><p>Share this</p><p>{i} likes</p></div>"
        for i in range(5)
    )
    got = updates(f"<main>{body}</main>")
    assert [u.content.title for u in got] == [f"Gate {i} opens" for i in range(5)]
    assert [u.content.text for u in got] == [f"{PROSE} {i}" for i in range(5)]


def test_an_update_that_is_an_image_alone_is_kept() -> None:
    body = blocks() + "<div id='b9'><p>09:01</p><img src='/boat.jpg'></div>"
    last = updates(f"<main>{body}</main>")[-1]
    assert [i.url for i in last.content.images] == ["https://quay.example/boat.jpg"]


@pytest.mark.parametrize(
    "body", ["", "<p>", "<main></main>", "<p>14:05</p>" * 2, "<table><tr><td>1:00", "<b>" * 500]
)
def test_pages_with_next_to_nothing_have_no_updates(body: str) -> None:
    assert updates(body) == ()


@pytest.mark.row("37")
@pytest.mark.parametrize("oldest_first", [False, True])
def test_of_very_many_updates_the_newest_are_read_and_that_is_told(*, oldest_first: bool) -> None:
    """The records are short, so that the test is: six thousand of them."""
    times = [NOW - timedelta(minutes=n) for n in range(6_000)]
    rows = [
        f"<li><time datetime='{at.isoformat()}'></time> The gate of lock {n % 97} moves again</li>"
        for n, at in enumerate(times)
    ]
    body = "".join(reversed(rows) if oldest_first else rows)
    found = read(f"<main><h1>Live: the gates</h1><ul>{body}</ul></main>")
    assert len(found.updates) == 5_000
    assert max(u.published for u in found.updates if u.published) == NOW
    assert any("the newest 5,000" in note.text for note in found.notes)
