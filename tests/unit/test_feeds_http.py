"""/feeds/ over HTTP, asked as a client asks: through httpx, to the application itself."""

from __future__ import annotations

import asyncio
import gzip
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from making_feeds import BASE, START, entry, feed, rendered

from feeder.publish import publish, publish_archive, publish_index
from feeder.render import composed
from feeder.web.conditional import accepts_gzip
from feeder.web.feeds import Feeds, Surroundings
from feeder.web.file_cache import FileCache
from feeder.web.time_travel import Moment, MomentError

if TYPE_CHECKING:
    from pathlib import Path

    from feeder.model import Feed, Rendered

HUB = "https://hub.example/"


@dataclass
class Site:
    """A folder that is served. `ask` is one request; a coding is accepted only where the test says so."""

    folder: Path
    renamed: dict[str, str] = field(default_factory=dict)
    ages: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, Moment]] = field(default_factory=list)
    moment: Feed | None = None
    refusal: str = ""
    index: bytes | None = None

    def __post_init__(self) -> None:
        async def renamed(name: str) -> str | None:
            return self.renamed.get(name)

        async def feed_at(name: str, moment: Moment) -> Feed | None:
            self.asked.append((name, moment))
            if self.refusal:
                raise MomentError(self.refusal)
            return self.moment

        async def index() -> bytes | None:
            return self.index

        around = Surroundings(
            base=lambda: BASE,
            hubs=lambda: (HUB,),
            max_age=lambda name: self.ages.get(name, 60),
            renamed=renamed,
            feed_at=feed_at,
            index=index,
        )
        self.app = Feeds(self.folder, around)

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, root_path="")  # type: ignore[arg-type]
            async with httpx.AsyncClient(
                transport=transport, base_url="https://feeds.example"
            ) as client:
                client.headers.pop("accept-encoding")
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                return await client.request(method, path, headers=named)

        return asyncio.run(once())


@cache
def hundred() -> list[Rendered]:
    return rendered(*(entry(number) for number in range(1, 102)))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    items = hundred()
    made = feed(*items, sealed=1, language="en")
    publish(made, tmp_path)
    publish_archive(made, 1, items[:100], tmp_path)
    publish_index([made], tmp_path)
    return Site(tmp_path)


@pytest.mark.row("56")
@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/feeds/harbour.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/harbour.rss", "application/rss+xml; charset=utf-8"),
        ("/feeds/harbour.json", "application/feed+json"),
        ("/feeds/harbour/0001.atom", "application/atom+xml; charset=utf-8"),
        ("/feeds/harbour/0001.json", "application/feed+json"),
        ("/feeds/index.html", "text/html; charset=utf-8"),
        ("/feeds/", "text/html; charset=utf-8"),
        ("/feeds/harbour", "text/html; charset=utf-8"),
        ("/feeds/index.css", "text/css; charset=utf-8"),
        ("/feeds/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/feeds/harbour.atom.gz", "application/gzip"),
    ],
)
def test_each_document_has_its_media_type(site: Site, path: str, media_type: str) -> None:
    answer = site.ask(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["vary"] == "Accept-Encoding, Sec-Fetch-Dest"


def test_the_bytes_are_those_of_the_file(site: Site) -> None:
    file = (site.folder / "harbour.atom").read_bytes()
    assert site.ask("/feeds/harbour.atom").content == file
    packed = site.ask("/feeds/harbour.atom", accept_encoding="gzip")
    assert (packed.headers["content-encoding"], packed.content) == ("gzip", file)  # httpx unpacks
    assert (
        gzip.decompress(site.ask("/feeds/harbour.atom.gz", accept_encoding="gzip").content) == file
    )


def test_the_index_is_made_when_asked_for_and_its_file_is_served_as_it_is(site: Site) -> None:
    file = (site.folder / "index.html").read_bytes()
    assert site.ask("/feeds/").content == file  # of too many feeds to look at each
    site.index = b"<p>Live</p>"
    now = site.ask("/feeds/")
    assert (now.content, site.ask("/feeds/index.html").content) == (b"<p>Live</p>", file)
    assert site.ask("/feeds/", if_none_match=now.headers["etag"]).status_code == 304
    site.index = b"<p>Ended</p>"
    assert site.ask("/feeds/", if_none_match=now.headers["etag"]).status_code == 200


def test_a_plain_file_is_sent_where_its_gzip_is_missing(site: Site) -> None:
    (site.folder / "harbour.rss.gz").unlink()
    answer = site.ask("/feeds/harbour.rss", accept_encoding="gzip")
    assert (answer.status_code, answer.headers.get("content-encoding")) == (200, None)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, identity", True),
        ("br, gzip;q=0", False),
        ("x-gzip", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("identity;q=0, *;q=0.1", True),
        ("deflate, br", False),
        ("gzip;q=much", False),
        ("", False),
    ],
)
def test_gzip_only_where_it_is_accepted(header: str, wanted: bool) -> None:
    assert accepts_gzip(header.encode()) is wanted


