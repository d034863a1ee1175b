"""A store that an older version wrote keeps every id and every byte that need not change."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from feeder.config import load
from feeder.operations.oneshot import refresh_here, works_here
from feeder.store import Store

if TYPE_CHECKING:
    from feeder.config import Settings
    from feeder.model import Entry
    from feeder.refresh import Outcome

ARCHIVE = Path(__file__).with_name("first.tar.xz")


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """The unpacked archive; its feeds are set aside as `expected`."""
    with tarfile.open(ARCHIVE) as tar:
        tar.extractall(tmp_path, filter="data")
    (tmp_path / "feeds").rename(tmp_path / "expected")
    return tmp_path


def put_pages(folder: Path, read: int) -> None:
    reads = json.loads((folder / "reads.json").read_text("utf-8"))
    (folder / "pages").mkdir(exist_ok=True)
    for name, text in reads[read].items():
        (folder / "pages" / name).write_text(text, "utf-8")


def republish(settings: Settings) -> None:
    async def nothing_is_read() -> None:
        async with works_here(settings):
            pass

    asyncio.run(nothing_is_read())


def read_all(settings: Settings) -> list[Outcome]:
    return asyncio.run(refresh_here(settings, []))


def ids(settings: Settings) -> dict[str, list[str]]:
    with Store.open(settings.store) as store:
        return {source.name: in_order(store.entries(source.id)) for source, _ in store.sources()}


def in_order(entries: list[Entry]) -> list[str]:
    return [entry.id for entry in sorted(entries, key=lambda one: one.number)]


def feeds(folder: Path) -> dict[str, bytes]:
    files = [file for kind in ("atom", "rss", "json") for file in folder.rglob(f"*.{kind}")]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def expected_ids(folder: Path) -> dict[str, list[str]]:
    return dict(json.loads((folder / "ids.json").read_text("utf-8")))


@pytest.mark.row("32")
def test_it_is_published_again_byte_for_byte(golden: Path) -> None:
    settings = load(golden / "config.toml")
    republish(settings)
    assert feeds(golden / "feeds") == feeds(golden / "expected")
    assert ids(settings) == expected_ids(golden)


@pytest.mark.row("32")
def test_what_is_rendered_afresh_has_the_same_bytes(golden: Path) -> None:
    with closing(sqlite3.connect(golden / "feeder.db")) as connection, connection:
        connection.execute("DELETE FROM rendered")
        connection.execute("UPDATE standings SET renderer = ''")
    republish(load(golden / "config.toml"))
    assert feeds(golden / "feeds") == feeds(golden / "expected")


@pytest.mark.row("32")
def test_the_same_pages_read_again_change_nothing(golden: Path) -> None:
    settings = load(golden / "config.toml")
    put_pages(golden, -1)
    outcomes = read_all(settings)
    assert {outcome.source: outcome.outcome for outcome in outcomes} == dict.fromkeys(
        expected_ids(golden), "unchanged"
    )
    assert ids(settings) == expected_ids(golden)
    published, before = feeds(golden / "feeds"), feeds(golden / "expected")
    # They were written in 2024: by now some of the sources have fallen silent.
    assert published.keys() == before.keys()
    changed = {name for name, content in published.items() if content != before[name]}
    assert changed <= {"status.atom"}


@pytest.mark.row("32")
def test_an_empty_store_mints_the_same_ids(golden: Path) -> None:
    (golden / "feeder.db").unlink()
    settings = load(golden / "config.toml")
    for read in range(8):
        put_pages(golden, read)
        read_all(settings)
    assert ids(settings) == expected_ids(golden)
