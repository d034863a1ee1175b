"""The pages of other installations: under a path, closed, with many sources, with a locked store."""

from __future__ import annotations

import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
from loopback import status
from running import TOKEN
from watching import SITE, Followed, following

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def links(text: str) -> set[str]:
    return set(re.findall(r'(?:href|src|action|hx-get|hx-post)="(/[^"#]*)"', text))


def test_every_address_stands_under_the_path_of_base_url(tmp_path: Path) -> None:
    with following(tmp_path, prefix="/live") as made, made.client(logged_in=True) as here:
        todo, seen = {"/live/", "/live/sources/harbour", "/live/login"}, set[str]()
        while todo:
            path = todo.pop()
            seen.add(path)
            answer = here.get(path)
            assert answer.status_code in {200, 405}, path  # 405: a form's address
            if "text/html" in answer.headers["content-type"]:
                assert all(link.startswith("/live/") for link in links(answer.text)), path
                todo |= links(answer.text) - seen
        assert any("/live/static/htmx" in path for path in seen)
        moved = here.post("/live/sources/harbour/refresh")
        assert moved.headers["location"] == "/live/sources/harbour"
        cookie = here.post("/live/login", data={"token": TOKEN}).headers.get_list("set-cookie")
        assert any("Path=/live/" in one for one in cookie)


def test_a_closed_installation_shows_nothing_before_the_login(tmp_path: Path) -> None:
    with following(tmp_path, serve='read = "token"\n') as made, made.client() as here:
        for path in ("/", "/sources/harbour", "/add"):
            assert here.get(path).status_code == 401
            led = here.get(path, headers=NAVIGATES)
            assert (led.status_code, led.headers["location"]) == (303, "/login")
        form = here.get("/login")
        assert form.status_code == 200
        assert all(
            here.get(path).status_code == 200 for path in links(form.text) if "static" in path
        )
        assert "harbour" not in form.text.lower()
        here.post("/login", data={"token": TOKEN})
        assert "/sources/harbour" in here.get("/").text
        assert here.get("/api/sources").status_code == 200


def test_what_reads_came_to_is_known_after_a_restart(tmp_path: Path) -> None:
    with following(tmp_path) as made, made.client() as here:
        made.site.serve(f"{SITE}:80/harbour", status(500))
        assert made.read("harbour")["outcome"] == "failed"
        assert made.daemon.stop() == 0
        made.daemon.start()
        log = here.get("/sources/harbour").text.partition('id="reads"')[2]
        assert re.findall(r'<b class="(\w+)">\1</b> (\d+)', log) == [
            ("failed", "500"),
            ("changed", "200"),
        ]
        assert "The site answers 500" in log
        assert all(f'<path class="{kind}"' in log for kind in ("changed", "failed"))


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Followed]:
    more = "".join(
        f'[[source]]\nname = "page-{n:03}"\nurl = "http://pages.example/{n}"\n'
        f'title = "Live page number {n}"\ncron = "0 0 1 1 *"\n'
        for n in range(500)
    )
    with following(tmp_path, more=more) as made:
        yield made


def test_five_hundred_sources_weigh_little(many: Followed) -> None:
    """All of it, as a browser gets it, is less than 100 KB."""
    with many.client(logged_in=True) as here:
        front = here.get("/?sort=name")
        assert "501" in front.text
        weight = 0
        files = {path for path in links(front.text) if path.startswith("/static/")}
        for path in ("/?sort=name", *files):
            with here.stream("GET", path) as answer:
                weight += sum(map(len, answer.iter_raw()))
        assert weight < 100_000
        assert front.text.count('id="row-') == 50
        names = [
            re.findall(r'id="row-([^"]+)"', here.get(f"/?sort=name&page={n}").text)
            for n in range(1, 12)
        ]
        assert len({name for page in names for name in page}) == 501
        found = here.get("/?q=number+4+live").text
        assert re.findall(r'id="row-([^"]+)"', found)[0].startswith("page-")


def test_a_locked_store_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    with following(tmp_path) as made, made.client(logged_in=True) as here:
        form = {"url": "http://pages.example/other", "name": "other"}
        assert here.post("/add", data={**form, "name": "gone"}).status_code == 303
        forms = {
            "/add": form,
            "/sources/gone/settings": {"every": "1h"},
            "/sources/gone/rename": {"name": "left"},
            "/sources/gone/remove": {},
        }

        def post(path: str) -> httpx.Response:
            return here.post(path, data=forms[path], timeout=60)

        before = here.get("/api/sources/gone").json()
        with (
            closing(sqlite3.connect(tmp_path / "feeder.db", isolation_level=None)) as other,
            ThreadPoolExecutor(len(forms)) as at_once,
        ):
            other.execute("BEGIN IMMEDIATE")
            for said in at_once.map(post, forms):
                assert (said.status_code, "locked by another process" in said.text) == (503, True)
            assert here.get("/").status_code == 200
            other.execute("ROLLBACK")
        assert here.get("/api/sources/gone").json()["name"] == before["name"]
        assert here.post("/sources/gone/remove").status_code == 303
        assert here.post("/add", data=form, timeout=60).status_code == 303
        assert {
            one["name"] for one in httpx.get(f"{made.daemon.base}/api/sources", verify=False).json()
        } == {
            "harbour",
            "other",
        }
        assert here.post("/sources/other/remove").status_code == 303
        assert here.post("/sources/other/remove").status_code == 404  # in another tab, meanwhile
