"""JSON Feed 1.1 with its extension."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from making_feeds import BASE, PAGE, START, entry, feed, rendered

from feeder.model import Image, Media
from feeder.render.jsonfeed import feed_json


def read(
    *entries: Any, archive: int | None = None, content: Any = "full", **fields: Any
) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(
        feed_json(feed(*rendered(*entries, content=content), **fields), archive)
    )
    return made


def test_the_head_says_what_atom_says() -> None:
    fields = {
        "description": "All day",
        "language": "en_US",
        "hubs": ("https://hub.example/",),
        "sealed": 2,
    }
    assert read(**fields) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A day at the harbour",
        "home_page_url": PAGE,
        "feed_url": f"{BASE}harbour.json",
        "description": "All day",
        "language": "en-US",
        "next_url": f"{BASE}harbour/0002.json",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
        "items": [],
    }


def test_an_item_has_all_that_is_known() -> None:
    one = entry(
        1,
        authors=("Ann",),
        categories=("rain", "rain"),
        language="de",
        images=(Image("https://img.example/1.jpg"),),
        media=(Media("https://img.example/a.mp3", "audio/mpeg", 99, "Wind"),),
    )
    assert read(one)["items"] == [
        {
            "id": one.id,
            "url": f"{PAGE}#block-1",
            "title": "Update 1",
            "content_html": "<p>The bridge closed at gate 1.</p>",
            "image": "https://img.example/1.jpg",
            "date_published": "2026-03-02T13:08:00+00:00",
            "date_modified": "2026-03-02T13:08:00+00:00",
            "authors": [{"name": "Ann"}],
            "tags": ["rain"],
            "attachments": [
                {
                    "url": "https://img.example/a.mp3",
                    "mime_type": "audio/mpeg",
                    "title": "Wind",
                    "size_in_bytes": 99,
                }
            ],
            "language": "de",
        }
    ]


def test_an_item_has_a_body_even_where_there_is_none() -> None:
    """content_html or content_text is required."""
    assert read(entry(1, html="", text=""))["items"][0]["content_html"] == ""
    assert (
        read(entry(1), content="excerpt")["items"][0]["content_text"]
        == "The bridge closed at gate 1."
    )
    assert read(entry(1), content="link")["items"][0]["content_html"] == ""


def test_the_extension_tells_of_removals_and_coverage() -> None:
    gone = entry(1, removed=START)
    extension = read(gone, coverage_start=START, coverage_end=START + timedelta(hours=1))["_feeder"]
    assert extension.pop("about")
    assert extension == {
        "deleted": [{"ref": gone.id, "when": "2026-03-02T13:04:00+00:00"}],
        "coverage_start": "2026-03-02T13:04:00+00:00",
        "coverage_end": "2026-03-02T14:04:00+00:00",
    }


def test_an_archive_document_leads_on_to_the_older_ones() -> None:
    """No next_url may be one's own, or come twice."""
    third = read(entry(201), archive=3, sealed=3)
    assert (third["feed_url"], third["next_url"]) == (
        f"{BASE}harbour/0003.json",
        f"{BASE}harbour/0002.json",
    )
    assert third["_feeder"]["current"] == f"{BASE}harbour.json"
    assert "next_url" not in read(entry(1), archive=1, sealed=3)