def test_each_representation_has_its_own_strong_etag(site: Site) -> None:
    plain, packed = (
        site.ask("/feeds/harbour.atom"),
        site.ask("/feeds/harbour.atom", accept_encoding="gzip"),
    )
    tags = {
        plain.headers["etag"],
        packed.headers["etag"],
        site.ask("/feeds/harbour.rss").headers["etag"],
    }
    assert len(tags) == 3
    assert not any(tag.startswith("W/") for tag in tags)


def test_either_validator_alone_is_honoured(site: Site) -> None:
    first = site.ask("/feeds/harbour.atom")
    for headers in (
        {"if_none_match": first.headers["etag"]},
        {"if_none_match": f'"other", W/{first.headers["etag"]}'},
        {"if_none_match": "*"},
        {"if_modified_since": first.headers["last-modified"]},
    ):
        again = site.ask("/feeds/harbour.atom", **headers)
        assert (again.status_code, again.content) == (304, b"")
        same = ("etag", "last-modified", "cache-control", "vary", "access-control-allow-origin")
        assert [again.headers[name] for name in same] == [first.headers[name] for name in same]
        assert not {"content-length", "content-type", "link"} & set(again.headers)


def test_if_none_match_decides_alone(site: Site) -> None:
    """RFC 9110 §13.2.2."""
    at = site.ask("/feeds/harbour.atom").headers["last-modified"]
    assert (
        site.ask("/feeds/harbour.atom", if_none_match='"other"', if_modified_since=at).status_code
        == 200
    )


def test_the_etag_of_another_coding_is_another(site: Site) -> None:
    packed = site.ask("/feeds/harbour.atom", accept_encoding="gzip").headers["etag"]
    assert site.ask("/feeds/harbour.atom", if_none_match=packed).status_code == 200
    assert (
        site.ask("/feeds/harbour.atom", if_none_match=packed, accept_encoding="gzip").status_code
        == 304
    )


@pytest.mark.parametrize(
    "date", ["yesterday", "Mon, 02 Mar 1970 13:04:00 GMT", "Mon, 99 Mar 2026 13:04:00 GMT", ""]
)
def test_a_date_that_is_older_or_none_gets_the_feed(site: Site, date: str) -> None:
    assert site.ask("/feeds/harbour.atom", if_modified_since=date).status_code == 200


def test_a_new_version_is_served_at_once(site: Site) -> None:
    first = site.ask("/feeds/harbour.atom")
    publish(feed(*rendered(entry(500))), site.folder)
    for headers in (
        {"if_none_match": first.headers["etag"]},
        {"if_modified_since": first.headers["last-modified"]},
    ):
        assert site.ask("/feeds/harbour.atom", **headers).status_code == 200


def test_no_date_lies_ahead_of_the_clock(site: Site) -> None:
    """RFC 9110 §8.8.2.1. Such a file was written twice in a second, and is no older than what a client may have."""
    ahead = datetime(2126, 1, 1, tzinfo=UTC).timestamp()
    os.utime(site.folder / "harbour.atom", (ahead, ahead))
    answer = site.ask("/feeds/harbour.atom")
    assert "2126" not in answer.headers["last-modified"]
    assert (
        site.ask(
            "/feeds/harbour.atom", if_modified_since=answer.headers["last-modified"]
        ).status_code
        == 200
    )


