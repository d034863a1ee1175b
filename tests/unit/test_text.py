"""Plain texts: what copying a live page gives, changelogs, logs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from feeder.extract.inferred.plain_text import find
from feeder.extract.page.parsed_page import Evidence, ParsedPage
from feeder.model import Document, Rules, Update

SEED = Path(__file__).parents[2].parent / "shared" / "seed"
NOW = datetime(2022, 3, 3, tzinfo=UTC)

LIVE = """The quay floods: what we know

The water has risen since dawn.

Two Crews at Work

Mar 02, 2022, 8:04 AM EST

Sluice stays shut

The gate cannot be moved, the master said. "We have tried twice."

Footage from Feb. 28, 2022 & earlier could not be verified.

The crew at the gate, Feb. 27, 2022. Ana Example/Pool via Agency, File

-The Quay's Ana Example and Tom Sample

Mar 02, 2022, 7:41 AM EST

Ferries stop

No ferry leaves before the tide has turned.
No ferry leaves before the tide has turned.

A man looks at the river.
Bea Drawn/Agency via Wire

-The Quay Tom Sample

Related Topics

Weather"""

NEWS = """pump (1.4-1) unstable; urgency=low

  The handle is on the left now. Those who pump with the right hand
  will want to turn the pump around.

 -- Ana Example <ana@example.org>  Mon, 15 Feb 2021 18:06:52 +0100

pump (1.2-1) unstable; urgency=low
  * first
  * second

 -- Tom Sample <tom@example.org>  Sat, 17 Jan 2021 17:47:06 +0100
"""

CHANGELOG = """# Changelog

## [1.4.0] - 2022-03-02

### Added

- A handle.

## [1.3.2] - 2022-02-11

- A leak is closed.
"""

LOG = """14:05 The gate is open.
13:58 The gate moves.
13:40 The crew is at the gate."""


def read(text: str, zone: str = "America/New_York") -> Evidence | None:
    rules = Rules(NOW, timezone=zone)
    return find(ParsedPage(Document("", text.encode(), "text/plain"), rules), rules)


def updates(text: str, zone: str = "America/New_York") -> tuple[Update, ...]:
    found = read(text, zone)
    assert found is not None
    return found.updates


def test_a_copied_live_page_is_read_whole() -> None:
    first, second = updates(LIVE)
    assert (first.published, first.stated) == (datetime(2022, 3, 2, 13, 4, tzinfo=UTC), "instant")
    assert first.content.title == "Sluice stays shut"
    assert first.content.text == (
        'The gate cannot be moved, the master said. "We have tried twice."\n\n'
        "Footage from Feb. 28, 2022 & earlier could not be verified."
    )
    assert first.content.authors == ("Ana Example", "Tom Sample")
    assert second.content.text == "No ferry leaves before the tide has turned."
    assert second.content.authors == ("Tom Sample",)


def test_captions_stand_apart_from_the_prose() -> None:
    first, second = updates(LIVE)
    assert "<figcaption>The crew at the gate, Feb. 27, 2022." in first.content.html
    assert "<small>Bea Drawn/Agency via Wire</small></figcaption>" in second.content.html


def test_what_stands_before_the_first_time_is_the_pages() -> None:
    found = read(LIVE)
    assert found is not None
    assert (found.title, found.description) == (
        "The quay floods: what we know",
        "The water has risen since dawn.",
    )


def test_a_time_in_a_trailer_ends_its_record() -> None:
    first, second = updates(NEWS, "UTC")
    assert first.published == datetime(2021, 2, 15, 17, 6, 52, tzinfo=UTC)
    assert first.content.title == "pump (1.4-1) unstable"
    assert first.content.text.startswith(
        "The handle is on the left now. Those who pump with the right hand will want"
    )
    assert first.content.authors == ("Ana Example",)
    assert (second.content.title, second.content.text) == (
        "pump (1.2-1) unstable",
        "* first\n* second",
    )


def test_a_changelog_has_an_update_for_each_dated_heading() -> None:
    assert [(u.content.title, u.stated) for u in updates(CHANGELOG, "UTC")] == [
        ("1.4.0", "day"),
        ("1.3.2", "day"),
    ]


def test_a_log_has_an_update_for_each_line() -> None:
    got = updates(LOG, "UTC")
    assert [u.content.text for u in got] == [
        "The gate is open.",
        "The gate moves.",
        "The crew is at the gate.",
    ]
    assert [u.published and u.published.hour for u in got] == [14, 13, 13]


@pytest.mark.parametrize(
    "text", ["no time at all", "Mar 2, 2022\n\nOnly one.", "x" * 100_000, "1\n2\n3\n" * 100]
)
def test_what_is_no_live_text_has_no_updates(text: str) -> None:
    assert read(text) is None


@pytest.mark.skipif(not SEED.is_dir(), reason="the seed is not here")
def test_the_seed_is_read_as_its_gold_says() -> None:
    got = updates((SEED / "abc-live-updates.txt").read_text(encoding="utf-8"))
    assert [u.published and u.published.isoformat() for u in got] == [
        "2022-03-02T13:04:00+00:00",
        "2022-03-02T12:41:00+00:00",
        "2022-03-02T11:18:00+00:00",
        "2022-03-02T10:53:00+00:00",
    ]
    assert [len(u.content.authors) for u in got] == [2, 1, 0, 0]
    assert "Related Topics" not in got[-1].content.text
