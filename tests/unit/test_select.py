"""Selectors from the configuration: each key, attributes, what is cut out, and records without a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from feeder.config.settings import Select
from feeder.extract import extract
from feeder.extract.configured.select import split_attribute
from feeder.model import Document, Image, Rules, Snapshot, Update

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
PAGE = """<html><head><title>Week of 1 March 2026</title></head><body><ul>
<li class=note data-key=k7 data-at="2026-03-02T10:00:00Z"><h3 title="The whole head">Head…</h3>
<p class=body>The gate is shut. <span class=likes>12 likes</span><i class=ad>Buy rope</i></p>
<a class=more href="/notes/7">more</a><img data-src="/g.jpg"><b class=topic>Locks</b><b class=topic>Water</b></li>
<li class=note><h3>Other</h3><p class=body>The gate opens at dawn of 4 March 2026.</p></li>
</ul></body></html>"""
ALL = {
    "update": "li.note",
    "time": "@data-at",
    "headline": "h3@title",
    "body": ".body",
    "url": "a.more",
    "id": "@data-key",
    "image": "img",
    "category": ".topic",
    "remove": ".likes, .ad",
}


def read(select: dict[str, str], body: str = PAGE, kind: str = "select") -> Snapshot:
    document = Document("https://quay.example/notes", body.encode(), "text/html")
    return extract(document, Rules(NOW, timezone="UTC", extract=kind, select=select))


def first(**changed: str) -> Update:
    return read({**ALL, **changed}).updates[0]


def test_every_key_names_its_part() -> None:
    one = first()
    assert (one.native_id, one.url) == ("k7", "https://quay.example/notes/7")
    assert one.published == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert (one.content.title, one.content.text) == ("The whole head", "The gate is shut.")
    assert one.content.images == (Image("https://quay.example/g.jpg"),)
    assert one.content.categories == ("Locks", "Water")


def test_what_is_removed_is_in_no_part_and_an_attribute_can_be_the_body() -> None:
    assert first(headline=".body").content.title == "The gate is shut."
    assert "likes" in first(remove="").content.text
    assert first(body="h3@title").content.text == "The whole head"
    assert "Buy rope" not in first(body="").content.text


def test_a_record_without_a_time_has_none_whatever_dates_the_page_holds() -> None:
    found = read(ALL)
    assert [u.published is None for u in found.updates] == [False, True]
    assert any("when they are first seen" in note.text for note in found.notes)


@pytest.mark.parametrize(
    ("selector", "parts"),
    [
        ("a.more@data-href", ("a.more", "data-href")),
        ("@id", ("", "id")),
        ("a[href*='x@y']", ("a[href*='x@y']", "")),
        ("h2", ("h2", "")),
    ],
)
def test_an_attribute_stands_behind_the_last_at(selector: str, parts: tuple[str, str]) -> None:
    assert split_attribute(selector) == parts


def test_the_configuration_takes_one_selector_to_remove_or_several() -> None:
    assert Select(update="li", remove=[".a", ".b"]).remove == ".a, .b"  # type: ignore[arg-type]
    assert Select(update="li", remove=".a", time="time@datetime").time == "time@datetime"
    with pytest.raises(ValueError, match="CSS selector"):
        Select(update="li", image="img[[@src")


def test_a_list_without_times_is_found_where_blocks_are_asked_for_by_name() -> None:
    texts = (
        "The gate is shut until the water falls.",
        "The old crane goes to the museum of the port.",
    )
    rows = "".join(f"<li class=row><h3>Head {n}</h3><p>{t}</p></li>" for n, t in enumerate(texts))
    page = f"<body><main><ul>{rows}</ul></main></body>"
    asked, left = read({}, page, "blocks"), read({}, page, "auto")
    assert [u.content.title for u in asked.updates] == ["Head 0", "Head 1"]
    assert {u.published for u in asked.updates} == {None}
    assert left.updates == ()
