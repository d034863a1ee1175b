"""A subscriber who comes late gets update number one: feed and archive together hold everything, each once over."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from making_feeds import BASE, entry, feed, rendered

from feeder.publish import publish, publish_archive
from feeder.render import ARCHIVE_SIZE, archive_number

ATOM = "{http://www.w3.org/2005/Atom}"
LAST = 330
ITEMS = rendered(
    *(
        entry(number, removed=entry(number).published if number % 50 == 0 else None)
        for number in range(1, LAST + 1)
    )
)


def write(count: int, keep: int, folder: Path) -> None:
    """Publishes the newest `keep`, whatever is not sealed, and the sealed documents."""
    items, full = ITEMS[:count], count // ARCHIVE_SIZE
    newest = [one for one in items if one.number > count - keep or one.number > full * ARCHIVE_SIZE]
    made = feed(*newest, sealed=full)
    publish(made, folder)
    for number in range(1, full + 1):
        publish_archive(
            made, number, [one for one in items if archive_number(one.number) == number], folder
        )


def followed(folder: Path) -> tuple[set[str], set[str]]:
    """The entries and tombstones that a client of RFC 5005 collects."""
    entries, graves, at = set(), set(), "harbour.atom"
    for _ in range(99):
        document = etree.parse(folder / at).getroot()
        entries |= {found.text for found in document.iterfind(f"{ATOM}entry/{ATOM}id")}
        graves |= {found.get("ref") for found in document.iterfind("{*}deleted-entry")}
        links = [
            found.get("href") for found in document.iterfind(f"{ATOM}link[@rel='prev-archive']")
        ]
        if not links:
            return entries, graves  # type: ignore[return-value]
        at = links[0].removeprefix(BASE)
    raise AssertionError("the archive goes round in a circle")


def paged(folder: Path) -> set[str]:
    """The entries that a client of JSON Feed collects."""
    entries: set[str] = set()
    at = f"{BASE}harbour.json"
    while at:
        document = json.loads((folder / at.removeprefix(BASE)).read_bytes())
        entries |= {item["id"] for item in document["items"]}
        at = document.get("next_url", "")
    return entries


@settings(max_examples=12, deadline=None)
@given(st.integers(1, LAST), st.integers(1, 250))
def test_following_the_links_gives_everything(count: int, keep: int) -> None:
    with TemporaryDirectory() as name:
        write(count, keep, Path(name))
        entries, graves = followed(Path(name))
        assert entries == {one.id for one in ITEMS[:count] if not one.removed} == paged(Path(name))
        assert graves == {one.id for one in ITEMS[:count] if one.removed}


@settings(max_examples=8, deadline=None)
@given(st.integers(100, LAST), st.integers(100, LAST))
def test_no_document_changes_for_what_comes_later(one: int, other: int) -> None:
    earlier, later = sorted((one, other))
    with TemporaryDirectory() as name:
        write(earlier, 50, Path(name))
        before = {path: path.read_bytes() for path in Path(name, "harbour").iterdir()}
        write(later, 50, Path(name))
        assert all(path.read_bytes() == data for path, data in before.items())


@pytest.mark.parametrize(
    ("number", "document"),
    [(1, 1), (100, 1), (101, 2), (200, 2), (201, 3), (50_000, 500)],
)
def test_documents_hold_a_hundred_by_arrival(number: int, document: int) -> None:
    assert archive_number(number) == document
