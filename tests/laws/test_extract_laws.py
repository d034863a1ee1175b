"""Whatever the bytes: a Snapshot or an ExtractError, the same one each time. And clean is idempotent."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeder.errors import ExtractError
from feeder.extract import extract
from feeder.model import Document, Rules, Snapshot
from feeder.sanitize.clean import clean

NOW = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
BASE = "https://news.example/live"
KINDS = ["auto", "jsonld", "microdata", "hfeed", "amp", "feed", "blocks", "text", "api"]
TYPES = [None, "text/html", "text/plain", "application/json", "application/atom+xml", "image/png"]

# What pages are made of, so that chance comes near to what is read.
PIECES = st.sampled_from(
    [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>T</title></head><body>", "<h1>Live</h1>",
        "<div>", "</div>", "<article id=a1>", "</article>", "<p>", "</p>", "<ul>", "<li>", "</ul>", "<br>",
        "<time datetime='2026-03-02T10:00:00Z'>10:00</time>", "<p>11.04 Uhr</p>", "8:04 AM EST",
        "Mar 02, 2022, 8:04 AM EST", "<h2>Water rises</h2>", "The water rises and people leave the town. ",
        "<meta property=article:published_time content=2026-03-02T07:00Z>",
        "<meta property=article:modified_time content=2015-01-01T00:00Z>", "<h4>November 2025</h4>",
        "<small>Nov 18, 14:56 - 19:28 UTC</small>", "02/10/2022 19h40", "<d0s=d datetime=2026-03-02>",
        "<b>17.00 </b>", "By Ana Lind", "&amp;", "&#xD800;", '<script type="application/ld+json">',
        '{"@type":"LiveBlogPosting","liveBlogUpdate":[{"@type":"BlogPosting","headline":"H",',
        '"datePublished":"2026-03-02T10:00:00Z","articleBody":"B"}]}', "</script>",
        "<div itemscope itemprop=liveBlogUpdate>", "<meta itemprop=datePublished content=2026-03-02T10:00:00Z>",
        "<div class=h-entry>", "<p class=e-content>", "<amp-live-list id=l><div items>",
        "<div id=i1 data-sort-time=1772445840>", "<a href='/x'>older posts</a>",
        '[{"id":1,"time":"2026-03-02T10:00:00Z","text":"some words here"},',
        '{"id":2,"time":1772445840,"text":"more words here"}]', "<?xml version='1.0'?>", "<rss><channel>",
        "<item><title>t</title><pubDate>Mon, 02 Mar 2026 10:00:00 GMT</pubDate></item>", "</channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry><title>t</title></entry></feed>",
        "window.__STATE__ = {", "<table><tr><td>", "<img src=a.jpg srcset='b.jpg 2x'>", "<figure>",
        "<iframe src=//x>", "<![CDATA[", "<!--", "\x00", "\ud800", "\u202e", "\n", "  ", "<", ">", '"', "'", "{",
        "]",
    ]
)  # fmt: skip
MARKUP = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


def answer(body: bytes, type_: str | None, kind: str) -> Snapshot | str:
    try:
        return extract(
            Document(BASE, body, type_), Rules(NOW, timezone="Europe/Berlin", extract=kind)
        )
    except ExtractError as error:
        return f"{error.state}: {error}"


@pytest.mark.row("61")
@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600), st.sampled_from(TYPES), st.sampled_from(KINDS))
def test_any_bytes_end_in_a_snapshot_or_an_extract_error(
    body: bytes, type_: str | None, kind: str
) -> None:
    answer(body, type_, kind)


@pytest.mark.row("61")
@settings(max_examples=400, deadline=None)
@given(MARKUP, st.sampled_from(TYPES), st.sampled_from(KINDS))
@example(
    "<d0s=d datetime=2026-03-02>", "text/html", "blocks"
)  # an element whose name no outline knows
def test_any_markup_does_and_the_answer_is_always_the_same(
    text: str, type_: str | None, kind: str
) -> None:
    body = text.encode("utf-8", "surrogatepass")
    first = answer(body, type_, kind)
    assert answer(body, type_, kind) == first
    if isinstance(first, Snapshot):
        for update in first.updates:
            words = f"{update.content.title}{update.content.text}{update.content.html}"
            assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿]", words)
            assert update.published is None or update.published.tzinfo is UTC


@settings(max_examples=400, deadline=None)
@given(MARKUP)
def test_cleaning_what_is_clean_changes_nothing(fragment: str) -> None:
    once = clean(fragment, BASE)
    again = clean(once.html, BASE)
    assert (again.html, again.text) == (once.html, once.text)


NESTED = {
    "nested elements": "<div>" * 200_000,
    "nested and closed": "<div>" * 200_000 + "x" + "</div>" * 200_000,
    "formatting never closed": "<p>"
    + "".join(f"<b id={n}>" for n in range(300))
    + "</p>"
    + "<p>x</p>" * 100_000,
    "one line of 10 MB": "word " * 2_000_000,
    "a million entities": "&amp;" * 1_000_000,
    "thousands of attributes": "<div " + " ".join(f"a{n}='>'" for n in range(200_000)) + ">",
    "open brackets": "<" * 2_000_000,
    "open comments": "<!--" * 200_000,
    "open quotes": "<a href='" * 200_000,
    "nested JSON": '<script type="application/ld+json">' + '{"a":' * 50_000 + "</script>",
    "nested lists": "[" * 500_000,
    "nested XML": "<?xml version='1.0'?><rss>" + "<a>" * 200_000,
    "an entity bomb": "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l 'lol'><!ENTITY m '&l;&l;'>]><rss>&m;</rss>",
}


@pytest.mark.row("55")
@pytest.mark.parametrize("bomb", NESTED)
def test_bombs_are_answered(bomb: str) -> None:
    """How fast is measured by `make bench`; a quadratic step would not end before the suite's patience does."""
    said = answer(NESTED[bomb].encode(), None, "auto")
    assert isinstance(said, str) or said.updates == ()
