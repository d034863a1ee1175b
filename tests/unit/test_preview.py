"""What would be extracted: the shape that programs read, and what is refused."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from loopback import page, site, status

from feeder.cli.preview_command import PRINTED
from feeder.config import Fetch, Settings, source_settings
from feeder.errors import ConfigError, ExtractError, ReadError, SourceError
from feeder.extract import extract
from feeder.model import (
    Assumption,
    Content,
    Document,
    Group,
    Image,
    Note,
    Rules,
    Snapshot,
    Update,
)
from feeder.operations.oneshot import extract_here
from feeder.operations.preview import (
    Preview,
    PreviewOptions,
    look_at,
    look_at_source,
    look_here,
    preview_of,
)
from feeder.operations.preview_sentences import describe_snapshot
from feeder.read.fetcher import Fetcher

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.config import SourceSettings
    from feeder.model import Stated

TEXT = b"""Harbour flood updates

Crews are working through the night.

Mar 02, 2026, 8:04 AM EST

Ferries to resume at noon

The ferry operator expects the first boat to leave at noon.

-Ana Lindqvist

Mar 02, 2026, 7:41 AM

Power is back in the river district

All homes that were without power have it again.
"""
KEYS = [
    "native_id",
    "published",
    "modified",
    "title",
    "text",
    "html",
    "authors",
    "url",
    "pinned",
    "images",
    "group",
    "categories",
]


def look(url: str, *, allowed: bool = True, trusted: bool = True, **more: str) -> Preview:
    async def extracted(document: Document, rules: Rules) -> Snapshot:
        return extract(document, rules)

    async def once() -> Preview:
        async with Fetcher(Fetch(allow_private=allowed, timeout="5s")) as fetcher:  # type: ignore[arg-type]
            return await look_at(url, fetcher, extracted, PreviewOptions(**more), trusted=trusted)  # type: ignore[arg-type]

    return asyncio.run(once())


def test_a_snapshot_is_shown_whole() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    image = Image("https://e.org/a.jpg", "A quay", "A. Brand", 640, 480)
    content = Content("One", "Words.", "<p>Words.</p>", authors=("Ana",), images=(image,))
    group = Group("Northgate", "https://e.org/n")
    update = Update(
        content, noon, native_id="b1", url="https://e.org/live#b1", pinned=True, group=group
    )
    snapshot = Snapshot(
        "https://e.org/live",
        (update,),
        "jsonld",
        "Live",
        "All day",
        "en",
        ended=True,
        assumed=Assumption("The zone is the place's.", "Europe/Berlin"),
        unread=2,
    )
    assert asdict(preview_of(snapshot)) == {
        "url": "https://e.org/live",
        "strategy": "jsonld",
        "title": "Live",
        "description": "All day",
        "language": "en",
        "ended": True,
        "assumed": {
            "timezone": "Europe/Berlin",
            "why": "The zone is the place's.",
            "days": 0,
            "years": 0,
        },
        "unread": 2,
        "updates": (
            {
                "native_id": "b1",
                "published": noon,
                "modified": None,
                "title": "One",
                "text": "Words.",
                "html": "<p>Words.</p>",
                "authors": ("Ana",),
                "url": "https://e.org/live#b1",
                "pinned": True,
                "images": (
                    {"url": "https://e.org/a.jpg", "caption": "A quay", "credit": "A. Brand"},
                ),
                "group": {"name": "Northgate", "url": "https://e.org/n"},
                "categories": (),
            },
        ),
        "sentences": describe_snapshot(snapshot),
        "notes": (),
        "suggestion": {},
    }


def test_the_keys_are_those_of_the_contract() -> None:
    assert list(PRINTED) == [one.name for one in fields(Preview)][: len(PRINTED)]
    (first, *_) = look_here(TEXT, "live.txt", "", PreviewOptions()).updates
    assert list(asdict(first)) == KEYS


def test_a_saved_page_is_read_with_its_zone() -> None:
    seen = look_here(TEXT, "live.txt", "", PreviewOptions(timezone="Asia/Tokyo"))
    assert [update.published for update in seen.updates] == [
        datetime(2026, 3, 2, 13, 4, tzinfo=UTC),
        datetime(2026, 3, 1, 22, 41, tzinfo=UTC),
    ]
    assert seen.updates[0].authors == ("Ana Lindqvist",)


def test_a_page_is_read_from_its_address() -> None:
    with site() as there:
        there.serve("/live", page(TEXT, content_type="text/plain"))
        seen = look(there.url("/live"))
        assert seen.url == there.url("/live")
        assert [update.title for update in seen.updates] == [
            "Ferries to resume at noon",
            "Power is back in the river district",
        ]


@pytest.mark.row("50")
@pytest.mark.parametrize(("allowed", "trusted"), [(False, True), (True, False)])
def test_a_private_address_is_refused_without_leave_or_from_a_stranger(
    allowed: bool, trusted: bool
) -> None:
    with site() as there:
        there.serve("/live", page(TEXT))
        with pytest.raises(ReadError, match="private"):
            look(there.url("/live"), allowed=allowed, trusted=trusted)
        assert there.asked == []


def test_a_page_that_cannot_be_read_says_why() -> None:
    with site() as there:
        there.serve("/gone", status(410))
        with pytest.raises(SourceError, match="410"):
            look(there.url("/gone"))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"timezone": "Mars/Phobos"}, "timezone must be an IANA time zone"),
        ({"extract": "magic"}, "extract must be 'auto'"),
        ({"url": "file:///etc/passwd"}, "url must be an address"),
        ({"url": "http://me:pw@example.org"}, "url must not contain a password"),
    ],
)
def test_what_no_source_could_have_is_refused(more: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        look(**{"url": "https://example.org", **more})


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 8])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(ExtractError):
        look_here(body, "", "", PreviewOptions())


def test_a_page_without_updates_is_an_empty_list_with_reasons() -> None:
    seen = look_here(
        b"<!doctype html><title>About us</title><p>We are here.", "about.html", "", PreviewOptions()
    )
    assert seen.updates == ()
    assert seen.title == "About us"


def test_where_nothing_is_found_selectors_are_suggested() -> None:
    items = "".join(
        f"<li class='bit'><b>Gate {n}</b><p>The crews at gate {n} have been at work all day.</p></li>"
        for n in range(6)
    )
    page = f"<!doctype html><title>Gates</title><main><ul>{items}</ul></main>".encode()
    seen = look_here(page, "gates.html", "", PreviewOptions())
    assert (seen.updates, seen.suggestion["update"]) == ((), "li.bit")


def test_a_saved_page_is_read_as_of_the_instant_that_is_given() -> None:
    page = b"""Harbour flood updates