def test_head_says_what_get_would(site: Site) -> None:
    for headers in ({}, {"accept_encoding": "gzip"}):
        get, head = (
            site.ask("/feeds/harbour.atom", **headers),
            site.ask("/feeds/harbour.atom", "HEAD", **headers),
        )
        assert dict(head.headers) == dict(get.headers)
        assert (head.status_code, head.content) == (200, b"")


def test_a_live_feed_is_asked_for_more_often(site: Site) -> None:
    site.ages = {"harbour": 60}
    assert site.ask("/feeds/harbour.atom").headers["cache-control"] == "max-age=60"
    site.ages = {"harbour": 86400}
    assert site.ask("/feeds/harbour.atom").headers["cache-control"] == "max-age=300"


def test_links_name_the_feed_and_its_hubs(site: Site) -> None:
    assert (
        site.ask("/feeds/harbour.rss").headers["link"]
        == f'<{BASE}harbour.rss>; rel="self", <{HUB}>; rel="hub"'
    )
    assert (
        site.ask("/feeds/harbour/0001.json").headers["link"]
        == f'<{BASE}harbour/0001.json>; rel="self"'
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_feeds_can_only_be_read(site: Site, method: str) -> None:
    answer = site.ask("/feeds/harbour.atom", method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_browser_may_ask_from_anywhere(site: Site) -> None:
    answer = site.ask(
        "/feeds/harbour.atom",
        "OPTIONS",
        origin="https://reader.example",
        access_control_request_method="GET",
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert "ETag" in site.ask("/feeds/harbour.atom").headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/nothing.atom",
        "/feeds/nothing",
        "/feeds/harbour.xml",
        "/feeds/harbour/0001.rss",
        "/feeds/harbour/0003.atom",
        "/feeds/Harbour.atom",
        "/feeds/harbour.atom/",
        "/feeds/%2e%2e/secret",
        "/feeds/..%2fsecret.atom",
        "/feeds/.tmp-x",
        "/feeds/harbour/../../secret.atom",
        "/feeds/harbour%00.atom",
        "/feeds//etc/passwd",
        "/feeds/" + "a" * 65 + ".atom",
    ],
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    (site.folder.parent / "secret.atom").write_text("secret")
    answer = site.ask(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "secret" not in answer.text


@pytest.mark.row("58")
def test_links_lead_nowhere(site: Site) -> None:
    """A symbolic link is no file of ours, nor is what lies in a folder that is one."""
    secret = site.folder.parent / "elsewhere"
    secret.mkdir()
    (secret / "0001.atom").write_text("secret")
    (site.folder / "linked.atom").symlink_to(secret / "0001.atom")
    (site.folder / "linked").symlink_to(secret)
    (site.folder / "folder.atom").mkdir()
    for path in ("/feeds/linked.atom", "/feeds/linked/0001.atom", "/feeds/folder.atom"):
        assert site.ask(path).status_code == 404


def test_a_renamed_feed_is_found_at_its_new_address(site: Site) -> None:
    site.renamed = {"old": "harbour"}
    answer = site.ask("/feeds/old.rss")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{BASE}harbour.rss")
    assert site.ask("/feeds/old/0001.json").headers["location"] == f"{BASE}harbour/0001.json"
    assert site.ask("/feeds/old").headers["location"] == f"{BASE}harbour"
    assert site.ask("/feeds/old.json.gz").headers["location"] == f"{BASE}harbour.json.gz"


def test_the_archive_document_to_come_is_the_feed_until_then(site: Site) -> None:
    """The newest sealed document links it before it exists, so as never to change for it."""
    answer = site.ask("/feeds/harbour/0002.atom")
    assert (answer.status_code, answer.headers["location"]) == (307, f"{BASE}harbour.atom")


def test_the_page_of_a_feed_is_made_of_what_is_published(site: Site) -> None:
    first = site.ask("/feeds/harbour")
    assert "A day at the harbour" in first.text
    assert f'href="{BASE}harbour.atom"' in first.text
    assert site.ask("/feeds/harbour", if_none_match=first.headers["etag"]).status_code == 304


@pytest.mark.parametrize(
    "text", ["2026-03-02T13:04:00Z", "2026-03-02T14:04:00%2B01:00", "2026-03-02T14:04:00+01:00"]
)
def test_other_moments_are_asked_of_the_store(site: Site, text: str) -> None:
    site.moment = composed(feed(), [entry(7)])
    answer = site.ask(f"/feeds/harbour.json?since={text}")
    assert [one["id"] for one in answer.json()["items"]] == [entry(7).id]
    assert site.asked == [("harbour", Moment(START, None))]
    assert (
        site.ask(
            f"/feeds/harbour.json?since={text}", if_none_match=answer.headers["etag"]
        ).status_code
        == 304
    )
    packed = site.ask(f"/feeds/harbour.atom?at={text}", accept_encoding="gzip")
    assert (packed.headers["content-encoding"], entry(7).id in packed.text) == ("gzip", True)
    assert site.asked[-1] == ("harbour", Moment(None, START))


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-03-02", "2026-03-02T13:04:00", "9999-12-31T23:59:59-14:00"]
)
def test_a_moment_that_is_none_is_refused(site: Site, text: str) -> None:
    answer = site.ask(f"/feeds/harbour.atom?at={text}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert "RFC 3339" in answer.json()["detail"]


def test_a_moment_that_takes_too_long_is_refused_with_the_reason(site: Site) -> None:
    site.refusal = "too many sources"
    answer = site.ask("/feeds/harbour.atom?at=2026-03-02T13:04:00Z")
    assert (answer.status_code, answer.json()["detail"]) == (400, "too many sources")


@pytest.mark.parametrize("path", ["", "index.html", "feeds.opml", "harbour.atom"])
def test_an_instant_that_is_none_is_refused_wherever_it_is_asked_for(site: Site, path: str) -> None:
    assert site.ask(f"/feeds/{path}?since=yesterday").status_code == 400
    assert site.ask(f"/feeds/{path}?utm=x").status_code == 200


def test_a_feed_whose_page_is_followed_no_longer_is_whole_since_any_moment(site: Site) -> None:
    """How it once was nobody knows, and that is said."""
    assert (
        site.ask("/feeds/harbour.atom?since=2026-03-02T13:04:00Z").text
        == site.ask("/feeds/harbour.atom").text
    )
    answer = site.ask("/feeds/harbour.atom?at=2026-03-02T13:04:00Z")
    assert (answer.status_code, "no longer followed" in answer.json()["detail"]) == (404, True)


def test_a_moment_of_a_packed_file_is_packed(site: Site) -> None:
    site.moment = composed(feed(), [entry(7)])
    answer = site.ask("/feeds/harbour.atom.gz?at=2026-03-02T13:04:00Z", accept_encoding="gzip")
    assert (answer.headers["content-type"], answer.headers.get("content-encoding")) == (
        "application/gzip",
        None,
    )
    assert entry(7).id.encode() in gzip.decompress(answer.content)


def test_what_is_asked_of_a_renamed_feed_is_asked_of_its_new_address(site: Site) -> None:
    site.renamed = {"old": "harbour"}
    answer = site.ask("/feeds/old.rss?since=2026-03-02T13:04:00Z")
    assert answer.headers["location"] == f"{BASE}harbour.rss?since=2026-03-02T13:04:00Z"
    assert site.ask("/feeds/nothing.rss?since=2026-03-02T13:04:00Z").status_code == 404


def test_a_query_that_asks_for_nothing_is_ignored(site: Site) -> None:
    assert site.ask("/feeds/harbour.atom?utm_source=x").status_code == 200
    assert site.asked == []


def test_a_file_that_cannot_be_read_is_said_to_be_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert site.ask("/feeds/harbour.atom").status_code == 503


def test_the_cache_is_bounded(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, max_bytes=250)
    for number in range(5):
        (tmp_path / f"{number}.atom").write_bytes(bytes(100))
    for number in range(5):
        assert cache.get(f"{number}.atom", b"", []) is not None
    assert [name for name, _ in cache._held] == ["3.atom", "4.atom"]
    assert cache._bytes == 200
