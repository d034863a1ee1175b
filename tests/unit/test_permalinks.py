"""Where an update's own address is found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.extract import extract
from feeder.model import Document, Rules

PAGE = "https://quay.example/ticker"
NOW = datetime(2026, 11, 30, 16, tzinfo=UTC)


def addresses(links: str) -> list[str | None]:
    """The addresses of the updates of a ticker with these links in each, {n} its number."""
    posts = "".join(
        f"<div><span>{14 - n}:0{n}</span><p>The quay is open again for lorry {n}.</p>{links.format(n=n)}</div>"
        for n in range(5)
    )
    html = f"<html lang='en'><body><main><h1>Ticker</h1><h2>30 November 2026</h2>{posts}</main>"
    document = Document(PAGE, f"{html}</body></html>".encode(), "text/html")
    return [update.url for update in extract(document, Rules(NOW, timezone="UTC")).updates]


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("<a href='/n/{n}-quay'>Read more</a>", "https://quay.example/n/{n}-quay"),
        ("<a href='/n/{n}-quay'>Devamını oku »</a>", "https://quay.example/n/{n}-quay"),
        (
            "<a href='/more?n={n}'>Vote</a> <a href='/n/{n}'>続きを読む</a>",
            "https://quay.example/n/{n}",
        ),
        ("<a href='https://www.quay.example/n/{n}'>More</a>", "https://www.quay.example/n/{n}"),
        ("<a href='https://other.example/n/{n}'>Source</a>", None),  # of another site
        ("<a href='/n/latest'>More news</a>", None),  # of all updates
        ("<a href='/n/{n}'>About lorry {n}</a>", None),  # words of its own
    ],
)
def test_a_link_of_the_same_words_in_every_update_leads_to_it(
    links: str, expected: str | None
) -> None:
    assert addresses(links) == [expected and expected.format(n=n) for n in range(5)]
