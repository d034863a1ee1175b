"""What a page says of itself: that it is live coverage, or that it is one article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.extract.page.kind import is_article, is_live, titled_live
from feeder.extract.page.parsed_page import ParsedPage
from feeder.model import Document, Rules

NOW = datetime(2022, 3, 2, 18, tzinfo=UTC)


def page(
    title: str = "Harbour", body: str = "", head: str = "", url: str = "https://quay.example/news/1"
) -> ParsedPage:
    markup = (
        f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
    return ParsedPage(Document(url, markup.encode(), "text/html"), Rules(NOW))


@pytest.mark.parametrize(
    "title",
    ["Live: flood", "Liveticker zum Hochwasser", "Crue : en direct", "Alluvione, la diretta", "Enchente ao vivo",
     "Flood as it happened", "Powódź: relacja na żywo", "洪水 速報", "홍수 속보", "The Latest: gates close"],
)  # fmt: skip
def test_titles_that_say_live(title: str) -> None:
    assert titled_live(page(title))


@pytest.mark.parametrize(
    "title", ["Where the lock keepers lived", "Delivery to the quay", "Olive groves by the sea"]
)
def test_titles_that_do_not(title: str) -> None:
    assert not titled_live(page(title))


def test_markup_and_address_may_say_it_too() -> None:
    assert titled_live(page(body='<div role="feed"></div>'))
    assert titled_live(
        page(head='<script type="application/ld+json">{"@type":"LiveBlogPosting"}</script>')
    )
    assert is_live(page(url="https://quay.example/live/flood"))
    assert not titled_live(page(url="https://quay.example/live/flood"))


def test_an_article_is_one_by_its_metadata_or_its_headline() -> None:
    headline = "How the flood came to the harbour and stayed"
    assert is_article(page(head='<meta property="og:type" content="article">'))
    assert is_article(
        page(head='<script type="application/ld+json">{"@type":"NewsArticle"}</script>')
    )
    assert is_article(page(f"{headline} - Quay", f"<h1>{headline}</h1>"))
    assert not is_article(page("News - Quay", "<h1>News</h1>"))


@pytest.mark.parametrize("path", ["", "index.html", "page/3/", "tag/harbour/", "blog"])
def test_lists_are_no_articles_whatever_their_metadata_say(path: str) -> None:
    url = f"https://quay.example/{path}"
    assert not is_article(page(head='<meta property="og:type" content="article">', url=url))
