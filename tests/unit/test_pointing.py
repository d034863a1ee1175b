"""Selectors made from what a person points at, and the still in which that is done."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from feeder.extract import ParsedPage
from feeder.extract.configured.pointing import point, still
from feeder.extract.page.discover import look_around
from feeder.model import Document, Rules


def parsed(body: str) -> ParsedPage:
    page = f"<!doctype html><html><body>{body}</body></html>".encode()
    return ParsedPage(
        Document("https://pages.example/list", page, "text/html"), Rules(datetime.now(UTC))
    )


def number(page: ParsedPage, words: str) -> int:
    """The innermost element of the still that begins with these words."""
    found = re.search(rf'data-n="(\d+)">{re.escape(words)}', still(page))
    assert found, words
    return int(found[1])


def card(n: int, clock: str = "") -> str:
    stamp = f'<span class="stamp">{clock}</span>' if clock else ""
    return (
        f'<div class="card no{n}"><div class="hd">{stamp}</div><p class="ttl"><a href="/{n}">Head {n}</a></p>'
        f"<p>First words of number {n}, long enough to say something.</p><p>More words of {n}.</p></div>"
    )


MENU = "<nav><ul><li>Home of the council</li><li>About the council</li></ul></nav>"
TIMED = MENU + "".join(card(n, f"1{n}:05") for n in range(6))
UNTIMED = MENU + "".join(card(n) for n in range(6))
DAYS = "".join(
    f'<section class="day"><h2>Day {day}</h2><ul>'
    + "".join(
        f'<li class="entry"><b>0{n}:1{day}</b> Words of entry {day}{n}, which are long enough.</li>'
        for n in range(4)
    )
    + "</ul></section>"
    for day in range(3)
)
TABLE = "<table>" + "".join(
    f"<tr><td>{n} March 2026</td><td>Row {n} says what happened on that day.</td></tr>"
    for n in range(1, 9)
) + "</table>"  # fmt: skip


@pytest.mark.parametrize(
    ("body", "picked", "update", "count"),
    [
        (TIMED, {"update": "First words of number 3"}, "div.card", 6),
        (TIMED, {"headline": "Head 2"}, "div.card", 6),
        (TIMED, {"update": "More words of 1", "headline": "Head 4"}, "div.card", 6),
        (UNTIMED, {"update": "First words of number 3"}, "div.card", 6),
        (DAYS, {"update": "01:12"}, "li.entry", 12),
        (TABLE, {"update": "Row 4"}, "tbody > tr", 8),
    ],
)
def test_what_is_pointed_at_finds_the_others(
    body: str, picked: dict[str, str], update: str, count: int
) -> None:
    page = parsed(body)
    found = point(page, {key: number(page, words) for key, words in picked.items()})
    assert (found.selectors["update"], len(found.matches["update"])) == (update, count)


def test_a_headline_and_a_time_are_found_in_each_record() -> None:
    page = parsed(TIMED)
    picked = {"headline": number(page, "Head 3"), "time": number(page, "13:05")}
    found = point(page, picked)
    assert found.selectors == {"update": "div.card", "headline": "p.ttl > a", "time": "span.stamp"}
    assert {key: len(numbers) for key, numbers in found.matches.items()} == dict.fromkeys(
        found.selectors, 6
    )
    assert set(picked.values()) <= {*found.matches["headline"], *found.matches["time"]}


def test_what_stands_alone_or_nowhere_leads_to_no_error() -> None:
    page = parsed("<main><h1>Title</h1><p>One text alone.</p></main>")
    assert point(page, {"update": number(page, "One text")}).selectors["update"]
    assert point(page, {"update": 99_999}).selectors == {}
    assert point(page, {}).selectors == {}


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>", "<img src=https://evil.example/x onerror=alert(1)>",
        "<a href='javascript:alert(1)' onclick=x>y</a>", "<p style='background:url(//evil.example)'>y</p>",
        "<iframe src=//evil.example></iframe>", "<link rel=stylesheet href=//evil.example>",
        "<svg onload=alert(1)><a xlink:href='javascript:x'>z</a></svg>", "<form action=//evil.example><input></form>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", "<p data-n='0' id=x class=y>&lt;script&gt;</p>",
        "<x-y onfocus=alert(1) autofocus>z</x-y>", "<video poster=//evil.example><source src=//evil.example></video>",
    ],
)  # fmt: skip
def test_a_still_is_words_and_numbers_alone(hostile: str) -> None:
    made = still(parsed(f"<p>Before</p>{hostile}<p>After</p>"))
    tags = re.findall(r"<([^>]*)>", made)
    assert all(re.fullmatch(r'/?[a-z0-6]+( data-n="\d+")?', tag) for tag in tags), made
    assert "Before" in made
    assert "evil" not in made


def test_the_feeds_of_a_page_are_found_and_empty_pages_known() -> None:
    links = (
        '<link rel="alternate" type="application/rss+xml" href="/rss" title=" All  posts ">'
        '<link rel="alternate" type="application/atom+xml" href="javascript:x">'
        '<link rel="alternate" type="text/html" href="/de">'
    )
    around = look_around(parsed(f"{links}<p>Text</p>"))
    assert [(one.url, one.title, one.kind) for one in around.feeds] == [
        ("https://pages.example/rss", "All posts", "RSS")
    ]
    assert not around.scripted
    assert look_around(parsed("<div id=app></div><script>x</script>")).scripted