5 minutes ago

Ferries to resume at noon

The ferry operator expects the first boat to leave at noon.

40 minutes ago

Power is back in the river district

All homes that were without power have it again.
"""
    noon = datetime(2024, 2, 29, 12, tzinfo=UTC)
    seen = look_here(page, "live.txt", "", PreviewOptions(at=noon))
    assert [update.published for update in seen.updates] == [
        noon - timedelta(minutes=5),
        noon - timedelta(minutes=40),
    ]


def test_selectors_are_taken_without_a_configuration() -> None:
    bits = "".join(f"<p class=bit><b>Gate {n}</b> is open again.</p>" for n in range(3))
    page = f"<!doctype html><title>Gates</title>{bits}".encode()
    options = PreviewOptions(select={"update": ".bit", "headline": "b"})
    seen = look_here(page, "gates.html", "", options)
    assert [update.title for update in seen.updates] == ["Gate 0", "Gate 1", "Gate 2"]
    assert seen.strategy == "select"


def test_a_source_is_read_with_its_own_settings_and_those_that_are_given(tmp_path: Path) -> None:
    file = tmp_path / "live.txt"
    file.write_bytes(TEXT)
    source = source_settings({"name": "harbour", "path": str(file), "timezone": "Asia/Tokyo"})
    first = [datetime(2026, 3, 1, 22, 41, tzinfo=UTC), datetime(2026, 3, 2, 7, 41, tzinfo=UTC)]
    for options, expected in zip(
        (PreviewOptions(), PreviewOptions(timezone="UTC")), first, strict=True
    ):
        seen = asyncio.run(_looked_at(source, options))
        assert seen.updates[1].published == expected


async def _looked_at(source: SourceSettings, options: PreviewOptions) -> Preview:
    async with Fetcher(Settings().fetch) as fetcher:
        return await look_at_source(source, fetcher, extract_here, options)


RELATIVE = (
    '1 time is relative, such as "5 minutes ago", and counted back from the moment of reading.'
)
UNREAD = "2 texts that could be a time were not understood; language or date_order may help."


def made(*stated: Stated, **more: Any) -> Snapshot:
    """A snapshot of one update for each way of stating its time."""
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    content = Content("One", "Words.", "<p>Words.</p>")
    updates = [Update(content, None if how == "none" else noon, how) for how in stated]
    return Snapshot("https://e.org/live", tuple(updates), **more)


@pytest.mark.row("39")
@pytest.mark.parametrize(
    ("snapshot", "sentences"),
    [
        (made(), ["No updates were found."]),
        (
            made("instant", strategy="jsonld"),
            ["1 update was read from its JSON-LD."],
        ),
        (
            made("instant", "instant", strategy="jsonld+blocks"),
            ["2 updates were read from its JSON-LD and blocks that repeat on the page."],
        ),
        (
            made("day", "relative", "none", strategy="text"),
            [
                "3 updates were read from its plain text.",
                "1 update gives a day without a time of day.",
                RELATIVE,
                "1 update gives no time; the time at which it is first seen will be used.",
            ],
        ),
        (
            made("clock", strategy="text", assumed=Assumption("UTC was assumed."), unread=2),
            [
                "1 update was read from its plain text.",
                "UTC was assumed.",
                UNREAD,
            ],
        ),
        (
            made(ended=True, truncated=True, older="https://e.org/2"),
            [
                "No updates were found.",
                "The page says that its coverage has ended.",
                "The HTML breaks off before its end; the page may have been cut short.",
                "Older updates are on https://e.org/2; the setting older_pages reads them too.",
            ],
        ),
        (
            made(
                "instant",
                strategy="blocks",
                notes=(
                    Note("blocks", "9 dated blocks", used=True, figures="main>p: 3.1"),
                    Note("blocks", "2 dated blocks look like rows of figures", figures="-1.0"),
                    Note("microdata", "headlines alone"),
                ),
            ),
            [
                "1 update was read from blocks that repeat on the page.",
                "Not used: its microdata (headlines alone).",
                "2 dated blocks look like rows of figures, and were left out.",
                "--explain shows the figures behind this.",
            ],
        ),
    ],
)
def test_what_was_read_assumed_left_out_and_not_understood_is_said(
    snapshot: Snapshot, sentences: list[str]
) -> None:
    assert list(describe_snapshot(snapshot)) == sentences
