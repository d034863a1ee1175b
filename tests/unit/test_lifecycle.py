"""Whether coverage has ended and where it goes on is taken from what editors say of it, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.extract import ParsedPage
from feeder.extract.page.lifecycle import Lifecycle, find_lifecycle
from feeder.model import Document, Rules

URL = "https://news.example/live/2026/03/02/harbour"
NEXT = "https://news.example/live/2026/03/03/harbour"


def told(around: str, title: str = "Harbour", url: str = URL) -> Lifecycle:
    html = f"<html><head><title>{title}</title></head><body><main><h1>Harbour</h1>{around}</main></body></html>"
    return find_lifecycle(
        ParsedPage(
            Document(url, html.encode(), "text/html"), Rules(datetime(2026, 3, 3, tzinfo=UTC))
        ),
        (),
    )


@pytest.mark.parametrize(
    "words",
    [
        "This live blog is now closed.",
        "Our live coverage has ended.",
        "This liveblog on the harbour flood has been closed. Thank you for reading.",
        "We are closing our live coverage for the night.",
        "That's all from our live coverage today.",
        "We are going to leave our live coverage here.",
        "Der Liveblog ist beendet.",
        "Dieser Newsticker wurde geschlossen.",
        "Le direct est terminé.",
        "Este directo ha terminado.",
    ],
)
def test_what_says_that_coverage_has_ended(words: str) -> None:
    assert told(f"<p>{words}</p>").ended


@pytest.mark.parametrize(
    "words",
    [
        "Live: talks in the harbour have ended.",
        "Live updates as the talks have ended.",
        "Direct talks have ended, and the flood is over.",
        "The school is closed. Follow our live coverage.",
        "Follow the latest live updates on the election.",
    ],
)
def test_what_does_not(words: str) -> None:
    assert not told(f"<p>{words}</p>").ended


def test_a_title_says_it_too() -> None:
    assert told("<p>x</p>", "Harbour flood – as it happened").ended


@pytest.mark.parametrize(
    "words",
    [
        'Our coverage continues <a href="/live/2026/03/03/harbour">here</a>.',
        "This live blog is closed. <p>Follow our <a href='/live/2026/03/03/harbour'>new live blog</a>.",
        'Der Liveblog ist beendet. <p>Im <a href="/live/2026/03/03/harbour">neuen Liveblog</a> geht es weiter.',
        'Go to the <a href="/live/2026/03/03/harbour">next day</a>',
    ],
)
def test_the_page_that_coverage_goes_on_at(words: str) -> None:
    assert told(f"<p>{words}</p>").successor == NEXT


@pytest.mark.parametrize(
    "words",
    [
        'Follow the <a href="/election">latest live updates</a> on the election.',
        'We continue to follow events at <a href="/harbour-map">the harbour</a>.',
        'Our coverage continues <a href="https://other.example/live">elsewhere</a>.',
        'Our coverage continues <a href="#top">above</a>.',
        '<a href="/">Home</a>',
    ],
)
def test_other_links_lead_nowhere(words: str) -> None:
    assert told(f"<p>{words}</p>").successor is None


@pytest.mark.parametrize(
    ("link", "older"),
    [
        ('<a href="?page=2">Older posts</a>', f"{URL}?page=2"),
        ('<a href="/live/2">Load more updates</a>', "https://news.example/live/2"),
        ('<a class=x href="/p/2"><span>Ältere Beiträge</span></a>', "https://news.example/p/2"),
        ('<a rel="next" href="?before=7">»</a>', f"{URL}?before=7"),
        ('<a href="#">Older posts</a>', None),
        ('<a href="https://other.example/2">Older posts</a>', None),
        ('<a href="/a">An older man was rescued</a>', None),
    ],
)
def test_where_older_updates_are(link: str, older: str | None) -> None:
    assert told(link).older == older
