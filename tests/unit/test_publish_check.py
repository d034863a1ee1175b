"""What `feeder check` finds in the output folder."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest
from making_feeds import entry, feed, nasty, rendered

from feeder.publish import check_archive, check_feed, publish, publish_archive
from feeder.render import archive_feed

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.publish import Finding

THREE = rendered(entry(1), entry(2), entry(3))


def texts(findings: list[Finding], file: str = "harbour.atom") -> list[str]:
    return [finding.text.partition(" (")[0] for finding in findings if finding.file == file]


def test_nothing_is_found_in_what_was_just_published(tmp_path: Path) -> None:
    made = feed(*THREE, *rendered(*nasty()))
    publish(made, tmp_path)
    assert [one for one in check_feed(made, tmp_path) if one.wrong] == []
    publish_archive(made, 1, THREE, tmp_path)
    assert check_archive(archive_feed(made, THREE), 1, tmp_path) == []


def test_an_archive_document_may_know_the_page_by_an_older_title(tmp_path: Path) -> None:
    publish_archive(feed(*THREE), 1, THREE, tmp_path)
    later = feed(*THREE, title="Night at the harbour")
    assert check_archive(archive_feed(later, THREE), 1, tmp_path) == []
    edited = [*THREE[:2], *rendered(entry(3, title="Corrected"))]
    assert len(check_archive(archive_feed(later, edited), 1, tmp_path)) == 2


def test_entries_that_are_missing_foreign_or_dated_otherwise(tmp_path: Path) -> None:
    publish(feed(*THREE), tmp_path)
    moved = rendered(entry(2, published=entry(2).published + timedelta(hours=1)))
    found = check_feed(feed(THREE[0], *moved, *rendered(entry(4))), tmp_path)
    for file in ("harbour.atom", "harbour.rss", "harbour.json"):
        assert texts(found, file) == [
            "lacks 1 of 3 entries",
            "has 1 entries that it should not have",
            "has other dates for 1 entries",
        ]
    assert all(one.wrong for one in found)


def test_words_that_are_others(tmp_path: Path) -> None:
    publish(feed(*THREE), tmp_path)
    found = check_feed(feed(*THREE[:2], *rendered(entry(3, title="Corrected"))), tmp_path)
    assert texts(found) == ["has every entry, and differs from what would be published now"]


@pytest.mark.parametrize(
    ("file", "data", "wanted"),
    [
        ("harbour.atom", b"<feed>", "is damaged"),
        ("harbour.rss", b"", "is damaged"),
        ("harbour.json", b'{"items": [{"id": 1}]}', "is damaged"),
        ("harbour.rss.gz", b"not gzip", "and its .gz do not say the same"),
    ],
)
def test_files_that_are_damaged(tmp_path: Path, file: str, data: bytes, wanted: str) -> None:
    publish(feed(*THREE), tmp_path)
    (tmp_path / file).write_bytes(data)
    [found] = check_feed(feed(*THREE), tmp_path)
    assert (found.file, found.text.partition(":")[0]) == (file.removesuffix(".gz"), wanted)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert texts(check_feed(feed(*THREE), tmp_path)) == [
        "cannot be read: No such file or directory"
    ]


def test_a_document_that_is_too_large_is_a_warning(tmp_path: Path) -> None:
    noise = Random(7).randbytes(80_000).hex()
    made = feed(*rendered(entry(1, html=f"<p>{noise}</p>")))
    publish(made, tmp_path)
    found = check_feed(made, tmp_path)
    assert [(one.file, one.wrong) for one in found] == [
        (f"harbour.{form}", False) for form in ("atom", "rss", "json")
    ]
    assert "KiB compressed" in found[0].text
