"""Readers that others wrote take all that is published of a nasty store and of a large one, and agree with them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import feedparser
import jsonschema
import pytest
import referencing
from lxml import etree, html
from making_feeds import SPACE, START, entry, feed, nasty, rendered
from reader import make_reader

from feeder.model import Entry, Feed, Rendered
from feeder.publish import publish, publish_archive, publish_status
from feeder.render import StateTurn, bundle, composed, digest, render
from feeder.render.item import item
from feeder.render.xml_text import legal

SCHEMAS = Path(__file__).parents[2].parent / "shared" / "schemas"
LARGE = 3000
ATOM = "{http://www.w3.org/2005/Atom}"
PARSER = etree.XMLParser(huge_tree=True)


def stored() -> list[Entry]:
    return [
        *nasty(),
        entry(90, removed=START + timedelta(days=1)),
        entry(91, images=(), title="The last one"),
    ]


@cache
def large() -> tuple[Rendered, ...]:
    """Many entries, quickly: one is rendered, the others differ by what tells them apart."""
    first = render(entry(1), feed_link="")
    made = []
    for number in range(1, LARGE + 1):
        one = entry(number)
        marks = [
            (entry(1).id, one.id),
            ("13:08:00", f"{one.published:%H:%M:%S}"),
            ("2026-03-02", f"{one.published:%Y-%m-%d}"),
        ]
        marks += [
            ("Mon, 02 Mar 2026", f"{one.published:%a, %d %b %Y}"),
            ("Update 1<", f"Update {number}<"),
        ]
        data = {}
        for form in ("atom", "rss", "json"):
            text = getattr(first, form).decode()
            for old, new in marks:
                text = text.replace(old, new)
            data[form] = text.encode()
        made.append(
            replace(
                first,
                id=one.id,
                number=number,
                published=one.published,
                updated=one.updated,
                **data,
            )
        )
    return tuple(made)


def write_nasty(folder: Path) -> Feed:
    entries = stored()
    head = {
        "description": "Everything at <once>",
        "language": "en_US",
        "hubs": ("https://hub.example/",),
    }
    made = feed(
        *rendered(*entries),
        sealed=1,
        coverage_start=START,
        coverage_end=START + timedelta(hours=9),
        **head,
    )
    publish(made, folder)
    publish_archive(made, 1, rendered(*entries), folder)
    for mode in ("excerpt", "link"):
        publish(feed(*rendered(*entries, content=mode), name=mode), folder)
    publish(bundle(feed(name="everything", link="", id=SPACE.urn), [made], 200), folder)
    over = digest(
        entries,
        str(SPACE),
        timedelta(hours=1),
        "America/New_York",
        datetime(2026, 4, 1, tzinfo=UTC),
    )
    publish(composed(feed(name="harbour-digest"), over), folder)
    publish(feed(name="empty", title="\x00"), folder)
    turns = [
        StateTurn(
            str(SPACE),
            "harbour",
            START,
            "failing",
            "live",
            "the server said \x07<500>",
            "https://h.example/ü",
        )
    ]
    publish_status(feed(name="status", title="Status", link=""), turns, folder)
    return made


def write_large(folder: Path) -> None:
    items = large()
    made = feed(*items, name="large", sealed=LARGE // 100)
    publish(made, folder)
    for number in (1, 2, LARGE // 100):
        publish_archive(made, number, items[number * 100 - 100 : number * 100], folder)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feeds")
    write_nasty(folder)
    write_large(folder)
    return folder


def shown() -> list[Entry]:
    """What is in the feed, in its order."""
    alive = [one for one in stored() if not one.removed]
    return sorted(alive, key=lambda one: (one.published, one.number), reverse=True)


def seen(text: str) -> str:
    """What a person sees of it: a word joiner keeps words about markup from being taken for markup."""
    return text.replace("\u2060", "")


def words(body: str) -> str:
    """The words of a body: a reader may write its markup otherwise."""
    return " ".join(html.fromstring(f"<div>{body}</div>").text_content().split())  # type: ignore[attr-defined]


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schemas are not here")
def test_every_atom_document_is_valid(published: Path) -> None:
    """RFC 4287 appendix B, which leaves room for extensions."""
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    documents = sorted(published.rglob("*.atom"))
    assert len(documents) == 12
    for document in documents:
        schema.assertValid(etree.parse(document, PARSER))


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the schemas are not here")
def test_every_json_feed_is_valid(published: Path) -> None:
    older = json.loads((SCHEMAS / "feed-1.json").read_text())
    schema = json.loads((SCHEMAS / "jsonfeed-1.1.schema.json").read_text())
    older["id"], schema["id"] = (
        "https://json.schemastore.org/feed-1",
        "https://json.schemastore.org/feed.json",
    )
    specification = referencing.jsonschema.DRAFT4  # type: ignore[attr-defined]
    resources = [(one["id"], referencing.Resource(one, specification)) for one in (older, schema)]  # type: ignore[call-arg]
    validator = jsonschema.Draft4Validator(
        schema, registry=referencing.Registry().with_resources(resources)
    )
    documents = sorted(published.rglob("*.json"))
    assert len(documents) == 11
    for document in documents:
        validator.validate(json.loads(document.read_text()))


def test_no_document_holds_what_xml_cannot(published: Path) -> None:
    for document in [*published.rglob("*.atom"), *published.rglob("*.rss")]:
        etree.parse(document, PARSER)


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_feedparser_reads_what_is_stored(published: Path, form: str) -> None:
    read = feedparser.parse(published / f"harbour.{form}")
    assert not read.bozo
    entries = shown()
    ready = [item(one, "https://harbour.example/live", "full") for one in entries]
    assert [one.id for one in read.entries] == [one.id for one in entries]
    assert [seen(one.title) for one in read.entries] == [one.title for one in ready]
    assert [one.get("link", "") for one in read.entries] == [one.link for one in ready]
    for told, one in zip(read.entries, ready, strict=True):
        assert datetime(*told.published_parsed[:6], tzinfo=UTC) == one.published  # type: ignore[misc]
        assert datetime(*told.updated_parsed[:6], tzinfo=UTC) == one.updated  # type: ignore[misc]
        if one.html:
            assert words(told.content[0].value) == words(one.html)
        assert (
            tuple(seen(author.name) for author in told.get("authors", ()) if author.get("name"))[
                : len(one.authors)
            ]
            == one.authors
        )


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_reader_reads_what_is_stored(published: Path, form: str) -> None:
    library = make_reader(":memory:", feed_root=str(published))
    try:
        library.add_feed(f"harbour.{form}")
        library.update_feeds()
        assert library.get_feed(f"harbour.{form}").last_exception is None
        told = {one.id: one for one in library.get_entries()}
    finally:
        library.close()
    ready = {one.id: item(one, "https://harbour.example/live", "full") for one in shown()}
    assert told.keys() == ready.keys()
    for id_, one in ready.items():
        read = told[id_]
        assert (seen(read.title), read.link or "") == (one.title, one.link)
        assert read.published == one.published
        assert (read.updated or read.published) == one.updated
        if one.html:
            assert words(read.content[0].value) == words(legal(one.html))


def test_a_large_feed_is_read_whole(published: Path) -> None:
    ids = [entry(number).id for number in range(LARGE, 0, -1)]
    for form in ("atom", "rss"):
        document = etree.parse(published / f"large.{form}", PARSER)
        assert [found.text for found in document.iter(f"{ATOM}id", "guid")][-LARGE:] == ids
    assert [one["id"] for one in json.loads((published / "large.json").read_text())["items"]] == ids
    read = feedparser.parse(published / "large" / "0001.atom")
    assert [one.id for one in read.entries] == ids[:-101:-1][::-1]
    assert [one.title for one in read.entries][-1] == "Update 1"


def test_fifty_thousand_entries_are_a_valid_feed(tmp_path: Path) -> None:
    items = [
        replace(one, number=one.number + LARGE * turn) for turn in range(17) for one in large()
    ][:50_000]
    publish(feed(*items, name="huge"), tmp_path)
    assert len(etree.parse(tmp_path / "huge.atom", PARSER).findall(f"{ATOM}entry")) == 50_000
    assert len(etree.parse(tmp_path / "huge.rss", PARSER).findall("channel/item")) == 50_000
    assert len(json.loads((tmp_path / "huge.json").read_bytes())["items"]) == 50_000


@pytest.mark.skipif(shutil.which("newsboat") is None, reason="newsboat is not installed")
@pytest.mark.parametrize("form", ["atom", "rss"])
def test_newsboat_agrees_on_the_ids(published: Path, tmp_path: Path, form: str) -> None:
    urls, config, store = tmp_path / "urls", tmp_path / "config", tmp_path / "cache.db"
    urls.write_text(f"file://{published}/harbour.{form}\n")
    config.write_text("max-items 0\n")
    files = ["-u", str(urls), "-C", str(config), "-c", str(store)]
    subprocess.run(
        ["newsboat", *files, "-x", "reload"], check=True, capture_output=True, timeout=60
    )
    with sqlite3.connect(store) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "select guid, pubDate from rss_item"
        ).fetchall()
    connection.close()
    assert {guid for guid, _ in rows} == {one.id for one in shown()}


@pytest.mark.skipif(shutil.which("r2e") is None, reason="rss2email is not installed")
def test_rss2email_agrees_on_the_ids(published: Path, tmp_path: Path) -> None:
    config, data = tmp_path / "r2e.cfg", tmp_path / "r2e.json"
    program = ["r2e", "-c", str(config), "-d", str(data)]
    subprocess.run(
        [*program, "new", "someone@localhost"], check=True, capture_output=True, timeout=60
    )
    subprocess.run(
        [*program, "add", "harbour", f"file://{published}/harbour.atom"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    subprocess.run([*program, "run", "--no-send"], check=True, capture_output=True, timeout=120)
    [known] = json.loads(data.read_text())["feeds"]
    assert set(known["seen"]) == {one.id for one in shown()}
