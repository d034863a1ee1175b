"""What publishers' systems do to structured data, each on a page of our own: whichever kind knows a field gives it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Snapshot

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
URL = "https://news.example/live/2026/mar/02/harbour"
MANY = 15
TIMES = [
    datetime(2026, 3, 2, 17, 30, tzinfo=UTC) - timedelta(minutes=17 * i + i * i)
    for i in range(MANY)
]
NAMES = ["Ana Lind", "Tom Okoye"]
Post = dict[str, Any]


def paragraphs(i: int) -> list[str]:
    moved = "risen" if i % 2 else "fallen"
    return [
        f"Crews near the harbour said the water had {moved} by {i + 3} centimetres since noon, and the sluices hold.",
        f"A second paragraph about house number {i * 7 + 11}, which people were told to leave early today.",
    ]


def headline(i: int) -> str:
    return f"Headline {i} of the day"


def post(i: int, **other: Any) -> Post:
    address = f"{URL}#block-{i}"
    whole = {"@type": "BlogPosting", "@id": address, "url": address, "headline": headline(i),
             "datePublished": TIMES[i].isoformat(), "articleBody": "\n\n".join(paragraphs(i)),
             "author": {"@type": "Person", "name": NAMES[i % 2]}, **other}  # fmt: skip
    return {key: value for key, value in whole.items() if value is not None}


def posts(count: int = MANY, **other: Any) -> list[Post]:
    return [post(i, **other) for i in range(count)]


def script(value: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def blog(updates: Any, **other: Any) -> Post:
    return {"@context": "https://schema.org", "@type": "LiveBlogPosting", "headline": "Harbour live",
            "liveBlogUpdate": updates, **other}  # fmt: skip


def blocks(count: int = MANY, hours: int = 0, author: list[str] | None = None) -> str:
    """The same updates as people see them; `hours` off, and with a false Z."""
    made = []
    for i in range(count):
        at = TIMES[i] + timedelta(hours=hours)
        byline = f"<p class=x>By {author[i % 2]}</p>" if author else ""
        body = "".join(f"<p>{p}</p>" for p in paragraphs(i))
        made.append(
            f'<article id="block-{i}"><p><time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%H.%M}</time></p>'
            f"<h2>{headline(i)}</h2>{byline}{body}</article>"
        )
    return "".join(made)


def read(body: str, head: str = "", zone: str = "Europe/London") -> Snapshot:
    page = (
        f'<!doctype html><html lang="en-gb"><head><title>Harbour live</title>{head}</head><body>'
        f'<header><a href="/">Home</a></header>'
        f"<main><h1>Harbour live</h1>{body}</main><footer>About us</footer></body></html>"
    )
    return extract(Document(URL, page.encode(), "text/html"), Rules(NOW, timezone=zone))


EMPTY = "<div id=app></div>"
SAME = "2026-03-02T08:00:00Z"
STATE = {"posts": [{"id": f"p{i}", "publishedAt": TIMES[i].isoformat(), "title": headline(i),
                    "body": "".join(f"<p>{p}</p>" for p in paragraphs(i))} for i in range(MANY)],
         "related": [{"url": f"/a{i}", "title": "A teaser", "date": SAME, "summary": "Words of a teaser " * 6}
                     for i in range(40)]}  # fmt: skip
TYPED = {"live": {f"k{i}": {"urn": f"u:{i}", "firstPublished": int(TIMES[i].timestamp() * 1000), "title": headline(i),
                            "content": {"model": {"blocks": [{"type": "paragraph", "model": {"text": p, "blocks": []}}
                                                             for p in paragraphs(i)]}}}
                  for i in range(MANY)}}  # fmt: skip
PAGES: dict[str, tuple[str, str]] = {
    "whole": (EMPTY, script(blog(posts()))),
    "the page's time and headline on every update": (
        blocks(),
        script(
            blog(
                posts(datePublished=SAME, dateModified=SAME, headline="Harbour live"),
                datePublished=SAME,
            )
        ),
    ),
    "no bodies": (blocks(), script(blog(posts(articleBody=None)))),
    "bodies that are objects without text": (
        blocks(),
        script(blog(posts(articleBody={"@type": "Thing"}))),
    ),
    "clipped bodies": (
        blocks(),
        script(blog([post(i, articleBody=paragraphs(i)[0][:60] + "…") for i in range(MANY)])),
    ),
    "first paragraphs": (
        blocks(),
        script(blog([post(i, articleBody=paragraphs(i)[0]) for i in range(MANY)])),
    ),
    "a short list beside a long page": (blocks(), script(blog(posts(5)))),
    "a long list beside a short page": (blocks(5), script(blog(posts()))),
    "one object for the list": (blocks(), script(blog(post(0)))),
    "a false Z in the page": (blocks(hours=1), script(blog(posts(url=None)))),
    "no times": (blocks(), script(blog(posts(datePublished=None)))),
    "no ids": (blocks(), script(blog(posts(**{"@id": None, "url": None})))),
    "in a graph, by several types, with an empty end": (
        EMPTY,
        script(
            {
                "@graph": [
                    {"@type": "WebPage"},
                    blog(
                        posts(), **{"@type": ["NewsArticle", "LiveBlogPosting"]}, coverageEndTime=""
                    ),
                ]
            }
        ),
    ),
    "by reference": (
        EMPTY,
        script({"@graph": [blog([{"@id": p["@id"]} for p in posts()]), *posts()]}),
    ),
    "in a list of a list": (EMPTY, script([[{"@type": "Organization"}], [blog(posts())]])),
    "as list items": (
        EMPTY,
        script({"mainEntity": blog({"itemListElement": [{"item": p} for p in posts()]})}),
    ),
    "with commas and raw line breaks": (
        EMPTY,
        script(blog(posts()))
        .replace("}]", "},]")
        .replace("\\n\\n", "\n\n")
        .replace("<script ", "<script data-x "),
    ),
    "cut off": (blocks(), script(blog(posts()))[:900] + "</script>"),
    "HTML in bodies": (
        EMPTY,
        script(
            blog(
                [
                    post(i, articleBody=f"<p>{'</p><p>'.join(paragraphs(i))}</p>")
                    for i in range(MANY)
                ]
            )
        ),
    ),
    "HTML escaped twice": (
        EMPTY,
        script(
            blog(
                [
                    post(
                        i,
                        articleBody=f"&lt;p&gt;{'&lt;/p&gt;&lt;p&gt;'.join(paragraphs(i))}&lt;/p&gt;",
                    )
                    for i in range(MANY)
                ]
            )
        ),
    ),
    "HTML in headlines": (
        EMPTY,
        script(
            blog([post(i, headline=f"<b>Headline</b> {i} of&nbsp;the day") for i in range(MANY)])
        ),
    ),
    "a script's data": (
        EMPTY,
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps({"props": STATE})}</script>',
    ),
    "a global": (EMPTY, f"<script>window.__STATE__ = {json.dumps(TYPED)};</script>"),
    "a global, parsed": (
        EMPTY,
        f"<script>window.__STATE__ = JSON.parse({json.dumps(json.dumps(STATE))})</script>",
    ),
    "blocks alone": (blocks(), ""),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_update_is_whole_whatever_its_evidence_lacks(name: str) -> None:
    snapshot = read(*PAGES[name])
    assert [u.published for u in snapshot.updates] == TIMES
    assert [u.content.title for u in snapshot.updates] == [headline(i) for i in range(MANY)]
    assert [u.content.text for u in snapshot.updates] == [
        "\n\n".join(paragraphs(i)) for i in range(MANY)
    ]


@pytest.mark.parametrize(
    "name",
    [n for n in PAGES if n not in ("no ids", "a script's data", "a global", "a global, parsed")],
)
def test_ids_are_the_same_whichever_kind_gave_them(name: str) -> None:
    assert [u.native_id for u in read(*PAGES[name]).updates] == [f"block-{i}" for i in range(MANY)]


def test_what_is_pinned_and_in_its_place_too_is_one_update() -> None:
    snapshot = read(EMPTY, script(blog([post(3), *posts()])))
    assert [u.published for u in snapshot.updates] == TIMES
    assert [u.native_id for u in snapshot.updates if u.pinned] == ["block-3"]


def test_an_author_named_in_the_record_beats_the_page_s() -> None:
    editor = {"@type": "Person", "name": "Ed Chief"}
    snapshot = read(
        blocks(author=["Mei Arslan", "Piotr Brand"]), script(blog(posts(author=editor)))
    )
    assert [u.content.authors for u in snapshot.updates[:2]] == [("Mei Arslan",), ("Piotr Brand",)]


def test_an_update_s_own_address_that_differs_by_its_query_is_its_id() -> None:
    listed = [post(i, url=f"{URL}?id=9&entryId={i}", **{"@id": None}) for i in range(MANY)]
    first = read(EMPTY, script(blog(listed))).updates[0]
    assert (first.native_id, first.url) == (f"{URL}?id=9&entryId=0", f"{URL}?id=9&entryId=0")


def test_a_blog_without_updates_yet_says_so() -> None:
    snapshot = read("<p>We will begin soon.</p>", script(blog([])))
    assert snapshot.updates == ()
    assert any("LiveBlogPosting" in note.text for note in snapshot.notes)


def test_end_successor_and_older_pages_are_told() -> None:
    closed = '<p>This live blog is now closed. Our coverage continues <a href="/live/2026/mar/03/harbour">here</a>.</p>'
    snapshot = read(closed + '<a href="?page=2">Older posts</a>', script(blog(posts())))
    assert snapshot.ended
    assert snapshot.successor == "https://news.example/live/2026/mar/03/harbour"
    assert snapshot.older == f"{URL}?page=2"


def test_coverage_that_has_an_end_in_the_past_has_ended() -> None:
    assert read(EMPTY, script(blog(posts(), coverageEndTime="2026-03-02T17:00:00Z"))).ended
    assert not read(EMPTY, script(blog(posts(), coverageEndTime="2026-03-03T17:00:00Z"))).ended


def test_a_page_that_is_empty_without_scripts_says_so() -> None:
    with pytest.raises(ExtractError, match="empty until scripts run"):
        read(EMPTY, "<script src=/app.js></script>")
