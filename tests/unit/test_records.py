"""Inside a record nothing of its own is cut, and what is none of its body is found by form and place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from feeder.extract import extract
from feeder.model import Document, Rules

if TYPE_CHECKING:
    from feeder.model import Update

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
WORDS = (
    "The water stood two hand widths below the edge of the lower quay this morning.",
    "Volunteers carried sandbags along the rope walk until the lorries could pass again.",
    "The ferry will not leave before the wind has turned, its crew told the passengers.",
    "A lorry has blocked the northern ramp, and the police ask all drivers for patience.",
)
NAMES = ("Ana Lindqvist", "Tomas Okoye", "Ana Lindqvist", "Tomas Okoye")
ROLES = ("Harbour reporter", "At the rope walk", "Harbour reporter", "At the rope walk")


def updates(body: str, head: str = "") -> tuple[Update, ...]:
    markup = (
        f"<!doctype html><html><head>{head}</head><body><h1>Live: quay</h1>{body}</body></html>"
    )
    return extract(
        Document("https://quay.example/live", markup.encode(), "text/html"), Rules(NOW)
    ).updates


def page(build: str) -> str:
    rows = (
        build.format(n=n, m=59 - n, words=WORDS[n], name=NAMES[n], role=ROLES[n]) for n in range(4)
    )
    return f"<main>{''.join(rows)}</main>"


ARTICLE = "<article><time datetime='2026-03-02T17:{m}:00Z'>17:{m}</time><h2>Head {n}</h2>"
OWN = {
    "a figure in a paragraph": ("<p>{words}</p><p>Magnitude: 4.{n}</p>", "Magnitude: 4.{n}"),
    "a score": ("<p>{words}</p><p>Home {n} – Away 2</p>", "Home {n} – Away 2"),
    "a list of figures": (
        "<p>{words}</p><ul><li>Green: 18{n}</li><li>Blue: 12</li></ul>",
        "Blue: 12",
    ),
    "a cell that all tables have": (
        "<p>{words}</p><table><tr><td>Green Coast</td><td>1{n}</td></tr></table>",
        "Green Coast\n\n1{n}",
    ),
    "a link that leads elsewhere": (
        "<p>{words}</p><p><a href='https://elsewhere.example/{n}'>The report</a></p>",
        "The report",
    ),
    "a date in a sentence": ("<p>{words} It was so on Feb. 28, 2022, too.</p>", "Feb. 28, 2022"),
}


@pytest.mark.parametrize("what", OWN)
def test_what_is_an_update_s_own_is_kept(what: str) -> None:
    build, kept = OWN[what]
    found = updates(page(ARTICLE + build + "<p>Share this</p></article>"))
    assert len(found) == 4
    for n, update in enumerate(found):
        assert kept.format(n=n) in update.content.text
        assert "Share" not in update.content.text


@pytest.mark.parametrize(
    "build",
    [
        "<p class='contributor'>{name}</p><p class='role'>{role}</p><p>{words}</p>",
        "<div class='contributor'><b>{name}</b><i>{role}</i></div><p>{words}</p>",
        "<div class='author-box'><p>{name}</p><p>{role}</p></div><p>{words}</p>",
        "<span>By {name}</span><p>{words}</p>",
        "<img class='author' src='/{n}.jpg' alt='{name}'><p>{words}</p>",
        "<p class='byline'>{name}</p><img src='/{n}.jpg' alt='{name}'><p>{words}</p>",
    ],
)
def test_who_wrote_an_update_is_its_author_and_no_part_of_its_body(build: str) -> None:
    found = updates(page(ARTICLE + build + "</article>"))
    assert [u.content.authors for u in found] == [(name,) for name in NAMES]
    assert [u.content.text for u in found] == list(WORDS)
    assert not any(u.content.images for u in found)


@pytest.mark.parametrize(
    "build",
    [
        "<li><b>17:{m}</b> - Head {n}<br> {words}<br></li>",
        "<li><b>17:{m}</b> Head {n}<br>{words}</li>",
        "<p><b>17:{m}</b><br>Head {n}<br>{words}</p>",
        "<div><p>17:{m}</p><b>Head {n}</b><p>{words}</p></div>",
    ],
)
def test_a_headline_may_end_at_a_line_break(build: str) -> None:
    found = updates(page(build))
    assert [(u.content.title, u.content.text) for u in found] == [
        (f"Head {n}", WORDS[n]) for n in range(4)
    ]


def test_the_cells_of_a_row_are_a_headline_and_a_body() -> None:
    rows = page("<tr><td>17:{m}</td><td>Head {n}</td><td>{words}</td></tr>")
    found = updates(rows.replace("main>", "table>"))
    assert [(u.content.title, u.content.text) for u in found] == [
        (f"Head {n}", WORDS[n]) for n in range(4)
    ]
    assert not any("<table" in u.content.html for u in found)


def test_cells_stay_apart() -> None:
    rows = page("<tr><td>17:{m}</td><td>Line {n}</td><td>Open</td><td>{words}</td></tr>")
    for n, update in enumerate(updates(rows.replace("main>", "table>"))):
        assert (
            f"{update.content.title}\n\n{update.content.text}" == f"Line {n}\n\nOpen\n\n{WORDS[n]}"
        )
        assert update.content.html.count("<td>") == 2


def test_a_handle_that_stands_in_every_record_is_no_headline() -> None:
    build = "<div><div><a href='#'>@quay</a> · <a href='/{n}'>17:{m}</a></div><p>{words}</p></div>"
    assert [u.content.title for u in updates(page(build))] == list(WORDS)


def test_a_picture_stands_for_what_is_loaded_later() -> None:
    lazy = "<p>{words}</p><img src='/placeholder.gif'><noscript><img src='/{n}.png'></noscript>"
    found = updates(page(ARTICLE + lazy + "</article>"))
    assert [[i.url for i in u.content.images] for u in found] == [
        [f"https://quay.example/{n}.png"] for n in range(4)
    ]


# ------------------------------------------------------------------------- several kinds of evidence


def stated(**fields: list[str]) -> str:
    blog = {
        "@type": "LiveBlogPosting",
        "liveBlogUpdate": [
            {"@type": "BlogPosting", **{key: values[n] for key, values in fields.items()}}
            for n in range(4)
        ],
    }
    return f'<script type="application/ld+json">{json.dumps(blog)}</script>'


TIMES = [f"2026-03-02T17:{59 - n}:00Z" for n in range(4)]


@pytest.mark.parametrize(
    "build",
    [
        "<article><h2>Head {n}</h2><div><p>{words}</p></div></article>",
        "<article><h2>Head {n}</h2><p>{words}</p></article>",
        "<h2>Head {n}</h2><p>{words}</p>",
    ],
)
def test_a_clipped_body_is_read_whole_where_the_page_shows_it_without_a_time(build: str) -> None:
    head = stated(datePublished=TIMES, articleBody=[f"{words[:40]}…" for words in WORDS])
    found = updates(page(build), head)
    assert [u.content.text for u in found] == list(WORDS)
    assert [u.kinds for u in found] == [("blocks", "jsonld")] * 4


def test_times_that_are_midnight_for_all_yield_to_times_that_differ() -> None:
    days = [f"2026-03-0{2 - n // 2}T00:00:00Z" for n in range(4)]
    build = "<div><span>2026-03-0{n} 17:{m}</span><h3>Head {n}</h3><p>{words}</p></div>"
    rows = "".join(
        build.format(n=2 - n // 2, m=59 - n, words=words) for n, words in enumerate(WORDS)
    )
    found = updates(f"<main>{rows}</main>", stated(datePublished=days, articleBody=list(WORDS)))
    assert [u.published and u.published.minute for u in found] == [59, 58, 57, 56]


def test_a_page_that_does_not_close_its_body_is_cut() -> None:
    whole = "<!doctype html><html><body><main><p>17:59</p><p>Words.</p></main></body></html>"
    for markup, cut in ((whole, False), (whole[:-20], True), ("<p>17:59</p><p>Words.", False)):
        document = Document("https://quay.example/live", markup.encode(), "text/html")
        assert extract(document, Rules(NOW)).truncated is cut
